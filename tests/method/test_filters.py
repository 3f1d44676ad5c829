"""From first-layer weights to motifs, their matches, and the figures that count them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grimlib import filters as filters_module
from grimlib._scan import scores
from grimlib.filters import WINDOW, align, clip, filter_motifs, filter_report
from grimlib.matches import TOMTOM_COLUMNS
from grimlib.motifs import Motif, load_jaspar
from grimlib.sequences import decode, encode

pytestmark = pytest.mark.xdist_group("filters")

KMER = "GATTACAG"
TRUTH = {"STAT1": ("MA0137",), "YY1": ("MA0095.2",), "SRF": ("MA0083",)}


def jaspar(name):
    return next(motif for motif in load_jaspar() if motif.name == name)


def kmer_filter(kmer=KMER, at=5, width=19):
    """A filter that is 0.5 where the k-mer lies `at` positions from the filter's start, or 0."""
    kernel = np.zeros((width, 4, 1), dtype=np.float32)
    for i, letter in enumerate(kmer):
        kernel[at + i, "ACGT".index(letter), 0] = 1
    return kernel, np.array([0.5 - len(kmer)], dtype=np.float32)


def centre_filter(a, c, g, t, bias=0.0):
    """A filter that looks at its central nucleotide only."""
    kernel = np.zeros((19, 4, 1), dtype=np.float32)
    kernel[9, :, 0] = a, c, g, t
    return kernel, np.array([bias], dtype=np.float32)


def together(*filters):
    kernels, biases = zip(*filters, strict=True)
    return np.concatenate(kernels, axis=2), np.concatenate(biases)


def with_kmer(starts, length, kmer=KMER, seed=0):
    """One sequence for each start: background, with the k-mer there and nowhere else."""
    rng = np.random.default_rng(seed)
    rows = []
    while len(rows) < len(starts):
        row = rng.integers(0, 4, length, dtype=np.int8)
        start = starts[len(rows)]
        row[start : start + len(kmer)] = encode(kmer)
        if decode(row).count(kmer) == 1:
            rows.append(row)
    return np.stack(rows)


# ---------------------------------------------------------------------------------------- scores


@settings(deadline=None, max_examples=25)
@given(
    n=st.integers(1, 3),
    length=st.integers(1, 25),
    half=st.integers(0, 5),
    n_filters=st.integers(1, 3),
    seed=st.integers(0, 2**32),
)
def test_scores_are_those_of_a_naive_loop(n, length, half, n_filters, seed):
    rng = np.random.default_rng(seed)
    kernel = rng.normal(size=(2 * half + 1, 4, n_filters))
    bias = rng.normal(size=n_filters)
    tokens = rng.integers(0, 5, (n, length), dtype=np.int8)
    expected = np.zeros((n, length, n_filters))
    for row in range(n):
        for i in range(length):
            for f in range(n_filters):
                score = bias[f]
                for j in range(2 * half + 1):
                    where = i - half + j
                    if 0 <= where < length and tokens[row, where] < 4:
                        score += kernel[j, tokens[row, where], f]
                expected[row, i, f] = score
    got = scores(kernel, bias, tokens)
    assert got.shape == (n, length, n_filters) and got.dtype == np.float32
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)


# ------------------------------------------------------------------------------------- alignment


def test_a_filter_for_a_k_mer_gives_the_k_mer():
    tokens = with_kmer([30, 41, 52, 60], length=100)
    alignment = align(*kmer_filter(), tokens)
    assert alignment.ppms.shape == (1, 20, 4) and alignment.ppms.dtype == np.float64
    assert alignment.windows.tolist() == [4]
    # The filter's centre, position 9, lies on the window's position 10: the k-mer moves by one.
    np.testing.assert_array_equal(alignment.ppms[0, 6:14], np.eye(4)[encode(KMER)])
    for column in np.delete(np.arange(20), np.arange(6, 14)):
        letters = [row[s - 6 + column] for row, s in zip(tokens, (30, 41, 52, 60), strict=True)]
        np.testing.assert_allclose(alignment.ppms[0, column], np.bincount(letters, minlength=4) / 4)


