"""Training that survives collapse, interrupts and kills, and the tested set of motifs."""

from dataclasses import replace
from itertools import count

import keras
import numpy as np
import pytest

from grimlib.discover import Settings, Training, find_motifs, find_sites, learning, motif_set, train
from grimlib.discover.learning import POOL_SIZE, split
from grimlib.filters import align, filter_motifs
from grimlib.losses import collapsed_loss
from grimlib.models import GRIM, first_layer
from grimlib.motifs import Motif, load_jaspar
from grimlib.sequences import decode, encode, reverse_complement
from grimlib.training import Progress, _fit_batches, load_checkpoint, save_checkpoint

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


def weights(training: Training) -> list[np.ndarray]:
    """With the optimiser's moments."""
    variables = (*training.model.variables, *training.model.optimizer.variables)
    return [keras.ops.convert_to_numpy(v) for v in variables]


def assert_same(one: Training, other: Training) -> None:
    """Bit by bit."""
    assert (one.history, one.outcome) == (other.history, other.outcome)
    for a, b in zip(weights(one), weights(other), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.fixture(scope="module")
def tokens():
    return sequences(260)


@pytest.fixture(scope="module")
def whole(tokens, tmp_path_factory):
    """A training of four epochs that nothing interrupts, and its checkpoint."""
    checkpoint = tmp_path_factory.mktemp("whole") / "c.npz"
    return train(tokens, TINY, checkpoint), checkpoint


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


def test_a_training(whole):
    training, checkpoint = whole
    assert training.outcome == "finished" and training.model.further_encoder is None
    assert len(training.history["loss"]) == len(training.history["val_loss"]) == 4
    assert training.history["loss"][-1] < training.history["loss"][0]
    assert training.chance == pytest.approx(2 * training.model.n_views * np.log(2))
    assert checkpoint.exists()


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
    class Stop(Exception):
        pass

    def fit(model, epochs, *_, steps_per_epoch, **__):
        raise Stop(epochs, steps_per_epoch)

    monkeypatch.setattr(learning, "fit", fit)
    with pytest.raises(Stop) as stop:
        train(sequences(n, share=0), replace(TINY, epochs=asked))
    assert stop.value.args == (epochs, learning.EPOCH)


# ---------------------------------------------------------------------- interrupts and checkpoints


def interrupt(monkeypatch, at: int, when: str = "on_train_batch_end") -> None:
    """Ctrl-C at the end of a batch, or of something else, once."""
    counter, fit = count(1), _fit_batches

    def ended(*_, **__):
        if next(counter) == at:
            raise KeyboardInterrupt

    def interrupted(model, *, callbacks, **arguments):
        ctrl_c = keras.callbacks.LambdaCallback(**{when: ended})
        return fit(model, callbacks=[*callbacks, ctrl_c], **arguments)

    monkeypatch.setattr("grimlib.training._fit_batches", interrupted)


def test_an_interrupt_keeps_what_was_learned_and_the_next_run_goes_on(
    whole, tokens, tmp_path, monkeypatch
):
    checkpoint = tmp_path / "c.npz"
    with monkeypatch.context() as patch:
        interrupt(patch, 3 * 2 + 2)  # in the middle of the third epoch
        part = train(tokens, TINY, checkpoint)
    assert part.outcome == "interrupted"
    assert part.history["loss"] == whole[0].history["loss"][:2]
    kernel, _ = first_layer(part.model)
    assert not np.array_equal(kernel, first_layer(whole[0].model)[0])
    assert_same(train(tokens, TINY, checkpoint), whole[0])
    # What is complete is not trained again.
    monkeypatch.setattr("grimlib.training._fit_batches", None)
    for epochs in (4, 2):
        assert_same(train(tokens, replace(TINY, epochs=epochs), checkpoint), whole[0])


def test_an_interrupt_before_the_first_epoch_ends(tokens, tmp_path, monkeypatch):
    interrupt(monkeypatch, 1)
    training = train(tokens, TINY, tmp_path / "c.npz")
    assert (training.outcome, training.history) == ("interrupted", {"loss": [], "val_loss": []})
    assert list(tmp_path.iterdir()) == []
    found = find_motifs(training, tokens, TINY, load_jaspar())
    assert len(found.motifs) <= found.n_tested <= TINY.n_filters


@pytest.mark.parametrize(
    ("name", "value"),
    [("n_filters", 5), ("views", "filter"), ("strands", 1), ("seed", 1)],
)
def test_the_checkpoint_of_another_training_is_refused(whole, tokens, name, value):
    before = whole[1].read_bytes()
    message = f"c.npz .*{name} is {getattr(TINY, name)!r}, not {value!r}; delete it"
    with pytest.raises(ValueError, match=message):
        train(tokens, replace(TINY, **{name: value}), whole[1])
    assert whole[1].read_bytes() == before


def test_the_checkpoint_of_other_sequences_is_refused(whole, tokens):
    other = tokens.copy()
    other[7, 7] = (other[7, 7] + 1) % 4
    for wrong in (other, tokens[::-1]):
        with pytest.raises(ValueError, match="sequences is"):
            train(wrong, TINY, whole[1])


# ---------------------------------------------------------------------------------------- collapse


@pytest.fixture
def dead(monkeypatch):
    """Networks begin with filters that never fire."""

    def network(*args, **arguments):
        model = GRIM(*args, **arguments)
        bias = model.local_encoder.get_layer("conv1_bias").bias
        bias.assign(keras.ops.full(bias.shape, -100.0))
        return model

    monkeypatch.setattr(learning, "GRIM", network)


def test_a_collapsed_training_finds_nothing(dead, tokens, tmp_path, monkeypatch):
    """Given up after three epochs, whatever the number of epochs asked for."""
    settings = replace(TINY, epochs=30)
    path = tmp_path / "c.npz"
    training = train(tokens, settings, path)
    assert training.outcome == "collapsed"
    assert len(training.history["val_loss"]) == 3
    assert training.chance == collapsed_loss(training.model.n_views)
    np.testing.assert_allclose(training.history["val_loss"], training.chance, rtol=1e-6)
    # Filters that fire are not presented, either, once training has collapsed.
    alive = Training(GRIM(POOL_SIZE, 4, 60, width=0), {}, "collapsed", training.chance)
    for ended in (training, alive):
        found = find_motifs(ended, tokens, settings, load_jaspar())
        assert (found.motifs, found.filters, found.n_tested) == ([], [], 0)
        assert len(found.table) == len(found.matches) == len(found.sites) == 0
    # A run from the last checkpoint trains nothing, and ends the same way.
    monkeypatch.setattr("grimlib.training._fit_batches", None)
    assert_same(train(tokens, settings, path), training)


def test_an_interrupt_at_the_end_of_a_collapse(dead, tokens, tmp_path, monkeypatch):
    """The checkpoint then holds the collapsed training, complete."""
    path = tmp_path / "c.npz"
    with monkeypatch.context() as patch:
        interrupt(patch, 3, "on_epoch_end")
        assert train(tokens, TINY, path).outcome == "interrupted"
    monkeypatch.setattr("grimlib.training._fit_batches", None)
    assert train(tokens, TINY, path).outcome == "collapsed"


def test_a_checkpoint_with_a_further_encoder_is_refused(whole, tokens, tmp_path):
    """As the tool once wrote them; a network of another shape is not taken up."""
    _, progress = load_checkpoint(whole[1], {})
    model = GRIM(POOL_SIZE, TINY.n_filters, 60, width=16)
    model.compile(optimizer="adam")
    model.optimizer.build(model.trainable_variables)
    old = Progress({**progress.run, "width": 16}, progress.history)
    save_checkpoint(tmp_path / "c.npz", model, old)
    with pytest.raises(ValueError, match="c.npz .*this network; delete it"):
        train(tokens, TINY, tmp_path / "c.npz")


# ---------------------------------------------------------------------------------------- motifs


def trained(words: list[str], monkeypatch) -> Training:
    """A training whose filters are the given words."""
    kernel = np.zeros((19, 4, len(words)), np.float32)
    for i, word in enumerate(words):
        start = (19 - len(word)) // 2
        kernel[start : start + len(word), :, i] = np.eye(4)[encode(word)]
    bias = np.array([-(len(word) - 2.5) for word in words], np.float32)
    monkeypatch.setattr(motif_set, "first_layer", lambda model: (kernel, bias))
    return Training(None, {"loss": [1.0], "val_loss": [1.0]}, "finished", 2.0)


def test_find_motifs(monkeypatch):
    """Given filters: two of one motif, one of another, one of what is not there."""
    first, second = WORD, "GTTTCGCAATCC"
    tokens = sequences(400, seed=1)
    rng = np.random.default_rng(2)
    for i in np.flatnonzero(rng.random(400) < 0.5):
        start = rng.integers(0, 49)
        tokens[i, start : start + 12] = encode(second)
    other = "".join("TGCA"["ACGT".index(c)] for c in reversed(first))
    training = trained([first, second, other, "CGTTGCATCGGT"], monkeypatch)
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
    aligned = filter_motifs(align(*motif_set.first_layer(None), learned))
    assert [motif.nsites for motif in found.filters] == [motif.nsites for motif in aligned]
    first_sites = find_sites(found.motifs[:1], held_out)
    share = first_sites["sequence"].nunique() / len(held_out)
    assert table["share"]["motif_1"] == pytest.approx(share)


def test_a_word_that_no_filter_kept(monkeypatch):
    training = trained(["CGTTGCATCGGT"], monkeypatch)
    training.words = [WORD[2:10]]
    tokens = sequences(300, share=0.5)
    found = find_motifs(training, tokens, Settings(n_filters=1), load_jaspar())
    assert len(found.motifs) == 1 and found.table["filters"].tolist() == [0]
    (text,) = found.table["consensus"]
    assert WORD[1:-1] in text or other(WORD)[1:-1] in text


def test_a_motif_that_nothing_is_like(monkeypatch):
    training = trained([WORD], monkeypatch)
    far = Motif("far", np.eye(4)[encode("GGGGGGGGGGGGGGGGGGGG")])
    targets = [Motif(f"far_{i}", np.roll(far.ppm, i % 4, axis=1)) for i in range(30)]
    found = find_motifs(training, sequences(300), Settings(n_filters=1), targets)
    assert len(found.motifs) == 1 and found.motifs[0].alt == ""
    row = found.table.iloc[0]
    assert (row["match"], row["Target_ID"]) == ("", "") and np.isnan(row["match E-value"])
    assert len(found.matches) == 0


def test_a_repeat_comes_last_under_its_own_name(monkeypatch):
    """Though it tells the sequences from their shuffles better than the motif does."""
    tokens = sequences(400, share=0.3, seed=4)
    tokens[:300, 2:14] = encode("CACACACACACA")
    tokens = np.random.default_rng(0).permutation(tokens)
    found = find_motifs(
        trained(["CACACACACA", WORD], monkeypatch), tokens, Settings(), load_jaspar()
    )
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


def test_a_training_ends_where_the_loss_levels_off(tokens, tmp_path, monkeypatch):
    """And so does one that goes on from its checkpoint: it trains no more."""
    few = replace(TINY, epochs=300)
    training = train(tokens, few, tmp_path / "c.npz")
    epochs = len(training.history["val_loss"])
    assert 2 <= epochs < 300 and training.outcome == "finished"
    assert learning.has_levelled_off(training.history, training.chance)
    monkeypatch.setattr("grimlib.training._fit_batches", None)
    assert_same(train(tokens, few, tmp_path / "c.npz"), training)


def test_epochs_of_part_of_a_pass_go_on_where_they_ended(tokens, tmp_path, monkeypatch):
    """Passes of three batches, epochs of two."""
    monkeypatch.setattr(learning, "EPOCH", 2)
    whole = train(tokens, TINY, tmp_path / "whole.npz")
    train(tokens, replace(TINY, epochs=1), tmp_path / "c.npz")
    assert_same(train(tokens, TINY, tmp_path / "c.npz"), whole)


def test_filters_start_from_words_where_there_are_any(tokens, whole):
    training, _ = whole
    assert 1 <= len(training.words) <= TINY.n_filters
    assert any(word in WORD or word in other(WORD) for word in training.words)
    none = train(sequences(260, share=0), replace(TINY, epochs=1))
    assert none.words == []


def other(word: str) -> str:
    return decode(reverse_complement(encode(word)))


def test_filters_without_information_are_not_tested(monkeypatch):
    """Three positions above half a bit are no motif; four are."""
    tokens = np.random.default_rng(0).integers(0, 4, (300, 60), dtype=np.int8)
    for word, tested in (("TGA", 0), ("TGAC", 1)):
        found = find_motifs(trained([word], monkeypatch), tokens, Settings(), load_jaspar())
        assert found.n_tested == tested and len(found.filters) == 1
        assert found.motifs == []


def test_strands(monkeypatch):
    """On one strand only, sites of the other one do not count."""
    word = "AACCAGTCTAAG"  # nowhere like its reverse complement
    training, tokens = trained([word], monkeypatch), sequences(300, word=word)
    both, one = (
        find_motifs(training, tokens, Settings(strands=strands), load_jaspar())
        for strands in (2, 1)
    )
    assert both.table["share"][0] > 0.75 and set(both.sites["strand"]) == {"+", "-"}
    assert 0.3 < one.table["share"][0] < 0.7 and set(one.sites["strand"]) == {"+"}
