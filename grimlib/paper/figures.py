"""The figures that several chapters draw. Each function returns its figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from grimlib._checks import VIEWS
from grimlib.filters import FilterReport
from grimlib.motifs import Motif, load_jaspar
from grimlib.paper.statistics import MARGIN
from grimlib.plots import COLOURS, plot_logo
from grimlib.sequences import decode

if TYPE_CHECKING:
    from grimlib.paper.scores import Score

MODEL_COLOURS = dict(
    zip(
        ("GRIM", "CNN-4", "CNN-25", "GRIM, position views", "GRIM, filter views", "untrained"),
        (*COLOURS[:5], COLOURS[6]),
        strict=True,
    )
)
"""One colour a model, the same in every figure that compares models."""

MISSED = dict(color=COLOURS[1], weight="bold")
_MARGIN = 3  # nucleotides shown on either side of an embedded motif


def plot_filters(report: FilterReport, rows: list[int], n_columns: int = 4) -> Figure:
    """Draw the logos of some filters, each under the name of its best match.

    Parameters
    ----------
    report : FilterReport
    rows : list of int
        Filter indices, in the order to draw them; inactive ones get an empty panel.
    n_columns : int
        Panels side by side. Default is 4.
    """
    n_rows = -(-len(rows) // n_columns)
    figure, axes = plt.subplots(
        n_rows, n_columns, figsize=(2.3 * n_columns, 1.15 * n_rows), squeeze=False
    )
    motif_of = {motif.name: motif for motif in report.motifs}
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, (_, row) in zip(axes.flat, report.table.iloc[rows].iterrows(), strict=False):
        status, colour = row["status"], "#555555"
        if status == "ground truth":
            title, colour = f"{row['filter']}: {row['ground_truth']}", COLOURS[0]
        elif status == "other motif":
            title, colour = f"{row['filter']}: {row['target']} (not embedded)", COLOURS[1]
        else:
            title = f"{row['filter']}: {status}"
        ax.set_title(title, fontsize=8, color=colour, pad=2)
        motif = motif_of.get(f"filter_{row['filter']}")
        if motif is not None:
            plot_logo(motif.ppm, ax)
            ax.set_axis_on()
            ax.set_xticks([])
            ax.set_yticks([0, 2], ["0", "2"], fontsize=7)
    figure.supylabel("information (bits)", fontsize=8)
    return figure


def plot_match(report: FilterReport, filter_index: int) -> Figure:
    """Draw one filter's logo above its best JASPAR match, aligned as Tomtom aligns them.

    Raises
    ------
    ValueError
        If the filter matches nothing.
    """
    hits = report.matches[report.matches["Query_ID"] == f"filter_{filter_index}"]
    if hits.empty:
        raise ValueError(
            f"filter_{filter_index} matches no JASPAR motif; choose one that report.matches lists"
        )
    target = next(motif for motif in load_jaspar() if motif.name == hits.iloc[0]["Target_ID"])
    ppm, start = _aligned(report, hits.iloc[0], target)
    first = min(start, 0)
    width = max(start + len(ppm), len(target.ppm)) - first
    strand = "" if hits.iloc[0]["Orientation"] == "+" else ", reverse complement"
    panels = {
        f"Filter {filter_index}{strand}": (ppm, start),
        f"{target.alt} ({target.name}), E-value {hits.iloc[0]['E-value']:.2g}": (target.ppm, 0),
    }
    figure, axes = plt.subplots(2, 1, figsize=(6, 3.2), sharex=True)
    for ax, (title, (shown, at)) in zip(axes, panels.items(), strict=True):
        plot_logo(_placed(shown, at - first, width), ax)
        ax.set_title(title, loc="left")
        ax.set_ylabel("bits")
    axes[1].set_xlabel("position (nt)")
    axes[1].xaxis.get_major_locator().set_params(integer=True)
    return figure


def _aligned(report: FilterReport, match: pd.Series, target: Motif) -> tuple[np.ndarray, int]:
    """A matching filter's PPM on the target's strand, and where it starts on the target."""
    ppm = next(motif.ppm for motif in report.motifs if motif.name == match["Query_ID"])
    # Optimal_offset: where the query starts, counted from the target's start, on the strand
    # of the target that Orientation names.
    if match["Orientation"] == "+":
        return ppm, match["Optimal_offset"]
    return ppm[::-1, ::-1], len(target.ppm) - match["Optimal_offset"] - len(ppm)


def _placed(ppm: np.ndarray, start: int, width: int) -> np.ndarray:
    """A PPM of the given width that holds another from `start` on, cut at the ends."""
    placed = np.full((width, 4), 0.25)
    into = slice(max(start, 0), min(start + len(ppm), width))
    placed[into] = ppm[into.start - start : into.stop - start]
    return placed


def plot_recovery(motifs: dict[str, Motif], reports: dict[str, FilterReport]) -> Figure:
    """Draw embedded motifs, and below each the filter that matches it best, model by model.

    Parameters
    ----------
    motifs : dict of str to Motif
        The embedded motifs, by their factor's name: one column each, six side by side.
    reports : dict of str to FilterReport
        By the model's name: one row each. A panel is empty where no filter matches the motif.
    """
    names = ["embedded", *reports]
    n_columns = min(len(motifs), 6)
    n_blocks = -(-len(motifs) // n_columns)
    figure, axes = plt.subplots(
        n_blocks * len(names),
        n_columns,
        figsize=(1.5 * n_columns + 0.6, 1.05 * n_blocks * len(names)),
        squeeze=False,
    )
    blocks = axes.reshape(n_blocks, len(names), n_columns)
    for ax in axes.flat:
        ax.set_xticks([])
        ax.set_yticks([])
        ax.grid(False)
        ax.spines[:].set_visible(False)
    for block in blocks:
        for ax, name in zip(block[:, 0], names, strict=True):
            ax.set_ylabel("\n".join(name.split(", ")))
    columns = [block[:, i] for block in blocks for i in range(n_columns)]
    for column, (factor, motif) in zip(columns, motifs.items(), strict=False):
        width = len(motif.ppm) + 2 * _MARGIN
        column[0].set_title(factor, fontsize=10)
        plot_logo(_placed(motif.ppm, _MARGIN, width), column[0])
        for ax, report in zip(column[1:], reports.values(), strict=True):
            hits = report.matches[report.factors == factor]
            if hits.empty:
                ax.text(0.5, 0.5, "no filter", ha="center", va="center", color="#555555")
                continue
            best = hits.loc[hits["p-value"].idxmin()]
            # Another matrix that counts for the factor has an alignment of its own.
            target = next(t for t in load_jaspar() if t.name == best["Target_ID"])
            ppm, start = _aligned(report, best, target)
            plot_logo(_placed(ppm, start + _MARGIN, width), ax)
        for ax in column:
            ax.set_xticks([])
            ax.set_yticks([])
    figure.supxlabel("position; every panel is 2 bits of information high", fontsize=8)
    return figure


def plot_sites(tokens: np.ndarray, sites: pd.DataFrame, per_line: int = 50) -> Figure:
    """Write out a sequence with its embedded motifs in colour.

    Parameters
    ----------
    tokens : np.ndarray, shape (L,)
    sites : pandas.DataFrame
        The rows of `grimlib.paper.Dataset.sites` that belong to this sequence.
    per_line : int
        Nucleotides a line. Default is 50.
    """
    letters = decode(tokens)
    n_lines = -(-len(letters) // per_line)
    figure, ax = plt.subplots(figsize=(8.5, 0.62 * n_lines + 0.2))
    ax.set_xlim(-4, per_line)
    ax.set_ylim(n_lines - 0.25, -0.65)
    ax.set_axis_off()
    factors = list(dict.fromkeys(sites["motif"]))
    colour_at = {}
    for site in sites.itertuples():
        colour = COLOURS[factors.index(site.motif) % len(COLOURS)]
        colour_at.update(dict.fromkeys(range(site.start, site.end), colour))
        line, column = divmod(site.start, per_line)
        ax.text(column, line - 0.38, site.motif, color=colour, fontsize=8, weight="bold")
    for i, letter in enumerate(letters):
        line, column = divmod(i, per_line)
        colour = colour_at.get(i)
        ax.text(
            column + 0.5,
            line,
            letter,
            family="monospace",
            fontsize=9,
            ha="center",
            va="center",
            color="white" if colour else "#555555",
            bbox={"facecolor": colour, "edgecolor": "none", "pad": 1.6} if colour else None,
        )
    for line in range(n_lines):
        ax.text(-0.6, line, str(line * per_line + 1), fontsize=8, ha="right", va="center")
    return figure


def plot_found(counts: dict[str, pd.DataFrame]) -> Figure:
    """Draw how many filters found each motif, trial by trial, and mark the motifs missed.

    One panel a model. A number is that of the filters; a missed motif is an orange cross.

    Parameters
    ----------
    counts : dict of str to pandas.DataFrame
        For each model, one row a motif and one column a trial, as
        `grimlib.paper.filters_by_seed` gives them; the same motifs for all models.
    """
    widths = [table.shape[1] for table in counts.values()]
    motifs = next(iter(counts.values())).index
    figure, axes = plt.subplots(
        1,
        len(counts),
        figsize=(1.6 + 0.33 * sum(widths) + 0.35 * len(counts), 1.3 + 0.3 * len(motifs)),
        width_ratios=widths,
        sharey=True,
        squeeze=False,
    )
    highest = max(table.to_numpy().max() for table in counts.values())
    norm = LogNorm(1, max(highest, 2))
    for ax, (name, table) in zip(axes.flat, counts.items(), strict=True):
        found = np.ma.masked_equal(table.to_numpy(), 0)
        ax.imshow(found, cmap="Blues", norm=norm, aspect="auto")
        for (row, trial), number in np.ndenumerate(table.to_numpy()):
            dark = number and norm(number) > 0.6
            style = dict(color="white" if dark else "black") if number else MISSED
            ax.text(trial, row, number or "×", ha="center", va="center", fontsize=7, **style)
        ax.set_title("\n".join(name.split(", ")), fontsize=8)
        ax.set_xticks(range(table.shape[1]), table.columns, fontsize=7)
        ax.set_yticks(range(len(motifs)), motifs, fontsize=8)
        ax.grid(False)
    figure.supxlabel("trial", fontsize=8)
    return figure


def plot_thresholds(scores: dict[str, list[Score]], chosen: float) -> Figure:
    """Draw how TPR and FPR move with Tomtom's threshold: thick a model's mean, thin its trials.

    Parameters
    ----------
    scores : dict of str to list of Score
        The trials of each model, a key of `MODEL_COLOURS`, as `grimlib.paper.scored_trials` gives
        them.
    chosen : float
        The E-value that the tables use; a line marks it.
    """
    figure, axes = plt.subplots(1, 2, figsize=(8.5, 3.2), sharex=True)
    for ax, column in zip(axes, ("TPR", "FPR"), strict=True):
        for name, group in scores.items():
            curves = pd.concat([score.rates[column] for score in group], axis=1)
            colour = MODEL_COLOURS[name]
            ax.plot(curves, color=colour, lw=0.6, alpha=0.5)
            ax.plot(curves.mean(axis=1), color=colour, lw=2, label=f"{name} ({len(group)})")
        ax.axvline(chosen, color="#555555", ls="--", lw=1)
        ax.set_xscale("log")
        ax.set_ylim(-0.03, 1.03)
        ax.set_xlabel("largest E-value accepted")
        ax.set_ylabel(column)
    axes[1].legend(frameon=False, fontsize=8)
    return figure


def plot_workflow() -> Figure:
    """Draw the steps of GRIM on Task 1: blue a sequence's path, dashed orange its shuffle's."""
    boxes = {  # column, row, what is written
        "x": (0, 0, "sequence x\n200 nucleotides"),
        "x′": (2, 0, "shuffle x′\n200 nucleotides"),
        "C": (0, 1, "C\nfirst layer"),
        "C′": (2, 1, "C\nfirst layer"),
        "c": (0, 2, "local c\n50 × 128"),
        "c′": (2, 2, "local c′\n50 × 128"),
        "F": (1, 2, "F\nother layers"),
        "h": (1, 3, "global h\n128"),
        "D": (0, 4, "D(c, h)\nmatched scores"),
        "D′": (2, 4, "D(c′, h)\nmismatched scores"),
        "loss": (1, 5, "loss, summed over views\nraise matched, lower mismatched"),
        "gradient": (1, 6, "gradient\nback to the filters in C"),
    }
    figure, ax = plt.subplots(figsize=(5.2, 6.2))
    ax.set(xlim=(-0.6, 2.6), ylim=(6.4, -0.4))
    ax.set_axis_off()
    for name, (column, row, text) in boxes.items():
        colour, dashes = (COLOURS[1], "--") if "′" in name else (COLOURS[0], "-")
        box = dict(boxstyle="round,pad=0.4", fc="white", ec=colour, ls=dashes, lw=1.8)
        ax.text(column, row, text, ha="center", va="center", bbox=box)
    arrows = "x>x′ x>C x′>C′ C>c C′>c′ c>F F>h c>D c′>D′ h>D h>D′ D>loss D′>loss loss>gradient"
    for start, end in (arrow.split(">") for arrow in arrows.split()):
        (x0, y0, _), (x1, y1, _) = boxes[start], boxes[end]
        gap = 20 if x0 == x1 else 55 if start == "x" else 36  # in points, centre to edge
        style = {"arrowstyle": "-|>", "color": "#555555", "shrinkA": gap, "shrinkB": gap}
        ax.annotate("", (x1, y1), (x0, y0), arrowprops=style)
    for row, note in ((-0.15, "shuffle"), (1, "the same weights"), (4, "one score\nfor each view")):
        ax.text(1, row, note, ha="center", va="center", fontsize=8)
    return figure


def plot_views(c: np.ndarray) -> Figure:
    """Draw a sequence's local encoding (P, d) under each reading of Eq. (3), with one view framed.

    A circle marks the largest entry within the frame. A frame of one row or column is drawn wider.
    """
    from grimlib.losses import count_views  # loads Keras

    positions, filters = c.shape
    row = 5 + c[5:-5].max(axis=1).argmax()  # away from the edges, where much happens
    column = c.max(axis=0).argsort()[-2]  # the second: the row holds the first
    parts = {  # top, left, height, width
        "row": (row, 0, 1, filters),
        "column": (0, column, positions, 1),
        "all": (0, 0, positions, filters),
    }
    framed = {"position": ["row"], "filter": ["column"], "both": ["row", "column"]}
    figure, axes = plt.subplots(2, 2, figsize=(8, 5.2), sharex=True, sharey=True)
    for ax, views in zip(axes.flat, VIEWS, strict=True):
        ax.imshow(c, cmap="Greys", vmax=c.max() / 2, aspect="auto", interpolation="none")
        for part in framed.get(views, ["all"]):
            top, left, height, width = parts[part]
            inside = c[top : top + height, left : left + width]
            y, x = np.unravel_index(inside.argmax(), inside.shape)
            style = dict(fill=False, ec=f"C{list(parts).index(part)}", lw=1.5, clip_on=False)
            dx, dy = (1.5 if size == 1 else 0.5 for size in (width, height))
            corner, size = (left - dx, top - dy), (width + 2 * dx - 1, height + 2 * dy - 1)
            ax.add_patch(plt.Rectangle(corner, *size, **style))
            ax.plot(left + x, top + y, "o", mfc="none", mec=style["ec"], ms=11, mew=1.5)
        number = count_views(views, positions, filters)
        ax.set_title(f"{views}: {number} view{'s' * (number > 1)}")
        ax.grid(False)
    for ax in axes[:, 0]:
        ax.set_ylabel("position i")
    for ax in axes[1]:
        ax.set_xlabel("filter j")
    return figure


def plot_pulls(pulls: dict[str, tuple[np.ndarray, np.ndarray]]) -> Figure:
    """Mark the cells of c and c′ that the loss moves: one panel a reading, each array (P, d)."""
    figure, axes = plt.subplots(1, len(pulls), figsize=(8.5, 3.6), sharey=True)
    for ax, (name, (raised, lowered)) in zip(axes, pulls.items(), strict=True):
        for moved, marker, label in ((raised, "C0o", "x: raised"), (lowered, "C1x", "x′: lowered")):
            position, which = np.nonzero(moved)
            ax.plot(which, position, marker, ms=4, mfc="none", label=label)
        positions, filters = raised.shape
        ax.set(title=name, xlabel="filter j", xlim=(-2, filters + 1), ylim=(positions, -1))
    axes[0].set_ylabel("position i")
    handles = axes[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=2, frameon=False)
    return figure


def plot_differences(
    differences: pd.DataFrame, figures: tuple[str, ...] = ("TPR", "motif recall")
) -> Figure:
    """Draw differences with their 95% intervals, and the margin within which they are equivalent.

    Parameters
    ----------
    differences : pandas.DataFrame
        As `grimlib.paper.tables.compare_rows` gives them.
    figures : tuple of str
        Which to draw, a panel each.
    """
    rows = differences.index.unique("row")
    figure, axes = plt.subplots(1, len(figures), figsize=(8.5, 0.32 * len(rows) + 1), sharey=True)
    for ax, name in zip(axes, figures, strict=True):
        drawn = differences.xs(name, level="figure").loc[rows]
        reach = (drawn[["difference", "high"]].to_numpy() - drawn[["low", "difference"]]).T
        ax.axvspan(-MARGIN, MARGIN, color="#dddddd", zorder=0)
        ax.axvline(0, color="black", linewidth=0.8)
        ax.errorbar(drawn["difference"], range(len(rows)), xerr=reach, fmt="o", capsize=3)
        ax.set(xlabel=f"difference in {name}")
    axes[0].set_yticks(range(len(rows)), rows)
    axes[0].invert_yaxis()
    return figure


def plot_by_filters(values: dict[str, dict[int, list[float]]], figure_of: str) -> Figure:
    """Draw a figure against the number of filters, a line a start: means, lowest and highest.

    Parameters
    ----------
    values : dict of str to dict of int to list of float
        Of the trials, by what the filters start from and by how many there are.
    figure_of : str
        What the values are, for the axis.
    """
    figure, ax = plt.subplots(figsize=(7, 3.4))
    for (name, rows), marker in zip(values.items(), "os^vD", strict=False):
        mean, low, high = np.array([(np.mean(v), min(v), max(v)) for v in rows.values()]).T
        # Side by side, so that bars of the same number of filters do not hide each other.
        x = np.array(list(rows)) * 1.03 ** len(ax.containers)
        ax.errorbar(x, mean, [mean - low, high - mean], marker=marker, capsize=3, label=name)
    numbers = sorted({n for rows in values.values() for n in rows})
    ax.set_xscale("log")
    ax.set_xticks(numbers, numbers)
    ax.minorticks_off()
    ax.set(xlabel="filters", ylabel=figure_of)
    ax.legend(frameon=False)
    return figure


def plot_transfer(scores: pd.DataFrame, names: dict[str, str]) -> Figure:
    """Draw areas against the number of labels: means over seeds, with bars from lowest to highest.

    Parameters
    ----------
    scores : pandas.DataFrame
        As `grimlib.paper.transfer.scores` gives them.
    names : dict of str to str
        Which networks to draw, and what the legend calls each.
    """
    figure, axes = plt.subplots(2, 2, figsize=(8.5, 6.2), sharex=True)
    colours = [COLOURS[i] for i in (0, 5, 2, 4, 3, 6)]
    for column, (task, of_task) in zip(axes.T, scores.groupby("task"), strict=True):
        for ax, area in zip(column, ("auroc", "aupr"), strict=True):
            ax.set_xscale("log")  # before the points: one number of labels has limits then as well
            table = of_task.groupby(["network", "labels"])[area].agg(["mean", "min", "max"])
            for (key, name), colour, marker in zip(names.items(), colours, "os^vDX", strict=False):
                mean, low, high = table.loc[key].to_numpy().T
                style = dict(color=colour, marker=marker, capsize=2, label=name)
                ax.errorbar(table.loc[key].index, mean, [mean - low, high - mean], **style)
            ax.set_ylabel(area.upper())
        column[0].set_title(f"Task {task[-1]}")
        column[1].set_xlabel("labelled sequences")
    handles = axes[0, 0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=3, frameon=False)
    return figure
