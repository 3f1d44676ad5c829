"""The simulated data sets, against the paper's section 4."""

import hashlib
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, chisquare

from grimlib.motifs import Motif, information_content, load_jaspar
from grimlib.paper.tasks import (
    GROUND_TRUTH,
    OTHER_MOTIFS,
    TASK1_MOTIFS,
    TASK2_MOTIFS,
    embed,
    ground_truth,
    ground_truth_name,
    inserted_motifs,
    simulate_task1,
    simulate_task2,
)

# With a fixed seed a test below either always passes or always fails; a correct program fails a
# single comparison for one seed in ten thousand.
ALPHA = 1e-4


@pytest.fixture(scope="module")
def task1():
    """The paper's own size: 25,000 x 200 nt."""
    return simulate_task1()


@pytest.fixture(scope="module")
def task2():
    return simulate_task2(4000, seed=5)


def background_mask(data):
    """Which nucleotides lie in no site, (N, L)."""
    free = np.ones(data.tokens.shape, dtype=bool)
    for site in data.sites.itertuples():
        free[site.sequence, site.start : site.end] = False
    return free


def dinucleotides(tokens):
    """Counts of the 16 dinucleotides in each row, (N, 16)."""
    pairs = 4 * tokens[:, :-1].astype(int) + tokens[:, 1:]
    return np.stack([(pairs == pair).sum(axis=1) for pair in range(16)], axis=1)


def digest(data):
    sites = data.sites.to_csv(index=False, lineterminator="\n").encode()
    parts = [data.tokens.tobytes(), data.labels.tobytes(), sites]
    parts += [data.split[part].astype("<i8").tobytes() for part in ("train", "valid", "test")]
    return hashlib.sha256(b"".join(parts)).hexdigest()


# ------------------------------------------------------------------------- what both tasks share


def test_ground_truth_names_the_right_factors():
    """Each accepted identifier is in JASPAR, under the name of the factor or of its family."""
    alt = {motif.name.split(".")[0]: motif.alt.upper() for motif in load_jaspar()}
    family = {"MA0660": "MEF2B", "MA0773": "MEF2D", "MA0060": "NFYA"}
    for name, bases in GROUND_TRUTH.items():
        assert alt[bases[0]] == name
        assert [alt[base] for base in bases[1:]] == [family[base] for base in bases[1:]]
    assert len(TASK1_MOTIFS) == 11 and len(TASK2_MOTIFS) == 6
    assert TASK2_MOTIFS[0] == "SRF" and set(TASK2_MOTIFS) < set(TASK1_MOTIFS)
    assert ground_truth(TASK2_MOTIFS) == {name: GROUND_TRUTH[name] for name in TASK2_MOTIFS}


def test_a_target_counts_for_a_factor_in_any_version():
    assert ground_truth_name("MA0137.3") == "STAT1"
    assert ground_truth_name("MA0137.99") == ground_truth_name("MA0137") == "STAT1"
    assert ground_truth_name("MA0773.1") == "MEF2A" and ground_truth_name("MA0060.2") == "NFYB"
    assert ground_truth_name("MA0615.1") is None


def test_the_newest_version_of_each_motif_is_inserted():
    ids = [motif.name for motif in inserted_motifs(TASK1_MOTIFS)]
    assert (
        ids
        == (
            "MA0466.2 MA0477.1 MA0062.2 MA0496.1 MA0058.3 MA0052.3 MA0502.1 MA0079.3 MA0083.3 "
            "MA0137.3 MA0095.2"
        ).split()
    )


@pytest.mark.parametrize("task", ["task1", "task2"])
def test_sites_agree_with_buffers_and_widths(task, request):
    data = request.getfixturevalue(task)
    names = {"task1": TASK1_MOTIFS, "task2": TASK2_MOTIFS}[task]
    width = {name: len(motif.ppm) for name, motif in zip(names, data.motifs, strict=True)}
    sites = data.sites
    assert list(sites.columns) == ["sequence", "motif", "start", "end"]
    assert set(sites["motif"]) == set(names)
    assert (sites["end"] - sites["start"] == sites["motif"].map(width)).all()
    # At least one nucleotide before the first, between any two, and behind the last.
    assert sites["start"].min() == 1
    assert sites["end"].max() == 199
    following = sites["sequence"].diff() == 0
    gaps = (sites["start"] - sites["end"].shift())[following]
    assert gaps.min() == 1
    assert sites["sequence"].is_monotonic_increasing


