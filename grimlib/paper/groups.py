"""Every trial of the book, by group and row, and trials of one's own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from grimlib._places import RESULTS
from grimlib.paper._records import read_records
from grimlib.paper.tasks import TASK1_MOTIFS
from grimlib.paper.trials import TrialSpec

Rows = dict[str, list[TrialSpec]]
"""A group: the trials of each row of a table, by the row's name."""

_SHORT = dict(epochs=5, seed=0, data_seed=0)
GRIM1 = TrialSpec(task="task1", model="grim", pool_size=4, n_filters=128, **_SHORT)
GRIM2 = TrialSpec(task="task2", model="grim", pool_size=25, n_filters=64, **_SHORT)
CNN4 = replace(GRIM1, model="cnn")
CNN25 = replace(GRIM2, model="cnn")
"""The paper's two models of each task, in the book's reduced setting."""

_POSITION = replace(GRIM2, views="position")

FINALISTS = RESULTS / "finalists.json"
"""What `python -m grimlib.paper search --choose` has chosen, once it has."""


def by_seed(spec: TrialSpec, seeds: Iterable[int], **changes) -> list[TrialSpec]:
    """A trial and its repetitions, each with a seed of its own."""
    return [replace(spec, seed=seed, **changes) for seed in seeds]


def full_scale(grim: TrialSpec, supervised: str, cnn: TrialSpec) -> Rows:
    """The rows of a table of the paper, and those this book sets beside them: 250 epochs.

    Ten trials of the paper's two, three of each of the others, and ten untrained networks (whose
    first layer is the same for GRIM and for the supervised network of one seed).
    """
    rows = {
        "GRIM": by_seed(grim, range(10), epochs=250),
        supervised: by_seed(cnn, range(10), epochs=250),
        "GRIM, position views": by_seed(grim, range(3), epochs=250, views="position"),
        "GRIM, filter views": by_seed(grim, range(3), epochs=250, views="filter"),
    }
    if cnn.pool_size != 25:
        rows["CNN-25"] = by_seed(cnn, range(3), epochs=250, pool_size=25)
    return {**rows, "untrained": by_seed(grim, range(10), epochs=0)}


def _choices() -> Rows:
    """One choice changed at a time, at two seeds."""
    linear = dict(activation="linear")
    variants = {
        "both views": GRIM2,
        "position views": _POSITION,
        "filter views": replace(GRIM2, views="filter"),
        "sequence view": replace(GRIM2, views="sequence"),
        "position, linear h, p = 6": replace(_POSITION, width=6, **linear),
        "position, linear h, p = 128": replace(_POSITION, **linear),
        "position, sigmoid h, p = 6": replace(_POSITION, width=6),
        "both, linear h, p = 6": replace(GRIM2, width=6, **linear),
        "both, linear h, p = 128": replace(GRIM2, **linear),
        "both, sigmoid h, p = 6": replace(GRIM2, width=6),
        "both, ReLU h, p = 128": replace(GRIM2, activation="relu"),
        "position, He": replace(_POSITION, initializer="he_normal"),
        "position, batches of 500": replace(_POSITION, batch_size=500),
        "position, dropout before D": replace(_POSITION, drop_local=True),
        "both, He": replace(GRIM2, initializer="he_normal"),
        "both, batches of 500": replace(GRIM2, batch_size=500),
        "both, dropout before D": replace(GRIM2, drop_local=True),
        "one fixed shuffle": replace(GRIM2, negatives="fixed"),
        "mononucleotide shuffle": replace(GRIM2, negatives="mononucleotide"),
        "position, inner product": replace(_POSITION, discriminator="inner"),
        "both, inner product": replace(GRIM2, discriminator="inner"),
        "both strands": replace(GRIM2, both_strands=True),
        "10 epochs": replace(GRIM2, epochs=10),
        "CNN-4": CNN4,
        "GRIM on Task 1": GRIM1,
        "CNN-4, both strands": replace(CNN4, both_strands=True),
        "CNN-4, no batch normalisation": replace(CNN4, batch_norm=False),
        "CNN-4, 250 epochs": replace(CNN4, epochs=250),
        "CNN-4, no batch normalisation, 250 epochs": replace(CNN4, batch_norm=False, epochs=250),
        "CNN-4, batches of 500": replace(CNN4, batch_size=500),
        "CNN-4, He": replace(CNN4, initializer="he_normal"),
        "CNN-25": CNN25,
        "CNN-25, both strands": replace(CNN25, both_strands=True),
        "CNN-25, no batch normalisation": replace(CNN25, batch_norm=False),
        "CNN-25, batches of 500": replace(CNN25, batch_size=500),
        "CNN-25, He": replace(CNN25, initializer="he_normal"),
    }
    return {name: by_seed(spec, (0, 1)) for name, spec in variants.items()}


