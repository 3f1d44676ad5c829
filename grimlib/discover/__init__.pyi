from .analysis import (
    Analysis as Analysis,
    analyse as analyse,
)
from .centrality import (
    central_enrichment as central_enrichment,
)
from .judging import (
    AUROC as AUROC,
    auroc as auroc,
    judge as judge,
)
from .learning import (
    Training as Training,
    train as train,
)
from .motif_set import (
    Discovery as Discovery,
    find_motifs as find_motifs,
)
from .overview import (
    write_overview as write_overview,
)
from .peaks import (
    Peaks as Peaks,
    read_peaks as read_peaks,
)
from .refinement import (
    Refinement as Refinement,
    best_sites as best_sites,
    composition as composition,
    refine as refine,
)
from .regions import (
    read_regions as read_regions,
)
from .repeats import (
    repeat_kind as repeat_kind,
)
from .report import (
    FILES as FILES,
    check_outdir as check_outdir,
    summarise_run as summarise_run,
    write_results as write_results,
)
from .sets import (
    SequenceSet as SequenceSet,
    read_sets as read_sets,
)
from .settings import (
    Settings as Settings,
)
from .sites import (
    find_sites as find_sites,
    select_enriched as select_enriched,
    stratified_p as stratified_p,
    write_sites as write_sites,
)
from .targets import (
    load_targets as load_targets,
)