@pytest.mark.parametrize("task", ["task1", "task2"])
def test_split(task, request):
    data = request.getfixturevalue(task)
    n = len(data.tokens)
    assert list(data.split) == ["train", "valid", "test"]
    assert [len(rows) / n for rows in data.split.values()] == [0.7, 0.1, 0.2]
    assert sorted(np.concatenate(list(data.split.values()))) == list(range(n))
    # Random: a set is spread over the whole range, and not in order.
    for rows in data.split.values():
        half = int((rows < n // 2).sum())
        assert binomtest(half, len(rows)).pvalue > ALPHA
        assert (np.diff(rows) < 0).any()


@settings(deadline=None, max_examples=15)
@given(n=st.integers(10, 60), seed=st.integers(0, 2**32))
def test_split_of_any_size(n, seed):
    split = simulate_task1(n, seed=seed).split
    assert sorted(np.concatenate(list(split.values()))) == list(range(n))
    for rows, fraction in zip(split.values(), (0.7, 0.1, 0.2), strict=True):
        assert len(rows) >= 1
        assert abs(len(rows) - fraction * n) <= 1


@pytest.mark.parametrize("task", ["task1", "task2"])
def test_every_site_is_drawn_from_its_ppm(task, request):
    data = request.getfixturevalue(task)
    names = {"task1": TASK1_MOTIFS, "task2": TASK2_MOTIFS}[task]
    for name, motif in zip(names, data.motifs, strict=True):
        sites = data.sites[data.sites["motif"] == name]
        positions = sites["start"].to_numpy()[:, None] + np.arange(len(motif.ppm))
        letters = data.tokens[sites["sequence"].to_numpy()[:, None], positions]
        counts = np.stack([(letters == token).sum(axis=0) for token in range(4)], axis=1)
        for i, (count, p) in enumerate(zip(counts, motif.ppm, strict=True)):
            assert count[p == 0].sum() == 0, f"{name}, position {i}"
            some = p > 0
            if some.sum() > 1:
                expected = p[some] / p[some].sum() * count.sum()
                assert chisquare(count[some], expected).pvalue > ALPHA, f"{name}, position {i}"


def test_neighbouring_columns_of_a_site_are_independent(task1):
    """A fresh draw for each nucleotide, so the joint frequencies are the product."""
    motif = task1.motifs[TASK1_MOTIFS.index("SP1")]
    sites = task1.sites[task1.sites["motif"] == "SP1"]
    vague = int(np.argmin(information_content(motif.ppm[:-1]) + information_content(motif.ppm[1:])))
    rows, start = sites["sequence"].to_numpy(), sites["start"].to_numpy() + vague
    joint = np.zeros((4, 4))
    np.add.at(joint, (task1.tokens[rows, start], task1.tokens[rows, start + 1]), 1)
    expected = np.outer(motif.ppm[vague], motif.ppm[vague + 1])
    some = expected > 0
    assert some.sum() >= 9
    expected = expected[some] / expected[some].sum() * joint.sum()
    assert chisquare(joint[some], expected).pvalue > ALPHA


def test_background_is_uniform(task1):
    free = background_mask(task1)
    assert chisquare(np.bincount(task1.tokens[free], minlength=4)).pvalue > ALPHA
    # Pairs that share no nucleotide, so that each is an independent draw from 16.
    both = free[:, 0::2] & free[:, 1::2]
    pairs = 4 * task1.tokens[:, 0::2].astype(int) + task1.tokens[:, 1::2]
    assert chisquare(np.bincount(pairs[both], minlength=16)).pvalue > ALPHA
    # The buffers at the ends belong to it.
    for end in (0, -1):
        assert free[:, end].all()
        assert chisquare(np.bincount(task1.tokens[:, end], minlength=4)).pvalue > ALPHA


# -------------------------------------------------------------------------------------- Task 1


def test_task1_counts_and_labels(task1):
    assert task1.tokens.shape == (25_000, 200) and task1.tokens.dtype == np.int8
    assert set(np.unique(task1.tokens)) == {0, 1, 2, 3}
    assert task1.labels.shape == (25_000, 11) and task1.labels.dtype == np.int8
    assert [motif.alt.upper() for motif in task1.motifs] == list(TASK1_MOTIFS)

    counts = task1.sites.groupby("sequence").size()
    assert len(counts) == 25_000
    assert sorted(counts.unique()) == [3, 4, 5]
    assert chisquare(counts.value_counts().to_numpy()).pvalue > ALPHA
    # All different: as many labels as sites, at the sites' motifs.
    assert not task1.sites.duplicated(["sequence", "motif"]).any()
    labels = np.zeros_like(task1.labels)
    labels[task1.sites["sequence"], task1.sites["motif"].map(TASK1_MOTIFS.index)] = 1
    np.testing.assert_array_equal(task1.labels, labels)


def test_task1_motifs_are_chosen_alike(task1):
    for total in task1.labels.sum(axis=0):
        assert binomtest(int(total), 25_000, 4 / 11).pvalue > ALPHA
    # Any two share a sequence as often as any other two: E[k (k - 1)] / (11 x 10).
    together = task1.labels.astype(int).T @ task1.labels
    for i, j in combinations(range(11), 2):
        assert binomtest(int(together[i, j]), 25_000, (6 + 12 + 20) / 330).pvalue > ALPHA / 10
    # And none prefers to be the first.
    first = task1.sites.drop_duplicates("sequence")["motif"].value_counts()
    assert len(first) == 11
    assert chisquare(first.to_numpy()).pvalue > ALPHA


# -------------------------------------------------------------------------------------- Task 2


def test_task2_motifs_and_labels(task2):
    assert task2.tokens.shape == (4000, 200) and task2.tokens.dtype == np.int8
    np.testing.assert_array_equal(task2.labels, np.repeat([[1], [0]], 2000, axis=0))
    assert [motif.alt.upper() for motif in task2.motifs] == list(TASK2_MOTIFS)

    # One SRF and 1 to 3 others in each positive sequence, nothing in a negative one.
    assert sorted(task2.sites["sequence"].unique()) == list(range(2000))
    of_sequence = task2.sites.groupby("sequence")["motif"]
    assert (of_sequence.agg(lambda names: (names == "SRF").sum()) == 1).all()
    others = of_sequence.size() - 1
    assert sorted(others.unique()) == [1, 2, 3]
    assert chisquare(others.value_counts().to_numpy()).pvalue > ALPHA
    pool = task2.sites.loc[task2.sites["motif"] != "SRF", "motif"].value_counts()
    assert len(pool) == 5
    assert chisquare(pool.to_numpy()).pvalue > ALPHA


def test_task2_draws_with_replacement(task2):
    rows = task2.sites[task2.sites["motif"] != "SRF"].groupby("sequence")["motif"]
    two = rows.agg(list)[rows.size() == 2]
    same = sum(a == b for a, b in two)
    assert binomtest(same, len(two), 1 / 5).pvalue > ALPHA


def test_task2_srf_stands_anywhere(task2):
    rank = task2.sites.groupby("sequence").cumcount()
    size = task2.sites.groupby("sequence")["motif"].transform("size")
    for n in (2, 3, 4):
        ranks = rank[(task2.sites["motif"] == "SRF") & (size == n)]
        assert chisquare(np.bincount(ranks, minlength=n)).pvalue > ALPHA


def test_task2_negatives_are_dinucleotide_shuffles(task2):
    positive, negative = task2.tokens[:2000], task2.tokens[2000:]
    np.testing.assert_array_equal(dinucleotides(negative), dinucleotides(positive))
    np.testing.assert_array_equal(negative[:, [0, -1]], positive[:, [0, -1]])
    # 200 nt have so many shuffles that none is the sequence itself, or half of it.
    assert (negative == positive).mean(axis=1).max() < 0.5


def test_task2_both_classes_are_in_every_part(task2):
    for rows in task2.split.values():
        positives = int(task2.labels[rows].sum())
        assert binomtest(positives, len(rows)).pvalue > ALPHA


# ------------------------------------------------------------------- other negative classes


@pytest.mark.parametrize(
    ("contrast", "factors"), [("background", ()), ("weak", TASK2_MOTIFS[1:]), ("others", None)]
)
def test_a_negative_class_that_is_no_shuffle(contrast, factors):
    data, paper_s = simulate_task2(2000, seed=1, contrast=contrast), simulate_task2(2000, seed=1)
    np.testing.assert_array_equal(data.tokens[:1000], paper_s.tokens[:1000])
    np.testing.assert_array_equal(data.labels, paper_s.labels)
    factors = OTHER_MOTIFS if factors is None else factors
    negative = data.sites[data.sites["sequence"] >= 1000]
    assert set(negative["motif"]) == set(factors) and not set(OTHER_MOTIFS) & set(TASK2_MOTIFS)
    assert set(data.sites["motif"]) == set(TASK2_MOTIFS) | set(factors)
    pd.testing.assert_frame_equal(data.sites[data.sites["sequence"] < 1000], paper_s.sites)
    if not factors:
        counts = np.bincount(data.tokens[1000:].ravel(), minlength=4)
        assert chisquare(counts).pvalue > ALPHA
        assert len(data.motifs) == 6
        return
    of_both = data.sites.groupby("sequence").size()
    less = 1 if contrast == "weak" else 0
    np.testing.assert_array_equal(of_both.loc[1000:], of_both.loc[:999] - less)
    assert len(data.motifs) == (6 if contrast == "weak" else 11)
    by_factor = dict(zip((*TASK2_MOTIFS, *OTHER_MOTIFS), data.motifs, strict=False))
    for factor in factors:
        sites = negative[negative["motif"] == factor]
        words = np.stack([data.tokens[s.sequence, s.start : s.end] for s in sites.itertuples()])
        difference = np.eye(4)[words].mean(axis=0) - by_factor[factor].ppm
        assert np.abs(difference).max() < 5 * 0.5 / np.sqrt(len(words))


def test_an_unknown_negative_class_is_refused():
    with pytest.raises(ValueError, match="contrast is 'none'; use one of .*background"):
        simulate_task2(20, contrast="none")


# ------------------------------------------------------------------------------- both strands


@pytest.mark.parametrize(
    ("simulate", "factors"), [(simulate_task1, TASK1_MOTIFS), (simulate_task2, TASK2_MOTIFS)]
)
def test_sites_on_both_strands(simulate, factors):
    data = simulate(2000, seed=1, both_strands=True)
    assert [motif.name for motif in data.motifs] == [m.name for m in simulate(10).motifs]
    assert set(data.sites["motif"]) == set(factors)
    for factor, motif in zip(factors, data.motifs, strict=True):
        sites = data.sites[data.sites["motif"] == factor]
        assert ((sites["end"] - sites["start"]) == len(motif.ppm)).all()
        words = np.stack(
            [data.tokens[s.sequence, s.start : s.end] for s in sites.itertuples(index=False)]
        )
        # The mean of both strands: the motif and its reverse complement, half each.
        measured = np.eye(4)[words].mean(axis=0)
        expected = (motif.ppm + motif.ppm[::-1, ::-1]) / 2
        assert np.abs(measured - expected).max() < 5 * 0.5 / np.sqrt(len(words))
        assert np.abs(expected - motif.ppm).max() > 0.1 or factor in ("MAX", "SRF")


# ------------------------------------------------------------------------------- reproducibility


@pytest.mark.parametrize(
    ("simulate", "expected"),
    [
        (simulate_task1, "f18441f88fcff3fd252f653b20dd525d6abb1e937ed9fedb877d80691e247f5b"),
        (simulate_task2, "bead5d1c8721b6513fd6eb36cb8fdfd119610ce9674d09f32a3d45853c8fe9f7"),
    ],
)
def test_a_seed_gives_the_same_bits_on_every_machine(simulate, expected):
    data = simulate(50, seed=7)
    assert digest(data) == expected
    assert digest(simulate(50, seed=7)) == expected
    other = simulate(50, seed=8)
    assert (other.tokens != data.tokens).mean() > 0.5
    assert any((other.split[part] != data.split[part]).any() for part in data.split)


def test_tasks_share_no_random_numbers():
    one, two = simulate_task1(50, seed=7), simulate_task2(50, seed=7)
    assert abs((one.tokens == two.tokens).mean() - 0.25) < 0.05


def test_global_random_state_is_neither_used_nor_changed():
    np.random.seed(1)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first = digest(simulate_task2(10, seed=7))
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002
    np.random.seed(2)  # noqa: NPY002
    assert digest(simulate_task2(10, seed=7)) == first


# --------------------------------------------------------------------------------------- embed


def sure_motif(name, text):
    return Motif(name, np.eye(4)[["ACGT".index(letter) for letter in text]])


PAIR = (sure_motif("a", "AC"), sure_motif("g", "GTG"))


def test_every_placement_is_equally_likely():
    """2 + 3 nt and 3 buffers in 11 nt leave 3 nt for 3 gaps: 10 placements."""
    n = 4000
    _, sites = embed(
        PAIR, ("a", "g"), [np.array([0, 1])] * n, length=11, rng=np.random.default_rng(0)
    )
    possible = {
        (first, second)
        for first in range(1, 11)
        for second in range(first + 2 + 1, 11)
        if second + 3 <= 10
    }
    assert len(possible) == 10
    starts = sites["start"].to_numpy().reshape(n, 2)
    found, counts = np.unique(starts, axis=0, return_counts=True)
    assert {(int(a), int(b)) for a, b in found} == possible
    assert chisquare(counts).pvalue > ALPHA


def test_one_motif_lies_anywhere():
    _, sites = embed(PAIR, ("a", "g"), [np.array([1])] * 2000, 9, np.random.default_rng(0))
    starts, counts = np.unique(sites["start"], return_counts=True)
    assert starts.tolist() == [1, 2, 3, 4, 5]
    assert chisquare(counts).pvalue > ALPHA


@settings(deadline=None, max_examples=60)
@given(
    members=st.lists(st.integers(0, 1), min_size=1, max_size=6),
    spare=st.integers(0, 12),
    seed=st.integers(0, 2**32),
)
def test_embedded_motifs_keep_their_order_and_buffers(members, spare, seed):
    needed = sum((2, 3)[m] for m in members) + len(members) + 1
    tokens, sites = embed(
        PAIR, ("a", "g"), [np.array(members)], needed + spare, np.random.default_rng(seed)
    )
    assert tokens.shape == (1, needed + spare) and tokens.dtype == np.int8
    assert sites["motif"].tolist() == ["ag"[m] for m in members]
    edges = [0, *sites[["start", "end"]].to_numpy().ravel(), needed + spare]
    assert (np.subtract(edges[1::2], edges[0::2]) >= 1).all()
    for site, member in zip(sites.itertuples(), members, strict=True):
        assert tokens[0, site.start : site.end].tolist() == [[0, 1], [2, 3, 2]][member]


@settings(deadline=None, max_examples=20)
@given(members=st.lists(st.integers(0, 1), min_size=1, max_size=6))
def test_one_nucleotide_too_few_is_refused(members):
    needed = sum((2, 3)[m] for m in members) + len(members) + 1
    with pytest.raises(ValueError, match=f"need {needed} nt.*{needed - 1} nt are too short"):
        embed(PAIR, ("a", "g"), [np.array(members)], needed - 1, np.random.default_rng(0))


def test_rounded_ppms_give_tokens_only():
    """The JASPAR rows of a PPM that sums to 0.9991 must not give a fifth nucleotide."""
    low = Motif("low", np.full((5, 4), 0.9991 / 4))
    tokens, _ = embed((low,), ("low",), [np.array([0])] * 20_000, 7, np.random.default_rng(0))
    assert tokens.max() == 3


# ----------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize("simulate", [simulate_task1, simulate_task2])
@pytest.mark.parametrize("n", [9, 0, -10])
def test_too_few_sequences(simulate, n):
    with pytest.raises(ValueError, match=f"n_sequences is {n}; at least 10"):
        simulate(n)


def test_odd_number_for_task2():
    with pytest.raises(ValueError, match="n_sequences is 11.*even"):
        simulate_task2(11)
    assert len(simulate_task1(11).tokens) == 11


@pytest.mark.parametrize("simulate", [simulate_task1, simulate_task2])
@pytest.mark.parametrize("length", [0, 20, 45])
def test_too_short_sequences(simulate, length):
    message = rf"motifs \(\w+(, \w+)+\) need \d+ nt.*sequences of {length} nt are too short"
    with pytest.raises(ValueError, match=message):
        simulate(20, length=length)
