"""Time and memory to choose 128 words, on one core, over the number of sequences.

Run ``python benchmarks/starts.py``; `benchmarks/run.py` keeps the same figures. The sequences are
random ones of 200 nt that hold 160 random words, each in a fortieth of them, so that there are 128
to choose. Seconds are the processor's, of the best of some runs, once everything is compiled;
memory is what the process takes at its highest beyond what it took before.
"""

import os
import resource
import sys
import warnings
from time import process_time

# Before numba and the BLAS libraries are loaded: they read these only once.
os.environ.update(OMP_NUM_THREADS="1", NUMBA_NUM_THREADS="1", RAYON_NUM_THREADS="1")

import numpy as np

import grimlib

NUMBERS, WORDS, RUNS = (17_500, 100_000), 128, 3


def sequences(n: int) -> np.ndarray:
    """Tokens (n, 200) that hold 160 words more often than their shuffles."""
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 4, (n, 200), dtype=np.int8)
    for word in rng.integers(0, 4, (160, 8), dtype=np.int8):
        rows = rng.choice(n, n // 40, replace=False)
        at = rng.integers(0, 193, len(rows))
        tokens[rows[:, None], at[:, None] + np.arange(8)] = word
    return tokens


def peak() -> float:
    """The process's highest memory so far, in MB."""
    highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return highest * (1 if sys.platform == "darwin" else 1024) / 1e6


def measure(n: int, strands: int, runs: int = RUNS) -> tuple[int, float, float]:
    """Number of words chosen, seconds, and MB."""
    tokens = sequences(n)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of few sequences, there are fewer words
        grimlib.choose_words(tokens[:100], 1)
        before, seconds = peak(), []
        for _ in range(runs):
            start = process_time()
            words = grimlib.choose_words(tokens, WORDS, strands=strands)
            seconds.append(process_time() - start)
    return len(words), min(seconds), peak() - before


def main() -> None:
    """Print a table."""
    print(f"{'sequences':>10}{'strands':>10}{'words':>10}{'seconds':>10}{'MB':>10}")
    for n in NUMBERS:
        for strands in (1, 2):
            words, seconds, memory = measure(n, strands)
            print(f"{n:10,}{strands:10}{words:10}{seconds:10.2f}{memory:10.0f}", flush=True)


if __name__ == "__main__":
    main()
