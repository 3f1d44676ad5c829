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
# # Redundancy: how many motifs do the filters hold?
#
# **What you will see.** Many of GRIM's filters repeat one another.
# They are reduced to a set of distinct motifs, and networks of 16 to 256 filters show what the repetition is good for.
# **What it needs.** The stored trials of `python -m grimlib.paper run redundancy`, and the words [TPR](glossary.md#tpr)
# and recall from [Task 1](task1.ipynb).
# **How long it takes.** Half a minute from the stored trials.
#
# [Where filters start](starts.ipynb) shows what lessens it.
#
# The paper names the weakness in its section 6: filters learn motifs well, but many learn the same one; it takes many
# filters to do well; and fewer dimensions could make GRIM easier to read.
# All trials here are of the [adopted reading](glossary.md#adopted-reading), all but one of five epochs,
# and all on one simulated data set.
#
# With parameters of your own, the trials are trained instead of read; this takes a minute:
#
# ```bash
# papermill book/redundancy.ipynb out.ipynb \
#     -p seed 7 -p trials 1 -p epochs 1 -p n_sequences 1000 -p most_filters 32
# ```

# %% tags=["parameters"]
seed: int = 0  # of the first trial; trial k starts from seed + k
trials: int = 3  # independent trainings for each number of filters
epochs: int = 5  # passes over the training sequences
n_sequences: int = 25_000  # training, validation and test together
most_filters: int = 256  # numbers of filters: 16, 32, 64, ... up to this

# %% tags=["remove-cell"]
from grimlib.paper import check_parameters

check_parameters(
    globals(),
    seed=0,
    trials=1,
    epochs=1,
    n_sequences=200,
    most_filters=16,
)

# %%
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import grimlib
from grimlib import paper
from grimlib.paper.groups import GRIM1, GRIM2

grimlib.use_style()

# %% [markdown]
# ## Which filters repeat which
#
# For a GRIM trained on each task, the figure counts how many filters match each embedded motif best.

# %%
chosen = (seed, trials, epochs, n_sequences, most_filters)
own = chosen != (0, 3, 5, 25_000, 256)  # is trained, the book's is read
load = paper.run_or_load if own else paper.stored_trial
setting = dict(epochs=epochs, n_sequences=n_sequences)
seeds = range(seed, seed + trials)


def filters_of(report: grimlib.FilterReport) -> pd.Series:
    """How many filters match each embedded motif best."""
    best = report.table["ground_truth"].value_counts()
    return best.reindex(report.ground_truth, fill_value=0)


reports, counts = {}, {}
for name, grim in {"Task 1": GRIM1, "Task 2": GRIM2}.items():
    d = min(grim.n_filters, most_filters)
    trial = load(replace(grim, n_filters=d, seed=seed, **setting))
    (reports[name],) = paper.report_trials({name: [trial]})[name]
    counts[name] = filters_of(reports[name])

# %% mystnb={"figure": {"name": "fig-redundancy-counts", "caption": "Number of GRIM filters that match each embedded motif best, one trial a task. The dashed line is an even share."}, "image": {"alt": "Two bar charts of filters per motif. In both, SRF has by far the highest bar."}}
figure, axes = plt.subplots(1, 2, figsize=(8.5, 3), width_ratios=[11, 6])
for ax, (name, count) in zip(axes, counts.items(), strict=True):
    count = count.sort_values(ascending=False)
    ax.bar(count.index, count)
    ax.axhline(count.sum() / len(count), color="#555555", ls="--", lw=1)
    ax.set_title(name)
    ax.set_ylabel("filters")
    ax.tick_params(axis="x", rotation=60)


# %% [markdown]
# How evenly are the filters spread?
# The entropy of the shares says it: two to that entropy, in bits, is the number of equally frequent motifs that would
# have the same spread, the *effective number*.


# %%
def effective_number(count: pd.Series) -> float:
    """Two to the entropy of the shares, in bits."""
    share = count[count > 0] / count.sum()
    return count.any() * 2.0 ** -(share * np.log2(share)).sum()


spread = pd.DataFrame(
    {
        name: {
            "matching filters": count.sum(),
            "most filters on": f"{count.idxmax()} ({count.max()})",
            "effective number": f"{effective_number(count):.1f}",
        }
        for name, count in counts.items()
    }
).T
paper.captioned(
    spread,
    "How the matching filters of each trial are spread over the embedded motifs.",
)

