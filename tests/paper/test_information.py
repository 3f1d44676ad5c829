"""Estimates of mutual information against closed forms, enumeration and quadrature."""

import math

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from keras import layers, ops
from scipy.stats import multivariate_normal

from grimlib.paper.information import (
    Critic,
    donsker_varadhan,
    gaussian_correlation,
    gaussian_information,
    gaussian_scores,
    info_nce,
    jensen_shannon_divergence,
    log_mean_exp,
    mutual_information,
    nwj,
    sample_gaussians,
    split_pairs,
)

ESTIMATORS = (donsker_varadhan, nwj, info_nce, jensen_shannon_divergence)

# Counts of pairs over two small alphabets, some cells empty, no row or column so.
COUNTS = {
    "skewed": [[3, 1], [0, 2]],
    "three by two": [[2, 1], [1, 1], [0, 3]],
    "independent": [[1, 2], [2, 4]],
    "copied": [[2, 0, 0], [0, 2, 0], [0, 0, 2]],
}


def tensors(*values):
    return [ops.convert_to_tensor(np.asarray(value, "float32")) for value in values]


def value_of(estimator, matched, mismatched):
    return float(estimator(*tensors(matched, mismatched)))


# ------------------------------------------------------------ literal formulas, on small alphabets


def literal_information(counts):
    """The definition, cell by cell."""
    n = sum(map(sum, counts))
    total = 0.0
    for a, row in enumerate(counts):
        for b, count in enumerate(row):
            if count:
                p_a = sum(counts[a]) / n
                p_b = sum(other[b] for other in counts) / n
                total += count / n * math.log(count / n / (p_a * p_b))
    return total


def literal_divergence(counts):
    """Jensen-Shannon divergence of the joint from the product: distances from their mixture."""
    p = np.array(counts) / np.sum(counts)
    q = p.sum(axis=1, keepdims=True) * p.sum(axis=0)
    m = (p + q) / 2
    some = p > 0
    return ((p * np.log(np.where(some, p, 1) / m)).sum() + (q * np.log(q / m)).sum()) / 2


def log_ratio(counts):
    p = np.array(counts) / np.sum(counts)
    with np.errstate(divide="ignore"):
        return np.log(p / (p.sum(axis=1, keepdims=True) * p.sum(axis=0)))


def every_pair(counts, critic):
    """Scores under the joint, (n, 1), and under exactly the product of its marginals, (n, n)."""
    pairs = [(a, b) for a, b in np.ndindex(np.shape(counts)) for _ in range(counts[a][b])]
    a, b = np.array(pairs).T
    return critic[a, b][:, None], critic[a[:, None], b]


def every_batch(counts, critic, k):
    """All equally likely draws of a pair from the joint and k more y from its marginal."""
    pairs = [(a, b) for a, b in np.ndindex(np.shape(counts)) for _ in range(counts[a][b])]
    ys = [b for _, b in pairs]
    others = np.array(list(np.ndindex(*[len(ys)] * k)))
    rows_a = np.repeat([a for a, _ in pairs], len(others))
    rows_b = np.repeat([b for _, b in pairs], len(others))
    drawn = np.array(ys)[np.tile(others, (len(pairs), 1))]
    return critic[rows_a, rows_b][:, None], critic[rows_a[:, None], drawn]


@pytest.mark.parametrize("name", COUNTS)
def test_mutual_information_is_its_definition(name):
    assert mutual_information(COUNTS[name]) == pytest.approx(
        literal_information(COUNTS[name]), abs=1e-12
    )


def test_mutual_information_by_hand():
    assert mutual_information([[1, 2], [2, 4]]) == pytest.approx(0, abs=1e-12)
    assert mutual_information(np.eye(4) / 4) == pytest.approx(math.log(4))
    # A bit through a channel that flips it with probability 1/4: 1 - H(1/4) bits.
    flipped = 0.25 * math.log2(4) + 0.75 * math.log2(4 / 3)
    assert mutual_information([[3, 1], [1, 3]]) == pytest.approx((1 - flipped) * math.log(2))


