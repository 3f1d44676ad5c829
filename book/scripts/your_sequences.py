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
# # Your own sequences
#
# **What you will see.** GRIM as a tool: from a [FASTA](glossary.md#fasta) file, such as the
# [peaks](glossary.md#peak) of a [ChIP-seq](glossary.md#chip-seq) experiment, to a tested set of motifs,
# where they occur, and a report to send to a colleague.
# No labels are needed; control sequences may be given.
# **What it needs.** Nothing but the file (for peaks as coordinates, the genome as well);
# [Background](background.ipynb) explains how the network learns, and [Task 1](task1.ipynb) how its filters become
# motifs.
# **How long it takes.** Seconds for a few thousand peaks, and a minute more the first time, to compile code.
#
# ```bash
# papermill book/your_sequences.ipynb report.ipynb -p fasta peaks.fa -p outdir results/
# ```
#
# This runs the page on your file and writes everything to `results/`.
# The command `grim peaks.fa --outdir results/` does the same by the same functions, without a notebook; `grim --help`
# lists its options.
# Without a file, the page makes an example, and writes it and its results to a temporary folder.
# By default, the loss is that of the [adopted reading](glossary.md#adopted-reading), `views = "both"`.

# %% tags=["parameters"]
fasta: str = "example"  # FASTA file, plain or compressed; with genome, BED
outdir: str = "grim_results"  # new folder for the results
targets: str = "JASPAR2016"  # or JASPAR2024/plants, or a motif file
genome: str = ""  # FASTA file, plain or by bgzip, of regions in BED
peak_width: int = 200  # in nt around each summit; 0: regions as they are
control: str = ""  # sequences to compare with; none: shuffles
n_filters: int = 32  # first-layer filters
views: str = "both"  # both, position, filter or sequence
strands: int = 2  # 2: motifs may lie on either strand; 1: on the given one
epochs: int = 0  # at most, of 25 batches each; 0: 32
seed: int = 0  # one seed gives the same results again
overwrite: bool = False  # whether results in outdir may be replaced

# %% tags=["remove-cell"]
import grimlib
from grimlib.paper import check_parameters

check_parameters(
    globals(),
    fasta=str,
    outdir=str,
    targets=str,
    genome=str,
    peak_width=0,
    control=str,
    n_filters=1,
    views=grimlib.VIEWS,
    strands=(1, 2),
    epochs=0,
    seed=0,
    overwrite=bool,
)
if not fasta:
    raise ValueError("fasta is empty; name a FASTA file")
if fasta == "example" and (genome or control):
    raise ValueError(
        "the example takes no genome and no control; name a file"
    )

# %%
import tempfile

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import Markdown, display

import grimlib
from grimlib import discover, paper

grimlib.use_style()

# %% [markdown]
# ## Reading
#
# The example is made like the positive sequences of [Task 2](task2.ipynb): SRF in each, one to three sites of five
# other motifs beside it.
# To be more like real peaks, the sequences are cut to lengths from 120 to 200 nt, and half are turned to the other
# strand.

# %%
example = fasta == "example"
if example:
    data = paper.simulate_task2(n_sequences=4_000, seed=seed)
    folder, rng = tempfile.mkdtemp(), np.random.default_rng(seed)
    fasta, outdir = f"{folder}/example.fa", f"{folder}/results"
    with open(fasta, "w") as file:
        for i, row in enumerate(data.tokens[data.labels[:, 0] == 1]):
            row = row[rng.integers(0, 40) : rng.integers(160, 201)]
            if rng.random() < 0.5:
                row = grimlib.reverse_complement(row)
            file.write(f">example_{i + 1}\n{grimlib.decode(row)}\n")

# %% [markdown]
# A file of your own should hold 200 sequences or more, of 100 to 2,000 nt each, in which the motifs are a good part of
# what the sequences share: windows around peak summits rather than whole genes.
# From 20 sequences on, and from 20 to 5,000 nt, they are used as well; a note says what few or short ones cannot show.
#
# Peaks need not be cut out first.
# With a `genome`, `fasta` may name a BED or narrowPeak file, and `peak_width` nucleotides are read around each summit, or
# around the middle of a region that has none:
#
# ```bash
# grim peaks.narrowPeak --genome hg38.fa.gz --outdir results/
# ```
#
# The genome is a FASTA file, plain or compressed by `bgzip`.
# Its index is made once, which takes minutes for a large genome, and is kept in the user's cache folder; the index that
# `samtools faidx` has put beside the genome is used where there is one.
# With `strands=1`, regions on the strand `-` are read as their reverse complement.
#
# Before anything is computed, the settings, the folder and the file are checked.
# A folder that holds anything is not written to.