@pytest.mark.parametrize("at", [0, 5, 11])
def test_windows_end_where_the_sequence_ends(at):
    """The 20 nt are [i - 10, i + 10) around the centre i; one nucleotide further is left out."""
    length = 60
    kernel, bias = kmer_filter(at=at)
    to_centre = 9 - at
    fits = []
    for start in range(length - len(KMER) + 1):
        centre = start + to_centre
        counted = align(kernel, bias, with_kmer([start], length)).windows[0]
        if not 0 <= centre < length:
            assert counted == 0  # the filter's centre is outside: no activation there
            continue
        assert counted == (0 <= centre - 10 and centre + 10 <= length), start
        fits.append(counted)
    assert 0 < sum(fits) < len(fits)


@pytest.mark.parametrize(("centre", "counted"), [(9, 0), (10, 1), (50, 1), (51, 0)])
def test_window_bounds_in_numbers(centre, counted):
    start = centre - 4
    assert align(*kmer_filter(), with_kmer([start], 60)).windows.tolist() == [counted]


def test_one_window_is_the_sequence_itself():
    (row,) = with_kmer([6], WINDOW)
    alignment = align(*kmer_filter(), row[None])
    assert alignment.windows.tolist() == [1]
    np.testing.assert_array_equal(alignment.ppms[0], np.eye(4)[row])


@pytest.mark.parametrize(
    ("values", "fires"),
    [
        ((4, 2, 2.0625, 0), "AG"),  # C is half of the maximum: not above it
        ((4, 4, 1, 1), "AC"),
        ((-1, -2, 3, -3), "G"),
        ((1, 0.5, 0.5, 0.5), "A"),
    ],
)
def test_threshold_is_strictly_half_of_the_maximum(values, fires):
    tokens = np.random.default_rng(0).integers(0, 4, (30, 50), dtype=np.int8)
    alignment = align(*centre_filter(*values), tokens)
    inner = tokens[:, 10:41]
    counts = np.array([(inner == i).sum() if "ACGT"[i] in fires else 0 for i in range(4)])
    assert alignment.windows.tolist() == [counts.sum()]
    np.testing.assert_allclose(alignment.ppms[0, 10], counts / counts.sum())


@pytest.mark.parametrize(
    ("values", "fires"),
    [
        ((4, 3.31, 3.3, 2), "AC"),  # 4 - ln 2 is 3.307
        ((-1, -1.5, -1.7, -9), "AC"),  # below zero, where a ReLU would be silent
        ((900, 899.5, 899, 450), "AC"),  # e^900 is more than a float holds
    ],
)
def test_half_of_an_exponential_is_a_score_of_ln_2_less(values, fires):
    tokens = np.random.default_rng(0).integers(0, 4, (30, 50), dtype=np.int8)
    alignment = align(*centre_filter(*values), tokens, activation="exponential")
    inner = tokens[:, 10:41]
    counts = np.array([(inner == i).sum() if "ACGT"[i] in fires else 0 for i in range(4)])
    assert alignment.windows.tolist() == [counts.sum()]
    np.testing.assert_allclose(alignment.ppms[0, 10], counts / counts.sum())


def test_every_exponential_is_above_a_fraction_of_0():
    tokens = np.zeros((2, 40), dtype=np.int8)
    with pytest.raises(ValueError, match="fraction is 0"):
        align(*kmer_filter(), tokens, 0, "exponential")
    assert align(*kmer_filter(), tokens, 0).windows.tolist() == [0]


def test_an_unknown_activation_is_refused():
    tokens = np.zeros((2, 40), dtype=np.int8)
    with pytest.raises(ValueError, match="activation is 'gelu'"):
        align(*kmer_filter(), tokens, activation="gelu")
    with pytest.raises(ValueError, match="activation is 'gelu'"):
        filter_report(*kmer_filter(), tokens, activation="gelu")


def test_a_report_aligns_as_it_is_told():
    kernel, bias = centre_filter(2, 1.5, 1.2, 0)
    tokens = np.random.default_rng(0).integers(0, 4, (30, 50), dtype=np.int8)
    inner = tokens[:, 10:41]
    for letters, arguments in (
        (3, {}),
        (2, dict(activation="exponential")),
        (1, dict(fraction=0.8)),
    ):
        report = filter_report(kernel, bias, tokens, **arguments)
        assert report.table["windows"].tolist() == [(inner < letters).sum()]