@pytest.mark.parametrize("name", COUNTS)
def test_at_the_best_critic_the_bounds_are_tight(name):
    counts = COUNTS[name]
    information, best = literal_information(counts), log_ratio(counts)
    tight = pytest.approx(information, abs=1e-5)
    assert value_of(donsker_varadhan, *every_pair(counts, best)) == tight
    assert value_of(donsker_varadhan, *every_pair(counts, best - 3.5)) == tight
    assert value_of(nwj, *every_pair(counts, best + 1)) == tight
    divergence = value_of(jensen_shannon_divergence, *every_pair(counts, best))
    assert divergence == pytest.approx(literal_divergence(counts), abs=1e-5)


critics = arrays(np.float64, (2, 2), elements=st.floats(-6, 6))
tables = arrays(np.int64, (2, 2), elements=st.integers(1, 3))


@settings(deadline=None, max_examples=40)
@given(counts=tables, critic=critics)
def test_no_critic_exceeds_what_it_bounds(counts, critic):
    information = literal_information(counts.tolist())
    pairs = every_pair(counts, critic)
    assert value_of(donsker_varadhan, *pairs) <= information + 1e-4
    assert value_of(nwj, *pairs) <= information + 1e-4 * max(1, np.exp(critic.max()))
    divergence = literal_divergence(counts)
    assert value_of(jensen_shannon_divergence, *pairs) <= divergence + 1e-4
    assert 2 * divergence <= information + 1e-12
    for k in (1, 2):
        estimate = value_of(info_nce, *every_batch(counts, critic, k))
        assert estimate <= min(information, math.log(k + 1)) + 1e-4


@pytest.mark.parametrize("name", COUNTS)
def test_info_nce_comes_closer_with_more_candidates(name):
    """Exact expectations at the best critic: they rise with K and stay below both bounds."""
    counts = COUNTS[name]
    estimates = [
        value_of(info_nce, *every_batch(counts, np.maximum(log_ratio(counts), -50), k))
        for k in (1, 2, 3)
    ]
    assert all(np.diff(estimates) >= -1e-5)
    for k, estimate in enumerate(estimates, start=1):
        assert estimate <= min(literal_information(counts), math.log(k + 1)) + 1e-5
    if name == "copied":  # ln of 1 / mean of the candidates that equal the match
        expected = (4 * math.log(2) + 0 * 2) / 6  # k = 1: another y in 4 of 6 draws
        assert estimates[0] == pytest.approx(expected, abs=1e-5)


# ------------------------------------------------------------------------------------- Gaussians


@pytest.mark.parametrize("rho", [-0.9, 0.0, 0.3, 0.95])
@pytest.mark.parametrize("dimensions", [1, 3])
def test_best_critic_of_gaussians_is_the_log_ratio_of_densities(rho, dimensions):
    x, y = sample_gaussians(4, 0.5, dimensions, np.random.default_rng(0))
    pair = multivariate_normal(cov=[[1, rho], [rho, 1]])
    one = multivariate_normal(cov=[[1]])
    expected = np.zeros((4, 4))
    for i, j in np.ndindex(4, 4):
        for a, b in zip(x[i], y[j], strict=True):
            expected[i, j] += pair.logpdf([a, b]) - one.logpdf(a) - one.logpdf(b)
    np.testing.assert_allclose(gaussian_scores(x, y, rho), expected, rtol=1e-9, atol=1e-9)


@pytest.fixture(scope="module")
def grid():
    """Densities of a bivariate Gaussian and of the product of its marginals, as two tables."""
    rho = 0.8
    z = np.linspace(-7, 7, 801)
    marginal = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    product = marginal[:, None] * marginal
    exponent = (z[:, None] ** 2 + z**2 - 2 * rho * z[:, None] * z) / (2 * (1 - rho**2))
    joint = np.exp(-exponent) / (2 * math.pi * math.sqrt(1 - rho**2))
    return rho, joint / joint.sum(), product / product.sum()


