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
# {doc}`task1` how its filters become motifs. **How long it takes.** One to three minutes for a few thousand peaks on two cores.
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
from grimlib.paper import check_parameters

check_parameters(
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

data = paper.simulate_task2(n_sequences=4_000, seed=seed)
if not fasta:
    import tempfile
    from pathlib import Path

    import numpy as np

    folder = Path(tempfile.mkdtemp())
    fasta, outdir = str(folder / "example.fa"), str(folder / "results")
    rng = np.random.default_rng(seed)
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
#    (as in {term}`FIMO` {cite:p}`grant2011`) if all nucleotides are equally likely. Fisher's exact test says if a larger share of the sequences than of the shuffles has one. It does not use that each sequence has its own
#    five shuffles, which makes it more cautious where sequences differ in composition. Its p-value times the number of motifs tested, the *enrichment {term}`E-value`*, must not exceed 0.05.
# 3. Motifs are taken from the best p-value on, and what one has claimed does not count for the next: a shifted copy of a motif is not a second one.

# %% tags=["your-sequences"]
found = discover.find_motifs(training, peaks.tokens, settings, database)
columns = ["motif", "consensus", "filters", "share", "shuffled share"]
columns += ["E-value", "match", "match E-value"]
found.table[columns]

# %% tags=["remove-cell"]
from grimlib.discover.sites import SITE_PVALUE


def by_chance(length, motifs):
    """Share of random sequences with a site of the first motif, either strand."""
    width = len(motifs[0]) if motifs else 20
    return f"{1 - (1 - SITE_PVALUE) ** (2 * (length - width + 1)):.0%}"


embedded = set(paper.TASK2_MOTIFS)
named = set(found.matches["Target_ID"].map(paper.ground_truth_name))
weak = data.sites[data.sites["motif"] != "SRF"].groupby("motif")["sequence"]
paper.glue_all(
    "yours",
    {
        "found": len(found.motifs),
        "tested": found.n_tested,
        "embedded": len(embedded & named),
        "missed": ", ".join(sorted(embedded - named)) or "none",
        "weak": f"{weak.nunique().min() / (data.labels == 1).sum():.0%}",
        "sites": int(weak.size().min()),
        "expected": by_chance(
            peaks.lengths.mean(), [motif.ppm for motif in found.motifs]
        ),
    },
)

# %% [markdown]
# `share` is the fraction of held-out sequences with a site, `shuffled share` that of their shuffles, `filters` how many filters were merged, and `match` Tomtom's best match in the database
# with an E-value of at most 0.1. Of {glue:text}`yours-tested` merged motifs tested, {glue:text}`yours-found` are kept, and they match {glue:text}`yours-embedded` of the six embedded
# motifs (missed: {glue:text}`yours-missed`). One merged motif can count for two embedded ones, as FOSL1's motif is a part of MAFK's. The name of the best match can be that of a relative, such as CEBPG for CEBPB: factors of one family bind similar motifs.
#
# So one run does not give a complete list: each of the five motifs beside SRF was in {glue:text}`yours-weak` of the sequences or more before they were cut, with {glue:text}`yours-sites` sites at least, and still a run can miss one. Run it at other seeds, and put the lists together.
#
# The share by chance is not zero, because a sequence has hundreds of windows. Random sequences of the example's length would have a site of the first motif in about {glue:text}`yours-expected` of all, if all nucleotides were equally likely, as they are in the background of the example. In other sequences, the share can be several
# times as high, as below on real peaks.

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
)
paper.glue_all("yours", {"files": table.set_index("file")})

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


def runs(kind, n=None, strands=2):
    return [
        result
        for result in results["runs"]
        if result["run"]["kind"] == kind
        and result["run"].get("n") == n
        and result["run"].get("strands", 2) == strands
    ]


def first_is_irf(result):
    return bool(result["motifs"]) and result["motifs"][0][
        "match"
    ].startswith("IRF")


def span(values, form="{:.0%}"):
    return f"{form.format(min(values))} to {form.format(max(values))}"


def seconds(group):
    return [result["provenance"]["seconds"] for result in group]


