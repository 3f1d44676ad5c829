"""Training GRIM on a user's own sequences."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field

import numpy as np

from grimlib.compiled import CompiledGRIM
from grimlib.discover.control import Control
from grimlib.discover.settings import Settings
from grimlib.sequences import dinucleotide_shuffle
from grimlib.starts import choose_words
from grimlib.training import BATCH_SIZE, has_collapsed, training_batches

POOL_SIZE = 25
"""CNN-25's: its filters learn whole motifs. Sequences below 50 nt are pooled in two halves."""

EPOCH = 25
"""Batches between two looks at the validation loss, however many make a pass."""

_EPOCHS = 32  # at most, by default
_EACH = 10  # of a control at most that words are counted in, for each sequence
_LATEST, _LITTLE = 2, 0.5  # epochs that bring less than this part of the fall: levelled off
LARGEST = 5_000
"""Sequences that filters are aligned on at most, and that motifs are tested on."""


@dataclass(eq=False)
class Training:
    """A trained network.

    Attributes
    ----------
    model : CompiledGRIM
    history : dict of str to list of float
        ``"loss"`` and ``"val_loss"`` in nats, one value an epoch.
    outcome : {"finished", "collapsed"}
        ``"collapsed"``: every score stayed at zero for three epochs. Nothing was learned, and the
        sequences may hold no motif.
    chance : float
        The loss at which every score is zero, 2 V log 2.
    words : list of str
        That filters started from, the most enriched first; see `grimlib.choose_words`.
    """

    model: CompiledGRIM
    history: dict[str, list[float]]
    outcome: str
    chance: float
    words: list[str] = field(default_factory=list)


def split(tokens: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Sequences to learn from, (N - N // 5, L), and a random fifth to test on, (N // 5, L)."""
    order = np.random.default_rng([seed, 2]).permutation(len(tokens))
    held_out, training = np.split(order, [len(tokens) // 5])
    return tokens[training], tokens[held_out]


def has_levelled_off(history: dict[str, list[float]], chance: float) -> bool:
    """Whether the validation loss falls by less than it did.

    So it is if the last two epochs have brought less than half of all that the loss fell from
    chance. What falls later is seldom a motif more: filters are sharp by then, and their motifs are
    refined. Where the loss never fell, nothing is levelled off.
    """
    losses = history["val_loss"]
    fall = chance - min(losses, default=chance)
    if fall <= 0 or len(losses) <= _LATEST:
        return False
    return min(losses[:-_LATEST]) - min(losses[-_LATEST:]) < _LITTLE * fall


def train(tokens: np.ndarray, settings: Settings, control: np.ndarray | None = None) -> Training:
    """Train GRIM, without its further encoder, on sequences of one's own, with a bar of progress.

    Filters start from words that the sequences hold more often than their shuffles do, as far as
    there are any. Training ends when the validation loss has levelled off, or after three epochs
    at the loss of chance.

    Parameters
    ----------
    tokens : np.ndarray, shape (N, L)
        All sequences; the fifth that `split` sets aside gives the validation loss only.
    settings : Settings
    control : np.ndarray, shape (M, L'), optional
        Sequences to tell these from, cut to their lengths; `split` sets a fifth aside as well.
        Default is none: they are told from their own shuffles.
    """
    learn, held_out = split(tokens, settings.seed)
    held_out = held_out[:LARGEST]
    rng = np.random.default_rng([settings.seed, 0, 1])
    negatives = of_held_out = dinucleotide_shuffle
    counted, others = learn[:LARGEST], None
    if control is not None:
        negatives, of_held_out = (
            Control(part, settings.strands) for part in split(control, settings.seed)
        )
        rows, others = negatives.once(counted, _EACH, np.random.default_rng([settings.seed, 6]))
        counted = counted[rows]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "\\d+ words are enriched")  # it is said in the summary
        words = choose_words(counted, settings.n_filters, settings.seed, settings.strands, others)[
            "word"
        ].to_list()
    length = tokens.shape[1]
    pool_size = min(POOL_SIZE, length // 2)
    model = CompiledGRIM(
        settings.n_filters, length, pool_size, settings.views, settings.seed, words
    )
    batches = training_batches(
        learn, BATCH_SIZE, settings.seed, settings.strands, negatives=negatives
    )
    chance = 2 * model.n_views * math.log(2)
    history = model.fit(
        batches,
        EPOCH,
        settings.epochs or _EPOCHS,
        {"sequence": held_out, "shuffled": of_held_out(held_out, rng)},
        "GRIM",
        lambda history: has_collapsed(history, chance) or has_levelled_off(history, chance),
    )
    outcome = "collapsed" if has_collapsed(history, chance) else "finished"
    return Training(model, history, outcome, chance, words)
