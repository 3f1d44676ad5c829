"""The benchmark on peaks: halves, the expected motif's rank, and runs that are not repeated."""

import gzip
import json
import sys

import numpy as np
import peaks as benchmark
import pytest

from grimlib.motifs import Motif, load_jaspar, write_meme
from grimlib.sequences import decode

SRF = next(motif for motif in load_jaspar() if motif.alt == "SRF")


@pytest.fixture
def folder(tmp_path):
    """One set: 41 records of 60 nt, of which one comes again and one is short, half with SRF."""
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 4, (40, 60), dtype=np.int8)
    site = SRF.ppm.argmax(axis=1)
    rows[:20, 20 : 20 + len(site)] = site
    words = [decode(row) for row in rows]
    words[1] = words[1][:15]
    with gzip.open(tmp_path / "one.fa.gz", "wt") as file:
        file.writelines(f">{i}\n{word}\n" for i, word in enumerate([words[0], *words]))
    (tmp_path / "INDEX.tsv").write_text(
        "name\tkind\tstrands\torganism\tassay\tfactor\texpected\tjaspar_names\n"
        "one\tone\t2\tmouse\tChIP-seq\tSRF\tCC[AT]6GG\tSRF|MEF2\n"
    )
    return tmp_path


def test_halves(folder):
    learn, held = benchmark.halves(folder / "one.fa.gz")
    assert len(learn) == 20 and held.shape == (19, 60), "what is too short is not judged on"
    assert not {row.tobytes() for row in learn} & {row.tobytes() for row in held}


def test_the_rank_of_the_expected_motif(folder):
    _, held = benchmark.halves(folder / "one.fa.gz")
    other = next(motif for motif in load_jaspar() if motif.alt == "NRF1")
    motifs = [Motif("a", other.ppm), Motif("b", SRF.ppm)]
    found = benchmark.describe(motifs, [1e-9, 1e-3], held, 2, "SRF|MEF2")
    assert found["rank"] == 2 and found["motifs"][1]["match"] == "SRF"
    assert found["motifs"][1]["AUROC"] > found["motifs"][0]["AUROC"]
    assert [row["E-value"] for row in found["motifs"]] == [1e-9, 1e-3]
    assert benchmark.describe(motifs, [1e-9, 1e-3], held, 2, "")["rank"] is None
    assert benchmark.describe([], [], held, 2, "SRF") == {"motifs": [], "rank": None}


def test_motifs_of_streme_have_their_e_values(tmp_path):
    file = tmp_path / "streme.txt"
    write_meme(file, [Motif("1-A", SRF.ppm), Motif("2-B", SRF.ppm)])
    head, *matrices = file.read_text().split("letter-probability matrix:")
    told = [
        f"letter-probability matrix: alength= 4 w= {len(SRF.ppm)} nsites= 9 E= {value}\n"
        + matrix.partition("\n")[2]
        for value, matrix in zip(("1.5e-004", "3.0e+000"), matrices, strict=True)
    ]
    file.write_text(head + "".join(told))
    motifs, e_values = benchmark.read_streme(file)
    assert [motif.name for motif in motifs] == ["1-A", "2-B"] and e_values == [1.5e-4, 3]
    file.write_text(head.partition("MOTIF")[0])
    assert benchmark.read_streme(file) == ([], [])


def test_runs_are_written_at_once_and_not_repeated(folder, monkeypatch):
    calls = []

    def run(fasta, strands, seed):
        if len(calls) == 2:
            raise KeyboardInterrupt
        calls.append((fasta.read_text(), strands, seed))
        return {"seconds": 1.0}, [Motif("m", SRF.ppm)], [1e-9], {}

    output = folder / "peaks.json"
    command = ["peaks.py", str(folder), "--output", str(output), "--seeds", "0", "1", "--shuffled"]
    monkeypatch.setattr(sys, "argv", command)
    monkeypatch.setattr(benchmark, "run_grim", run)
    monkeypatch.setattr(benchmark.shutil, "which", lambda name: None)
    with pytest.raises(KeyboardInterrupt):
        benchmark.main()
    assert len(json.loads(output.read_text())["runs"]) == 2
    real, shuffled = (call[0] for call in calls)
    assert real != shuffled and sorted(real) == sorted(shuffled)
    monkeypatch.setattr(
        benchmark, "run_grim", lambda *given: calls.append(given) or ({"seconds": 2.0}, [], [], {})
    )
    for _ in range(2):
        benchmark.main()
    runs = json.loads(output.read_text())["runs"]
    assert [(run["seed"], run["shuffled"]) for run in runs] == [
        (0, False),
        (0, True),
        (1, False),
        (1, True),
    ]
    assert len(calls) == 4 and runs[0]["rank"] == 1 and runs[2]["motifs"] == []