def _encoding() -> Rows:
    """What the global encoding h does: GRIM with its own, with another one, and without any.

    Five epochs at ten seeds in the three readings of the views; then with other negatives, other
    activations of h and Deep InfoMax's discriminator; then 250 epochs. GRIM without its further
    encoder F, which is GRIM with a constant h, is trained by compiled code; the rows with a
    constant h, trained by Keras, are there to compare.
    """
    rows = {}

    def add(name: str, seeds: int, **changes) -> None:
        for task, grim in {"Task 2": GRIM2, "Task 1": GRIM1}.items():
            rows[f"{task}, {name}"] = by_seed(grim, range(seeds), **changes)

    for views in ("both", "position", "filter"):
        for encoding in ("same", "other", "shuffled", "gain", "gains"):
            add(f"{views} views, h {encoding}", 10, views=views, encoding=encoding)
        add(f"{views} views, no F", 10, views=views, width=0)
        rows[f"Task 2, {views} views, h constant"] = by_seed(
            GRIM2, range(10), views=views, encoding="constant"
        )
    rows["Task 1, both views, h constant"] = by_seed(GRIM1, range(2), encoding="constant")
    for negatives in ("other", "other shuffled"):
        add(f"negatives {negatives}", 10, negatives=negatives)
    for activation in ("relu", "linear"):
        for encoding in ("same", "other"):
            name = f"{activation} h {encoding}"
            add(name, 10, activation=activation, encoding=encoding)
    for encoding in ("same", "other", "constant"):
        add(f"inner product, h {encoding}", 10, discriminator="inner", encoding=encoding)
    add("h other, 250 epochs", 3, encoding="other", epochs=250)
    add("no F, 250 epochs", 3, width=0, epochs=250)
    return rows


def _starts() -> Rows:
    """What filters start from, over their number and the epochs.

    Ten seeds of enriched words and of Glorot's weights (three at 250 epochs), three of the
    controls: GRIM after two epochs, and the words before any. Then GRIM without its further
    encoder, which trains faster, for up to 250 epochs, and the same starts in supervised networks.
    Row names are as ``"Task 2, words, d = 16, epochs 2"``, with ``"no F, "`` before ``d`` without
    the further encoder, and ``"Task 2, CNN-25, words, epochs 5"``.
    """
    rows = {}

    def add(base: TrialSpec, task: str, start: str, d: int, epochs: int, **changes) -> None:
        fewer = start not in ("words", "glorot") or (start == "glorot" and epochs == 250)
        seeds = range(3 if fewer else 10)
        name = f"{task}, {start}, {'no F, ' if changes else ''}d = {d}, epochs {epochs}"
        changes |= dict(start=start, n_filters=d, epochs=epochs)
        rows[name] = by_seed(base, seeds, **changes)

    for start in ("words", "glorot", "windows", "random words"):
        for d in (6, 8, 16, 32, 64):
            add(GRIM2, "Task 2", start, d, 2)
    for d in (6, 8, 16):
        add(GRIM2, "Task 2", "words", d, 0)
    for d in (11, 32):
        add(GRIM1, "Task 1", "words", d, 2)
    for task, grim, fewest, few, some in (
        ("Task 2", GRIM2, 6, 8, 16),
        ("Task 1", GRIM1, 11, 16, 32),
    ):
        for d, epochs in ((fewest, (1, 2)), (few, (1, 2, 20)), (some, (2, 250))):
            for number in epochs:
                add(grim, task, "words", d, number, width=0)
        for d in (some, 128):
            add(grim, task, "glorot", d, 2, width=0)
        for start in ("windows", "random words"):
            add(grim, task, start, some, 2, width=0)
    add(GRIM2, "Task 2", "glorot", 16, 250, width=0)
    for start in ("words", "glorot"):
        for task, cnn, epochs in (("Task 2", CNN25, (5, 20)), ("Task 1", CNN4, (5,))):
            for number in epochs:
                name = f"{task}, CNN-{cnn.pool_size}, {start}, epochs {number}"
                rows[name] = by_seed(cnn, range(3), start=start, epochs=number)
    longer = by_seed(GRIM2, range(2), start="words", n_filters=16, epochs=20)
    return rows | {"Task 2, words, d = 16, epochs 20": longer}