def test_motifs_are_whole_where_they_are_not_clipped():
    kernel, bias = centre_filter(1, 0, 0, 0)
    tokens = np.random.default_rng(0).integers(0, 4, (30, 50), dtype=np.int8)
    alignment = align(kernel, bias, tokens)
    for clipped, ppm in ((True, alignment.ppms[0, 7:14]), (False, alignment.ppms[0])):
        report = filter_report(kernel, bias, tokens, clipped=clipped)
        for motifs in (report.motifs, filter_motifs(alignment, clipped)):
            np.testing.assert_array_equal(motifs[0].ppm, ppm)


def test_maximum_is_over_all_sequences_and_positions():
    """A second sequence's maximum, or one too near to the end for a window, sets the threshold."""
    kernel, bias = centre_filter(4, 1, 0, 0)
    tokens = np.full((2, 40), 2, dtype=np.int8)
    tokens[0, 20] = 1
    assert align(kernel, bias, tokens).windows.tolist() == [1]
    tokens[1, 20] = 0
    alignment = align(kernel, bias, tokens)
    assert alignment.windows.tolist() == [1]
    np.testing.assert_array_equal(alignment.ppms[0, 10], [1, 0, 0, 0])
    tokens[1, 20], tokens[1, 0] = 2, 0
    assert align(kernel, bias, tokens).windows.tolist() == [0]


def test_each_filter_has_its_own_maximum():
    tokens = np.random.default_rng(0).integers(0, 4, (30, 50), dtype=np.int8)
    strong, weak = centre_filter(100, 0, 0, 0), centre_filter(0, 0, 0, 0.01)
    alone = [align(*each, tokens) for each in (strong, weak)]
    both = align(*together(strong, weak), tokens)
    np.testing.assert_array_equal(both.windows, [a.windows[0] for a in alone])
    np.testing.assert_array_equal(both.ppms, [a.ppms[0] for a in alone])
    assert both.ppms[0, 10, 0] == both.ppms[1, 10, 3] == 1


def test_several_sites_in_a_sequence_count_each():
    row = with_kmer([20], 100)[0]
    row[50:58] = encode(KMER)
    assert align(*kmer_filter(), row[None]).windows.tolist() == [2]


def test_unknown_nucleotides_count_for_nothing():
    tokens = with_kmer([30, 30, 30, 30], 80)
    tokens[:, 25] = [0, 0, 1, 4]
    tokens[:, 40] = 4
    alignment = align(*kmer_filter(), tokens)
    assert alignment.windows.tolist() == [4]
    # The k-mer at 30 stands on column 6, so nucleotide 24 + i stands on column i.
    np.testing.assert_allclose(alignment.ppms[0, 1], [2 / 3, 1 / 3, 0, 0])
    np.testing.assert_allclose(alignment.ppms[0, 16], 0.25)
    np.testing.assert_allclose(alignment.ppms.sum(axis=2), 1)


def test_inactive_filters():
    tokens = np.random.default_rng(0).integers(0, 4, (30, 50), dtype=np.int8)
    dead = [
        centre_filter(0, 0, 0, 0),
        centre_filter(1, 1, 1, 1, bias=-1),
        centre_filter(-1, -1, -1, -1),
        kmer_filter("A" * 15, at=2),  # alive, but nothing to fire at
    ]
    alignment = align(*together(*dead), tokens)
    assert alignment.windows.tolist() == [0, 0, 0, 0]
    assert (alignment.ppms == 0.25).all()


