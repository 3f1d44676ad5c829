"""The loss against a literal transcription of Eqs. (1) to (3), in value and gradient."""

import math

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from keras import ops

from grimlib._checks import VIEWS
from grimlib.losses import (
    check_views,
    collapsed_loss,
    count_views,
    grim_loss,
    jensen_shannon,
    max_outer_product,
    view_scores,
)

pytestmark = pytest.mark.backend

SIGNS = {"positive": (0.125, 6), "negative": (-6, -0.125), "mixed": (-6, 6), "not negative": (0, 6)}


# ---------------------------------------------------------- the paper's equations, letter by letter


def literal_softplus(z):
    return np.log(1 + np.exp(z))


def literal_scores(c, h, views):
    """Eq. (2): the largest entry of the outer product, for (N, P, d) and (N, p)."""
    outer = c[:, :, :, None] * h[:, None, None, :]  # (N, P, d, p)
    position, filter_ = outer.max(axis=(2, 3)), outer.max(axis=(1, 3))
    return {
        "position": position,
        "filter": filter_,
        "both": np.concatenate([position, filter_], axis=1),
        "sequence": outer.max(axis=(1, 2, 3))[:, None],
    }[views]


def literal_estimates(matched, mismatched):
    """Eq. (1) for every view: the mean over sequences of -sp(-D) - sp(D')."""
    n, n_views = matched.shape
    estimates = np.zeros(n_views)
    for i in range(n_views):
        for row in range(n):
            estimates[i] -= literal_softplus(-matched[row, i]) / n
            estimates[i] -= literal_softplus(mismatched[row, i]) / n
    return estimates


def literal_loss(c, c_shuffled, h, views):
    """Minus Eq. (3)."""
    matched, mismatched = literal_scores(c, h, views), literal_scores(c_shuffled, h, views)
    return -literal_estimates(matched, mismatched).sum()


def tensors(*values):
    return [ops.convert_to_tensor(value.astype("float32")) for value in values]


def numpy_of(tensor):
    return np.asarray(ops.convert_to_numpy(tensor), dtype=np.float64)


@st.composite
def encodings(draw, signs=tuple(SIGNS)):
    """Two local encodings (N, P, d) and a global one (N, p) of any size and sign."""
    n, positions, filters, width = (draw(st.integers(1, 3)) for _ in range(4))
    low, high = SIGNS[draw(st.sampled_from(signs))]
    low_h, high_h = SIGNS[draw(st.sampled_from(signs))]
    local = arrays(np.float32, (n, positions, filters), elements=st.floats(low, high, width=32))
    global_ = arrays(np.float32, (n, width), elements=st.floats(low_h, high_h, width=32))
    return [draw(x).astype(np.float64) for x in (local, local, global_)]


# ------------------------------------------------------------------------------------- in value


@pytest.mark.parametrize("views", VIEWS)
@settings(deadline=None, max_examples=25)
@given(encoded=encodings())
def test_scores_and_loss_are_the_paper_s(views, encoded):
    c, c_shuffled, h = encoded
    matched = view_scores(*tensors(c, h), views)
    mismatched = view_scores(*tensors(c_shuffled, h), views)
    for scores, local in ((matched, c), (mismatched, c_shuffled)):
        # Subnormal numbers may be flushed to zero.
        expected = literal_scores(local, h, views)
        np.testing.assert_allclose(numpy_of(scores), expected, rtol=1e-6, atol=1e-30)
    loss = float(grim_loss(matched, mismatched))
    assert loss == pytest.approx(literal_loss(c, c_shuffled, h, views), rel=1e-5, abs=1e-6)
    assert loss >= 0


@pytest.mark.parametrize("views", VIEWS)
@settings(deadline=None, max_examples=15)
@given(encoded=encodings(["positive", "not negative"]))
def test_short_form_where_nothing_is_negative(views, encoded):
    c, _, h = encoded
    scores = view_scores(*tensors(c, h), views, nonnegative=True)
    expected = literal_scores(c, h, views)
    np.testing.assert_allclose(numpy_of(scores), expected, rtol=1e-6, atol=1e-30)


