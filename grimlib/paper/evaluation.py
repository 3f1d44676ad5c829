"""How much the figures owe to the rules of evaluation, and two measures that need no database.

    python -m grimlib.paper evaluation          # every trial of Tables 1 and 2 that is missing
    python -m grimlib.paper evaluation task2    # only those whose file name starts so

Each stored trial takes some seconds; what is found goes to data/evaluation.json at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from grimlib._places import RESULTS
from grimlib._provenance import provenance
from grimlib._scan import scores
from grimlib.filters import ARTEFACTS, align, filter_motifs
from grimlib.matches import tomtom
from grimlib.motifs import Motif, load_jaspar
from grimlib.paper._records import add_record, read_records
from grimlib.paper.groups import GROUPS
from grimlib.paper.tables import mean_sd
from grimlib.paper.tasks import GROUND_TRUTH, TASKS, Dataset, inserted_motifs
from grimlib.paper.trials import STORED, Trial, TrialSpec, simulate, stored_trial

TARGET = RESULTS / "evaluation.json"

FRACTIONS = (0.3, 0.5, 0.7, 0.9)
EVALUES = (0.01, 0.1, 1.0)
RELATIVES = ("none", "book", "all")
SETTINGS = pd.DataFrame(
    [
        (fraction, evalue, *rule)
        for fraction, evalue in product(FRACTIONS, EVALUES)
        for rule in (
            *product(("all",), RELATIVES, (False, True)),
            ("embedded", "none", False),
        )
    ],
    columns=["fraction", "evalue", "database", "relatives", "gmeb1"],
)
"""The rules, one row a combination, in the order in which results are kept:

``fraction``
    Of a filter's maximum, above which windows are aligned, see `grimlib.filters.align`.
``evalue``
    Tomtom's threshold on the E-value.
``database``
    ``"all"`` 519 motifs, or the ``"embedded"`` ones: then the E-value is the p-value times their
    number. The p-values are those against all, as a null model needs many motifs.
``relatives``
    What counts as ground truth: ``"none"`` but the embedded matrices; those of the ``"book"``, in
    `grimlib.paper.tasks.GROUND_TRUTH`; or ``"all"`` that an embedded matrix itself matches at an
    E-value of 0.1, since a perfect filter would.
``gmeb1``
    Whether MA0615.1, which a featureless filter matches, counts in the FPR.
"""

BOOK = dict(fraction=0.5, evalue=0.1, database="all", relatives="book", gmeb1=False)
"""The book's own rules."""

SEQUENCES = {"valid": 250, "test": 500}
"""How many sequences of each part the precision at the sites is measured on."""


# ------------------------------------------------------------------------- the rules, on and off


@cache
def _factors(factors: tuple[str, ...], relatives: str) -> dict[str, str]:
    """The embedded factor that each JASPAR motif counts for, by its identifier."""
    targets = load_jaspar()
    if relatives == "all":
        embedded = inserted_motifs(factors)
        name_of = dict(zip((motif.name for motif in embedded), factors, strict=True))
        matches = tomtom(embedded, targets, 0.1).sort_values("p-value", kind="stable")
        best = matches.drop_duplicates("Target_ID")
        return dict(zip(best["Target_ID"], best["Query_ID"].map(name_of), strict=True))
    return {
        target.name: factor
        for target in targets
        for factor in factors
        if target.name.split(".")[0]
        in (GROUND_TRUTH[factor] if relatives == "book" else GROUND_TRUTH[factor][:1])
    }


