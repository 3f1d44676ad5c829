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
# # GRIM, the executable paper
#
# A neural network that is trained to predict labels finds, in DNA, the patterns that its labels need. *GRIM* {cite:p}`lee2021grim` is trained without labels, and its
# first-layer filters come out as whole transcription-factor motifs. This book runs the paper's experiments and shows every step.

# %% tags=["remove-cell"]
import numpy as np
import pandas as pd

import grimlib
from grimlib import paper

grimlib.use_style()

readings = {
    "GRIM, literal": "GRIM, position views",
    "GRIM, adopted": "GRIM",
}
rows, by_task = [], {}
for task, published in paper.PAPER.items():
    shown = {
        **readings,
        **{name: name for name in published if name != "GRIM"},
    }
    specs = {name: paper.GROUPS[task][row] for name, row in shown.items()}
    by_task[task] = paper.report_trials(paper.stored_trials(specs))
    for name, group in by_task[task].items():
        row = {"": f"Task {task[-1]}, {name}"}
        for rate, (mean, spread) in published[name.split(",")[0]].items():
            ours = [getattr(report, rate.lower()) for report in group]
            row[f"paper {rate}"] = f"{mean:.3f} ± {spread:.3f}"
            row[rate] = f"{np.mean(ours):.3f}"
        found = [len(report.found) for report in group]
        row["motifs"] = f"{np.mean(found):.1f}/{len(group[0].ground_truth)}"
        row["trials"] = len(group)
        rows.append(row)
table = pd.DataFrame(rows).set_index("")
paper.glue_all("index", {"table": table})

# %% [markdown]
# :::{table} The paper's Tables 1 and 2 beside ours, on simulated sequences. TPR: fraction of filters that match an embedded motif; FPR: only others. Motifs: how many are found. Ours are means over the stored trials of 250 epochs, the paper's over ten.
# :name: tab-index
#
# ```{glue:md} index-table
# :format: myst
# ```
# :::

# %% tags=["remove-input"] mystnb={"figure": {"name": "fig-index", "caption": "Task 1: the first six of eleven motifs. Below each, the filter that matches it best after 250 epochs, in GRIM (adopted reading), trained without labels, and in CNN-4, trained with them."}, "image": {"alt": "Six motif logos, each above two rows of filters. GRIM's filters repeat all six. CNN-4's are lower and partial, and some motifs have no filter."}}
names = paper.TASK1_MOTIFS[:6]
figure = paper.plot_recovery(
    dict(zip(names, paper.inserted_motifs(names), strict=True)),
    {
        "GRIM": by_task["task1"]["GRIM, adopted"][0],
        "CNN-4": by_task["task1"]["CNN-4"][0],
    },
)

# %% [markdown]
# The paper's loss is a sum over views, and its text names positions. Read *literally*, our GRIM finds every motif of both tasks, but far fewer of its filters match one than in the paper.
# This book *adopts* a loss of its own, which adds a sum over filters. With it, nearly every filter is a motif, more than the paper reports; on Task 2, a trial now and then misses a motif.
# Neither shows what the authors did. The supervised networks do not meet their figures either: fewer of CNN-4's filters match an embedded motif than in the paper, and more of CNN-25's. A good
# part of that hangs on {ref}`what the text leaves open <choices:supervised>`. {ref}`Task 1 <task1-full-scale>` and {ref}`Task 2 <task2-full-scale>` test the differences and show every motif of every trial; {doc}`claims` has a verdict on each statement.
#
# ## Read
#
# {doc}`background` leads from {term}`mutual information` to GRIM's loss, and {doc}`method` walks through the network with one batch. {doc}`task1` asks whether
# {term}`filters <filter>` become whole {term}`motifs <motif>`, {doc}`task2` whether weak motifs are found beside a strong one. {doc}`choices` compares the readings that the paper's text
# allows, {doc}`redundancy` counts how many filters share a motif, and {doc}`discussion` starts supervised networks from GRIM's filters. {doc}`gallery` shows every filter of a trial, and how
# motifs emerge while GRIM is trained. {doc}`claims` lists what the paper states, one line a claim, with our figure and verdict.
#
# Every number was computed when this site was built, or read from a file that a command of the repository wrote; {doc}`status` says which. {doc}`glossary` explains the words,
# {doc}`references` lists the literature, {doc}`api` the functions.
#
# ## Run
#
# ```bash
# make book                                       # build this site
# papermill book/task1.ipynb out.ipynb -p seed 7  # one chapter, your seed
# ```
#
# `papermill --help-notebook book/task1.ipynb` lists a chapter's parameters. An unknown one is refused, not ignored. The download
# button at the top of a chapter offers the notebook as it was executed here, the bare notebook, and the same as a script.
#
# In a copy whose `_config.yml` names the repository's address, a button with a rocket starts a chapter on Binder, where everything is installed, or on Colab, where
# the first cell has to be:
#
# ```text
# !git clone --depth 1 <the repository's address> grim
# %cd grim
# %pip install -q biopython logomaker memelite myst-nb itables
# ```
#
# ## Reuse
#
# {doc}`your_sequences` is GRIM as a tool: one command from the FASTA file of a ChIP-seq experiment to tested motifs, their sites, and a report.
#
# ```bash
# grim peaks.fa --outdir results/
# ```
#
# The chapters' cells are short calls into `grimlib`, a small Keras package. Each cell marked *to take along* runs by itself in any notebook of yours, once
# its chapter's cells of parameters and imports have run. In short, from sequences of one length to filters and their matches:

# %% tags=["skip-execution", "reuse", "copy"]
import keras
import numpy as np

import grimlib

fasta = grimlib.read_fasta("peaks.fa", min_length=100)
print(f"{len(fasta.names)} sequences, {fasta.unknown} unknown nucleotides")
train, test = np.split(fasta.tokens, [len(fasta.tokens) * 4 // 5])
keras.utils.set_random_seed(0)
model = grimlib.GRIM(pool_size=25, filters=64, length=train.shape[1])
model.compile(optimizer="adam")
batches = grimlib.training_batches(train, batch_size=100, seed=0)
n_batches = -(-len(train) // 100)
model.fit(batches, steps_per_epoch=n_batches, epochs=40, shuffle=False)

report = grimlib.filter_report(*grimlib.first_layer(model), test)
grimlib.write_meme("filters.meme", report.motifs)
grimlib.write_tomtom("tomtom.tsv", report.matches)

# %% [markdown]
# ## Cite
#
# Please cite the paper {cite:p}`lee2021grim` for the method:
#
# > N. K. Lee and P. K. Koo. Representation learning of genomic sequence motifs via information maximization. 2021.
#
# For this reproduction and its code, `CITATION.cff` in the repository is what citation managers read.
