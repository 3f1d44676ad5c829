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

grimlib.use_style()

path = grimlib.trials.STORED.parent / "benchmarks.json"
measured = {"about": {}, "results": {}}
if path.exists():
    measured = json.loads(path.read_text())
results = measured["results"]
about = {**measured["about"], **measured["about"].get("versions", {})}
about["date"] = about.get("date", "")[:10]
told_of = [name for name in about if name not in ("versions", "tiny")]
pd.Series(
    {name: about[name] for name in told_of}, name="measured on"
).to_frame()

# %% tags=["remove-cell"]
from IPython.display import Markdown
from myst_nb import glue

wanted = [
    "matrix",
    "GRIM CNN-4",
    "supervised CNN-4",
    "supervised CNN-4, no batch normalisation",
    "GRIM CNN-25",
    "supervised CNN-25",
    "supervised CNN-25, no batch normalisation",
    "plain GRIM CNN-4",
    "plain supervised CNN-4",
    "shuffle",
    "simulation",
    "report",
    "scaling",
    "memory",
    "book",
]
absent = [name for name in wanted if name not in results]
notice = "All figures are there."
if absent:
    notice = (
        f"**Not measured yet: {', '.join(absent)}.** "
        "`python benchmarks/run.py --book` measures what is missing."
    )
glue("speed-notice", Markdown(notice), display=False)


def told(value, digits):
    """A number as text, or that there is none."""
    return f"{value:.{digits}f}" if np.isfinite(value) else "(not measured)"


peak = results.get("matrix", {}).get("GFLOP/s", np.nan)
glue("speed-peak", told(peak, 0), display=False)


def ratio(slow, fast):
    """How many times as long a step of one model takes as another's."""
    rates = [
        results.get(name, {}).get("sequences/s", np.nan)
        for name in (slow, fast)
    ]
    return told(rates[1] / rates[0], 2)


def arithmetic(name):
    """GFLOP of one sequence in training."""
    found = results.get(name, {})
    return found.get("GFLOP/s", np.nan) / found.get("sequences/s", np.nan)


for key in ("4", "25"):
    grim, cnn = f"GRIM CNN-{key}", f"supervised CNN-{key}"
    bare = f"{cnn}, no batch normalisation"
    more = told(arithmetic(grim) / arithmetic(cnn), 2)
    glue(f"speed-step{key}", ratio(grim, cnn), display=False)
    glue(f"speed-bare{key}", ratio(grim, bare), display=False)
    glue(f"speed-more{key}", more, display=False)
glue("speed-plain", ratio("plain GRIM CNN-4", "GRIM CNN-4"), display=False)
memory = results.get("memory", {}).get("peak, GB", np.nan)
glue("speed-memory", told(memory, 2), display=False)
whole = results.get("report", {}).get("whole report, s", np.nan)
glue("speed-report", told(whole, 1), display=False)

# %% [markdown]
# ```{glue:md} speed-notice
# :format: myst
# ```
#
# ## Training
#
# The yardstick is the machine itself: multiplying two large float32 matrices, it does {glue:text}`speed-peak` GFLOP/s (thousand million operations a second) on one core. From the shapes of the layers we count the operations that a
# training step cannot avoid, two for each multiplication with its addition, and divide. "Plain" is the same network written without shortcuts: {term}`one-hot` arrays of 32-bit numbers instead of one byte a
# nucleotide, ReLU before the pooling instead of behind it, and, for GRIM, negatives from a loop in NumPy. Of it, only the time is measured. On a machine that is shared, neighbours may slow down one line of the table and not the next: run it again before you build on a difference of less than a half.

# %%
rows = {}
for name in wanted[1 : wanted.index("shuffle")]:
    found = results.get(name, {})
    arithmetic = found.get("GFLOP/s", np.nan)
    rows[name] = {
        "sequences a second": found.get("sequences/s", np.nan),
        "GFLOP/s": arithmetic,
        "% of matrix rate": 100 * arithmetic / peak,
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
    points = np.array(results.get("scaling", {}).get(key, [[1, np.nan]]))
    ax.plot(*points.T, "o")
    ax.axline(
        (0, 0), tuple(np.nan_to_num(points[-1])), color="#555555", ls="--"
    )
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
