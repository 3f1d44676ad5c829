"""What the chapter on the paper's open choices varies: negatives, dropout, initialiser, strands."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import jupytext
import keras
import numpy as np
import pytest
from keras import ops

from grimlib import (
    TrialSpec,
    first_layer,
    full_scale,
    simulate_task1,
    simulate_task2,
    training_batches,
)
from grimlib.filters import scores
from grimlib.models import GRIM, cnn
from grimlib.motifs import TASK1_MOTIFS, TASK2_MOTIFS
from grimlib.trials import NEGATIVES, STORED, build_model, load_trial, run

ROOT = Path(__file__).parents[1]
TOKENS = np.random.default_rng(0).integers(0, 4, (40, 60), dtype=np.int8)


def pairs_of_epochs(negatives: str, n_epochs: int) -> list[dict[bytes, bytes]]:
    """For each epoch, every sequence's negative example."""
    batches = training_batches(TOKENS, 10, seed=3, negatives=negatives)
    epochs = []
    for _ in range(n_epochs):
        pairs = {}
        for (batch,) in islice(batches, 4):
            for sequence, shuffled in zip(batch["sequence"], batch["shuffled"], strict=True):
                pairs[sequence.tobytes()] = shuffled.tobytes()
        assert len(pairs) == len(TOKENS)
        epochs.append(pairs)
    return epochs


def n_grams(row: bytes, n: int) -> list[bytes]:
    return sorted(row[i : i + n] for i in range(len(row) - n + 1))


def test_fixed_negatives_stay_with_their_sequences_and_fresh_ones_change() -> None:
    first, second, third = pairs_of_epochs("fixed", 3)
    assert first == second == third
    for negatives in ("fresh", "mononucleotide"):
        first, second = pairs_of_epochs(negatives, 2)
        assert sum(first[row] == second[row] for row in first) < len(first) / 10


@pytest.mark.parametrize("negatives", NEGATIVES)
def test_what_negatives_keep(negatives: str) -> None:
    (pairs,) = pairs_of_epochs(negatives, 1)
    for sequence, shuffled in pairs.items():
        assert n_grams(sequence, 1) == n_grams(shuffled, 1)
    same = [n_grams(a, 2) == n_grams(b, 2) for a, b in pairs.items()]
    if negatives == "mononucleotide":
        assert not any(same)
    else:
        assert all(same)


def test_fresh_is_the_default() -> None:
    default = next(training_batches(TOKENS, 40, seed=3))[0]
    fresh = next(training_batches(TOKENS, 40, seed=3, negatives="fresh"))[0]
    np.testing.assert_array_equal(default["shuffled"], fresh["shuffled"])


def test_dropout_before_the_discriminator_reaches_the_scores() -> None:
    batch = {"sequence": TOKENS, "shuffled": TOKENS[::-1].copy()}
    for drop_local in (False, True):
        keras.utils.set_random_seed(0)
        model = GRIM(4, 50, 60, views="filter", activation="relu", drop_local=drop_local)
        local = []
        discriminate = model.discriminate
        model.discriminate = lambda c, h, inner=discriminate, seen=local: (
            seen.append(c) or inner(c, h)
        )
        model(batch, training=False)
        plain = ops.convert_to_numpy(local[0])
        local.clear()
        model(batch, training=True)
        trained = ops.convert_to_numpy(local[0])
        if drop_local:
            kept = plain > 0
            assert (trained[kept] == 0).mean() == pytest.approx(0.1, abs=0.02)
            survived = kept & (trained > 0)
            np.testing.assert_allclose(trained[survived], plain[survived] / 0.9, rtol=1e-5)
        else:
            np.testing.assert_array_equal(trained, plain)


@pytest.mark.parametrize("model", ["grim", "cnn"])
def test_initialiser_sets_the_spread_of_every_kernel(model: str) -> None:
    spread = {}
    for initializer in ("glorot_uniform", "he_normal"):
        spec = TrialSpec(
            task="task1",
            model=model,
            pool_size=4,
            n_filters=64,
            epochs=0,
            seed=0,
            data_seed=0,
            initializer=initializer,
        )
        keras.utils.set_random_seed(0)
        for weight in build_model(spec).trainable_weights:
            if weight.name == "kernel" and np.prod(weight.shape) > 2000:
                *receptive, fan_in, fan_out = weight.shape
                size = int(np.prod(receptive))
                expected = {
                    "glorot_uniform": np.sqrt(2 / (size * (fan_in + fan_out))),
                    "he_normal": np.sqrt(2 / (size * fan_in)),
                }[initializer]
                measured = ops.convert_to_numpy(weight).std()
                assert measured == pytest.approx(expected, rel=0.05), weight.path
                spread.setdefault(initializer, []).append(measured)
    assert len(spread["he_normal"]) == len(spread["glorot_uniform"]) >= 3


