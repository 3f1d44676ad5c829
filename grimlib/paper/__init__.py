"""The experiments of the book: tasks, trials, and the tables and figures made of them.

In reading order: tasks, variants, trials, groups, statistics, tables, figures; then information
(the background), encoding, evaluation, search, transfer, emergence and again (further stored
results), claims (the verdicts), pages, parameters. The command ``python -m grimlib.paper`` lists
and trains.
"""

from grimlib.paper.claims import CLAIMS, verdict, verdicts
from grimlib.paper.emergence import stored_emergence
from grimlib.paper.figures import (
    plot_filters,
    plot_found,
    plot_match,
    plot_pulls,
    plot_recovery,
    plot_sites,
    plot_thresholds,
    plot_transfer,
    plot_views,
    plot_workflow,
)
from grimlib.paper.groups import GROUPS, by_seed
from grimlib.paper.pages import captioned, image_tag, logo_tag, stepper
from grimlib.paper.parameters import check_parameters
from grimlib.paper.tables import (
    FIGURES,
    PAPER,
    PAPER_TRIALS,
    compare_models,
    compare_with_paper,
    describe_training,
    false_positives,
    filters_by_seed,
    filters_per_motif,
    mean_sd,
    overview,
    report_trials,
    run_models,
    score_full_scale,
    score_readings,
    stored_trials,
    summarise,
    summarise_beside_paper,
    summarise_variants,
)
from grimlib.paper.tasks import (
    GROUND_TRUTH,
    TASK1_MOTIFS,
    TASK2_MOTIFS,
    TASKS,
    Dataset,
    ground_truth,
    ground_truth_name,
    inserted_motifs,
    simulate_task1,
    simulate_task2,
)
from grimlib.paper.trials import (
    STORED,
    Trial,
    TrialSpec,
    load_trial,
    mean_auroc,
    run,
    run_or_load,
    save_trial,
    simulate,
    stored_trial,
)
from grimlib.paper.variants import Variant
