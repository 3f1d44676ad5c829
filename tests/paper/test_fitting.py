"""The loop of trainings with Keras, and its checkpoints."""

import errno
import io
import os
import time
from itertools import islice

import keras
import numpy as np
import pytest

from grimlib.models import GRIM
from grimlib.paper import fitting
from grimlib.paper.fitting import (
    Progress,
    fit,
    load_checkpoint,
    restore,
    save_checkpoint,
    variables,
)
from grimlib.sequences import dinucleotide_shuffle
from grimlib.training import training_batches

pytestmark = [pytest.mark.backend, pytest.mark.xdist_group("training")]

RUN = {"seed": 3, "width": 4}
TOKENS = np.random.default_rng(0).integers(0, 4, (20, 50), dtype=np.int8)

# ----------------------------------------------------------------------------------------- the loop


class Stop(keras.callbacks.Callback):
    """Ctrl-C after some epochs, in the middle of the next one."""

    def __init__(self, epochs):
        super().__init__()
        self.left = epochs

    def on_epoch_end(self, epoch, logs=None):
        self.left -= 1

    def on_train_batch_end(self, batch, logs=None):
        if batch == 1 and not self.left:
            raise KeyboardInterrupt


@pytest.fixture
def bars(monkeypatch):
    """Every bar drawn."""
    drawn = []

    class Bar(fitting.tqdm):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            drawn.append(self)

    monkeypatch.setattr(fitting, "tqdm", Bar)
    return drawn


def line(rate=0.01):
    """A network of one weight, and what it is trained on: four batches an epoch."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.compile(keras.optimizers.SGD(rate), "mse")
    x = np.linspace(1, 2, 40).astype("f4")[:, None]
    return model, dict(x=x, y=3 * x, batch_size=10, validation_data=(x, 3 * x), shuffle=False)


def test_epochs_done_are_counted_and_what_is_complete_is_not_trained_again(monkeypatch):
    model, data = line()
    progress = Progress(RUN)
    fit(model, 2, progress, **data)
    assert progress.epochs == 2 and (before := progress.seconds) > 0
    fit(model, 5, progress, **data)
    assert progress.seconds > before
    assert len(progress.history["loss"]) == len(progress.history["val_loss"]) == 5
    assert progress.history["val_loss"] == sorted(progress.history["val_loss"], reverse=True)
    assert all(type(loss) is float for losses in progress.history.values() for loss in losses)
    straight, data = line()
    at_once = Progress(RUN)
    fit(straight, 5, at_once, **data)
    assert at_once.history == progress.history
    monkeypatch.setattr(keras.Sequential, "fit", None)
    for epochs in (5, 3):
        fit(model, epochs, progress, **data)
    fit(model, 0, fresh := Progress(RUN), **data)
    assert (progress.epochs, fresh.epochs) == (5, 0)


def test_the_bar_shows_batches_and_losses(bars, capsys):
    model, data = line()
    progress = Progress(RUN)
    fit(model, 2, progress, label="a line", **data)
    fit(model, 3, progress, label="a line", **data)
    shown = capsys.readouterr().err
    assert "a line" in shown and "8/8" in shown and "12/12" in shown
    assert f"loss={progress.history['loss'][-1]:.4f}" in shown
    assert f"val_loss={progress.history['val_loss'][-1]:.4f}" in shown
    assert [(bar.initial, bar.n, bar.total) for bar in bars] == [(0, 8, 8), (8, 12, 12)]
    assert all(bar.disable for bar in bars), "closed"


def test_an_interrupt_is_passed_on_and_leaves_whole_epochs(bars, tmp_path):
    model, data = line()
    progress = Progress(RUN)
    with pytest.raises(KeyboardInterrupt):
        fit(model, 5, progress, tmp_path / "c", callbacks=[Stop(2)], **data)
    assert len(progress.history["loss"]) == progress.epochs == 2
    assert bars[0].disable and bars[0].n == 9  # in the third epoch, after its first batch
    values, kept = load_checkpoint(tmp_path / "c", RUN)
    assert kept.history == progress.history and kept.resumed == [2]
    weight = keras.ops.convert_to_numpy(model.weights[0])
    assert (values[0] != weight).any(), "the state after the second epoch, not that of now"


@pytest.mark.parametrize("where", ["loss", "val_loss"])
@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number(where, loss):
    progress = Progress(RUN, {"loss": [2.0, 1.0], "val_loss": [2.0, 1.0]})
    assert progress.finite and Progress(RUN).finite
    progress.history[where][-1] = loss
    assert not progress.finite


def test_a_training_that_diverges_ends_at_once_and_is_an_error(bars, tmp_path):
    model, data = line(rate=0.01)
    progress = Progress(RUN)
    fit(model, 1, progress, tmp_path / "c", **data)
    model.optimizer.learning_rate = 1e30
    with pytest.raises(RuntimeError, match=r"diverged \(a line\).* (nan|inf).*seed"):
        fit(model, 9, progress, tmp_path / "c", "a line", **data)
    assert progress.epochs == 2 and bars[1].disable
    # The checkpoint is that of the last epoch that was sound.
    assert load_checkpoint(tmp_path / "c", RUN)[1].epochs == 1


# -------------------------------------------------------------------------------------- checkpoints

VALIDATION = {
    "sequence": TOKENS[:5],
    "shuffled": dinucleotide_shuffle(TOKENS[:5], np.random.default_rng(1)),
}


def grim(seed=3, filters=2):
    keras.utils.set_random_seed(seed)
    model = GRIM(25, filters, length=50, width=4)
    model.compile("adam")
    model.optimizer.build(model.trainable_variables)
    return model


def train(model, epochs, progress, checkpoint=None, *callbacks):
    batches = training_batches(TOKENS, 6, 3, first_epoch=progress.epochs)
    fit(
        model,
        epochs,
        progress,
        checkpoint,
        callbacks=callbacks,
        x=batches,
        steps_per_epoch=4,
        validation_data=(VALIDATION,),
    )


def state(model):
    return [keras.ops.convert_to_numpy(variable) for variable in variables(model)]


def test_batches_are_trained_on_as_keras_does():
    """As `keras.Model.fit` does with the arrays of an epoch; with a generator, it waits long."""
    model, progress = grim(), Progress(RUN)
    train(model, 2, progress)
    other, losses = grim(), {"loss": [], "val_loss": []}
    batches = training_batches(TOKENS, 6, 3)
    for _ in range(2):
        epoch = [batch for (batch,) in islice(batches, 4)]
        found = other.fit(
            {name: np.concatenate([batch[name] for batch in epoch]) for name in epoch[0]},
            batch_size=6,
            shuffle=False,
            validation_data=(VALIDATION,),
            validation_batch_size=2,
            verbose=0,
        ).history
        for name, values in losses.items():
            values += found[name]
    for name, values in losses.items():
        np.testing.assert_allclose(progress.history[name], values, rtol=1e-5)
    for one, two in zip(state(model), state(other), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A training of four epochs that nothing interrupts, its checkpoint, and how far it is."""
    checkpoint = tmp_path_factory.mktemp("whole") / "c.npz"
    model, progress = grim(), Progress(RUN)
    train(model, 4, progress, checkpoint)
    return model, progress, checkpoint


