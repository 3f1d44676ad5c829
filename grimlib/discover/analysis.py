"""The whole analysis in one call, from a FASTA file to a folder of results."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grimlib.discover.learning import Training, train
from grimlib.discover.motif_set import Discovery, find_motifs
from grimlib.discover.peaks import Peaks, read_peaks
from grimlib.discover.regions import PEAK_WIDTH
from grimlib.discover.report import check_outdir, write_results
from grimlib.discover.settings import Settings
from grimlib.discover.targets import load_targets


@dataclass(frozen=True, eq=False)
class Analysis:
    """What one analysis read, learned, found and wrote.

    Attributes
    ----------
    peaks : Peaks
    training : Training
    discovery : Discovery
    report : Path
        The written ``report.html``.
    """

    peaks: Peaks
    training: Training
    discovery: Discovery
    report: Path


def analyse(
    fasta: str | Path,
    outdir: str | Path = "grim_results",
    targets: str | Path = "JASPAR2016",
    overwrite: bool = False,
    genome: str | Path | None = None,
    peak_width: int = PEAK_WIDTH,
    control: str | Path | None = None,
    **settings,
) -> Analysis:
    """Find the motifs of sequences, and write them to a folder with their sites and a report.

    Everything that is given is checked before any work. An analysis that is stopped writes nothing.

    Parameters
    ----------
    fasta : str or Path
        FASTA; or regions, BED or narrowPeak, if there is a `genome`.
    outdir, overwrite
        As in `check_outdir`. Default is a new folder ``grim_results``.
    targets : str or Path
        The database, as `grimlib.discover.load_targets` takes it. Default is ``"JASPAR2016"``.
    genome, peak_width, control
        As `read_peaks` takes them. Default is none, 200 and none: motifs are told from shuffles.
    **settings
        Fields of `Settings`.

    Raises
    ------
    FileNotFoundError, ValueError, OSError
        If something given cannot be used; the message names it and the remedy.
    """
    chosen = Settings(**settings)
    check_outdir(outdir, overwrite)
    database = load_targets(targets)
    peaks = read_peaks(fasta, genome, peak_width, control, chosen.strands)
    training = train(peaks.tokens, chosen, peaks.control)
    discovery = find_motifs(training, peaks.tokens, chosen, database, peaks.control, peaks.lengths)
    report = write_results(outdir, fasta, peaks, chosen, training, discovery, targets, overwrite)
    return Analysis(peaks, training, discovery, report)
