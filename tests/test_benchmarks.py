"""The benchmarks count what they should, and go on where they were interrupted."""

import json
import sys
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import gpu
import keras
import numpy as np
import pytest
import run as benchmarks
from hypothesis import given, settings
from hypothesis import strategies as st

import grimlib

ROOT = Path(__file__).parents[1]


def multiplications(model: keras.Model) -> dict[str, int]:
    """For one input, by layer: how often each weight of a kernel is used."""
    found = {}
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv1D):
            found[layer.name] = layer.output.shape[1] * int(np.prod(layer.kernel.shape))
        elif isinstance(layer, keras.layers.Dense):
            found[layer.name] = int(np.prod(layer.kernel.shape))
    return found


@pytest.mark.parametrize(("pool_size", "filters"), [(4, 12), (25, 7)])
def test_arithmetic_is_that_of_the_networks(pool_size: int, filters: int) -> None:
    cnn = multiplications(grimlib.cnn(pool_size, filters, 11))
    first = cnn.pop("conv1")
    # Forward and weights' gradient everywhere, inputs' gradient behind the first layer.
    expected = 2 * 100 * (2 * first + 3 * sum(cnn.values()))
    assert benchmarks.step_operations("cnn", pool_size, filters, 11) == expected

    grim = grimlib.GRIM(pool_size, filters)
    local, further = (multiplications(part) for part in (grim.local_encoder, grim.further_encoder))
    expected = 2 * 100 * (2 * 2 * local["conv1"] + 3 * sum(further.values()))
    assert benchmarks.step_operations("grim", pool_size, filters, 128) == expected


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=40), st.integers(0, 999))
def test_plain_shuffle_keeps_pairs_and_ends(letters: list[int], seed: int) -> None:
    sequence = np.array(letters, dtype=np.int8)
    shuffled = benchmarks.plain_shuffle(sequence, np.random.default_rng(seed))
    assert shuffled[0] == sequence[0] and shuffled[-1] == sequence[-1]
    pairs = [Counter(pairwise(x)) for x in (sequence, shuffled)]
    assert pairs[0] == pairs[1]


def test_plain_networks_are_the_book_s_networks() -> None:
    plain, ours = benchmarks.plain_cnn(4, 6, 11), grimlib.cnn(4, 6, 11)
    assert plain.count_params() == ours.count_params()
    plain, ours = benchmarks.PlainGRIM(25, 6), grimlib.GRIM(25, 6)
    tokens = np.zeros((2, 200), dtype=np.int8)
    arrays = grimlib.one_hot(tokens)
    a = plain({"sequence": arrays, "shuffled": arrays})
    b = ours({"sequence": tokens, "shuffled": tokens})
    assert a["matched"].shape == b["matched"].shape
    assert plain.count_params() == ours.count_params()
    # With the same weights, the same scores.
    plain.set_weights(ours.get_weights())
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 4, (3, 200), dtype=np.int8)
    one = {"sequence": tokens, "shuffled": tokens[::-1].copy()}
    hot = {name: grimlib.one_hot(value) for name, value in one.items()}
    for key in ("matched", "mismatched"):
        np.testing.assert_allclose(plain(hot)[key], ours(one)[key], atol=1e-5)


def test_rate_leaves_out_what_a_call_costs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that charges 5 s a call of fit, 7 s its first step, 2 s a step and 9 s its end."""
    now = [0.0]
    monkeypatch.setattr(benchmarks, "perf_counter", lambda: now[0])

    def fit(steps: int, clock: benchmarks.Clock) -> None:
        now[0] += 5
        clock.on_train_begin()
        for step in range(steps):
            now[0] += 2 if step else 7
            clock.on_train_batch_end(step)
        now[0] += 9

    assert benchmarks._per_second(fit, benchmarks.SIZES) == pytest.approx(benchmarks.BATCH / 2)
    assert benchmarks._per_second(fit, benchmarks.TINY) == pytest.approx(benchmarks.BATCH / 2)


@pytest.mark.slow
def test_only_what_is_missing_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = tmp_path / "benchmarks.json"
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setattr(sys, "argv", ["run.py", "--tiny", "--output", str(output)])
    kept = {
        name: {"kept": 1} for name in benchmarks.ITEMS if name not in ("matrix", *benchmarks.LONG)
    }
    about = benchmarks.about() | {"tiny": True, "date": ""}
    output.write_text(json.dumps({"about": about, "results": kept}))
    benchmarks.main()
    document = json.loads(output.read_text())
    assert document["results"].pop("matrix")["GFLOP/s"] > 0
    assert document["results"] == kept
    assert document["about"]["date"]


def test_the_parts_of_a_step_are_measured() -> None:
    (found,) = benchmarks.operations(benchmarks.TINY).values()
    assert "whole step" in found and "of it, dropout" in found
    assert min(found.values()) > 0


def test_the_chapter_on_speed_says_what_was_measured() -> None:
    """A new data/benchmarks.json may ask for other sentences there."""
    results = json.loads((ROOT / "data/benchmarks.json").read_text())["results"]
    of_networks = [found["GFLOP/s"] for found in results.values() if "GFLOP/s" in found]
    assert max(of_networks) == results["matrix"]["GFLOP/s"]
    shuffles = results["shuffle"]
    assert max(shuffles, key=shuffles.get) == "grimlib, sequences/s"
    number, length = (
        [seconds / size for size, seconds in results["scaling"][key]]
        for key in ("number", "length")
    )
    assert max(number) < 1.5 * min(number)
    assert length == sorted(length, reverse=True)


@pytest.mark.slow
def test_trials_side_by_side_and_whole_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script for a GPU, with tiny trials on whatever is here."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    tiny = replace(gpu.GRIM2, n_sequences=400, n_filters=4, epochs=1)
    (done,) = gpu.train_side_by_side([tiny])
    assert done.keys() == {"seconds"} and done["seconds"] > 0

    output = tmp_path / "gpu.json"
    asked = []

    def here(specs: list) -> list[dict]:
        asked.append(len(specs))
        return [gpu.train(specs[0])] * len(specs)

    monkeypatch.setattr(gpu, "train_side_by_side", here)
    monkeypatch.setattr(gpu, "MODELS", {"GRIM": gpu.GRIM2})
    monkeypatch.setattr(gpu, "SIDE_BY_SIDE", (2,))
    monkeypatch.setattr(gpu, "MORE", 1)
    monkeypatch.setattr(sys, "argv", ["gpu.py", "--tiny", "--whole", "--output", str(output)])
    gpu.main()
    document = json.loads(output.read_text())
    assert document["about"]["tiny"] and document["about"]["device"]
    assert asked == [2, 2, 2]
    results = document["results"]
    assert results["GRIM, 2 side by side"].keys() == {"seconds an epoch"}
    for task in ("Task 1", "Task 2"):
        whole = results[f"GRIM, {task}, whole"]
        assert whole["seconds"] > 0 and 0 <= whole["TPR"] <= 1 and 0 <= whole["FPR"] <= 1
    gpu.main()
    assert len(asked) == 3  # nothing is measured again
    assert json.loads(output.read_text())["results"] == results
