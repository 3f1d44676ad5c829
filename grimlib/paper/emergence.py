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

import numpy as np

from grimlib._files import atomic_write
from grimlib._places import DATA, RESULTS
from grimlib.paper.groups import GRIM2
from grimlib.paper.trials import TrialSpec

TARGET = RESULTS / "emergence.npz"
SPEC = replace(GRIM2, epochs=8)
# One update is one batch of 100 sequences; 175 of them are an epoch of 17,500.
UPDATES = (0, 5, 10, 20, 40, 80, 175, 350, 525, 875, 1400)


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
    import keras  # which only the making needs, as the next two

    from grimlib.models import first_layer
    from grimlib.paper.training import run

    layers = []  # after 0, 1, 2 and so on updates, those asked for

    def keep(*_: int, logs: dict | None = None) -> None:
        wanted = len(layers) in updates
        layers.append(first_layer(snapshots.model) if wanted else None)

    snapshots = keras.callbacks.LambdaCallback(on_train_begin=keep, on_train_batch_end=keep)
    trial = run(spec, callbacks=[snapshots])
    if len(layers) <= max(updates):
        raise ValueError(
            f"updates asks for {max(updates)}, and {spec.epochs} epochs have {len(layers) - 1}; "
            "raise spec.epochs"
        )
    kernels, biases = zip(*(layers[update] for update in updates), strict=True)
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