def test_network_without_batch_normalisation() -> None:
    keras.utils.set_random_seed(0)
    model = cnn(4, 6, 2, 60, batch_norm=False)
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in model.layers)
    for layer in model.layers:
        if layer.name.startswith("conv") or layer.name.startswith("dense"):
            assert layer.use_bias
    conv = model.get_layer("conv1")
    conv.bias.assign(np.linspace(-1, 1, 6))
    kernel, bias = first_layer(model)
    inner = keras.Model(model.inputs, conv.output)
    expected = np.maximum(ops.convert_to_numpy(inner(TOKENS)), 0)
    np.testing.assert_allclose(np.maximum(scores(kernel, bias, TOKENS), 0), expected, atol=1e-5)


@pytest.mark.parametrize("batch_size", [10, 64])
def test_batch_size_is_used_for_training(batch_size: int, monkeypatch) -> None:
    sizes = []
    call = GRIM.call

    def recorded(self, inputs, training=None):
        if training:
            sizes.append(inputs["sequence"].shape[0])
        return call(self, inputs, training=training)

    monkeypatch.setattr(GRIM, "call", recorded)
    spec = TrialSpec(
        task="task1",
        model="grim",
        pool_size=25,
        n_filters=2,
        epochs=1,
        seed=0,
        data_seed=0,
        n_sequences=100,
        batch_size=batch_size,
    )
    run(spec)
    # 70 training sequences; a graph is traced with an open size (None) at most.
    known = {size for size in sizes if size is not None}
    assert known <= {batch_size, 70 % batch_size} and sizes


@pytest.mark.parametrize(
    ("simulate", "factors"), [(simulate_task1, TASK1_MOTIFS), (simulate_task2, TASK2_MOTIFS)]
)
def test_sites_on_both_strands(simulate, factors: tuple[str, ...]) -> None:
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


def test_one_strand_is_the_default_and_unchanged() -> None:
    a, b = simulate_task1(50, seed=4), simulate_task1(50, seed=4, both_strands=False)
    np.testing.assert_array_equal(a.tokens, b.tokens)


def test_names_of_stored_trials_have_not_changed() -> None:
    """Fields added later must not orphan artifacts that are there."""
    task2 = dict(task="task2", model="grim", pool_size=25, n_filters=64, data_seed=0)
    names = {
        "task2_grim-both_s25_d64_e250_seed0_05e599f70032.npz": dict(epochs=250, seed=0),
        "task2_grim-both_s25_d64_e0_seed1_85145e200135.npz": dict(epochs=0, seed=1),
        "task2_grim-filter_s25_d64_e250_seed0_87d07449ff9a.npz": dict(
            epochs=250, seed=0, views="filter"
        ),
        "task2_cnn_s25_d64_e250_seed0_f6f538508cd3.npz": dict(epochs=250, seed=0, model="cnn"),
    }
    for name, settings in names.items():
        assert TrialSpec(**{**task2, **settings}).filename == name
    for path in STORED.glob("*.npz"):
        assert load_trial(path).spec.filename == path.name


def test_the_chapter_asks_for_the_trials_that_the_sweep_trains() -> None:
    import sys

    sys.path.insert(0, str(ROOT / "workflow"))
    import trials

    notebook = jupytext.read(ROOT / "book/scripts/choices.py")
    code = [
        cell.source for cell in notebook.cells if "specifications" in cell.metadata.get("tags", [])
    ]
    namespace: dict = {}
    exec("from dataclasses import replace\nimport grimlib\n" + "\n".join(code), namespace)
    wanted = {spec for spec in namespace["variants"].values()}
    assert len(wanted) == len(namespace["variants"])
    assert wanted == {spec for spec in trials.choices() if spec.seed == 0}
    assert wanted == {replace(spec, seed=0) for spec in trials.choices() if spec.seed == 1}
    # And the first epochs of the full-scale trials.
    others = {spec for spec in trials.choices() if spec.seed > 1}
    grim, cnn = (full_scale("task2")[model][2:] for model in ("GRIM", "CNN-25"))
    assert others == {
        *(replace(spec, epochs=5) for spec in grim),
        *(replace(cnn[0], epochs=epochs) for epochs in (5, 10, 20, 50)),
    }
