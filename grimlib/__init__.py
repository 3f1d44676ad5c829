"""GRIM: unsupervised learning of genomic sequence motifs by information maximization.

The modules import in one direction: files, parameters, sequences, motifs, clusters, peaks, sites,
simulate, losses, models, filters, trials, plots, discover, report. Arrays are tokens (N, L),
one-hot (N, L, 4) in the order ``ACGT``, and PPMs (F, width, 4).
The modules import in one direction: files, parameters, sequences, motifs, simulate, losses,
models, filters, trials, results, plots. Arrays are tokens (N, L), one-hot (N, L, 4) in the order
``ACGT``, and PPMs (F, width, 4).
"""

from grimlib.clusters import Cluster, cluster_motifs
from grimlib.discover import Settings, find_motifs, train
from grimlib.filters import Alignment, FilterReport, align, filter_report, summarise
from grimlib.losses import (
    VIEWS,
    collapsed_loss,
    count_views,
    grim_loss,
    jensen_shannon,
    max_outer_product,
    view_scores,
)
from grimlib.models import GRIM, cnn, first_layer
from grimlib.motifs import (
    GROUND_TRUTH,
    TASK1_MOTIFS,
    TASK2_MOTIFS,
    Motif,
    consensus,
    information_content,
    load_jaspar,
    load_targets,
    read_meme,
    tomtom,
    write_meme,
    write_tomtom,
)
from grimlib.parameters import check_integer, check_parameters
from grimlib.peaks import Peaks, read_peaks
from grimlib.plots import (
    plot_filters,
    plot_found,
    plot_learning_curves,
    plot_logo,
    plot_match,
    plot_recovery,
    plot_sites,
    plot_thresholds,
    use_style,
)
from grimlib.report import check_outdir, summarise_run, write_results
from grimlib.sequences import (
    Fasta,
    decode,
    dinucleotide_shuffle,
    encode,
    one_hot,
    read_fasta,
    reverse_complement,
)
from grimlib.results import (
    compare_models,
    compare_with_paper,
    filters_per_motif,
    full_scale,
    missing_notice,
    rates,
    report_trials,
    stored_trials,
)
from grimlib.sequences import Fasta, decode, dinucleotide_shuffle, encode, one_hot, read_fasta
from grimlib.simulate import Dataset, simulate_task1, simulate_task2
from grimlib.sites import find_sites, select_enriched, write_sites
from grimlib.trials import (
    Trial,
    TrialSpec,
    load_trial,
    run,
    run_or_load,
    save_trial,
    simulate,
    training_batches,
)

__all__ = [
    "GRIM",
    "GROUND_TRUTH",
    "TASK1_MOTIFS",
    "TASK2_MOTIFS",
    "VIEWS",
    "Alignment",
    "Cluster",
    "Dataset",
    "Fasta",
    "FilterReport",
    "Motif",
    "Peaks",
    "Settings",
    "Trial",
    "TrialSpec",
    "align",
    "check_integer",
    "check_outdir",
    "check_parameters",
    "cluster_motifs",
    "cnn",
    "collapsed_loss",
    "compare_models",
    "compare_with_paper",
    "consensus",
    "count_views",
    "decode",
    "dinucleotide_shuffle",
    "encode",
    "filter_report",
    "find_motifs",
    "find_sites",
    "filters_per_motif",
    "first_layer",
    "full_scale",
    "grim_loss",
    "information_content",
    "jensen_shannon",
    "load_jaspar",
    "load_targets",
    "load_trial",
    "max_outer_product",
    "missing_notice",
    "one_hot",
    "plot_filters",
    "plot_found",
    "plot_learning_curves",
    "plot_logo",
    "plot_match",
    "plot_recovery",
    "plot_sites",
    "plot_thresholds",
    "rates",
    "read_fasta",
    "read_meme",
    "read_peaks",
    "reverse_complement",
    "report_trials",
    "run",
    "run_or_load",
    "save_trial",
    "select_enriched",
    "simulate",
    "simulate_task1",
    "simulate_task2",
    "stored_trials",
    "summarise",
    "summarise_run",
    "tomtom",
    "train",
    "training_batches",
    "use_style",
    "view_scores",
    "write_meme",
    "write_results",
    "write_sites",
    "write_tomtom",
]