def count_matches(
    kernel: np.ndarray,
    bias: np.ndarray,
    tokens: np.ndarray,
    factors: tuple[str, ...],
    activation: str = "relu",
) -> pd.DataFrame:
    """What filters match under each of the rules.

    Parameters
    ----------
    kernel, bias, tokens, activation
        As `grimlib.filters.align` takes them.
    factors : tuple of str
        The embedded factors, keys of `grimlib.paper.tasks.GROUND_TRUTH`.

    Returns
    -------
    pandas.DataFrame
        In the order of `SETTINGS`: ``hits`` (filters that match a ground-truth motif), ``strays``
        (those that match only others), ``found`` (factors matched by some filter) and
        ``inactive`` (filters without a window).
    """
    targets = load_jaspar()
    own = _factors(factors, "none")
    rows = []
    for fraction in FRACTIONS:
        alignment = align(kernel, bias, tokens, fraction, activation)
        # As many as the embedded motifs alone, whose number multiplies p, can need.
        widest = max(EVALUES) * len(targets) / len(factors)
        matches = tomtom(filter_motifs(alignment), targets, widest)
        among_own = matches[matches["Target_ID"].isin(own)]
        among_own = among_own.assign(**{"E-value": among_own["p-value"] * len(factors)})
        inactive = int((alignment.windows == 0).sum())
        for rule in SETTINGS[SETTINGS["fraction"] == fraction].itertuples():
            chosen = among_own if rule.database == "embedded" else matches
            chosen = chosen[chosen["E-value"] <= rule.evalue]
            factor = chosen["Target_ID"].map(_factors(factors, rule.relatives))
            truth = factor.notna()
            hit = set(chosen["Query_ID"][truth])
            others = ~truth if rule.gmeb1 else ~truth & ~chosen["Target_ID"].isin(ARTEFACTS)
            stray = set(chosen["Query_ID"][others]) - hit
            rows.append((len(hit), len(stray), factor.nunique(), inactive))
    return pd.DataFrame(rows, columns=["hits", "strays", "found", "inactive"])


# ---------------------------------------------------------------------------- without a database


def motif_distances(ppms: np.ndarray, motifs: tuple[Motif, ...]) -> np.ndarray:
    r"""How far each filter is from each motif, as a fraction of how far a featureless one is.

    For a motif M of w positions and a filter's PPM Q, uniform beyond its 20 positions,

    .. math:: \min_o \sum_{i=1}^{w} \lVert M_i - Q_{i+o} \rVert_2 \Big/
              \sum_{i=1}^{w} \lVert M_i - \tfrac14 \rVert_2,

    over all offsets o at which they overlap, on the motif's own strand. 0 is the motif itself and
    1 a PPM that is 0.25 everywhere; beside the motif nothing counts.

    Parameters
    ----------
    ppms : np.ndarray, shape (F, W, 4)
        As in `grimlib.filters.Alignment`.
    motifs : tuple of M Motif

    Returns
    -------
    np.ndarray, shape (F, M)
        At most 1.
    """
    columns = []
    for motif in motifs:
        w = len(motif.ppm)
        padded = np.pad(ppms, ((0, 0), (w, w), (0, 0)), constant_values=0.25)
        at = np.arange(padded.shape[1] - w + 1)[:, None] + np.arange(w)
        distances = np.linalg.norm(padded[:, at] - motif.ppm, axis=-1).sum(axis=-1)
        columns.append(distances.min(axis=1) / np.linalg.norm(motif.ppm - 0.25, axis=1).sum())
    return np.stack(columns, axis=1)


