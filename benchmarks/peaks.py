"""GRIM and STREME on a folder of peaks: what is found first, how well it tells, how long it takes.

    python benchmarks/peaks.py FOLDER [--seeds 0 1 2] [--shuffled]

FOLDER holds FASTA files and ``INDEX.tsv``: a row a set, with ``name`` (of the file, without
``.fa.gz``), ``kind``, ``strands``, ``organism``, ``assay``, ``factor``, ``expected`` (in words) and
``jaspar_names``, a regular expression of the JASPAR names that count as the expected factor's. Of
the sequences that differ, every other one is learned from, and the rest, with 20 known nucleotides
or more, is judged on (`discover.judge`, one seed for all). GRIM runs as the command ``grim`` with
its default settings, ``streme`` where it is on the PATH; each is a process of its own on one
thread, and its seconds count from the start of the process, by the clock and of the processor. With
``--shuffled``, GRIM also learns from shuffles of each set, in which there is nothing to be found.

Writes data/peaks.json after each run. A run that is in the file is not repeated, so the command can
be stopped and started again.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

import grimlib
from grimlib import discover
from grimlib._files import atomic_write
from grimlib._provenance import provenance
from grimlib.discover.peaks import MIN_KNOWN
from grimlib.motifs import Motif
from grimlib.sequences import UNKNOWN, read_records

OUTPUT = Path(__file__).resolve().parents[1] / "data" / "peaks.json"
JUDGED = 3
"""Motifs of each run that are judged."""

_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "NUMBA_NUM_THREADS"),
    "1",
)


def halves(path: Path) -> tuple[list[np.ndarray], np.ndarray]:
    """Sequences to learn from, and those to judge on, (N, L), of the records that differ."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # RNA is read as DNA
        rows = {row.tobytes(): row for _, row in read_records(path)}
    rows = list(rows.values())
    held = [row for row in rows[1::2] if (row != UNKNOWN).sum() >= MIN_KNOWN]
    tokens = np.full((len(held), max(map(len, held))), UNKNOWN, dtype=np.int8)
    for padded, row in zip(tokens, held, strict=True):
        padded[: len(row)] = row
    return rows[0::2], tokens


def write_fasta(path: Path, rows: list[np.ndarray]) -> None:
    """Write sequences under the names s1, s2 and so on."""
    records = (f">s{i}\n{grimlib.decode(row)}\n" for i, row in enumerate(rows, start=1))
    path.write_text("".join(records), encoding="utf-8")


def timed(command: list[str]) -> dict:
    """Run a command on one thread; its seconds."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {**os.environ, **_ONE_THREAD, "TQDM_DISABLE": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": round(seconds, 1), "processor seconds": round(processor, 1)}


def run_grim(fasta: Path, strands: int, seed: int) -> tuple[dict, list[Motif], list[float], dict]:
    """Seconds, motifs, their E-values, and what else settings.json tells."""
    outdir = fasta.parent / f"grim_{seed}"
    program = "from grimlib.discover.command import main; main()"
    options = ["--outdir", str(outdir), "--strands", str(strands), "--seed", str(seed)]
    spent = timed([sys.executable, "-c", program, str(fasta), *options])
    about = json.loads((outdir / "settings.json").read_text(encoding="utf-8"))
    file = outdir / "motifs.meme"
    motifs = grimlib.read_meme(file) if file.exists() else []
    e_values = [row["E-value"] for row in about["motifs"]]
    repeats = [row["motif"] for row in about["motifs"] if row["repeat"]]
    epochs = len(about["history"]["loss"])
    more = {"repeats": repeats, "epochs": epochs, "words": about["words"]}
    return spent, motifs, e_values, more


def run_streme(fasta: Path, strands: int, seed: int) -> tuple[dict, list[Motif], list[float], dict]:
    """Seconds and motifs of STREME with its defaults, and their E-values."""
    outdir = fasta.parent / f"streme_{seed}"
    alphabet = ["--dna"] if strands == 2 else ["--rna"]
    command = ["streme", "--p", str(fasta), *alphabet, "--seed", str(seed), "--oc", str(outdir)]
    spent = timed(command)
    return spent, *read_streme(outdir / "streme.txt"), {}


def read_streme(path: Path) -> tuple[list[Motif], list[float]]:
    """The motifs of a file of STREME's and their E-values; none if it has found none.

    STREME lists motifs above its own limit of 0.05 as well, until three of them follow each other.
    """
    text = path.read_text(encoding="utf-8")
    e_values = [
        float(value)
        for value in re.findall(r"^letter-probability matrix:.*\bE= *(\S+)", text, re.MULTILINE)
    ]
    if not e_values:
        return [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return grimlib.read_meme(path), e_values


def describe(
    motifs: list[Motif], e_values: list[float], held: np.ndarray, strands: int, names: str
) -> dict:
    """Each motif's best match and, for the first ones, its area; the rank of the expected one."""
    matches = grimlib.tomtom(motifs, grimlib.load_jaspar())
    best = matches.drop_duplicates("Query_ID").set_index("Query_ID")["Target_ID"]
    alt = {target.name: target.alt for target in grimlib.load_jaspar()}
    rows, rank = [], None
    for number, (motif, e_value) in enumerate(zip(motifs, e_values, strict=True), start=1):
        match = alt[best[motif.name]] if motif.name in best else ""
        row = {"motif": motif.name, "consensus": grimlib.consensus(motif.ppm), "match": match}
        row["E-value"] = e_value
        if number <= JUDGED:
            area = discover.judge(motif.ppm, held, strands)
            row |= {"AUROC": area.value, "low": area.low, "high": area.high}
            row["ppm"] = motif.ppm.round(3).tolist()
        if names and not rank and re.search(names, match):
            rank = number
        rows.append(row)
    return {"motifs": rows, "rank": rank}


