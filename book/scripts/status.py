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
# # Status
#
# **What you will see.** What this copy of the book was built with and from: how long each page took, which versions, and which stored results, with their origin. **What it
# needs.** Nothing. **How long it takes.** Seconds.
#
# ## Pages
#
# When each notebook was last executed, and how long that took. A page whose code, package and data have not changed since is not executed again.
#
# ```{nb-exec-table}
# ```
#
# ## Versions
#
# `requirements.lock` fixes every version that is installed. These are the ones that results can depend on.

# %% tags=["remove-input"]
import hashlib
import json
import os
import platform
import re
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

import pandas as pd

from grimlib import paper
from grimlib._places import DATA

names = [
    *("keras", "tensorflow-cpu", "tensorflow", "jax", "numpy", "scipy"),
    *("numba", "memelite", "logomaker", "matplotlib", "pandas"),
    *("jupyter-book", "papermill", "jupytext"),
]
lock = DATA.with_name("requirements.lock").read_text()
pins = dict(re.findall(r"^([\w.-]+)==([^\s;]+)", lock, re.M))
rows = []
for name in names:
    try:
        installed = version(name)
    except PackageNotFoundError:
        installed = "not installed"
    rows.append(
        {
            "package": name,
            "locked": pins.get(name, "not locked"),
            "in this build": installed,
        }
    )
versions = pd.DataFrame(rows)

# %% tags=["remove-cell"]
from IPython.display import Markdown
from myst_nb import glue


def show(key, frame):
    text = frame.to_markdown(index=False, disable_numparse=True)
    glue(key, Markdown(text), display=False)


show("status-versions", versions)
glue("status-python", platform.python_version(), display=False)
glue(
    "status-machine",
    f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs",
    display=False,
)
glue(
    "status-date",
    f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    display=False,
)

# %% [markdown]
# :::{table} Versions. On Linux with an x86-64 processor TensorFlow comes as `tensorflow-cpu`, elsewhere as `tensorflow`.
# :name: tab-status-versions
#
# ```{glue:md} status-versions
# :format: myst
# ```
# :::
#
# This page was computed on {glue:text}`status-date`, with Python {glue:text}`status-python` on {glue:text}`status-machine`.
#
# ## Stored results
#
# Trainings of many hours are not repeated when the book is built. Their results are files in `data/trials`, one for each trial, which `python -m grimlib.paper run` writes. Each file holds the
# first layer that was learned, and how: specification, seed, versions, machine, date and duration. The table is read from the files. (`grimlib.paper.load_trial` reads one, and
# its field `provenance` has all this.)


# %% tags=["remove-input"]
def span(values):
    """Whole numbers as text, those in a row as 0–9."""
    values = sorted(values)
    if len(values) > 2 and values[-1] - values[0] == len(values) - 1:
        return f"{values[0]}–{values[-1]}"
    return ", ".join(map(str, values))


def other_settings(spec):
    """What a trial does otherwise than by default."""
    return [
        f"{field.name} = {getattr(spec, field.name)}"
        for field in fields(spec)
        if field.default is not MISSING and field.name != "views"
        if getattr(spec, field.name) != field.default
    ]


specs = {
    spec
    for group, of_group in paper.GROUPS.items()
    if group != "encoding"  # on no page yet
    for row in of_group.values()
    for spec in row
}
rows = []
for spec in sorted(specs, key=lambda spec: spec.filename):
    made = paper.stored_trial(spec).provenance
    network = f"CNN-{spec.pool_size}"
    if spec.model == "grim":
        network = f"GRIM on {network}, {spec.views} views"
    rows.append(
        {
            "trial": ", ".join(
                [
                    f"Task {spec.task[-1]}",
                    network,
                    f"{spec.n_filters} filters",
                    *other_settings(spec),
                ]
            ),
            "epochs": spec.epochs,
            "seed": spec.seed,
            "minutes": made["seconds"] / 60,
            "date": made["date"][:10],
            "made with": f"Keras {made['versions']['keras']}, "
            f"{made['backend']} {made['versions'][made['backend']]}, "
            f"{made['machine']}",
        }
    )
trials = pd.DataFrame(rows)
stored = trials.groupby(["trial", "epochs"]).agg(
    {
        "seed": span,
        "minutes": "mean",
        # A hyphen would let the date break.
        "date": lambda s: " to ".join(sorted({min(s), max(s)})).replace(
            "-", "‑"
        ),
    }
)
stored = stored.rename(columns={"seed": "seeds", "minutes": "minutes each"})
stored = stored.round({"minutes each": 1}).reset_index()

