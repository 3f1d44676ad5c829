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
# # Where filters start
#
# **What you will see.** The paper ends on a difficulty: many filters learn one and the same motif, so that it takes many
# filters to find all, and it sees no way around that with today's ways to initialise.
# Here filters start from words that the sequences hold more often than their shuffles do.
# Then a handful of filters finds every motif within two epochs.
# **What it needs.** [Task 2](task2.ipynb), and [Redundancy](redundancy.ipynb) for the difficulty.
# **How long it takes.** Half a minute: the trials are stored, and small networks are trained on this page.
#
# `python -m grimlib.paper run starts` trains the trials.
# The network that is trained here takes parameters of your own:
#
# ```bash
# papermill book/starts.ipynb out.ipynb -p seed 7 -p n_sequences 5000 -p n_filters 16
# ```

# %% tags=["parameters"]
seed: int = 0  # of the network that is trained here, and its data
n_sequences: int = (
    25_000  # its training, validation and test sequences together
)
n_filters: int = 8  # its first-layer filters

# %% tags=["remove-cell"]
from grimlib.paper import check_parameters

check_parameters(globals(), seed=0, n_sequences=200, n_filters=1)

# %%
import json
import warnings
from itertools import islice

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import grimlib
from grimlib import paper
from grimlib._places import DATA
from grimlib.paper.evaluation import motif_distances

grimlib.use_style()

# %% [markdown]
# ## Words that are enriched
#
# A *word* is eight letters of DNA.
# We count in how many sequences each word occurs, and in how many of their [shuffles](glossary.md#dinucleotide-shuffle).
# If a word were no more common in sequences than in shuffles, a sequence that holds it would be the original as often as
# any of its shuffles.
# This gives a bound on the [p-value](glossary.md#p-value), which holds for any number of sequences, and times the number
# of words the [E-value](glossary.md#e-value).
# The word of the smallest E-value is chosen; wherever it or a word with one other letter occurs, the letters are masked,
# and the count starts again.
# `grimlib.choose_words` does this until it has as many words as asked for, or nothing is enriched any more.

# %%
data = paper.simulate_task2(n_sequences=n_sequences, seed=seed)
train, test = (data.tokens[data.split[part]] for part in ("train", "test"))
with warnings.catch_warnings():
    warnings.simplefilter(
        "ignore", UserWarning
    )  # there may be fewer words than asked for
    words = grimlib.choose_words(train, 64, seed)

# %% tags=["hide-input"] jupyter={"source_hidden": true}
motifs = dict(
    zip(
        paper.TASK2_MOTIFS,
        paper.inserted_motifs(paper.TASK2_MOTIFS),
        strict=True,
    )
)


def best_motif(word):
    """The embedded motif in which a word is most probable, at its best place."""
    highest = {}
    for name, motif in motifs.items():
        ppm = np.pad(motif.ppm, ((7, 7), (0, 0)), constant_values=0.25)
        places = np.lib.stride_tricks.sliding_window_view(ppm, 8, axis=0)
        highest[name] = (
            places[:, grimlib.encode(word), range(8)].prod(axis=1).max()
        )
    return max(highest, key=highest.get)


shown = words.head(8).assign(
    motif=[best_motif(word) for word in words["word"].head(8)]
)
shown["expected"] = shown["expected"].map("{:.1f}".format)
shown["log10 E-value"] = shown["log10 E-value"].map("{:.0f}".format)
paper.captioned(
    shown,
    f"The first of {len(words)} enriched words in the training sequences of Task 2: how many sequences hold each, how "
    "many shuffles on average, and the embedded motif that it fits best.",
    index=False,
)

# %% [markdown]
# All of this is what a word-based motif finder such as STREME ([references](references.md)) does first.
# The question is what training makes of it.
#
# ## From a word to a filter
#
# `grimlib.start_filters` writes a word into the middle of a filter's 19 positions, on top of the random weights that are
# there, with twice their spread at the word's letter.
# Beside the word, the filter starts at zero.
# Nothing else changes: the network, the loss and the training are GRIM's.
# Below, a GRIM is trained on Task 2 for one epoch, and one filter is drawn on the way.

