"""Clusters of motifs: known families, strands, weights and order."""

from dataclasses import replace

import numpy as np
import pytest

from grimlib.clusters import cluster_motifs
from grimlib.motifs import Motif, load_jaspar

JASPAR = {motif.name.split(".")[0]: motif for motif in load_jaspar()}
EMBEDDED = [
    replace(motif, name=motif.alt.upper())
    for number in (466, 477, 62, 496, 58, 52, 502, 79, 83, 137, 95)
    for motif in [JASPAR[f"MA{number:04}"]]
]


def copies(motif: Motif, rng: np.random.Generator) -> list[Motif]:
    """A motif, noisy, as first-layer filters hold it: shifted, with flanks, on either strand."""
    made = []
    for number in range(4):
        left, right = rng.integers(0, 4, size=2)
        ppm = np.concatenate([np.full((left, 4), 0.25), motif.ppm, np.full((right, 4), 0.25)])
        counts = np.stack([rng.multinomial(200, row / row.sum()) for row in ppm])
        ppm = counts / 200
        made.append(Motif(f"{motif.name}_{number}", ppm[::-1, ::-1] if number % 2 else ppm, 200))
    return made


def families(clusters) -> set[frozenset[str]]:
    return {frozenset(member.name for member in cluster.members) for cluster in clusters}


def test_noisy_copies_on_either_strand_come_together_and_the_motifs_stay_apart():
    rng = np.random.default_rng(0)
    groups = [copies(motif, rng) for motif in EMBEDDED]
    motifs = [motif for group in groups for motif in group]
    expected = {frozenset(motif.name for motif in group) for group in groups}
    clusters = cluster_motifs(motifs)
    assert families(clusters) == expected
    shuffled = [motifs[i] for i in rng.permutation(len(motifs))]
    assert families(cluster_motifs(shuffled)) == expected

    truth = {motif.name: motif.ppm for motif in EMBEDDED}
    for cluster in clusters:
        ppm = truth[cluster.members[0].name.rpartition("_")[0]]
        # The merged motif holds the embedded one somewhere, complete, on one strand or the other,
        # with less noise than 200 sites have.
        errors = [
            np.abs(merged[start : start + len(ppm)] - ppm).mean()
            for merged in (cluster.motif.ppm, cluster.motif.ppm[::-1, ::-1])
            for start in range(len(merged) - len(ppm) + 1)
        ]
        assert errors and min(errors) < 0.02
        assert cluster.motif.nsites == 800


def test_sites_are_the_weights():
    ppm = JASPAR["MA0083"].ppm
    worn = 0.7 * ppm + 0.3 * 0.25
    (cluster,) = cluster_motifs([Motif("many", ppm, 300), Motif("few", worn, 100)])
    np.testing.assert_allclose(cluster.motif.ppm, 0.75 * ppm + 0.25 * worn, atol=2e-3)
    assert cluster.motif.nsites == 400


def test_columns_that_few_sites_cover_are_left_out():
    ppm = JASPAR["MA0083"].ppm
    flank = np.eye(4)[[0, 1, 2]]
    longer = np.concatenate([flank, ppm])
    for sites, width in ((50, len(ppm)), (150, len(ppm) + 3)):
        motifs = [Motif("short", ppm, 100), Motif("long", longer, sites)]
        (cluster,) = cluster_motifs(motifs)
        assert len(cluster.motif.ppm) == width
    np.testing.assert_allclose(cluster.motif.ppm[:3], flank)


def test_a_threshold_of_similarity_decides():
    fosl1, mafk = (next(m for m in EMBEDDED if m.name == name) for name in ("FOSL1", "MAFK"))
    assert len(cluster_motifs([fosl1, mafk], evalue=1e-6)) == 2
    assert len(cluster_motifs([fosl1, mafk], evalue=1.0)) == 1


def test_one_motif_in_many_copies_is_one_cluster():
    # Against the copies alone, a match would look like chance.
    motifs = [replace(EMBEDDED[8], name=f"copy_{i}") for i in range(30)]
    (cluster,) = cluster_motifs(motifs)
    assert len(cluster.members) == 30


def test_the_largest_comes_first_and_names_count():
    a, b, c = EMBEDDED[0], EMBEDDED[4], EMBEDDED[8]
    motifs = [
        replace(a, nsites=10),
        replace(b, nsites=20),
        replace(c, name="x", nsites=1),
        replace(c, name="y", nsites=1),
    ]
    clusters = cluster_motifs(motifs)
    assert [cluster.motif.name for cluster in clusters] == ["cluster_1", "cluster_2", "cluster_3"]
    assert [cluster.members[0].name for cluster in clusters] == ["x", b.name, a.name]


def test_motifs_named_as_in_jaspar_are_welcome():
    assert families(cluster_motifs([JASPAR["MA0083"], JASPAR["MA0058"]])) == {
        frozenset([JASPAR["MA0083"].name]),
        frozenset([JASPAR["MA0058"].name]),
    }


def test_none_and_bad_input():
    assert cluster_motifs([]) == []
    with pytest.raises(ValueError, match="evalue .*above 0.* 0"):
        cluster_motifs(EMBEDDED, evalue=0)
    with pytest.raises(ValueError, match="'SRF' is used twice"):
        cluster_motifs([EMBEDDED[8], EMBEDDED[8]])
