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
# **What you will see.** GRIM as a tool: from a {term}`FASTA` file, such as the peaks of a ChIP-seq experiment, to a tested set of motifs, where they occur, and a report to
# send to a colleague. No labels and no control sequences are needed. **What it needs.** Nothing but the file; {doc}`background` explains how the network learns, and
# {doc}`task1` how its filters become motifs. **How long it takes.** One or two minutes for a few thousand peaks on two cores.
#
# ```bash
# papermill book/your_sequences.ipynb report.ipynb -p fasta peaks.fa -p outdir results/
# ```
#
# This runs the page on your file and writes everything to `results/`. The command `grim peaks.fa --outdir results/` does the same by the same functions, without a notebook;
# `grim --help` lists its options. The page as you see it ran on sequences that it made itself. The
# {nb-download}`executed notebook <your_sequences.ipynb>` can be downloaded.

# %% tags=["parameters"]
fasta: str = ""  # FASTA file, plain or gzipped; "" makes an example
outdir: str = "grim_results"  # new folder for the results
targets: str = "JASPAR2016"  # JASPAR release or MEME file to compare with
n_filters: int = 64  # first-layer filters
width: int = 128  # dimension of the global encoding h
views: str = "both"  # both, position, filter or sequence
strands: int = 2  # 2: motifs may lie on either strand; 1: on the given one
epochs: int = 0  # passes over the sequences; 0: 800 batches in all
seed: int = 0  # one seed gives the same results again
overwrite: bool = False  # whether results in outdir may be replaced

# %% tags=["remove-cell"]
import grimlib

grimlib.check_parameters(
    globals(),
    fasta=str,
    outdir=str,
    targets=str,
    n_filters=1,
    width=1,
    views=grimlib.VIEWS,
    strands=(1, 2),
    epochs=0,
    seed=0,
    overwrite=bool,
)

# %%
import pandas as pd

import grimlib
from grimlib import discover

grimlib.use_style()
pd.options.display.precision = 2

# %% tags=["remove-cell"]
from grimlib import paper

if not fasta:
    import tempfile
    from pathlib import Path

    import numpy as np

    folder = Path(tempfile.mkdtemp())
    fasta, outdir = str(folder / "example.fa"), str(folder / "results")
    rng = np.random.default_rng(seed)
    data = paper.simulate_task2(n_sequences=4_000, seed=seed)
    with open(fasta, "w") as file:
        for i, row in enumerate(data.tokens[data.labels[:, 0] == 1]):
            start, end = rng.integers(0, 40), rng.integers(160, 201)
            row = row[start:end]
            if rng.random() < 0.5:
                row = grimlib.reverse_complement(row)
            file.write(f">example_{i + 1}\n{grimlib.decode(row)}\n")

# %% [markdown]
# ## Reading
#
# The example is made like the positive sequences of {doc}`task2`: SRF in each, one to three sites of five other motifs beside it. To be more like real peaks, they
# are cut to lengths from 120 to 200 nt, and half are turned to the other strand. A file of your own should hold 200 sequences or more, of 100 to 2,000 nt each, in which the motifs are
# a good part of what the sequences share: windows around peak summits rather than whole genes.
#
# Before anything is computed, the settings, the folder and the file are checked. An existing folder is not written to.

# %% tags=["your-sequences"]
checkpoint = discover.check_outdir(outdir, overwrite)
database = grimlib.load_targets(targets)
settings = discover.Settings(
    n_filters=n_filters,
    width=width,
    views=views,
    strands=strands,
    epochs=epochs,
    seed=seed,
)
peaks = discover.read_peaks(fasta)
print(f"{peaks.n_read:,} sequences read, {len(peaks.names):,} used")
for reason, count in peaks.dropped.items():
    print(f"{count:,} left out: {reason}")

