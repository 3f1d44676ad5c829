"""Matrices made from sites: planted motifs, strands, unknown nucleotides, and nothing to tell."""

import numpy as np
import pytest

from grimlib.discover import best_sites, composition, refine
from grimlib.discover._windows import all_windows, best_windows
from grimlib.motifs import Motif, load_jaspar, log_odds
from grimlib.sequences import UNKNOWN, dinucleotide_shuffle, encode, reverse_complement

SRF = next(motif for motif in load_jaspar() if motif.alt == "SRF").ppm
MEF2A = next(motif for motif in load_jaspar() if motif.alt == "MEF2A").ppm


def planted(ppm, n=600, share=0.5, strands=2, seed=0, length=100):
    """Random sequences, a share of them with a site drawn from a PPM; and four shuffles of each."""
    rng = np.random.default_rng(seed)
    tokens = rng.integers(0, 4, (n, length), dtype=np.int8)
    for row in (tokens[i] for i in np.flatnonzero(rng.random(n) < share)):
        site = (rng.random((len(ppm), 1)) > ppm.cumsum(axis=1)[:, :3]).sum(axis=1).astype(np.int8)
        site = reverse_complement(site) if strands == 2 and rng.random() < 0.5 else site
        start = rng.integers(0, length - len(ppm) + 1)
        row[start : start + len(ppm)] = site
    return tokens, dinucleotide_shuffle(np.repeat(tokens, 4, axis=0), rng)


def distance(ppm, truth):
    """Of the best overlap that leaves out at most four columns of the truth, RMS."""
    best = 1.0
    for one in (ppm, ppm[::-1, ::-1]):
        for shift in range(-len(one), len(truth) + 1):
            low, high = max(shift, 0), min(shift + len(one), len(truth))
            if high - low >= len(truth) - 4:
                best = min(
                    best, np.sqrt(((one[low - shift : high - shift] - truth[low:high]) ** 2).mean())
                )
    return best


@pytest.mark.parametrize("strands", [1, 2])
def test_the_best_windows_against_a_literal_scan(strands):
    rng = np.random.default_rng(1)
    tokens = rng.integers(0, 5, (40, 30), dtype=np.int8)
    tokens[rng.random(tokens.shape) < 0.8] %= 4
    tokens[0] = UNKNOWN
    ppm = rng.dirichlet([0.5] * 4, 6)
    score, start, turned = best_sites(ppm, tokens, strands)
    matrix = log_odds(ppm)
    assert (score[0], start[0]) == (-np.inf, -1)
    for n in range(1, 40):
        words = [(tokens[n, i : i + 6], i) for i in range(25) if tokens[n, i : i + 6].max() < 4]
        found = [(matrix[np.arange(6), w].sum(), i, False) for w, i in words]
        if strands == 2:
            found += [
                (matrix[np.arange(6), reverse_complement(w)].sum(), i, True) for w, i in words
            ]
        if not found:
            assert score[n] == -np.inf
            continue
        assert score[n] == pytest.approx(max(f[0] for f in found), abs=1e-4)
        here = next(f for f in found if f[1:] == (start[n], turned[n]))
        assert here[0] == pytest.approx(score[n], abs=1e-4)


@pytest.mark.parametrize("width", [1, 4, 7, 8, 50])
def test_all_windows_hold_the_best(width):
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 5, (9, 40), dtype=np.int8)
    kernel = rng.normal(size=(width, 4, 3))
    best, start = best_windows(kernel, tokens)
    values = all_windows(kernel, tokens)
    assert values.shape == (9, max(41 - width, 0), 3)
    if width > 40:
        assert (best == -np.inf).all() and (start == -1).all()
        return
    np.testing.assert_array_equal(best, values.max(axis=1))
    there = best > -np.inf
    np.testing.assert_array_equal(start[there], values.argmax(axis=1)[there])


