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
# # How fast it is
#
# **What you will see.** How long you wait for a report, a chapter, the book and its tables.
# Then what the steps cost on one processor core: training beside the plain way to write it and beside what the machine
# can do at most, shuffling beside a plain loop, the analysis of filters, and how cost grows with the data.
# **What it needs.** Nothing from other chapters.
# **How long it takes.** Seconds: the figures are read from `data/benchmarks.json`, which `python benchmarks/run.py`
# measures on your machine in about ten minutes; with `--long` it builds the book and runs its tests as well, and takes
# a quarter of an hour more.

# %%
import json

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import grimlib
from grimlib import paper
from grimlib._places import DATA

grimlib.use_style()
measured = json.loads((DATA / "benchmarks.json").read_text())
results, about = measured["results"], measured["about"]
machine = pd.Series(
    {
        "machine": f"{about['machine']}, one core",
        "date": about["date"][:10],
        "backend": about["backend"],
        "python": about["python"],
        **about["versions"],
    }
)
paper.captioned(
    machine.rename_axis("").rename("measured on"),
    "Where the figures of this chapter come from.",
)

# %% [markdown]
# ## What you wait for
#
# A report and a chapter on one core, the book and its tests on two, with the environment made.
# The tables of the paper are forty trials of 250 epochs; their time is the sum of what the stored ones took, one on each
# of two cores, on the machines that trained them.

# %%
waits = results["waits"] | results["starting"]
waits |= results.get("book", {}) | results.get("tests", {})
waits = {
    name.removesuffix(", s").replace(
        "grim --help", "`grim --help`"
    ): f"{s:,.1f} s"
    for name, s in waits.items()
}
stored = [
    trial.provenance["seconds"]
    for task, models in paper.PAPER.items()
    for model in models
    for trial in map(paper.stored_trial, paper.GROUPS[task][model])
]
waits["both tables, on two cores"] = f"{sum(stored) / 2 / 3600:.0f} hours"
waits["both tables, on a GPU"] = "not measured"
paper.captioned(
    pd.Series(waits, name="time").rename_axis("what"),
    "What you wait for. Processes of Python start sooner if they load only what they use, as grimlib does.",
)

# %% [markdown]
# ## Training
#
# The yardstick is the machine itself: how many GFLOP/s (thousand million operations a second) it does when it
# multiplies two large float32 matrices on one core.
# From the shapes of the layers we count the operations that a training step cannot avoid, two for each multiplication
# with its addition, and divide by its time.
# "Plain" is the same network written without shortcuts: [one-hot](glossary.md#one-hot) arrays of 32-bit numbers instead
# of one byte a nucleotide, ReLU before the pooling instead of behind it, and, for GRIM, negatives from a loop in NumPy.
# Of the plain networks, only the time is measured.

# %%
peak = results["matrix"]["GFLOP/s"]
training = pd.DataFrame(results).T.dropna(subset="sequences/s")
training = training[["sequences/s", "GFLOP/s"]]
training["% of matrix rate"] = 100 * training["GFLOP/s"] / peak
paper.captioned(
    training.map("{:,.0f}".format)
    .replace("nan", "")
    .rename_axis("network"),
    f"Training on one core, beside a matrix rate of {peak:.0f} GFLOP/s.",
)

# %% [markdown]
# The first layer of GRIM sees two sequences, the given one and its shuffle.
# How much more arithmetic does that make, and how much more time?

# %%
rate = training["sequences/s"]
work = training["GFLOP/s"] / rate  # of one sequence
ratios = {}
for key in ("4", "25"):
    grim, cnn = f"GRIM CNN-{key}", f"supervised CNN-{key}"
    bare = f"{cnn}, no batch normalisation"
    ratios[f"CNN-{key}"] = {
        "arithmetic": work[grim] / work[cnn],
        "time": rate[cnn] / rate[grim],
        "time, without batch normalisation": rate[bare] / rate[grim],
    }
ratios = pd.DataFrame(ratios).map("{:.2f}".format)
paper.captioned(
    ratios.rename_axis("GRIM / supervised"),
    "A training step of GRIM beside one of the supervised network: above 1, "
    "GRIM needs more.",
)

# %% [markdown]
# In this measurement, GRIM has more arithmetic than the supervised networks, and takes less time.
# Without [batch normalisation](glossary.md#batch-normalisation), the supervised networks are the faster ones.
# On a machine that is shared, neighbours may slow down one line of a table and not the next, so measure again before
# you build on a difference of less than a half.
#
# GRIM's convolutions and the pooling behind them are trained as one step, on TensorFlow and a processor.
# Of a pool, only the largest output has a gradient, and the step leaves the others out; what the first layer gives is
# looked up by words of four letters.
# In the supervised networks, batch normalisation stands between the two.
# What is saved, beside training *layer by layer* as Keras does?

# %%
networks = ("GRIM CNN-4", "GRIM CNN-25", "GRIM CNN-25, 16 filters")
one_step = {name: rate[name] for name in networks}
layers = {name: rate[f"{name}, layer by layer"] for name in networks}
both = pd.DataFrame({"one step": one_step, "layer by layer": layers})
both["times as fast"] = both["one step"] / both["layer by layer"]
paper.captioned(
    both.map("{:,.1f}".format).rename_axis("network"),
    "Training sequences a second, with a convolution and its pooling as one step, and layer by layer.",
)