# %% tags=["copy"]
data = paper.simulate_task2(n_sequences=n_sequences, seed=seed)
train = data.tokens[data.split["train"]]  # your tokens (N, 200)
keras.utils.set_random_seed(seed)
model = grimlib.GRIM(pool_size=25, filters=n_filters)
first = grimlib.choose_words(train, n_filters, seed)["word"]
grimlib.start_filters(model, first)
model.compile(optimizer="adam")

layers = {0: grimlib.first_layer(model)}
batches = grimlib.training_batches(train, batch_size=100, seed=seed)
for updates in (20, 60, 175):
    for batch in islice(batches, updates - max(layers)):
        model.train_on_batch(*batch)
    layers[updates] = grimlib.first_layer(model)

# %% mystnb={"figure": {"name": "fig-starts-growth", "caption": "How words become motifs: the sites of filters, aligned after so many training steps of 100 sequences; 175 steps are one epoch of the book's 17,500 training sequences. One row a filter, from the word it started from."}, "image": {"alt": "Logos in rows, one for each of the first filters, over four numbers of training steps. At the start they are low and noisy, at the end tall and as wide as the embedded motifs."}}
reports = {
    updates: grimlib.filter_report(
        *layer, test, ground_truth=paper.ground_truth(paper.TASK2_MOTIFS)
    )
    for updates, layer in layers.items()
}
n_rows = min(n_filters, 4)
figure, axes = plt.subplots(
    n_rows, 4, figsize=(8.5, 1.1 * n_rows), squeeze=False
)
for column, (updates, report) in zip(axes.T, reports.items(), strict=True):
    drawn = {motif.name: motif for motif in report.motifs}
    column[0].set_title(f"{updates} steps")
    for row, ax in enumerate(column):
        if f"filter_{row}" in drawn:
            grimlib.plot_logo(drawn[f"filter_{row}"].ppm, ax)
        ax.set(xticks=[], yticks=[])
for ax, word in zip(axes[:, 0], words["word"], strict=False):
    ax.set_ylabel(word, rotation=0, ha="right", va="center")

# %%
growth = paper.summarise(
    {f"{steps} steps": [report] for steps, report in reports.items()}
)
growth["motifs found"] = [f"{len(r.found)} of 6" for r in reports.values()]
paper.captioned(
    growth[["TPR", "FPR", "motifs found"]].rename_axis("after"),
    "The filters of this network on the way.",
)

# %% [markdown]
# ## Every motif with a handful of filters
#
# The stored trials have four starts:
#
# - *enriched words*, as above;
# - *random words* of eight letters, which tell whether it is enough that filters start apart from each other;
# - *random windows* of 12 letters of the sequences, which hold a piece of a motif now and then;
# - *Glorot*, the random weights that all other chapters start from.

# %%
STARTS = {
    "enriched words": "words",
    "Glorot": "glorot",
    "random words": "random words",
    "random windows": "windows",
}
rows = {
    (name, d): paper.GROUPS["starts"][f"Task 2, {start}, d = {d}, epochs 2"]
    for name, start in STARTS.items()
    for d in (6, 8, 16, 32, 64)
}
scored = paper.scored_trials(rows)
table = paper.summarise({str(row): group for row, group in scored.items()})
every = [sum(r.recall == 1 for r in group) for group in scored.values()]
table["all six found in"] = [
    f"{n} of {len(group)}"
    for n, group in zip(every, scored.values(), strict=True)
]
table.index = pd.MultiIndex.from_tuples(rows, names=["start", "filters"])
paper.captioned(
    table[["TPR", "FPR", "motif recall", "all six found in"]],
    "GRIM on Task 2 after two epochs, by what its filters start from and by their number: means and standard deviations "
    "over trials.",
)

# %% mystnb={"figure": {"name": "fig-starts-recall", "caption": "Motifs of Task 2 found after two epochs, of six, by the number of filters and by what they start from. Points are means, bars run from the lowest to the highest trial."}, "image": {"alt": "Four lines of motifs found against 6 to 64 filters. The line of enriched words lies at or near six throughout; the others begin lower and rise with the number of filters."}}
found = {
    name: {
        d: [len(r.found) for r in scored[name, d]]
        for d in (6, 8, 16, 32, 64)
    }
    for name in STARTS
}
figure = paper.plot_by_filters(found, "motifs found")

