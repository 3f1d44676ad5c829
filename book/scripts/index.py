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
# A neural network trained to predict labels finds, in DNA, the patterns that its labels need.
# *GRIM* ([Lee & Koo, 2021](references.md#lee--koo-2021)) is trained without labels, and filters of its first layer become
# whole transcription-factor motifs.
# The paper tests it on simulated sequences, and this book reruns the paper step by step.

# %% tags=["hide-input", "one-line-rows"] jupyter={"source_hidden": true}
import grimlib
from grimlib import paper

grimlib.use_style()
scores = {task: paper.score_readings(task) for task in paper.PAPER}
rows = {
    "GRIM, literal": "GRIM, position views",
    "GRIM, adopted": "GRIM",
    "CNN-4": "CNN-4",
}
first = paper.stored_trials(
    {name: paper.GROUPS["task1"][row][:1] for name, row in rows.items()}
)
first = {
    name: group[0] for name, group in paper.report_trials(first).items()
}
# What the text below says.
assert paper.verdict("information") == "does not hold"
assert paper.verdict("task1-recall") == "holds"
assert paper.verdict("task1-recall", "literal") == "holds"
assert paper.verdict("task1-tpr") == "holds"
assert paper.verdict("task1-tpr", "literal") == "holds"
assert paper.verdict("beyond-labels-early") == "holds"
assert paper.verdict("beyond-labels") == "not shown"
paper.captioned(
    paper.overview(scores),
    "The paper's Tables 1 and 2 beside ours, on simulated sequences: the fractions of filters that match an embedded "
    "motif (TPR) or only others (FPR), and the motifs found. Ours are means over trials of 250 epochs.",
)

# %% mystnb={"figure": {"name": "fig-index", "caption": "Task 1: the first six of eleven motifs. Below each, the filter that matches it best after 250 epochs (seed 0), in GRIM in its two readings, trained without labels, and in CNN-4, trained with them."}, "image": {"alt": "Six motif logos, each above three rows of filters. GRIM's filters repeat all six in either reading. CNN-4's are lower and partial, and some motifs have no filter."}}
names = paper.TASK1_MOTIFS[:6]
motifs = dict(zip(names, paper.inserted_motifs(names), strict=True))
figure = paper.plot_recovery(motifs, first)

