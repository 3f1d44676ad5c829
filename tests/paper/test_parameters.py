"""What a notebook's parameters may be."""

import numpy as np
import pytest

from grimlib._checks import check_integer
from grimlib.paper.parameters import check_parameters

EXPECTED = dict(n=1, fasta=str, overwrite=bool, views=("both", "filter"), strands=(1, 2))
GOOD = dict(n=3, fasta="x.fa", overwrite=False, views="both", strands=2)


def test_good_parameters():
    check_parameters(GOOD | {"anything": object()}, **EXPECTED)
    check_parameters(GOOD | {"n": 1, "fasta": "", "overwrite": True, "strands": 1}, **EXPECTED)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(n=0), "n is 0.*whole number of 1 or more"),
        (dict(n=2.0), "n is 2.0.*whole number"),
        (dict(n="3"), "n is '3'.*whole number"),
        (dict(n=True), "n is True.*whole number"),
        (dict(n=np.nan), "n is nan"),
        (dict(fasta=7), "fasta is 7.*text.*-r"),
        (dict(fasta=None), "fasta is None.*text"),
        (dict(overwrite="true"), "overwrite is 'true'.*True or False"),
        (dict(overwrite=1), "overwrite is 1.*True or False"),
        (dict(views="foo"), r"views is 'foo'.*\('both', 'filter'\)"),
        (dict(views=["both"]), r"views is \['both'\]"),
        (dict(strands="2"), r"strands is '2'.*\(1, 2\)"),
    ],
)
def test_bad_parameters_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        check_parameters(GOOD | change, **EXPECTED)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("# Parameters\nseqs = 3\n", "'seqs'.* n, fasta"),
        ("# Parameters\nview = 'both'\n", "'view'.*'views'"),
        ("# Parameters\nn = 3\nstrand: int = 2", "'strand'.*'strands'"),
    ],
)
def test_unknown_parameters_are_named(cell, message):
    with pytest.raises(ValueError, match=message):
        check_parameters(GOOD | {"In": ["", "n = 1", cell]}, **EXPECTED)


def test_a_value_is_no_parameter():
    cell = "# Parameters\nn = float('nan')"
    with pytest.raises(ValueError, match="n is nan"):
        check_parameters(GOOD | {"n": np.nan, "In": [cell]}, **EXPECTED)


def test_only_papermills_own_cell_is_looked_at():
    cells = ["", "other = 3", "# Parameters\nn = 3\nfasta = 'x'", "# A comment\nmore = 1"]
    check_parameters(GOOD | {"In": cells}, **EXPECTED)


def test_check_integer():
    check_integer("n", 2, 1, highest=2)
    check_integer("n", np.int64(2), 1, highest=2)
    with pytest.raises(ValueError, match="n is 3.*at most 2"):
        check_integer("n", 3, 1, highest=2)
