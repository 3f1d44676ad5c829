"""Sequences shuffled per second, one thread: grimlib beside ushuffle and seqpro.

Run ``python benchmarks/shuffle.py``; a package that is not installed is left out
(``pip install seqpro ushuffle``; ushuffle 1.1.2 builds on Python 3.11 only after
``cython -3 ushuffle.pyx -o ushuffle_cython.c`` in its unpacked source). Each figure is
the best of five runs on 20,000 random sequences of 200 nt, once everything is compiled.
"""

import os
from collections.abc import Callable
from importlib.util import find_spec
from time import perf_counter

# Before numba and the BLAS libraries are loaded: they read these only once.
os.environ.update(OMP_NUM_THREADS="1", NUMBA_NUM_THREADS="1", RAYON_NUM_THREADS="1")

import numpy as np

from grimlib.sequences import decode, dinucleotide_shuffle

N, L, RUNS = 20_000, 200, 5


def shufflers(tokens: np.ndarray) -> dict[str, Callable[[], object]]:
    """What to time, each with its input ready in the form it likes best."""
    rng = np.random.default_rng(0)
    found: dict[str, Callable[[], object]] = {
        "grimlib": lambda: dinucleotide_shuffle(tokens, rng),
    }
    if find_spec("ushuffle"):
        import ushuffle

        texts = [decode(row).encode() for row in tokens]
        found["ushuffle"] = lambda: [ushuffle.shuffle(text, 2) for text in texts]
    if find_spec("seqpro"):
        import seqpro

        letters = np.frombuffer(b"ACGT", dtype="S1")[tokens]
        found["seqpro"] = lambda: seqpro.k_shuffle(letters, 2, seqpro.DNA, length_axis=1, seed=0)
    return found


def best(action: Callable[[], object], repeats: int) -> float:
    """Seconds of the fastest of some repetitions, after one to warm up."""
    action()
    seconds = []
    for _ in range(repeats):
        start = perf_counter()
        action()
        seconds.append(perf_counter() - start)
    return min(seconds)


def main() -> None:
    """Time every shuffler found and print a table."""
    tokens = np.random.default_rng(1).integers(0, 4, (N, L), dtype=np.int8)
    print(f"{N:,} sequences of {L} nt, one thread, best of {RUNS} runs\n")
    print(f"{'':10}{'seconds':>10}{'sequences/s':>15}")
    for name, shuffle in shufflers(tokens).items():
        seconds = best(shuffle, RUNS)
        print(f"{name:10}{seconds:10.3f}{N / seconds:15,.0f}")


if __name__ == "__main__":
    main()
