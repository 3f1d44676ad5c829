"""Figures that show what they say: heights, alignments, colours, and input at the edges."""

from dataclasses import replace

import matplotlib

matplotlib.use("Agg")

import io

import logomaker
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from grimlib import plots
from grimlib.filters import FilterReport
from grimlib.motifs import TOMTOM_COLUMNS, Motif, information_content, load_jaspar, tomtom
from grimlib.plots import (
    COLOURS,
    plot_filters,
    plot_learning_curves,
    plot_logo,
    plot_match,
    plot_recovery,
    plot_sites,
    use_style,
)
from grimlib.sequences import encode

pytestmark = pytest.mark.xdist_group("plots")


@pytest.fixture(autouse=True)
def style():
    """The book's style, undone behind each test with all its figures."""
    with plt.rc_context():
        use_style()
        yield
    plt.close("all")


@pytest.fixture
def logos(monkeypatch):
    """Every logo drawn: its axes and its array of heights."""
    drawn = []
    original = plots._draw_letters

    def draw(heights, ax):
        original(heights, ax)
        drawn.append((ax, heights))

    monkeypatch.setattr(plots, "_draw_letters", draw)
    return drawn


def jaspar(name):
    return next(motif for motif in load_jaspar() if motif.name == name)


def pixels(figure):
    """What a saved file shows, (height, width, 4) from 0 to 1."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    buffer.seek(0)
    return plt.imread(buffer)


def assert_drawn(figure):
    image = pixels(figure)
    assert (image[..., 3] == 1).all(), "not opaque"
    assert (image[0, 0] == 1).all(), "not on white"
    assert (image[..., :3] < 0.9).any(), "empty"


def made_report(queries, statuses=None, ground_truth=("STAT1",), evalue=0.1):
    """A report on given motifs, `None` for an inactive filter, with Tomtom's own matches."""
    motifs = [
        Motif(f"filter_{i}", ppm, nsites=200.0) for i, ppm in enumerate(queries) if ppm is not None
    ]
    matches = tomtom(motifs, load_jaspar(), evalue)
    rows = []
    for i, ppm in enumerate(queries):
        hits = matches[matches["Query_ID"] == f"filter_{i}"]
        status = "inactive" if ppm is None else "no match" if hits.empty else "other motif"
        row = dict(filter=i, status=status, ground_truth="", target="")
        if len(hits):
            row["target"] = jaspar(hits.iloc[0]["Target_ID"]).alt
        rows.append(row)
    table = pd.DataFrame(rows)
    if statuses:
        table["status"] = [status for status, _ in statuses]
        table["ground_truth"] = [name for _, name in statuses]
    return FilterReport(table, motifs, matches, ground_truth, ())


# ------------------------------------------------------------------------------------------- logos


def test_letters_are_as_high_as_their_share_of_the_information(logos):
    ppm = np.array([[1, 0, 0, 0], [0.25] * 4, [0.5, 0.5, 0, 0], [0.5, 0.25, 0.125, 0.125]])
    figure, ax = plt.subplots()
    plot_logo(ppm, ax)
    ((drawn_on, heights),) = logos
    assert drawn_on is ax
    expected = [[2, 0, 0, 0], [0] * 4, [0.5, 0.5, 0, 0], [0.125, 0.0625, 0.03125, 0.03125]]
    np.testing.assert_allclose(heights, expected, atol=1e-12)
    assert ax.get_ylim() == (0, 2)
    assert ax.get_yticks().tolist() == [0, 1, 2]
    assert_drawn(figure)


def test_logo_of_a_motif_on_the_canvas():
    """Measured on the drawn letters themselves: each column is as high as its information."""
    ppm = jaspar("MA0137.3").ppm
    _, ax = plt.subplots()
    plot_logo(ppm, ax)
    bits = information_content(ppm)
    tops = np.zeros(len(ppm))
    for patch in ax.patches:
        for outline in patch.get_path().to_polygons():
            left, right = outline[:, 0].min(), outline[:, 0].max()
            assert right - left < 1
            column = round((left + right) / 2)
            tops[column] = max(tops[column], outline[:, 1].max())
    np.testing.assert_allclose(tops, bits, atol=0.05)


