"""GRIM: unsupervised learning of genomic sequence motifs by information maximization.

Each file holds one idea. In reading order:

- the method: losses, models, starts, training, with sequences under them
- what a filter has learned: motifs, matches, filters, clusters, plots

Two rooms stand beside it and import it: `grimlib.discover`, for sequences of your own, and
`grimlib.paper`, for the experiments of the book. Neither is loaded with it.

Arrays are tokens (N, L), one-hot (N, L, 4) in the order ``ACGT``, and PPMs (F, width, 4).
"""

from grimlib import _places  # first: it says where compiled functions are kept
from grimlib.clusters import Cluster, cluster_motifs
from grimlib.filters import Alignment, FilterReport, align, filter_report
from grimlib.losses import (
    VIEWS,
    collapsed_loss,
    count_views,
    grim_loss,
    jensen_shannon,
    max_outer_product,
    view_scores,
)
from grimlib.matches import tomtom, write_tomtom
from grimlib.models import GRIM, cnn, first_layer, set_first_layer
from grimlib.motifs import (
    Motif,
    consensus,
    information_content,
    load_jaspar,
    read_meme,
    write_meme,
)
from grimlib.plots import plot_learning_curves, plot_logo, use_style
from grimlib.sequences import (
    Fasta,
    decode,
    dinucleotide_shuffle,
    encode,
    one_hot,
    read_fasta,
    reverse_complement,
)
from grimlib.starts import choose_words, start_filters
from grimlib.training import training_batches