def test_closed_form_of_gaussians_against_a_fine_grid(grid):
    rho, joint, _ = grid
    assert mutual_information(joint) == pytest.approx(gaussian_information(rho, 1), rel=1e-6)
    assert gaussian_information(rho, 7) == pytest.approx(7 * gaussian_information(rho, 1))


@pytest.mark.parametrize("information", [0, 0.1, 2.5, 10])
def test_correlation_gives_the_information_asked_for(information):
    rho = gaussian_correlation(information, 5)
    assert gaussian_information(rho, 5) == pytest.approx(information, abs=1e-12)


def test_sampled_gaussians_have_the_correlation_asked_for():
    x, y = sample_gaussians(40_000, 0.6, 2, np.random.default_rng(1))
    assert x.shape == y.shape == (40_000, 2) and x.dtype == y.dtype == np.float32
    expected = np.array([[1, 0, 0.6, 0], [0, 1, 0, 0.6], [0.6, 0, 1, 0], [0, 0.6, 0, 1]])
    np.testing.assert_allclose(np.cov(x, y, rowvar=False), expected, atol=0.03)
    again, _ = sample_gaussians(40_000, 0.6, 2, np.random.default_rng(1))
    np.testing.assert_array_equal(x, again)


def estimates_of(estimator, information, n, batches, shift=0.0, dimensions=4, seed=0):
    rng = np.random.default_rng(seed)
    rho = gaussian_correlation(information, dimensions)
    found = []
    for _ in range(batches):
        scores = gaussian_scores(*sample_gaussians(n, rho, dimensions, rng), rho) + shift
        found.append(float(estimator(*split_pairs(*tensors(scores)))))
    return np.array(found)


def standard_error(values):
    return values.std(ddof=1) / math.sqrt(len(values))


def test_nwj_is_unbiased_at_its_best_critic():
    found = estimates_of(nwj, 1.0, n=64, batches=200, shift=1.0)
    assert found.mean() == pytest.approx(1.0, abs=4 * standard_error(found))
    assert standard_error(found) < 0.03  # so that the line above says something


def test_donsker_varadhan_is_right_on_a_large_batch_and_too_high_on_small_ones():
    large = estimates_of(donsker_varadhan, 1.0, n=512, batches=40)
    assert large.mean() == pytest.approx(1.0, abs=0.05)
    small = estimates_of(donsker_varadhan, 3.0, n=8, batches=200)
    assert small.mean() - 4 * standard_error(small) > 3.0


def test_jensen_shannon_divergence_of_gaussians_against_a_fine_grid(grid):
    rho, joint, product = grid
    mixture = (joint + product) / 2
    exact = sum((d * np.log(d / mixture)).sum() for d in (joint, product)) / 2
    information = gaussian_information(rho, 1)
    found = estimates_of(jensen_shannon_divergence, information, 128, 100, dimensions=1)
    assert found.mean() == pytest.approx(exact, abs=4 * standard_error(found))
    assert standard_error(found) < 0.005


def test_info_nce_stays_below_the_information_and_below_its_ceiling():
    for information in (1.0, 8.0):
        found = estimates_of(info_nce, information, n=16, batches=100)
        assert found.max() <= math.log(16) + 1e-5
        assert found.mean() < information
    assert found.mean() > 0.95 * math.log(16)  # 8 nats: at the ceiling


