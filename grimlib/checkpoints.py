"""The state of a training in one file, so that a killed training goes on to the same result."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
from keras import ops

from grimlib.files import atomic_write


def variables(model: keras.Model) -> list[keras.Variable]:
    """All that a training's next step depends on: weights, dropout's seeds, Adam's moments.

    The model is compiled and its optimiser built.
    """
    return [*model.variables, *model.optimizer.variables]


def save_checkpoint(path: Path, model: keras.Model, about: dict) -> None:
    """Write the state of a training, and what to know of it, whole or not at all.

    Parameters
    ----------
    path : Path
    model : keras.Model
        In training.
    about : dict
        For JSON; under ``"run"``, a dict of what a training must agree in to go on from here.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    arrays = {f"v{i}": ops.convert_to_numpy(v) for i, v in enumerate(variables(model))}
    try:
        with atomic_write(path, "wb") as file:
            np.savez(file, about=np.array(json.dumps(about)), **arrays)
    except OSError as error:
        raise OSError(
            f"the checkpoint {path} could not be written ({error}). Make space and run again: "
            "training goes on from the epoch before"
        ) from error


def load_checkpoint(path: Path, run: dict) -> tuple[list[np.ndarray], dict]:
    """The values of a training's `variables`, and what was said of it.

    Parameters
    ----------
    path : Path
    run : dict
        What the training must agree in, as it was given to `save_checkpoint`.

    Raises
    ------
    ValueError
        If the file is damaged, or belongs to another training.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            about = json.loads(str(arrays["about"]))
            values = [arrays[f"v{i}"] for i in range(len(arrays) - 1)]
        found = about["run"]
    except Exception as error:  # which one a damaged file raises depends on where the damage is
        raise ValueError(
            f"{path} is damaged or not a checkpoint ({type(error).__name__}: {error}); delete it "
            "to train anew"
        ) from error
    for name, value in run.items():
        if found.get(name) != value:
            raise ValueError(
                f"{path} belongs to another training: its {name} is {found.get(name)!r}, not "
                f"{value!r}; delete it, or write to another folder"
            )
    return values, about


def restore(model: keras.Model, values: list[np.ndarray]) -> None:
    """Set a network of the same shape, compiled and with its optimiser built, to a saved state."""
    for variable, value in zip(variables(model), values, strict=True):
        variable.assign(value)
