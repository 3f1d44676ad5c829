"""Batches, and what counts as a collapse."""

import gc
import threading
import time
from itertools import islice

import numpy as np
import pytest

from grimlib.sequences import reverse_complement
from grimlib.training import has_collapsed, training_batches

TOKENS = np.random.default_rng(0).integers(0, 4, (20, 50), dtype=np.int8)


def dinucleotides(tokens):
    pairs = 4 * tokens[:, :-1].astype(int) + tokens[:, 1:]
    return np.stack([(pairs == pair).sum(axis=1) for pair in range(16)], axis=1)


def epochs_of(tokens, batch_size, seed, n_epochs):
    """The batches of each epoch, as two arrays (N, L)."""
    per_epoch = -(-len(tokens) // batch_size)
    batches = training_batches(tokens, batch_size, seed)
    found = []
    for _ in range(n_epochs):
        several = [batch for (batch,) in islice(batches, per_epoch)]
        sizes = [len(batch["sequence"]) for batch in several]
        rest = len(tokens) % batch_size
        assert sizes == [batch_size] * (len(tokens) // batch_size) + ([rest] if rest else [])
        assert set(several[0]) == {"sequence", "shuffled"}
        found.append([np.concatenate([batch[name] for batch in several]) for name in several[0]])
    batches.close()
    return found


@pytest.mark.parametrize("batch_size", [1, 7, 20, 100])
def test_every_epoch_holds_every_sequence_and_fresh_shuffles(batch_size):
    epochs = epochs_of(TOKENS, batch_size, seed=3, n_epochs=3)
    for sequence, shuffled in epochs:
        assert sequence.dtype == shuffled.dtype == np.int8
        np.testing.assert_array_equal(np.unique(sequence, axis=0), np.unique(TOKENS, axis=0))
        np.testing.assert_array_equal(dinucleotides(shuffled), dinucleotides(sequence))
        np.testing.assert_array_equal(shuffled[:, [0, -1]], sequence[:, [0, -1]])
        assert (shuffled != sequence).any(axis=1).all()
    order = [sequence for sequence, _ in epochs]
    assert (order[0] != order[1]).any() and (order[1] != order[2]).any()
    # The same sequence's shuffle is another one in every epoch.
    ranked = [shuffled[np.lexsort(sequence.T)] for sequence, shuffled in epochs]
    for a, b in ((0, 1), (1, 2), (0, 2)):
        assert (ranked[a] != ranked[b]).any(axis=1).all()


def test_batches_are_decided_by_the_seed():
    before = TOKENS.copy()
    first, again, other = (epochs_of(TOKENS, 6, seed, 2) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (np.array(first) != np.array(other)).any(axis=(2, 3)).all()
    np.testing.assert_array_equal(TOKENS, before)


@pytest.mark.parametrize("strands", [1, 2])
def test_batches_of_training_that_goes_on_are_those_of_the_later_epochs(strands):
    whole = training_batches(TOKENS, 6, 3, strands)
    later = training_batches(TOKENS, 6, 3, strands, first_epoch=2)
    for (one,), (other,) in zip(islice(whole, 8, 16), islice(later, 8), strict=True):
        for name in ("sequence", "shuffled"):
            np.testing.assert_array_equal(one[name], other[name])
    whole.close(), later.close()


def test_with_two_strands_each_epoch_turns_about_half_the_sequences():
    tokens = np.random.default_rng(0).integers(0, 4, (400, 40), dtype=np.int8)
    tokens[:, 30:] = 4
    turned_rows = {row.tobytes() for row in reverse_complement(tokens)}
    rows = {row.tobytes() for row in tokens}
    seen = []
    batches = training_batches(tokens, 100, 3, strands=2)
    for _ in range(2):
        epoch = [batch for (batch,) in islice(batches, 4)]
        sequence = np.concatenate([batch["sequence"] for batch in epoch])
        shuffled = np.concatenate([batch["shuffled"] for batch in epoch])
        shown = {row.tobytes() for row in sequence}
        assert len(shown) == 400 and shown <= rows | turned_rows
        assert 0.4 < len(shown & turned_rows) / 400 < 0.6
        # A shuffle is of the strand that is shown.
        np.testing.assert_array_equal(shuffled == 4, sequence == 4)
        np.testing.assert_array_equal(dinucleotides(shuffled), dinucleotides(sequence))
        seen.append(shown)
    batches.close()
    assert seen[0] != seen[1], "chosen afresh"
    # And on one strand none is.
    (batch,) = next(training_batches(tokens, 400, 3))
    assert {row.tobytes() for row in batch["sequence"]} == rows


def shuffling_threads():
    return [t for t in threading.enumerate() if t.name.startswith("ThreadPoolExecutor")]


def wait_until_gone(before):
    for _ in range(200):
        gc.collect()
        if len(shuffling_threads()) <= before:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("closed", [True, False])
def test_negatives_are_made_in_another_thread_that_ends(closed):
    before = len(shuffling_threads())
    seen = set()

    def complements(tokens, rng):
        seen.add(threading.current_thread())
        assert isinstance(rng, np.random.Generator)
        return 3 - tokens

    batches = training_batches(TOKENS, 6, 0, negatives=complements)
    for (batch,) in islice(batches, 8):
        np.testing.assert_array_equal(batch["shuffled"], 3 - batch["sequence"])
    if closed:
        batches.close()
    del batches
    assert len(seen) >= 2 and threading.main_thread() not in seen
    assert wait_until_gone(before)


def test_an_error_in_the_thread_is_raised():
    with pytest.raises(ValueError, match="9 is not a token"):
        next(training_batches(np.full((4, 30), 9, dtype=np.int8), 2, 0))


CHANCE = 69.3


@pytest.mark.parametrize(
    ("last", "collapsed"),
    [
        ([1.0, 1.0, 1.0], True),
        ([3.0, 1.0 + 9e-6, 1.0, 1.0 - 9e-6], True),
        ([1.0, 1.0], False),
        ([1.0, 1.0, 1.0 + 2e-5], False),
        ([1.0 - 2e-5, 1.0, 1.0], False),
        ([1.0, 1.0, 1.0, 0.9], False),
        ([1.0, 1.0, float("nan")], False),
        ([], False),
    ],
)
def test_what_counts_as_collapsed(last, collapsed):
    history = {"loss": [CHANCE] * len(last), "val_loss": [CHANCE * x for x in last]}
    assert has_collapsed(history, CHANCE) is collapsed
