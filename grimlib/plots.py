"""Logos, filters and learning curves, in one style. A function that makes a figure returns it."""

from __future__ import annotations

import os
import re
import sys
from functools import cache

import logomaker
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from grimlib._notebook import in_notebook
from grimlib.motifs import check_ppm, information_content
from grimlib.sequences import ALPHABET

# Okabe & Ito's palette, which keeps apart for colour-blind readers.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")

_SHOWS = re.compile("inline|ipympl|widget|nbagg|notebook")  # backends whose figures a notebook has
_HALF_LETTER = 0.475  # of the width in nucleotides that logomaker gives a letter

STYLE = {
    "axes.prop_cycle": plt.cycler(color=COLOURS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "axes.axisbelow": True,
    # Opaque, so that labels stay readable on a dark page.
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.dpi": 110,
    "font.size": 10,
    "figure.constrained_layout.use": True,
}


def use_style() -> None:
    """Give all figures that follow the book's style; in a notebook, see to it that they show."""
    plt.rcParams.update(STYLE)
    chosen = os.environ.get("MPLBACKEND", "").lower()
    if in_notebook() and plt.get_backend().lower() in ("agg", chosen) and not _SHOWS.search(chosen):
        sys.modules["IPython"].get_ipython().run_line_magic("matplotlib", "inline")


def plot_logo(ppm: np.ndarray, ax: Axes) -> None:
    """Draw a PPM as a sequence logo: letters as high as their share of the information.

    The PPM has the shape (width, 4); counts, or a matrix (4, width), are refused by a ValueError.
    The vertical axis runs from 0 to 2 bits.
    """
    ppm = check_ppm("logo", ppm)
    _draw_letters(ppm * information_content(ppm)[:, None], ax)
    ax.spines[["right", "top"]].set_visible(False)
    ax.spines[["left", "bottom"]].set(visible=True, linewidth=1)
    ax.grid(False)
    ax.set_ylim(0, 2)
    ax.set_yticks([0, 1, 2])


def _draw_letters(heights: np.ndarray, ax: Axes) -> None:
    """Stack logomaker's letters, the highest on top, at heights of shape (width, 4).

    The picture is that of `logomaker.Logo`, which makes each letter anew: here all that are alike
    are one patch, and a logo takes a hundredth of a second.
    """
    order = np.argsort(heights, axis=1)
    tops = np.cumsum(np.take_along_axis(heights, order, axis=1), axis=1)
    ceilings = np.empty_like(heights)
    np.put_along_axis(ceilings, order, tops, axis=1)
    for letter, (outline, colour) in enumerate(_letters()):
        shown = np.flatnonzero(heights[:, letter])
        size = np.stack([np.ones(len(shown)), heights[shown, letter]], axis=1)
        corner = np.stack([shown, ceilings[shown, letter] - heights[shown, letter]], axis=1)
        vertices = outline.vertices * size[:, None] + corner[:, None]
        path = Path(vertices.reshape(-1, 2), np.tile(outline.codes, len(shown)))
        ax.add_artist(PathPatch(path, facecolor=colour, linewidth=0, zorder=0))
    ax.axhline(0, color="black", linewidth=0.5, zorder=-1)
    ax.set_xlim(-_HALF_LETTER, len(heights) - 1 + _HALF_LETTER)


@cache
def _letters() -> list[tuple[Path, tuple]]:
    """The outline of each letter, of height 1 and centred on 0, and its colour."""
    ax = Figure().add_subplot()
    logomaker.Logo(pd.DataFrame(np.eye(4), columns=list(ALPHABET)), ax=ax)
    # One letter a position, from left to right; of height 0, the others have no outline.
    drawn = [(patch.get_path(), patch.get_facecolor()) for patch in ax.patches]
    drawn = [(outline, colour) for outline, colour in drawn if len(outline.vertices)]
    drawn.sort(key=lambda letter: letter[0].vertices[:, 0].min())
    return [
        (Path(outline.vertices - [position, 0], outline.codes), colour)
        for position, (outline, colour) in enumerate(drawn)
    ]


def plot_learning_curves(histories: dict[str, dict[str, list[float]]]) -> Figure:
    """Draw the loss on training and validation data over epochs, one panel a model.

    `histories` has for each model's name ``"loss"`` and ``"val_loss"`` in nats, one value an epoch.
    """
    n = len(histories)
    figure, axes = plt.subplots(1, n, figsize=(3.8 * n, 2.8), squeeze=False)
    for ax, (name, history) in zip(axes.flat, histories.items(), strict=True):
        epochs = range(1, len(history["loss"]) + 1)
        ax.plot(epochs, history["loss"], marker="o", ms=3, label="training")
        ax.plot(epochs, history["val_loss"], marker="s", ms=3, ls="--", label="validation")
        ax.set_title(name)
        ax.set_xlabel("epoch")
        ax.set_ylabel("loss (nats)")
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.legend(frameon=False)
    return figure
