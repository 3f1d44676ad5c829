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
# # Gallery
#
# **What you will see.** All filters of one full-scale GRIM trial in a table to sort and search, each with its logo and the {term}`JASPAR` motif that it
# matches best; and how such filters come about, from the untrained network on. **What it needs.** {doc}`task2`, whose trial this is, and its words
# for what a filter matches. **How long it takes.** About a minute: both trainings are stored in `data`. With another seed the trial may have to be trained first, at full scale
# for a quarter of an hour or more.
#
# ```bash
# papermill book/gallery.ipynb out.ipynb -p seed 1
# ```

# %% tags=["parameters"]
seed: int = 0  # of the trial's training; its data are those of seed 0
epochs: int = 250  # passes over the training sequences
n_sequences: int = 25_000  # training, validation and test together
n_filters: int = 64  # first-layer filters

# %% tags=["remove-cell"]
from grimlib.paper import check_parameters

check_parameters(globals(), seed=0, epochs=0, n_sequences=200, n_filters=1)

# %%
import json
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import grimlib
from grimlib import paper
from grimlib.paper.groups import GRIM2

grimlib.use_style()

# %% [markdown]
# ## All filters of a trial
#
# The trial is one of those that {ref}`Task 2 counts at full scale <task2-full-scale>`: GRIM with the layers of CNN-25, in the {term}`adopted reading`. It is
# read from `data/trials`, aligned to the test sequences and compared with JASPAR anew. Beside each filter's own logo stands that of its best match, as JASPAR has it,
# in its own direction: a filter may match it on the other strand.

# %% tags=["copy"]
spec = replace(
    GRIM2,
    n_filters=n_filters,
    epochs=epochs,
    n_sequences=n_sequences,
    seed=seed,
)
report = paper.run_or_load(spec).report(paper.simulate(spec))

jaspar = {motif.name: motif for motif in grimlib.load_jaspar()}
learned = {motif.name: motif for motif in report.motifs}
drawn = {"": ""}  # each JASPAR logo once
rows = []
for row in report.table.itertuples():
    name, target = f"filter_{row.filter}", row.Target_ID
    if target not in drawn:
        alt = f"Logo of {row.target}, {target}"
        drawn[target] = paper.logo_tag(jaspar[target].ppm, alt)
    alt = f"Logo of filter {row.filter}, consensus {row.consensus}"
    rows.append(
        {
            "filter": row.filter,
            "logo": paper.logo_tag(learned[name].ppm, alt)
            if name in learned
            else "",
            "status": row.status,
            "best match": f"{row.target} {target}",
            "its logo": drawn[target],
            "windows": row.windows,
        }
    )
gallery = pd.DataFrame(rows)
evalues = report.table["E-value"].map("{:.1e}".format)
gallery.insert(5, "E-value", evalues.replace("nan", ""))

# %%
counts = report.table["status"].value_counts()
counts

# %% [markdown]
# Sort by a click on a column's head (or Enter, when it has the focus), and type into the field *Search*, for example `MAX` or `no match`.

# %% tags=["remove-input"]
import itables

itables.init_notebook_mode(all_interactive=False, connected=False)
itables.show(
    gallery,
    connected=False,
    allow_html=True,
    maxBytes=0,
    showIndex=False,
    pageLength=8,
    lengthMenu=[8, 16, len(gallery)],
    classes="display compact gallery",
    columnDefs=[{"orderable": False, "targets": [1, 4]}],
    style="width: 100%",
)

# %% tags=["remove-cell"]
best = report.table["ground_truth"].value_counts()
best = best[best.index != ""]
paper.glue_all(
    "gallery",
    {
        "n": n_filters,
        "epochs": epochs,
        "truth": int(counts.get("ground truth", 0)),
        "shares": ", ".join(f"{name} {n}" for name, n in best.items())
        or "none",
    },
)

# %% [markdown]
# Of {glue:text}`gallery-n` filters, {glue:text}`gallery-truth` match an embedded motif after {glue:text}`gallery-epochs` epochs. By the motif that each matches best: {glue:text}`gallery-shares`.
# `windows` is the number of places in the test sequences that were averaged for the logo. A filter of a rare motif fires at fewer of them. The
# {term}`E-value` is {term}`Tomtom`'s: how many matches as good as this one are expected by chance among 519 motifs.
#
# ## How a motif emerges
#
# GRIM starts from random weights, whose logos are flat. When do motifs appear? `python -m grimlib.paper emergence` trains GRIM once more on Task 2, at
# seed 0, and keeps the first layer after a few of its *updates*: one update is one batch of 100 sequences with their shuffles, and 175 of them are an epoch. The file
# is `data/emergence.npz`.

# %%
from grimlib._places import DATA

