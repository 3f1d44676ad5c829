"""One trial: a frozen specification, and the artifact that keeps what its training gave."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from scipy.stats import mannwhitneyu

from grimlib._checks import (
    ACTIVATIONS,
    FIRST_ACTIVATIONS,
    check_history,
    check_integer,
    check_views,
    pooled_sizes,
)
from grimlib._files import atomic_write, read_arrays
from grimlib._places import DATA
from grimlib.filters import FilterReport, filter_report
from grimlib.paper.draws import NEGATIVES, STARTS
from grimlib.paper.tasks import CONTRASTS, TASK1_MOTIFS, TASKS, Dataset, ground_truth
from grimlib.training import has_collapsed

STORED = DATA / "trials"
"""The artifacts that come with the book."""

PROTOCOL = 1
"""Raised by hand when a change of the code changes what a specification's training gives."""

LENGTH = 200
"""Length of the tasks' sequences, in nucleotides."""

DISCRIMINATORS = ("max", "inner")
ENCODINGS = ("same", "other", "shuffled", "constant", "gain", "gains")
_OF_THE_ENCODER = (
    "activation",
    "discriminator",
    "drop_local",
    "encoding",
    "initializer",
    "local_norm",
)
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
        GRIM's settings, see `grimlib.models.GRIM`; not used by the supervised network. With a width
        of 0, it is `grimlib.CompiledGRIM`.
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
        What is written into the first layer's random weights, see `grimlib.start_filters`: nothing,
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
        for name, value in list(vars(self).items()):
            if isinstance(value, np.generic):
                object.__setattr__(self, name, value.item())  # which JSON can hold
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
        for name in ("pool_size", "n_filters", "batch_size"):
            check_integer(name, getattr(self, name), 1)
        check_integer("width", self.width, 0)
        check_integer("epochs", self.epochs, 0)
        check_integer("n_sequences", self.n_sequences, 10)
        check_integer("data_seed", self.data_seed, 0)
        check_integer("seed", self.seed, 0, highest=2**32 - 1)  # what Keras takes
        check_variant(self.discriminator, self.encoding, self.views)
        if self.width == 0:
            for name in _OF_THE_ENCODER:
                if getattr(self, name) != getattr(TrialSpec, name) or self.model != "grim":
                    raise ValueError(
                        f"{name} is {getattr(self, name)!r} in a {self.model} of width 0, which is "
                        "for GRIM without a further encoder only, with all else as by default"
                    )
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


def check_variant(discriminator: str, encoding: str, views: str) -> None:
    """Refuse, by a ValueError, what is unknown or does not go together."""
    if discriminator not in DISCRIMINATORS:
        raise ValueError(f"discriminator is {discriminator!r}; use one of {DISCRIMINATORS}")
    if encoding not in ENCODINGS:
        raise ValueError(f"encoding is {encoding!r}; use one of {ENCODINGS}")
    if discriminator == "inner" and views == "sequence":
        raise ValueError(
            "discriminator 'inner' needs views to tell apart; "
            "use views 'position', 'filter' or 'both' with it"
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
        from grimlib.losses import collapsed_loss, count_views  # loads Keras

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
        arrays = read_arrays(path)
        kernel, bias = (arrays[name].astype(np.float32) for name in ("kernel", "bias"))
        about = json.loads(str(arrays["about"]))
        spec = TrialSpec(**about["spec"])
        if kernel.shape != (19, 4, spec.n_filters) or bias.shape != (spec.n_filters,):
            raise ValueError(f"its filters have the shape {kernel.shape}")
        parts = [about[part] for part in ("history", "metrics", "provenance")]
        check_history(parts[0])
        if not all(isinstance(part, dict) for part in parts):
            raise ValueError("its metrics or its provenance are no table")
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