@pytest.mark.parametrize(
    ("width", "fraction"),
    [(1, 0.5), (3, 0.5), (7, 0.3), (19, 0), (19, 0.5), (19, 0.7), (21, 0.5)],
)
def test_windows_are_those_whose_scores_are_above_a_fraction_of_the_highest(width, fraction):
    """Counted one by one, on sequences with unknown nucleotides, for kernels of any width."""
    rng = np.random.default_rng(width)
    tokens = rng.integers(0, 5, (30, 40), dtype=np.int8)
    # Eighths, so that every order of summation gives the same score.
    kernel, bias = rng.integers(-8, 9, (width, 4, 6)) / 8, rng.integers(-8, 9, 6) / 8
    all_scores = scores(kernel, bias, tokens)
    got = align(kernel, bias, tokens, fraction)
    for unit in range(6):
        score = all_scores[..., unit]
        fires = score > max(score.max(), 0) * fraction
        windows = [
            tokens[row, at - 10 : at + 10]
            for row, at in np.argwhere(fires)
            if 0 <= at - 10 and at + 10 <= 40
        ]
        assert got.windows[unit] == len(windows) > 1
        for i, column in enumerate(np.transpose(windows)):
            known = column[column < 4]
            expected = np.bincount(known, minlength=4) / len(known) if len(known) else 0.25
            np.testing.assert_allclose(got.ppms[unit, i], expected)


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 2**32), scale=st.floats(0.01, 100))
def test_alignment_does_not_depend_on_a_filter_s_scale(seed, scale):
    """Nor does it on the order of the sequences; and every PPM is one."""
    rng = np.random.default_rng(seed)
    tokens = rng.integers(0, 4, (8, 40), dtype=np.int8)
    # Multiples of 1/8 and a power of two, so that no rounding moves a score over the threshold.
    kernel = rng.integers(-8, 9, (19, 4, 3)) / 8
    bias = rng.integers(-8, 9, 3) / 8
    factor = 2.0 ** np.round(np.log2(scale))
    expected = align(kernel, bias, tokens)
    got = align(kernel * factor, bias * factor, tokens[::-1])
    np.testing.assert_array_equal(got.windows, expected.windows)
    np.testing.assert_allclose(got.ppms, expected.ppms, atol=1e-12)
    np.testing.assert_allclose(got.ppms.sum(axis=2), 1, atol=1e-12)


def test_too_short_sequences_and_fractions_of_nothing():
    with pytest.raises(ValueError, match="19 nt .* 20 nt"):
        align(*kmer_filter(), np.zeros((3, 19), dtype=np.int8))
    for fraction in (-0.1, 1, float("nan")):
        with pytest.raises(ValueError, match=f"fraction is {fraction}"):
            align(*kmer_filter(), np.zeros((3, 30), dtype=np.int8), fraction)


# -------------------------------------------------------------------------------------- clipping


def columns(text):
    """A PPM from letters (2 bits each) and dots (none)."""
    return np.array([[0.25] * 4 if x == "." else np.eye(4)["ACGT".index(x)] for x in text])


@pytest.mark.parametrize(
    ("text", "start", "stop"),
    [
        (".....ACGT...........", 2, 12),
        ("....A...............", 1, 8),
        ("...A...........T....", 0, 19),  # what lies between is kept, whatever it is
        ("..A..............A..", 0, 20),  # the padding ends where the PPM ends
        ("A...................", 0, 4),
        ("...................A", 16, 20),
        ("....................", 0, 20),  # nothing counts: all is kept
        ("AAAAAAAAAAAAAAAAAAAA", 0, 20),
        ("A", 0, 1),
    ],
)
def test_clip(text, start, stop):
    assert clip(columns(text)) == slice(start, stop)


def test_clip_wants_more_than_half_a_bit():
    ppm = columns("..........")
    for column, kept in (
        ([0.5, 0.25, 0.125, 0.125], slice(0, 10)),  # 0.25 bit
        ([0.5, 0.25, 0.25, 0], slice(0, 10)),  # 0.5 bit, exactly
        ([0.51, 0.25, 0.24, 0], slice(2, 9)),  # 0.51 bit
    ):
        ppm[5] = column
        assert clip(ppm) == kept


# ---------------------------------------------------------------------------------------- report


def motif_filter(name, fraction=0.6):
    """A filter that scores log-odds, and fires above a fraction of the best score."""
    ppm = jaspar(name).ppm[:19]
    log_odds = np.log2((ppm + 0.01) / 0.26)
    kernel = np.zeros((19, 4, 1), dtype=np.float32)
    start = (19 - len(ppm)) // 2
    kernel[start : start + len(ppm), :, 0] = log_odds
    return kernel, np.array([-fraction * log_odds.max(axis=1).sum()], dtype=np.float32)


