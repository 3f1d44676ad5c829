"""The benchmark on rare motifs: its sets, words as filters, and runs that are not repeated."""

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import rare_motifs as benchmark

from grimlib.motifs import Motif
from grimlib.paper import TASK2_MOTIFS, inserted_motifs
from grimlib.sequences import encode, one_hot


def test_three_seeds_see_every_motif_alone_once():
    alone = [names for seed in range(3) for names in benchmark.embedded_in(0.1, seed)]
    assert sorted(names[0] for names in alone if len(names) == 1) == sorted(TASK2_MOTIFS)
    assert alone.count(TASK2_MOTIFS) == 3
    assert benchmark.embedded_in(0, 1) == [()]


def test_each_motif_is_in_its_share_of_the_sequences(monkeypatch):
    embed, chosen = benchmark.embed, []

    def spy(motifs, names, members, *rest):
        chosen.extend(members)
        return embed(motifs, names, members, *rest)

    monkeypatch.setattr(benchmark, "embed", spy)
    tokens = benchmark.sequences(400, 0.2, TASK2_MOTIFS, 0)
    assert tokens.shape == (400, 200)
    assert np.bincount(np.concatenate(chosen)).tolist() == 6 * [80]
    assert {len(members) for members in chosen} > {0, 1, 2, 3}, "one regardless of the others"
    assert all(len(set(members)) == len(members) for members in chosen)
    again = benchmark.sequences(400, 0.2, TASK2_MOTIFS, 0)
    np.testing.assert_array_equal(again, tokens)
    chosen.clear()
    other = benchmark.sequences(400, 0.01, ("MAX",), 0)
    assert np.concatenate(chosen).tolist() == 4 * [TASK2_MOTIFS.index("MAX")]
    assert (other == tokens).mean() < 0.3
    chosen.clear()
    benchmark.sequences(400, 0, (), 0)
    assert not np.concatenate(chosen).size


def test_a_word_as_a_filter_allows_for_one_other_letter():
    kernel, bias = benchmark.words_alone(["ACGTTGCA", "CCATATTA"])
    assert kernel.shape == (19, 4, 2)
    window = one_hot(np.concatenate([5 * [3], encode("CCATATTA"), 6 * [3]]))
    for wrong in range(4):  # aligned above half of the highest, 1.5
        window[5 : 5 + wrong] = 0
        score = (kernel[..., 1] * window).sum() + bias[1]
        assert score == 3 - wrong and (score > 1.5) == (wrong < 2)


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Two sets with something in them and two without, 200 sequences each, in little time."""
    output = tmp_path / "rare.json"
    argv = ["--output", output, "--numbers", 200, "--shares", 0.5, 0, "--seeds", 0]
    monkeypatch.setattr(sys, "argv", ["rare_motifs.py", *map(str, argv)])
    monkeypatch.setattr(benchmark, "UPDATES", 2)
    monkeypatch.setattr(benchmark, "FILTERS", 8)
    monkeypatch.setattr(benchmark.shutil, "which", lambda name: None)
    return output


def test_runs_are_written_at_once_and_not_repeated(command, monkeypatch, capsys):
    measure, calls = benchmark.measure, []

    def counted(tokens, seed, looked_for):
        if len(calls) == 3:  # the first one is to compile
            raise KeyboardInterrupt
        calls.append(tuple(looked_for))
        return measure(tokens, seed, looked_for)

    monkeypatch.setattr(benchmark, "measure", counted)
    with pytest.raises(KeyboardInterrupt):
        benchmark.main()
    half = json.loads(command.read_text())["runs"]
    assert [run["embedded"] for run in half] == [["SRF"], ["MAFK"]]
    monkeypatch.setattr(benchmark, "measure", measure)
    for _ in range(2):
        benchmark.main()
    runs = json.loads(command.read_text())["runs"]
    assert runs[:2] == half and [len(run["embedded"]) for run in runs] == [1, 1, 6, 0]
    assert "STREME was left out" in capsys.readouterr().out
    srf, *_, null = runs
    assert srf["methods"]["words alone"]["found"] == ["SRF"] and srf["words"] > 0
    assert srf["methods"]["words alone"]["matching"] > 0
    assert srf["methods"]["Glorot"] != srf["methods"]["words"], "trained from different weights"
    assert null["words"] == 0 and null["methods"]["words alone"]["found"] == []
    assert null["methods"]["words"] == null["methods"]["Glorot"]
    assert {"numpy", "grimlib"} <= set(null["provenance"]["versions"])


def test_streme_is_added_where_it_is_installed(command, monkeypatch):
    motifs = dict(zip(TASK2_MOTIFS, inserted_motifs(TASK2_MOTIFS), strict=True))
    found = [Motif("1", motifs["SRF"].ppm), Motif("2", motifs["SP1"].ppm), Motif("3", np.eye(4))]

    def run_streme(fasta, strands, seed):
        assert fasta.read_text().count(">") == 200 and strands == 1
        return {"processor seconds": 2.0}, found, [1e-9, 0.01, 0.2], {}

    benchmark.main()
    before = json.loads(command.read_text())["runs"]
    monkeypatch.setattr(benchmark, "run_streme", run_streme)
    monkeypatch.setattr(benchmark.shutil, "which", lambda name: "streme")
    told = SimpleNamespace(stdout="5.5.8\n")
    monkeypatch.setattr(benchmark.subprocess, "run", lambda *given, **more: told)
    benchmark.main()
    runs = json.loads(command.read_text())["runs"]
    assert len(runs) == len(before)
    assert [run["methods"].pop("STREME") for run in runs][:3] == [
        {"found": ["SRF"], "matching": 1, "others": ["SP1"], "seconds": 2.0},
        {"found": [], "matching": 0, "others": ["SRF", "SP1"], "seconds": 2.0},
        {"found": ["SRF", "SP1"], "matching": 2, "others": [], "seconds": 2.0},
    ]
    assert all(run["provenance"]["versions"].pop("STREME") == "5.5.8" for run in runs)
    assert runs == before, "nothing else is made again"