def _labels() -> Rows:
    """Is it the labels, or where the loss acts? What stands between GRIM and supervised learning.

    Single filters that are given the labels; GRIM with the supervised network's batch
    normalisation, and that network without; and Task 2 with a negative class that is not GRIM's own
    negatives. Five epochs at ten seeds, 250 at three, and ten without batch normalisation.
    """
    rows = {}

    def add(name: str, spec: TrialSpec, long: int = 3) -> None:
        rows[name] = by_seed(spec, range(10))
        rows[f"{name}, 250 epochs"] = by_seed(spec, range(long), epochs=250)

    models = {"Task 2": (GRIM2, CNN25, "CNN-25"), "Task 1": (GRIM1, CNN4, "CNN-4")}
    for task, (grim, cnn, name) in models.items():
        add(f"{task}, labels on each filter", replace(grim, model="filters"))
        add(f"{task}, GRIM, batch normalisation", replace(grim, local_norm=True))
        rows[f"{task}, {name}"] = by_seed(cnn, range(10))
        add(f"{task}, {name}, no batch normalisation", replace(cnn, batch_norm=False), long=10)
    for contrast in ("background", "weak", "others"):
        for name, spec in {"GRIM": GRIM2, "CNN-25": CNN25}.items():
            add(f"Task 2 against {contrast}, {name}", replace(spec, contrast=contrast))
    return rows


def _variance() -> Rows:
    """The headline rows on other data, so that what varies with the data is known.

    Five epochs on five data sets, at three seeds each; and 250 at three seeds, each on data of its
    own that no other full-scale trial has seen.
    """
    rows = {}
    for task, grim, supervised, cnn in (
        ("Task 2", GRIM2, "CNN-25", CNN25),
        ("Task 1", GRIM1, "CNN-4", CNN4),
    ):
        models = {
            "GRIM": grim,
            "GRIM, position views": replace(grim, views="position"),
            supervised: cnn,
        }
        for name, spec in models.items():
            rows[f"{task}, {name}"] = [
                replace(spec, seed=seed, data_seed=data) for seed in range(3) for data in range(5)
            ]
            rows[f"{task}, {name}, 250 epochs"] = [
                replace(spec, epochs=250, seed=seed, data_seed=seed + 1) for seed in range(3)
            ]
    return rows