# %% [markdown]
# Shorter sequences are padded at the end with *all-zero columns*, which is also what an `N` becomes: a position that no filter weight multiplies. The shuffled sequences that GRIM learns
# against keep padding and runs of `N` where they are, and shuffle what lies between.
#
# ## Training
#
# A fifth of the sequences is *held out*: training does not see them, so that they can test what it found. With `strands=2`, each epoch shows a sequence as it is
# or as its reverse complement, by chance. After each epoch the state is saved beside the results' folder. In Jupyter, the stop
# button ends the training, and the cells below tell what was learned so far (to go on later takes `overwrite=True`). Under papermill, Ctrl-C ends everything: no results are written, but the
# same command goes on from the last complete epoch, to the same result as without the interrupt, and with `-p epochs 1` it stops there and writes what was learned so far.

# %% tags=["your-sequences"]
training = discover.train(peaks.tokens, settings, checkpoint)
print(f"{training.outcome} after {len(training.history['loss'])} epochs,")
print(f"with a global encoding of {', '.join(map(str, training.widths))}")

# %% mystnb={"figure": {"name": "fig-yours-curve", "caption": "Loss on the example. A network that cannot tell sequences from their shuffles stays where the curves begin, at 2 V ln 2 with V views."}, "image": {"alt": "Two falling curves of loss against the epoch, training and validation, close together."}}
figure = grimlib.plot_learning_curves({"GRIM": training.history})

# %% [markdown]
# A *collapsed* training is one where every score has become zero ({ref}`background:views`). It shows within a few epochs, and training then starts again with an `h` twice as
# wide, twice at most; the printed numbers would list each width tried. If it collapses every time, the result is "no motif found", not a list.
#
# ## From filters to a tested set of motifs
#
# A trained network has as many motifs as filters, most of them many times over. Three steps make a list of it:
#
# 1. Filters whose motifs are alike by {term}`Tomtom`, on either strand, are merged.
# 2. Each merged motif is looked for in the held-out sequences and in five {term}`dinucleotide shuffles <dinucleotide shuffle>` of each. A *site* is a window whose score has a {term}`p-value` below 0.0001
#    (as in FIMO {cite:p}`grant2011`). Fisher's exact test says if more sequences than shuffles have one; its p-value times the number of motifs tested, the
#    *enrichment {term}`E-value`*, must not exceed 0.05.
# 3. Motifs are taken from the best p-value on, and what one has claimed does not count for the next: a shifted copy of a motif is not a second one.

# %% tags=["your-sequences"]
found = discover.find_motifs(training, peaks.tokens, settings, database)
columns = ["motif", "consensus", "filters", "share", "shuffled share"]
columns += ["E-value", "match", "match E-value"]
found.table[columns]

# %% tags=["remove-cell"]
from IPython.display import Markdown
from myst_nb import glue

embedded = set(paper.TASK2_MOTIFS)
named = set(found.matches["Target_ID"].map(paper.ground_truth_name))
glue("yours-found", len(found.motifs), display=False)
glue("yours-tested", found.n_tested, display=False)
glue("yours-embedded", len(embedded & named), display=False)
missed = ", ".join(sorted(embedded - named)) or "none"
glue("yours-missed", missed, display=False)

# %% [markdown]
# `share` is the fraction of held-out sequences with a site, `shuffled share` that of their shuffles, `filters` how many filters were merged, and `match` Tomtom's best match in the database
# with an E-value of at most 0.1. Of {glue:text}`yours-tested` merged motifs tested, {glue:text}`yours-found` are kept, and they match {glue:text}`yours-embedded` of the six embedded
# motifs (missed: {glue:text}`yours-missed`). The name of the best match can be that of a relative, such as CEBPG for CEBPB: factors of one family bind the same motif. A share by chance that is not near zero is no fault: a site is a window that one random window in 10,000 would equal, and there are hundreds of windows.

# %% mystnb={"figure": {"name": "fig-yours-logos", "caption": "The motifs found in the example, the most enriched first."}, "image": {"alt": "Sequence logos of the motifs found, one below the other."}}
import matplotlib.pyplot as plt

