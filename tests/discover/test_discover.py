"""Training on sequences of one's own, and the tested set of motifs."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from grimlib.compiled import CompiledGRIM
from grimlib.discover import Settings, Training, find_motifs, find_sites, learning, train
from grimlib.discover.learning import POOL_SIZE, split
from grimlib.filters import align, filter_motifs
from grimlib.losses import collapsed_loss
from grimlib.motifs import Motif, load_jaspar
from grimlib.sequences import decode, encode, reverse_complement

pytestmark = pytest.mark.xdist_group("discover")

WORD = "TGACCTAAGTGA"
TINY = Settings(n_filters=4, epochs=4)


@pytest.fixture(autouse=True, scope="module")
def short_epochs():
    """Of three batches: a pass of the 260 sequences below."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learning, "EPOCH", 3)
        yield


def sequences(
    n: int, share: float = 1.0, seed: int = 0, length: int = 60, word: str = WORD
) -> np.ndarray:
    """Random sequences, a share of them with a word on either strand."""
    rng = np.random.default_rng(seed)
    tokens = rng.integers(0, 4, (n, length), dtype=np.int8)
    for i in np.flatnonzero(rng.random(n) < share):
        start = rng.integers(0, length - len(word) + 1)
        site = encode(word)
        site = site if rng.random() < 0.5 else reverse_complement(site)
        tokens[i, start : start + len(word)] = site
    return tokens


@pytest.fixture(scope="module")
def tokens():
    return sequences(260)


@pytest.fixture(scope="module")
def training(tokens):
    """Of four epochs."""
    return train(tokens, TINY)


# -------------------------------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("views", "foo"),
        ("strands", 3),
        ("strands", 0),
        ("strands", True),
        ("n_filters", 0),
        ("n_filters", 1.5),
        ("epochs", -1),
        ("seed", -1),
        ("seed", 2**32),
        ("seed", np.int64(-1)),
    ],
)
def test_bad_settings(name, value):
    with pytest.raises(ValueError, match=f"{name}.*{value!r}".replace("np.int64(-1)", "-1")):
        Settings(**{name: value})


def test_split():
    tokens = np.arange(203 * 2).reshape(203, 2)
    learn, held_out = split(tokens, 5)
    assert (len(learn), len(held_out)) == (163, 40)
    assert sorted([*learn[:, 0], *held_out[:, 0]]) == tokens[:, 0].tolist()
    assert (np.diff(held_out[:, 0]) < 0).any(), "at random"
    np.testing.assert_array_equal(split(tokens, 5)[1], held_out)
    assert set(split(tokens, 6)[1][:, 0]) != set(held_out[:, 0])


# -------------------------------------------------------------------------------------- training


def test_a_training(training, tokens):
    assert training.outcome == "finished"
    assert len(training.history["loss"]) == len(training.history["val_loss"]) == 4
    assert training.history["loss"][-1] < training.history["loss"][0]
    assert training.chance == pytest.approx(2 * training.model.n_views * np.log(2))
    again, other = train(tokens, TINY), train(tokens, replace(TINY, seed=1))
    assert again.history == training.history != other.history
    np.testing.assert_array_equal(again.model.kernel, training.model.kernel)


def test_the_validation_loss_is_of_the_held_out_sequences(tokens):
    """The same training on sequences of which those held out are others."""
    _, held_out = split(tokens, 0)
    other = sequences(260, share=0, seed=9)
    rows = {row.tobytes() for row in held_out}
    is_held_out = np.array([row.tobytes() in rows for row in tokens])
    changed = np.where(is_held_out[:, None], other, tokens)
    few = replace(TINY, epochs=1)
    one, two = (train(t, few) for t in (tokens, changed))
    assert one.history["loss"] == two.history["loss"]
    assert one.history["val_loss"] != two.history["val_loss"]


@pytest.mark.parametrize(("n", "asked", "epochs"), [(260, 0, 32), (260, 2, 2), (9_000, 0, 32)])
def test_an_epoch_has_as_many_batches_whatever_the_number_of_sequences(
    monkeypatch, n, asked, epochs
):
    batches = []
    monkeypatch.setattr(learning, "has_levelled_off", lambda *_: False)
    monkeypatch.setattr(CompiledGRIM, "train_on_batch", lambda *sets: batches.append(sets) or 1.0)
    ended = train(sequences(n, share=0), replace(TINY, epochs=asked))
    assert len(batches) == epochs * learning.EPOCH
    assert len(ended.history["loss"]) == epochs