def _precision(values: np.ndarray, places: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    """Average precision of one filter's scores, each row of `places` being what is to be found.

    `values`, (n,), are sorted in `ordered`; `places` are indices, (O, sites). As scikit-learn's.
    """
    found = np.sort(values[places], axis=1)
    n_above = len(ordered) - np.searchsorted(ordered, found)
    n_found = np.stack([row.size - np.searchsorted(row, row) for row in found])
    return (n_found / n_above).mean(axis=1)


def site_precision(kernel: np.ndarray, bias: np.ndarray, data: Dataset) -> dict:
    """How well single filters point at the places of the embedded sites.

    A filter's scores at all positions of all sequences are ranked: how precisely do the highest
    find a motif's sites, by the area under the precision-recall curve (AUPR)? Where in a site a
    filter is centred is its own affair: for each filter and motif, the offset with the largest
    AUPR on validation sequences is taken, and so is each motif's best filter. The figures are those
    on test sequences. Sites are on the forward strand, as they are in both tasks of the paper.

    Parameters
    ----------
    kernel, bias
        As `grimlib.models.first_layer` gives them.
    data : Dataset

    Returns
    -------
    dict
        ``"motifs"``: the AUPR of the best filter, by motif. ``"filters"``: the mean over the
        filters of each one's AUPR on the motif that it points at best. ``"base"``: what scores by
        lot have, the sites of a motif as a fraction of all positions.
    """
    names = sorted(set(data.sites["motif"]))
    reach = kernel.shape[0] // 2
    parts = {}
    for part, n in SEQUENCES.items():
        rows = data.split[part][:n]
        values = scores(kernel, bias, data.tokens[rows])
        sites = data.sites[data.sites["sequence"].isin(rows)]
        rank = pd.Series(range(len(rows)), index=rows)[sites["sequence"]].to_numpy()
        parts[part] = values.reshape(-1, values.shape[-1]).T.copy(), sites, rank
    length = data.tokens.shape[1]
    filters = kernel.shape[-1]
    ordered = {part: np.sort(values, axis=1) for part, (values, *_) in parts.items()}
    chosen, tested = np.zeros((len(names), filters)), np.zeros((len(names), filters))
    base = {}
    for m, name in enumerate(names):
        places = {}
        for part, (_, sites, rank) in parts.items():
            which = (sites["motif"] == name).to_numpy()
            start = sites["start"].to_numpy()[which]
            width = int((sites["end"] - sites["start"])[which].iloc[0])
            offsets = np.arange(-reach, width + reach)[:, None]
            centres = np.clip(start + offsets, 0, length - 1)
            places[part] = rank[which] * length + centres
        base[name] = places["test"].shape[1] / parts["test"][0].shape[1]
        for f in range(filters):
            valid = _precision(parts["valid"][0][f], places["valid"], ordered["valid"][f])
            best = valid.argmax()
            chosen[m, f] = valid[best]
            at = places["test"][best : best + 1]
            tested[m, f] = _precision(parts["test"][0][f], at, ordered["test"][f])[0]
    of_motifs = tested[np.arange(len(names)), chosen.argmax(axis=1)]
    of_filters = tested[chosen.argmax(axis=0), np.arange(filters)]
    return {
        "motifs": dict(zip(names, of_motifs.tolist(), strict=True)),
        "filters": float(of_filters.mean()),
        "base": base,
    }


def best_precision(data: Dataset) -> dict[str, float]:
    """`site_precision` of the embedded matrices themselves: what no filter can be expected to beat.

    Each is scanned for by log-odds against the uniform background.
    """
    kernel = np.zeros((19, 4, len(data.motifs)), dtype=np.float32)
    for i, motif in enumerate(data.motifs):
        # A nucleotide that a matrix has never seen is rare, not impossible.
        kernel[: len(motif.ppm), :, i] = np.log2((motif.ppm + 0.001) / 1.004 / 0.25)
    return site_precision(kernel, np.zeros(len(data.motifs), dtype=np.float32), data)["motifs"]


# ------------------------------------------------------------------------------ stored trials


@lru_cache(maxsize=2)
def _data(task: str, n_sequences: int, data_seed: int) -> tuple[Dataset, dict[str, float]]:
    spec = next(iter(GROUPS[task].values()))[0]
    data = simulate(TrialSpec(**{**vars(spec), "n_sequences": n_sequences, "data_seed": data_seed}))
    return data, best_precision(data)


def evaluate(trial: Trial) -> dict:
    """Everything that this module measures of a trial's filters.

    Returns
    -------
    dict
        ``"trial"`` (the artifact's name); the columns of `count_matches`; ``"distance"``: for
        each fraction of `FRACTIONS` the distance of each motif's nearest filter, in the task's
        order of motifs, and ``"filter distance"``: for each fraction, the mean over filters of
        the distance to the nearest motif (`motif_distances`); ``"precision"``: `site_precision`
        and, as ``"best"``, `best_precision`; ``"provenance"``.
    """
    spec = trial.spec
    factors = TASKS[spec.task][1]
    data, best = _data(spec.task, spec.n_sequences, spec.data_seed)
    test = data.tokens[data.split["test"]]
    activation = spec.first_activation if spec.model == "cnn" else "relu"
    counts = count_matches(trial.kernel, trial.bias, test, factors, activation)
    distances = [
        motif_distances(align(trial.kernel, trial.bias, test, f, activation).ppms, data.motifs)
        for f in FRACTIONS
    ]
    precision = site_precision(trial.kernel, trial.bias, data) | {"best": best}
    return {
        "trial": spec.filename,
        **{name: counts[name].tolist() for name in counts},
        "distance": [_rounded(one.min(axis=0)) for one in distances],
        "filter distance": _rounded([one.min(axis=1).mean() for one in distances]),
        "precision": {
            name: round(value, 5) if name == "filters" else _rounded_values(value)
            for name, value in precision.items()
        },
        "provenance": provenance(),
    }


def _rounded(values: np.ndarray | list) -> list[float]:
    return np.round(values, 4).tolist()


def _rounded_values(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 5) for name, value in values.items()}