if found.motifs:
    figure, axes = plt.subplots(
        len(found.motifs),
        figsize=(5, 1.2 * len(found.motifs)),
        squeeze=False,
    )
    for ax, motif in zip(axes.flat, found.motifs, strict=True):
        grimlib.plot_logo(motif.ppm, ax)
        ax.set_title(f"{motif.name} {motif.alt}", loc="left", fontsize=9)
else:
    figure = plt.figure(figsize=(5, 1))
    figure.text(0.5, 0.5, "no motif found", ha="center", va="center")

# %% [markdown]
# ## Results
#
# Everything is written to one folder, whole or not at all:

# %% tags=["your-sequences"]
report = discover.write_results(
    outdir, fasta, peaks, settings, training, found, targets, overwrite
)
for name, value in discover.summarise_run(peaks, training, found).items():
    print(f"{name + ':':20} {value}")
print(f"{'Report:':20} {report.name} in the folder {report.parent.name}")

# %% tags=["remove-cell"]
files = {
    "report.html": "the report, one file that needs no network",
    **discover.FILES,
}
table = pd.DataFrame(
    {"file": [f"`{name}`" for name in files], "holds": files.values()}
).to_markdown(index=False)
glue("yours-files", Markdown(table), display=False)

# %% [markdown]
# :::{table} The files in `outdir`. If no motif was found, there is no `motifs.meme`, and the tables are empty.
# :name: tab-yours-files
#
# ```{glue:md} yours-files
# :format: myst
# ```
# :::
#
# `report.html` opens in any browser without a network, and can be sent as it is. The MEME files go into any tool of the MEME Suite, `sites.bed` into a genome browser if
# the records are named by their place (`chr1:1000-1400`, as `bedtools getfasta` writes them). The network itself is loaded again by
#
# ```python
# import grimlib, keras
#
# model = keras.saving.load_model("results/model.keras")
# kernel, bias = grimlib.first_layer(model)
# ```
#
# (your-sequences:reuse)=
# ### In a notebook of your own
#
# In short, without folder and report. This page does not run the cell, nor the next: they need `fasta` to name a file. The other parameters they take as they are:

# %% tags=["skip-execution", "copy"]
peaks = discover.read_peaks(fasta)
settings = discover.Settings(
    n_filters=n_filters,
    width=width,
    views=views,
    strands=strands,
    epochs=epochs,
    seed=seed,
)
training = discover.train(peaks.tokens, settings)
database = grimlib.load_targets(targets)
found = discover.find_motifs(training, peaks.tokens, settings, database)

if found.motifs:  # else there is nothing to write
    grimlib.write_meme("motifs.meme", found.motifs)
    discover.write_sites(".", found.sites, peaks, found.motifs)
found.table

# %% [markdown]
# Or is it a motif that you have, and sequences where it may occur? The test and the search for sites need no network:

# %% tags=["skip-execution", "copy"]
import numpy as np

# Of your own: motifs = grimlib.read_meme("mine.meme")
factors = ("SRF", "MAX", "STAT1")
motifs = [m for m in grimlib.load_jaspar() if m.alt in factors]
peaks = discover.read_peaks(fasta)
rng = np.random.default_rng(seed)
enriched = discover.select_enriched(motifs, peaks.tokens, rng, strands)
print(enriched)

sites = discover.find_sites(motifs, peaks.tokens, strands)
sites["record"] = np.array(peaks.ids)[sites["sequence"]]
sites.head()

# %% [markdown]
# (your-sequences:real)=
# ## On real peaks
#
# How does this do on an experiment? `python benchmarks/real_peaks.py peaks.fa` ran it, with the default settings, on peaks of the factor IRF1 in a ChIP-seq
# experiment, 400 nt around each summit. The peaks are not part of this repository; the results are in `data/real_peaks.json`.

# %% tags=["remove-cell"]
import json

from grimlib._places import DATA

results = json.loads((DATA / "real_peaks.json").read_text())
glue("real-n", f"{results['n_peaks']:,}", display=False)


