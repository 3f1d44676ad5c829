"""Figures of the method: its steps, its views, and the cells that its loss moves."""

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pytest

from grimlib.paper import plot_pulls, plot_views, plot_workflow

pytestmark = [pytest.mark.xdist_group("plots"), pytest.mark.usefixtures("style")]


@pytest.fixture
def c():
    return np.maximum(np.random.default_rng(0).normal(size=(50, 16)), 0)


def test_no_two_boxes_of_the_workflow_overlap_and_the_shuffle_has_no_global_encoding():
    figure = plot_workflow()
    figure.canvas.draw()
    (ax,) = figure.axes
    boxes = [text for text in ax.texts if text.get_bbox_patch()]
    extents = [text.get_bbox_patch().get_window_extent() for text in boxes]
    assert not any(one.overlaps(other) for i, one in enumerate(extents) for other in extents[:i])
    assert all(figure.bbox.padded(1).contains(*corner) for e in extents for corner in e.corners())
    shuffled = [t.get_text() for t in boxes if t.get_bbox_patch().get_linestyle() == "--"]
    assert len(boxes) == 12 and len(shuffled) == 4
    assert all("′" in text or text.startswith("C") for text in shuffled)


def test_each_reading_frames_one_view_and_marks_its_largest_entry(c):
    figure = plot_views(c)
    titles = [ax.get_title() for ax in figure.axes]
    assert titles == [
        "position: 50 views",
        "filter: 16 views",
        "both: 66 views",
        "sequence: 1 view",
    ]
    assert [len(ax.patches) for ax in figure.axes] == [1, 1, 2, 1]
    for ax in figure.axes:
        for frame, circle in zip(ax.patches, ax.lines, strict=True):
            (x,), (y,) = circle.get_data()
            left, right = frame.get_x(), frame.get_x() + frame.get_width()
            top, bottom = frame.get_y(), frame.get_y() + frame.get_height()
            assert left < x < right and top < y < bottom
            columns = slice(round(x), round(x) + 1) if frame.get_width() == 3 else slice(None)
            rows = slice(round(y), round(y) + 1) if frame.get_height() == 3 else slice(None)
            assert c[y, x] == c[rows, columns].max()


def test_pulls_are_marked_at_their_cells(c):
    moved = np.zeros_like(c)
    moved[3, 5] = 0.1
    figure = plot_pulls({"one": (moved, -moved), "other": (c, c)})
    one, other = figure.axes
    for line in one.lines:
        assert [axis.tolist() for axis in line.get_data()] == [[5], [3]]
    assert [len(line.get_xdata()) for line in other.lines] == [np.count_nonzero(c)] * 2
    assert [ax.get_title() for ax in figure.axes] == ["one", "other"]
