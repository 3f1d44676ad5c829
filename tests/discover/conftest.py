"""A file of peaks, as a user has one."""

import numpy as np
import pytest

from grimlib.sequences import decode, encode, reverse_complement

WORD = "GTTTCGCAATCC"  # unlike its own reverse complement


@pytest.fixture(scope="session")
def fasta(tmp_path_factory):
    """300 sequences of 70 to 90 nt, each with WORD on either strand."""
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("fasta") / "peaks.fa"
    with path.open("w") as file:
        for i in range(300):
            row = rng.integers(0, 4, rng.integers(70, 91), dtype=np.int8)
            word = encode(WORD)
            row[20:32] = word if rng.random() < 0.5 else reverse_complement(word)
            file.write(f">r{i}\n{decode(row)}\n")
    return path
