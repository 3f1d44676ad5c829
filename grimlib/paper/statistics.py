"""Intervals and effect sizes for a handful of trials."""

from __future__ import annotations

import numpy as np
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
