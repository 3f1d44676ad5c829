"""Compile Tomtom and FIMO, once for a machine, so that no reader waits for them."""

import numpy as np

import grimlib
from grimlib.discover import find_sites

motifs = grimlib.load_jaspar()[:1]
grimlib.tomtom(motifs, grimlib.load_jaspar())
find_sites(motifs, np.zeros((1, 50), dtype=np.int8))
