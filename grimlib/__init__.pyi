from .clusters import (
    Cluster as Cluster,
    cluster_motifs as cluster_motifs,
)
from .compiled import (
    CompiledGRIM as CompiledGRIM,
)
from .filters import (
    Alignment as Alignment,
    FilterReport as FilterReport,
    align as align,
    filter_report as filter_report,
)
from ._checks import (
    VIEWS as VIEWS,
)
from .losses import (
    collapsed_loss as collapsed_loss,
    count_views as count_views,
    grim_loss as grim_loss,
    jensen_shannon as jensen_shannon,
    max_outer_product as max_outer_product,
    view_scores as view_scores,
)
from .matches import (
    tomtom as tomtom,
    write_tomtom as write_tomtom,
)
from .models import (
    GRIM as GRIM,
    cnn as cnn,
    first_layer as first_layer,
    set_first_layer as set_first_layer,
    start_filters as start_filters,
)
from .motifs import (
    Motif as Motif,
    consensus as consensus,
    information_content as information_content,
    load_jaspar as load_jaspar,
    read_meme as read_meme,
    write_meme as write_meme,
)
from .plots import (
    plot_learning_curves as plot_learning_curves,
    plot_logo as plot_logo,
    use_style as use_style,
)
from .sequences import (
    Fasta as Fasta,
    decode as decode,
    dinucleotide_shuffle as dinucleotide_shuffle,
    encode as encode,
    one_hot as one_hot,
    read_fasta as read_fasta,
    reverse_complement as reverse_complement,
)
from .starts import (
    choose_words as choose_words,
)
from .training import (
    training_batches as training_batches,
)
