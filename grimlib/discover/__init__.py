"""GRIM for sequences of your own: from a FASTA file to tested motifs, their sites, and a report.

`analyse` does it all, and is what the command ``grim`` calls. In the order of its steps: peaks,
learning, motif_set (with sites and targets), report.
"""

from grimlib.discover.analysis import Analysis, analyse
from grimlib.discover.learning import Settings, Training, train
from grimlib.discover.motif_set import Discovery, find_motifs
from grimlib.discover.peaks import Peaks, read_peaks
from grimlib.discover.report import FILES, check_outdir, summarise_run, write_results
from grimlib.discover.sites import find_sites, select_enriched, write_sites
from grimlib.discover.targets import load_targets
