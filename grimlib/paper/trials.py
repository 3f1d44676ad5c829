"""One trial: a frozen specification, its training, and the artifact that keeps the result."""

from __future__ import annotations

import hashlib
import json
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import keras
import numpy as np
from scipy.stats import mannwhitneyu

from grimlib._checks import check_integer
from grimlib._files import atomic_write
from grimlib._places import DATA, cache_folder
from grimlib._provenance import provenance
from grimlib.filters import FilterReport, filter_report
from grimlib.losses import check_views, collapsed_loss, count_views
from grimlib.models import ACTIVATIONS, FIRST_ACTIVATIONS, GRIM, cnn, first_layer, pooled_sizes
from grimlib.paper.tasks import CONTRASTS, TASK1_MOTIFS, TASKS, Dataset, ground_truth
from grimlib.paper.variants import (
    NEGATIVES,
    STARTS,
    Variant,
    check_variant,
    filter_classifier,
    filter_loss,
    training_negatives,
)
from grimlib.starts import start_filters
from grimlib.training import (
    Progress,
    fit,
    has_collapsed,
    load_checkpoint,
    restore,
    training_batches,
)

STORED = DATA / "trials"
"""The artifacts that come with the book."""

PROTOCOL = 1
"""Raised by hand when a change of the code changes what a specification's training gives."""

LENGTH = 200
"""Length of the tasks' sequences, in nucleotides."""

INITIALIZERS = ("glorot_uniform", "glorot_normal", "he_uniform", "he_normal")