@pytest.mark.parametrize(("truth", "strands"), [(SRF, 2), (MEF2A, 2), (SRF, 1)])
def test_a_planted_motif_comes_closer_to_the_truth(truth, strands):
    """Begun with the sharp consensus of its middle, as a filter has it."""
    tokens, shuffled = planted(truth, strands=strands)
    middle = truth[2:-2]
    sharp = np.full((len(middle), 4), 0.02)
    sharp[np.arange(len(middle)), middle.argmax(axis=1)] = 0.94
    found = refine(Motif("m", sharp), tokens, shuffled, strands)
    assert distance(found.motif.ppm, truth) < 0.5 * distance(sharp, truth)
    assert distance(found.motif.ppm, truth) < 0.08
    assert found.motif.name == "m" and found.log_p < -50
    assert 200 < found.motif.nsites < 400, "half of 600 sequences have one"
    # It tells other sequences apart better, too.
    others, _ = planted(truth, strands=strands, seed=7)
    margin = [
        np.quantile(best_sites(ppm, others, strands)[0], 0.75)
        - np.quantile(best_sites(ppm, shuffled, strands)[0], 0.75)
        for ppm in (found.motif.ppm, sharp)
    ]
    assert margin[0] > margin[1]


def test_on_one_strand_only():
    """With one strand, what is planted is found as it is, even from its reverse complement."""
    truth = np.eye(4)[encode("GTTTCGCAATCC")] * 0.88 + 0.03  # its middle is a palindrome
    tokens, shuffled = planted(truth, strands=1)
    turned = Motif("m", truth[::-1, ::-1])
    assert distance(refine(turned, tokens, shuffled, 2).motif.ppm, turned.ppm) < 0.08
    score, start, _ = best_sites(refine(turned, tokens, shuffled, 1).motif.ppm, tokens, 1)
    forward = best_sites(truth, tokens, 1)[1]
    assert (abs(start - forward)[score > 15] <= 4).all() and (score > 15).mean() > 0.3


def test_a_matrix_that_tells_nothing_is_refused():
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 4, (200, 60), dtype=np.int8)
    shuffled = dinucleotide_shuffle(np.repeat(tokens, 4, axis=0), rng)
    assert refine(Motif("flat", np.full((8, 4), 0.25)), tokens, shuffled) is None
    assert refine(Motif("wide", np.full((99, 4), 0.25)), tokens, shuffled) is None
    unknown = np.full((20, 60), UNKNOWN, np.int8)
    assert refine(Motif("m", SRF), unknown, np.repeat(unknown, 4, axis=0)) is None


def test_unknown_nucleotides_are_in_no_site():
    """Sites that an N cuts do not count, and columns beside a site may be N."""
    tokens, shuffled = planted(SRF, share=1, length=len(SRF) + 2)
    cut = tokens.copy()
    cut[:, 9] = UNKNOWN
    assert (best_sites(SRF, cut)[1] == -1).all()
    assert refine(Motif("m", SRF), cut, shuffled) is None
    ends = tokens.copy()
    ends[:, 0] = UNKNOWN
    found = refine(Motif("m", SRF), ends, shuffled)
    assert np.isfinite(found.motif.ppm).all()


def test_reproducible_and_nothing_is_changed():
    tokens, shuffled = planted(MEF2A)
    before = tokens.copy(), shuffled.copy()
    one, two = (refine(Motif("m", MEF2A), tokens, shuffled) for _ in range(2))
    np.testing.assert_array_equal(one.motif.ppm, two.motif.ppm)
    assert one.log_p == two.log_p
    np.testing.assert_array_equal(before[0], tokens)
    np.testing.assert_array_equal(before[1], shuffled)


def test_motifs_that_share_their_sites():
    """A shifted copy does, another motif in the same sequences does not."""
    rng = np.random.default_rng(0)
    tokens, _ = planted(SRF, share=0.8)
    word = encode("GTTTCGCAATCC")
    tokens[:300, :12] = word
    shuffled = dinucleotide_shuffle(np.repeat(tokens, 4, axis=0), rng)
    whole, part, other = (
        refine(Motif(name, ppm), tokens, shuffled)
        for name, ppm in (
            ("whole", SRF),
            ("part", SRF[5:]),
            ("other", np.eye(4)[word] * 0.88 + 0.03),
        )
    )
    assert part.shares_sites(whole) and whole.shares_sites(part) and whole.shares_sites(whole)
    assert not other.shares_sites(whole) and not whole.shares_sites(other)
    assert 290 < other.n_sites < 350


def test_composition():
    tokens = np.array([encode("AAAC"), [UNKNOWN] * 4], dtype=np.int8)
    np.testing.assert_allclose(composition(tokens, 1), np.array([4, 2, 1, 1]) / 8)
    np.testing.assert_allclose(composition(tokens), np.array([5, 3, 3, 5]) / 16)
