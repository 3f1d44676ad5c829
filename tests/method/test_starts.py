"""Words that are planted are chosen, nothing else is, and filters start as them."""

import warnings
from itertools import product

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

import grimlib
from grimlib import GRIM, choose_words, cnn, decode, encode, reverse_complement, start_filters
from grimlib import starts as module
from grimlib.sequences import dinucleotide_shuffle, one_hot


def random_tokens(N=300, L=60, seed=0, at=0.5):
    p = [at / 2, (1 - at) / 2, (1 - at) / 2, at / 2]
    return np.random.default_rng(seed).choice(4, size=(N, L), p=p).astype(np.int8)


def plant(tokens, word, n, seed=1, start=0, stop=None):
    """Write a word into `n` random sequences, at random places from `start` to `stop`."""
    rng = np.random.default_rng(seed)
    stop = tokens.shape[1] if stop is None else stop
    rows = rng.choice(len(tokens), n, replace=False)
    for row, at in zip(rows, rng.integers(start, stop - len(word) + 1, n), strict=True):
        tokens[row, at : at + len(word)] = encode(word)
    return tokens


def choose(*args, **kwargs):
    """`choose_words`, whose notice is known."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return choose_words(*args, **kwargs)


def reverse(word):
    return decode(reverse_complement(encode(word)))


# ------------------------------------------------------------------------------ which words


def test_planted_words_are_chosen_and_no_others():
    tokens = plant(plant(random_tokens(), "GATTCACG", 60, 1, 0, 30), "CCTAGACA", 40, 2, 30)
    words = choose(tokens, 5)
    assert list(words["word"]) == ["GATTCACG", "CCTAGACA"]
    held = ["GATTCACG" in decode(row) for row in tokens]
    assert words["sequences"][0] == sum(held) and words["expected"][0] < 3
    assert words["log10 E-value"].is_monotonic_increasing and words["log10 E-value"][1] < -2
    assert list(choose_words(tokens, 1)["word"]) == ["GATTCACG"]  # and no notice


def test_a_word_on_either_strand_is_one():
    tokens = plant(plant(random_tokens(), "GATTCACG", 30, 1, 0, 30), "CGTGAATC", 30, 2, 30)
    words = choose(tokens, 3, strands=2)
    assert list(words["word"]) == ["CGTGAATC"] and reverse("CGTGAATC") == "GATTCACG"
    assert words["sequences"][0] >= 50
    assert set(choose(tokens, 3)["word"]) == {"CGTGAATC", "GATTCACG"}
    other = choose(reverse_complement(tokens), 3, strands=2)
    assert list(other["word"]) == ["CGTGAATC"] and list(other["sequences"]) == [
        words["sequences"][0]
    ]


@pytest.mark.parametrize("strands", [1, 2])
def test_shuffled_sequences_give_no_word_and_say_so(strands):
    """At an E-value of 0.01, one family of words in a hundred would; these are ten of each."""
    for seed in range(10):
        tokens = random_tokens(200, 60, seed, at=0.7)
        # Planted, then shuffled: composition differs between sequences, and no word is left.
        tokens = plant(plant(tokens, "CGCGCGCGCGCGCGCGCGCG", 30, seed), "A" * 20, 60, seed + 1)
        shuffled = dinucleotide_shuffle(tokens, np.random.default_rng(seed))
        with pytest.warns(UserWarning, match="0 words are enriched in these 200 sequences, not 8"):
            words = choose_words(shuffled, 8, seed, strands)
        assert not len(words)
        assert list(words) == ["word", "sequences", "expected", "log10 E-value"]


@pytest.mark.parametrize("k", [4, 20])
def test_the_bound_is_above_the_binomial_tail(k):
    """And near it: the price of a formula is less than a factor of forty."""
    for a, b in ((6, 0), (9, 3), (30, 40), (200, 500)):
        log_bound = -(a * np.log((k + 1) * a / (a + b)))
        log_bound -= b * np.log((k + 1) * b / (k * (a + b))) if b else 0
        log_p = binom.logsf(a - 1, a + b, 1 / (k + 1))
        assert log_p <= log_bound + 1e-9 < log_p + np.log(40)


def test_the_evalue_is_the_formula_s():
    tokens = plant(random_tokens(), "GATTCACG", 60)
    (a, expected, log10_evalue) = choose(tokens, 1).loc[
        0, ["sequences", "expected", "log10 E-value"]
    ]
    k = 20  # as 300 sequences are few
    b = expected * k
    n_words = module._dictionary(1)[2].sum()
    bound = a * np.log((k + 1) * a / (a + b)) + b * np.log((k + 1) * b / (k * (a + b)))
    assert log10_evalue == pytest.approx((np.log(n_words) - bound) / np.log(10))


def is_repeat(word):
    """By enumeration."""
    return any(
        sum(a != b for a, b in zip(word, ("".join(unit) * 8)[:8], strict=True)) <= 1
        for period in (1, 2, 3)
        for unit in product("ACGT", repeat=period)
    )


@settings(deadline=None, max_examples=100)
@given(unit=st.text("ACGT", min_size=1, max_size=8), at=st.integers(0, 7), to=st.integers(0, 3))
def test_what_a_repeat_is(unit, at, to):
    letters = encode((unit * 8)[:8])
    letters[at] = to
    word = decode(letters)
    number = int("".join(map(str, letters)), 4)
    own, number_of, candidates = module._dictionary(1)
    assert decode(own[number]) == word and number_of[number] == number
    assert candidates[number] == (not is_repeat(word))
    _, number_of, both = module._dictionary(2)
    assert decode(own[number_of[number]]) == min(word, reverse(word))
    assert both[number] == (candidates[number] and word <= reverse(word))


def test_no_repeat_is_chosen_from_tracts_with_errors():
    tokens = random_tokens(at=0.6)
    for seed, tract in enumerate(("A" * 14, "AAAAAATAAAAAA", "TATATATATATA", "CAGCAGCAGCAG")):
        plant(tokens, tract, 100, seed)
    plant(tokens, "GATTCACG", 40, 9)
    words = list(choose(tokens, 8)["word"])
    assert words[0] == "GATTCACG" and not any(map(is_repeat, words))


@pytest.mark.parametrize("strands", [1, 2])
def test_unknown_nucleotides_are_in_no_word(strands):
    """Nor does padding: neither what holds an N nor what would be one without it."""
    tokens = np.full((300, 80), 4, dtype=np.int8)
    tokens[:, 10:70] = plant(random_tokens(), "GATTCACG", 60)
    plant(tokens, "CCTANGACA", 200, 3, 10, 70)
    words = choose(tokens, 5, strands=strands)
    assert len(words) and set(words["word"]) <= {"GATTCACG", "CGTGAATC"}
    with pytest.warns(UserWarning, match="0 words"):
        assert not len(choose_words(np.full((20, 30), 4, dtype=np.int8), 3))


def test_near_misses_are_masked_with_a_word():
    """Variants of a word are no words of their own, nor is what overlaps it."""
    tokens = random_tokens(L=90)
    for i, (word, n) in enumerate((("GATTCACG", 90), ("GATTCTCG", 50), ("TTGATTCACGAA", 60))):
        plant(tokens, word, n, i, 30 * i, 30 * i + 30)
    assert list(choose(tokens, 9)["word"]) == ["GATTCACG"]
    # Two mismatches away is another word.
    assert list(choose(plant(tokens, "GCTTCTCG", 50, 7), 9)["word"]) == ["GATTCACG", "GCTTCTCG"]


def mask_plainly(words, near):
    """Which words are left, by a loop over pairs of positions."""
    left = words.copy()
    for row, at in np.argwhere(near[words]):
        left[row, max(at - 7, 0) : at + 8] = 0
    return left


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 999), unknown=st.sampled_from([0, 0.1]))
def test_counts_after_masking_are_those_of_a_new_count(seed, unknown):
    rng = np.random.default_rng(seed)
    tokens = np.tile(rng.integers(0, 4, (12, 10), dtype=np.int8), 4)
    tokens[rng.random(tokens.shape) < unknown] = 4
    words = np.empty((12, 33), dtype=np.uint16)
    module._read(words, tokens, module._dictionary(1)[1])
    for row, line in zip(words, tokens, strict=True):
        texts = [decode(line[i : i + 8]) for i in range(33)]
        assert [text if "N" not in text else "A" * 8 for text in texts] == [
            decode(module._dictionary(1)[0][word]) for word in row
        ]
    counts, first, rows = module._index(words, 5)
    for word in np.unique(words[words > 0]):
        held = np.flatnonzero((words == word).any(axis=1))
        assert list(rows[first[word] : first[word + 1]]) == list(held)
        assert list(counts[:, word]) == [(held < 5).sum(), (held >= 5).sum()]
    near = np.zeros(4**8, dtype=bool)
    near[rng.choice(words[words > 0], 2)] = True
    left = mask_plainly(words, near)
    module._mask(words, counts, 5, np.arange(12, dtype=np.int32), near)
    np.testing.assert_array_equal(words, left)
    np.testing.assert_array_equal(counts, module._index(words, 5)[0])


def test_same_seed_same_words():
    tokens = plant(random_tokens(), "GATTCACG", 20)
    before = tokens.copy()
    first = choose(tokens, 3, seed=5)
    assert first.equals(choose(tokens.astype(int), 3, seed=5))
    np.testing.assert_array_equal(tokens, before)
    assert not first.equals(choose(tokens, 3, seed=6))
    # The same on every machine.
    assert list(first.loc[0, ["sequences", "expected"]]) == [20, 0.3]


@pytest.mark.parametrize(
    ("tokens", "n", "message"),
    [
        (np.zeros((0, 20), np.int8), 3, r"N above 0.*\(0, 20\)"),
        (np.zeros((5, 7), np.int8), 3, r"L at least 8, not \(5, 7\)"),
        (np.zeros(20, np.int8), 3, r"shape \(N, L\)"),
        (np.zeros((5, 20, 4), np.int8), 3, r"shape \(N, L\)"),
        (np.zeros((5, 20)), 3, "tokens must be integers"),
        (np.full((5, 20), 5), 3, "5 is not a token"),
        (np.zeros((5, 20), np.int8), 0, "n is 0"),
        (np.zeros((5, 20), np.int8), 2.0, "n is 2.0"),
    ],
)
def test_what_cannot_be_chosen_from_is_refused(tokens, n, message):
    with pytest.raises(ValueError, match=message):
        choose_words(tokens, n)


def test_bad_settings_are_refused():
    tokens = random_tokens(5, 20)
    for bad in (dict(seed=-1), dict(seed=0.5), dict(strands=0), dict(strands=3)):
        (name,) = bad
        with pytest.raises(ValueError, match=f"{name} is {bad[name]}"):
            choose_words(tokens, 3, **bad)


# ------------------------------------------------------------------------ what starts from them


def models():
    shape = dict(filters=4, length=50)
    return {"grim": lambda: GRIM(25, **shape), "cnn": lambda: cnn(25, outputs=1, **shape)}


@pytest.mark.parametrize("kind", ["grim", "cnn"])
def test_filters_start_as_words_and_nothing_else_changes(kind):
    keras.utils.set_random_seed(1)
    before = models()[kind]()
    keras.utils.set_random_seed(1)
    after = models()[kind]()
    start_filters(after, ["GATTCACG", "C", "ACGTACGTACGTACGTACG"])
    kernels = grimlib.first_layer(before)[0], grimlib.first_layer(after)[0]
    changed = 0
    for old, new in zip(before.get_weights(), after.get_weights(), strict=True):
        if not np.array_equal(old, new):
            changed += 1
            assert old.shape == (19, 4, 4)
            spread = old.std()
            for unit, (word, start) in enumerate(
                [("GATTCACG", 5), ("C", 9), ("ACGTACGTACGTACGTACG", 0)]
            ):
                middle = slice(start, start + len(word))
                added = new[middle, :, unit] - old[middle, :, unit]
                expected = spread * np.where(one_hot(encode(word)), 2, -2 / 3)
                np.testing.assert_allclose(added, expected, atol=1e-6)
                assert np.count_nonzero(new[..., unit]) == 4 * len(word)
            np.testing.assert_array_equal(new[..., 3], old[..., 3])
    assert changed == 1 and (kernels[0] != kernels[1]).any()
    start_filters(before, [])
    np.testing.assert_array_equal(grimlib.first_layer(before)[0], kernels[0])


def test_a_started_filter_is_best_at_its_word():
    """Untrained, it scores its word higher than most others."""
    keras.utils.set_random_seed(0)
    model = GRIM(25, filters=8, length=50)
    start_filters(model, ["GATTCACG"] * 8)
    tokens = random_tokens(200, 50)
    tokens[:100, 20:28] = encode("GATTCACG")
    highest = keras.ops.convert_to_numpy(model.local_encoder(tokens)).max(axis=1)
    assert (highest[:100].mean(axis=0) > np.quantile(highest[100:], 0.9, axis=0)).all()


@pytest.mark.parametrize("word", ["", "GATNACA", "gattaca", "A" * 20, "U"])
def test_what_is_no_word_is_refused(word):
    with pytest.raises(ValueError, match=f"{word!r} is not a word of 1 to 19 letters ACGT"):
        start_filters(models()["grim"](), ["GATTACA", word])


def test_more_words_than_filters_are_refused_and_nothing_is_changed():
    model = models()["grim"]()
    before = grimlib.first_layer(model)[0]
    with pytest.raises(ValueError, match="5 words are too many for 4 filters"):
        start_filters(model, ["GATTACA"] * 5)
    np.testing.assert_array_equal(grimlib.first_layer(model)[0], before)