@dataclass(frozen=True, kw_only=True)
class TrialSpec:
    """Everything that decides the outcome of one trial.

    Attributes
    ----------
    task : {"task1", "task2"}
    model : {"grim", "cnn", "filters"}
        GRIM, the supervised network, or single filters that each predict the labels, see
        `grimlib.paper.variants.filter_classifier`.
    pool_size : int
        4 for CNN-4, 25 for CNN-25; not used by single filters.
    n_filters : int
        Number d of first-layer filters.
    epochs : int
        0 keeps the untrained network.
    seed : int
        Of initial weights, batches, dropout and shuffled sequences.
    data_seed : int
        Of the simulated data.
    n_sequences : int
        Of train, validation and test set together. Default is 25,000.
    views, width, activation
        GRIM's settings, see `grimlib.models.GRIM`; not used by the supervised network.
    discriminator, drop_local, encoding, local_norm
        See `grimlib.paper.variants.Variant`.
    negatives : {"fresh", "fixed", "mononucleotide", "other", "other shuffled"}
        What GRIM compares a sequence with: a new dinucleotide shuffle of it in every epoch, the
        same one in all epochs, a new shuffle in every epoch that keeps only the counts of single
        nucleotides, another sequence, or a new dinucleotide shuffle of that.
    initializer : str
        Of the kernels, one of `INITIALIZERS`.
    batch_size : int
        Sequences a training step. Default is 100.
    batch_norm : bool
        Whether the supervised network has batch normalisation; GRIM has none.
    both_strands : bool
        Whether the simulated sites lie on either strand. Default is False.
    first_activation : {"relu", "exponential"}
        Of the supervised network's first layer; not used by GRIM, whose is a ReLU.
    start : {"glorot", "windows", "random words", "words"}
        What is added to the first layer's random weights, see `grimlib.start_filters`: nothing,
        random windows of 12 nt of the training sequences, random words of 8 letters, or those that
        `grimlib.choose_words` finds enriched in the training sequences.
    contrast : {"shuffles", "background", "weak", "others"}
        What Task 2's negative class holds, see `grimlib.paper.tasks.CONTRASTS`.

    Raises
    ------
    ValueError
        If a value cannot be trained with; the message names the field.
    """

    task: str
    model: str
    pool_size: int
    n_filters: int
    epochs: int
    seed: int
    data_seed: int
    n_sequences: int = 25_000
    views: str = "both"
    width: int = 128
    activation: str = "sigmoid"
    discriminator: str = "max"
    drop_local: bool = False
    negatives: str = "fresh"
    initializer: str = "glorot_uniform"
    batch_size: int = 100
    batch_norm: bool = True
    both_strands: bool = False
    first_activation: str = "relu"
    encoding: str = "same"
    start: str = "glorot"
    local_norm: bool = False
    contrast: str = "shuffles"

    def __post_init__(self) -> None:
        check_views(self.views)
        allowed = {
            "task": tuple(TASKS),
            "model": ("grim", "cnn", "filters"),
            "activation": ACTIVATIONS,
            "negatives": tuple(NEGATIVES),
            "initializer": INITIALIZERS,
            "first_activation": FIRST_ACTIVATIONS,
            "start": tuple(STARTS),
            "contrast": CONTRASTS,
        }
        for name, values in allowed.items():
            if getattr(self, name) not in values:
                raise ValueError(f"{name} is {getattr(self, name)!r}; use one of {values}")
        for name in ("drop_local", "batch_norm", "both_strands", "local_norm"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name} is {getattr(self, name)!r}; use True or False")
        for name in ("pool_size", "n_filters", "width", "batch_size"):
            check_integer(name, getattr(self, name), 1)
        check_integer("epochs", self.epochs, 0)
        check_integer("n_sequences", self.n_sequences, 10)
        check_integer("data_seed", self.data_seed, 0)
        check_integer("seed", self.seed, 0, highest=2**32 - 1)  # what Keras takes
        check_variant(self.discriminator, self.encoding, self.views)
        if self.task == "task2" and self.n_sequences % 2:
            raise ValueError(f"n_sequences is {self.n_sequences}; give an even number for task2")
        pooled_sizes(LENGTH, self.pool_size)

    @property
    def key(self) -> str:
        """Hash of the whole specification and of the protocol.

        A field that holds its default is left out, so that a field added later does not orphan the
        artifacts that are there.
        """
        chosen = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if getattr(self, field.name) != field.default
        }
        text = json.dumps({"protocol": PROTOCOL, **chosen}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def filename(self) -> str:
        """Name of the trial's artifact, the same for the same specification only."""
        model = f"grim-{self.views}" if self.model == "grim" else self.model
        return (
            f"{self.task}_{model}_s{self.pool_size}_d{self.n_filters}_e{self.epochs}"
            f"_seed{self.seed}_{self.key}.npz"
        )


@dataclass(frozen=True, eq=False)
class Trial:
    """The result of one trial, as its artifact keeps it.

    Attributes
    ----------
    spec : TrialSpec
    kernel : np.ndarray, shape (19, 4, d), float32
        First-layer filters, with any batch normalisation folded in.
    bias : np.ndarray, shape (d,), float32
    history : dict of str to list of float
        ``"loss"`` and ``"val_loss"`` in nats, one value an epoch.
    metrics : dict of str to float
        For a supervised network, ``"test_auroc"``, averaged over the labels.
    provenance : dict
        Versions, backend, date, kind of machine, and training time in seconds.
    """

    spec: TrialSpec
    kernel: np.ndarray
    bias: np.ndarray
    history: dict[str, list[float]]
    metrics: dict[str, float]
    provenance: dict

    @property
    def collapsed(self) -> bool:
        """Whether GRIM ended with all scores at zero, see `grimlib.training.has_collapsed`."""
        if self.spec.model != "grim":
            return False
        positions, _ = pooled_sizes(LENGTH, self.spec.pool_size)
        views = count_views(self.spec.views, positions, self.spec.n_filters)
        return has_collapsed(self.history, collapsed_loss(views))

    def report(self, data: Dataset, evalue: float = 0.1, **analysis) -> FilterReport:
        """Compare the trial's filters with JASPAR, see `grimlib.filter_report`.

        The filters are aligned on the test set of `data`, the trial's own from `simulate`.
        `analysis` has further settings of `filter_report`.
        """
        return filter_report(
            self.kernel,
            self.bias,
            data.tokens[data.split["test"]],
            ground_truth=ground_truth(embedded_factors(self.spec)),
            evalue=evalue,
            activation=self.spec.first_activation if self.spec.model == "cnn" else "relu",
            **analysis,
        )


def data_settings(spec: TrialSpec) -> tuple:
    """What a trial's task is simulated with: trials with the same settings share their data."""
    paper_s = spec.task == "task1" or spec.contrast == "shuffles"
    settings = (spec.n_sequences, LENGTH, spec.data_seed, spec.both_strands)
    return settings if paper_s else (*settings, spec.contrast)


def simulate(spec: TrialSpec) -> Dataset:
    """The data set of a trial."""
    return TASKS[spec.task][0](*data_settings(spec))


def embedded_factors(spec: TrialSpec) -> tuple[str, ...]:
    """The factors whose motifs a trial's sequences hold, those of a negative class included."""
    more = spec.task == "task2" and spec.contrast == "others"
    return TASK1_MOTIFS if more else TASKS[spec.task][1]


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
        order of its batches from a state that cannot be set.

    Raises
    ------
    RuntimeError
        If training diverged, so that the loss is not a number.
    ValueError
        If the checkpoint is damaged, or belongs to another trial or to other versions.
    OSError
        If the checkpoint cannot be written.

    Warns
    -----
    RuntimeWarning
        If GRIM collapsed.
    """
    return run_network(spec, callbacks, checkpoint)[0]


def run_network(
    spec: TrialSpec,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    checkpoint: Path | None = None,
) -> tuple[Trial, keras.Model]:
    """Train one trial as `run` does, and keep the whole network beside it.

    An artifact holds the first layer only; this is for what needs the others, such as the global
    encoding. Parameters, errors and warnings are those of `run`.
    """
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
        model.optimizer.build(model.trainable_variables)
        if values:
            restore(model, values)
        batches = training_batches(
            train,
            spec.batch_size,
            spec.seed,
            first_epoch=progress.epochs,
            negatives=training_negatives(spec.negatives, train, spec.seed),
        )
        negatives = NEGATIVES[spec.negatives](valid, np.random.default_rng([spec.seed, 0, 1]))
        sets = dict(
            x=batches,
            steps_per_epoch=-(-len(train) // spec.batch_size),
            validation_data=({"sequence": valid, "shuffled": negatives},),
            shuffle=False,  # the batches come in a new order already
        )
    else:
        cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
        model.compile("adam", filter_loss if spec.model == "filters" else cross_entropy)
        sets = dict(
            x=train,
            y=labels["train"],
            batch_size=spec.batch_size,
            validation_data=(valid, labels["valid"]),
        )
    label = f"{spec.task} {spec.model} seed {spec.seed}"
    fit(model, spec.epochs, progress, checkpoint, label, callbacks=callbacks, **sets)
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


def mean_auroc(labels: np.ndarray, scores: np.ndarray) -> float:
    """Area under the receiver operating characteristic, averaged over labels.

    For labels (N, K) of 0 or 1 and scores (N, K). 0.5 where scores tell nothing; NaN if no label
    has both classes.
    """
    areas = []
    for truth, score in zip(labels.T.astype(bool), scores.T, strict=True):
        if truth.any() and not truth.all():
            wins = mannwhitneyu(score[truth], score[~truth]).statistic
            areas.append(wins / (truth.sum() * (~truth).sum()))
    return float(np.mean(areas)) if areas else float("nan")


def save_trial(trial: Trial, path: str | Path) -> None:
    """Write a trial's artifact, a ``.npz`` file: whole, or not at all.

    The filters are kept in half precision, which is fine enough to align sequences by.
    """
    about = {
        "spec": asdict(trial.spec),
        "history": trial.history,
        "metrics": trial.metrics,
        "provenance": trial.provenance,
    }
    with atomic_write(path, "wb") as file:
        np.savez_compressed(
            file,
            kernel=trial.kernel.astype(np.float16),
            bias=trial.bias,
            about=np.array(json.dumps(about)),
        )


def load_trial(path: str | Path) -> Trial:
    """Read a trial's artifact.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is damaged, or not a trial's artifact.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist; run the trial to make it")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            kernel, bias = arrays["kernel"].astype(np.float32), arrays["bias"]
            about = json.loads(str(arrays["about"]))
        spec = TrialSpec(**about["spec"])
        if kernel.shape != (19, 4, spec.n_filters) or bias.shape != (spec.n_filters,):
            raise ValueError(f"its filters have the shape {kernel.shape}")
        parts = [about[part] for part in ("history", "metrics", "provenance")]
    except Exception as error:  # which one a damaged file raises depends on where the damage is
        raise ValueError(
            f"{path} is damaged or not a trial's artifact ({type(error).__name__}: {error}); "
            "delete it and run the trial again"
        ) from error
    return Trial(spec, kernel, bias, *parts)


def stored_trial(spec: TrialSpec, folder: Path = STORED) -> Trial:
    """The trial of a specification, from the book's artifacts or those of another folder.

    Raises
    ------
    FileNotFoundError
        If there is none; the message has the command that trains it.
    ValueError
        If the artifact is damaged or holds another specification.
    """
    path = folder / spec.filename
    if not path.exists():
        raise FileNotFoundError(
            f"{path} does not exist; 'python -m grimlib.paper run {spec.filename}' trains it"
        )
    trial = load_trial(path)
    if trial.spec != spec:
        raise ValueError(
            f"{path} holds another trial ({trial.spec.filename}); delete it or give it its own "
            "name back"
        )
    return trial


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