def runs(kind, n=None, strands=2):
    return [
        result
        for result in results["runs"]
        if result["run"]["kind"] == kind
        and result["run"].get("n") == n
        and result["run"].get("strands", 2) == strands
    ]


def is_irf(motif):
    return motif["match"].startswith("IRF")


def first_is_irf(result):
    return bool(result["motifs"]) and is_irf(result["motifs"][0])


def as_table(name, rows):
    text = pd.DataFrame(rows).to_markdown(
        index=False, disable_numparse=True
    )
    glue(name, Markdown(text), display=False)


rows = []
for result in runs("peaks"):
    for motif in result["motifs"]:
        new = motif is result["motifs"][0]
        rows.append(
            {
                "seed": str(result["run"]["seed"]) if new else "",
                "consensus": motif["consensus"],
                "match": motif["match"] or "none",
                "share": f"{motif['share']:.0%}",
                "by chance": f"{motif['shuffled share']:.0%}",
                # A hyphen would let the number break.
                "E-value": f"{motif['E-value']:.0e}".replace("-", "‑"),
                "filters": str(motif["filters"]),
                "middle": f"{motif['central']:.0%}",
            }
        )
as_table("real-motifs", rows)
complete = runs("peaks")
firsts = [result["motifs"][0] for result in complete]
seconds = [result["provenance"]["seconds"] for result in complete]
glue("real-seconds", f"{max(seconds):.0f}", display=False)
glue("real-seeds", len(complete), display=False)
glue("real-first", sum(map(first_is_irf, complete)), display=False)
shares = [motif["share"] for motif in firsts]
glue("real-share", f"{min(shares):.0%} to {max(shares):.0%}", display=False)
chance = [motif["shuffled share"] for motif in firsts]
glue(
    "real-chance",
    f"{min(chance):.0%} to {max(chance):.0%}",
    display=False,
)
central = [motif["central"] for motif in firsts]
glue("real-central", f"{min(central):.0%}", display=False)
provenance = complete[0]["provenance"]
glue(
    "real-made",
    f"{provenance['date'][:10]}, {provenance['machine']}, one thread, Keras "
    f"{provenance['versions']['keras']} on {provenance['backend']}",
    display=False,
)

shuffled = runs("shuffled")
false = [len(result["motifs"]) for result in shuffled]
glue("real-null-runs", len(shuffled), display=False)
glue("real-null-hits", sum(n > 0 for n in false), display=False)
few = runs("shuffled", n=400)
glue("real-null-few", len(few), display=False)
glue(
    "real-null-few-hits",
    sum(bool(result["motifs"]) for result in few),
    display=False,
)
tested = [result["tested"] for result in shuffled]
glue("real-null-tested", f"{min(tested)} to {max(tested)}", display=False)
tested = [result["tested"] for result in complete]
glue("real-tested", f"{min(tested)} to {max(tested)}", display=False)
one_strand = runs("peaks", strands=1)[0]["motifs"][0]
glue("real-one-strand", f"{one_strand['share']:.0%}", display=False)

rows = []
for n in (200, 400, 800, None):
    group = runs("peaks", n=n)
    shares = [
        result["motifs"][0]["share"]
        for result in group
        if first_is_irf(result)
    ]
    rows.append(
        {
            "sequences": f"{group[0]['sequences']:,}",
            "runs": str(len(group)),
            "IRF first": str(sum(map(first_is_irf, group))),
            "share with a site": ", ".join(f"{s:.0%}" for s in shares)
            or "–",
            "motifs found": ", ".join(
                str(len(result["motifs"])) for result in group
            ),
        }
    )
as_table("real-sizes", rows)

