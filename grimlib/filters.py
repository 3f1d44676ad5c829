"""What a first-layer filter has learned: its motif, and what that motif matches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numba import njit
from numpy.lib.stride_tricks import sliding_window_view

from grimlib.motifs import (
    GROUND_TRUTH,
    Motif,
    consensus,
    ground_truth_name,
    information_content,
    load_jaspar,
    tomtom,
)

WINDOW = 20
"""Width in nucleotides of the windows that are aligned to make a filter's PPM."""
ARTEFACTS = ("MA0615.1",)
"""JASPAR motifs that a featureless PPM matches; a filter with no other match counts as none."""
FIGURES = {"TPR": "tpr", "FPR": "fpr", "motif recall": "recall", "inactive": "inactive"}
"""The tables' figures, and the attribute of `FilterReport` that holds each."""
_WORD = 4  # letters
# By activation, the score above which a filter fires: where the activation is a fraction of its
# highest. An exponential itself is never taken, as it may be more than a float holds.
_THRESHOLDS = {
    "relu": lambda highest, fraction: np.maximum(highest, 0) * fraction,
    "exponential": lambda highest, fraction: highest + np.float32(np.log(fraction)),
}


@dataclass(frozen=True, eq=False)
class Alignment:
    """Activation-based alignment of the sequences under each filter.

    Attributes
    ----------
    ppms : np.ndarray, shape (F, 20, 4), float64
        Mean of each filter's windows; 0.25 everywhere for a filter without any.
    windows : np.ndarray, shape (F,), int64
        How many windows were averaged. A filter with none is *inactive*.
    """

    ppms: np.ndarray
    windows: np.ndarray


