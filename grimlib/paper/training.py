"""How trials are trained: from a specification to its artifact."""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from grimlib._places import cache_folder
from grimlib._provenance import provenance
from grimlib.compiled import CompiledGRIM
from grimlib.models import GRIM, cnn, first_layer, start_filters
from grimlib.paper.draws import NEGATIVES, STARTS, training_negatives
from grimlib.paper.fitting import Progress, fit, load_checkpoint, restore
from grimlib.paper.groups import by_seed
from grimlib.paper.tasks import TASK1_MOTIFS
from grimlib.paper.trials import (
    LENGTH,
    STORED,
    Trial,
    TrialSpec,
    load_trial,
    mean_auroc,
    save_trial,
    simulate,
    stored_trial,
)
from grimlib.paper.variants import Variant, filter_classifier, filter_loss
from grimlib.training import training_batches


def build_model(spec: TrialSpec) -> keras.Model:
    """The untrained network of a trial: GRIM or a variant of it, or a supervised network."""
    outputs = {"task1": len(TASK1_MOTIFS), "task2": 1}[spec.task]
    if spec.model == "filters":
        return filter_classifier(spec.n_filters, outputs, LENGTH, spec.initializer)
    if spec.model == "cnn":
        return cnn(
            spec.pool_size,
            spec.n_filters,
            outputs=outputs,
            length=LENGTH,
            initializer=spec.initializer,
            batch_norm=spec.batch_norm,
            first_activation=spec.first_activation,
        )
    grim = dict(
        pool_size=spec.pool_size,
        filters=spec.n_filters,
        length=LENGTH,
        views=spec.views,
        width=spec.width,
        activation=spec.activation,
        initializer=spec.initializer,
    )
    names = ("discriminator", "drop_local", "encoding", "local_norm")
    variant = {name: getattr(spec, name) for name in names}
    default = all(value == getattr(TrialSpec, name) for name, value in variant.items())
    return GRIM(**grim) if default else Variant(**grim, **variant)


def check_precision() -> None:
    """Refuse, by a ValueError, to train where a user has set Keras to anything but float32."""
    if (policy := keras.config.dtype_policy().name) != "float32":
        raise ValueError(
            f"Keras computes in {policy}, and a trial's result, which is kept by its settings "
            "alone, is that of float32; call keras.config.set_dtype_policy('float32'), or set "
            "floatx in keras.json"
        )


def run(
    spec: TrialSpec,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    checkpoint: Path | None = None,
) -> Trial:
    """Train one trial, with a bar of progress on stderr (none with ``TQDM_DISABLE=1``).

    Adam with its default settings; binary cross-entropy for the supervised network, Eq. (3) for
    GRIM, which is given no label.

    Parameters
    ----------
    spec : TrialSpec
    callbacks : sequence of keras.callbacks.Callback
        Of one's own, which may look on. Default is none.
    checkpoint : Path, optional
        A file that holds GRIM's state after each epoch. If it exists, training goes on from there,
        to the same result. Default is none. A supervised network begins anew: Keras draws the
        order of its batches from a state that cannot be set. So does GRIM of width 0, which takes
        minutes.

    Raises
    ------
    RuntimeError
        If training diverged, so that the loss is not a number.
    ValueError
        If the checkpoint is damaged, or belongs to another trial or to other versions; or Keras is
        set to another precision than float32.
    OSError
        If the checkpoint cannot be written.

    Warns
    -----
    RuntimeWarning
        If GRIM collapsed.
    """
    if spec.width == 0:
        return _run_compiled(spec)
    return run_network(spec, callbacks, checkpoint)[0]