# %% [markdown]
# Six filters, as many as there are motifs, are enough: started from enriched words, they find all six motifs in every
# trial, and each filter is a motif.
# From Glorot's weights, six filters find one to three of them, and 64 do not always find all.
# Random words help a little: filters that start apart from each other end on more motifs than Glorot's.
# What enriched words add is that each starts near a motif of its own.
#
# With 32 and 64 filters, some match no motif even from enriched words: there are no more than about eighteen words to
# start from, and the other filters start from Glorot's weights.

# %% tags=["hide-input"] jupyter={"source_hidden": true}
for d in (6, 8):
    assert all(r.recall == r.tpr == 1 for r in scored["enriched words", d])
assert sorted({len(r.found) for r in scored["Glorot", 6]}) == [1, 2, 3]
assert 0 < sum(r.recall < 1 for r in scored["Glorot", 64]) < 10
for d in (6, 8, 16):
    mean = {name: np.mean(found[name][d]) for name in found}
    assert mean["Glorot"] < mean["random words"] < mean["enriched words"]
assert 15 < len(words) < 21 or n_sequences != 25_000

# %% [markdown]
# ## Longer, and eleven motifs
#
# The trials so far are GRIM's as on all other pages.
# [What the global encoding does](global_encoding.ipynb) is little, and without its further encoder GRIM is one layer of
# filters, which `grimlib.CompiledGRIM` trains in about a second an epoch.
# So these trials go on for up to the paper's 250 epochs, and [Task 1](task1.ipynb) with its eleven motifs joins.
# Words, windows and weights are as above:

# %%
runs = [
    *(("Task 2", "words", 6, epochs) for epochs in (1, 2)),
    *(("Task 2", "words", 8, epochs) for epochs in (1, 2, 20)),
    *(("Task 2", "words", 16, epochs) for epochs in (2, 250)),
    *(("Task 2", start, 16, 2) for start in ("random words", "windows")),
    *(("Task 2", "glorot", d, 2) for d in (16, 128)),
    ("Task 2", "glorot", 16, 250),
    *(("Task 1", "words", 11, epochs) for epochs in (1, 2)),
    *(("Task 1", "words", 16, epochs) for epochs in (1, 2, 20)),
    *(("Task 1", "words", 32, epochs) for epochs in (2, 250)),
    *(("Task 1", start, 32, 2) for start in ("random words", "windows")),
    *(("Task 1", "glorot", d, 2) for d in (32, 128)),
]
row = "{}, {}, no F, d = {}, epochs {}"
without_f = {run: paper.GROUPS["starts"][row.format(*run)] for run in runs}
longer = paper.scored_trials(without_f)

# %% [markdown]
# The table says how many of these networks found every motif of their task:

# %%
table = paper.summarise({str(run): group for run, group in longer.items()})
table["all found in"] = [
    f"{sum(r.recall == 1 for r in group)} of {len(group)}"
    for group in longer.values()
]
starts = {start: name for name, start in STARTS.items()}
table.index = pd.MultiIndex.from_tuples(
    [(task, starts[start], *rest) for task, start, *rest in runs],
    names=["", "start", "filters", "epochs"],
)
paper.captioned(
    table[["TPR", "FPR", "motif recall", "all found in"]],
    "GRIM without its further encoder, by what its filters start from, their number and the epochs: means and standard "
    "deviations over trials, and the trials that found all motifs of the task.",
)

# %% [markdown]
# Sixteen filters find all six motifs of Task 2 in every trial, and 32 all eleven of Task 1, within two epochs and still
# after 250, where each filter matches a motif.
# From Glorot's weights, as many filters miss some of the motifs; it takes 128 to find all within two epochs.
# Random words and random windows do no better than Glorot's weights: 16 filters find one to four of six motifs, and 32
# find ten or eleven of eleven.
#
# With as many filters as there are motifs, or few more, the picture is mixed.
# Six filters find the six motifs of Task 2, but eleven never all of Task 1's: after one epoch, two filters share a motif,
# and one motif has none.
# And a motif can be lost: some networks of eight or sixteen filters find fewer after 20 epochs than after one.

