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
# **What you will see.** What the steps of this book cost on one processor core: training beside the plain way to write it and beside what the machine can do at most, shuffling beside
# other packages, the analysis of filters, and how cost grows with the data. **What it needs.** Nothing from other chapters. **How long it takes.** Seconds: the figures are read from
# `data/benchmarks.json`, which `python benchmarks/run.py` measures on your machine in about five minutes.

# %%
import json

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import grimlib
from grimlib._places import DATA

grimlib.use_style()

measured = json.loads((DATA / "benchmarks.json").read_text())
results = measured["results"]
about = measured["about"]
about |= {**about.pop("versions"), "date": about["date"][:10]}
del about["tiny"]
pd.Series(about, name="measured on").to_frame()

# %% tags=["remove-cell"]
from myst_nb import glue

peak = results["matrix"]["GFLOP/s"]
glue("speed-peak", f"{peak:.0f}", display=False)


def ratio(slow, fast):
    """How many times as long a step of one model takes as another's."""
    rates = [results[name]["sequences/s"] for name in (slow, fast)]
    return f"{rates[1] / rates[0]:.2f}"


def arithmetic(name):
    """GFLOP of one sequence in training."""
    return results[name]["GFLOP/s"] / results[name]["sequences/s"]


for key in ("4", "25"):
    grim, cnn = f"GRIM CNN-{key}", f"supervised CNN-{key}"
    bare = f"{cnn}, no batch normalisation"
    more = f"{arithmetic(grim) / arithmetic(cnn):.2f}"
    glue(f"speed-step{key}", ratio(grim, cnn), display=False)
    glue(f"speed-bare{key}", ratio(grim, bare), display=False)
    glue(f"speed-more{key}", more, display=False)
glue("speed-plain", ratio("plain GRIM CNN-4", "GRIM CNN-4"), display=False)
memory = results["memory"]["peak, GB"]
glue("speed-memory", f"{memory:.2f}", display=False)
whole = results["report"]["whole report, s"]
glue("speed-report", f"{whole:.1f}", display=False)

# %% [markdown]
# ## Training
#
# The yardstick is the machine itself: multiplying two large float32 matrices, it does {glue:text}`speed-peak` GFLOP/s (thousand million operations a second) on one core. From the shapes of the layers we count the operations that a
# training step cannot avoid, two for each multiplication with its addition, and divide. "Plain" is the same network written without shortcuts: {term}`one-hot` arrays of 32-bit numbers instead of one byte a
# nucleotide, ReLU before the pooling instead of behind it, and, for GRIM, negatives from a loop in NumPy. Of it, only the time is measured. On a machine that is shared, neighbours may slow down one line of the table and not the next: run it again before you build on a difference of less than a half.

# %%
rows = {}
for name, found in results.items():
    if "sequences/s" in found:
        rate = found.get("GFLOP/s", np.nan)
        rows[name] = {
            "sequences a second": found["sequences/s"],
            "GFLOP/s": rate,
            "% of matrix rate": 100 * rate / peak,
        }
pd.DataFrame.from_dict(rows, orient="index").map(
    lambda value: "" if np.isnan(value) else f"{value:,.0f}"
)

# %% [markdown]
# A step of GRIM takes {glue:text}`speed-step4` times as long as one of the supervised network with CNN-4, and {glue:text}`speed-step25` times with CNN-25. Its first layer sees two sequences, the given one and its shuffle, so that the step has
# {glue:text}`speed-more4` and {glue:text}`speed-more25` times the arithmetic. What makes up for it is batch normalisation, which only the supervised networks have: without it, they would be the faster ones, and a step of GRIM would take {glue:text}`speed-bare4` and {glue:text}`speed-bare25` times as long as theirs.
# The plain way to write GRIM takes {glue:text}`speed-plain` times as long. What keeps training below the matrix rate is what is not a matrix product: the random numbers of dropout, the gradient of max pooling, and copies of patches. One trial of Task 1 needs {glue:text}`speed-memory` GB of memory at its peak.
#
# ## Everything else

# %%
rows = [
    {
        "step": f"{item}: {name}",
        "measured": f"{value:,.{2 if value < 100 else 0}f}",
    }
    for item in ("shuffle", "simulation", "report", "memory", "book")
    for name, value in results.get(item, {}).items()
]
pd.DataFrame(rows, columns=["step", "measured"])

# %% [markdown]
# The filter report, in {glue:text}`speed-report` s for 128 filters over 5,000 sequences, is what every stored trial goes through when this book is built.
#
# ## Growth
#
# An epoch should cost in proportion to the number of sequences and to their length. {numref}`fig-speed-scaling` checks it.

# %% mystnb={"figure": {"caption": "Seconds for an epoch of GRIM (CNN-25, 64 filters) against the number of sequences of 200 nt, and against their length. The dashed line is proportional to the horizontal axis and goes through the last point.", "name": "fig-speed-scaling"}, "image": {"alt": "Two panels of points that lie close to a dashed straight line through the origin."}}
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
# ## In this chapter we saw
#
# - how near training comes to what the machine can do, and what it costs to write it the plain way;
# - that GRIM's second input costs no more than the batch normalisation of a supervised network;
# - that cost grows in proportion to the data.