def _run_compiled(spec: TrialSpec) -> Trial:
    """A trial of GRIM without its further encoder; it takes minutes, and keeps no checkpoint."""
    data = simulate(spec)
    train, valid = (data.tokens[data.split[part]] for part in ("train", "valid"))
    words = STARTS[spec.start](train, spec.n_filters, spec.seed)
    model = CompiledGRIM(spec.n_filters, LENGTH, spec.pool_size, spec.views, spec.seed, words)
    started = time.perf_counter()
    history = model.fit(
        _batches(spec, train),
        -(-len(train) // spec.batch_size),
        spec.epochs,
        _validation(spec, valid),
        _label(spec),
    )
    made_by = provenance(by_keras=False) | {"seconds": round(time.perf_counter() - started, 1)}
    return Trial(spec, model.kernel, model.bias, history, {}, made_by)


def _batches(spec: TrialSpec, train: np.ndarray, first_epoch: int = 0) -> Iterator[tuple[dict]]:
    negatives = training_negatives(spec.negatives, train, spec.seed)
    return training_batches(
        train, spec.batch_size, spec.seed, first_epoch=first_epoch, negatives=negatives
    )


def _validation(spec: TrialSpec, valid: np.ndarray) -> dict[str, np.ndarray]:
    negatives = NEGATIVES[spec.negatives](valid, np.random.default_rng([spec.seed, 0, 1]))
    return {"sequence": valid, "shuffled": negatives}


def _label(spec: TrialSpec) -> str:
    return f"{spec.task} {spec.model} seed {spec.seed}"


def run_network(
    spec: TrialSpec,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    checkpoint: Path | None = None,
) -> tuple[Trial, keras.Model]:
    """Train one trial as `run` does, and keep the whole network beside it.

    An artifact holds the first layer only; this is for what needs the others, such as the global
    encoding. Parameters, errors and warnings are those of `run`.
    """
    check_precision()
    data = simulate(spec)
    train, valid, test = (data.tokens[data.split[part]] for part in ("train", "valid", "test"))
    made_by = provenance()
    run = {"trial": spec.filename, "backend": made_by["backend"], **made_by["versions"]}
    progress, values = Progress(run), None
    if spec.model != "grim":
        checkpoint = None
    elif checkpoint and checkpoint.exists():
        values, progress = load_checkpoint(checkpoint, run)
    keras.utils.set_random_seed(spec.seed)
    model = build_model(spec)
    start_filters(model, STARTS[spec.start](train, spec.n_filters, spec.seed))
    labels = {part: data.labels[rows] for part, rows in data.split.items()}
    if spec.model == "grim":
        model.compile(optimizer="adam")
        if values:
            restore(model, values, checkpoint)
        sets = dict(
            x=_batches(spec, train, progress.epochs),
            steps_per_epoch=-(-len(train) // spec.batch_size),
            validation_data=(_validation(spec, valid),),
        )
    else:
        cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
        model.compile("adam", filter_loss if spec.model == "filters" else cross_entropy)
        model.optimizer.build(model.trainable_variables)  # once, see `GRIM.compile`
        sets = dict(
            x=train,
            y=labels["train"],
            batch_size=spec.batch_size,
            validation_data=(valid, labels["valid"]),
        )
    fit(model, spec.epochs, progress, checkpoint, _label(spec), callbacks=callbacks, **sets)
    metrics = {}
    if spec.model != "grim":
        scores = model.predict(test, batch_size=500, verbose=0)
        truth = labels["test"]
        by_filter = scores.reshape(len(truth), -1, truth.shape[1])  # one, but for single filters
        metrics["test_auroc"] = mean_auroc(truth, by_filter.mean(axis=1))
    made_by["seconds"] = round(progress.seconds, 1)
    if progress.resumed:
        made_by["resumed after epochs"] = progress.resumed
    filters = first_layer(
        model.local_encoder if spec.model == "grim" and spec.local_norm else model
    )
    trial = Trial(spec, *filters, progress.history, metrics, made_by)
    if trial.collapsed:
        warnings.warn(
            f"GRIM collapsed ({spec.filename}): its loss ended at 2 x views x ln 2 = "
            f"{trial.history['val_loss'][-1]:.4f}, where every score is zero and nothing is "
            f"learned. Use a wider global encoding (width is {spec.width}) or other views.",
            RuntimeWarning,
            stacklevel=3,
        )
    return trial, model


def run_or_load(spec: TrialSpec) -> Trial:
    """The trial of a specification, trained only if it was not trained before.

    It is looked for among the book's artifacts and in the user's cache folder (or
    ``$GRIMLIB_CACHE``). A new one goes there as soon as it is finished, so that an interrupted
    series of trials goes on where it stopped (see `run_and_save`).

    Raises
    ------
    ValueError
        If the artifact is damaged or holds another specification.
    OSError
        If nothing can be written to the cache folder; this is found out before training.
    """
    own = cache_folder() / "trials"
    for folder in (STORED, own):
        if (folder / spec.filename).exists():
            return stored_trial(spec, folder)
    _check_writable(own)
    return run_and_save(spec, own / spec.filename)


def run_and_save(spec: TrialSpec, path: Path) -> Trial:
    """Train one trial and write its artifact.

    Beside it lies a checkpoint until the artifact is there, so that a killed training of GRIM goes
    on where it stopped. Errors and warnings are those of `run`.
    """
    checkpoint = path.with_suffix(".checkpoint")
    save_trial(run(spec, checkpoint=checkpoint), path)
    checkpoint.unlink(missing_ok=True)
    return load_trial(path)


def _check_writable(folder: Path) -> None:
    """Refuse a folder that a result could not be written to, before hours of work."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(
            f"trials cannot be kept in {folder} ({error}); set GRIMLIB_CACHE to a folder that "
            "can be written to"
        ) from error


def run_models(grim: TrialSpec, supervised: str, trials: int) -> dict[str, list[Trial]]:
    """GRIM, the supervised network of the same layers, and the untrained network.

    Each is trained by `run_or_load`, `trials` times, from the seed of `grim` on. `supervised` names
    the second row; the others are ``"GRIM"`` and ``"untrained"``.
    """
    specs = {
        "GRIM": grim,
        supervised: replace(grim, model="cnn"),
        "untrained": replace(grim, epochs=0),
    }
    seeds = range(grim.seed, grim.seed + trials)
    return {
        name: [run_or_load(one) for one in by_seed(spec, seeds)] for name, spec in specs.items()
    }