# %% [markdown]
# :::{table} Motifs found in {glue:text}`real-n` peaks of IRF1, at {glue:text}`real-seeds` seeds, the most enriched first. *Share*: of held-out peaks with a site; *by chance*: of their dinucleotide shuffles; *E-value*: of this enrichment; *middle*: fraction of the sites in the middle fifth of the peaks, where an even spread would have 20%. Made on {glue:text}`real-made`.
# :name: tab-real-motifs
#
# ```{glue:md} real-motifs
# :format: myst
# ```
# :::
#
# The motif of the IRF family comes first at {glue:text}`real-first` of {glue:text}`real-seeds` seeds, with sites in {glue:text}`real-share` of the held-out peaks, and
# {glue:text}`real-chance` of their shuffles. No database was needed to find it, only to name it. At least {glue:text}`real-central` of its sites lie in the middle fifth of the
# peaks: the network was not told where the summit is, so this is evidence that does not come from the sequences' composition. A run took at most {glue:text}`real-seconds` seconds.
#
# With `strands=1`, only sites on the strand as given count, and the share falls to {glue:text}`real-one-strand`: peaks have no strand, and a factor binds on either.
#
# The motifs below it deserve a harder look. They occur in more peaks than shuffles, which is all that the test asks, but their sites are spread evenly. Stretches rich in
# G, matched by the zinc finger ZNF263, belong to the promoters that many peaks lie in; `ATATATAT` is a simple repeat. A motif that is sharp over all of its 20 positions, hangs on one or two
# filters and matches nothing is most often a piece of a longer repeat: `CCAGCCTGGGCGACAGAG`, which came up at one seed, is part of Alu, a sequence with a million copies in the human genome.
#
# **Does it also find motifs where there are none?** Dinucleotide shuffles of all peaks hold no motif. Of {glue:text}`real-null-runs` runs on such shuffles, each at its own seed, {glue:text}`real-null-hits`
# reported a motif; of {glue:text}`real-null-few` on 400 of them, {glue:text}`real-null-few-hits`. The test is set to err in one run in twenty at most. A network can learn something from any sequences, so its
# filters do have logos here, too: they are just not alike. After merging, {glue:text}`real-null-tested` motifs were left to be tested on shuffles, and {glue:text}`real-tested` on peaks.
#
# **How many sequences are enough?** {numref}`tab-real-sizes` repeats the analysis on random subsets.
#
# :::{table} Random subsets of the peaks, three seeds each, with the same number of batches.
# :name: tab-real-sizes
#
# ```{glue:md} real-sizes
# :format: myst
# ```
# :::
#
# IRF1 is an easy case, with a long motif in nearly every peak, and two hundred of them are enough to find it. What more sequences bring is the weaker motifs. A motif in a tenth of the
# sequences needs about ten times as many for as many sites, so think of the number of sites rather than of sequences: some hundreds.
#
# ## When to use something else
#
# - **Short motifs, or an answer in seconds.** STREME {cite:p}`bailey2021` counts words and finds motifs from 8 to 15 nt in seconds, with p-values that are well understood, also
#   against control sequences of your choice.
# - **Motifs longer than 20 nt, or pairs with variable spacing.** A first-layer filter sees 19 nt. It will show the best-conserved part.
# - **What distinguishes these peaks from those.** GRIM compares sequences with their own shuffles. It finds what is in the peaks, also what all open chromatin shares.
# - **Labels or signals of good quality.** A supervised model with attribution methods {cite:p}`shrikumar2018` tells what matters for the signal, and where in each sequence; GRIM only tells what is there.
# - **Repeats.** Soft-masked letters (lower case) are read like others. Mask repeats with `N` first if you do not want to find them: runs of `N` are never part of a motif.
#
# Two habits help with the rest. Run it at two more seeds: a motif that comes up each time is a property of the sequences and not of the initial weights. And look at `filters` in the table: a
# motif that many filters share is safe, while one on a single filter can be missed at the next seed ({ref}`discussion:redundancy`).
#
# ## In this chapter we saw
#
# - how a FASTA file becomes a tested set of motifs, with sites and a report, in one command;
# - that on real peaks the bound factor's motif comes first at every seed tried, and that shuffled peaks give what they should;
# - that companions and repeats are found as well, and how to tell them apart.
