"""How rare a motif may be: found or not, in simulated sequences of which few hold it.

    python benchmarks/rare_motifs.py [--seeds 0 1 2] [--numbers 500 1000 ...] [--shares 0 0.01 ...]

Sequences of 200 nt in a uniform background; a share of them, drawn by lot, holds a site that is
drawn from a motif's PPM (`grimlib.paper.tasks.embed`). Of each number, share and seed there are
three sets: two hold one of Task 2's six motifs each, so that three seeds see all six of them once,
and the third holds all six, each in that share of the sequences, independently of the others. With
share 0 there is one set, and nothing to be found.

Three methods learn from each set, and so does STREME where ``streme`` is on the PATH:

- *Glorot*: GRIM (32 filters, `grimlib.CompiledGRIM`) after 350 updates of 100 sequences, which
  are two epochs of the book's 17,500 training sequences, and more of fewer;
- *words*: the same, from at most 32 enriched words (`grimlib.choose_words`); where no word is, it
  is *Glorot*, and not trained again;
- *words alone*: each word as a filter that is active where at most one letter is another.

Filters are aligned on the set itself, since there are no other sequences to a user, and compared
with JASPAR, and motifs count as found, as everywhere in the book. Seconds are the processor's.

Writes data/rare_motifs.json after each set. A set that is in the file is not repeated, so the
command can be stopped and started again; it takes about 20 minutes.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Sequence
from itertools import islice, product
from pathlib import Path

import numpy as np
import pandas as pd
from peaks import run_streme, write_fasta
from tqdm import tqdm

import grimlib
from grimlib import paper
from grimlib._checks import FILTER_WIDTH
from grimlib._files import atomic_write
from grimlib._provenance import provenance
from grimlib.compiled import CompiledGRIM
from grimlib.paper.tasks import embed
from grimlib.starts import WORD

OUTPUT = Path(__file__).resolve().parents[1] / "data" / "rare_motifs.json"
NUMBERS = (500, 1_000, 2_000, 5_000, 10_000)
SHARES = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0)
LENGTH, FILTERS, POOL_SIZE, UPDATES, BATCH_SIZE = 200, 32, 25, 350, 100


def embedded_in(share: float, seed: int) -> list[tuple[str, ...]]:
    """The motifs of each set of a share and a seed."""
    if not share:
        return [()]
    motifs = paper.TASK2_MOTIFS
    half = len(motifs) // 2
    return [(motifs[seed % half],), (motifs[seed % half + half],), motifs]


def sequences(n: int, share: float, embedded: Sequence[str], seed: int) -> np.ndarray:
    """Tokens (n, 200), each motif in the nearest whole number of them."""
    motifs = paper.TASK2_MOTIFS
    members = [motifs.index(name) for name in embedded]
    rng = np.random.default_rng([seed, 9, n, round(1000 * share), *members])
    holds = np.zeros((n, len(motifs)), dtype=bool)
    for member in members:
        holds[rng.permutation(n)[: round(share * n)], member] = True
    chosen = [rng.permutation(np.flatnonzero(row)) for row in holds]
    return embed(paper.inserted_motifs(motifs), motifs, chosen, LENGTH, rng)[0]


def train(tokens: np.ndarray, seed: int, words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Kernel and bias of a GRIM."""
    network = CompiledGRIM(FILTERS, LENGTH, POOL_SIZE, "both", seed, words)
    batches = grimlib.training_batches(tokens, BATCH_SIZE, seed)
    for (batch,) in islice(batches, UPDATES):
        network.train_on_batch(batch["sequence"], batch["shuffled"])
    return network.kernel, network.bias