with np.load(DATA / "emergence.npz") as stored:
    updates = stored["updates"]
    kernels, biases = stored["kernels"], stored["biases"]
    about = json.loads(str(stored["about"]))
data = paper.simulate(paper.TrialSpec(**about["spec"]))
test = data.tokens[data.split["test"]]
embedded = paper.ground_truth(paper.TASK2_MOTIFS)
reports = [
    grimlib.filter_report(kernel, bias, test, ground_truth=embedded)
    for kernel, bias in zip(kernels, biases, strict=True)
]

# %% [markdown]
# For each embedded motif we follow the filter that matches it best in the end, back to its beginnings. Each logo is of the full 20 nucleotides around the places where
# the filter fires.

# %%
final = reports[-1]
chosen = {}
for factor in final.found:
    hits = final.matches[final.factors == factor]
    name = hits.loc[hits["p-value"].idxmin(), "Query_ID"]
    chosen[factor] = int(name.removeprefix("filter_"))

frames = {}
for update, kernel, bias in zip(updates, kernels, biases, strict=True):
    rows = list(chosen.values())
    ppms = grimlib.align(kernel[..., rows], bias[rows], test).ppms
    figure, axes = plt.subplots(2, 3, figsize=(7, 2.6))
    for ax, (factor, row), ppm in zip(
        axes.flat, chosen.items(), ppms, strict=True
    ):
        grimlib.plot_logo(ppm, ax)
        ax.set_title(f"filter {row} (becomes {factor})", fontsize=9)
        ax.set_xticks([])
    plt.close(figure)
    bits = grimlib.information_content(ppms).sum(axis=-1)
    alt = f"Logos of six filters after {update} updates. " + ", ".join(
        f"{factor}: {value:.1f} bits"
        for factor, value in zip(chosen, bits, strict=True)
    )
    frames[str(update)] = (figure, alt)

# %% tags=["remove-cell"]
from IPython.display import HTML

followed = {  # the six filters, by the motif that each becomes
    update: report.table.set_index("filter")
    .loc[list(chosen.values())]
    .set_axis(list(chosen))
    for update, report in zip(updates, reports, strict=True)
}
steps = pd.DataFrame(
    {
        "epochs": [f"{update / 175:.2f}" for update in updates],
        "TPR": [f"{r.tpr:.3f}" for r in reports],
        "FPR": [f"{r.fpr:.3f}" for r in reports],
        "motifs found": [", ".join(r.found) or "none" for r in reports],
        "filters shown": [
            f"{(six['ground_truth'] == six.index).sum()} of {len(six)}"
            for six in followed.values()
        ],
    },
    index=pd.Index(updates, name="updates"),
)
provenance = about["provenance"]
paper.glue_all(
    "gallery",
    {
        "emergence": HTML(paper.stepper(frames, "Updates of the weights")),
        "steps": steps,
        **{
            f"mafk-{n // 175}": int(followed[n].loc["MAFK", "windows"])
            for n in (175, 525, 875)
        },
        "date": provenance["date"][:10],
        "seconds": f"{provenance['seconds']:.0f}",
        "keras": f"Keras {provenance['versions']['keras']} on {provenance['backend']}",
    },
)

# %% [markdown]
# ```{glue:figure} gallery-emergence
# :name: fig-gallery-emergence
#
# Six filters while GRIM is trained. Choose a number of updates (with the mouse, or with the arrow keys once a number has the focus); 175 are one epoch.
# Trained on {glue:text}`gallery-date` in {glue:text}`gallery-seconds` s, {glue:text}`gallery-keras`.
# ```
#
# :::{table} The same training in numbers: the rates of all 64 filters, which embedded motifs any of them matches, and how many of the filters shown in the figure match the motif that they become.
# :name: tab-gallery-emergence
#
# ```{glue:md} gallery-steps
# :format: myst
# ```
# :::
#
# SRF comes first, after 20 updates. It is in every positive sequence, and the longest of the six. After one epoch, each of the other five motifs has some filter that matches it, too. But it need not be the filter that matches
# it best in the end: of the six filters shown, only three match their motif by then, and the last one does after five epochs. Before that, its logo says little: the filter that becomes MAFK averages {glue:text}`gallery-mafk-1` windows after one epoch,
# {glue:text}`gallery-mafk-3` after three and {glue:text}`gallery-mafk-5` after five. Meanwhile the TPR goes on rising: filters without a match come to match a motif, most of them SRF.
# The {term}`reduced setting` stops at five epochs, where in this one training all six motifs are found, and the TPR is still on the rise.
#
# ## In this chapter we saw
#
# - every filter of a trial, not a choice of good ones;
# - that in one training, GRIM has a filter on each of the six motifs after its first pass over the data, SRF first, and that single filters take up to five passes.