@pytest.fixture(scope="module")
def embedded():
    """Sequences with SRF, YY1 and CTCF, a motif of JASPAR that is no ground truth."""
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 4, (300, 120), dtype=np.int8)
    ppms = [jaspar(name).ppm for name in ("MA0083.3", "MA0095.2", "MA0139.1")]
    for row in tokens:
        for third, i in enumerate(rng.permutation(3)):
            start = 40 * third + rng.integers(0, 41 - len(ppms[i]))
            site = [rng.choice(4, p=column) for column in ppms[i]]
            row[start : start + len(site)] = site
    return tokens


@pytest.fixture(scope="module")
def report(embedded):
    kernel, bias = together(
        motif_filter("MA0083.3"),
        motif_filter("MA0095.2"),
        motif_filter("MA0139.1"),
        motif_filter("MA0095.2", fraction=0.7),
        centre_filter(-1, -1, -1, -1),  # dead
        centre_filter(0, 0, 0, 0, bias=1.0),  # fires everywhere: featureless
        centre_filter(1, 0, 0, 0),  # a single A
    )
    return filter_report(kernel, bias, embedded, ground_truth=TRUTH)


def test_report_of_known_filters(report):
    table = report.table
    assert table["filter"].tolist() == list(range(7))
    assert table["status"].tolist() == [
        "ground truth",
        "ground truth",
        "other motif",
        "ground truth",
        "inactive",
        "no match",
        "no match",
    ]
    assert table["ground_truth"].tolist() == ["SRF", "YY1", "", "YY1", "", "", ""]
    assert table["Target_ID"].tolist()[:4] == ["MA0083.3", "MA0095.2", "MA0139.1", "MA0095.2"]
    assert table["target"].tolist()[:4] == ["SRF", "YY1", "CTCF", "YY1"]
    assert (table["E-value"][:4] < 1e-3).all()
    assert table["windows"][4] == 0 and (table["windows"].drop(4) > 50).all()
    # The featureless filter's only match is the artefact, and is told but not counted.
    assert table["Target_ID"][5] == "MA0615.1"
    for column in ("consensus", "Target_ID", "target"):
        assert table[column][4] == ""
    assert np.isnan(table["E-value"][4])


def test_report_s_figures(report):
    assert report.tpr == pytest.approx(3 / 7)
    assert report.fpr == pytest.approx(1 / 7)
    assert report.inactive == pytest.approx(1 / 7)
    assert report.recall == pytest.approx(2 / 3)
    assert report.ground_truth == ("STAT1", "YY1", "SRF")
    assert report.found == ("YY1", "SRF")


def test_report_s_motifs_are_clipped_and_weighted(report):
    names = [motif.name for motif in report.motifs]
    assert names == [f"filter_{i}" for i in (0, 1, 2, 3, 5, 6)]
    for motif in report.motifs:
        row = report.table.iloc[int(motif.name.split("_")[1])]
        assert motif.nsites == row["windows"]
        assert len(motif.ppm) == len(row["consensus"])
    assert "CCATATATGG" in report.table["consensus"][0]
    assert len(report.motifs[-1].ppm) == 7  # a single column and its padding
    assert len(report.motifs[-2].ppm) == 20
    assert set(report.matches["Query_ID"]) <= set(names)
    assert (report.matches["E-value"] <= 0.1).all()


def test_threshold_reaches_tomtom(embedded):
    strict = filter_report(
        *motif_filter("MA0083.3"), embedded, ground_truth={"SRF": ["MA0083"]}, evalue=1e-30
    )
    assert strict.table["status"].tolist() == ["no match"]
    assert (strict.tpr, strict.fpr, strict.recall, strict.evalue) == (0, 0, 0, 1e-30)


def matches(*pairs):
    """A table as Tomtom gives it: (filter, target, p-value)."""
    rows = [(f"filter_{i}", t, 0, p, 519 * p, p, 5, "A", "A", "+") for i, t, p in pairs]
    return pd.DataFrame(rows, columns=TOMTOM_COLUMNS)


def judged(pairs, ground_truth, active=(True, True), evalue=0.1):
    """The report on filters that are active or not, and whose matches are given."""
    alive, dead = centre_filter(1, 0, 0, 0), centre_filter(-1, -1, -1, -1)
    kernel, bias = together(*[alive if each else dead for each in active])
    tokens = np.random.default_rng(0).integers(0, 4, (20, 40), dtype=np.int8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filters_module, "tomtom", lambda *_: matches(*pairs))
        return filter_report(kernel, bias, tokens, ground_truth=ground_truth, evalue=evalue)