def main() -> None:
    """Make every run that is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--sets", nargs="+", help="names of sets; all by default")
    parser.add_argument("--shuffled", action="store_true")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    given = parser.parse_args()
    with (given.folder / "INDEX.tsv").open(encoding="utf-8") as file:
        sets = list(csv.DictReader(file, delimiter="\t"))
    known = {"runs": []}
    if given.output.exists():
        known = json.loads(given.output.read_text(encoding="utf-8"))
    done = {(r["set"], r["tool"], r["seed"], r["shuffled"]) for r in known["runs"]}
    streme = shutil.which("streme")
    version = streme and subprocess.run([streme, "--version"], capture_output=True, text=True)
    tools = {"GRIM": run_grim} | ({"STREME": run_streme} if streme else {})

    def keep(row: dict, tool: str, seed: int, shuffled: bool, found: dict) -> None:
        about = {"set": row["name"], "kind": row["kind"], "tool": tool, "seed": seed}
        of = {key: row[key] for key in ("organism", "assay", "factor", "expected")}
        made = provenance(by_keras=False)
        if tool == "STREME":
            made["versions"][tool] = version.stdout.strip()
        known["runs"].append({**about, "shuffled": shuffled, **of, **found, "provenance": made})
        with atomic_write(given.output) as file:
            json.dump(known, file, indent=1)
            file.write("\n")
        first = found["motifs"][0] if found["motifs"] else {}
        print(
            *about.values(),
            "shuffled" * shuffled,
            f"{found['seconds']:.1f} s, expected at {found['rank']}; first",
            first.get("motif"),
            first.get("consensus"),
            first.get("match"),
            f"{first.get('AUROC', float('nan')):.4f}",
            flush=True,
        )

    for row in sets:
        if given.sets and row["name"] not in given.sets:
            continue
        learn, held = halves(given.folder / f"{row['name']}.fa.gz")
        strands, names = int(row["strands"]), row["jaspar_names"] or ""
        counts = {"learned from": len(learn), "judged on": len(held)}
        for seed in given.seeds:
            for tool, run in tools.items():
                for shuffled in (False, True) if given.shuffled and tool == "GRIM" else (False,):
                    if (row["name"], tool, seed, shuffled) in done:
                        continue
                    rows = learn
                    if shuffled:
                        rng = np.random.default_rng([seed, 6])
                        rows = [grimlib.dinucleotide_shuffle(one, rng) for one in learn]
                    with tempfile.TemporaryDirectory() as folder:
                        fasta = Path(folder) / f"{row['name']}.fa"
                        write_fasta(fasta, rows)
                        spent, motifs, e_values, more = run(fasta, strands, seed)
                    found = describe(motifs, e_values, held, strands, names)
                    keep(row, tool, seed, shuffled, {**counts, **spent, **more, **found})


if __name__ == "__main__":
    main()
