"""Comparing trials by seed: intervals, verdicts, tests and corrections."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import ttest_rel

from grimlib.paper.statistics import compare_by_seed, holm, read_interval, spread_by_data


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-0.04, 0.04, "equivalent"),
        (0.01, 0.04, "equivalent"),
        (0.0, 0.0, "equivalent"),
        (-0.05, 0.01, "undecided"),
        (0.01, 0.2, "higher"),
        (-0.2, -0.06, "lower"),
        (-0.2, 0.2, "undecided"),
    ],
)
def test_a_verdict_is_what_the_interval_says(low, high, said):
    assert read_interval(low, high, 0.05) == said


def test_models_are_compared_seed_by_seed():
    rng = np.random.default_rng(0)
    seeds = rng.normal(0.5, 0.3, 8)  # what trials of a seed have in common
    x, y = seeds + rng.normal(0.1, 0.05, 8), seeds + rng.normal(0, 0.05, 8)
    got = compare_by_seed(x, y)
    flips = np.array(list(product([1, -1], repeat=8)))
    means = (flips * (x - y)).mean(axis=1)
    assert got.p == pytest.approx((abs(means) >= abs(got.difference) - 1e-12).mean())
    interval = ttest_rel(x, y).confidence_interval()
    assert (got.low, got.high) == pytest.approx((interval.low, interval.high))
    assert got.difference == pytest.approx((x - y).mean()) and got.smallest_p == 2 / 256
    assert got.verdict == read_interval(got.low, got.high)
    # Between seeds, the same trials differ by much more than the models do.
    back = compare_by_seed(y, x)
    assert (back.difference, back.p) == pytest.approx((-got.difference, got.p))


def test_three_seeds_cannot_be_tested_but_their_interval_can_tell():
    got = compare_by_seed([0.9, 0.91, 0.92], [0.1, 0.12, 0.11])
    assert got.p == got.smallest_p == 0.25 and got.verdict == "higher"


def test_differences_without_spread_are_no_proof():
    same = compare_by_seed([1.0, 1.0, 1.0], [1.0, 1.0, 1.0])
    assert (same.difference, same.p, same.verdict) == (0, 1, "equivalent")
    always = compare_by_seed([1.0, 1.0, 1.0], [0.5, 0.5, 0.5])
    assert always.verdict == "undecided" and always.low == always.high == 0.5
    assert compare_by_seed([1.0] * 10, [0.5] * 10).verdict == "higher"  # p = 2 / 1024


@pytest.mark.parametrize(("n", "m"), [(3, 4), (1, 1), (21, 21)])
def test_unpaired_or_too_few_trials_are_refused(n, m):
    with pytest.raises(ValueError, match=f"{n} and {m} trials"):
        compare_by_seed(np.zeros(n), np.zeros(m))


def test_holm_is_his_own_procedure():
    rng = np.random.default_rng(1)
    for _ in range(20):
        p = rng.uniform(0, 0.2, 7).round(2)
        corrected = holm(p)
        # Step down: the smallest against alpha / m, and so on, until one is not significant.
        for alpha in (0.01, 0.05, 0.2):
            rejected = np.zeros(7, bool)
            for k, i in enumerate(np.argsort(p, kind="stable")):
                if p[i] * (7 - k) > alpha:
                    break
                rejected[i] = True
            np.testing.assert_array_equal(corrected <= alpha, rejected)
        assert (corrected >= p).all() and (corrected <= 1).all()
    np.testing.assert_allclose(holm([0.01, np.nan, 0.04, 0.03]), [0.03, np.nan, 0.06, 0.06])
    assert holm([]).shape == (0,)


def test_what_varies_with_the_data_is_told_from_what_does_not():
    rng = np.random.default_rng(0)
    values = rng.normal(0, 0.3, (400, 1)) + rng.normal(0, 0.1, (400, 5))
    assert spread_by_data(values) == pytest.approx((0.3, 0.1), rel=0.1)
    between, within = spread_by_data(rng.normal(0, 0.1, (400, 5)))
    assert between < 0.03 and within == pytest.approx(0.1, rel=0.1)
    assert spread_by_data(np.array([[0.0, 1.0], [1.0, 0.0]]))[0] == 0
    with pytest.raises(ValueError, match=r"shape \(1, 5\)"):
        spread_by_data(np.zeros((1, 5)))