@pytest.mark.parametrize(
    ("targets", "status", "ground_truth"),
    [
        ([], "no match", ""),
        (["MA0615.1"], "no match", ""),
        (["MA0615.1", "MA0139.1"], "other motif", ""),
        (["MA0139.1", "MA0615.1"], "other motif", ""),
        (["MA0139.1", "MA0083.3"], "ground truth", "SRF"),  # not the best match, but one
        (["MA0615.1", "MA0083.3"], "ground truth", "SRF"),
        (["MA0095.2", "MA0083.3"], "ground truth", "YY1"),  # the one with the smallest p-value
        (["MA0137.3"], "other motif", ""),  # a factor that is not looked for here
    ],
)
def test_status(targets, status, ground_truth):
    pairs = [(0, target, 1e-6 * (i + 1)) for i, target in enumerate(targets)]
    report = judged(pairs, {"SRF": ("MA0083",), "YY1": ("MA0095",)})
    assert report.table["status"].tolist() == [status, "no match"]
    assert report.table["ground_truth"].tolist() == [ground_truth, ""]
    assert report.table["Target_ID"][0] == (targets[0] if targets else "")


def test_found_counts_every_ground_truth_motif_that_a_filter_matches():
    pairs = [(0, "MA0095.2", 1e-6), (0, "MA0083.3", 1e-5), (1, "MA0137.3", 1e-6)]
    report = judged(pairs, {"SRF": ["MA0083"], "MAX": ["MA0058"], **TRUTH})
    assert report.found == ("SRF", "STAT1", "YY1")
    assert report.recall == pytest.approx(3 / 4)
    assert (report.tpr, report.fpr) == (1, 0)


def test_several_targets_may_count_as_one_factor():
    """By the name of a version, or of all of them; `factors` says it of each match."""
    pairs = [(0, "MA0660.1", 1e-6), (0, "MA0139.1", 1e-5), (1, "MA0083.3", 1e-6)]
    mef2 = ("MA0052", "MA0660", "MA0773")
    report = judged(pairs, {"MEF2A": mef2, "SRF": ("MA0083.1", "MA0083.3")})
    assert report.factors.isna().tolist() == [False, True, False]
    assert report.factors.dropna().tolist() == ["MEF2A", "SRF"]
    assert report.factors.index.equals(report.matches.index)
    assert report.table["ground_truth"].tolist() == ["MEF2A", "SRF"]


