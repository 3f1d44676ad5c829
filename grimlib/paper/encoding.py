"""What the global encoding h does in a trained network, measured by dealing it to others.

    python -m grimlib.paper encoding            # all networks that are missing, one after another
    python -m grimlib.paper encoding task2      # only those whose trial's file name starts so

A stored trial holds the first layer only, so each network is trained again, five epochs as in the
book's reduced setting, and measured on the test set. What is found goes to data/encoding.json as
soon as a network is done, and is never done again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from keras import ops

from grimlib._places import RESULTS
from grimlib.losses import collapsed_loss, grim_loss
from grimlib.models import GRIM
from grimlib.paper._records import add_record, read_records
from grimlib.paper.groups import GRIM1, GRIM2, by_seed
from grimlib.paper.training import run_network
from grimlib.paper.trials import TrialSpec, simulate
from grimlib.sequences import dinucleotide_shuffle

TARGET = RESULTS / "encoding.json"

SPECS = [
    spec
    for changes in (
        {},
        dict(views="position"),
        dict(views="filter"),
        dict(views="position", discriminator="inner"),
    )
    for grim in (GRIM2, GRIM1)
    for spec in by_seed(grim, range(3), **changes)
]
"""The networks measured: three readings of the views and Deep InfoMax's inner product, the last by
position as in its paper (by filter as well, it takes twenty times as long)."""

DEALS = 10
_CHUNK = 500  # sequences scored at once


def measure(model: GRIM, tokens: np.ndarray, rng: np.random.Generator, deals: int = DEALS) -> dict:
    r"""How much a trained network's scores and loss depend on whose h they are given.

    A *deal* gives every sequence the h of another, by a random order in which each takes that of
    the one before it. The loss rises by what h tells of its own sequence. How much of the variance
    of D is due to h is its total Sobol index, in Jansen's form (Jansen, Computer Physics
    Communications 117:35, 1999): for local encodings c and two deals h, h' of the global one,

    .. math:: S_h = \frac{\mathbb E[(D(c, h) - D(c, h'))^2]}{2\, \mathrm{Var}[D(c, h)]},

    for each view over the sequences and their shuffles, numerator and denominator summed over the
    views. It is 0 if D does not depend on h, 1 if it depends on nothing else. With c, h >= 0 it is
    that of a product of independent numbers, the gain g = max h and m = max c:
    Var(g) E(m^2) / Var(g m).

    Parameters
    ----------
    model : GRIM
        With a further encoder, whose dropout is off here.
    tokens : np.ndarray, shape (N, L)
        Sequences that it was not trained on, three or more.
    rng : np.random.Generator
        Of the shuffles and the deals.
    deals : int
        How many, 2 or more. Default is 10.

    Returns
    -------
    dict
        Losses in nats, Eq. (3): ``"own"``; ``"other"``, the mean over the deals, and
        ``"deviation"``, their standard deviation; ``"shuffle"``, with the h of the sequence's
        shuffle; ``"mean"``, with one h for all, the mean over the sequences; ``"collapsed"``,
        with all scores at zero. ``"own is better"``: the fraction of sequences and deals whose
        own h gives the smaller loss. ``"share of h"``: the Sobol index. ``"gain"``: the mean of
        g over the sequences, and its ``"deviation"``, ``"lowest"`` and ``"highest"``.
    """
    shuffled = dinucleotide_shuffle(tokens, rng)
    local, local_shuffled = (_in_chunks(model.local_encoder, t) for t in (tokens, shuffled))

    def further(c: np.ndarray) -> np.ndarray:
        return _in_chunks(lambda part: model.further_encoder(part, training=False), c)

    h, h_shuffled = further(local), further(local_shuffled)

    def scores(global_: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return tuple(_in_chunks(model.discriminate, c, global_) for c in (local, local_shuffled))

    def loss(pair: tuple[np.ndarray, np.ndarray]) -> float:
        return float(grim_loss(*map(ops.convert_to_tensor, pair)))

    own = scores(h)
    dealt = [scores(_deal(h, rng)) for _ in range(deals)]
    losses = [loss(pair) for pair in dealt]
    per_sequence = _losses(own)
    better = np.mean([np.mean(per_sequence < _losses(pair)) for pair in dealt])
    both = [np.concatenate(pair) for pair in dealt]
    moved = np.mean([((a - b) ** 2).mean(0) for a, b in pairwise(both)], axis=0)
    variance = np.mean([pair.var(axis=0) for pair in both], axis=0).sum()
    gain = h.max(axis=1)
    return {
        "own": loss(own),
        "other": float(np.mean(losses)),
        "deviation": float(np.std(losses, ddof=1)),
        "shuffle": loss(scores(h_shuffled)),
        "mean": loss(scores(np.broadcast_to(h.mean(axis=0), h.shape))),
        "collapsed": collapsed_loss(model.n_views),
        "own is better": float(better),
        "share of h": float(moved.sum() / (2 * variance)),
        "gain": {
            "mean": float(gain.mean()),
            "deviation": float(gain.std(ddof=1)),
            "lowest": float(gain.min()),
            "highest": float(gain.max()),
        },
    }


def _in_chunks(function: Callable, *arrays: np.ndarray) -> np.ndarray:
    """A tensor function of some arrays (N, ...), a part of their rows at a time."""
    starts = range(0, len(arrays[0]), _CHUNK)
    parts = (function(*(a[i : i + _CHUNK] for a in arrays)) for i in starts)
    return np.concatenate([ops.convert_to_numpy(part) for part in parts])


def _deal(h: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Everybody's h, (N, p), to another one: by a random cycle."""
    order = rng.permutation(len(h))
    dealt = np.empty_like(h)
    dealt[order] = h[np.roll(order, 1)]
    return dealt


def _losses(pair: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Eq. (3) for each sequence, shape (N,), from scores (N, V)."""
    matched, mismatched = pair
    return (np.logaddexp(0, -matched) + np.logaddexp(0, mismatched)).sum(axis=1)


def measure_again(spec: TrialSpec, target: Path = TARGET) -> dict:
    """Train a network, measure it on its test set, and add the result to a JSON file.

    Returns
    -------
    dict
        ``"trial"`` (the artifact's name), ``"spec"``, what `measure` says of all test sequences
        as ``"all"`` and, on Task 2, of those ``"with sites"`` and ``"without"`` (the negative
        class), and ``"provenance"``.

    Raises
    ------
    ValueError
        If `target` is there and is no list of records; nothing is trained then.
    RuntimeError
        If training diverged.
    """
    read_records(target, "trial", "spec")
    trial, model = run_network(spec)
    data = simulate(spec)
    test = data.split["test"]
    parts = {"all": test}
    if spec.task == "task2":
        positive = data.labels[test, 0] == 1
        parts |= {"with sites": test[positive], "without": test[~positive]}
    record = {"trial": spec.filename, "spec": asdict(spec)}
    for name, rows in parts.items():
        record[name] = measure(model, data.tokens[rows], np.random.default_rng([spec.seed, 5]))
    record["provenance"] = trial.provenance
    add_record(target, record)
    return record


def missing(prefix: str = "", target: Path = TARGET) -> list[TrialSpec]:
    """The networks still to be measured whose trials' file names start so."""
    done = {record["trial"] for record in read_records(target, "trial", "spec")}
    return [s for s in SPECS if s.filename.startswith(prefix) and s.filename not in done]


def table(part: str = "all", target: Path = TARGET) -> pd.DataFrame:
    """What was measured, one row a network.

    Parameters
    ----------
    part : {"all", "with sites", "without"}
        Of the test set; the last two are there for Task 2 only.
    target : Path
        What `measure_again` has written. Default is the book's.

    Returns
    -------
    pandas.DataFrame
        By ``task``, ``views``, ``discriminator`` and ``seed``: the entries of `measure`, those of
        the gain as ``"gain mean"`` and so on; and ``"rise"``, the loss that dealing h costs as a
        fraction of all that training has won, (other - own) / (collapsed - own).
    """
    rows = []
    for record in read_records(target, "trial", "spec"):
        if part not in record:
            continue
        names = ("task", "views", "discriminator", "seed")
        row = {name: record["spec"][name] for name in names}
        measured = dict(record[part])
        row |= {f"gain {name}": value for name, value in measured.pop("gain").items()} | measured
        won = measured["collapsed"] - measured["own"]
        row["rise"] = (measured["other"] - measured["own"]) / won
        rows.append(row)
    return pd.DataFrame(rows).set_index(["task", "views", "discriminator", "seed"]).sort_index()
