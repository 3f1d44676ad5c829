from .analysis import (
    Analysis as Analysis,
    analyse as analyse,
)
from .learning import (
    Settings as Settings,
    Training as Training,
    train as train,
)
from .motif_set import (
    Discovery as Discovery,
    find_motifs as find_motifs,
)
from .peaks import (
    Peaks as Peaks,
    read_peaks as read_peaks,
)
from .report import (
    FILES as FILES,
    check_outdir as check_outdir,
    summarise_run as summarise_run,
    write_results as write_results,
)
from .sites import (
    find_sites as find_sites,
    select_enriched as select_enriched,
    write_sites as write_sites,
)
from .targets import (
    load_targets as load_targets,
)
