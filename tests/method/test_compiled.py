"""The compiled network does what GRIM without its further encoder does in Keras."""

import numpy as np
import pytest

from grimlib.compiled import CompiledGRIM
from grimlib.models import GRIM, first_layer
from grimlib.sequences import dinucleotide_shuffle, encode

WORD = "TGACCTAAGTGA"


def batch(length: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Forty sequences with a word, unknown nucleotides and an end of padding; their shuffles."""
    rng = np.random.default_rng(seed)
    tokens = rng.integers(0, 5, (40, length), dtype=np.int8)
    for row in tokens:
        start = rng.integers(0, length - len(WORD))
        row[start : start + len(WORD)] = encode(WORD)
    tokens[::3, -5:] = 4
    return tokens, dinucleotide_shuffle(tokens, rng)


@pytest.mark.parametrize("views", ["both", "position", "filter", "sequence"])
@pytest.mark.parametrize(("length", "pool_size"), [(60, 25), (49, 24), (19, 9)])
def test_updates_are_those_of_keras(views, length, pool_size):
    ours = CompiledGRIM(5, length, pool_size, views, 3, [WORD])
    theirs = GRIM(pool_size, 5, length, views, width=0)
    theirs.local_encoder.get_layer("conv1").kernel.assign(ours.kernel)
    theirs.compile(optimizer="adam")
    assert ours.n_views == theirs.n_views
    for seed in range(20):
        sequences, shuffled = batch(length, seed)
        both = {"sequence": sequences, "shuffled": shuffled}
        expected = theirs.test_on_batch(both)
        assert ours.test_on_batch(sequences, shuffled) == pytest.approx(expected, rel=1e-5)
        assert theirs.train_on_batch(both) == pytest.approx(expected, rel=1e-5)
        assert ours.train_on_batch(sequences, shuffled) == pytest.approx(expected, rel=1e-5)
    for mine, other in zip((ours.kernel, ours.bias), first_layer(theirs), strict=True):
        assert mine.shape == other.shape and mine.dtype == other.dtype == np.float32
        np.testing.assert_allclose(mine, other, atol=1e-5)


def test_a_seed_gives_the_same_weights():
    kernels = [CompiledGRIM(4, 60, 25, "both", seed).kernel for seed in (0, 0, 1)]
    np.testing.assert_array_equal(kernels[0], kernels[1])
    assert (kernels[0] != kernels[2]).any()


def test_the_weights_are_glorots():
    kernel = CompiledGRIM(64, 60, 25, "both", 0).kernel
    assert 0.99 < np.abs(kernel).max() / np.sqrt(6 / (19 * 4 + 19 * 64)) <= 1
    assert abs(kernel.mean()) < 0.01 * kernel.max()


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (dict(views="all"), "views"),
        (dict(words=["ACG", "TTTT", "CCC"]), "3 words are too many for 2 filters"),
        (dict(words=["ACN"]), "'ACN' is not a word"),
    ],
)
def test_bad_settings(given, named):
    with pytest.raises(ValueError, match=named):
        CompiledGRIM(**dict(filters=2, length=60, pool_size=25, views="both", seed=0) | given)