# %% [markdown]
# The paper's loss is a sum over [views](glossary.md#view), and its text names positions.
# Read *[literally](glossary.md#literal-reading)*, our GRIM finds every motif of both tasks, but far fewer of its
# filters match one than in the paper.
# This book *[adopts](glossary.md#adopted-reading)* a loss of its own, which adds a sum over filters.
# With it, nearly every filter is a motif, more than the paper reports; on Task 2, a trial now and then misses a motif.
# Neither shows what the authors did.
#
# On Task 1, the paper's comparison holds in both readings: GRIM finds every motif, and the supervised CNN-4 misses some
# in each trial, as this book reads filters.
# The paper's second claim is that GRIM finds motifs that the supervised network misses on Task 2.
# With the adopted loss, it holds after five epochs and is not shown after 250, when CNN-25 finds nearly as many motifs
# as GRIM, and all six in several trials ([the test](task2.ipynb#does-the-supervised-network-miss-motifs)).
#
# The paper explains GRIM by the mutual information of a stretch of a sequence and a summary of the whole.
# Trained with the summary of *another* sequence for five epochs, as many of its filters match a motif on either task:
# the summary need not be of the same sequence ([What the global encoding does](global_encoding.ipynb)).
#
# The supervised networks do not meet their figures either: fewer of CNN-4's filters match an embedded motif than in the
# paper, and more of CNN-25's.
# Batch normalisation, the length of training and how filters are read all move these figures
# ([on the supervised networks](baselines.ipynb)).
# If a supervised loss acts on each filter by itself, most become whole motifs as well
# ([single filters](baselines.ipynb#labels-or-where-the-loss-acts)).
# [Task 1](task1.ipynb#at-full-scale) and [Task 2](task2.ipynb#at-full-scale) test the differences and show every motif
# of every trial.
# All of these trials share one simulated data set for each task.
# [The claims, one by one](claims.ipynb) has a verdict on each statement.
#
# ## Read
#
# - [Background](background.ipynb) leads from [mutual information](glossary.md#mutual-information) to GRIM's loss, and
#   [Method](method.ipynb) walks through the network with one batch.
# - [Task 1](task1.ipynb) asks whether [filters](glossary.md#filter) become whole [motifs](glossary.md#motif),
#   [Task 2](task2.ipynb) whether weak motifs are found beside a strong one.
# - [What the paper leaves open](choices.ipynb) compares the readings that the text allows, and
#   [The literal reading, searched](literal_reading.ipynb) combines them to come near the paper's figures.
#   [What the rules of counting decide](rules.ipynb) changes how filters are matched.
# - [What the global encoding does](global_encoding.ipynb) tests the paper's explanation,
#   [Redundancy](redundancy.ipynb) counts how many filters share a motif, and [Discussion](discussion.ipynb) starts
#   supervised networks from GRIM's filters.
# - [Where filters start](starts.ipynb) finds every motif with a handful of filters, within seconds.
# - [On real peaks](real_peaks.ipynb) runs GRIM on sixteen public sets of sequences, beside another motif finder.
# - [Gallery](gallery.ipynb) shows every filter of a trial, and how motifs emerge while GRIM is trained.
# - The [appendix](digits.ipynb) shows the principle where one can see it, on images of digits.
#
# Every number was computed when this site was built, or read from a file that a command of the repository wrote;
# [Status](status.ipynb) says which.
# The [glossary](glossary.md) explains the words, the [references](references.md) list the literature, and the
# [API](api.md) the functions.
#
# ## Run
#
# ```bash
# make book                                       # build this site
# papermill book/task1.ipynb out.ipynb -p seed 7  # one chapter, your seed
# ```
#
# `papermill --help-notebook book/task1.ipynb` lists a chapter's parameters.
# An unknown one is refused, not ignored.
# The download button at the top of a chapter offers the notebook as it was executed here, the bare notebook, and the
# same as a script.
#
# In a copy whose `_config.yml` names the repository's address, a button with a rocket starts a chapter on Binder, where
# everything is installed, or on Colab, where the first cell has to be:
#
# ```text
# !git clone --depth 1 <the repository's address> grim
# %cd grim
# %pip install -q biopython logomaker memelite itables
# ```
#
# ## Reuse
#
# [Your own sequences](your_sequences.ipynb) is GRIM as a tool: one command from the FASTA file of a
# [ChIP-seq](glossary.md#chip-seq) experiment to tested motifs, their sites, and a report.
#
# ```bash
# grim peaks.fa --outdir results/
# ```
#
# The chapters' cells are short calls into `grimlib`, a small Keras package.
# Each cell marked *to take along* runs by itself in any notebook of yours, once its chapter's cells of parameters and
# imports have run.
# In short, from sequences of one length to filters and their matches:

# %% tags=["skip-execution", "reuse", "copy"]
from itertools import islice

import keras
import numpy as np
from tqdm import tqdm

import grimlib

fasta = grimlib.read_fasta("peaks.fa", min_length=100)
print(f"{len(fasta.names)} sequences, {fasta.unknown} unknown nucleotides")
train, test = np.split(fasta.tokens, [len(fasta.tokens) * 4 // 5])
keras.utils.set_random_seed(0)
model = grimlib.GRIM(pool_size=25, filters=64, length=train.shape[1])
model.compile(optimizer="adam")
batches = grimlib.training_batches(train, batch_size=100, seed=0)
steps = 40 * -(-len(train) // 100)  # 40 epochs
for batch in tqdm(islice(batches, steps), total=steps):
    model.train_on_batch(*batch)

report = grimlib.filter_report(*grimlib.first_layer(model), test)
grimlib.write_meme("filters.meme", report.motifs)
grimlib.write_tomtom("tomtom.tsv", report.matches)

# %% [markdown]
# ## Cite
#
# Please cite the paper for the method:
#
# > N. K. Lee and P. K. Koo. Representation learning of genomic sequence motifs via information maximization. 2021.
#
# For this reproduction and its code, `CITATION.cff` in the repository is what citation managers read.
