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
# **What you will see.** All filters of one full-scale GRIM trial in a table to sort and search, each with its logo and
# the [JASPAR](glossary.md#jaspar) motif that it matches best.
# Then how such filters come about, from the untrained network on.
# **What it needs.** [Task 2](task2.ipynb), whose trial this is, and its words for what a filter matches.
# **How long it takes.** Seconds, since both trainings are stored in `data`.
# With another seed, the trial may have to be trained first, at full scale for a quarter of an hour or more.
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
from dataclasses import replace

import itables
import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import HTML

import grimlib
from grimlib import paper
from grimlib.paper.groups import GRIM2

grimlib.use_style()

# %% [markdown]
# ## All filters of a trial
#
# The trial is one of those that [Task 2 counts at full scale](task2.ipynb#at-full-scale): GRIM with the layers of CNN-25,
# in the [adopted reading](glossary.md#adopted-reading).
# The trial is read from `data/trials`.
# Each filter is [aligned](glossary.md#activation-based-alignment) to the test sequences and compared with JASPAR anew.
# Beside the filter's own [logo](glossary.md#logo) stands that of its best match as JASPAR has it.
# A filter may match on the other strand: its logo is then the match's
# [reverse complement](glossary.md#reverse-complement).

# %% tags=["copy"]
size = dict(n_filters=n_filters, n_sequences=n_sequences)
spec = replace(GRIM2, epochs=epochs, seed=seed, **size)
report = paper.run_or_load(spec).report(paper.simulate(spec))
table = report.table

logos = {"": ""}
matched = set(table["Target_ID"])
for motif in (*report.motifs, *grimlib.load_jaspar()):
    if motif.name.startswith("filter_") or motif.name in matched:
        alt = f"{motif.name} {motif.alt}: {grimlib.consensus(motif.ppm)}"
        logos[motif.name] = paper.logo_tag(motif.ppm, alt)
gallery = pd.DataFrame(
    {
        "filter": table["filter"],
        "logo": [logos.get(f"filter_{i}", "") for i in table["filter"]],
        "status": table["status"],
        "best match": table["target"] + " " + table["Target_ID"],
        "its logo": table["Target_ID"].map(logos),
        "E-value": table["E-value"].map("{:.1e}".format).replace("nan", ""),
        "windows": table["windows"],
    }
)

# %% [markdown]
# The status of a filter is *ground truth* if it matches one of the six motifs that were embedded in the sequences,
# *other motif* if it matches only others, *no match*, or [*inactive*](glossary.md#inactive).
# `windows` is the number of places in the test sequences that were averaged for the logo.
# A filter of a rare motif fires at fewer of them.
# The [E-value](glossary.md#e-value) is [Tomtom](glossary.md#tomtom)'s: how many matches as good as this one are expected
# by chance among 519 motifs.
#
# A click on a column's head (or Enter, when it has the focus) sorts the table, and the field *Search* takes a word such
# as `MAX` or `no match`.

