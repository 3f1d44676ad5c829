"""Do GRIM's filters help a supervised network that has few labels, and does its global encoding?

    python -m grimlib.paper transfer            # does all that are missing, one after another
    python -m grimlib.paper transfer task1      # only those whose file name starts so

For each task and seed, a GRIM of 64 filters on CNN-25 is trained without labels ("probe"). Its
first layer goes to data/trials, as for any other trial; logistic regressions on its encodings are
scored. Then the supervised CNN-25 is trained on some of the labels, from random filters, from those
of that GRIM (frozen, or tuned along with the rest), and from random filters with exponential
activation.
A finished run is written to data/transfer at once and never done again.
"""

from __future__ import annotations

import hashlib
import json
import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from itertools import islice
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from grimlib._files import atomic_write, read_arrays
from grimlib._places import DATA, cache_folder
from grimlib._provenance import provenance
from grimlib.filters import FilterReport, filter_report
from grimlib.models import GRIM, cnn, first_layer, set_first_layer
from grimlib.paper.groups import GRIM2
from grimlib.paper.tasks import SPLIT, TASKS, Dataset, ground_truth
from grimlib.paper.training import check_precision, run_network
from grimlib.paper.trials import (
    LENGTH,
    STORED,
    TrialSpec,
    load_trial,
    mean_auroc,
    save_trial,
    simulate,
)
from grimlib.sequences import one_hot
from grimlib.training import BATCH_SIZE

FOLDER = DATA / "transfer"
NETWORKS = {
    "frozen": "GRIM's filters, frozen",
    "tuned": "GRIM's filters, fine-tuned",
    "random": "random filters",
    "exponential": "random, exponential",
    "regression on c": "regression on local encoding c",
    "regression on h": "regression on global encoding h",
}
"""What figures and tables call the networks and regressions of `scores`."""

STARTS = ("random", "frozen", "tuned", "exponential")
LABELS = {"task1": (100, 500, 2500, 17_500), "task2": (100, 17_500)}
"""Numbers of labelled sequences; 17,500 is the whole training set of 25,000 sequences."""


@dataclass(frozen=True)
class TransferSpec:
    """Everything that decides the outcome of one run.

    Attributes
    ----------
    task : {"task1", "task2"}
    start : {"random", "frozen", "tuned", "exponential", "probe"}
        What the first layer of CNN-25 starts from, or the logistic regressions.
    labels : int
        Number of labelled training sequences; 0 for the regressions, which take all of
        `known_labels`.
    seed : int
        Of initial weights, batches, dropout and the choice of labelled sequences, and of the GRIM
        whose filters are taken.
    steps : int
        Batches of 100 that the supervised network is trained on, however many labels there are.
    epochs : int
        Epochs of the GRIM.
    n_sequences : int
        Size of the simulated data; seven tenths of it are the training set.
    """

    task: str
    start: str
    labels: int
    seed: int
    steps: int = 400
    epochs: int = 5
    n_sequences: int = 25_000

    @property
    def grim(self) -> TrialSpec:
        """The GRIM whose filters or encodings are taken."""
        return replace(
            GRIM2,
            task=self.task,
            epochs=self.epochs,
            seed=self.seed,
            n_sequences=self.n_sequences,
        )

    @property
    def filename(self) -> str:
        """Name of the run's artifact, the same for the same specification only."""
        chosen = asdict(self)
        if self.n_sequences == TransferSpec.n_sequences:
            del chosen["n_sequences"]  # came later; the stored runs keep their names
        key = hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()[:12]
        return f"{self.task}_{self.start}_n{self.labels}_seed{self.seed}_{key}.npz"

    @property
    def known_labels(self) -> list[int]:
        """The numbers of `LABELS` that the training set has."""
        return [n for n in LABELS[self.task] if n <= SPLIT["train"] * self.n_sequences]


def every_run(seeds: Sequence[int] = (0, 1, 2), **changes: int) -> list[TransferSpec]:
    """All runs; within a seed, the GRIM comes first, because others need its filters.

    With `changes`, such as ``steps=20``, those of a setting of one's own.
    """
    specs = []
    for seed in seeds:
        for task in ("task1", "task2"):
            regressions = TransferSpec(task, "probe", 0, seed, **changes)
            specs.append(regressions)
            specs += [
                replace(regressions, start=start, labels=labels)
                for labels in regressions.known_labels
                for start in STARTS
                if start != "exponential" or labels in (LABELS[task][0], LABELS[task][-1])
            ]
    return specs