# %% tags=["hide-input"] jupyter={"source_hidden": true}
for run in (("Task 2", "words", 16), ("Task 1", "words", 32)):
    for epochs in (2, 250):
        assert all(r.recall == 1 for r in longer[*run, epochs])
    assert all(r.tpr == 1 and r.fpr == 0 for r in longer[*run, 250])
for run in (("Task 2", "glorot", 16, 2), ("Task 1", "glorot", 32, 2)):
    assert sum(r.recall < 1 for r in longer[run]) > len(longer[run]) / 2
for task in ("Task 1", "Task 2"):
    assert all(r.recall == 1 for r in longer[task, "glorot", 128, 2])
for start in ("random words", "windows"):
    assert all(
        1 <= len(r.found) <= 4 for r in longer["Task 2", start, 16, 2]
    )
    assert all(len(r.found) >= 10 for r in longer["Task 1", start, 32, 2])
assert all(r.recall == 1 for r in longer["Task 2", "words", 6, 2])
assert all(
    len(r.found) == 10 and r.tpr == 1
    for r in longer["Task 1", "words", 11, 1]
)
for run in (("Task 2", "words", 8), ("Task 1", "words", 16)):
    pairs = zip(longer[*run, 1], longer[*run, 20], strict=True)
    assert any(set(one.found) - set(two.found) for one, two in pairs)

# %% [markdown]
# ## What training adds
#
# Are the words already the motifs?
# The same networks before any training:

# %%
untrained = {
    d: paper.GROUPS["starts"][f"Task 2, words, d = {d}, epochs 0"]
    for d in (6, 8, 16)
}
before = paper.summarise(paper.scored_trials(untrained))
paper.captioned(
    before[["trials", "TPR", "FPR", "motif recall"]].rename_axis("filters"),
    "Filters that hold enriched words, before training.",
)

# %% [markdown]
# They are not: aligned on the sequences, a word with random weights matches hardly any motif.
# But that need not be the word's fault, as such a filter also fires at much else.
# As a control, each word becomes a filter by itself: 1 at each of its letters, 0 elsewhere, and a bias of -5.
# Its highest output is 3, and where one letter is another, 2; the
# [alignment](glossary.md#activation-based-alignment) takes what is above 1.5, so these sites alone.


# %%
def words_alone(words):
    """Kernel (19, 4, d) and bias (d,) of filters that hold a word each."""
    letters = [grimlib.one_hot(grimlib.encode(word)) for word in words]
    kernel = np.pad(np.stack(letters, axis=-1), ((5, 6), (0, 0), (0, 0)))
    return kernel.astype(np.float32), np.full(len(words), -5, np.float32)


simulated = paper.simulate_task2()  # what the stored trials learned from
learn, held = (
    simulated.tokens[simulated.split[p]] for p in ("train", "test")
)
chosen = [grimlib.choose_words(learn, 16, s)["word"] for s in range(5)]
compared = {}
for d in (6, 8, 16):
    compared[d, "words alone"] = [
        words_alone(words[:d]) for words in chosen[:3]
    ]
    specs = {d: rows["enriched words", d][:3]}
    compared[d, "after two epochs"] = [
        (trial.kernel, trial.bias)
        for trial in paper.stored_trials(specs)[d]
    ]

# %%
truth = paper.ground_truth(paper.TASK2_MOTIFS)
control = {
    row: [
        grimlib.filter_report(*layer, held, ground_truth=truth)
        for layer in group
    ]
    for row, group in compared.items()
}
distance = {
    row: [
        motif_distances(grimlib.align(*layer, held).ppms, simulated.motifs)
        .min(axis=0)
        .mean()
        for layer in group
    ]
    for row, group in compared.items()
}
table = paper.summarise({str(row): group for row, group in control.items()})
table["distance"] = [paper.mean_sd(np.array(v)) for v in distance.values()]
table.index = pd.MultiIndex.from_tuples(compared, names=["filters", ""])
paper.captioned(
    table[["TPR", "FPR", "motif recall", "distance"]],
    "Words alone, and the networks that started from them: means and standard deviations over three seeds, all with the "
    "same sequences. The distance is that of a motif's nearest filter from it, the mean over the six motifs, where 0 is the "
    "motif itself and 1 is a filter without any preference.",
)

