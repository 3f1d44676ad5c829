"""Export JASPAR 2016 CORE vertebrates from the pyjaspar package, as counts in JASPAR format.

Run ``python data/export_jaspar.py`` to write the file beside this script again. pyjaspar holds
the database as 57 MB of SQLite; the book needs only these 519 motifs, so it keeps the export.
"""

from pathlib import Path

from Bio import motifs
from pyjaspar import jaspardb

from grimlib._files import atomic_write

OUTPUT = Path(__file__).with_name("jaspar2016_core_vertebrates.jaspar")


def jaspar_text() -> str:
    """The newest version of every motif, ordered by its identifier, in JASPAR format."""
    release = jaspardb(release="JASPAR2016")
    found = release.fetch_motifs(collection="CORE", tax_group=["vertebrates"])
    return motifs.write(sorted(found, key=lambda motif: motif.matrix_id), "jaspar")


if __name__ == "__main__":
    with atomic_write(OUTPUT) as file:
        file.write(jaspar_text())
    print(f"wrote {OUTPUT}")