# %%
discover.check_outdir(outdir, overwrite)
database = discover.load_targets(targets)
settings = discover.Settings(
    n_filters=n_filters,
    views=views,
    strands=strands,
    epochs=epochs,
    seed=seed,
)
peaks = discover.read_peaks(fasta, genome, peak_width, control, strands)
print(f"{peaks.n_read:,} sequences read, {len(peaks.names):,} used")
for reason, count in peaks.dropped.items():
    print(f"{count:,} left out: {reason}")
print(f"compared with {peaks.against}")
print(*peaks.notes, sep="\n")

# %% [markdown]
# Shorter sequences are padded at the end with *all-zero columns*, which is also what an `N` becomes: a position that no
# filter weight multiplies.
# The shuffled sequences that GRIM learns against keep padding and runs of `N` where they are, and shuffle what lies
# between.
#
# ## Training
#
# A fifth of the sequences is *held out*: training does not see them, so that they can test what it found.
# Filters start from words of eight letters that the sequences hold more often than their shuffles do, as far as there
# are any.
# With `strands=2`, a sequence is shown as it is or as its [reverse complement](glossary.md#reverse-complement), by
# chance.
# The tool leaves out the further encoder (`grimlib.GRIM` with `width=0`): the
# [global encoding](glossary.md#global-encoding) *h* is 1, and the score of a [view](glossary.md#view) is the largest
# entry of the [local encoding](glossary.md#local-encoding) in it.
# On Task 2, filters are as good with another sequence's *h*, and a little changes without any
# ([What the global encoding does](global_encoding.ipynb)).
# Without it, the network is one layer of filters, and compiled code of its own trains it in place of Keras
# (`grimlib.CompiledGRIM`): the same updates up to rounding, many times faster.
# An epoch is 25 batches here.
# Training ends when the loss on the held-out sequences falls by less than it did: when the last two epochs have brought
# less than half of all that it fell.

# %%
training = discover.train(peaks.tokens, settings, peaks.control)
print(f"{training.outcome} after {len(training.history['loss'])} epochs")

# %% mystnb={"figure": {"name": "fig-yours-curve", "caption": "Loss on the example. A network that cannot tell sequences from their shuffles stays where the curves begin, at 2 V ln 2 with V views."}, "image": {"alt": "Two falling curves of loss against the epoch, training and validation, close together."}}
figure = grimlib.plot_learning_curves({"GRIM": training.history})

# %% [markdown]
# A [collapsed](glossary.md#collapse) training is one where every score has become zero.
# It ends after three epochs at the loss of chance: nothing was learned, and the result is "no motif found", not a list.
#
# ## From filters to a tested set of motifs
#
# A trained network has as many motifs as filters, most of them many times over.
# Four steps make a list of them:
#
# 1. Filters whose motifs are alike by [Tomtom](glossary.md#tomtom), on either strand, are merged.
#    The words that filters started from join them, as a filter may leave its word for something more frequent.
# 2. Each of these motifs is made anew from its sites: the best one of each sequence is counted, above the score that
#    tells sequences from shuffles best, and what shuffles have of such sites is taken off.
#    This is repeated until it tells no more.
# 3. Each motif is looked for in the held-out sequences and in five
#    [dinucleotide shuffles](glossary.md#dinucleotide-shuffle) of each.
#    A [site](glossary.md#site) is a window whose score has a [p-value](glossary.md#p-value) below 0.0001, as in
#    [FIMO](glossary.md#fimo) ([Grant et al., 2011](references.md#grant-et-al-2011)), if nucleotides are as frequent as
#    in the sequences.
#    By chance alone, about 4 in 100 sequences of 200 nt then have one on either strand; in shuffles, which keep pairs,
#    it can be more.
#    An exact test says if more sequences have one than if each were exchanged with any of its own five shuffles.
#    The motifs are tested in the order of how well they tell the sequences learned from, and what one has claimed does
#    not count for the next: a shifted copy of a motif is not a second one.
#    The *enrichment [E-value](glossary.md#e-value)* corrects the p-value for the number of motifs tested, for the
#    first ones least, and must not exceed 0.05.
# 4. Motifs are listed in the order of the *AUROC*: the probability that the best site of a held-out sequence scores
#    higher than that of a shuffle.
#    Repeats, which shuffles do not keep, come last, as `repeat_1` and so on: those with a period of one to three letters,
#    tracts of A and T that are longer than any factor's motif, and those of which a fifth of the sites or more lie in
#    copies of one element, such as Alu.