@settings(deadline=None, max_examples=20)
@given(
    st.lists(
        st.tuples(
            st.booleans(),
            st.lists(st.sampled_from(["MA0615.1", "MA0139.1", "MA0083.3", "MA0137.3"]), max_size=3),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_every_filter_is_counted_once(filters):
    pairs = [
        (i, target, 1e-6 * (rank + 1))
        for i, (active, targets) in enumerate(filters)
        for rank, target in enumerate(targets)
        if active
    ]
    report = judged(pairs, {"SRF": ("MA0083",)}, [active for active, _ in filters])
    unmatched = (report.table["status"] == "no match").mean()
    assert report.tpr + report.fpr + report.inactive + unmatched == pytest.approx(1)
    assert report.inactive == pytest.approx(np.mean([not active for active, _ in filters]))
    assert report.tpr == pytest.approx(np.mean([a and "MA0083.3" in t for a, t in filters]))
    assert (report.tpr > 0) == (report.recall == 1)


def test_a_network_of_dead_filters():
    tokens = np.random.default_rng(0).integers(0, 4, (20, 40), dtype=np.int8)
    report = filter_report(np.zeros((19, 4, 3)), np.zeros(3), tokens, ground_truth=TRUTH)
    assert report.table["status"].tolist() == ["inactive"] * 3
    assert (report.tpr, report.fpr, report.inactive, report.recall) == (0, 0, 1, 0)
    assert report.motifs == [] and len(report.matches) == len(report.factors) == 0
    assert list(report.matches.columns) == list(TOMTOM_COLUMNS)


def test_without_ground_truth(embedded, recwarn):
    """One's own sequences: there is a report, and no recall."""
    kernel, bias = together(motif_filter("MA0083.3"), centre_filter(1, 0, 0, 0))
    report = filter_report(kernel, bias, embedded)
    assert report.table["status"].tolist() == ["other motif", "no match"]
    assert report.table["target"][0] == "SRF"
    assert (report.tpr, report.fpr, report.ground_truth, report.found) == (0, 0.5, (), ())
    assert report.factors.isna().all()
    assert np.isnan(report.recall)
    assert [str(warning.message) for warning in recwarn] == []


def test_a_database_of_one_s_own(embedded):
    mine = [Motif(f"mine.{i}", motif.ppm, alt=motif.alt) for i, motif in enumerate(load_jaspar())]
    own = {motif.alt: motif.name for motif in mine}
    kernel, bias = together(motif_filter("MA0083.3"), motif_filter("MA0139.1"))
    truth = {"of SRF": [own["SRF"]], "of MAX": [own["MAX"]]}
    report = filter_report(kernel, bias, embedded, mine, truth)
    assert report.table["Target_ID"].tolist() == [own["SRF"], own["CTCF"]]
    assert report.table["target"].tolist() == ["SRF", "CTCF"]
    assert report.table["ground_truth"].tolist() == ["of SRF", ""]
    assert (report.ground_truth, report.found) == (("of SRF", "of MAX"), ("of SRF",))
    everything = filter_report(kernel, bias, embedded, mine, {"any": ["mine"]})
    assert everything.tpr == everything.recall == 1


@pytest.mark.parametrize("names", [("SRF",), (), ("MA0083.9",), ("MA008",)])
def test_unknown_ground_truth(names):
    """A name that no target has would be counted as missed."""
    tokens = np.random.default_rng(0).integers(0, 4, (20, 40), dtype=np.int8)
    with pytest.raises(ValueError, match="ground_truth has 'Srf'") as error:
        filter_report(*centre_filter(1, 0, 0, 0), tokens, ground_truth={**TRUTH, "Srf": names})
    assert repr(names) in str(error.value)


# ------------------------------------------------------------------------- judging a report again


def assert_same(one, other):
    pd.testing.assert_frame_equal(one.table, other.table)
    pd.testing.assert_frame_equal(
        one.matches.reset_index(drop=True), other.matches.reset_index(drop=True), check_dtype=False
    )
    assert (one.found, one.recall, one.evalue) == (other.found, other.recall, other.evalue)


@pytest.mark.parametrize("evalue", [0.1, 1e-6, 1e-30])
def test_at_a_threshold_a_report_is_one_made_with_it(embedded, evalue):
    kernel, bias = together(motif_filter("MA0083.3"), motif_filter("MA0139.1", fraction=0.5))
    loose, strict = (
        filter_report(kernel, bias, embedded, ground_truth=TRUTH, evalue=each)
        for each in (1, evalue)
    )
    assert_same(loose.at(evalue), strict)


def test_among_some_matches_only(report):
    assert_same(report.among(np.ones(len(report.matches), bool)), report)
    without = report.among(report.matches["Target_ID"] != "MA0095.2")
    assert "MA0095.2" not in set(without.matches["Target_ID"])
    assert without.found == ("SRF",) and without.evalue == report.evalue
    assert without.factors.index.equals(without.matches.index)
    none = report.among(np.zeros(len(report.matches), bool))
    assert (none.tpr, none.fpr, none.recall, none.inactive) == (0, 0, 0, report.inactive)
    assert none.table["status"].tolist() == ["no match"] * 4 + ["inactive"] + ["no match"] * 2
    assert none.table["windows"].equals(report.table["windows"])


def test_matches_above_the_report_s_threshold_are_not_known(report):
    with pytest.raises(ValueError, match="evalue is 0.2.* 0.1 .*higher"):
        report.at(0.2)


def test_a_match_at_the_threshold_counts(report):
    assert_same(report.at(report.evalue), report)
    last = report.matches["E-value"].max()
    pd.testing.assert_frame_equal(report.at(last).matches, report.matches)
    below = report.at(np.nextafter(last, 0))
    assert len(below.matches) == (report.matches["E-value"] < last).sum() < len(report.matches)