def literal(configuration: dict, **setting: int) -> dict[tuple[str, str], TrialSpec]:
    """GRIM with position views, and the supervised network, with what the paper leaves open.

    Parameters
    ----------
    configuration : dict
        A value for each name of `grimlib.paper.search.OPEN`.
    **setting
        Seeds and epochs. Default is the reduced setting.

    Returns
    -------
    dict of tuple to TrialSpec
        By task and model, ``("task1", "GRIM")``, ``("task1", "CNN-4")`` and so on. The supervised
        network shares initialiser and batch size.
    """
    shared = {name: configuration[name] for name in ("initializer", "batch_size")}
    specs = {}
    for grim, cnn, name, labels in (
        (GRIM1, CNN4, "CNN-4", len(TASK1_MOTIFS)),
        (GRIM2, CNN25, "CNN-25", 1),
    ):
        width = labels if configuration["width"] == "labels" else configuration["width"]
        own = configuration | setting | dict(views="position", width=width)
        specs[grim.task, "GRIM"] = replace(grim, **own)
        specs[grim.task, name] = replace(cnn, **shared, **setting)
    return specs


def _finalists(path: Path) -> Rows:
    """The search's choice at full scale, on ten data sets that it did not choose by."""
    rows: Rows = {}
    for choice in read_records(path, "name", "configuration"):
        for seed in range(10):
            setting = dict(epochs=250, seed=seed, data_seed=200 + seed)
            for (task, model), spec in literal(choice["configuration"], **setting).items():
                rows.setdefault(f"{task}, {choice['name']}, {model}", []).append(spec)
    return rows


GROUPS: dict[str, Rows] = {
    "reduced": {
        "Task 1, GRIM": [GRIM1],
        "Task 1, CNN-4": [CNN4],
        "Task 2, GRIM": [GRIM2],
        "Task 2, CNN-25": [CNN25],
    },
    "task2": full_scale(GRIM2, "CNN-25", CNN25),
    "task1": full_scale(GRIM1, "CNN-4", CNN4),
    "choices": _choices(),
    "lengths": {
        # The early epochs of all ten full-scale trials, and of three supervised ones.
        "GRIM, 5 epochs": by_seed(GRIM2, range(10)),
        **{
            f"CNN-25, {epochs} epochs": by_seed(CNN25, range(3), epochs=epochs)
            for epochs in (5, 10, 20, 50)
        },
    },
    "redundancy": {
        f"{filters} filters": by_seed(GRIM2, range(3), n_filters=filters)
        for filters in (16, 32, 64, 128, 256)
    },
    "transfer": {
        task: by_seed(GRIM2, range(3), task=name)
        for task, name in {"Task 1": "task1", "Task 2": "task2"}.items()
    }
    | {"Task 1, CNN-25": by_seed(CNN4, range(3), pool_size=25)},
    "exponential": {
        f"{name}{suffix}": by_seed(cnn, range(3), first_activation=activation)
        for name, cnn in {"Task 1, CNN-4": CNN4, "Task 2, CNN-25": CNN25}.items()
        for suffix, activation in {"": "relu", ", exponential": "exponential"}.items()
    },
    "encoding": _encoding(),
    "starts": _starts(),
    "labels": _labels(),
    "variance": _variance(),
}
"""What a chapter reads, by name; also the targets of the workflow."""
if FINALISTS.exists():
    GROUPS["finalists"] = _finalists(FINALISTS)


def in_turn(rows: Rows) -> list[TrialSpec]:
    """The trials of a group: the short first, then a seed of every row, so that no row waits."""
    specs = [spec for row in rows.values() for spec in row]
    return sorted(dict.fromkeys(specs), key=lambda spec: (spec.epochs, spec.seed))


def every_trial() -> list[TrialSpec]:
    """All groups together; a trial that two of them need comes once."""
    return list(dict.fromkeys(spec for rows in GROUPS.values() for spec in in_turn(rows)))


def read_specs(path: str | Path) -> list[TrialSpec]:
    """Trials of one's own, from a JSON file with a list of the fields of each `TrialSpec`.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file, or it is not such a list; the message names the trial.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"{path} does not exist; give a JSON file with a list of trials")
    specs = []
    for number, fields in enumerate(read_records(Path(path)), start=1):
        try:
            specs.append(TrialSpec(**fields))
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path}: trial {number}: {error}") from error
    return specs