# %% [markdown]
# In both tasks SRF takes more filters than any other motif.
# It is the longest of them.
# In Task 2, it is in every positive sequence, and its sites tell sequences from shuffles best
# ([Which motifs are missed, and why](choices.ipynb#which-motifs-are-missed-and-why)).
# Nothing in the loss rewards a filter for being different.
#
# ## A non-redundant set
#
# `cluster_motifs` compares every filter's motif with every other by [Tomtom](glossary.md#tomtom)
# ([Gupta et al., 2007](references.md#gupta-et-al-2007)), on both strands.
# Hierarchical clustering then joins what is alike: two groups become one as long as the geometric mean of the
# [p-values](glossary.md#p-value) between their members, times the number of motifs, is at most 0.01.
# The members are aligned and averaged, each weighted by the number of sites it was made from.
# It needs no knowledge of which motifs were embedded, and works on any motifs, such as those of a file in MEME format.
# Each merged motif is then matched with [JASPAR](glossary.md#jaspar) as a filter's would be.
# Here are the filters of a trial of 250 epochs:


# %% tags=["copy"]
import pandas as pd

import grimlib
from grimlib import paper


def distinct_motifs(motifs):
    """Clusters of motifs that are alike, and each one's JASPAR match."""
    clusters = grimlib.cluster_motifs(motifs)
    jaspar = {motif.name: motif.alt for motif in grimlib.load_jaspar()}
    matches = grimlib.tomtom(
        [cluster.motif for cluster in clusters], grimlib.load_jaspar()
    )
    best = matches.groupby("Query_ID")["Target_ID"].first().map(jaspar)
    return clusters, [
        best.get(cluster.motif.name, "no match") for cluster in clusters
    ]


# Filters of a stored trial. Of your own: grimlib.read_meme("mine.meme")
trial = paper.stored_trial(paper.GROUPS["task2"]["GRIM"][0])
filters = trial.report(paper.simulate(trial.spec)).motifs
distinct, matched = distinct_motifs(filters)
pd.DataFrame(
    {
        "best match": matched,
        "filters": [len(cluster.members) for cluster in distinct],
        "consensus": [grimlib.consensus(c.motif.ppm) for c in distinct],
    }
)

# %% [markdown]
# And for the two trials of the figure above:

# %%
clusters, names = {}, {}
for name, report in reports.items():
    clusters[name], names[name] = distinct_motifs(report.motifs)
    sizes = [len(cluster.members) for cluster in clusters[name]]
    print(f"{name}: {sum(sizes)} filters, {len(sizes)} clusters of {sizes}")

# %% [markdown]
# The distinct motifs of Task 1:

# %% mystnb={"figure": {"name": "fig-redundancy-clusters", "caption": "The distinct motifs of a GRIM trained on Task 1, each merged from the number of filters given, with the name of its best match in JASPAR. At most sixteen are drawn, the largest first."}, "image": {"alt": "A grid of sequence logos, one for each cluster of filters, titled by the motif's name and the number of filters."}}
shown = list(zip(clusters["Task 1"], names["Task 1"], strict=True))[:16]
n_rows = -(-len(shown) // 4)
figure, axes = plt.subplots(
    n_rows, 4, figsize=(9.2, 1.25 * n_rows), squeeze=False
)
for ax in axes.flat:
    ax.set_axis_off()
for ax, (cluster, name) in zip(axes.flat, shown, strict=False):
    grimlib.plot_logo(cluster.motif.ppm, ax)
    ax.set_axis_on()
    ax.set_xticks([])
    ax.set_yticks([0, 2], ["0", "2"], fontsize=7)
    n_members = len(cluster.members)
    ax.set_title(f"{name} ({n_members})", fontsize=9, pad=2)
label = figure.supylabel("information (bits)", fontsize=8)

# %% [markdown]
# The reduction has a price: filters of different motifs can be merged, so that as many clusters as motifs do not mean
# one cluster for each.
# Which clusters hold filters of more than one embedded motif?


# %%
def mixed(cluster: grimlib.Cluster, report: grimlib.FilterReport) -> str:
    """The embedded motifs that a cluster's filters match best, if there are several."""
    best = report.table.set_index("filter")["ground_truth"]
    rows = [int(member.name.split("_")[1]) for member in cluster.members]
    factors = sorted(set(best[rows]) - {""})
    return " + ".join(factors) if len(factors) > 1 else ""


reduced = pd.DataFrame(
    {
        name: {
            "active filters": sum(
                len(cluster.members) for cluster in group
            ),
            "distinct motifs": len(group),
            "embedded motifs found": len(reports[name].found),
            "merged": "; ".join(
                filter(None, (mixed(c, reports[name]) for c in group))
            )
            or "none",
        }
        for name, group in clusters.items()
    }
).T
paper.captioned(
    reduced,
    "Filters, the distinct motifs that they come down to, and embedded motifs merged into one.",
)

# %% [markdown]
# Some of these factors bind alike: FOSL1's motif, TGAGTCA, is a part of MAFK's, TGCTGAGTCA, and a filter with only the
# common part belongs to either.
# Motifs that were found are lost so in the trials of 250 epochs on Task 2 as well: by the rule of
# [the claims](claims.ipynb), that merging loses none does not hold.
# A stricter threshold (`evalue=1e-4`) splits more and merges less.
#
# ## How many filters does it take?
#
# The same GRIM on Task 2, with 16 to 256 filters:

# %%
groups = {
    row[0].n_filters: list(
        map(load, paper.by_seed(row[0], seeds, **setting))
    )
    for row in paper.GROUPS["redundancy"].values()
    if row[0].n_filters <= most_filters
}
rows = []
for d, group in paper.report_trials(groups).items():
    for report in group:
        count = filters_of(report)
        rows.append(
            {
                "filters": d,
                "TPR": report.tpr,
                "recall": report.recall,
                "found": len(report.found),
                "SRF": count["SRF"],
                "effective": effective_number(count),
                "clusters": len(grimlib.cluster_motifs(report.motifs)),
            }
        )
sweep = pd.DataFrame(rows)
by_size = sweep.groupby("filters")

# %% mystnb={"figure": {"name": "fig-redundancy-sweep", "caption": "GRIM on Task 2 with more and more filters: embedded motifs found, and distinct motifs that its filters come down to. One dot a trial, the line is their mean; the dashed line is the number embedded."}, "image": {"alt": "Two panels against the number of filters on a logarithmic axis. On the left, the number of embedded motifs found rises towards six. On the right, the number of clusters stays far below the number of filters."}}
figure, axes = plt.subplots(1, 2, figsize=(8.5, 3))
for ax, column, label in zip(
    axes,
    ("found", "clusters"),
    ("embedded motifs found", "distinct motifs"),
    strict=True,
):
    ax.plot(sweep["filters"], sweep[column], "o", alpha=0.6, ms=5)
    ax.plot(by_size[column].mean(), color=paper.MODEL_COLOURS["GRIM"])
    ax.axhline(6, color="#555555", ls="--", lw=1)
    ax.set_xscale("log", base=2)
    ax.set_xticks(list(groups), map(str, groups))
    ax.set_ylim(0)
    ax.set_xlabel("first-layer filters d")
    ax.set_ylabel(label)


# %% tags=["table"]
def each(values: pd.Series) -> str:
    return ", ".join(map(str, values))


table = pd.DataFrame(
    {
        "TPR": by_size["TPR"].mean().map("{:.3f}".format),
        "motif recall": by_size["recall"].mean().map("{:.3f}".format),
        "motifs found": by_size["found"].apply(each),
        "distinct motifs": by_size["clusters"].apply(each),
        "filters on SRF": by_size["SRF"].apply(each),
        "effective number": by_size["effective"]
        .mean()
        .map("{:.1f}".format),
    }
).rename_axis("filters d")
paper.captioned(
    table,
    f"GRIM on Task 2 by its number of filters; {epochs} epochs, {trials} trials each. "
    "TPR and recall are means; the lists give each trial's number.",
)

# %% [markdown]
# **What the paper says.** A large number of filters is required for good performance.
#
# **What we find.** It holds in part.
# With 16 and with 32 filters, one of three trials finds all six and another only three, so that the seed decides.
# With 64 or more, every trial finds all six or all but one, and more filters bring no more motifs.
# So 16 and 32 filters were not always enough here, and 64 were for these three trials (of ten, nine find all six:
# [Discussion](discussion.ipynb)).
# Nothing of this was tried at 250 epochs.
# The share of filters on SRF does not fall with their number.
# The number of distinct motifs does not grow with the number of filters.
# For a set of unknown size, take more filters than motifs that you expect, and cluster them before you read them.

# %% tags=["hide-input"] jupyter={"source_hidden": true}
if not own:  # what the text above says
    assert paper.verdict("many-filters") == "holds in part"
    assert paper.verdict("fewer-dimensions") == "does not hold"
    found = by_size["found"].agg(["min", "max"])
    assert found.loc[[16, 32]].to_numpy().tolist() == [[3, 6], [3, 6]]
    assert found.loc[64:, "min"].min() == 5

# %% [markdown]
# ## In this chapter we saw
#
# - that GRIM's filters repeat one another, and that one motif takes the largest part of them;
# - that clustering by Tomtom brings them down to about as many motifs as were embedded, at the price of merging some
#   that differ;
# - that on Task 2, after five epochs, 64 filters mostly found all motifs, and 16 or 32 often did not.