@cache
def data_of(task: str, n_sequences: int) -> Dataset:
    """The sequences of a task, the same for all seeds."""
    return simulate(TransferSpec(task, "probe", 0, 0, n_sequences=n_sequences).grim)


def is_missing(spec: TransferSpec, runs: Path = FOLDER, trials: Path = STORED) -> bool:
    """Whether a run is still to be done; one of a GRIM also if its filters are not there."""
    there = (runs / spec.filename).exists()
    return not there or (spec.start == "probe" and not (trials / spec.grim.filename).exists())


def labelled(data: Dataset, labels: int, seed: int) -> np.ndarray:
    """Rows of the training sequences whose labels are used; fewer labels are a part of more."""
    rng = np.random.default_rng([seed, 3])
    return rng.permutation(data.split["train"])[:labels]


def score(truth: np.ndarray, scores: np.ndarray) -> dict[str, float]:
    """Areas under the ROC and the precision-recall curve, averaged over the labels."""
    return {
        "auroc": mean_auroc(truth, scores),
        "aupr": float(average_precision_score(truth, scores, average="macro")),
    }


def encodings(model: GRIM, tokens: np.ndarray) -> dict[str, np.ndarray]:
    """What a regression is given: the global encoding, or the largest local one over positions."""
    local, global_ = [], []
    for start in range(0, len(tokens), 500):
        c = model.local_encoder(tokens[start : start + 500])
        local.append(keras.ops.convert_to_numpy(keras.ops.max(c, axis=1)))
        global_.append(keras.ops.convert_to_numpy(model.further_encoder(c, training=False)))
    return {"h": np.concatenate(global_), "c": np.concatenate(local)}


def probe(spec: TransferSpec, data: Dataset, trials: Path) -> dict:
    """Train a GRIM, keep its first layer as a trial, and regress the labels on its encodings."""
    trial, model = run_network(spec.grim)
    if not (trials / spec.grim.filename).exists():
        save_trial(trial, trials / spec.grim.filename)
    features = encodings(model, data.tokens)
    test = data.split["test"]
    rows = []
    for name, values in features.items():
        for labels in spec.known_labels:
            train = labelled(data, labels, spec.seed)
            regression = make_pipeline(
                StandardScaler(), MultiOutputClassifier(LogisticRegression(max_iter=1000))
            )
            with warnings.catch_warnings():
                warnings.simplefilter("error", ConvergenceWarning)
                regression.fit(values[train], data.labels[train])
            scores = np.stack([p[:, 1] for p in regression.predict_proba(values[test])], axis=1)
            rows.append(dict(features=name, labels=labels, **score(data.labels[test], scores)))
    return {"probes": rows}


def supervised(spec: TransferSpec, data: Dataset, trials: Path) -> tuple[dict, keras.Model]:
    """Train CNN-25 on some labels."""
    keras.utils.set_random_seed(spec.seed)
    activation = "exponential" if spec.start == "exponential" else "relu"
    outputs = data.labels.shape[1]
    check_precision()
    model = cnn(25, 64, outputs, LENGTH, first_activation=activation)
    if spec.start in ("frozen", "tuned"):
        source = load_trial(trials / spec.grim.filename)
        conv, norm = model.get_layer("conv1"), model.get_layer("conv1_norm")
        sample = one_hot(data.tokens[data.split["train"][:1000]])
        set_first_layer(conv, source.kernel, source.bias, norm, sample)
        conv.trainable = norm.trainable = spec.start == "tuned"
    model.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True))
    model.optimizer.build(model.trainable_variables)  # once, see `GRIM.compile`
    rows = labelled(data, spec.labels, spec.seed)

    def batches():
        rng = np.random.default_rng([spec.seed, 4])
        while True:
            order = rng.permutation(rows)
            for start in range(0, len(order), BATCH_SIZE):
                chosen = order[start : start + BATCH_SIZE]
                yield data.tokens[chosen], data.labels[chosen]

    # Not by `model.fit`, whose pipeline for generators waits long at its end.
    chosen = list(islice(batches(), spec.steps))
    losses = [model.train_on_batch(*batch) for batch in chosen]
    loss = np.average(losses, weights=[len(labels) for _, labels in chosen])
    test = data.split["test"]
    scores = model.predict(data.tokens[test], batch_size=500, verbose=0)
    result = {"loss": float(loss), **score(data.labels[test], scores)}
    return result, model


