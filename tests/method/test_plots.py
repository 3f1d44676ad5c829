"""Figures that show what they say: heights, colours, and input at the edges."""

import matplotlib

matplotlib.use("Agg")

import io
import sys
from types import SimpleNamespace

import logomaker
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from grimlib.motifs import information_content, load_jaspar
from grimlib.plots import plot_learning_curves, plot_logo, use_style

pytestmark = [pytest.mark.xdist_group("plots"), pytest.mark.usefixtures("style")]


def jaspar(name):
    return next(motif for motif in load_jaspar() if motif.name == name)


def assert_drawn(figure):
    """Look at what a saved file shows."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    buffer.seek(0)
    image = plt.imread(buffer)
    assert (image[..., 3] == 1).all(), "not opaque"
    assert (image[0, 0] == 1).all(), "not on white"
    assert (image[..., :3] < 0.9).any(), "empty"


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


def letters_on(ax):
    """The outlines of the letters of each colour, from left to right."""
    paths = [(patch.get_facecolor(), patch.get_path()) for patch in ax.patches]
    paths = [(colour, path) for colour, path in paths if len(path.vertices)]
    found = {}
    for colour, path in sorted(paths, key=lambda each: each[1].vertices[:, 0].min()):
        found.setdefault(colour, []).append(path)
    return {
        colour: [
            np.concatenate([getattr(p, part) for p in paths]) for part in ("vertices", "codes")
        ]
        for colour, paths in found.items()
    }


@pytest.mark.parametrize("name", ["MA0137.3", "MA0079.3", "MA0083.3"])
def test_letters_are_those_of_logomaker(name):
    ppm = jaspar(name).ppm
    _, (ours, theirs) = plt.subplots(2)
    plot_logo(ppm, ours)
    heights = ppm * information_content(ppm)[:, None]
    logomaker.Logo(pd.DataFrame(heights, columns=list("ACGT")), ax=theirs)
    got, expected = letters_on(ours), letters_on(theirs)
    assert got.keys() == expected.keys() and len(got) == 4
    for colour, (vertices, codes) in expected.items():
        np.testing.assert_allclose(got[colour][0], vertices, atol=1e-12)
        np.testing.assert_array_equal(got[colour][1], codes)
    assert ours.get_xlim() == theirs.get_xlim()


# ------------------------------------------------------------------------------------------ curves


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ([[0.25] * 4, [8, 0, 2, 0]], "logo, row 2 .* sum 10;.*divide counts"),
        (np.full((4, 7), 0.25), r"shape \(width, 4\), not \(4, 7\)"),
        ([[0.25, 0.25, 0.25, np.nan]], "row 1 .* sum nan"),
        ([[2, -1, 0, 0]], "row 1 .*not negative"),
        (np.full((0, 4), 0.25), r"not \(0, 4\)"),
    ],
)
def test_what_is_no_ppm_is_not_drawn(logos, matrix, message):
    with pytest.raises(ValueError, match=message):
        plot_logo(matrix, plt.subplots()[1])
    assert logos == []


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


@pytest.mark.parametrize(
    ("variable", "backend", "changed"),
    [
        ("Agg", "agg", True),
        ("svg", "svg", True),
        ("TkAgg", "tkagg", True),  # which a notebook without a display cannot load
        ("", "agg", True),
        ("module://matplotlib_inline.backend_inline", "inline", False),
        ("module://ipympl.backend_nbagg", "module://ipympl.backend_nbagg", False),
        ("Agg", "qtagg", False),  # by %matplotlib qt
    ],
)
def test_figures_show_in_a_notebook_whatever_a_shell_has_set(
    monkeypatch, variable, backend, changed
):
    told = []
    kernel = SimpleNamespace(run_line_magic=lambda *words: told.append(words))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: kernel))
    monkeypatch.setenv("MPLBACKEND", variable)
    monkeypatch.setattr(plt, "get_backend", lambda: backend)
    use_style()
    assert told == []  # no notebook
    kernel.kernel = None
    use_style()
    assert told == [("matplotlib", "inline")] * changed