def scores(kernel: np.ndarray, bias: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    """What the first layer hands to its activation, before any pooling.

    Parameters
    ----------
    kernel : np.ndarray, shape (width, 4, F)
        Filters of odd width, as `grimlib.models.first_layer` gives them.
    bias : np.ndarray, shape (F,)
    tokens : np.ndarray, shape (N, L)

    Returns
    -------
    np.ndarray, shape (N, L, F), float32
        Position i is the filter centred on nucleotide i, with zeros beyond the ends.
    """
    values = np.empty((*tokens.shape, kernel.shape[-1]), dtype=np.float32)
    _fill(values, *_look_up(kernel, bias, tokens))
    return values


def _look_up(
    kernel: np.ndarray, bias: np.ndarray, tokens: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every score as a sum of few table rows, one for each word of four letters under the filter.

    Several times as fast as the product of the kernel with one-hot rows, of which most is zero, and
    the same on every processor, as nothing is multiplied.

    Returns
    -------
    words : np.ndarray, shape (N, L + width // 4 * 4), int16
        The row of the word that starts at each position, half a kernel earlier than in `tokens`.
    table : np.ndarray, shape (ceil(width / 4), 625, F), float32
        What each word of the letters ``ACGTN`` adds, by four positions of the kernel after another.
    bias : np.ndarray, shape (F,), float32
    """
    width, _, n_filters = kernel.shape
    n_parts = -(-width // _WORD)
    # Nothing is added by an unknown nucleotide, nor beyond the kernel.
    parts = np.zeros((n_parts * _WORD, 5, n_filters), dtype=np.float32)
    parts[:width, :4] = kernel
    parts = parts.reshape(n_parts, _WORD, 5, n_filters)
    table = parts[:, 0]
    for letter in range(1, _WORD):
        table = table[:, :, None] + parts[:, letter, None]
        table = table.reshape(n_parts, -1, n_filters)
    before = width // 2
    after = n_parts * _WORD - 1 - before
    padded = np.pad(tokens, ((0, 0), (before, after)), constant_values=4)
    powers = 5 ** np.arange(_WORD, dtype=np.int16)[::-1]
    words = sliding_window_view(padded, _WORD, axis=1) @ powers
    return words, table, bias.astype(np.float32)


@njit(inline="always")  # three times as fast as a call
def _score(
    score: np.ndarray, words: np.ndarray, table: np.ndarray, bias: np.ndarray, at: int
) -> None:
    """Put every filter's score at one position of one sequence into `score`, shape (F,)."""
    for unit in range(len(score)):
        score[unit] = bias[unit]
    for part in range(len(table)):
        row = table[part, words[at + _WORD * part]]
        for unit in range(len(score)):
            score[unit] += row[unit]


@njit(cache=True)
def _fill(values: np.ndarray, words: np.ndarray, table: np.ndarray, bias: np.ndarray) -> None:
    """Put all scores into `values`, shape (N, L, F)."""
    for n in range(values.shape[0]):
        for at in range(values.shape[1]):
            _score(values[n, at], words[n], table, bias, at)


@njit(cache=True)
def _raise(
    highest: np.ndarray, length: int, words: np.ndarray, table: np.ndarray, bias: np.ndarray
) -> None:
    """Raise `highest`, shape (F,), to each filter's highest score."""
    score = np.empty_like(highest)
    for n in range(len(words)):
        for at in range(length):
            _score(score, words[n], table, bias, at)
            for unit in range(len(score)):
                highest[unit] = max(highest[unit], score[unit])


@njit(cache=True)
def _count(
    counts: np.ndarray,
    windows: np.ndarray,
    threshold: np.ndarray,
    tokens: np.ndarray,
    words: np.ndarray,
    table: np.ndarray,
    bias: np.ndarray,
) -> None:
    """Add each window above `threshold` to its filter's `windows` and `counts`, (F, WINDOW, 5)."""
    score = np.empty_like(bias)
    for n in range(len(tokens)):
        # A window covers [start, start + WINDOW) and is centred on start + WINDOW // 2.
        for start in range(tokens.shape[1] - WINDOW + 1):
            _score(score, words[n], table, bias, start + WINDOW // 2)
            fires = False  # a loop that the compiler can do for several filters at once
            for unit in range(len(score)):
                fires |= score[unit] > threshold[unit]
            if not fires:
                continue
            for unit in range(len(score)):
                if score[unit] > threshold[unit]:
                    windows[unit] += 1
                    for i in range(WINDOW):
                        counts[unit, i, tokens[n, start + i]] += 1


def align(
    kernel: np.ndarray,
    bias: np.ndarray,
    tokens: np.ndarray,
    fraction: float = 0.5,
    activation: str = "relu",
) -> Alignment:
    """Average the windows that make each filter fire (Koo & Eddy 2019).

    For each filter: all positions whose activation is above a fraction of its maximum over all
    sequences; the 20 nt around each (10 before, 10 from it on); their unweighted mean. Windows that
    reach beyond a sequence's end are left out.

    The fraction is taken on the activation's own scale. Behind an exponential, half of the maximum
    is a score of ln 2 below the highest, so that only positions close to the best are averaged;
    and such a filter is never silent, as even its lowest activation is above zero.

    Parameters
    ----------
    kernel : np.ndarray, shape (width, 4, F)
    bias : np.ndarray, shape (F,)
    tokens : np.ndarray, shape (N, L)
        Sequences the model was not trained on.
    fraction : float
        Of the filter's maximum, above which a position counts; from 0 to below 1, and above 0 for
        an exponential. Default is 0.5.
    activation : {"relu", "exponential"}
        The first layer's. Default is ``"relu"``.

    Raises
    ------
    ValueError
        If the sequences are shorter than a window, `fraction` is out of its range, or the
        activation is unknown.
    """
    if activation not in _THRESHOLDS:
        raise ValueError(f"activation is {activation!r}; use one of {tuple(_THRESHOLDS)}")
    if tokens.shape[1] < WINDOW:
        raise ValueError(f"sequences of {tokens.shape[1]} nt are shorter than {WINDOW} nt")
    if not 0 <= fraction < 1:
        raise ValueError(f"fraction is {fraction}; give one from 0 to below 1")
    if activation == "exponential" and not fraction:
        raise ValueError("fraction is 0, which every exponential exceeds; give one above 0")
    n_filters = kernel.shape[-1]
    look_up = _look_up(kernel, bias, tokens)
    highest = np.full(n_filters, -np.inf, dtype=np.float32)
    _raise(highest, tokens.shape[1], *look_up)
    windows = np.zeros(n_filters, dtype=np.int64)
    counts = np.zeros((n_filters, WINDOW, 5))
    _count(counts, windows, _THRESHOLDS[activation](highest, fraction), tokens, *look_up)
    counts = counts[..., :4]  # unknown nucleotides, token 4, count for none of the four
    total = counts.sum(axis=-1, keepdims=True)
    # A column without any count is uniform.
    ppms = np.divide(counts, total, out=np.full_like(counts, 0.25), where=total > 0)
    return Alignment(ppms, windows)


def clip(ppm: np.ndarray) -> slice:
    """The part of a PPM, shape (width, 4), that carries its motif.

    From the first position of more than 0.5 bit to the last one, and three on either side; all
    positions where none has as much (the Koo lab's published analysis scripts).
    """
    informative = np.flatnonzero(information_content(ppm) > 0.5)
    if not informative.size:
        return slice(0, len(ppm))
    return slice(max(informative[0] - 3, 0), min(informative[-1] + 4, len(ppm)))


@dataclass(frozen=True, eq=False)
class FilterReport:
    """The filters of one network, compared with JASPAR.

    Attributes
    ----------
    table : pandas.DataFrame, F rows
        ``filter`` (its index), ``status`` (``"ground truth"``, ``"other motif"``,
        ``"no match"`` or ``"inactive"``), ``ground_truth`` (the ground-truth factor with the
        smallest p-value, or empty), ``windows`` (number aligned), ``consensus`` (of the clipped
        PPM), ``Target_ID``, ``target`` (name) and ``E-value`` of the best match.
    motifs : list of Motif
        The clipped PPM of each active filter, named ``"filter_0"`` and so on.
    matches : pandas.DataFrame
        All Tomtom matches, as `grimlib.motifs.tomtom` gives them.
    ground_truth : tuple of str
        The factors looked for.
    found : tuple of str
        Those that at least one filter matches.
    evalue : float
        The threshold on the E-value.
    """

    table: pd.DataFrame
    motifs: list[Motif]
    matches: pd.DataFrame
    ground_truth: tuple[str, ...]
    found: tuple[str, ...]
    evalue: float = 0.1

    def at(self, evalue: float) -> FilterReport:
        """The same filters, judged at a smaller threshold.

        Raises
        ------
        ValueError
            If `evalue` is above the report's own, whose matches are not known.
        """
        if not evalue <= self.evalue:
            raise ValueError(
                f"evalue is {evalue:g}, but the report holds matches up to {self.evalue:g} only"
            )
        matches = self.matches[self.matches["E-value"] <= evalue]
        windows = self.table["windows"].to_numpy()
        return _judge(windows, self.motifs, matches, self.ground_truth, evalue)

    @property
    def tpr(self) -> float:
        """Fraction of all filters that match a ground-truth motif."""
        return float((self.table["status"] == "ground truth").mean())

    @property
    def fpr(self) -> float:
        """Fraction of all filters that match JASPAR, but no ground-truth motif."""
        return float((self.table["status"] == "other motif").mean())

    @property
    def recall(self) -> float:
        """Fraction of the ground-truth motifs that at least one filter matches; NaN of none."""
        if not self.ground_truth:
            return float("nan")
        return len(self.found) / len(self.ground_truth)

    @property
    def inactive(self) -> float:
        """Fraction of all filters without a window: they never fire, or only at the very ends."""
        return float((self.table["status"] == "inactive").mean())


def filter_motifs(alignment: Alignment) -> list[Motif]:
    """The clipped motif of every filter that has windows, named ``"filter_0"`` and so on.

    The number of windows is its ``nsites``.
    """
    return [
        Motif(f"filter_{i}", ppm[clip(ppm)], nsites=float(windows))
        for i, (ppm, windows) in enumerate(zip(alignment.ppms, alignment.windows, strict=True))
        if windows
    ]


def filter_report(
    kernel: np.ndarray,
    bias: np.ndarray,
    tokens: np.ndarray,
    ground_truth: Sequence[str],
    evalue: float = 0.1,
    activation: str = "relu",
) -> FilterReport:
    """Align, clip and match every filter, and count.

    Parameters
    ----------
    kernel, bias, tokens, activation
        As in `align`.
    ground_truth : sequence of str
        Factors that the sequences hold motifs of, keys of `grimlib.motifs.GROUND_TRUTH`.
    evalue : float
        Tomtom's threshold on the E-value. Default is 0.1.

    Raises
    ------
    ValueError
        If a name of `ground_truth` is unknown, or as in `align`.
    """
    for name in ground_truth:
        if name not in GROUND_TRUTH:
            raise ValueError(
                f"ground_truth holds {name!r}; give a sequence of names out of "
                f"{', '.join(GROUND_TRUTH)}"
            )
    alignment = align(kernel, bias, tokens, activation=activation)
    motifs = filter_motifs(alignment)
    matches = tomtom(motifs, load_jaspar(), evalue)
    return _judge(alignment.windows, motifs, matches, tuple(ground_truth), evalue)


def _judge(
    windows_of: np.ndarray,
    motifs: list[Motif],
    matches: pd.DataFrame,
    ground_truth: tuple[str, ...],
    evalue: float,
) -> FilterReport:
    """The report on filters whose matches are known."""
    names = [f"filter_{i}" for i in range(len(windows_of))]
    words = {motif.name: consensus(motif.ppm) for motif in motifs}
    target_name = {motif.name: motif.alt for motif in load_jaspar()}
    # Each query's matches come by p-value: the first is the best.
    factor = matches["Target_ID"].map(ground_truth_name)
    true = factor.isin(ground_truth)
    best = matches.drop_duplicates("Query_ID").set_index("Query_ID").reindex(names)
    best_true = factor[true].groupby(matches["Query_ID"]).first().reindex(names)
    other = matches.loc[~matches["Target_ID"].isin(ARTEFACTS), "Query_ID"]
    status = np.select(
        [best_true.notna(), np.isin(names, other.astype(str)), np.isin(names, list(words))],
        ["ground truth", "other motif", "no match"],
        "inactive",
    )
    table = pd.DataFrame(
        {
            "filter": range(len(names)),
            "status": status,
            "ground_truth": best_true.fillna("").to_numpy(),
            "windows": windows_of,
            "consensus": [words.get(name, "") for name in names],
            "Target_ID": best["Target_ID"].fillna("").to_numpy(),
            "target": best["Target_ID"].map(target_name).fillna("").to_numpy(),
            "E-value": best["E-value"].to_numpy(dtype=float),
        }
    )
    found = set(factor[true])
    in_order = tuple(name for name in ground_truth if name in found)
    return FilterReport(table, motifs, matches, ground_truth, in_order, evalue)


def mean_sd(values: np.ndarray) -> str:
    """Mean and, from two values on, sample standard deviation, as text; "no trial" for none."""
    if not len(values):
        return "no trial"
    spread = f" ± {values.std(ddof=1):.3f}" if len(values) > 1 else ""
    return f"{values.mean():.3f}{spread}"


def summarise(reports: dict[str, Sequence[FilterReport]]) -> pd.DataFrame:
    """One row a model, as in the paper's tables: mean and standard deviation over its trials.

    Parameters
    ----------
    reports : dict of str to sequence of FilterReport
        The trials of each model.

    Returns
    -------
    pandas.DataFrame
        ``trials`` (their number), and ``TPR``, ``FPR``, ``motif recall`` and ``inactive`` as text:
        the mean, and behind it the sample standard deviation where there are two trials or more.
    """
    rows = {}
    for model, trials in reports.items():
        rows[model] = {"trials": len(trials)}
        for column, attribute in FIGURES.items():
            values = np.array([getattr(trial, attribute) for trial in trials])
            rows[model][column] = mean_sd(values)
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("model")
