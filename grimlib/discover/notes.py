"""What a reader of the results has to know of what was left out, cut short or replaced."""

from __future__ import annotations

from grimlib.discover.learning import LARGEST, Training
from grimlib.discover.motif_set import _INFORMATIVE, Discovery
from grimlib.discover.peaks import Peaks
from grimlib.discover.sites import SITE_PVALUE
from grimlib.motifs import information_content


def notes_of(peaks: Peaks, training: Training, discovery: Discovery) -> list[str]:
    """Everything that an analysis did in another way than usual, in sentences, each once."""
    notes, table = [*peaks.notes, *discovery.notes], discovery.table
    held_out = len(peaks.names) // 5
    learned = len(peaks.names) - held_out
    if learned > LARGEST:
        tested = f"{min(held_out, LARGEST):,} of the {held_out:,} held out"
        notes.append(
            f"motifs were made from {LARGEST:,} of the {learned:,} sequences learned from, and "
            f"tested on {tested}; sites are those in all sequences"
        )
    if peaks.control is not None and (few := len(peaks.control) // 5) < min(held_out, LARGEST):
        notes.append(
            f"the control has {few:,} held-out sequences, so motifs were tested on as many of the "
            f"{held_out:,} held out, at most"
        )
    informative = [(information_content(motif.ppm) > 0.5).sum() for motif in discovery.filters]
    if vague := sum(int(n < _INFORMATIVE) for n in informative):
        notes.append(
            f"{vague} active filters are no motif: fewer than {_INFORMATIVE} of their positions "
            "have more than 0.5 bit"
        )
    if lost := list(table["motif"][table["sites"] == 0]):
        notes.append(f"without a site beside those of motifs before them: {', '.join(lost)}")
    if short := list(table["motif"][table["central p-value"].isna() & (table["sites"] > 0)]):
        notes.append(
            f"sequences too short to tell whether sites lie in their middle: {', '.join(short)}"
        )
    worst = discovery.sites.groupby("motif", sort=False)["p-value"].max()
    if short := list(worst.index[worst > SITE_PVALUE]):
        notes.append(
            f"so short that no site has a p-value below {SITE_PVALUE:g}: {', '.join(short)}; every "
            "occurrence of the best word is a site"
        )
    return notes