@pytest.mark.parametrize("name", ["MA0137.3", "MA0079.3"])
def test_a_logo_looks_as_logomaker_draws_it(name):
    ppm = jaspar(name).ppm
    figure, ax = plt.subplots()
    plot_logo(ppm, ax)
    heights = ppm * information_content(ppm)[:, None]
    expected, ax = plt.subplots()
    logo = logomaker.Logo(pd.DataFrame(heights, columns=list("ACGT")), ax=ax, show_spines=False)
    logo.style_spines(spines=["left", "bottom"], visible=True)
    ax.grid(False)
    ax.set(ylim=(0, 2), yticks=[0, 1, 2])
    difference = np.abs(pixels(figure) - pixels(expected)).max(axis=-1)
    # Where two letters touch, their edges blend in another order.
    assert (difference > 0.02).mean() < 0.001
    assert difference.max() < 0.6


# ---------------------------------------------------------------------------------- grid of filters


def test_grid_of_filters(logos):
    stat, yy1 = jaspar("MA0137.3").ppm, jaspar("MA0095.2").ppm
    weak = np.full((7, 4), 0.25)
    weak[3] = [1, 0, 0, 0]
    report = made_report(
        [stat, yy1, None, weak, stat],
        [
            ("ground truth", "STAT1"),
            ("other motif", ""),
            ("inactive", ""),
            ("no match", ""),
            ("ground truth", "STAT1"),
        ],
    )
    figure = plot_filters(report, [1, 0, 2, 3], n_columns=3)
    panels = figure.axes
    assert len(panels) == 6
    titles = [ax.get_title() for ax in panels]
    assert titles == ["1: YY1 (not embedded)", "0: STAT1", "2: inactive", "3: no match", "", ""]
    colours = [to_hex(ax.title.get_color()) for ax in panels[:4]]
    assert colours == [COLOURS[1].lower(), COLOURS[0].lower(), "#555555", "#555555"]
    assert [ax.axison for ax in panels] == [True, True, False, True, False, False]
    assert [ax for ax, _ in logos] == [panels[0], panels[1], panels[3]]
    expected = (yy1, stat, weak)
    for (_, heights), ppm in zip(logos, expected, strict=True):
        np.testing.assert_allclose(heights, ppm * information_content(ppm)[:, None])
    assert_drawn(figure)


@pytest.mark.parametrize(("n", "n_columns", "panels"), [(1, 4, 4), (4, 4, 4), (5, 4, 8), (3, 1, 3)])
def test_grid_has_room_for_every_filter(n, n_columns, panels):
    report = made_report([None] * 5)
    figure = plot_filters(report, list(range(n)), n_columns)
    assert len(figure.axes) == panels
    assert sum(ax.get_title() != "" for ax in figure.axes) == n
    assert_drawn(figure)


# ----------------------------------------------------------------------------- filter and its match

STAT1 = "MA0137.3"
FLANK = np.full((3, 4), 0.25)


def shapes():
    """A motif as Tomtom may meet it: cut, within flanks, and both on either strand."""
    ppm = jaspar(STAT1).ppm
    forward = {
        "whole": ppm,
        "cut at both ends": ppm[2:-1],
        "cut at the start": ppm[3:],
        "within flanks": np.concatenate([FLANK[:2], ppm, FLANK]),
        "flank before, cut behind": np.concatenate([FLANK, ppm[:-2]]),
    }
    return {
        **forward,
        **{f"{name}, reversed": ppm[::-1, ::-1] for name, ppm in forward.items()},
    }


@pytest.mark.parametrize("shape", shapes())
def test_match_is_aligned(shape, logos):
    """The query holds the target's own columns, so they must stand above each other."""
    query = shapes()[shape]
    report = made_report([query])
    best = report.matches.iloc[0]
    assert best["Target_ID"] == STAT1
    assert best["Orientation"] == ("-" if "reversed" in shape else "+")

    figure = plot_match(report, 0)
    (upper, above), (lower, below) = logos
    assert figure.axes == [upper, lower]
    # The target as it is in JASPAR: a match on the other strand turns the filter.
    target = jaspar(STAT1).ppm
    first = {"within flanks": 2, "flank before, cut behind": 3}.get(shape.split(", reversed")[0], 0)
    heights = target * information_content(target)[:, None]
    np.testing.assert_allclose(below[first : first + len(target)], heights, atol=1e-9)
    # Where the filter says something, it says the same; and all of both is drawn.
    informative = above.sum(axis=1) > 1e-9
    np.testing.assert_allclose(above[informative], below[informative], atol=1e-9)
    assert above.sum() == pytest.approx(information_content(query).sum())
    assert below.sum() == pytest.approx(information_content(target).sum())
    behind = 3 if "within" in shape else 0
    assert len(above) == len(below) == first + len(target) + behind
    assert_drawn(figure)