def specs() -> list[TrialSpec]:
    """The trials of Tables 1 and 2, the untrained networks included."""
    return [spec for task in ("task1", "task2") for row in GROUPS[task].values() for spec in row]


def missing(prefix: str = "", target: Path = TARGET) -> list[TrialSpec]:
    """The trials still to be evaluated whose file names start so."""
    done = _read(target)
    return [s for s in specs() if s.filename.startswith(prefix) and s.filename not in done]


def evaluate_and_keep(spec: TrialSpec, target: Path = TARGET, trials: Path = STORED) -> None:
    """Evaluate a stored trial, and add the result to a JSON file.

    Raises
    ------
    FileNotFoundError
        If the trial is not stored.
    ValueError
        If its artifact is damaged, or `target` is there and is not JSON.
    """
    read_records(target, "trial")  # refuses before any work
    add_record(target, evaluate(stored_trial(spec, trials)))


def _read(target: Path) -> dict[str, dict]:
    """What is kept, by the trial's file name."""
    return {record["trial"]: record for record in read_records(target, "trial")}


# -------------------------------------------------------------------------------- as tables


def rates(task: str, target: Path = TARGET) -> pd.DataFrame:
    """TPR, FPR and motif recall of every trial of a task's table, under every rule.

    Returns
    -------
    pandas.DataFrame
        ``model`` (the table's row), ``seed``, the columns of `SETTINGS`, and ``TPR``, ``FPR``,
        ``motif recall`` and ``inactive`` as fractions.
    """
    kept, tables = _read(target), []
    for model, row in GROUPS[task].items():
        for spec in row:
            if spec.filename not in kept:
                continue
            record = kept[spec.filename]
            part = SETTINGS.copy()
            part.insert(0, "model", model)
            part.insert(1, "seed", spec.seed)
            names = {"TPR": "hits", "FPR": "strays", "inactive": "inactive"}
            for figure, name in names.items():
                part[figure] = np.array(record[name]) / spec.n_filters
            part["motif recall"] = np.array(record["found"]) / len(TASKS[task][1])
            tables.append(part)
    return pd.concat(tables, ignore_index=True)


def under(table: pd.DataFrame, rule: dict) -> pd.DataFrame:
    """The lines of `rates` with these values in columns of `SETTINGS`, such as `BOOK`."""
    return table[(table[list(rule)] == pd.Series(rule)).all(axis=1)]


