"""Try GRIM on real peaks, and on shuffles of them that hold no motif.

    python benchmarks/real_peaks.py peaks.fa

writes what the chapter "Your own sequences" tells of the ChIP-seq peaks of IRF1 to
data/real_peaks.json: the default settings at three seeds, ten runs on dinucleotide shuffles of all
peaks, and runs on random subsets. The peaks themselves are not kept. A run that is in the file is
not repeated, so the command can be stopped and started again. It takes about half an hour on two
cores.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np

import grimlib
from grimlib import discover
from grimlib._files import atomic_write
from grimlib._provenance import provenance

OUTPUT = Path(__file__).resolve().parents[1] / "data" / "real_peaks.json"

RUNS = [
    *({"kind": "peaks", "seed": seed} for seed in range(3)),
    *({"kind": "shuffled", "seed": seed} for seed in range(10)),
    *({"kind": "peaks", "seed": seed, "n": n} for n in (200, 400, 800) for seed in range(3)),
    *({"kind": "shuffled", "seed": seed, "n": 400} for seed in range(3)),
    {"kind": "peaks", "seed": 0, "strands": 1},
]


def analyse(tokens: np.ndarray, run: dict) -> dict:
    """One run: its settings, how training went, and the motifs.

    ``central`` is the fraction of a motif's sites in the middle fifth of their sequences, which
    all have one length here.
    """
    rng = np.random.default_rng([run["seed"], 4])
    if "n" in run:
        tokens = tokens[rng.permutation(len(tokens))[: run["n"]]]
    if run["kind"] == "shuffled":
        tokens = grimlib.dinucleotide_shuffle(tokens, rng)
    settings = discover.Settings(seed=run["seed"], strands=run.get("strands", 2))
    started = time.perf_counter()
    training = discover.train(tokens, settings)
    found = discover.find_motifs(training, tokens, settings, grimlib.load_jaspar())
    middle = (found.sites["start"] + found.sites["end"]) / 2 / tokens.shape[1]
    central = ((middle - 0.5).abs() < 0.1).groupby(found.sites["motif"]).mean()
    # JSON has no NaN.
    motifs = found.table.astype(object).where(found.table.notna(), None).to_dict("records")
    for motif, row in zip(found.motifs, motifs, strict=True):
        row["central"] = round(float(central[motif.name]), 4)
        row["ppm"] = motif.ppm.round(4).tolist()
    return {
        "run": run,
        "settings": asdict(settings),
        "sequences": len(tokens),
        "outcome": training.outcome,
        "history": training.history,
        "chance": training.chance,
        "tested": found.n_tested,
        "motifs": motifs,
        "provenance": {**provenance(), "seconds": round(time.perf_counter() - started, 1)},
    }


def main() -> None:
    """Make every run that is missing."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    peaks = discover.read_peaks(sys.argv[1])
    results = {"peaks": peaks.fingerprint, "n_peaks": len(peaks.names), "runs": []}
    if OUTPUT.exists():
        results = json.loads(OUTPUT.read_text(encoding="utf-8"))
        if results["peaks"] != peaks.fingerprint:
            sys.exit(f"{OUTPUT} was made from other peaks; move it away to start anew")
    done = [result["run"] for result in results["runs"]]
    for run in RUNS:
        if run not in done:
            print(run, flush=True)
            results["runs"].append(analyse(peaks.tokens, run))
            with atomic_write(OUTPUT) as file:
                json.dump(results, file, indent=1)
                file.write("\n")


if __name__ == "__main__":
    main()