def carry_out(spec: TransferSpec, runs: Path = FOLDER, trials: Path = STORED) -> None:
    """Do one run and write its artifact, and that of its GRIM among the trials."""
    data = data_of(spec.task, spec.n_sequences)
    started = time.perf_counter()
    arrays = {}
    if spec.start == "probe":
        result = probe(spec, data, trials)
    else:
        result, model = supervised(spec, data, trials)
        # Half precision is fine enough to align filters by. Frozen ones are those of the trial.
        if spec.start != "frozen":
            kernel, bias = first_layer(model)
            arrays = {"kernel": kernel.astype(np.float16), "bias": bias.astype(np.float32)}
    about = {
        "spec": asdict(spec),
        **result,
        "provenance": {**provenance(), "seconds": round(time.perf_counter() - started, 1)},
    }
    with atomic_write(runs / spec.filename, "wb") as file:
        np.savez_compressed(file, about=np.array(json.dumps(about)), **arrays)


def load_run(spec: TransferSpec, runs: Path = FOLDER) -> dict:
    """Read a run's artifact.

    Returns
    -------
    dict
        ``"spec"``, ``"provenance"``; of regressions ``"probes"``, a list; of a supervised network
        ``"loss"``, ``"auroc"`` and ``"aupr"``, and, unless it was frozen, ``"kernel"`` and
        ``"bias"``.

    Raises
    ------
    FileNotFoundError
        If the run was not done; the message has the command that does it.
    ValueError
        If the artifact is damaged or holds another run.
    """
    path = runs / spec.filename
    if not path.exists():
        raise FileNotFoundError(
            f"{path} does not exist; 'python -m grimlib.paper transfer {spec.filename}' makes it"
        )
    try:
        arrays = read_arrays(path)
        run = json.loads(str(arrays.pop("about")))
        run |= {name: array.astype(np.float32) for name, array in arrays.items()}
        if TransferSpec(**run["spec"]) != spec:
            raise ValueError(f"it holds {run['spec']}")
    except Exception as error:  # which one a damaged file raises depends on where the damage is
        raise ValueError(
            f"{path} is damaged or another run's ({error}); delete it and do the run again"
        ) from error
    return run


def run_or_load(spec: TransferSpec) -> dict:
    """A run from the user's cache folder, done there first if it was not done before."""
    folders = [cache_folder() / name for name in ("transfer", "trials")]
    if is_missing(spec, *folders):
        carry_out(spec, *folders)
    return load_run(spec, folders[0])


def scores(runs: dict[TransferSpec, dict]) -> pd.DataFrame:
    """The areas of runs, one row for each network or regression.

    Returns
    -------
    pandas.DataFrame
        ``task``, ``network`` (what it starts from, or ``"regression on h"``), ``labels``,
        ``seed``, ``auroc``, ``aupr``.
    """
    rows = []
    for spec, run in runs.items():
        row = {"task": spec.task, "network": spec.start, "labels": spec.labels, "seed": spec.seed}
        for result in run.get("probes", [run]):
            if spec.start == "probe":
                row["network"] = f"regression on {result['features']}"
                row["labels"] = result["labels"]
            rows.append({**row, "auroc": result["auroc"], "aupr": result["aupr"]})
    names = ["task", "network", "labels", "seed", "auroc", "aupr"]
    return pd.DataFrame(rows, columns=names)


def report(spec: TransferSpec, kernel: np.ndarray, bias: np.ndarray) -> FilterReport:
    """What the filters of a run match, aligned on a thousand test sequences."""
    data = data_of(spec.task, spec.n_sequences)
    return filter_report(
        kernel,
        bias,
        data.tokens[data.split["test"][:1000]],
        ground_truth=ground_truth(TASKS[spec.task][1]),
        activation="exponential" if spec.start == "exponential" else "relu",
    )
