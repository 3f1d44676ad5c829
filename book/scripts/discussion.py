# ---
# jupyter:
#   jupytext:
#     cell_metadata_filter: all
#     notebook_metadata_filter: kernelspec,jupytext,-jupytext.text_representation.jupytext_version
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Discussion
#
# **What you will see.** What the two tasks establish, what they do not, and where this reproduction departs from the paper. **What it
# needs.** The trained networks of {doc}`task1` and {doc}`task2`, which are read from disk, or trained here if they are not there yet. **How long it takes.** Seconds, or two minutes with training.

# %%
import matplotlib.pyplot as plt
import numpy as np

import grimlib

grimlib.use_style()

# %% [markdown]
# ## What holds
#
# Both claims of the paper's section 5 hold in the reduced setting: with the same layers, a network trained without labels has more filters that are whole, recognisable
# motifs than one trained with them ({numref}`tab-task1`), and it finds motifs that a supervised network passes over because it can do without them
# ({numref}`tab-task2`). The second is the more important one for biology. A classifier of accessible chromatin, say, may do well on the few motifs that separate its classes best; reading its filters as the
# regulatory code of the region would then be reading half of it.
#
# (discussion:redundancy)=
# ## Redundancy
#
# The paper names a weakness: many filters learn the same motif. {numref}`fig-discussion-redundancy` counts, for the GRIM trials of both tasks.

# %%
counts = {}
for task, pool_size, n_filters in (("task1", 4, 128), ("task2", 25, 64)):
    spec = grimlib.TrialSpec(
        task=task,
        model="grim",
        pool_size=pool_size,
        n_filters=n_filters,
        epochs=5,
        seed=0,
        data_seed=0,
    )
    report = grimlib.run_or_load(spec).report(grimlib.simulate(spec))
    best = report.table["ground_truth"].value_counts()
    counts[task] = best.reindex(report.ground_truth, fill_value=0)

# %% mystnb={"figure": {"name": "fig-discussion-redundancy", "caption": "Number of GRIM filters that match each embedded motif best, after five epochs. The dashed line is an even share."}, "image": {"alt": "Two bar charts of filters per motif. In both, SRF has by far the highest bar, and every motif has at least one filter."}}
figure, axes = plt.subplots(1, 2, figsize=(8.5, 3), width_ratios=[11, 6])
for ax, (task, count) in zip(axes, counts.items(), strict=True):
    count = count.sort_values(ascending=False)
    ax.bar(count.index, count)
    ax.axhline(count.sum() / len(count), color="#555555", ls="--", lw=1)
    ax.set_title(f"Task {task[-1]}")
    ax.set_ylabel("filters")
    ax.tick_params(axis="x", rotation=60)

# %% tags=["remove-cell"]
from myst_nb import glue

for task, count in counts.items():
    share = count / count.sum()
    effective = 2 ** -(share[share > 0] * np.log2(share[share > 0])).sum()
    glue(f"discussion-{task}-effective", f"{effective:.1f}", display=False)
    glue(
        f"discussion-{task}-top",
        f"{count.idxmax()} takes {count.max()} of {count.sum()}",
        display=False,
    )

# %% [markdown]
# In Task 1, {glue:text}`discussion-task1-top` matching filters, in Task 2, {glue:text}`discussion-task2-top`. Measured by the entropy of the shares, the filters are spread as if over
# {glue:text}`discussion-task1-effective` and {glue:text}`discussion-task2-effective` equally frequent motifs. SRF is long and has much information, so a filter that finds it tells sequences from shuffles best, and nothing
# in the loss rewards a filter for being different. The rarer motifs hang on few filters: with fewer filters in all, they would be the ones to go. It follows, as the paper says, that
# the number of filters has to be generous, and that the set should be reduced to its distinct motifs before it is handed on.
#
# ## Where this reproduction departs from the paper
#
# - **Views.** The paper's text allows several readings. We adopt the sum of two ({ref}`background:views`). With it, the rates of GRIM come out higher than
#   in the paper, so the authors' own reading was probably another one.
# - **Width of $h$.** The layer list ends in "number of labels", which GRIM does not have. We take 128 units with a sigmoid; few linear ones collapse.
# - **What counts as a match.** Tomtom's threshold, E-value at most 0.1, is that of the lab's published analyses; the paper states none. All 519 vertebrate motifs of JASPAR 2016
#   count, and a ground-truth motif counts in any version.
# - **Length of training.** The tables on these pages are of the reduced setting, which their captions state. The supervised networks in particular go on changing for much longer.
# - **Recall.** We report which motifs were found, beside how many filters found one. The paper's TPR does not show if a motif is missing.
#
# ## What the paper leaves for later
#
# It reports, from preliminary work, that predictors on top of the global encoding fall short of supervised networks, and suggests to start supervised training from GRIM's filters instead. Neither is tested here yet.
# Real sequences differ from simulated ones in a further way: their background is not uniform, has repeats, and holds sites on both strands.
