"""Every trial of the book, in groups, and the command that trains one, a group, or all of them.

    python workflow/trials.py list              # every trial, with what is still missing
    python workflow/trials.py run               # trains all that are missing, one after another
    python workflow/trials.py run task2         # only a group, such as task1
    python workflow/trials.py run task2_cnn     # only those whose file name starts so

A finished trial is written to data/trials at once and never trained again, and one of GRIM that was
stopped goes on from its last whole epoch, so the command can be stopped and started again at any
time. workflow/Snakefile runs the same trials side by side, on one machine or on a cluster.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from grimlib.results import full_scale
from grimlib.trials import STORED, TrialSpec, run_and_save

TASK1 = dict(task="task1", n_filters=128, data_seed=0)
TASK2 = dict(task="task2", n_filters=64, data_seed=0)


def task1() -> list[TrialSpec]:
    """The trials of Table 1."""
    return _in_turn(full_scale("task1"))


def task2() -> list[TrialSpec]:
    """The trials of Table 2."""
    return _in_turn(full_scale("task2"))


def _in_turn(groups: dict[str, list[TrialSpec]]) -> list[TrialSpec]:
    """First the untrained, then a seed of every group, so that no row waits for another."""
    specs = [spec for group in groups.values() for spec in group]
    return sorted(specs, key=lambda spec: (spec.epochs, spec.seed))


def reduced() -> list[TrialSpec]:
    """The book's reduced setting, so that its tables show the same figures wherever it is built."""
    short = dict(epochs=5, seed=0)
    return [
        TrialSpec(**TASK1, model="grim", pool_size=4, **short),
        TrialSpec(**TASK1, model="cnn", pool_size=4, **short),
        TrialSpec(**TASK2, model="grim", pool_size=25, **short),
        TrialSpec(**TASK2, model="cnn", pool_size=25, **short),
    ]


def choices() -> list[TrialSpec]:
    """The trials of the chapter on what the paper leaves open: five epochs each but for a few."""
    specs = []
    for seed in (0, 1):
        grim = TrialSpec(**TASK2, model="grim", pool_size=25, epochs=5, seed=seed)
        position = replace(grim, views="position")
        cnn = TrialSpec(**TASK1, model="cnn", pool_size=4, epochs=5, seed=seed)
        specs += [
            grim,
            position,
            replace(position, activation="linear", width=6),
            replace(position, width=6),
            replace(grim, views="filter"),
            replace(grim, views="sequence"),
            replace(position, activation="linear"),
            replace(grim, activation="linear", width=6),
            replace(grim, width=6),
            replace(grim, activation="linear"),
            replace(position, initializer="he_normal"),
            replace(position, batch_size=500),
            replace(position, drop_local=True),
            replace(grim, initializer="he_normal"),
            replace(grim, batch_size=500),
            replace(grim, drop_local=True),
            replace(grim, negatives="fixed"),
            replace(grim, negatives="mononucleotide"),
            cnn,
            replace(cnn, model="grim"),
            replace(cnn, both_strands=True),
            replace(grim, both_strands=True),
            replace(position, discriminator="inner"),
            replace(grim, discriminator="inner"),
            replace(cnn, batch_norm=False),
            replace(cnn, batch_norm=False, epochs=250),
            replace(cnn, epochs=250),
            replace(grim, activation="relu"),
            replace(cnn, batch_size=500),
            replace(cnn, initializer="he_normal"),
        ]
        specs.append(replace(grim, epochs=10))
        cnn25 = TrialSpec(**TASK2, model="cnn", pool_size=25, epochs=5, seed=seed)
        specs += [
            replace(cnn25, both_strands=True),
            replace(cnn25, batch_norm=False),
            replace(cnn25, batch_size=500),
            replace(cnn25, initializer="he_normal"),
        ]
    # The early epochs of all ten full-scale trials, and of three supervised ones.
    specs += [replace(grim, seed=seed) for seed in range(2, 10)]
    return specs + [
        replace(cnn25, seed=seed, epochs=epochs) for seed in (0, 1, 2) for epochs in (5, 10, 20, 50)
    ]


def redundancy() -> list[TrialSpec]:
    """GRIM with few and with many filters: 5 epochs, three seeds each; and one of Task 1."""
    task1 = TrialSpec(**TASK1, model="grim", pool_size=4, epochs=5, seed=0)
    task2 = TrialSpec(**TASK2, model="grim", pool_size=25, epochs=5, seed=0)
    counts = (16, 32, 64, 128, 256)
    return [task1, *(replace(task2, n_filters=d, seed=k) for k in (0, 1, 2) for d in counts)]


