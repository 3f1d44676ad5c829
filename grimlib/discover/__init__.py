"""GRIM for sequences of your own: from a FASTA file to tested motifs, their sites, and a report.

`analyse` does it all, and is what the command ``grim`` calls. In the order of its steps: peaks,
learning, motif_set (with sites and targets), report.
"""

import lazy_loader

# The names of __init__.pyi, each imported when it is first used.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
