"""GRIM: unsupervised learning of genomic sequence motifs by information maximization.

Each file holds one idea and imports only files before it. In reading order:

- helpers: files, checkpoints, parameters
- the method: sequences, losses, models
- what a filter has learned: motifs, filters
- the paper's experiments: simulate, trials, results, plots, pages
- the background on information: information
- a user's own sequences: peaks, sites, clusters, discover, report

Start with losses, then models. Arrays are tokens (N, L), one-hot (N, L, 4) in the order ``ACGT``,
and PPMs (F, width, 4).
"""

from grimlib.clusters import Cluster, cluster_motifs
from grimlib.discover import Settings, find_motifs, train
from grimlib.filters import Alignment, FilterReport, align, filter_report, summarise
from grimlib.information import (
    donsker_varadhan,
    gaussian_correlation,
    gaussian_information,
    gaussian_scores,
    info_nce,
    jensen_shannon_divergence,
    mutual_information,
    nwj,
    sample_gaussians,
    split_pairs,
)
from grimlib.losses import (
    VIEWS,
    collapsed_loss,
    count_views,
    grim_loss,
    jensen_shannon,
    max_outer_product,
    view_scores,
)
from grimlib.models import GRIM, cnn, first_layer, set_first_layer
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
from grimlib.pages import image_tag, logo_tag, stepper
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
from grimlib.results import (
    compare_models,
    compare_with_paper,
    describe_missed,
    describe_thresholds,
    filters_by_seed,
    filters_per_motif,
    full_scale,
    missing_notice,
    rates,
    report_trials,
    stored_trials,
)
from grimlib.sequences import (
    Fasta,
    decode,
    dinucleotide_shuffle,
    encode,
    one_hot,
    read_fasta,
    reverse_complement,
)
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