# %% tags=["remove-cell"]
show("status-trials", stored)
glue("status-n", len(trials), display=False)
made = trials["made with"].value_counts()
show("status-made", made.rename("trials").reset_index())

files = [
    path
    for path in sorted(DATA.glob("*"))
    if path.suffix in (".jaspar", ".json", ".npz")
    or (path.is_dir() and path != paper.STORED)
]
rows = []
for path in files:
    parts = sorted(path.glob("*.npz")) if path.is_dir() else [path]
    contents = b"".join(part.read_bytes() for part in parts)
    name = str(path.relative_to(DATA.parent))
    rows.append(
        {
            "file": name if path.is_file() else f"{name}/ ({len(parts)})",
            "kB": f"{len(contents) / 1000:.0f}",
            "SHA-256 begins": hashlib.sha256(contents).hexdigest()[:12],
        }
    )
show("status-files", pd.DataFrame(rows))

rows = []
for record in json.loads((DATA / "again.json").read_text()):
    spec = paper.TrialSpec(**record["spec"])
    model = "GRIM" if spec.model == "grim" else f"CNN‑{spec.pool_size}"
    threads = record["threads"]
    row = {
        "trial": ", ".join(
            [
                f"Task {spec.task[-1]}, {model}, seed {spec.seed}",
                f"{spec.epochs} epochs",
                *other_settings(spec),
            ]
        ),
        "again with": f"{record['backend']}, "
        f"{threads} thread{'s' * (threads > 1)}, {record['processor']}",
        "largest difference": f"{record['largest difference']:.2g}",
        "standard deviation": f"{record['deviation of weights']:.2f}",
        "correlation": f"{record['correlation']:.3f}".replace("-", "−"),
    }
    for side in ("stored", "again"):
        row[f"TPR, FPR {side}"] = "{TPR:.3f}, {FPR:.3f}".format(
            **record[side]
        )
    rows.append(row)
show("status-again", pd.DataFrame(rows))

# %% [markdown]
# :::{table} The {glue:text}`status-n` stored trials. An untrained network (0 epochs) is the floor of the tables.
# :name: tab-status-trials
#
# ```{glue:md} status-trials
# :format: myst
# ```
# :::
#
# :::{table} What the trials were made with.
# :name: tab-status-made
#
# ```{glue:md} status-made
# :format: myst
# ```
# :::
#
# :::{table} The other files of data and results. `data/README.md` tells for each where it comes from and which command writes it.
# :name: tab-status-files
#
# ```{glue:md} status-files
# :format: myst
# ```
# :::
#
# ## Trained again
#
# Does the same specification give the same network? `python -m grimlib.paper again` trains a stored trial once more and compares the first layers. {numref}`tab-status-again` says how far apart the two
# most different weights are, beside the standard deviation of all weights, and how well a filter correlates with itself (the median over the filters; 1 is the same pattern).
#
# :::{table} Stored trials, trained again: with which backend, threads and processor.
# :name: tab-status-again
#
# ```{glue:md} status-again
# :format: myst
# ```
# :::
#
# With one thread, as the sweep trains every trial, not a bit of GRIM's filters changes, over 250 epochs as little as over five. The supervised network came back to the last bit once, on a processor that was not recorded, and not on the one that the table names: there it is
# another run of the same training, with the same initial weights, and by 250 epochs a filter resembles its former self only in part. The likely reason is that the libraries under TensorFlow choose their code by the processor. Which layer makes the difference we did not find out: GRIM has all of them save batch normalisation, but without that, too, CNN-25 comes back changed, if less. With two threads, the sums of the matrix products are added up in another order and are rounded otherwise; each of the 875 updates of five epochs builds on the one before, and the
# difference grows until single weights differ visibly, more in the supervised network than in GRIM. The filters are still the same filters, and only a few are judged otherwise. JAX draws other random
# numbers from the same seed: other initial weights and another dropout, so its result is not this trial but another one, as a new seed is. What should agree across machines and backends is therefore the mean over
# trials, not a single number.
#
# ## In this chapter we saw
#
# - that a trial's specification gives GRIM's filters back to the last bit with one thread; that a supervised network's depend on the processor as well, and its rates less;
# - that every page's run, every version and every stored result can be named, with the command that makes it again.
