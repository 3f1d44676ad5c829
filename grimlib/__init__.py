"""GRIM: unsupervised learning of genomic sequence motifs by information maximization.

Each file holds one idea. In reading order:

- the method: losses, models, starts, training, with sequences under them
- what a filter has learned: motifs, matches, filters, clusters, plots

Two rooms stand beside it and import it: `grimlib.discover`, for sequences of your own, and
`grimlib.paper`, for the experiments of the book. Neither is loaded with it.

Arrays are tokens (N, L), one-hot (N, L, 4) in the order ``ACGT``, and PPMs (F, width, 4).
"""

import lazy_loader

from grimlib import _places  # first: it says where compiled functions are kept

# The names of __init__.pyi, each imported when it is first used.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