# %% [markdown]
# Words alone find all six motifs, with every filter, and no training at all: what finds the motifs of Task 2 is the
# counting.
# What training adds is shape.
# A word has eight letters and the sites that differ from it by one at most, and a trained filter has the whole motif: in
# each of these networks the motifs are nearer to the embedded ones than the words are.
# A word-based motif finder refines its words as well; how far that goes is not measured here.
# Training can also lose a motif: with 16 filters, one network of ten misses one.

# %% tags=["hide-input"] jupyter={"source_hidden": true}
assert all(
    r.recall == r.tpr == 1
    for d in compared
    if d[1] == "words alone"
    for r in control[d]
)
assert all(r.recall == 1 for group in control.values() for r in group)
assert sum(r.recall < 1 for r in scored["enriched words", 16]) == 1
for d in (6, 8, 16):
    pairs = zip(
        distance[d, "words alone"],
        distance[d, "after two epochs"],
        strict=True,
    )
    assert all(word > trained for word, trained in pairs)

# %% [markdown]
# ## Why a motif is lost
#
# A filter can leave the motif whose word it started from, and with few filters nothing else finds it.
# Two families of [views](glossary.md#view) move a filter.
# In the view of a *position*, only the filter of the highest output learns.
# In its own view, a *filter* learns from each sequence, at the place of its highest output, also where its motif is not;
# and what lies there most often is the most common motif.
# So here are networks of eight filters with one family of views at a time, after two epochs:

# %%
kept = {}
for run, words in enumerate(chosen):
    for views in ("both", "position", "filter"):
        network = grimlib.CompiledGRIM(8, 200, 25, views, run, words[:8])
        batches = grimlib.training_batches(learn, 100, run)
        for (batch,) in islice(batches, 2 * 175):
            network.train_on_batch(batch["sequence"], batch["shuffled"])
        kept.setdefault(views, []).append(
            grimlib.filter_report(
                network.kernel, network.bias, held, ground_truth=truth
            )
        )
table = paper.summarise(kept).rename_axis("views")
table["motifs found"] = [
    ", ".join(str(len(r.found)) for r in group) for group in kept.values()
]
paper.captioned(
    table[["TPR", "FPR", "motifs found"]],
    "Eight filters from enriched words on Task 2 after two epochs, without the further encoder, by the views of the loss: "
    "means and standard deviations over five trials, and the motifs that each found, of six.",
)

# %% [markdown]
# The views of positions keep all six motifs in each network; they are Eq. (3) of the paper read literally.
# The filters' own views are what moves a filter to another motif: by themselves, they lose one in the same networks as
# both families together.
# The price of the positions' views is the filters that are left over: where words are fewer than filters, or share a
# motif, some match nothing.
# So where filters start from words and are few, the literal loss is the better one, the opposite of what random weights
# need ([What the paper leaves open](choices.ipynb)).
#
# More filters than motifs are the other remedy, as the table before shows.

# %% tags=["hide-input"] jupyter={"source_hidden": true}
assert all(r.recall == 1 for r in kept["position"])
lost = {
    views: [i for i, r in enumerate(group) if r.recall < 1]
    for views, group in kept.items()
}
assert (
    lost["filter"]
    and lost["both"]
    and set(lost["both"]) == set(lost["filter"])
)
mean = {
    views: np.mean([r.tpr for r in group]) for views, group in kept.items()
}
assert mean["position"] < mean["both"]

# %% [markdown]
# ## Fewer filters on the strongest motif
#
# From Glorot's weights, most filters end on SRF, the strongest motif of Task 2.
# How many do if they start from words?

