"""What a first-layer filter has learned: its motif, and what that motif matches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from grimlib._scan import count_windows, highest_scores
from grimlib.matches import tomtom
from grimlib.motifs import Motif, consensus, information_content, load_jaspar

WINDOW = 20
"""Width in nucleotides of the windows that are aligned to make a filter's PPM."""
ARTEFACTS = ("MA0615.1",)
"""JASPAR motifs that a featureless PPM matches; a filter with no other match counts as none."""

# By activation, the score above which a filter fires: where the activation is a fraction of its
# highest. An exponential itself is never taken, as it may be more than a float holds.
_THRESHOLDS = {
    "relu": lambda highest, fraction: np.maximum(highest, 0) * fraction,
    "exponential": lambda highest, fraction: highest + np.float32(np.log(fraction)),
}


@dataclass(frozen=True, eq=False)
class Alignment:
    """Activation-based alignment of the sequences under each filter.

    `ppms`, (F, 20, 4) float64, has the mean of each filter's windows, 0.25 everywhere without any;
    `windows`, (F,) int64, how many were averaged. A filter with none is *inactive*.
    """

    ppms: np.ndarray
    windows: np.ndarray


def align(
    kernel: np.ndarray,
    bias: np.ndarray,
    tokens: np.ndarray,
    fraction: float = 0.5,
    activation: str = "relu",
) -> Alignment:
    """Average the windows that make each filter fire (Koo & Eddy 2019).

    For each filter: all positions whose activation is above a fraction of its maximum over all
    sequences; the 20 nt around each (10 before, 10 from it on), where the sequence has them; their
    unweighted mean. Behind an exponential, half of the maximum is a score of ln 2 below the
    highest, so that only positions close to the best are averaged, and no filter is ever silent.

    Parameters
    ----------
    kernel, bias : np.ndarray, shapes (width, 4, F) and (F,)
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
        If the sequences are shorter than a window, or a setting is not as said here.
    """
    if activation not in _THRESHOLDS:
        raise ValueError(f"activation is {activation!r}; use one of {tuple(_THRESHOLDS)}")
    if tokens.shape[1] < WINDOW:
        raise ValueError(f"sequences of {tokens.shape[1]} nt are shorter than {WINDOW} nt")
    if not 0 <= fraction < 1:
        raise ValueError(f"fraction is {fraction}; give one from 0 to below 1")
    if activation == "exponential" and not fraction:
        raise ValueError("fraction is 0, which every exponential exceeds; give one above 0")
    threshold = _THRESHOLDS[activation](highest_scores(kernel, bias, tokens), fraction)
    counts, windows = count_windows(kernel, bias, tokens, threshold, WINDOW)
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
    """The filters of one network, compared with a motif database.

    Attributes
    ----------
    table : pandas.DataFrame, F rows
        ``filter`` (its index), ``status`` (``"ground truth"``, ``"other motif"``, ``"no match"`` or
        ``"inactive"``), ``ground_truth`` (the factor with the smallest p-value, or empty),
        ``windows`` (number aligned), ``consensus`` (of the clipped PPM), ``Target_ID``, ``target``
        (name) and ``E-value`` of the best match.
    motifs : list of Motif
        The clipped PPM of each active filter, named ``"filter_0"`` and so on.
    matches : pandas.DataFrame
        All Tomtom matches, as `grimlib.tomtom` gives them.
    factors : pandas.Series
        The ground-truth factor that each row of `matches` counts for; NaN where for none.
    target_names : dict of str to str
        The name (``alt``) of each target that is matched.
    ground_truth, found : tuple of str
        The factors looked for, and those that at least one filter matches.
    evalue : float
        The threshold on the E-value.
    """

    table: pd.DataFrame
    motifs: list[Motif]
    matches: pd.DataFrame
    factors: pd.Series
    target_names: dict[str, str]
    ground_truth: tuple[str, ...]
    found: tuple[str, ...]
    evalue: float

    @property
    def tpr(self) -> float:
        """Fraction of all filters that match a ground-truth motif."""
        return float((self.table["status"] == "ground truth").mean())

    @property
    def fpr(self) -> float:
        """Fraction of all filters that match the database, but no ground-truth motif."""
        return float((self.table["status"] == "other motif").mean())

    @property
    def recall(self) -> float:
        """Fraction of the ground-truth motifs that at least one filter matches; NaN of none."""
        return len(self.found) / len(self.ground_truth) if self.ground_truth else float("nan")

    @property
    def inactive(self) -> float:
        """Fraction of all filters without a window: they never fire, or only at the very ends."""
        return float((self.table["status"] == "inactive").mean())

    def at(self, evalue: float) -> FilterReport:
        """The same filters, judged at a smaller threshold; a larger one is a ValueError."""
        if not evalue <= self.evalue:
            raise ValueError(
                f"evalue is {evalue:g}, but the report holds matches up to {self.evalue:g} only; "
                "make it with a higher evalue"
            )
        return self.among(self.matches["E-value"] <= evalue, evalue)

    def among(self, rows: np.ndarray | pd.Series, evalue: float | None = None) -> FilterReport:
        """The same filters, judged by some rows of `matches`; `evalue`, if given, is theirs."""
        return _judge(
            self.table[["filter", "windows", "consensus"]],
            self.motifs,
            self.matches[rows],
            self.factors[rows],
            self.target_names,
            self.ground_truth,
            self.evalue if evalue is None else evalue,
        )