def test_match_tells_target_strand_and_evalue():
    for shape, strand in (("whole", ""), ("whole, reversed", ", reverse complement")):
        report = made_report([np.full((4, 4), 0.25), shapes()[shape]])
        figure = plot_match(report, 1)
        upper, lower = figure.axes
        evalue = report.matches[report.matches["Query_ID"] == "filter_1"].iloc[0]["E-value"]
        assert upper.get_title(loc="left") == f"Filter 1{strand}"
        assert lower.get_title(loc="left") == f"STAT1 ({STAT1}), E-value {evalue:.2g}"


def test_match_takes_the_best_of_several():
    report = made_report([jaspar("MA0477.1").ppm])  # FOSL1, one of a large family
    assert len(report.matches) > 1
    best = report.matches.loc[report.matches["p-value"].idxmin()]
    figure = plot_match(report, 0)
    assert best["Target_ID"] in figure.axes[1].get_title(loc="left")


def test_a_filter_without_match_is_refused():
    weak = np.full((7, 4), 0.25)
    weak[3] = [1, 0, 0, 0]
    report = made_report([weak, None, jaspar(STAT1).ppm], evalue=1e-6)
    for index in (0, 1, 99):
        with pytest.raises(ValueError, match=f"filter_{index} matches no JASPAR motif"):
            plot_match(report, index)
    nothing = replace(report, matches=pd.DataFrame(columns=TOMTOM_COLUMNS))
    with pytest.raises(ValueError, match="filter_2 matches no"):
        plot_match(nothing, 2)
    assert plt.get_fignums() == []


def test_recovery_draws_the_best_filter_below_each_motif(logos):
    stat, yy1 = jaspar(STAT1), jaspar("MA0095.2")
    blurred = 0.8 * stat.ppm + 0.05
    good = made_report([blurred, stat.ppm[::-1, ::-1][1:], yy1.ppm[:-2]])
    poor = made_report([yy1.ppm])
    figure = plot_recovery({"STAT1": stat, "YY1": yy1}, {"GRIM": good, "CNN": poor})
    panels = np.array(figure.axes).reshape(3, 2)
    assert [ax.get_title() for ax in panels[0]] == ["STAT1", "YY1"]
    assert [ax.get_ylabel() for ax in panels[:, 0]] == ["embedded", "GRIM", "CNN"]
    shown = dict(logos)
    assert [[ax in shown for ax in row] for row in panels] == [
        [True] * 2,
        [True] * 2,
        [False, True],
    ]
    assert [text.get_text() for text in panels[2, 0].texts] == ["no filter"]
    # Of two filters that match STAT1, the exact one, turned to STAT1's strand and in its place.
    above, below = shown[panels[0, 0]], shown[panels[1, 0]]
    assert len(above) == len(stat.ppm) + 6
    np.testing.assert_allclose(below[3:-4], above[3:-4], atol=1e-9)
    assert below[-4:].sum() == pytest.approx(0, abs=1e-9)  # the column that the filter lacks
    np.testing.assert_allclose(shown[panels[1, 1]][:-5], shown[panels[0, 1]][:-5], atol=1e-9)
    np.testing.assert_allclose(shown[panels[2, 1]], shown[panels[0, 1]], atol=1e-9)
    assert_drawn(figure)


@pytest.mark.parametrize(("n", "rows", "columns"), [(1, 1, 1), (6, 1, 6), (7, 2, 6), (11, 2, 6)])
def test_recovery_of_many_motifs(n, rows, columns, logos):
    motifs = {f"factor {i}": motif for i, motif in enumerate(load_jaspar()[:n])}
    figure = plot_recovery(motifs, {"GRIM": made_report([None])})
    panels = np.array(figure.axes).reshape(2 * rows, columns)
    titles = [ax.get_title() for row in panels[::2] for ax in row]
    assert titles == [*motifs, *[""] * (rows * columns - n)]
    assert len(logos) == n
    assert sum(len(ax.texts) for ax in panels[1::2].flat) == n
    assert_drawn(figure)