def test_moments_of_the_ratio_of_gaussians_on_a_fine_grid():
    """E_Q[r] = 1, E_P[ln r] = I, and E_Q[r^2] = e^(2I): the variance that NWJ suffers from."""
    rho, information = 0.6, gaussian_information(0.6, 1)
    z = np.linspace(-9, 9, 601)
    log_r = gaussian_scores(z[:, None], z[:, None], rho)
    weight = np.exp(-(z**2) / 2)
    q = weight[:, None] * weight / weight.sum() ** 2
    assert (q * np.exp(log_r)).sum() == pytest.approx(1, rel=1e-6)
    assert (q * np.exp(log_r) * log_r).sum() == pytest.approx(information, rel=1e-6)
    assert (q * np.exp(2 * log_r)).sum() == pytest.approx(math.exp(2 * information), rel=1e-6)


# ------------------------------------------------------------------------- data processing


channels = arrays(np.float64, (3, 3), elements=st.floats(0.01, 1)).map(
    lambda c: c / c.sum(axis=1, keepdims=True)
)


@settings(deadline=None, max_examples=100)
@given(start=arrays(np.float64, 3, elements=st.floats(0.01, 1)), first=channels, second=channels)
def test_processing_never_adds_information(start, first, second):
    x_y = start[:, None] * first
    assert mutual_information(x_y @ second) <= mutual_information(x_y) + 1e-12
    merged = np.stack([x_y[:, 0] + x_y[:, 1], x_y[:, 2]], axis=1)
    assert mutual_information(merged) <= mutual_information(x_y) + 1e-12


# ------------------------------------------------------------------------------- invariances


@settings(deadline=None, max_examples=50)
@given(joint=arrays(np.float64, (3, 4), elements=st.floats(0.01, 1)), seed=st.integers(0, 99))
def test_mutual_information_does_not_depend_on_names_order_or_scale(joint, seed):
    rng = np.random.default_rng(seed)
    expected = pytest.approx(mutual_information(joint), abs=1e-12)
    assert mutual_information(joint.T) == expected
    assert mutual_information(7 * joint) == expected
    assert mutual_information(rng.permutation(rng.permutation(joint), axis=1)) == expected
    assert mutual_information(joint) >= -1e-12


def random_scores(n=6, seed=3):
    return np.random.default_rng(seed).normal(size=(n, n))


def test_shifts_of_the_critic():
    scores = random_scores()
    matched, mismatched = (np.asarray(part) for part in split_pairs(*tensors(scores)))
    rows = np.arange(6.0)[:, None]
    for estimator, shift, same in (
        (donsker_varadhan, 2.0, True),
        (donsker_varadhan, rows, False),
        (info_nce, 2.0, True),
        (info_nce, rows, True),  # it compares the candidates of one x only
        (nwj, 2.0, False),
        (jensen_shannon_divergence, 2.0, False),
    ):
        before = value_of(estimator, matched, mismatched)
        after = value_of(estimator, matched + shift, mismatched + shift)
        assert (abs(before - after) < 1e-5) == same, (estimator.__name__, shift)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_renaming_the_samples_changes_nothing(estimator):
    scores = random_scores()
    order = np.random.default_rng(4).permutation(6)
    before = float(estimator(*split_pairs(*tensors(scores))))
    after = float(estimator(*split_pairs(*tensors(scores[order][:, order]))))
    assert before == pytest.approx(after, abs=1e-5)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_critic_that_knows_nothing_estimates_nothing(estimator):
    constant = 1.0 if estimator is nwj else 0.0
    scores = np.full((5, 5), constant)
    assert float(estimator(*split_pairs(*tensors(scores)))) == pytest.approx(0, abs=1e-6)


def test_a_critic_that_knows_all_reaches_the_ceilings():
    pairs = split_pairs(*tensors(np.where(np.eye(8), 50, -50)))
    assert float(info_nce(*pairs)) == pytest.approx(math.log(8), rel=1e-6)
    assert float(jensen_shannon_divergence(*pairs)) == pytest.approx(math.log(2), rel=1e-6)


# ------------------------------------------------------------------------------------- pairs