# ---------------------------------------------------------------------------------------- collapse


@pytest.mark.parametrize(("n", "length"), [(20, 20), (60, 45), (20, 5_000)])
def test_few_short_and_long_sequences_are_analysed(n, length):
    tokens = sequences(n, length=length)
    trained = train(tokens, TINY)
    assert trained.outcome == "finished" and np.isfinite(trained.history["val_loss"]).all()
    found = find_motifs(trained, tokens, TINY, load_jaspar())
    assert len(found.table) == len(found.motifs)


def test_a_collapsed_training_finds_nothing(tokens, monkeypatch):
    """Given up after three epochs, whatever the number of epochs asked for."""

    def dead(*args):
        """A network whose filters never fire."""
        model = CompiledGRIM(*args)
        model.bias -= 100
        return model

    monkeypatch.setattr(learning, "CompiledGRIM", dead)
    settings = replace(TINY, epochs=30)
    training = train(tokens, settings)
    assert training.outcome == "collapsed"
    assert len(training.history["val_loss"]) == 3
    assert training.chance == collapsed_loss(training.model.n_views)
    np.testing.assert_allclose(training.history["val_loss"], training.chance, rtol=1e-6)
    # Filters that fire are not presented, either, once training has collapsed.
    alive = Training(CompiledGRIM(4, 60, POOL_SIZE, "both", 0), {}, "collapsed", training.chance)
    for ended in (training, alive):
        found = find_motifs(ended, tokens, settings, load_jaspar())
        assert (found.motifs, found.filters, found.n_tested) == ([], [], 0)
        assert len(found.table) == len(found.matches) == len(found.sites) == 0


# ---------------------------------------------------------------------------------------- motifs


def trained(words: list[str]) -> Training:
    """A training whose filters are the given words."""
    kernel = np.zeros((19, 4, len(words)), np.float32)
    for i, word in enumerate(words):
        start = (19 - len(word)) // 2
        kernel[start : start + len(word), :, i] = np.eye(4)[encode(word)]
    bias = np.array([-(len(word) - 2.5) for word in words], np.float32)
    model = SimpleNamespace(kernel=kernel, bias=bias)
    return Training(model, {"loss": [1.0], "val_loss": [1.0]}, "finished", 2.0)


def test_find_motifs():
    """Given filters: two of one motif, one of another, one of what is not there."""
    first, second = WORD, "GTTTCGCAATCC"
    tokens = sequences(400, seed=1)
    rng = np.random.default_rng(2)
    for i in np.flatnonzero(rng.random(400) < 0.5):
        start = rng.integers(0, 49)
        tokens[i, start : start + 12] = encode(second)
    other = "".join("TGCA"["ACGT".index(c)] for c in reversed(first))
    training = trained([first, second, other, "CGTTGCATCGGT"])
    target = Motif("T1", np.eye(4)[encode(second)] * 0.88 + 0.03, alt="NAME")
    found = find_motifs(training, tokens, Settings(n_filters=4), [*load_jaspar(), target])

    assert [motif.name for motif in found.motifs] == ["motif_1", "motif_2"]
    assert [motif.name for motif in found.filters][:3] == ["filter_0", "filter_1", "filter_2"]
    table = found.table.set_index("motif")
    assert first in table["consensus"]["motif_1"] or other in table["consensus"]["motif_1"]
    assert second in table["consensus"]["motif_2"]
    assert table["filters"].tolist() == [2, 1]
    assert (table["share"] > table["shuffled share"]).all() and (table["E-value"] <= 0.05).all()
    assert table["match"]["motif_2"] == found.motifs[1].alt == "NAME"
    assert table["Target_ID"]["motif_2"] == "T1" and table["match E-value"]["motif_2"] < 1e-3
    assert set(found.matches["Query_ID"]) <= {"motif_1", "motif_2"}
    assert found.n_tested in (2, 3)

    for motif in found.motifs:
        sites = found.sites[found.sites["motif"] == motif.name]
        assert table["sites"][motif.name] == len(sites)
        assert table["sequences"][motif.name] == sites["sequence"].nunique()
    assert found.sites.equals(find_sites(found.motifs, tokens))
    assert table["repeat"].tolist() == ["", ""] and found.n_repeats == 0
    assert (table["AUROC low"] < table["AUROC"]).all() and table["AUROC"].is_monotonic_decreasing
    # The filters' motifs come from the sequences learned from, the shares from the others alone.
    learned, held_out = split(tokens, 0)
    aligned = filter_motifs(align(training.model.kernel, training.model.bias, learned))
    assert [motif.nsites for motif in found.filters] == [motif.nsites for motif in aligned]
    first_sites = find_sites(found.motifs[:1], held_out)
    share = first_sites["sequence"].nunique() / len(held_out)
    assert table["share"]["motif_1"] == pytest.approx(share)


