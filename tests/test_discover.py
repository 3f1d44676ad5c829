"""Training that survives collapse, interrupts and kills, and the tested set of motifs."""

import errno
import io
import os
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import keras
import numpy as np
import pytest

from grimlib import discover
from grimlib.discover import RESTARTS, Settings, Training, find_motifs, split, train
from grimlib.filters import align, filter_motifs
from grimlib.losses import collapsed_loss
from grimlib.models import GRIM, first_layer
from grimlib.motifs import Motif, load_jaspar
from grimlib.sequences import encode, reverse_complement
from grimlib.sites import find_sites

pytestmark = pytest.mark.xdist_group("discover")

WORD = "TGACCTAAGTGA"
TINY = Settings(n_filters=4, width=16, epochs=4)


def sequences(n: int, share: float = 1.0, seed: int = 0, length: int = 60) -> np.ndarray:
    """Random sequences, a share of them with WORD on either strand."""
    rng = np.random.default_rng(seed)
    tokens = rng.integers(0, 4, (n, length), dtype=np.int8)
    for i in np.flatnonzero(rng.random(n) < share):
        start = rng.integers(0, length - len(WORD) + 1)
        word = encode(WORD)
        site = word if rng.random() < 0.5 else reverse_complement(word)
        tokens[i, start : start + len(WORD)] = site
    return tokens


def weights(training: Training) -> list[np.ndarray]:
    return [
        keras.ops.convert_to_numpy(v)
        for v in (*training.model.variables, *training.model.optimizer.variables)
    ]


def assert_same(one: Training, other: Training) -> None:
    assert (one.history, one.widths, one.outcome) == (other.history, other.widths, other.outcome)
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
    ("change", "message"),
    [
        (dict(views="foo"), "'foo'"),
        (dict(strands=3), "strands is 3"),
        (dict(strands=0), "strands is 0"),
        (dict(n_filters=0), "n_filters is 0"),
        (dict(width=0), "width is 0"),
        (dict(width=1.5), "width is 1.5"),
        (dict(epochs=-1), "epochs is -1"),
        (dict(seed=-1), "seed is -1"),
        (dict(seed=2**32), f"seed is {2**32}"),
        (dict(strands=True), "strands is True"),
    ],
)
def test_bad_settings(change, message):
    with pytest.raises(ValueError, match=message):
        Settings(**change)


def test_split():
    tokens = np.arange(203 * 2).reshape(203, 2)
    learn, held_out = split(tokens, 5)
    assert (len(learn), len(held_out)) == (163, 40)
    assert sorted([*learn[:, 0], *held_out[:, 0]]) == tokens[:, 0].tolist()
    assert (np.diff(held_out[:, 0]) < 0).any(), "at random"
    np.testing.assert_array_equal(split(tokens, 5)[1], held_out)
    assert set(split(tokens, 6)[1][:, 0]) != set(held_out[:, 0])


# -------------------------------------------------------------------------------------- training


def test_a_training(whole, tokens):
    training, checkpoint = whole
    assert (training.outcome, training.widths) == ("finished", [16])
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


def test_the_number_of_epochs_follows_from_the_number_of_sequences(tokens, monkeypatch):
    class Stop(Exception):
        pass

    def fit(self, *args, **arguments):
        raise Stop(arguments["epochs"], arguments["steps_per_epoch"])

    monkeypatch.setattr(GRIM, "fit", fit)
    for n, epochs, expected in ((260, 0, (267, 3)), (260, 2, (2, 3))):
        with pytest.raises(Stop) as stop:
            train(tokens[:n], replace(TINY, epochs=epochs))
        assert stop.value.args == expected
    monkeypatch.setattr(discover, "_BATCHES", 5)
    with pytest.raises(Stop) as stop:
        train(tokens, replace(TINY, epochs=0))
    assert stop.value.args == (5, 3)


def test_the_bar_shows_losses_and_time_left(tokens, capsys):
    train(tokens, replace(TINY, epochs=1))
    text = capsys.readouterr().err
    assert "GRIM, h of 16" in text and "3/3" in text
    assert "loss=" in text and "val_loss=" in text


# ---------------------------------------------------------------------- interrupts and checkpoints