# %%
share = {
    (name, d): [
        r.motifs["SRF"] / sum(r.motifs.values()) for r in scored[name, d]
    ]
    for name in ("enriched words", "Glorot")
    for d in (16, 64)
}
crowding = pd.DataFrame(
    {
        "SRF's share": [
            paper.mean_sd(np.array(values)) for values in share.values()
        ],
        "motifs found": [
            f"{np.mean([len(r.found) for r in scored[key]]):.1f}"
            for key in share
        ],
    },
    index=pd.MultiIndex.from_tuples(share, names=["start", "filters"]),
)
paper.captioned(
    crowding,
    "The share of the matching filters that match SRF best, after two epochs: means and standard deviations over "
    "trials.",
)

# %% [markdown]
# With 64 filters, most start from random weights all the same, and end on SRF.
# More filters than enriched words bring the crowding back.

# %% tags=["hide-input"] jupyter={"source_hidden": true}
mean = {key: np.mean(values) for key, values in share.items()}
assert mean["enriched words", 16] < 0.4 < 0.6 < mean["Glorot", 16]
assert 0.6 < mean["enriched words", 64] < mean["Glorot", 64]
assert (
    before["motif recall"].map(lambda text: float(text.split()[0])).max()
    < 0.3
)
assert paper.verdict("initialisation") == "holds"

# %% [markdown]
# ## The same words in a supervised network
#
# What do labels make of them?
# CNN-25 and CNN-4, [trained on the labels](task2.ipynb), start from the same words:

# %%
labelled = {
    (name, start, epochs): paper.GROUPS["starts"][
        f"{name}, {start}, epochs {epochs}"
    ]
    for name, epochs in (
        ("Task 2, CNN-25", 5),
        ("Task 2, CNN-25", 20),
        ("Task 1, CNN-4", 5),
    )
    for start in ("words", "glorot")
}
trials = paper.stored_trials(labelled)
supervised = paper.scored_trials(labelled)
table = paper.summarise(
    {str(row): group for row, group in supervised.items()}
)
table["AUROC"] = [
    paper.mean_sd(np.array([t.metrics["test_auroc"] for t in group]))
    for group in trials.values()
]
table.index = pd.MultiIndex.from_tuples(
    [(name, starts[start], epochs) for name, start, epochs in labelled],
    names=["", "start", "epochs"],
)
paper.captioned(
    table[["TPR", "FPR", "motif recall", "AUROC"]],
    "Supervised networks that start from enriched words, and from Glorot's weights: means and standard deviations over "
    "three trials. The AUROC is that of their predictions on the test sequences.",
)

# %% [markdown]
# Words help here as well: CNN-25 finds four to six motifs in place of two to four, and predicts as well as before.
# So in part it misses motifs because no filter begins near them, and not only because the labels do not ask for them.
# But most of its 64 filters start from Glorot's weights all the same, and its TPR stays below GRIM's.
# CNN-4, whose short pools let it put a motif together from parts, makes whole motifs of hardly any word.

# %% tags=["hide-input"] jupyter={"source_hidden": true}
for epochs in (5, 20):
    by_words, by_glorot = (
        supervised["Task 2, CNN-25", start, epochs]
        for start in ("words", "glorot")
    )
    assert min(len(r.found) for r in by_words) >= 4
    assert np.mean([len(r.found) for r in by_words]) >= 5
    assert {len(r.found) for r in by_glorot} <= {2, 3, 4}
    areas = [
        np.mean([t.metrics["test_auroc"] for t in trials[key]])
        for key in (
            ("Task 2, CNN-25", s, epochs) for s in ("words", "glorot")
        )
    ]
    assert abs(areas[0] - areas[1]) < 0.001
assert max(r.tpr for r in by_words) < min(
    r.tpr for r in scored["enriched words", 64]
)
assert max(r.tpr for r in supervised["Task 1, CNN-4", "words", 5]) < 0.1