def test_outer_product_by_hand():
    c, h = tensors(np.array([[[1.0, -2], [3, -4], [-5, -6]]]), np.array([[-1.0, 2]]))
    np.testing.assert_allclose(numpy_of(max_outer_product(c, h)), [[2, 6, 6]])
    np.testing.assert_allclose(numpy_of(max_outer_product(c, h, axis=1)), [[6, 6]])
    np.testing.assert_allclose(numpy_of(view_scores(c, h, "both")), [[2, 6, 6, 6, 6]])
    np.testing.assert_allclose(numpy_of(view_scores(c, h, "sequence")), [[6]])


def test_every_sequence_has_its_own_global_encoding():
    """With N = P = d = p nothing but the right axes gives the right numbers."""
    rng = np.random.default_rng(0)
    c, h = rng.normal(size=(3, 3, 3)), rng.normal(size=(3, 3))
    for views in VIEWS:
        got = numpy_of(view_scores(*tensors(c, h), views))
        np.testing.assert_allclose(got, literal_scores(c, h, views), rtol=1e-5)


@settings(deadline=None, max_examples=25)
@given(
    scores=st.integers(1, 4).flatmap(
        lambda n: arrays(np.float32, (2, n, 3), elements=st.floats(-20, 20, width=32))
    )
)
def test_jensen_shannon_is_eq_1(scores):
    matched, mismatched = scores.astype(np.float64)
    estimates = numpy_of(jensen_shannon(*tensors(matched, mismatched)))
    assert estimates.shape == (3,)
    np.testing.assert_allclose(
        estimates, literal_estimates(matched, mismatched), rtol=1e-5, atol=1e-6
    )
    assert (estimates <= 0).all()
    # And minus the binary cross-entropy of telling matched from mismatched pairs.
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    for i in range(3):
        d, d_shuffled = tensors(matched[:, i : i + 1], mismatched[:, i : i + 1])
        expected = cross_entropy(ops.ones_like(d), d)
        expected += cross_entropy(ops.zeros_like(d_shuffled), d_shuffled)
        assert estimates[i] == pytest.approx(-float(expected), rel=1e-4, abs=1e-6)


def test_extreme_scores_do_not_overflow():
    high = np.array([[300.0, -300.0]])
    estimates = numpy_of(jensen_shannon(*tensors(high, high)))
    np.testing.assert_allclose(estimates, [-300, -300])
    estimates = numpy_of(jensen_shannon(*tensors(high, -high)))
    np.testing.assert_allclose(estimates, [0, -600])


def test_loss_sums_over_views_and_averages_over_sequences():
    rng = np.random.default_rng(1)
    matched, mismatched = rng.normal(size=(2, 4, 5))
    once = float(grim_loss(*tensors(matched, mismatched)))
    more_rows = [np.tile(x, (3, 1)) for x in (matched, mismatched)]
    more_views = [np.tile(x, (1, 3)) for x in (matched, mismatched)]
    assert float(grim_loss(*tensors(*more_rows))) == pytest.approx(once, rel=1e-5)
    assert float(grim_loss(*tensors(*more_views))) == pytest.approx(3 * once, rel=1e-5)


# ---------------------------------------------------------------------------------- in gradient


def gradients(function, *values):
    """Of a scalar function of float32 tensors, by whichever backend is in use."""
    values = tensors(*values)
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        found = jax.grad(function, argnums=tuple(range(len(values))))(*values)
    elif backend == "tensorflow":
        import tensorflow

        with tensorflow.GradientTape() as tape:
            tape.watch(values)
            result = function(*values)
        found = tape.gradient(result, values)
    else:
        pytest.skip(f"no gradients written for the backend {backend}")
    return [numpy_of(gradient) for gradient in found]


def numerical_gradients(function, *values, step=1e-6):
    """Central differences in float64."""
    found = []
    for k, value in enumerate(values):
        gradient = np.zeros_like(value)
        for index in np.ndindex(value.shape):
            ends = []
            for sign in (1, -1):
                moved = [x.copy() for x in values]
                moved[k][index] += sign * step
                ends.append(function(*moved))
            gradient[index] = (ends[0] - ends[1]) / (2 * step)
        found.append(gradient)
    return found