def interrupt_after(monkeypatch, batches: int) -> None:
    """Ctrl-C at the end of a batch, once."""
    count = 0
    ended = discover._Watch.on_train_batch_end

    def on_train_batch_end(self, batch, logs=None):
        nonlocal count
        ended(self, batch, logs)
        count += 1
        if count == batches:
            raise KeyboardInterrupt

    monkeypatch.setattr(discover._Watch, "on_train_batch_end", on_train_batch_end)


def test_an_interrupt_keeps_what_was_learned_and_the_next_run_goes_on(
    whole, tokens, tmp_path, monkeypatch
):
    checkpoint = tmp_path / "c.npz"
    with monkeypatch.context() as patch:
        interrupt_after(patch, 3 * 2 + 2)  # in the middle of the third epoch
        part = train(tokens, TINY, checkpoint)
    assert (part.outcome, part.widths) == ("interrupted", [16])
    assert part.history["loss"] == whole[0].history["loss"][:2]
    kernel, _ = first_layer(part.model)
    assert not np.array_equal(kernel, first_layer(whole[0].model)[0])
    # To the same weights and moments, bit by bit, as if nothing had happened.
    again = train(tokens, TINY, checkpoint)
    assert_same(again, whole[0])
    # And what is complete is not trained again.
    monkeypatch.setattr(GRIM, "fit", None)
    assert_same(train(tokens, TINY, checkpoint), whole[0])
    shorter = train(tokens, replace(TINY, epochs=2), checkpoint)
    assert_same(shorter, whole[0])


def test_an_interrupt_before_the_first_epoch_ends(tokens, tmp_path, monkeypatch):
    interrupt_after(monkeypatch, 1)
    training = train(tokens, TINY, tmp_path / "c.npz")
    assert (training.outcome, training.history) == ("interrupted", {"loss": [], "val_loss": []})
    assert list(tmp_path.iterdir()) == []
    found = find_motifs(training, tokens, TINY, load_jaspar())
    assert len(found.motifs) <= found.n_tested <= TINY.n_filters


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_training_goes_on(whole, tokens, tmp_path):
    """Killed between the second checkpoint and the third, by the operating system."""
    np.save(tmp_path / "tokens.npy", tokens)
    program = f"""
import os, signal
import numpy as np
from grimlib import discover
ended = discover._Watch.on_train_batch_end
count = 0
def on_train_batch_end(self, batch, logs=None):
    global count
    count += 1
    if count == 8:
        os.kill(os.getpid(), signal.SIGKILL)
discover._Watch.on_train_batch_end = on_train_batch_end
tokens = np.load({str(tmp_path / "tokens.npy")!r})
settings = discover.Settings(**{asdict(TINY)!r})
discover.train(tokens, settings, {str(tmp_path / "c.npz")!r})
"""
    killed = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c.npz", "tokens.npy"]
    assert_same(train(tokens, TINY, tmp_path / "c.npz"), whole[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(n_filters=5), "its n_filters is 4, not 5"),
        (dict(width=17), "its width is 16, not 17"),
        (dict(views="filter"), "its views is 'both', not 'filter'"),
        (dict(strands=1), "its strands is 2, not 1"),
        (dict(seed=1), "its seed is 0, not 1"),
    ],
)
def test_the_checkpoint_of_another_training_is_refused(whole, tokens, change, message):
    before = whole[1].read_bytes()
    with pytest.raises(ValueError, match=message + "; delete it, or write to another folder") as e:
        train(tokens, replace(TINY, **change), whole[1])
    assert str(whole[1]) in str(e.value)
    assert whole[1].read_bytes() == before


def test_the_checkpoint_of_other_sequences_is_refused(whole, tokens):
    other = tokens.copy()
    other[7, 7] = (other[7, 7] + 1) % 4
    for wrong in (other, tokens[::-1]):
        with pytest.raises(ValueError, match="belongs to another training: its sequences is"):
            train(wrong, TINY, whole[1])