def transfer() -> list[TrialSpec]:
    """The GRIMs whose filters and encodings workflow/transfer.py takes."""
    grim = dict(model="grim", pool_size=25, n_filters=64, epochs=5, data_seed=0)
    tasks = ("task2", "task1")
    return [TrialSpec(task=task, seed=k, **grim) for k in (0, 1, 2) for task in tasks]


def claims() -> list[TrialSpec]:
    """CNN-25 on Task 1, of which the paper says that it learns every motif: 5 epochs."""
    cnn = TrialSpec(**TASK1, model="cnn", pool_size=25, epochs=5, seed=0)
    return [replace(cnn, seed=seed) for seed in (0, 1, 2)]


def exponential() -> list[TrialSpec]:
    """The supervised network with either first activation: 5 epochs, three seeds each."""
    task1 = TrialSpec(**TASK1, model="cnn", pool_size=4, epochs=5, seed=0)
    task2 = TrialSpec(**TASK2, model="cnn", pool_size=25, epochs=5, seed=0)
    return [
        replace(cnn, first_activation=activation, seed=seed)
        for seed in (0, 1, 2)
        for cnn in (task2, task1)
        for activation in ("relu", "exponential")
    ]


def encoding() -> list[TrialSpec]:
    """What the global encoding h does: GRIM with its own, with another one, and without any.

    Every control has five epochs at ten seeds, in the three readings of the views; then for 250
    epochs at three seeds; then with Deep InfoMax's discriminator, with other activations of h, and
    with other negatives.
    """
    bases = {
        name: TrialSpec(**task, model="grim", pool_size=pool, epochs=5, seed=0)
        for name, task, pool in (("task2", TASK2, 25), ("task1", TASK1, 4))
    }
    seeds = range(10)

    def each(changes: list[dict], seeds: range = seeds) -> list[TrialSpec]:
        return [
            replace(base, seed=seed, **change)
            for base in bases.values()
            for seed in seeds
            for change in changes
        ]

    readings = ("both", "position", "filter")
    specs = []
    for controls in (("same", "other", "constant"), ("shuffled", "gain", "gains")):
        specs += each([dict(views=v, encoding=e) for v in readings for e in controls])
    specs += each([dict(negatives=n) for n in ("other", "other shuffled")])
    specs += each(
        [dict(activation=a, encoding=e) for a in ("relu", "linear") for e in ("same", "other")]
    )
    specs += each([dict(discriminator="inner", encoding=e) for e in ("same", "other", "constant")])
    specs += each([dict(epochs=250, encoding=e) for e in ("other", "constant")], range(3))
    return specs


GROUPS: dict[str, Callable[[], list[TrialSpec]]] = {
    "reduced": reduced,
    "task2": task2,
    "task1": task1,
    "choices": choices,
    "redundancy": redundancy,
    "transfer": transfer,
    "exponential": exponential,
    "claims": claims,
    "encoding": encoding,
}
"""What a chapter needs, by name: also the targets of workflow/Snakefile."""


def every_trial() -> list[TrialSpec]:
    """All groups together; a trial that two of them need comes once."""
    specs = [spec for group in GROUPS.values() for spec in group()]
    return list(dict.fromkeys(specs))


def read_specs(path: str | Path) -> list[TrialSpec]:
    """Trials of one's own, from a JSON file with a list of the fields of each `TrialSpec`."""
    return [TrialSpec(**fields) for fields in json.loads(Path(path).read_text())]


def main() -> None:
    """List or train the trials, as the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("action", choices=["list", "run"])
    parser.add_argument("which", nargs="?", default="", help="a group, or the start of file names")
    parser.add_argument("--backwards", action="store_true", help="from the last to the first")
    parser.add_argument("--folder", type=Path, default=STORED, help="where artifacts are kept")
    parser.add_argument("--specs", type=Path, help="trials of your own: a JSON file")
    arguments = parser.parse_args()
    if arguments.specs:
        specs = read_specs(arguments.specs)
    elif arguments.which in GROUPS:
        specs = GROUPS[arguments.which]()
    else:
        specs = every_trial()
    if arguments.which not in GROUPS:
        specs = [spec for spec in specs if spec.filename.startswith(arguments.which)]
    if not specs:
        parser.error(f"{arguments.which!r} is no group and starts no trial's file name; see 'list'")
    for spec in reversed(specs) if arguments.backwards else specs:
        path = arguments.folder / spec.filename
        if arguments.action == "list":
            print("stored " if path.exists() else "missing", spec.filename)
        elif not path.exists():
            run_and_save(spec, path)


if __name__ == "__main__":
    main()