# %% [markdown]
# ## How rare may a motif be?
#
# Here are 500 to 10,000 sequences of 200 letters, of which a share holds a motif, once and at a random place.
# Either it is the only motif, or all six of Task 2 are there, each in that share of the sequences, regardless of the
# others.
# There are three sets of sequences with all six motifs, and one with each motif alone.
# GRIM has 32 filters and 350 training steps of 100 sequences, whatever their number, from Glorot's weights and from at
# most 32 enriched words; words alone are filters as above.
# Filters are aligned on the same sequences, as there are no others to a user, and a motif is found if a filter matches it
# as everywhere in this book.
#
# ```bash
# python benchmarks/rare_motifs.py
# ```
#
# makes the runs anew, with STREME where it is installed, which it was not for the stored ones.

# %%
METHODS = {
    "words": "GRIM, enriched words",
    "Glorot": "GRIM, Glorot",
    "words alone": "words alone",
    "STREME": "STREME",
}
runs = json.loads((DATA / "rare_motifs.json").read_text())["runs"]
rare = pd.DataFrame(
    {
        "motifs": "alone" if len(run["embedded"]) == 1 else "all six",
        "sequences": run["sequences"],
        "share": run["share"],
        "seed": run["seed"],
        "motif": motif,
        "method": METHODS[name],
        "found": motif in method["found"],
    }
    for run in runs
    for name, method in run["methods"].items()
    for motif in run["embedded"]
)
setting = ["motifs", "sequences", "method"]
power = rare.pivot_table("found", setting, "share")

# %% mystnb={"figure": {"name": "fig-starts-rare", "caption": "How often a motif is found, against the share of the sequences that hold it: motifs alone above, all six below, by the number of sequences. Points are shares of six motifs above, of six motifs at three seeds below."}, "image": {"alt": "Ten panels of rising curves, two rows by five numbers of sequences. In each, enriched words with and without training lie nearly on each other and above Glorot's weights; with more sequences they rise at smaller shares."}}
numbers = sorted(rare["sequences"].unique())
figure, axes = plt.subplots(
    2, len(numbers), figsize=(9, 4.2), sharex=True, sharey=True
)
styles = dict(zip(METHODS.values(), ("o-", "s-", "^--", "D:"), strict=True))
for row, motifs_are in zip(axes, ("alone", "all six"), strict=True):
    for ax, n in zip(row, numbers, strict=True):
        for i, (name, style) in enumerate(styles.items()):
            if (motifs_are, n, name) in power.index:
                line = power.loc[(motifs_are, n, name)]
                ax.plot(
                    line, style, c=f"C{i}", label=name, ms=4, lw=3 - i / 1.5
                )
        ax.set_title(f"{n:,} sequences" if motifs_are == "alone" else "")
    row[0].set_ylabel(f"found, {motifs_are}")
ax.set_xscale("log")
ax.set_xticks([0.01, 0.05, 0.2], ["1%", "5%", "20%"])
ax.minorticks_off()
figure.supxlabel("share of the sequences that hold the motif", fontsize=9)
handles, labels = ax.get_legend_handles_labels()
_ = figure.legend(
    handles, labels, ncols=4, frameon=False, loc="outside upper center"
)


# %%
def enough(line):
    """The smallest share from which on nine of ten motifs are found, as text."""
    shares = [s for s in line.index if (line[line.index >= s] >= 0.9).all()]
    if not shares:
        return "–"
    return f"{min(shares):.0%} ({min(shares) * line.name[1]:,.0f})"


shown = power.apply(enough, axis=1).unstack("method")
shown = shown.reindex(columns=[m for m in METHODS.values() if m in shown])
paper.captioned(
    shown.loc[["alone", "all six"]].rename(index="{:,}".format, level=1),
    "The smallest share of the sequences (and their number) from which on at least 90% of the motifs are found.",
)

# %% tags=["hide-input"] jupyter={"source_hidden": true}
case = [*setting, "share", "seed", "motif"]
by_method = rare.set_index(case)["found"].unstack("method")
words_, glorot, alone = (
    by_method[METHODS[name]] for name in ("words", "Glorot", "words alone")
)
needed = shown["GRIM, enriched words"]
for motifs_are in ("alone", "all six"):
    of = needed[motifs_are]
    assert [of[n].split("%")[0] for n in (500, 1000)] == ["20", "10"]
    assert of[5000].startswith("5%") and of[10_000].startswith("5%")
