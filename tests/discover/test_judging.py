"""The area under the ROC curve and its interval, against closed forms and simulation."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from grimlib.discover import auroc, best_sites, judge
from grimlib.motifs import load_jaspar
from grimlib.sequences import UNKNOWN, dinucleotide_shuffle, reverse_complement

SRF = next(motif for motif in load_jaspar() if motif.alt == "SRF").ppm


def test_the_area_with_ties_and_sequences_without_a_site():
    rng = np.random.default_rng(0)
    real, shuffled = rng.integers(0, 6, 40).astype(float), rng.integers(0, 5, 120).astype(float)
    real[3] = shuffled[7] = -np.inf
    scores = np.concatenate([real, shuffled])
    expected = roc_auc_score(np.arange(160) < 40, np.where(np.isinf(scores), -99, scores))
    found = auroc(real, shuffled)
    assert found.value == pytest.approx(expected)
    assert 0 < found.low < found.value < found.high < 1


def test_the_interval_of_independent_scores_is_delongs():
    """With one shuffle, the variance by hand, without the covariance that pairs add."""
    rng = np.random.default_rng(1)
    real, shuffled = rng.normal(1, 1, 300), rng.normal(0, 1, 300)
    above = np.array([(one > shuffled).mean() for one in real])
    below = np.array([(real > one).mean() for one in shuffled])
    variance = above.var(ddof=1) / 300 + below.var(ddof=1) / 300
    paired = variance + 2 * np.cov(above, below)[0, 1] / 300
    found = auroc(real, shuffled)
    value = above.mean()
    half = 1.959964 * np.sqrt(paired) / (value * (1 - value))
    logit = np.log(value / (1 - value))
    assert found.low == pytest.approx(1 / (1 + np.exp(half - logit)))
    assert found.high == pytest.approx(1 / (1 + np.exp(-half - logit)))


def test_the_interval_covers_the_truth_where_shuffles_are_like_their_sequence():
    """Two normal scores one apart, with a part in common: the area is Phi(1 / sqrt 2)."""
    rng = np.random.default_rng(2)
    covered = []
    for _ in range(400):
        common = rng.normal(0, 0.9**0.5, 60)
        real = common + rng.normal(1, 0.1**0.5, 60)
        shuffled = np.repeat(common, 5) + rng.normal(0, 0.1**0.5, 300)
        found = auroc(real, shuffled)
        covered.append(found.low <= 0.7602 <= found.high)
    assert 0.92 < np.mean(covered) < 0.98


def test_the_ends():
    assert auroc(np.ones(5), np.zeros(10)) == auroc(np.ones(5), np.zeros(5))
    assert auroc(np.ones(5), np.zeros(10)).value == 1
    assert auroc(np.zeros(5), np.zeros(5)).value == 0.5
    for real, shuffled in ((1, 5), (5, 7), (5, 0)):
        with pytest.raises(ValueError, match=f"{real} sequences and {shuffled} shuffles"):
            auroc(np.zeros(real), np.zeros(shuffled))


@pytest.mark.parametrize("strands", [1, 2])
def test_judging(strands):
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 4, (200, 60), dtype=np.int8)
    site = SRF.argmax(axis=1)
    tokens[:80, 20 : 20 + len(site)] = site
    tokens[:40] = reverse_complement(tokens[:40])
    tokens[:5] = UNKNOWN
    found = judge(SRF, tokens, strands, seed=3)
    shuffled = dinucleotide_shuffle(np.repeat(tokens, 5, axis=0), np.random.default_rng([3, 4]))
    scores = np.concatenate([best_sites(SRF, of, strands)[0] for of in (tokens, shuffled)])
    known = np.where(np.isinf(scores), -99, scores)
    assert found.value == pytest.approx(roc_auc_score(np.arange(1200) < 200, known))
    assert found == judge(SRF, tokens, strands, seed=3)
    assert found != judge(SRF, tokens, strands, seed=4)
