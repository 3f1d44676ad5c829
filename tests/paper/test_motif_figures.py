"""Figures of motifs: filters above their matches, below what they recover, and sites in a row."""

import matplotlib

matplotlib.use("Agg")

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from grimlib.filters import FilterReport
from grimlib.matches import TOMTOM_COLUMNS, tomtom
from grimlib.motifs import Motif, information_content, load_jaspar
from grimlib.paper import ground_truth_name, plot_filters, plot_match, plot_recovery, plot_sites
from grimlib.plots import COLOURS
from grimlib.sequences import encode

pytestmark = [pytest.mark.xdist_group("plots"), pytest.mark.usefixtures("style")]


def jaspar(name):
    return next(motif for motif in load_jaspar() if motif.name == name)


def made_report(queries, evalue=0.1):
    """A report on given motifs, `None` for an inactive filter, with Tomtom's own matches."""
    motifs = [
        Motif(f"filter_{i}", ppm, nsites=200.0) for i, ppm in enumerate(queries) if ppm is not None
    ]
    matches = tomtom(motifs, load_jaspar(), evalue)
    factors = matches["Target_ID"].map(ground_truth_name)
    return FilterReport(pd.DataFrame(), motifs, matches, factors, {}, (), (), evalue)


def judged_report(*filters):
    """A report on filters of given PPM (`None` if inactive), status, ground truth and target."""
    motifs = [Motif(f"filter_{i}", ppm) for i, (ppm, *_) in enumerate(filters) if ppm is not None]
    table = pd.DataFrame(
        [(i, *about) for i, (_, *about) in enumerate(filters)],
        columns=["filter", "status", "ground_truth", "target"],
    )
    return FilterReport(table, motifs, pd.DataFrame(), pd.Series(dtype=object), {}, (), (), 0.1)


# ---------------------------------------------------------------------------------- grid of filters


def test_grid_of_filters(logos):
    stat, yy1 = jaspar("MA0137.3").ppm, jaspar("MA0095.2").ppm
    weak = np.full((7, 4), 0.25)
    weak[3] = [1, 0, 0, 0]
    report = judged_report(
        (stat, "ground truth", "STAT1", "STAT1"),
        (yy1, "other motif", "", "YY1"),
        (None, "inactive", "", ""),
        (weak, "no match", "", ""),
        (stat, "ground truth", "STAT1", "STAT1"),
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


@pytest.mark.parametrize(("n", "n_columns", "panels"), [(1, 4, 4), (4, 4, 4), (5, 4, 8), (3, 1, 3)])
def test_grid_has_room_for_every_filter(n, n_columns, panels):
    report = judged_report(*[(None, "inactive", "", "")] * 5)
    figure = plot_filters(report, list(range(n)), n_columns)
    assert len(figure.axes) == panels
    assert sum(ax.get_title() != "" for ax in figure.axes) == n


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
        with pytest.raises(ValueError, match=f"filter_{index} matches no"):
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


@pytest.mark.parametrize(("n", "rows", "columns"), [(1, 1, 1), (6, 1, 6), (7, 2, 6), (11, 2, 6)])
def test_recovery_of_many_motifs(n, rows, columns, logos):
    motifs = {f"factor {i}": motif for i, motif in enumerate(load_jaspar()[:n])}
    figure = plot_recovery(motifs, {"GRIM": made_report([None])})
    panels = np.array(figure.axes).reshape(2 * rows, columns)
    titles = [ax.get_title() for row in panels[::2] for ax in row]
    assert titles == [*motifs, *[""] * (rows * columns - n)]
    assert len(logos) == n
    assert sum(len(ax.texts) for ax in panels[1::2].flat) == n


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


# ----------------------------------------------------------------------------------------- sequence


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


@pytest.mark.parametrize("length", [1, 50, 51, 200])
def test_a_sequence_without_sites(length):
    figure = plot_sites(np.zeros(length, dtype=np.int8), sites_of())
    drawn = letters_of(figure)
    assert len(drawn) == length and set(drawn.values()) == {("A", None)}


def test_more_factors_than_colours():
    sites = sites_of(*[(f"F{i}", 2 * i, 2 * i + 1) for i in range(9)])
    drawn = letters_of(plot_sites(np.zeros(20, dtype=np.int8), sites))
    assert len({colour for _, colour in drawn.values() if colour}) == len(COLOURS)