assert needed["alone"][2000].startswith("5%")
assert needed["all six"][2000].startswith("10%")
assert not (glorot & ~words_).any()
half = [power.loc[("alone", n, "GRIM, Glorot"), 0.1] for n in (500, 10_000)]
assert half == [0.5, 0.5]
assert ((words_ & ~alone).sum(), (alone & ~words_).sum()) == (14, 1)
assert (words_ & alone).sum() == 462 and len(by_method) == 720
only_trained = (words_ & ~alone).groupby("sequences").sum()
assert (
    only_trained[500] + only_trained[1000] == 11
    and not only_trained[10_000]
)
of_rare = words_[words_].reset_index().query("share == 0.01")
assert set(of_rare["sequences"]) == {5000, 10_000}
assert (of_rare["motif"] != "SRF").sum() == 1 and len(of_rare) == 9
commonest = {
    name: np.exp(
        np.convolve(np.log(motif.ppm.max(axis=1)), np.ones(8), "valid")
    ).max()
    for name, motif in motifs.items()
}
assert [f"{p:.0%}" for p in sorted(commonest.values())[::-1]][:2] == [
    "60%",
    "34%",
]
assert f"{min(commonest.values()):.0%}" == "17%"
null = [run for run in runs if not run["embedded"]]
assert len(null) == 15 and not any(run["words"] for run in null)
assert not any(m["found"] for run in null for m in run["methods"].values())
chance = [len(run["methods"]["Glorot"]["others"]) for run in null]
assert 2.4 < np.mean(chance) < 2.6
assert not any(run["methods"]["words alone"]["others"] for run in runs)

# %% [markdown]
# From enriched words, a fifth of 500 sequences is enough, a tenth of 1,000, and a twentieth of 5,000 or more: more
# sequences make up for a smaller share, since a word has to stand out from its own chance occurrences.
# At 1%, nothing is found in up to 2,000 sequences, and in more of them SRF only, but for one motif in one run.
# What counts is how often the sites of a motif hold one and the same word: 60% of SRF's do, and 17 to 34% of the others'.
# From Glorot's weights, GRIM finds no motif that it misses from words, and more sequences do not help it: half of the
# lone motifs are found at a share of 10%, of 500 sequences as of 10,000.
#
# Again it is the counting that finds.
# In 462 of 720 cases, words find the motif with and without training; in 14, most of them among 500 and 1,000 sequences,
# with training only; and in one without training only.
#
# In fifteen sets without any motif, no word was enriched, and none of the six motifs was found.
# (None of fifteen leaves an error of up to 18%, at 95%.)
# Still, 2.5 of 32 trained filters matched some motif of JASPAR: an E-value of 0.1 allows for three by chance.
# So a match alone is not yet a finding; none of the words alone matched a motif that was not there.
# On sequences of your own, [every motif is tested for enrichment](your_sequences.ipynb).
#
# ## What this shows, and what not
#
# **What the paper says.** Many filters are needed, and redundancy cannot be avoided with the initialisations of today.
#
# **What we find.** Both can be avoided: filters that start from enriched words find all motifs of both tasks with a
# quarter of the filters, within two epochs, and keep them through 250.
# The words come from counting, as in any word-based motif finder, and from the same shuffles that GRIM learns from.
# It is this counting that finds the motifs of Task 2: the words alone, untrained, match all six.
# Training turns each into a whole motif, and finds a few more where sequences are few.
#
# **What this does not show.** These are simulated sequences of one length, with six or eleven motifs, and all trials of
# a task share one data set.
# Random words and windows have three trials each, enriched words and Glorot's weights ten.
# The long trials, and those of Task 1, are without the further encoder; with it, 250 epochs were not trained.
# A word of eight letters must be enriched by itself: motifs of long gaps or of weak positions everywhere may have none.
# How rare a motif may be was asked in a uniform background, which makes it easier than genomes do.
# Whether it pays off on real peaks is [another question](real_peaks.ipynb).