# %% tags=["hide-input"] jupyter={"source_hidden": true}
itables.init_notebook_mode(all_interactive=False, connected=False)
itables.show(
    gallery,
    caption="All filters of the trial.",
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

# %% [markdown]
# How are the filters spread over the motifs?

# %% tags=["table"]
found = table["ground_truth"].where(
    table["ground_truth"] != "", table["status"]
)
paper.captioned(
    found.value_counts().rename_axis("best match").to_frame("filters"),
    f"The {n_filters} filters after {epochs} epochs, by the embedded motif "
    "that each matches best.",
)

# %% [markdown]
# ## How a motif emerges
#
# GRIM starts from random weights, whose logos are nearly flat.
# When do motifs appear?
# `python -m grimlib.paper emergence` trains GRIM once more on Task 2, at seed 0, and keeps the first layer after some of
# its *updates*: one update is one batch of 100 sequences with their shuffles, and 175 of them are an epoch.
# The first layers are stored in `data/emergence.npz`.

# %%
layers, about = paper.stored_emergence()
made = about["provenance"]
print(f"Trained on {made['date'][:10]} in {made['seconds']:.0f} s")

data = paper.simulate(paper.TrialSpec(**about["spec"]))
test = data.tokens[data.split["test"]]
embedded = paper.ground_truth(paper.TASK2_MOTIFS)
reports = {
    update: grimlib.filter_report(*layer, test, ground_truth=embedded)
    for update, layer in layers.items()
}

# %% [markdown]
# For each embedded motif we follow the filter that matches it best in the end, back to its beginnings.

# %%
final = reports[max(reports)]
hits = final.matches.assign(factor=final.factors).sort_values("p-value")
best = (
    hits.drop_duplicates("factor")
    .set_index("factor")
    .loc[list(final.found)]
)
followed = best["Query_ID"].str.removeprefix("filter_").astype(int)

# %% [markdown]
# Each logo is of the full 20 nucleotides around the places where the filter fires.


# %%
def draw(update):
    """The logos of the filters followed, and a description of them."""
    kernel, bias = layers[update]
    ppms = grimlib.align(kernel[..., followed], bias[followed], test).ppms
    figure, axes = plt.subplots(2, 3, figsize=(7, 2.6))
    for ax, (factor, row), ppm in zip(
        axes.flat, followed.items(), ppms, strict=True
    ):
        grimlib.plot_logo(ppm, ax)
        ax.set_title(f"filter {row} (becomes {factor})", fontsize=9)
        ax.set_xticks([])
    plt.close(figure)
    bits = grimlib.information_content(ppms).sum(axis=-1)
    alt = [
        f"{name}: {b:.1f} bits"
        for name, b in zip(followed.index, bits, strict=True)
    ]
    return figure, f"Six logos after {update} updates. {', '.join(alt)}"


# %% mystnb={"figure": {"name": "fig-gallery-emergence", "caption": "Six filters while GRIM is trained. Choose a number of updates (with the mouse, or with the arrow keys once a number has the focus); 175 are one epoch."}}
frames = {str(update): draw(update) for update in layers}
HTML(paper.stepper(frames, "Updates of the weights"))

# %% [markdown]
# The same training in numbers:


# %%
def step(update):
    """The rates of all filters, and the state of those followed."""
    report = reports[update]
    six = (
        report.table.set_index("filter")
        .loc[followed]
        .set_index(followed.index)
    )
    return {
        "updates": update,
        "epochs": f"{update / 175:.2f}",
        "TPR": f"{report.tpr:.3f}",
        "FPR": f"{report.fpr:.3f}",
        "motifs found": ", ".join(report.found) or "none",
        "filters followed": (six["ground_truth"] == six.index).sum(),
        "windows, MAFK": six.loc["MAFK", "windows"],
    }


steps = pd.DataFrame(map(step, layers))
paper.captioned(
    steps,
    "The rates of all 64 filters; which embedded motifs any of them matches; "
    "how many of the six filters in the figure match the motif that they "
    "become; and from how many windows the filter that becomes MAFK is read.",
    index=False,
)

# %% tags=["hide-input"] jupyter={"source_hidden": true}
at = steps.set_index("updates")  # what the text below says of the table
assert at["motifs found"][[10, 20]].tolist() == ["none", "SRF"]
assert set(at["motifs found"][175].split(", ")) == set(paper.TASK2_MOTIFS)
assert at["filters followed"][[175, 525, 875]].tolist() == [3, 5, 6]
late = reports[525].table.set_index("filter")["ground_truth"]
assert late[followed["MAFK"]] != "MAFK"
assert at["TPR"].is_monotonic_increasing
assert at["windows, MAFK"].loc[80:525].max() < 5

# %% [markdown]
# SRF comes first, after 20 updates.
# SRF is in every positive sequence, and has the longest of the six motifs.
# After one epoch, each of the other five motifs has some filter that matches it, too.
# That filter need not be the one that matches the motif best in the end: of the six filters in the figure, only three
# match their motif by then, and the last one, MAFK's, does so after five epochs.
# This filter fires at fewer and fewer places at first.
# From 80 updates to three epochs, its logo is an average of less than five windows, and says little.
# Meanwhile the [TPR](glossary.md#tpr) goes on rising: filters without a match come to match a motif.
# The [reduced setting](glossary.md#reduced-setting) stops at five epochs, where in this one training all six motifs are
# found, and the TPR is still on the rise.
#
# ## In this chapter we saw
#
# - every filter of a trial, not a choice of good ones;
# - that in one training, GRIM has a filter on each of the six motifs after its first pass over the data, SRF first, and
#   that single filters take up to five passes.
