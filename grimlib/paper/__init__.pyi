from .claims import (
    CLAIMS as CLAIMS,
    verdict as verdict,
    verdicts as verdicts,
)
from .emergence import (
    stored_emergence as stored_emergence,
)
from .evaluation import (
    false_positives as false_positives,
)
from .figures import (
    plot_by_filters as plot_by_filters,
    MODEL_COLOURS as MODEL_COLOURS,
    plot_differences as plot_differences,
    plot_filters as plot_filters,
    plot_found as plot_found,
    plot_match as plot_match,
    plot_pulls as plot_pulls,
    plot_recovery as plot_recovery,
    plot_sites as plot_sites,
    plot_thresholds as plot_thresholds,
    plot_transfer as plot_transfer,
    plot_views as plot_views,
    plot_workflow as plot_workflow,
)
from .groups import (
    GROUPS as GROUPS,
    by_seed as by_seed,
)
from .pages import (
    captioned as captioned,
    image_tag as image_tag,
    logo_tag as logo_tag,
    stepper as stepper,
)
from .parameters import (
    check_parameters as check_parameters,
)
from .scores import (
    filters_by_seed as filters_by_seed,
    score_readings as score_readings,
    scored_trials as scored_trials,
)
from .tables import (
    FIGURES as FIGURES,
    PAPER as PAPER,
    PAPER_TRIALS as PAPER_TRIALS,
    compare_models as compare_models,
    compare_rows as compare_rows,
    compare_with_paper as compare_with_paper,
    describe_training as describe_training,
    mean_sd as mean_sd,
    overview as overview,
    report_trials as report_trials,
    state_differences as state_differences,
    stored_trials as stored_trials,
    summarise as summarise,
    summarise_beside_paper as summarise_beside_paper,
    summarise_variants as summarise_variants,
)
from .tasks import (
    GROUND_TRUTH as GROUND_TRUTH,
    TASK1_MOTIFS as TASK1_MOTIFS,
    TASK2_MOTIFS as TASK2_MOTIFS,
    TASKS as TASKS,
    Dataset as Dataset,
    ground_truth as ground_truth,
    ground_truth_name as ground_truth_name,
    inserted_motifs as inserted_motifs,
    simulate_task1 as simulate_task1,
    simulate_task2 as simulate_task2,
)
from .training import (
    run as run,
    run_models as run_models,
    run_or_load as run_or_load,
)
from .trials import (
    STORED as STORED,
    Trial as Trial,
    TrialSpec as TrialSpec,
    load_trial as load_trial,
    mean_auroc as mean_auroc,
    save_trial as save_trial,
    simulate as simulate,
    stored_trial as stored_trial,
)
from .variants import (
    Variant as Variant,
)