def words_alone(words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Kernel and bias of filters that are 3 at a word and 2 where one letter is another.

    A filter is aligned where it is above half of its highest, so that two other letters, 1, are
    too many.
    """
    flank = (FILTER_WIDTH - WORD) // 2
    ends = (flank, FILTER_WIDTH - WORD - flank)
    letters = np.stack([grimlib.one_hot(grimlib.encode(word)) for word in words], axis=-1)
    kernel = np.pad(letters, (ends, (0, 0), (0, 0))).astype(np.float32)
    return kernel, np.full(len(words), 3 - WORD, dtype=np.float32)


def judge(
    layer: tuple[np.ndarray, np.ndarray], tokens: np.ndarray, looked_for: Sequence[str]
) -> dict:
    """The motifs found, how many filters match one, and what the other matching ones match."""
    report = grimlib.filter_report(*layer, tokens, ground_truth=paper.ground_truth(looked_for))
    status = report.table["status"]
    others = report.table.loc[status == "other motif", "target"]
    return {
        "found": list(report.found),
        "matching": int((status == "ground truth").sum()),
        "others": others.to_list(),
    }


def judge_streme(tokens: np.ndarray, seed: int, looked_for: Sequence[str]) -> dict:
    """As `judge`, of STREME's motifs of an E-value up to 0.05, with its seconds."""
    with tempfile.TemporaryDirectory() as folder:
        fasta = Path(folder) / "set.fa"
        write_fasta(fasta, list(tokens))
        spent, motifs, e_values, _ = run_streme(fasta, 1, seed)
    motifs = [motif for motif, e_value in zip(motifs, e_values, strict=True) if e_value <= 0.05]
    matches = grimlib.tomtom(motifs, grimlib.load_jaspar())
    of = matches["Target_ID"].map(paper.ground_truth_name)
    true = of.isin(looked_for)
    names = {target.name: target.alt for target in grimlib.load_jaspar()}
    others = matches[~matches["Query_ID"].isin(matches["Query_ID"][true])]
    return {
        "found": [name for name in looked_for if name in set(of)],
        "matching": int(matches["Query_ID"][true].nunique()),
        "others": others.drop_duplicates("Query_ID")["Target_ID"].map(names).to_list(),
        "seconds": spent["processor seconds"],
    }


def measure(tokens: np.ndarray, seed: int, looked_for: Sequence[str]) -> dict:
    """What the three methods find, with the number of words and the seconds to choose them."""
    started = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # there may be fewer words than filters
        words = list(grimlib.choose_words(tokens, FILTERS, seed)["word"])
    about = {"words": len(words), "seconds of words": round(time.process_time() - started, 2)}
    methods = {}
    for name, first in {"Glorot": [], "words": words}.items():
        if name == "words" and not words:
            methods[name] = methods["Glorot"]
            continue
        started = time.process_time()
        layer = train(tokens, seed, first)
        seconds = round(time.process_time() - started, 2)
        methods[name] = judge(layer, tokens, looked_for) | {"seconds": seconds}
    nothing = {"found": [], "matching": 0, "others": []}
    methods["words alone"] = judge(words_alone(words), tokens, looked_for) if words else nothing
    return {**about, "methods": methods}


def summary(runs: list[dict]) -> pd.DataFrame:
    """The share of the motifs found; where none is embedded, of Task 2's six."""
    rows = [
        {
            "embedded": len(run["embedded"]),
            "sequences": run["sequences"],
            "method": name,
            "share": run["share"],
            "found": len(method["found"]) / len(run["embedded"] or paper.TASK2_MOTIFS),
        }
        for run in runs
        for name, method in run["methods"].items()
    ]
    columns = ["embedded", "sequences", "method"]
    return pd.DataFrame(rows).pivot_table("found", columns, "share", sort=False)


def main() -> None:
    """Make every run that is missing, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--numbers", type=int, nargs="+", default=NUMBERS)
    parser.add_argument("--shares", type=float, nargs="+", default=SHARES)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    given = parser.parse_args()
    runs = []
    if given.output.exists():
        runs = json.loads(given.output.read_text(encoding="utf-8"))["runs"]
    known = {(r["sequences"], r["share"], r["seed"], *r["embedded"]): r for r in runs}
    streme = shutil.which("streme")
    sets = [
        (n, share, seed, *embedded)
        for seed, share, n in product(given.seeds, given.shares, given.numbers)
        for embedded in embedded_in(share, seed)
    ]
    measure(sequences(100, 0.5, paper.TASK2_MOTIFS, 0), 0, paper.TASK2_MOTIFS)  # compiles
    for key in tqdm(sets, unit="set"):
        n, share, seed, *embedded = key
        run = known.get(key)
        if run and (not streme or "STREME" in run["methods"]):
            continue
        tokens, looked_for = sequences(n, share, embedded, seed), embedded or paper.TASK2_MOTIFS
        if not run:
            about = {"sequences": n, "share": share, "seed": seed, "embedded": embedded}
            run = {**about, **measure(tokens, seed, looked_for)}
            run["provenance"] = provenance(by_keras=False)
            runs.append(run)
        if streme:
            run["methods"]["STREME"] = judge_streme(tokens, seed, looked_for)
            version = subprocess.run([streme, "--version"], capture_output=True, text=True)
            run["provenance"]["versions"]["STREME"] = version.stdout.strip()
        with atomic_write(given.output) as file:
            file.write('{"runs": [\n' + ",\n".join(map(json.dumps, runs)) + "\n]}\n")
    print(summary(runs).to_string(float_format="{:.2f}".format, na_rep=""))
    if not streme:
        print("STREME was left out: there is no `streme` on the PATH.")


if __name__ == "__main__":
    main()
