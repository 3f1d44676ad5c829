"""Compile what is compiled at its first use, once for a machine, so that no reader waits for it.

Tomtom takes almost a minute, and grimlib's own functions ten seconds. No network is needed for it:
`make` runs this while the larger packages are still being unpacked.
"""

import numpy as np

import grimlib
from grimlib import discover

tokens = np.random.default_rng(0).integers(0, 4, (300, 100), dtype=np.int8)
tokens[:, 40:52] = grimlib.encode("TGACTCAGCAAT")
settings = discover.Settings(n_filters=4, epochs=1)
training = discover.train(tokens, settings)
discover.find_motifs(training, tokens, settings, grimlib.load_jaspar())
