"""One loop for the trainings with Keras: its bar of progress, and its checkpoint."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path

import keras
import numpy as np
from keras import ops
from tqdm import tqdm

from grimlib._checks import check_history
from grimlib._files import atomic_write, read_arrays
from grimlib._notebook import BarOutput, in_notebook


@dataclass
class Progress:
    """How far a training is, as its checkpoint keeps it beside the weights.

    What a training must agree in, to go on from a checkpoint, is `run`, for JSON; the losses in
    nats, one an epoch, are `history`; how long it took is `seconds`; and after how many epochs it
    was taken up again says `resumed`.
    """

    run: dict
    history: dict[str, list[float]] = field(default_factory=lambda: {"loss": [], "val_loss": []})
    seconds: float = 0.0
    resumed: list[int] = field(default_factory=list)

    @property
    def epochs(self) -> int:
        """How many whole epochs are done."""
        return len(self.history["val_loss"])

    @property
    def finite(self) -> bool:
        """Whether the last losses are numbers; else training diverged."""
        return all(np.isfinite(losses[-1:]).all() for losses in self.history.values())


def fit(
    model: keras.Model,
    epochs: int,
    progress: Progress,
    checkpoint: Path | None = None,
    label: str = "",
    callbacks: Sequence[keras.callbacks.Callback] = (),
    **data,
) -> None:
    """Train a compiled network, with a bar of progress (none with ``TQDM_DISABLE=1``).

    Parameters
    ----------
    model : keras.Model
        With its optimiser built, and at the state of `progress`, which is added to.
    epochs : int
        In all, those that are done included.
    checkpoint : Path, optional
        A file that holds the state after each epoch. Default is none.
    label : str
        Of the bar.
    callbacks, **data
        More callbacks, and what to train and validate on, as `keras.Model.fit` takes them: arrays,
        or with ``steps_per_epoch`` a generator of batches such as `training_batches`.

    Raises
    ------
    RuntimeError, OSError
        If training diverged, so that the loss is not a number; if the checkpoint is not writable.
    """
    if progress.epochs < epochs:
        with closing(_Watch(progress, checkpoint, label)) as watch:
            how = dict(
                **data,
                epochs=epochs,
                initial_epoch=progress.epochs,
                validation_batch_size=500,
                callbacks=[*callbacks, watch],
            )
            if "steps_per_epoch" in data:
                _fit_batches(model, **how)
            else:
                model.fit(**how, verbose=0)
    if not progress.finite:
        raise RuntimeError(
            f"training diverged ({label}): its loss is {progress.history['val_loss'][-1]}; try "
            "another seed"
        )


def _fit_batches(
    model: keras.Model,
    x: Iterator[tuple[dict]],
    steps_per_epoch: int,
    validation_data: tuple[dict],
    epochs: int,
    initial_epoch: int,
    validation_batch_size: int,
    callbacks: list[keras.callbacks.Callback],
) -> None:
    """What `keras.Model.fit` does with a generator, to the bit.

    Keras hands the batches to a pipeline of TensorFlow's, whose end waits, by a race in its
    threads, for as long as training took and up to a minute.
    """
    watchers = keras.callbacks.CallbackList(
        callbacks, model=model, epochs=epochs, steps=steps_per_epoch
    )
    (validation,) = validation_data
    held_out = [
        {name: tokens[start : start + validation_batch_size] for name, tokens in validation.items()}
        for start in range(0, len(validation["sequence"]), validation_batch_size)
    ]
    model.stop_training = False
    watchers.on_train_begin()
    for epoch in range(initial_epoch, epochs):
        watchers.on_epoch_begin(epoch)
        losses, judged = _Mean(), _Mean()
        for step in range(steps_per_epoch):
            watchers.on_train_batch_begin(step)
            (batch,) = next(x)
            losses.add(model.train_on_batch(batch), batch)
            watchers.on_train_batch_end(step, {"loss": losses.value})
        for batch in held_out:
            judged.add(model.test_on_batch(batch), batch)
        watchers.on_epoch_end(epoch, {"loss": losses.value, "val_loss": judged.value})
        if model.stop_training:
            break
    watchers.on_train_end()


class _Mean:
    """Mean loss of a sequence, summed as Keras does."""

    def __init__(self):
        self.total, self.size = np.float32(0), 0

    def add(self, loss: float, batch: dict) -> None:
        size = len(batch["sequence"])
        self.total += np.float32(loss) * np.float32(size)
        self.size += size

    @property
    def value(self) -> float:
        return float(self.total / np.float32(self.size))


class _Watch(keras.callbacks.Callback):
    """Draws the bar, keeps losses, time and checkpoint, and ends a training that diverges."""

    def __init__(self, progress: Progress, checkpoint: Path | None, label: str):
        super().__init__()
        self.progress, self.checkpoint = progress, checkpoint
        self.label, self.bar, self.started = label, None, time.perf_counter()

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        if self.bar is None:
            steps = self.params["steps"]
            self.bar = tqdm(
                total=self.params["epochs"] * steps,
                initial=epoch * steps,
                desc=self.label,
                file=BarOutput() if in_notebook() else None,
            )

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.bar.update()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        history = self.progress.history
        for name, losses in history.items():
            losses.append(float(logs[name]))
        now = time.perf_counter()
        self.progress.seconds += now - self.started
        self.started = now
        self.bar.set_postfix({name: f"{losses[-1]:.4f}" for name, losses in history.items()})
        self.model.stop_training = not self.progress.finite
        if self.checkpoint and self.progress.finite:
            save_checkpoint(self.checkpoint, self.model, self.progress)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()


def variables(model: keras.Model) -> list[keras.Variable]:
    """All that a training's next step depends on: weights, dropout's seeds, Adam's moments."""
    return [*model.variables, *model.optimizer.variables]