def damaged(good: bytes) -> dict[str, bytes]:
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 0xFF
    array = io.BytesIO()
    np.save(array, np.zeros(3))
    other = io.BytesIO()
    np.savez(other, about=np.array("[1, 2]"))
    return {
        "empty": b"",
        "text": b"not a checkpoint",
        "half": good[: len(good) // 2],
        "flipped": bytes(flipped),
        "an array": array.getvalue(),
        "other contents": other.getvalue(),
    }


@pytest.mark.parametrize("how", damaged(b"x" * 10))
def test_a_damaged_checkpoint_is_refused(whole, tokens, tmp_path, how):
    path = tmp_path / "c.npz"
    path.write_bytes(damaged(whole[1].read_bytes())[how])
    with pytest.raises(ValueError, match="c.npz is damaged or not a checkpoint .*delete it"):
        train(tokens, TINY, path)


def test_a_full_disk_ends_training_and_keeps_the_last_checkpoint(
    whole, tokens, tmp_path, monkeypatch
):
    path = tmp_path / "c.npz"
    savez, count = np.savez, 0

    def full(file, **arrays):
        nonlocal count
        count += 1
        if count == 3:
            file.write(b"half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        savez(file, **arrays)

    with monkeypatch.context() as patch:
        patch.setattr(discover.np, "savez", full)
        with pytest.raises(OSError, match="c.npz could not be written .*No space.*run again"):
            train(tokens, TINY, path)
    assert [p.name for p in tmp_path.iterdir()] == ["c.npz"]
    assert_same(train(tokens, TINY, path), whole[0])


# -------------------------------------------------------------------- what goes wrong in training


def die(monkeypatch, below: int) -> None:
    """Networks with a narrower h than `below` begin with filters that never fire."""

    def network(*args, width, **arguments):
        model = GRIM(*args, width=width, **arguments)
        if width < below:
            bias = model.local_encoder.get_layer("conv1_bias").bias
            bias.assign(keras.ops.full(bias.shape, -100.0))
        return model

    monkeypatch.setattr(discover, "GRIM", network)


def test_a_collapse_is_seen_and_training_starts_again_wider(
    whole, tokens, tmp_path, monkeypatch, capsys
):
    die(monkeypatch, below=16)
    narrow = replace(TINY, width=8, epochs=4)
    path = tmp_path / "c.npz"
    training = train(tokens, narrow, path)
    assert (training.outcome, training.widths) == ("finished", [8, 16])
    # The second attempt is what a training with this width is from the start.
    assert training.history == whole[0].history
    for a, b in zip(weights(training), weights(whole[0]), strict=True):
        np.testing.assert_array_equal(a, b)
    bars = capsys.readouterr().err
    assert bars.index("h of 8") < bars.index("h of 16")
    # From its checkpoint, the same.
    monkeypatch.setattr(GRIM, "fit", None)
    assert_same(train(tokens, narrow, path), training)


def test_training_that_always_collapses_finds_nothing(tokens, tmp_path, monkeypatch):
    """Given up after three epochs each time, whatever the number of epochs asked for."""
    die(monkeypatch, below=1_000)
    settings = replace(TINY, width=2, epochs=30)
    path = tmp_path / "c.npz"
    training = train(tokens, settings, path)
    assert training.outcome == "collapsed"
    assert training.widths == [2, 4, 8] and len(training.widths) == 1 + RESTARTS
    assert len(training.history["val_loss"]) == 3
    assert training.chance == collapsed_loss(training.model.n_views)
    np.testing.assert_allclose(training.history["val_loss"], training.chance, rtol=1e-6)
    found = find_motifs(training, tokens, settings, load_jaspar())
    assert (found.motifs, found.filters, found.n_tested) == ([], [], 0)
    assert len(found.table) == len(found.matches) == len(found.sites) == 0
    # Filters that fire are not presented, either, once training has collapsed.
    alive = Training(whole_model(), training.history, training.widths, "collapsed", training.chance)
    assert find_motifs(alive, tokens, settings, load_jaspar()).filters == []
    # A run from the last checkpoint trains nothing, and ends the same way.
    monkeypatch.setattr(GRIM, "fit", None)
    assert_same(train(tokens, settings, path), training)


def whole_model() -> GRIM:
    return GRIM(discover.POOL_SIZE, 4, 60, width=8)


def test_killed_between_a_collapse_and_the_next_attempt(whole, tokens, tmp_path, monkeypatch):
    """The checkpoint then holds the collapsed attempt, complete."""
    die(monkeypatch, below=16)
    narrow = replace(TINY, width=8)
    path = tmp_path / "c.npz"
    with monkeypatch.context() as patch:
        interrupt_after(patch, 3 * 3 + 1)
        training = train(tokens, narrow, path)
    assert (training.outcome, training.widths) == ("interrupted", [8, 16])
    again = train(tokens, narrow, path)
    assert (again.widths, again.history) == ([8, 16], whole[0].history)


@pytest.mark.parametrize(
    ("last", "collapsed"),
    [
        ([1.0, 1.0, 1.0], True),
        ([3.0, 1.0 + 9e-6, 1.0, 1.0 - 9e-6], True),
        ([1.0, 1.0], False),
        ([1.0, 1.0, 1.0 + 2e-5], False),
        ([1.0 - 2e-5, 1.0, 1.0], False),
        ([1.0, 1.0, 1.0, 0.9], False),
        ([], False),
    ],
)
def test_what_counts_as_collapsed(last, collapsed):
    chance = 69.3
    assert discover._has_collapsed({"val_loss": [chance * x for x in last]}, chance) is collapsed


@pytest.mark.parametrize("where", ["loss", "val_loss"])
def test_training_that_diverges_is_an_error(tokens, tmp_path, monkeypatch, where):
    ended = discover._Watch.on_epoch_end

    def diverge(self, epoch, logs):
        ended(self, epoch, {**logs, where: np.nan} if epoch == 1 else logs)

    monkeypatch.setattr(discover._Watch, "on_epoch_end", diverge)
    path = tmp_path / "c.npz"
    with pytest.raises(RuntimeError, match="training diverged.*try another seed"):
        train(tokens, TINY, path)
    # The checkpoint is that of the last epoch that was sound.
    assert "NaN" not in str(np.load(path)["about"])


# ---------------------------------------------------------------------------------------- motifs


def trained(words: list[str], monkeypatch) -> Training:
    """A training whose filters are the given words."""
    kernel = np.zeros((19, 4, len(words)), np.float32)
    for i, word in enumerate(words):
        start = (19 - len(word)) // 2
        kernel[start : start + len(word), :, i] = np.eye(4)[encode(word)]
    bias = np.array([-(len(word) - 2.5) for word in words], np.float32)
    monkeypatch.setattr(discover, "first_layer", lambda model: (kernel, bias))
    return Training(None, {"loss": [1.0], "val_loss": [1.0]}, [16], "finished", 2.0)


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
    expected = find_sites(found.motifs, tokens)
    assert found.sites.equals(expected)
    # The filters' motifs come from the sequences learned from, the shares from the others alone.
    learned, held_out = split(tokens, 0)
    aligned = filter_motifs(align(*discover.first_layer(None), learned))
    assert [motif.nsites for motif in found.filters] == [motif.nsites for motif in aligned]
    share = find_sites(found.motifs[:1], held_out)["sequence"].nunique() / len(held_out)
    assert table["share"]["motif_1"] == pytest.approx(share)


def test_a_motif_that_nothing_is_like(monkeypatch):
    training = trained([WORD], monkeypatch)
    far = Motif("far", np.eye(4)[encode("GGGGGGGGGGGGGGGGGGGG")])
    targets = [Motif(f"far_{i}", np.roll(far.ppm, i % 4, axis=1)) for i in range(30)]
    found = find_motifs(training, sequences(300), Settings(n_filters=1), targets)
    assert len(found.motifs) == 1 and found.motifs[0].alt == ""
    row = found.table.iloc[0]
    assert (row["match"], row["Target_ID"]) == ("", "") and np.isnan(row["match E-value"])
    assert len(found.matches) == 0


def test_filters_without_information_are_not_tested(monkeypatch):
    """Three positions above half a bit are no motif; four are."""
    tokens = np.random.default_rng(0).integers(0, 4, (300, 60), dtype=np.int8)
    for word, tested in (("TGA", 0), ("TGAC", 1)):
        found = find_motifs(trained([word], monkeypatch), tokens, Settings(), load_jaspar())
        assert found.n_tested == tested and len(found.filters) == 1
        assert found.motifs == []


def test_strands(monkeypatch):
    """On one strand only, sites of the other one do not count."""
    training = trained([WORD], monkeypatch)
    both, one = (
        find_motifs(training, sequences(300), Settings(strands=strands), load_jaspar())
        for strands in (2, 1)
    )
    assert both.table["share"][0] > 0.75 and set(both.sites["strand"]) == {"+", "-"}
    assert 0.3 < one.table["share"][0] < 0.7 and set(one.sites["strand"]) == {"+"}