def one_rule_changed(task: str, target: Path = TARGET) -> pd.DataFrame:
    """The figures under the book's rules, and with one of them changed at a time.

    Returns
    -------
    pandas.DataFrame
        One row a rule; the columns are pairs of model and figure (``TPR``, ``FPR``, ``motif
        recall``), the mean and the sample standard deviation over the trials as text.
    """
    table = rates(task, target)
    rows = {"the book's rules": BOOK}
    rows |= {f"window fraction {f}": BOOK | dict(fraction=f) for f in FRACTIONS}
    rows |= {f"E-value {e:g}": BOOK | dict(evalue=e) for e in EVALUES}
    rows |= {
        "Gmeb1 counts": BOOK | dict(gmeb1=True),
        "no relatives": BOOK | dict(relatives="none"),
        "all relatives": BOOK | dict(relatives="all"),
        "Gmeb1 counts, no relatives": BOOK | dict(relatives="none", gmeb1=True),
        "embedded motifs only": BOOK | dict(database="embedded", relatives="none"),
    }
    figures = ("TPR", "FPR", "motif recall")
    result = {}
    for name, rule in rows.items():
        if rule == BOOK and result:
            continue
        chosen = under(table, rule)
        result[name] = {
            (model, figure): mean_sd(group[figure].to_numpy())
            for model, group in chosen.groupby("model", sort=False)
            for figure in figures
        }
    # Figures together by model, models in the table's order.
    return pd.DataFrame.from_dict(result, orient="index").rename_axis("rule")


def false_positives(task: str, target: Path = TARGET) -> pd.DataFrame:
    """Each model's mean FPR under the book's rules, and what it would be by laxer ones.

    Returns
    -------
    pandas.DataFrame
        One row a model: ``FPR``; ``with Gmeb1``, if filters that match nothing but this artefact
        count as well; ``at E-value 1``.
    """
    table = rates(task, target)
    rules = {"FPR": {}, "with Gmeb1": dict(gmeb1=True), "at E-value 1": dict(evalue=1.0)}
    means = {}
    for name, changes in rules.items():
        chosen = under(table, BOOK | changes)
        means[name] = chosen.groupby("model", sort=False)["FPR"].mean()
    return pd.DataFrame(means).map("{:.3f}".format)


def without_database(task: str, target: Path = TARGET) -> pd.DataFrame:
    """The two measures that need no database, one row a model.

    Returns
    -------
    pandas.DataFrame
        Mean and sample standard deviation over the trials, as text: ``motif distance``, of each
        motif's nearest filter, the mean over motifs; ``filter distance``, of each filter's nearest
        motif, the mean over filters (both as `motif_distances` has them, at the book's window
        fraction: 0 is perfect, 1 featureless); ``motif AUPR``, of each motif's best filter at its
        sites, the mean over motifs; ``filter AUPR``, of each filter at the sites of its best
        motif; ``base rate`` of both; ``matrices' AUPR``, that of the embedded matrices themselves.
    """
    kept, rows = _read(target), {}
    at = FRACTIONS.index(BOOK["fraction"])
    for model, row in GROUPS[task].items():
        records = [kept[spec.filename] for spec in row if spec.filename in kept]
        if not records:
            continue
        precision = [record["precision"] for record in records]

        def mean_of(name: str, precision: list[dict] = precision) -> np.ndarray:
            return np.array([np.mean(list(one[name].values())) for one in precision])

        rows[model] = {
            "trials": len(records),
            "motif distance": mean_sd(np.array([np.mean(r["distance"][at]) for r in records])),
            "filter distance": mean_sd(np.array([r["filter distance"][at] for r in records])),
            "motif AUPR": mean_sd(mean_of("motifs")),
            "filter AUPR": mean_sd(np.array([one["filters"] for one in precision])),
            "base rate": f"{mean_of('base').mean():.4f}",
            "matrices' AUPR": f"{mean_of('best').mean():.3f}",
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("model")