@pytest.mark.parametrize("n", [2, 3, 7])
def test_split_pairs_takes_the_diagonal_out(n):
    scores = np.arange(n * n, dtype=float).reshape(n, n)
    matched, mismatched = (np.asarray(part) for part in split_pairs(*tensors(scores)))
    np.testing.assert_array_equal(matched, [[scores[i, i]] for i in range(n)])
    expected = [[scores[i, j] for j in range(n) if j != i] for i in range(n)]
    np.testing.assert_array_equal(mismatched, expected)


def test_log_mean_exp_does_not_overflow():
    found = np.asarray(log_mean_exp(*tensors([[1000, 1000], [0, math.log(3)]])))
    np.testing.assert_allclose(found, [1000, math.log(2)], rtol=1e-6)


# ------------------------------------------------------------------------------------- critics


def test_a_critic_scores_every_pair_by_the_inner_product_of_codes():
    critic = Critic(layers.Dense(2), layers.Dense(2), info_nce)
    x, y = sample_gaussians(4, 0.5, 3, np.random.default_rng(0))
    scores = ops.convert_to_numpy(critic({"x": x, "y": y}))
    codes = ops.convert_to_numpy(critic.of_x(x)), ops.convert_to_numpy(critic.of_y(y))
    np.testing.assert_allclose(scores, codes[0] @ codes[1].T, rtol=1e-5)
    loss = float(critic.compute_loss(y_pred=ops.convert_to_tensor(scores)))
    assert loss == pytest.approx(-float(info_nce(*split_pairs(*tensors(scores)))), rel=1e-5)


@pytest.mark.parametrize("truth", [0.0, 1.0])
def test_a_trained_critic_finds_the_information_that_is_there(truth):
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    rho = gaussian_correlation(truth, 2)
    x, y = sample_gaussians(64 * 400 + 1000, rho, 2, rng)
    encoders = (
        keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(16)]) for _ in range(2)
    )
    critic = Critic(*encoders, info_nce)
    critic.compile(optimizer="adam")
    critic.fit({"x": x[1000:], "y": y[1000:]}, batch_size=64, verbose=0)
    found = float(info_nce(*split_pairs(critic({"x": x[:1000], "y": y[:1000]}))))
    assert found == pytest.approx(truth, abs=0.2)


# --------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    "joint",
    [[1, 2], np.zeros((2, 2)), [[1, -1], [1, 1]], [[1, math.nan], [1, 1]], np.ones((2, 2, 2))],
)
def test_what_is_not_a_joint_table_is_refused(joint):
    with pytest.raises(ValueError, match=r"joint has shape .* must be a table"):
        mutual_information(joint)


@pytest.mark.parametrize("rho", [1, -1, 1.5, math.nan])
def test_a_correlation_out_of_range_is_refused(rho):
    rng = np.random.default_rng(0)
    for refuse in (
        lambda: gaussian_information(rho, 2),
        lambda: sample_gaussians(3, rho, 2, rng),
        lambda: gaussian_scores(np.ones((3, 2)), np.ones((3, 2)), rho),
    ):
        with pytest.raises(ValueError, match="rho is"):
            refuse()


@pytest.mark.parametrize("dimensions", [0, 1.5])
def test_wrong_dimensions_are_refused(dimensions):
    for refuse in (gaussian_information, gaussian_correlation):
        with pytest.raises(ValueError, match="dimensions is"):
            refuse(0.5, dimensions)


@pytest.mark.parametrize("information", [-0.1, math.inf, math.nan])
def test_an_impossible_information_is_refused(information):
    with pytest.raises(ValueError, match="information is"):
        gaussian_correlation(information, 2)


@pytest.mark.parametrize("shape", [(3, 4), (1, 1), (2,), (2, 2, 2)])
def test_scores_that_are_not_a_square_are_refused(shape):
    with pytest.raises(ValueError, match=r"scores has shape .*; give \(N, N\)"):
        split_pairs(np.ones(shape))
