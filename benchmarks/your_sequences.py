"""The whole analysis of sequences of one's own: seconds and memory at 10,000 and at 100,000.

Run ``python benchmarks/your_sequences.py``. Each row is the command ``grim`` with its default
settings, a process of its own on one thread, on simulated sequences of 200 nt (Task 2's). Seconds
count from the start of the process; memory is the highest of the process. Reading, shuffles of all
sequences and the search for sites should grow with the number of sequences, the rest not.
"""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import grimlib
from grimlib import paper

SIZES = (10_000, 100_000)
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS"), "1")


def measure(n: int, folder: Path) -> tuple[float, float]:
    """Seconds and GB of one analysis of n sequences."""
    fasta = folder / f"{n}.fa"
    tokens = paper.simulate_task2(n, seed=0).tokens
    fasta.write_text("".join(f">s{i}\n{grimlib.decode(row)}\n" for i, row in enumerate(tokens)))
    command = [sys.executable, "-m", "grimlib.discover.command", str(fasta)]
    start = perf_counter()
    subprocess.run(
        [*command, "--outdir", str(folder / str(n))],
        env={**os.environ, **_ONE_THREAD},
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    seconds = perf_counter() - start
    highest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # of all children so far
    return seconds, highest * (1 if sys.platform == "darwin" else 1024) / 1e9


def main() -> None:
    """Print a table."""
    print(f"{'sequences':>10}{'seconds':>10}{'GB':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for n in SIZES:  # the larger one last, as memory is that of the largest
            seconds, memory = measure(n, Path(folder))
            print(f"{n:10,}{seconds:10.1f}{memory:8.2f}", flush=True)


if __name__ == "__main__":
    main()
