"""Seconds an epoch of the paper's models on a GPU, of one trial and of several side by side.

    KERAS_BACKEND=jax python benchmarks/gpu.py           # into data/gpu.json, about ten minutes
    KERAS_BACKEND=jax python benchmarks/gpu.py --whole   # and two trials of 250 epochs
    python benchmarks/gpu.py --tiny --output /tmp/g.json # a trial of the script, on any machine

Trials side by side are processes that share the GPU. Each trains for one epoch and for a few, and
the difference, in which the compilation falls away, is divided by the epochs. Each item is written
down as soon as it is measured, and not measured again.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

# Processes share the memory of the GPU; by default, JAX's first takes most of it.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

from grimlib._files import atomic_write
from grimlib._places import DATA
from grimlib._provenance import provenance
from grimlib.paper.groups import CNN4, CNN25, GRIM1, GRIM2
from grimlib.paper.trials import TrialSpec

MODELS = {"GRIM, Task 1": GRIM1, "CNN-4": CNN4, "GRIM, Task 2": GRIM2, "CNN-25": CNN25}
SIDE_BY_SIDE = (1, 4, 8)
MORE = 4  # epochs


def train(spec: TrialSpec) -> dict:
    """Seconds of a training, and its filters' TPR and FPR."""
    from grimlib.paper import simulate
    from grimlib.paper.training import run

    trial = run(spec)
    report = trial.report(simulate(spec)) if spec.epochs > MORE else None
    rates = {} if report is None else {"TPR": report.tpr, "FPR": report.fpr}
    return {"seconds": trial.provenance["seconds"], **rates}


def train_side_by_side(specs: list[TrialSpec]) -> list[dict]:
    """What `train` gives for each trial, all at once, in processes of their own."""
    started = [
        subprocess.Popen(
            [sys.executable, __file__, "--trial", json.dumps(vars(spec))],
            stdout=subprocess.PIPE,
            text=True,
        )
        for spec in specs
    ]
    said = [process.communicate()[0] for process in started]
    if any(process.returncode for process in started):
        raise SystemExit("a training failed; what it said is above")
    return [json.loads(text.splitlines()[-1]) for text in said]


def seconds_an_epoch(spec: TrialSpec, number: int) -> float:
    """Mean over so many trials side by side."""
    total = {}
    for epochs in (1, 1 + MORE):
        trials = [replace(spec, seed=seed, epochs=epochs) for seed in range(number)]
        total[epochs] = sum(done["seconds"] for done in train_side_by_side(trials))
    return (total[1 + MORE] - total[1]) / MORE / number


def main() -> None:
    """Measure what is missing."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--whole", action="store_true", help="GRIM on both tasks, 250 epochs")
    parser.add_argument("--tiny", action="store_true", help="tiny sizes, to try the script")
    parser.add_argument("--output", type=Path, default=DATA / "gpu.json")
    parser.add_argument("--trial", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.trial:
        print(json.dumps(train(TrialSpec(**json.loads(arguments.trial)))))
        return

    sizes = dict(n_sequences=400, n_filters=4) if arguments.tiny else {}
    output = arguments.output
    document = json.loads(output.read_text()) if output.exists() else {"about": {}, "results": {}}
    document["about"] = provenance() | {"device": device(), "tiny": arguments.tiny}
    results = document["results"]

    def keep(name: str, figures: dict) -> None:
        results[name] = figures
        print(name, figures, flush=True)
        with atomic_write(output) as file:
            json.dump(document, file, indent=1)
            file.write("\n")

    for name, spec in MODELS.items():
        for number in SIDE_BY_SIDE:
            if (item := f"{name}, {number} side by side") not in results:
                seconds = seconds_an_epoch(replace(spec, **sizes), number)
                keep(item, {"seconds an epoch": seconds})
    if arguments.whole and "GRIM, Task 1, whole" not in results:
        epochs = MORE + 1 if arguments.tiny else 250
        grims = [replace(spec, epochs=epochs, **sizes) for spec in (GRIM1, GRIM2)]
        for task, done in zip(("Task 1", "Task 2"), train_side_by_side(grims), strict=True):
            keep(f"GRIM, {task}, whole", done)


def device() -> str:
    """What Keras trains on."""
    import keras

    return ", ".join(keras.distribution.list_devices())


if __name__ == "__main__":
    main()