def save_checkpoint(path: Path, model: keras.Model, progress: Progress) -> None:
    """Write the state of a training, whole or not at all, or say by an OSError why not."""
    arrays = {f"v{i}": ops.convert_to_numpy(v) for i, v in enumerate(variables(model))}
    try:
        with atomic_write(path, "wb") as file:
            np.savez(file, about=np.array(json.dumps(asdict(progress))), **arrays)
    except OSError as error:
        raise OSError(
            f"the checkpoint {path} could not be written ({error}). Make space and run again: "
            "training goes on from the epoch before"
        ) from error


def load_checkpoint(path: Path, run: dict) -> tuple[list[np.ndarray], Progress]:
    """The values of a training's `variables`, and how far it was.

    A file that is damaged, or of a training that does not agree in all entries of `run`, is refused
    by a ValueError.
    """
    try:
        arrays = read_arrays(path)
        progress = Progress(**json.loads(str(arrays.pop("about"))))
        values = [arrays[f"v{i}"] for i in range(len(arrays))]
        check_history(progress.history)
        if not isinstance(progress.run, dict) or not isinstance(progress.resumed, list):
            raise ValueError("it does not say of what training it is")
        progress.seconds = float(progress.seconds)
    except Exception as error:  # which one a damaged file raises depends on where the damage is
        raise ValueError(
            f"{path} is damaged or not a checkpoint ({type(error).__name__}: {error}); delete it "
            "to train anew"
        ) from error
    for name, value in run.items():
        found = progress.run.get(name)
        if found != value:
            raise ValueError(
                f"{path} belongs to another training: its {name} is {found!r}, not {value!r}; "
                "delete it, or write to another folder"
            )
    progress.resumed.append(progress.epochs)
    return values, progress


def restore(
    model: keras.Model, values: list[np.ndarray], path: str | Path = "the checkpoint"
) -> None:
    """Set a network of the same shape, compiled and with its optimiser built, to a saved state.

    A ValueError that names `path`, and nothing is set, if the arrays are those of another network.
    """
    own = [(tuple(variable.shape), str(variable.dtype)) for variable in variables(model)]
    if own != [(value.shape, str(value.dtype)) for value in values]:
        raise ValueError(
            f"{path} does not hold the arrays of this network; delete it to train anew"
        )
    for variable, value in zip(variables(model), values, strict=True):
        variable.assign(value)