def test_a_word_that_no_filter_kept():
    training = trained(["CGTTGCATCGGT"])
    training.words = [WORD[2:10]]
    tokens = sequences(300, share=0.5)
    found = find_motifs(training, tokens, Settings(n_filters=1), load_jaspar())
    assert len(found.motifs) == 1 and found.table["filters"].tolist() == [0]
    (text,) = found.table["consensus"]
    assert WORD[1:-1] in text or other(WORD)[1:-1] in text


def test_a_motif_that_nothing_is_like():
    training = trained([WORD])
    far = Motif("far", np.eye(4)[encode("GGGGGGGGGGGGGGGGGGGG")])
    targets = [Motif(f"far_{i}", np.roll(far.ppm, i % 4, axis=1)) for i in range(30)]
    found = find_motifs(training, sequences(300), Settings(n_filters=1), targets)
    assert len(found.motifs) == 1 and found.motifs[0].alt == ""
    row = found.table.iloc[0]
    assert (row["match"], row["Target_ID"]) == ("", "") and np.isnan(row["match E-value"])
    assert len(found.matches) == 0


def test_a_repeat_comes_last_under_its_own_name():
    """Though it tells the sequences from their shuffles better than the motif does."""
    tokens = sequences(400, share=0.3, seed=4)
    tokens[:300, 2:14] = encode("CACACACACACA")
    tokens = np.random.default_rng(0).permutation(tokens)
    found = find_motifs(trained(["CACACACACA", WORD]), tokens, Settings(), load_jaspar())
    table = found.table
    assert table["motif"].tolist() == ["motif_1", "repeat_1"] == [m.name for m in found.motifs]
    assert table["repeat"].tolist() == ["", "simple repeat"] and found.n_repeats == 1
    assert table["AUROC"][0] < table["AUROC"][1]


def test_the_loss_has_levelled_off():
    def levelled(*losses):
        return learning.has_levelled_off({"val_loss": list(losses)}, 10.0)

    assert not any(levelled(*[10.0, 9.0, 8.0, 7.0][:n]) for n in range(5))
    assert levelled(10.0, 9.0, 8.0, 7.0, 6.1) and not levelled(10.0, 9.9, 9.0, 8.0, 6.5)
    assert levelled(10.0, 9.0, 8.0, 8.5, 9.0), "it rises again"
    assert not levelled(10.5, 10.2, 10.1), "it never fell below chance"


def test_a_training_ends_where_the_loss_levels_off(tokens):
    training = train(tokens, replace(TINY, epochs=300))
    epochs = len(training.history["val_loss"])
    assert 2 <= epochs < 300 and training.outcome == "finished"
    assert learning.has_levelled_off(training.history, training.chance)


def test_filters_start_from_words_where_there_are_any(training):
    assert 1 <= len(training.words) <= TINY.n_filters
    assert any(word in WORD or word in other(WORD) for word in training.words)
    none = train(sequences(260, share=0), replace(TINY, epochs=1))
    assert none.words == []


def other(word: str) -> str:
    return decode(reverse_complement(encode(word)))


def test_filters_without_information_are_not_tested():
    """Three positions above half a bit are no motif; four are."""
    tokens = np.random.default_rng(0).integers(0, 4, (300, 60), dtype=np.int8)
    for word, tested in (("TGA", 0), ("TGAC", 1)):
        found = find_motifs(trained([word]), tokens, Settings(), load_jaspar())
        assert found.n_tested == tested and len(found.filters) == 1
        assert found.motifs == []


def test_strands():
    """On one strand only, sites of the other one do not count."""
    word = "AACCAGTCTAAG"  # nowhere like its reverse complement
    training, tokens = trained([word]), sequences(300, word=word)
    both, one = (
        find_motifs(training, tokens, Settings(strands=strands), load_jaspar())
        for strands in (2, 1)
    )
    assert both.table["share"][0] > 0.75 and set(both.sites["strand"]) == {"+", "-"}
    assert 0.3 < one.table["share"][0] < 0.7 and set(one.sites["strand"]) == {"+"}