def outer_product_loss(c, c_shuffled, h, views):
    """The same loss in Keras, with the outer product formed and softplus written out."""

    def scores(local):
        outer = local[:, :, :, None] * h[:, None, None, :]
        position, filter_ = ops.max(outer, axis=(2, 3)), ops.max(outer, axis=(1, 3))
        return {
            "position": position,
            "filter": filter_,
            "both": ops.concatenate([position, filter_], axis=1),
            "sequence": ops.max(outer, axis=(1, 2, 3))[:, None],
        }[views]

    matched, mismatched = scores(c), scores(c_shuffled)
    terms = ops.log(1 + ops.exp(-matched)) + ops.log(1 + ops.exp(mismatched))
    return ops.sum(ops.mean(terms, axis=0))


def generic_encodings(signs, seed=0):
    """Random numbers, all different and none zero, so that every maximum has one place."""
    rng = np.random.default_rng(seed)
    values = [rng.uniform(0.2, 2, size) for size in ((3, 4, 5), (3, 4, 5), (3, 6))]
    if signs == "negative":
        values = [-value for value in values]
    elif signs == "mixed":
        values = [value * rng.choice([-1, 1], value.shape) for value in values]
    elif signs == "opposite":
        values[2] = -values[2]
    return values


@pytest.mark.parametrize(
    ("signs", "nonnegative"),
    [
        ("positive", True),
        ("positive", False),
        ("negative", False),
        ("opposite", False),
        ("mixed", False),
    ],
)
@pytest.mark.parametrize("views", VIEWS)
def test_gradient_is_that_of_the_outer_product(views, signs, nonnegative):
    values = generic_encodings(signs)

    def short(c, c_shuffled, h):
        scores = (view_scores(local, h, views, nonnegative) for local in (c, c_shuffled))
        return grim_loss(*scores)

    got = gradients(short, *values)
    literal = gradients(lambda *x: outer_product_loss(*x, views), *values)
    numerical = numerical_gradients(lambda *x: literal_loss(*x, views), *values)
    for a, b, c in zip(got, literal, numerical, strict=True):
        assert np.abs(b).max() > 1e-3  # there is something to agree with
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(a, c, rtol=1e-3, atol=1e-5)


def test_gradient_raises_matched_and_lowers_mismatched_scores():
    matched, mismatched = gradients(grim_loss, np.zeros((2, 3)), np.zeros((2, 3)))
    np.testing.assert_allclose(matched, -0.25)
    np.testing.assert_allclose(mismatched, 0.25)


# ------------------------------------------------------------------------------ views, collapse


@pytest.mark.parametrize("views", VIEWS)
@pytest.mark.parametrize(("positions", "filters"), [(4, 3), (1, 7), (5, 1)])
def test_count_views_is_the_width_of_the_scores(views, positions, filters):
    scores = view_scores(*tensors(np.ones((2, positions, filters)), np.ones((2, 6))), views)
    assert scores.shape == (2, count_views(views, positions, filters))


@pytest.mark.parametrize("n_views", [1, 50, 178])
def test_collapsed_loss_is_the_loss_at_zero(n_views):
    zeros = np.zeros((4, n_views))
    assert float(grim_loss(*tensors(zeros, zeros))) == pytest.approx(collapsed_loss(n_views))
    assert collapsed_loss(n_views) == pytest.approx(2 * n_views * math.log(2), rel=1e-15)


def test_collapsed_loss_of_the_paper_s_position_views():
    assert collapsed_loss(50) == pytest.approx(69.3147, abs=1e-4)


@settings(deadline=None, max_examples=25)
@given(arrays(np.float32, (2, 3), elements=st.floats(-5, 5, width=32)))
def test_equal_scores_are_never_better_than_collapse(scores):
    """Where local encodings tell nothing apart, D = D', zero scores are the best there is."""
    assert float(grim_loss(*tensors(scores, scores))) >= collapsed_loss(3) * (1 - 1e-6)


@pytest.mark.parametrize("views", ["depth", "", "Position", None, 3, ["both"]])
def test_unknown_views_are_refused_by_name(views):
    local, global_ = tensors(np.ones((1, 2, 2)), np.ones((1, 2)))
    for refuse in (
        lambda: check_views(views),
        lambda: count_views(views, 2, 2),
        lambda: view_scores(local, global_, views),
    ):
        with pytest.raises(ValueError) as error:
            refuse()
        assert f"views is {views!r}" in str(error.value)
        assert all(name in str(error.value) for name in VIEWS)