def test_a_stopped_training_goes_on_to_the_same_state(whole, tmp_path):
    """Bit by bit: weights, moments and the seeds of dropout; and its time adds up."""
    model, progress, _ = whole
    path = tmp_path / "c"
    pause = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: time.sleep(0.3))
    part = Progress(RUN)
    with pytest.raises(KeyboardInterrupt):
        train(grim(), 4, part, path, pause, Stop(1))
    for stop, epochs in ((Stop(2), 3), (Stop(0), 4)):
        later = grim(seed=99)  # whatever was drawn before
        values, part = load_checkpoint(path, RUN)
        restore(later, values)
        if epochs == 3:
            with pytest.raises(KeyboardInterrupt):
                train(later, 4, part, path, pause, stop)
        else:
            train(later, 4, part, path, pause)
    assert part.history == progress.history
    assert part.resumed == [1, 3] and progress.resumed == []
    assert part.seconds >= 4 * 0.3
    for one, other in zip(state(later), state(model), strict=True):
        np.testing.assert_array_equal(one, other)


def test_save_and_load(whole, tmp_path):
    model = whole[0]
    progress = Progress({**RUN, "widths": [4]}, {"loss": [1.5], "val_loss": [0.1]}, 2.5, [0])
    save_checkpoint(tmp_path / "c", model, progress)
    values, again = load_checkpoint(tmp_path / "c", RUN)  # further entries are the caller's
    assert again == Progress(progress.run, progress.history, 2.5, [0, 1])
    other = grim(seed=5)
    restore(other, values)
    for one, another in zip(state(other), state(model), strict=True):
        np.testing.assert_array_equal(one, another)
    with pytest.raises(ValueError):
        restore(grim(filters=3), values)


@pytest.mark.parametrize("run", [{**RUN, "seed": 4}, {**RUN, "new": 1}])
def test_the_checkpoint_of_another_training_is_refused(whole, run):
    path = whole[2]
    before = path.read_bytes()
    name, value = next(item for item in run.items() if item not in RUN.items())
    with pytest.raises(
        ValueError, match=f"{name} is {RUN.get(name)}, not {value}.*delete"
    ) as error:
        load_checkpoint(path, run)
    assert str(path) in str(error.value)
    assert path.read_bytes() == before


def damaged(good: bytes) -> dict[str, bytes]:
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 0xFF
    other = io.BytesIO()
    np.savez(other, about=np.array("[1, 2]"))
    return {
        "empty": b"",
        "text": b"not a checkpoint",
        "half": good[: len(good) // 2],
        "flipped": bytes(flipped),
        "other contents": other.getvalue(),
    }


@pytest.mark.parametrize("how", damaged(b"x" * 10))
def test_a_damaged_checkpoint_is_refused(whole, tmp_path, how):
    path = tmp_path / "c.npz"
    path.write_bytes(damaged(whole[2].read_bytes())[how])
    before = path.read_bytes()
    with pytest.raises(ValueError, match="c.npz is damaged .*delete it"):
        load_checkpoint(path, RUN)
    assert path.read_bytes() == before


def test_a_full_disk_ends_training_and_keeps_the_last_checkpoint(tmp_path, monkeypatch, bars):
    path = tmp_path / "c.npz"
    savez = np.savez

    def full(file, about, **arrays):
        if path.exists():
            file.write(b"half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        savez(file, about=about, **arrays)

    monkeypatch.setattr(fitting.np, "savez", full)
    model, data = line()
    with pytest.raises(OSError, match="c.npz could not be written .*No space.*run again"):
        fit(model, 3, Progress(RUN), path, **data)
    assert bars[0].disable
    assert [file.name for file in tmp_path.iterdir()] == ["c.npz"]
    assert load_checkpoint(path, RUN)[1].epochs == 1
