"""Watch first-layer filters come about: one short training of GRIM, kept step by step.

    python -m grimlib.paper emergence     # writes data/emergence.npz, in about a minute

The training is that of the book's reduced setting, Task 2 at seed 0, gone on for some epochs. Its
first-layer weights are kept after a few of its updates: most of what happens, happens in the first
epoch.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import keras
import numpy as np

from grimlib._files import atomic_write
from grimlib._places import DATA, RESULTS
from grimlib.models import first_layer
from grimlib.paper.groups import GRIM2
from grimlib.paper.trials import TrialSpec, run

TARGET = RESULTS / "emergence.npz"
SPEC = replace(GRIM2, epochs=8)
# One update is one batch of 100 sequences; 175 of them are an epoch of 17,500.
UPDATES = (0, 5, 10, 20, 40, 80, 175, 350, 525, 875, 1400)


class Snapshots(keras.callbacks.Callback):
    """Keeps the first layer as it is after the given numbers of updates."""

    def __init__(self, updates: tuple[int, ...]):
        super().__init__()
        self.wanted = updates
        self.layers: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self.done = 0

    def on_train_begin(self, logs: dict | None = None) -> None:
        self._keep()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.done += 1
        self._keep()

    def _keep(self) -> None:
        if self.done in self.wanted:
            self.layers[self.done] = first_layer(self.model)


def emergence(spec: TrialSpec, updates: tuple[int, ...], path: Path) -> None:
    """Train a trial, and write its first layers to one file.

    Parameters
    ----------
    spec : TrialSpec
    updates : tuple of int
        After how many updates; 0 is the untrained network.
    path : Path
        A ``.npz`` file with the arrays ``updates`` (S,), ``kernels`` (S, 19, 4, d) and ``biases``
        (S, d), and ``about``: specification and provenance as JSON.

    Raises
    ------
    ValueError
        If the training has fewer updates than asked for.
    """
    snapshots = Snapshots(updates)
    trial = run(spec, callbacks=[snapshots])
    if snapshots.done < max(updates):
        raise ValueError(
            f"updates asks for {max(updates)}, and {spec.epochs} epochs have {snapshots.done}; "
            "raise spec.epochs"
        )
    kernels, biases = zip(*(snapshots.layers[update] for update in updates), strict=True)
    about = {"spec": asdict(spec), "provenance": trial.provenance}
    with atomic_write(path, "wb") as file:
        np.savez_compressed(
            file,
            updates=np.array(updates),
            kernels=np.stack(kernels),
            biases=np.stack(biases),
            about=np.array(json.dumps(about)),
        )


def stored_emergence() -> tuple[dict[int, tuple[np.ndarray, np.ndarray]], dict]:
    """The book's training: kernel and bias by number of updates, and what it was (``about``)."""
    with np.load(DATA / TARGET.name) as stored:
        layers = zip(stored["kernels"], stored["biases"], strict=True)
        by_update = dict(zip(stored["updates"].tolist(), layers, strict=True))
        return by_update, json.loads(str(stored["about"]))
