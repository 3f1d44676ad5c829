"""Intervals, verdicts and tests for a handful of trials.

Trials of one seed share data and initial weights, so models are compared seed by seed. Two means
agree where the interval of their difference lies within a margin; a large p is no sign of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import permutation_test
from scipy.stats import t as student

MARGIN = 0.05
"""What counts as no difference between two rates: a twentieth of the filters."""


def welch_interval(
    first: tuple[float, float, int], second: tuple[float, float, int], level: float = 0.95
) -> tuple[float, float, float]:
    """The difference of two means, second minus first, with its confidence interval.

    Welch's, for groups of different spread, from what is published of each.

    Parameters
    ----------
    first, second : tuple of float, float and int
        Mean, sample standard deviation and number of trials.
    level : float
        Of confidence. Default is 0.95.

    Returns
    -------
    difference, low, high : float
        All three are the same if neither group varies.
    """
    difference = second[0] - first[0]
    variances = [spread**2 / n for _, spread, n in (first, second)]
    error = sum(variances)
    if not error:
        return difference, difference, difference
    weights = [v**2 / (n - 1) for v, (_, _, n) in zip(variances, (first, second), strict=True)]
    reach = student.ppf((1 + level) / 2, error**2 / sum(weights)) * np.sqrt(error)
    return difference, difference - reach, difference + reach


def read_interval(low: float, high: float, margin: float = MARGIN) -> str:
    """What the interval of a difference says.

    Returns
    -------
    str
        ``"equivalent"`` if the whole interval lies within the margin on either side of 0 (at 95%,
        two one-sided tests at 2.5%; Schuirmann 1987); else ``"higher"`` or ``"lower"`` if it lies
        on one side of 0, and ``"undecided"`` if not.
    """
    if -margin < low and high < margin:
        return "equivalent"
    if low <= 0 <= high:
        return "undecided"
    return "higher" if low > 0 else "lower"


@dataclass(frozen=True)
class Paired:
    """How two models differ, seed by seed.

    Attributes
    ----------
    difference : float
        Of the means, first minus second.
    low, high : float
        Its 95% interval, Student's of the paired differences. Where they do not vary at all, they
        tell nothing of the spread, and it is a point.
    p : float
        Two-sided, of the exact sign-flip test.
    smallest_p : float
        The smallest that the test can give for as many seeds, 2 / 2^n.
    verdict : str
        As `read_interval` says. Where the differences do not vary and are not zero, the interval is
        none, and the test decides: ``"undecided"`` unless p is below 0.05.
    """

    difference: float
    low: float
    high: float
    p: float
    smallest_p: float
    verdict: str


def compare_by_seed(
    first: Sequence[float], second: Sequence[float], margin: float = MARGIN
) -> Paired:
    """Compare two models by the trials of the same seeds.

    The test asks how often the mean difference is as far from zero, when the two trials of each
    seed are exchanged or not, in all 2^n ways: what holds if they differ by the model's name only.

    Parameters
    ----------
    first, second : sequence of float
        A figure of each trial, (n,), in the same order of seeds; 2 to 20.
    margin : float
        Of equivalence. Default is 0.05.

    Raises
    ------
    ValueError
        If the two have not the same length, or not 2 to 20 seeds.
    """
    x, y = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    n = len(x)
    if len(y) != n or not 2 <= n <= 20:
        raise ValueError(f"there are {n} and {len(y)} trials; give one of each for 2 to 20 seeds")
    differences = x - y
    mean = differences.mean()
    reach = student.ppf(0.975, n - 1) * differences.std(ddof=1) / np.sqrt(n)

    def mean_difference(x: np.ndarray, y: np.ndarray, axis: int) -> np.ndarray:
        return (x - y).mean(axis=axis)

    test = permutation_test(
        (x, y), mean_difference, permutation_type="samples", vectorized=True, n_resamples=np.inf
    )
    said = read_interval(mean - reach, mean + reach, margin)
    if np.ptp(differences) == 0 and mean != 0 and test.pvalue >= 0.05:
        said = "undecided"
    return Paired(mean, mean - reach, mean + reach, float(test.pvalue), 2 / 2**n, said)


def holm(p_values: Sequence[float]) -> np.ndarray:
    """Correct several tests for their number (Holm, Scandinavian Journal of Statistics 6:65, 1979).

    Of m p-values in ascending order, the k-th becomes max over j <= k of min(1, (m - j + 1) p_j).
    Below 0.05, it is significant with an error of 5% for all tests together, whatever their
    dependence.

    Parameters
    ----------
    p_values : sequence of float
        One a test, (m,); NaN, of what was not tested, stays NaN and does not count.

    Returns
    -------
    np.ndarray, shape (m,)
        In the order given.
    """
    p = np.asarray(p_values, dtype=float)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    corrected = np.full(p.shape, np.nan)
    factors = np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(p[order] * factors), 1)
    return corrected


def spread_by_data(values: np.ndarray) -> tuple[float, float]:
    """How much trials vary between data sets, and within one.

    Parameters
    ----------
    values : np.ndarray, shape (D, n)
        A figure of n trials on each of D data sets, both 2 or more.

    Returns
    -------
    between, within : float
        Standard deviations, from an analysis of variance with random effects: the mean square
        within data sets, and 1/n of what the one between them has above it, or 0.

    Raises
    ------
    ValueError
        If there are not two of each.
    """
    if values.ndim != 2 or min(values.shape) < 2:
        raise ValueError(f"values have the shape {values.shape}; give two data sets and trials")
    within = values.var(axis=1, ddof=1).mean()
    between = values.mean(axis=1).var(ddof=1) - within / values.shape[1]
    return float(np.sqrt(max(between, 0))), float(np.sqrt(within))