def test_recovery_cuts_long_filters_at_the_margin(logos):
    stat = jaspar(STAT1)
    sure = np.eye(4)[[0, 1, 2, 3, 0]]
    report = made_report([np.concatenate([sure, stat.ppm, sure])])
    assert STAT1 in set(report.matches["Target_ID"])
    plot_recovery({"STAT1": stat}, {"GRIM": report})
    (_, above), (_, below) = logos
    np.testing.assert_allclose(below[3:-3], above[3:-3], atol=1e-9)
    np.testing.assert_allclose(below[:3], 2 * sure[2:], atol=1e-9)
    np.testing.assert_allclose(below[-3:], 2 * sure[:3], atol=1e-9)


# --------------------------------------------------------------------------------- sequence, curves


def sites_of(*rows):
    return pd.DataFrame([(0, *row) for row in rows], columns=["sequence", "motif", "start", "end"])


def letters_of(figure):
    """The letters drawn, by place: (column, line) -> (letter, background)."""
    (ax,) = figure.axes
    found = {}
    for text in ax.texts:
        if text.get_text() in tuple("ACGTN"):
            x, y = text.get_position()
            patch = text.get_bbox_patch()
            found[int(x - 0.5), round(y)] = (
                text.get_text(),
                to_hex(patch.get_facecolor()) if patch else None,
            )
    return found


def test_sites_are_coloured_and_named():
    sequence = "ACGTNACGTACGTACGTACGTACG"
    sites = sites_of(("SRF", 3, 6), ("YY1", 8, 12), ("SRF", 20, 23))
    figure = plot_sites(encode(sequence), sites, per_line=10)
    drawn = letters_of(figure)
    assert len(drawn) == len(sequence)
    for i, letter in enumerate(sequence):
        factor = next((s.motif for s in sites.itertuples() if s.start <= i < s.end), None)
        colour = {"SRF": COLOURS[0].lower(), "YY1": COLOURS[1].lower(), None: None}[factor]
        assert drawn[i % 10, i // 10] == (letter, colour), i
    texts = {text.get_text(): text for text in figure.axes[0].texts}
    assert {"SRF", "YY1", "1", "11", "21"} <= set(texts)
    names = [t for t in figure.axes[0].texts if t.get_text() in ("SRF", "YY1")]
    # Each name stands over its site's first letter.
    places = [(t.get_text(), t.get_position()[0], round(t.get_position()[1] + 0.38)) for t in names]
    assert places == [("SRF", 3, 0), ("YY1", 8, 0), ("SRF", 0, 2)]
    assert_drawn(figure)


@pytest.mark.parametrize("length", [1, 50, 51, 200])
def test_a_sequence_without_sites(length):
    figure = plot_sites(np.zeros(length, dtype=np.int8), sites_of())
    drawn = letters_of(figure)
    assert len(drawn) == length and set(drawn.values()) == {("A", None)}
    assert_drawn(figure)


def test_more_factors_than_colours():
    sites = sites_of(*[(f"F{i}", 2 * i, 2 * i + 1) for i in range(9)])
    assert_drawn(plot_sites(np.zeros(20, dtype=np.int8), sites))


def test_learning_curves():
    histories = {
        "GRIM": {"loss": [3.0, 2.0, 1.5], "val_loss": [2.5, 2.1, 1.9]},
        "CNN-4": {"loss": [0.7], "val_loss": [0.6]},
        "untrained": {"loss": [], "val_loss": []},
    }
    figure = plot_learning_curves(histories)
    assert [ax.get_title() for ax in figure.axes] == list(histories)
    for ax, history in zip(figure.axes, histories.values(), strict=True):
        training, validation = ax.get_lines()
        for line, losses in ((training, history["loss"]), (validation, history["val_loss"])):
            assert list(line.get_xdata()) == list(range(1, len(losses) + 1))
            assert list(line.get_ydata()) == losses
        labels = [text.get_text() for text in ax.get_legend().get_texts()]
        assert labels == ["training", "validation"]
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "loss (nats)")
    assert_drawn(figure)


def test_style_is_opaque_whatever_was_set_before():
    plt.rcParams.update({"figure.facecolor": (1, 1, 1, 0), "savefig.facecolor": (0, 0, 0, 0)})
    use_style()
    assert_drawn(plot_learning_curves({"a": {"loss": [1.0, 2.0], "val_loss": [1.0, 2.0]}}))
