"""The literal reading, searched: which of the settings left open comes nearest to the paper.

    python -m grimlib.paper search              # 60 configurations drawn by lot, five epochs each
    python -m grimlib.paper search --number 20  # the first 20 of them
    python -m grimlib.paper search --choose     # writes down the best three, for `run finalists`

Eq. (3) read to the letter sums over positions. What the text leaves open besides is drawn by lot,
and each configuration is scored by one distance to all eight figures of Tables 1 and 2. Several
processes may search side by side, on one machine or on a shared folder: each takes what no other
has taken. A finished training goes to data/search.jsonl at once, one line, and is never done again.
The data are those of a seed that no other trial of the book has.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from grimlib._files import atomic_write
from grimlib._places import RESULTS, cache_folder
from grimlib.paper.evaluation import BOOK, SETTINGS, count_matches
from grimlib.paper.groups import FINALISTS, literal
from grimlib.paper.tables import PAPER
from grimlib.paper.tasks import TASKS
from grimlib.paper.training import run
from grimlib.paper.trials import TrialSpec, simulate

TARGET = RESULTS / "search.jsonl"
NUMBER = 60
SEED = 100
"""Of the data and the networks of every training of the search."""

OPEN = dict(
    initializer=("glorot_uniform", "glorot_normal", "he_uniform", "he_normal"),
    batch_size=(32, 100, 256, 500),
    width=("labels", 64, 128, 512),
    activation=("linear", "relu", "sigmoid", "softplus", "tanh"),
    drop_local=(False, True),
    negatives=("fresh", "fixed"),
)
"""What the paper does not say, and the values tried. The width p of h may be the number of labels,
which the network of section 4 ends in, and h linear, as an output layer is before the loss. The
first two concern the supervised network as well; its batch normalisation is the paper's."""

PLAIN = dict(
    initializer="glorot_uniform",
    batch_size=100,
    width=128,
    activation="sigmoid",
    drop_local=False,
    negatives="fresh",
)
"""The book's own settings, with position views: they are searched as well."""

RULES = (SETTINGS["database"] == "all").to_numpy()
"""The rules of evaluation that a configuration is scored by: all against the whole database."""


def draw(number: int = NUMBER, seed: int = SEED) -> list[dict]:
    """Configurations: the plain one, then others of `OPEN` in an order drawn by lot.

    The first of a longer list are those of a shorter one.

    Raises
    ------
    ValueError
        If there are not as many.
    """
    every = [dict(zip(OPEN, values, strict=True)) for values in product(*OPEN.values())]
    if not 1 <= number <= len(every):
        raise ValueError(f"number is {number}; give one from 1 to {len(every)}")
    every.remove(PLAIN)
    order = np.random.default_rng(seed).permutation(len(every))
    return [PLAIN, *(every[i] for i in order[: number - 1])]


def trainings(configuration: dict) -> dict[tuple[str, str], TrialSpec]:
    """The four trainings of a configuration, by task and model as `PAPER` names them."""
    return literal(configuration, seed=SEED, data_seed=SEED)


# ------------------------------------------------------------------------------- the trainings


def train(spec: TrialSpec) -> dict:
    """Train a network and count what its filters match.

    Returns
    -------
    dict
        ``"spec"``; ``"hits"`` and ``"strays"`` as `grimlib.paper.evaluation.count_matches` has
        them, by `SETTINGS`; the last ``"val_loss"`` in nats; ``"collapsed"``; ``"provenance"``. Of
        a training that diverged, ``"diverged"`` in the place of all but the first.
    """
    try:
        trial = run(spec)
    except RuntimeError as error:
        return {"spec": asdict(spec), "diverged": str(error)}
    data = simulate(spec)
    test, factors = data.tokens[data.split["test"]], TASKS[spec.task][1]
    counts = count_matches(trial.kernel, trial.bias, test, factors)
    return {
        "spec": asdict(spec),
        "hits": counts["hits"].tolist(),
        "strays": counts["strays"].tolist(),
        "val_loss": trial.history["val_loss"][-1],
        "collapsed": trial.collapsed,
        "provenance": trial.provenance,
    }


def finished(target: Path = TARGET) -> dict[str, dict]:
    """What is trained, by the trial's file name; a line that a crash cut off does not count."""
    lines = target.read_bytes().split(b"\n") if target.exists() else []
    found = {}
    for number, line in enumerate(lines, start=1):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        try:
            found[TrialSpec(**record["spec"]).filename] = record
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"{target}: line {number} is not a finished training ({error!r}); take it out"
            ) from error
    return found


@contextmanager
def claim(name: str, folder: Path) -> Iterator[bool]:
    """Whether a training is this process's; another one may try once it has ended, or crashed."""
    import fcntl  # not on Windows

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.claim"
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
        path.unlink(missing_ok=True)