# %% [markdown]
# Nothing is saved with 16 filters, about a third of the speed is gained with 64, and about a fifth with 128 and shorter
# pools.
# This depends on the processor: the one of this measurement has instructions for neural networks, which TensorFlow's own
# convolutions use.
#
# Without its further encoder, trained by `grimlib.CompiledGRIM`, GRIM is more than five times as fast again.
#
# ## Where a step's time goes
#
# GRIM comes to about three quarters of the matrix rate or more, though the operations are counted as if no gradient
# were left out; with 16 filters, to less than half.
# Here are the parts of a step, each run alone, forward and back.

# %%
parts = pd.DataFrame(results["operations"]).rename_axis("part of a step")
paper.captioned(
    parts.map("{:.1f}".format),
    "Milliseconds of a training step of GRIM CNN-25 on 100 sequences and their shuffles, by the number of filters.",
)

# %% [markdown]
# With 64 filters or more, the first convolution takes the longest, though a sequence is only looked up in it.
# With 16, the further encoder does, which has the same 128 filters and 512 units whatever comes before it.
# Almost a quarter of its time goes to dropout, which draws a random number for each of its inputs.
# Views and loss, shuffles and Adam, which moves the weights, are little.
# What the parts do not add up to is Keras's own work around them.

# %% tags=["hide-input"] jupyter={"source_hidden": true}
gains = both["times as fast"]
assert rate["GRIM CNN-4"] > 1.1 * rate["supervised CNN-4"]
assert rate["GRIM CNN-25"] > 1.1 * rate["supervised CNN-25"]
for key in ("4", "25"):
    bare = rate[f"supervised CNN-{key}, no batch normalisation"]
    assert bare > 1.1 * rate[f"GRIM CNN-{key}"]
assert 0.95 < gains["GRIM CNN-25, 16 filters"] < 1.05
assert (
    1.3 < gains["GRIM CNN-25"] < 1.4 and 1.15 < gains["GRIM CNN-4"] < 1.25
)
share = training["% of matrix rate"]
assert share["GRIM CNN-4"] > 75 and 70 < share["GRIM CNN-25"] < 80
assert share["GRIM CNN-25, 16 filters"] < 50
assert (
    rate["GRIM without further encoder, CNN-25"] > 5 * rate["GRIM CNN-25"]
)
first, further = (
    parts.loc[name]
    for name in ("first convolution and pooling", "further encoder")
)
assert list(first > further) == [False, True, True]
dropout = parts.loc["of it, dropout"] / further
assert dropout.between(0.2, 0.26).all()
little = ["views and loss", "dinucleotide shuffles", "Adam"]
assert (parts.loc[little].sum() < 0.2 * parts.loc["whole step"]).all()

# %% [markdown]
# ## Everything else
#
# GRIM needs a new [dinucleotide shuffle](glossary.md#dinucleotide-shuffle) of each sequence in every epoch; `grimlib`
# makes them more than thirty times as fast as a loop in NumPy.
# The report on the filters, here of 128 filters over 5,000 sequences, is what each stored trial has gone through
# once (`python -m grimlib.paper scores`).

# %%
others = {
    f"{item}: {name}": f"{value:,.{2 if value < 100 else 0}f}"
    for item in ("shuffle", "simulation", "report", "memory")
    for name, value in results.get(item, {}).items()
}
paper.captioned(
    pd.Series(others, name="measured").rename_axis("step"),
    "Shuffling, simulation of 25,000 sequences, the filter report, and memory "
    "of a whole trial of Task 1.",
)

# %% [markdown]
# ## On a GPU
#
# `KERAS_BACKEND=jax python benchmarks/gpu.py --whole` measures an epoch of each of the paper's models on a GPU, of one
# trial and of four and eight that share it, and then two trials of 250 epochs.
# Not measured: it has run on processors only, with tiny trials.

# %% tags=["hide-input"] jupyter={"source_hidden": true}
assert not (DATA / "gpu.json").exists()

# %% [markdown]
# ## Growth
#
# Does an epoch cost in proportion to the number of sequences, and to their length?

# %% mystnb={"figure": {"caption": "Seconds for an epoch of GRIM (CNN-25, 64 filters) against the number of sequences of 200 nt, and against the length of 2,000 sequences. The dashed line is proportional to the horizontal axis and goes through the last point.", "name": "fig-speed-scaling"}, "image": {"alt": "Two panels of rising points and a dashed straight line through the origin. On the left, the points lie near the line; on the right, those of short sequences lie above it."}}
figure, axes = plt.subplots(1, 2, figsize=(8, 3))
labels = ("number", "sequences"), ("length", "nucleotides a sequence")
for ax, (key, label) in zip(axes, labels, strict=True):
    points = np.array(results["scaling"][key])
    ax.plot(*points.T, "o")
    ax.axline((0, 0), points[-1], color="#555555", ls="--")
    ax.set_xlim(0)
    ax.set_ylim(0)
    ax.set_xlabel(label)
    ax.set_ylabel("seconds an epoch")

# %% [markdown]
# The time grows about in proportion to the number of sequences.
# With their length it grows more slowly: a part of each step costs the same for every length, so that a nucleotide of a
# short sequence costs more than one of a long sequence.
#
# ## In this chapter we saw
#
# - how near training comes to what the machine can do, and what the plain way of writing it costs;
# - what is saved if a convolution and the pooling behind it are trained as one step;
# - that cost grows about in proportion to the number of sequences, and more slowly than their length.