# %%
found = discover.find_motifs(
    training, peaks.tokens, settings, database, peaks.control, peaks.lengths
)
columns = (
    "motif consensus filters AUROC share shuffled E-value match".split()
)
shown = found.table.rename(columns={"shuffled share": "shuffled"})[columns]
paper.captioned(
    shown.map(
        lambda cell: cell if isinstance(cell, str) else f"{cell:.2g}"
    ),
    "Motifs found. Filters: how many were merged; AUROC: how well the best "
    "site tells held-out sequences from shuffles; share: of held-out sequences "
    "with a site; shuffled: of their shuffles; E-value: of this enrichment; "
    "match: Tomtom's best, if its own E-value is at most 0.1.",
    index=False,
)

# %% tags=["hide-input"] jupyter={"source_hidden": true}
if example:
    embedded = set(paper.TASK2_MOTIFS)
    named = set(found.matches["Target_ID"].map(paper.ground_truth_name))
    others = data.sites[data.sites["motif"] != "SRF"].groupby("motif")
    share = others["sequence"].nunique().min() / (data.labels == 1).sum()
    text = f"""Of {found.n_tested} merged motifs tested,
{len(found.motifs)} are kept, and they match {len(embedded & named)} of the
six embedded motifs (missed: {", ".join(sorted(embedded - named)) or "none"}).
Before the sequences were cut, each of the five motifs beside SRF was in
{share:.0%} of them or more."""
    display(Markdown(text))

# %% [markdown]
# So a run can miss a motif that is in a third of the sequences.
# Run it at other seeds, and put the lists together.
# One merged motif can count for two embedded ones, as FOSL1's motif is a part of MAFK's.
# The name of the best match can be that of a relative, such as CEBPG for CEBPB: factors of one family bind similar
# motifs.

# %% mystnb={"figure": {"name": "fig-yours-logos", "caption": "The motifs found in the example, the one that tells most first."}, "image": {"alt": "Sequence logos of the motifs found, one below the other."}}
n = max(len(found.motifs), 1)
figure, axes = plt.subplots(n, figsize=(5, 1.2 * n), squeeze=False)
axes[0, 0].set_title("no motif found")
for ax, motif in zip(axes.flat, found.motifs, strict=False):
    grimlib.plot_logo(motif.ppm, ax)
    ax.set_title("")
    ax.set_title(f"{motif.name} {motif.alt}", loc="left", fontsize=9)

# %% [markdown]
# ## Results
#
# Everything is written to one folder, whole or not at all:

# %%
report = discover.write_results(
    outdir, fasta, peaks, settings, training, found, targets, overwrite
)
for name, value in discover.summarise_run(peaks, training, found).items():
    print(f"{name + ':':20} {value}")
print(f"{'Report:':20} {report.name} in the folder {report.parent.name}")

# %%
files = {"report.html": "the report, in one file", **discover.FILES}
paper.captioned(
    pd.Series(files, name="holds").rename_axis("file"),
    "The files in outdir. If no motif was found, there is no motifs.meme, and "
    "the tables are empty.",
)

# %% [markdown]
# `report.html` opens in any browser without a network, and can be sent as it is.
# It shows each motif on both strands, and says whether its sites lie in the middle of the sequences, where peaks have
# the factor itself: a binomial test of central windows, as CentriMo's
# ([Bailey & Machanick, 2012](references.md#bailey--machanick-2012)).
# The MEME files go into any tool of the MEME Suite.
# `sites.bed` goes into a genome browser if the sequences were cut out of a genome here, or if the records are named by
# their place (`chr1:1000-1400`, as `bedtools getfasta` writes them).
# The filters themselves are loaded again by
#
# ```python
# filters = numpy.load("results/filters.npz")
# kernel, bias = filters["kernel"], filters["bias"]
# ```
#
# `grimlib.set_first_layer` puts them into a network of your own.
#
# ### Many files
#
# ```bash
# snakemake -s workflow/Peaks.smk --config sets=peaks/ outdir=many
# ```
#
# This analyses each FASTA file of the folder `peaks/`, or each line of a table with the columns `name`, `fasta` and any
# options of `grim`, in a job of its own with one thread; `many/index.html` has a row for each, with its first motif.
# A file that fails is shown there with its error and stops no other.
# When stopped, by `kill -9` too, the same command analyses what is missing; with
# `--workflow-profile workflow/profiles/slurm`, the jobs run on a cluster.
#
# ### In a notebook of your own
#
# In short, without folder and report.
# This page does not run the cell, nor the next: they need `fasta` to name a file.
# The other parameters they take as they are:

# %% tags=["skip-execution", "copy"]
peaks = discover.read_peaks(fasta, genome, peak_width, control, strands)
settings = discover.Settings(
    n_filters=n_filters,
    views=views,
    strands=strands,
    epochs=epochs,
    seed=seed,
)
training = discover.train(peaks.tokens, settings, peaks.control)
database = discover.load_targets(targets)
found = discover.find_motifs(
    training, peaks.tokens, settings, database, peaks.control, peaks.lengths
)

if found.motifs:  # else there is nothing to write
    grimlib.write_meme("motifs.meme", found.motifs)
    discover.write_sites(".", found.sites, peaks, found.motifs)
found.table

# %% [markdown]
# Or do you have a motif, and sequences where it may occur?
# The test and the search for sites need no network:

# %% tags=["skip-execution", "copy"]
import numpy as np

# Of your own: motifs = grimlib.read_meme("mine.meme")
factors = ("SRF", "MAX", "STAT1")
motifs = [m for m in grimlib.load_jaspar() if m.alt in factors]
peaks = discover.read_peaks(fasta, genome, peak_width, control, strands)
rng = np.random.default_rng(seed)
enriched = discover.select_enriched(
    motifs, peaks.tokens, rng, strands, control=peaks.control
)
print(enriched)

sites = discover.find_sites(motifs, peaks.tokens, strands)
sites["record"] = np.array(peaks.ids)[sites["sequence"]]
sites.head()

# %% [markdown]
# ## On real peaks
#
# [On real peaks](real_peaks.ipynb) runs the tool on sixteen public sets, on shuffles and on random sequences, beside
# another tool.
# Three things to know before you read a table of motifs:
#
# - A small E-value says that pairs of nucleotides do not explain a motif.
#   It does not say that a factor binds: a shuffle keeps neither simple repeats, nor a composition that changes along the
#   sequence, nor copies of mobile elements such as Alu, and sequences that are held out have the same repeats.
# - Neither the network nor the test knows where the summits are.
#   If a motif's sites gather in the middle of the peaks, this is further evidence.
# - Think of the number of sites rather than of sequences: a motif in a tenth of the sequences needs about ten times as
#   many for as many sites.
#
# ## When shuffles are the wrong control
#
# Shuffles answer one question: is this word more frequent than pairs of nucleotides explain?
# They answer no other one.
#
# - **What sets these peaks apart from those?**
#   Peaks of one treatment, cell type or factor share with all open chromatin its usual motifs, and shuffles find them
#   all.
# - **Promoters and CpG islands.**
#   Their GC content and their CpG change along the sequence, and a shuffle evens them out; motifs of general promoter
#   factors are found in any set of promoters.
# - **Repeats.**
#   Shuffles destroy them, so they look enriched.
#
# Name sequences that differ in what you ask for and in nothing else, as `control`: the other peaks, promoters of
# genes that did not respond, regions matched in GC content and repeats and drawn from the same genome.
# Training, words, enrichment test and AUROC are then against the control, whose sequences are cut to the lengths of
# those that they stand beside.
# A fifth of it is held out as well, and in the test no sequence of it serves twice: a control of as many sequences as
# there are peaks, or of more, tells most.
# There must be 100 or more that are as long as the peaks.
# What the control holds as often is not found, be it a motif; and if it differs in GC content, GC content is found.
# The report says what was compared with.
#
# ## When to use something else
#
# - **A few hundred sequences, at once.**
#   Before it reads a sequence, GRIM spends seconds on loading TensorFlow.
#   STREME ([Bailey, 2021](references.md#bailey-2021)) counts words and finds motifs from 8 to 15 nt, with p-values that
#   are well understood, and is done with a small set by then.
# - **Motifs longer than 20 nt, or pairs with variable spacing.**
#   A first-layer filter sees 19 nt and will show the best-conserved part.
# - **Labels or signals of good quality.**
#   A supervised model with attribution methods ([Shrikumar et al., 2018](references.md#shrikumar-et-al-2018)) tells
#   what matters for the signal, and where in each sequence; GRIM only tells what is there.
# - **Repeats.**
#   Soft-masked letters (lower case) are read like others.
#   Mask repeats with `N` first if you do not want to find them: runs of `N` are never part of a motif.
#
# Two habits help with the rest.
# Run it at two more seeds or more: a motif that comes up each time is a property of the sequences (be it a repeat) and
# not of the initial weights, and a motif that one run misses another may find.
# And look at the number of filters in the table: a motif on a single filter can be missed at the next seed
# ([Which motifs are missed, and why](choices.ipynb#which-motifs-are-missed-and-why)).
#
# ## In this chapter we saw
#
# - how a FASTA file becomes a tested set of motifs, with sites and a report, in one command;
# - that one run can miss a motif;
# - what to look at before you believe a motif, and when shuffles are the wrong control.