motifs = []
for result in runs("peaks"):
    for motif in result["motifs"]:
        new = motif is result["motifs"][0]
        motifs.append(
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
sizes = []
for n in (200, 400, 800, None):
    group = runs("peaks", n=n)
    shares = [
        result["motifs"][0]["share"]
        for result in group
        if first_is_irf(result)
    ]
    sizes.append(
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
complete, shuffled = runs("peaks"), runs("shuffled")
few = runs("shuffled", n=400)
firsts = [result["motifs"][0] for result in complete]
subsets = [run for n in (200, 400, 800) for run in runs("peaks", n=n)]
provenance = complete[0]["provenance"]
paper.glue_all(
    "real",
    {
        "n": f"{results['n_peaks']:,}",
        "motifs": pd.DataFrame(motifs).set_index("seed"),
        "sizes": pd.DataFrame(sizes).set_index("sequences"),
        "seeds": len(complete),
        "first": sum(map(first_is_irf, complete)),
        "share": span([motif["share"] for motif in firsts]),
        "chance": span([motif["shuffled share"] for motif in firsts]),
        "expected": by_chance(400, [motif["ppm"] for motif in firsts]),
        "central": f"{min(motif['central'] for motif in firsts):.0%}",
        "one-strand": f"{runs('peaks', strands=1)[0]['motifs'][0]['share']:.0%}",
        "seconds": span(seconds(complete), "{:.0f}"),
        "seconds-subsets": f"{max(seconds(subsets)):.0f}",
        "seconds-null": f"{max(seconds(shuffled + few)):.0f}",
        "made": f"{provenance['date'][:10]}, {provenance['machine']}, one thread, "
        f"Keras {provenance['versions']['keras']} on {provenance['backend']}",
        "tested": span([run["tested"] for run in complete], "{}"),
        "null-tested": span([run["tested"] for run in shuffled], "{}"),
        "null-runs": len(shuffled),
        "null-hits": sum(bool(run["motifs"]) for run in shuffled),
        # With no hit in n runs, the rate that gives none in one case of 20.
        "null-bound": f"{1 - 0.05 ** (1 / len(shuffled)):.0%}",
        "null-three": f"{3 / len(shuffled):.0%}",
        "null-few": len(few),
        "null-few-hits": sum(bool(run["motifs"]) for run in few),
    },
)

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
# {glue:text}`real-chance` of their shuffles. If all nucleotides were equally likely, about {glue:text}`real-expected` of random sequences of this length would have a site. The shuffles have more, because they keep the composition of the peaks: a motif of two repeated
# words, such as this one, is more frequent in sequences that are rich in its letters.
#
# No database was needed to find it, only to name it. At least {glue:text}`real-central` of its sites lie in the middle fifth of the
# peaks. Neither the network nor the test knows where the summit is, so this is further evidence. A run on all peaks took {glue:text}`real-seconds` seconds, one on a subset up to {glue:text}`real-seconds-subsets`, and one on shuffles up to {glue:text}`real-seconds-null`.
#
# With `strands=1`, only sites on the strand as given count, and the share falls to {glue:text}`real-one-strand`: peaks have no strand, and a factor binds on either.
#
# The motifs below it deserve a harder look. They occur in more peaks than shuffles, which is all that the test asks, but their sites are spread evenly. Stretches rich in
# G, matched by the zinc finger ZNF263, belong to the promoters that many peaks lie in; `ATATATAT` is a simple repeat. A motif that is sharp over all of its 20 positions, hangs on one or two
# filters and matches nothing is most often a piece of a longer repeat: `CCAGCCTGGGCGACAGAG`, which came up at one seed, is part of Alu, a sequence with a million copies in the human genome.
#
# **Does it also find motifs where there are none?** Dinucleotide shuffles of all peaks hold a motif by chance only. Of {glue:text}`real-null-runs` runs on such shuffles, each at its own seed, {glue:text}`real-null-hits`
# reported a motif; of {glue:text}`real-null-few` on 400 of them, {glue:text}`real-null-few-hits`. A network can learn something from any sequences, so its
# filters do have logos here, too: they are just not alike. After merging, {glue:text}`real-null-tested` motifs were left to be tested on shuffles, and {glue:text}`real-tested` on peaks.
#
# This check is a small one. The test is set to err in one run in twenty at most, but {glue:text}`real-null-runs` runs without a false motif bound the rate of runs with one at {glue:text}`real-null-bound` only, with 95% confidence. (The rule of three, 3 divided by the number of runs,
# says roughly the same: {glue:text}`real-null-three`.) And it is an easy one: it compares shuffles with shuffles of them, which differ by nothing but chance. Peaks differ from their shuffles by more than motifs. A shuffle keeps the pairs of neighbouring nucleotides, but no simple repeats,
# no composition that changes along the sequence, and no copies of Alu. To hold sequences out does not help, because both parts have the same repeats. So a small E-value says that something is not explained by pairs of nucleotides. It does not say that a factor binds it.
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
# IRF1 is an easy case, with a long motif in nearly every peak: two hundred of them were enough in all three runs. With more sequences, more motifs pass the test. A motif in a tenth of the
# sequences needs about ten times as many for as many sites, so think of the number of sites rather than of sequences. Hundreds of sites are no guarantee, as the example at the top of the page shows.
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
# Two habits help with the rest. Run it at two more seeds or more: a motif that comes up each time is a property of the sequences (be it a repeat) and not of the initial weights, and what one run misses another may find. And look at `filters` in the table: a
# motif on a single filter can be missed at the next seed ({ref}`choices:missed`).
#
# ## In this chapter we saw
#
# - how a FASTA file becomes a tested set of motifs, with sites and a report, in one command;
# - that one run can miss a motif;
# - that on real peaks of one factor, its motif comes first at each of three seeds, and that a few runs on shuffles reported none, which is a weak check;
# - that other motifs and repeats are found as well, and what to look at before you believe them.