def filter_motifs(alignment: Alignment, clipped: bool = True) -> list[Motif]:
    """The clipped motif of every filter that has windows, named ``"filter_0"`` and so on.

    The number of windows is its ``nsites``. Without `clipped`, all 20 positions.
    """
    return [
        Motif(f"filter_{i}", ppm[clip(ppm)] if clipped else ppm, nsites=float(windows))
        for i, (ppm, windows) in enumerate(zip(alignment.ppms, alignment.windows, strict=True))
        if windows
    ]


def filter_report(
    kernel: np.ndarray,
    bias: np.ndarray,
    tokens: np.ndarray,
    targets: Sequence[Motif] | None = None,
    ground_truth: Mapping[str, Sequence[str]] | None = None,
    evalue: float = 0.1,
    activation: str = "relu",
    fraction: float = 0.5,
    clipped: bool = True,
) -> FilterReport:
    """Align, clip and match every filter, and count.

    Parameters
    ----------
    kernel, bias, tokens, activation, fraction
        As in `align`.
    targets : sequence of Motif, optional
        The database. Default is `grimlib.load_jaspar`'s.
    ground_truth : mapping of str to sequence of str, optional
        For each factor that the sequences hold motifs of, the names of the targets that count;
        ``"MA0137"`` stands for all versions of it. Default is none.
    evalue : float
        Tomtom's threshold on the E-value. Default is 0.1.
    clipped : bool
        Whether flanks without information are cut off. Default is True.

    Raises
    ------
    ValueError
        If a name of `ground_truth` is no target, or as in `align`.
    """
    targets = load_jaspar() if targets is None else targets
    ground_truth = ground_truth or {}
    factor_of = {}
    for target in targets:
        for factor, names in ground_truth.items():
            if target.name in names or target.name.split(".")[0] in names:
                factor_of[target.name] = factor
    if unknown := set(ground_truth) - set(factor_of.values()):
        raise ValueError(
            f"ground_truth has {min(unknown)!r} as {tuple(ground_truth[min(unknown)])}, and no "
            "target is named so; give names of targets"
        )
    alignment = align(kernel, bias, tokens, fraction, activation)
    motifs = filter_motifs(alignment, clipped)
    matches = tomtom(motifs, targets, evalue)
    words = {motif.name: consensus(motif.ppm) for motif in motifs}
    filters = pd.DataFrame({"filter": range(len(alignment.windows)), "windows": alignment.windows})
    filters["consensus"] = [words.get(f"filter_{i}", "") for i in filters["filter"]]
    matched = set(matches["Target_ID"])
    target_names = {target.name: target.alt for target in targets if target.name in matched}
    factors = matches["Target_ID"].map(factor_of)
    return _judge(filters, motifs, matches, factors, target_names, tuple(ground_truth), evalue)


def _judge(
    filters: pd.DataFrame,
    motifs: list[Motif],
    matches: pd.DataFrame,
    factors: pd.Series,
    target_names: dict[str, str],
    ground_truth: tuple[str, ...],
    evalue: float,
) -> FilterReport:
    """The report on filters whose matches are known."""
    names = [f"filter_{i}" for i in filters["filter"]]
    # Each query's matches come by p-value: the first is the best.
    best = matches.drop_duplicates("Query_ID").set_index("Query_ID").reindex(names)
    factor = factors.dropna().groupby(matches["Query_ID"]).first().reindex(names)
    of_truth, of_others = smallest_evalues(matches, factors, len(filters))
    status = np.select(
        [np.isfinite(of_truth), np.isfinite(of_others), filters["windows"] > 0],
        ["ground truth", "other motif", "no match"],
        "inactive",
    )
    table = pd.DataFrame(
        {
            "filter": filters["filter"],
            "status": status,
            "ground_truth": factor.astype(object).fillna("").to_numpy(),
            "windows": filters["windows"],
            "consensus": filters["consensus"],
            "Target_ID": best["Target_ID"].fillna("").to_numpy(),
            "target": best["Target_ID"].map(target_names).astype(object).fillna("").to_numpy(),
            "E-value": best["E-value"].to_numpy(dtype=float),
        }
    )
    found = tuple(name for name in ground_truth if name in set(factors.dropna()))
    return FilterReport(table, motifs, matches, factors, target_names, ground_truth, found, evalue)


def smallest_evalues(
    matches: pd.DataFrame, factors: pd.Series, n_filters: int
) -> tuple[np.ndarray, np.ndarray]:
    """Of each filter's matches with ground truth, and with others, infinite where there is none.

    What TPR and FPR count, both of shape (F,).
    """
    true = factors.notna()
    other = ~true & ~matches["Target_ID"].isin(ARTEFACTS)
    names = [f"filter_{i}" for i in range(n_filters)]
    return tuple(
        of.groupby(matches["Query_ID"]).min().reindex(names, fill_value=np.inf).to_numpy(float)
        for of in (matches["E-value"][true], matches["E-value"][other])
    )