def search(number: int = NUMBER, target: Path = TARGET, claims: Path | None = None) -> Iterator:
    """Train what is missing of the first configurations, one network after another.

    Parameters
    ----------
    number : int
        How many configurations.
    target : Path
        Where lines are added.
    claims : Path, optional
        Folder of the claims; the same for all processes. Default is in the user's cache.

    Yields
    ------
    str
        The file name of each trial trained here.
    """
    claims = claims or cache_folder() / "search"
    specs = {s.filename: s for c in draw(number) for s in trainings(c).values()}
    for name, spec in specs.items():
        if name in finished(target):
            continue
        with claim(name, claims) as mine:
            # Another process may have finished it in between.
            if not mine or name in finished(target):
                continue
            line = json.dumps(train(spec), separators=(",", ":")) + "\n"
            _append(target, line)
            yield name


def _append(target: Path, line: str) -> None:
    """Add a line in one piece, behind what other processes add."""
    target.parent.mkdir(parents=True, exist_ok=True)
    cut_off = target.exists() and target.read_bytes()[-1:] not in (b"", b"\n")
    handle = os.open(target, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(handle, ("\n" * cut_off + line).encode())
    finally:
        os.close(handle)


# ------------------------------------------------------------------------------- the distance


def distances(records: dict[tuple[str, str], dict]) -> np.ndarray:
    r"""How far a configuration's figures are from the paper's, under each of `RULES`.

    .. math:: \sqrt{\frac18 \sum_{k=1}^{8} (x_k - y_k)^2}

    over TPR and FPR of GRIM and of the supervised network on both tasks. All eight are fractions of
    filters and count the same. Divided by the paper's standard deviations, of which GRIM's FPR has
    the smallest because it is near zero, one stray filter would outweigh three missed ones.

    Parameters
    ----------
    records : dict
        By task and model, what `train` gives.

    Returns
    -------
    np.ndarray
        Shape (rules,); infinite if a training diverged.
    """
    if any("diverged" in record for record in records.values()):
        return np.full(RULES.sum(), np.inf)
    squares = []
    for (task, model), record in records.items():
        for figure, name in (("TPR", "hits"), ("FPR", "strays")):
            rate = np.array(record[name])[RULES] / record["spec"]["n_filters"]
            squares.append((rate - PAPER[task][model][figure][0]) ** 2)
    return np.sqrt(np.mean(squares, axis=0))


def ranking(number: int = NUMBER, target: Path = TARGET) -> pd.DataFrame:
    """The configurations that are trained, the nearest to the paper first.

    Returns
    -------
    pandas.DataFrame
        One row a configuration: the names of `OPEN`; ``distance`` under the rules that suit it
        best, and these rules, by the columns of `SETTINGS`; ``by the book's rules``, the distance
        under those; how many of its networks have ``collapsed``; and the eight figures under the
        best rules, such as ``task1 GRIM TPR``.
    """
    done, rows = finished(target), []
    rules = SETTINGS[RULES].reset_index(drop=True)
    of_book = int((rules[list(BOOK)] == list(BOOK.values())).all(axis=1).to_numpy().argmax())
    for configuration in draw(number):
        specs = trainings(configuration)
        if not all(spec.filename in done for spec in specs.values()):
            continue
        records = {key: done[spec.filename] for key, spec in specs.items()}
        distance = distances(records)
        best = int(distance.argmin())
        row = configuration | {"distance": distance[best], **rules.loc[best].to_dict()}
        row["by the book's rules"] = distance[of_book]
        row["collapsed"] = sum(one.get("collapsed", False) for one in records.values())
        for (task, model), record in records.items():
            for figure, name in (("TPR", "hits"), ("FPR", "strays")):
                counts = np.array(record.get(name, np.full(len(SETTINGS), np.nan)))[RULES]
                row[f"{task} {model} {figure}"] = counts[best] / record["spec"]["n_filters"]
        rows.append(row)
    names = [*OPEN, "distance"]
    table = pd.DataFrame(rows) if rows else pd.DataFrame(columns=names)
    return table.sort_values("distance", kind="stable", ignore_index=True)


def choose(number: int = NUMBER, target: Path = TARGET, finalists: Path = FINALISTS) -> list[dict]:
    """Write down the plain configuration and the best three, to be trained at full scale.

    Returns
    -------
    list of dict
        What `finalists` holds: ``"name"``, ``"configuration"``, ``"distance"`` and ``"rules"``,
        those that suit it best.

    Raises
    ------
    ValueError
        If the search is not finished.
    """
    table = ranking(number, target)
    if len(table) < number:
        raise ValueError(f"{len(table)} of {number} configurations are trained; go on searching")
    plain = (table[list(PLAIN)] == list(PLAIN.values())).all(axis=1)
    chosen = [("plain", table[plain].iloc[0])]
    chosen += [
        (f"rank {i + 1}", row) for i, (_, row) in enumerate(table[~plain].head(3).iterrows())
    ]
    result = [
        {
            "name": name,
            "configuration": row[list(OPEN)].to_dict(),
            "distance": float(row["distance"]),
            "rules": row[list(SETTINGS)].to_dict(),
        }
        for name, row in chosen
    ]
    with atomic_write(finalists) as file:
        json.dump(result, file, indent=1, default=_plain)
        file.write("\n")
    return json.loads(finalists.read_text())


def _plain(value: np.generic) -> float | int | bool | str:
    """NumPy's numbers as JSON has them."""
    return value.item()
