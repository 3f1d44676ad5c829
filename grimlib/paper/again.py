"""Train stored trials again from their specifications, and write down how far the results differ.

    TF_NUM_INTRAOP_THREADS=2 python -m grimlib.paper again data/trials/task2_cnn_s25_d64_e5*.npz
    KERAS_BACKEND=jax python -m grimlib.paper again data/trials/task2_cnn_s25_d64_e5*.npz

The artifacts stay as they are; each comparison goes to data/again.json, in the place of an earlier
one of the same trial, backend, number of threads and processor.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import numpy as np

from grimlib._places import RESULTS
from grimlib.paper._records import add_record, read_records
from grimlib.paper.training import run
from grimlib.paper.trials import Trial, simulate

TARGET = RESULTS / "again.json"


def compare(stored: Trial, again: Trial) -> dict:
    """How far two trials of one specification are apart.

    The second is scored on the same data as the first, by aligning its filters and Tomtom.

    Returns
    -------
    dict
        ``"largest difference"`` of two weights of the first layer, ``"deviation of weights"``
        (their standard deviation in the stored trial, to measure the former by),
        ``"correlation"`` of a filter with itself (the median over filters), and ``"stored"`` and
        ``"again"``: TPR, FPR, motifs found and provenance of each.

    Raises
    ------
    ValueError
        If the trials have different specifications.
    """
    if stored.spec != again.spec:
        raise ValueError(f"{stored.spec.filename} is compared with {again.spec.filename}")
    data = simulate(stored.spec)
    sides = {}
    for name, trial in {"stored": stored, "again": again}.items():
        report = trial.report(data)
        sides[name] = {
            "TPR": report.tpr,
            "FPR": report.fpr,
            "motifs found": len(report.found),
            "provenance": trial.provenance,
        }
    pairs = zip(*(t.kernel.reshape(-1, t.spec.n_filters).T for t in (stored, again)), strict=True)
    return {
        "largest difference": float(np.abs(stored.kernel - again.kernel).max()),
        "deviation of weights": float(stored.kernel.std()),
        "correlation": float(np.median([np.corrcoef(pair)[0, 1] for pair in pairs])),
        **sides,
    }


def train_again(stored: Trial, target: Path) -> dict:
    """Train a trial once more from its specification, and add the comparison to a JSON file.

    Returns
    -------
    dict
        What `compare` says, and ``"trial"`` (the artifact's name), ``"spec"``, ``"backend"``,
        ``"threads"`` and ``"processor"``, as `target` keeps them.

    Raises
    ------
    ValueError
        If `target` is there and is no list of records; nothing is trained then.
    RuntimeError
        If training diverged.
    """
    read_records(target)
    again = run(stored.spec)
    setting = {
        "trial": stored.spec.filename,
        "backend": again.provenance["backend"],
        "threads": int(os.environ.get("TF_NUM_INTRAOP_THREADS") or os.cpu_count()),
        "processor": again.provenance["processor"],
    }
    record = {**setting, "spec": asdict(stored.spec), **compare(stored, again)}
    add_record(target, record, same=tuple(setting))
    return record
