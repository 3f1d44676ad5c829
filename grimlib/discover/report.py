"""The results on a user's own sequences as files: motifs, matches, sites, logos and a report."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path

import jinja2
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from grimlib._provenance import provenance
from grimlib.discover._folders import own_folder, sweep_folders
from grimlib.discover.learning import Training
from grimlib.discover.motif_set import Discovery
from grimlib.discover.notes import notes_of
from grimlib.discover.peaks import Peaks
from grimlib.discover.settings import Settings
from grimlib.discover.sites import write_sites
from grimlib.matches import write_tomtom
from grimlib.motifs import Motif, consensus, write_meme
from grimlib.plots import COLOURS, STYLE, plot_logo

FILES = {
    "motifs.meme": "the motifs, in MEME format",
    "filters.meme": "the motif of every active filter, in MEME format",
    "tomtom.tsv": "the motifs' matches, with Tomtom's columns",
    "sites.bed": "where the motifs occur; in the genome, if the records are named by their place",
    "sites.tsv": "the same with FIMO's columns, positions from 1 in the record",
    "logos/": "each motif's logo, as SVG and PNG; motif_1_rc is the reverse complement",
    "filters.npz": "the filters' weights: kernel (19, 4, d) and bias (d), for numpy.load",
    "settings.json": "settings, counts, losses and versions",
}

_CENTRAL = 0.05  # the largest p-value of a motif that is called central


def check_outdir(outdir: str | Path, overwrite: bool = False) -> None:
    """Refuse a folder that results cannot be written to, before any work.

    With `overwrite`, the results of an earlier run in it may be replaced.

    Raises
    ------
    ValueError
        If `outdir` is empty, a file or a mount point, or holds anything and may not be, or is not a
        result's folder, to be overwritten.
    OSError
        If nothing can be written beside it.
    """
    if not str(outdir).strip():
        raise ValueError("outdir is empty; give the name of a folder")
    outdir = Path(outdir).resolve()  # "." has no name, and a link is not to be replaced
    sweep_folders(outdir)
    if outdir.exists() and not outdir.is_dir():
        raise ValueError(f"outdir {outdir} is a file; give the name of a folder")
    if outdir.exists() and any(outdir.iterdir()):
        if not overwrite:
            raise ValueError(
                f"outdir {outdir} is not empty, and nothing in it is overwritten; give another "
                "folder, or overwrite=True to replace the results in it"
            )
        held = {path.name for path in outdir.iterdir()}
        others = held - {name.rstrip("/") for name in (*FILES, "report.html")}
        if others or "settings.json" not in held:
            what = f"such as {min(others)}" if others else "it has no settings.json"
            raise ValueError(
                f"outdir {outdir} holds other things than results ({what}), so it is not "
                "overwritten; give another folder"
            )
    if outdir.is_mount():
        raise ValueError(f"outdir {outdir} is a mount point; give the name of a folder in it")
    try:
        with tempfile.TemporaryFile(dir=next(p for p in outdir.parents if p.exists())):
            pass
    except OSError as error:
        raise OSError(
            f"nothing can be written beside outdir {outdir} ({error}); give a folder elsewhere"
        ) from error


def summarise_run(peaks: Peaks, training: Training, discovery: Discovery) -> dict[str, str]:
    """What a run read, how training went and what it found, for the reader."""
    n_motifs = len(discovery.motifs) - discovery.n_repeats
    shortest, longest = peaks.lengths.min(), peaks.lengths.max()
    total = peaks.lengths.sum()
    losses = training.history["loss"]
    went = {
        "finished": f"finished after {len(losses)} epochs",
        "collapsed": "collapsed: every score stayed at zero",
    }[training.outcome]
    if losses:
        went += f"; loss {losses[-1]:.2f} nats, of {training.chance:.2f} by chance"
    dropped = "; ".join(f"{count:,}: {reason}" for reason, count in peaks.dropped.items())
    placed = sum(place is not None for place in peaks.places)
    coordinates = f"in the genome for {placed:,} records, in the record for the others"
    if placed in (0, len(peaks.names)):
        coordinates = "in the genome" if placed else "in the record: names tell no place"
    return {
        "Sequences read": f"{peaks.n_read:,}" + _of_genome(peaks),
        "Left out": dropped or "none",
        "Sequences used": f"{len(peaks.names):,}",
        "Length": f"{shortest} nt" if shortest == longest else f"{shortest} to {longest} nt",
        "Characters not ACGT": f"{peaks.unknown:,} of {total:,} ({peaks.unknown / total:.2%})",
        "Notes": "; ".join(notes_of(peaks, training, discovery)) or "none",
        "Compared with": peaks.against,
        "Coordinates of sites": coordinates,
        "Training": went,
        "Active filters": f"{len(discovery.filters)} of {len(training.model.bias)}",
        "Filters started from words": f"{len(training.words)}: {', '.join(training.words[:5])}"
        + " ..." * (len(training.words) > 5)
        if training.words
        else "none: no word is enriched",
        "Motifs": f"{n_motifs} of {discovery.n_tested} tested"
        if n_motifs
        else f"no motif found ({discovery.n_tested} tested)",
        "Repeats": str(discovery.n_repeats or "none"),
    }


def _of_genome(peaks: Peaks) -> str:
    if "genome" not in peaks.given:
        return ""
    width = peaks.given["peak_width"]
    return " regions of {genome}, ".format(**peaks.given) + (
        f"{width} nt each" if width else "whole"
    )


def write_results(
    outdir: str | Path,
    source: str | Path,
    peaks: Peaks,
    settings: Settings,
    training: Training,
    discovery: Discovery,
    targets: str | Path,
    overwrite: bool = False,
) -> Path:
    """Write everything to one folder: whole, or not at all.

    Parameters
    ----------
    outdir, overwrite
        As in `check_outdir`.
    source : str or Path
        The FASTA file, for the report's title.
    peaks, settings, training, discovery
        The sequences, how the network was trained, and the outcome.
    targets : str or Path
        What the motifs were compared with.

    Returns
    -------
    Path
        The report, ``report.html``: one file that needs nothing else.

    Raises
    ------
    ValueError
        See `check_outdir`.
    OSError
        If there is no space; nothing is left behind, and `outdir` keeps what it held.
    """
    check_outdir(outdir, overwrite)
    outdir = Path(outdir).resolve()
    outdir.parent.mkdir(parents=True, exist_ok=True)
    new, release = own_folder(outdir)
    old = new.with_suffix(".old.tmp")
    try:
        _write_files(new, source, peaks, settings, training, discovery, targets)
        if outdir.exists():
            os.replace(outdir, old)
        os.replace(new, outdir)
    except BaseException as error:
        if old.exists() and not outdir.exists():
            os.replace(old, outdir)
        shutil.rmtree(new, ignore_errors=True)
        release()
        if isinstance(error, OSError):
            raise OSError(
                f"the results could not be written to {outdir} ({error}); nothing was changed. "
                "Make space and run again"
            ) from error
        raise
    release()
    shutil.rmtree(old, ignore_errors=True)
    return outdir / "report.html"


def _write_files(
    folder: Path,
    source: str | Path,
    peaks: Peaks,
    settings: Settings,
    training: Training,
    discovery: Discovery,
    targets: str | Path,
) -> None:
    motifs, table = discovery.motifs, discovery.table
    summary = summarise_run(peaks, training, discovery)
    about = {
        "source": Path(source).name,
        "sequences": peaks.fingerprint,
        **peaks.given,
        "against": peaks.against,
        "settings": asdict(settings),
        "targets": str(targets),
        "outcome": training.outcome,
        "words": training.words,
        "history": training.history,
        "summary": summary,
        "motifs": table.astype(object).where(table.notna(), None).to_dict("records"),
        "provenance": provenance(by_keras=False),
    }
    (folder / "settings.json").write_text(
        json.dumps(about, indent=1, allow_nan=False) + "\n", encoding="utf-8"
    )
    if motifs:
        write_meme(folder / "motifs.meme", motifs)
    if discovery.filters:
        write_meme(folder / "filters.meme", discovery.filters)
    write_tomtom(folder / "tomtom.tsv", discovery.matches)
    write_sites(folder, discovery.sites, peaks, motifs)
    np.savez(folder / "filters.npz", kernel=training.model.kernel, bias=training.model.bias)
    # Margins are known: to find them, matplotlib would draw and measure each figure twice.
    style = {**STYLE, "figure.constrained_layout.use": False, "svg.hashsalt": "grim"}
    with plt.rc_context({**plt.rcParams, **style}):
        (folder / "logos").mkdir()
        logos = {
            motif.name: _draw_logos(motif, folder / "logos", settings.strands) for motif in motifs
        }
        curve = _as_image(_draw_curve(training))
        places = {
            motif.name: _as_image(_draw_places(motif.name, peaks, discovery)) for motif in motifs
        }

    rows = []
    for row in table.to_dict("records"):
        rows.append(
            {
                "name": row["motif"],
                "logos": logos[row["motif"]],
                "places": places[row["motif"]],
                "repeat": row["repeat"],
                "auroc": f"{row['AUROC']:.3f}",
                "interval": "{AUROC low:.2f} to {AUROC high:.2f}".format(**row),
                "match": row["match"] or "none",
                "matched": f"{row['Target_ID']}, {small(row['match E-value'])}"
                if row["match"]
                else "",
                "share": f"{row['share']:.1%}",
                "chance": f"{row['shuffled share']:.1%}",
                "evalue": small(row["E-value"]),
                "central": small(row["central p-value"]),
                "window": _central(row),
                "sites": f"{row['sites']:,}",
                "sequences": f"{row['sequences']:,}",
                "part": f"{row['sequences'] / len(peaks.names):.0%}",
                "filters": {0: "from a word", 1: "1 filter"}.get(
                    row["filters"], f"{row['filters']} filters"
                ),
            }
        )
    made_by = about["provenance"]
    text = render(
        "report.html",
        source=Path(source).name,
        verdict=_verdict(peaks, training, discovery),
        summary=summary,
        motifs=[row for row in rows if not row["repeat"]],
        repeats=[row for row in rows if row["repeat"]],
        n_tested=discovery.n_tested,
        against=peaks.against,
        targets=Path(targets).name,
        curve=curve,
        files={name: what for name, what in FILES.items() if (folder / name).exists()},
        settings={
            **about["settings"],
            "targets": Path(targets).name,
            **peaks.given,
            **{f"{name} version": number for name, number in made_by["versions"].items()},
            "machine": made_by["machine"],
            "date": made_by["date"],
        },
    )
    (folder / "report.html").write_text(text, encoding="utf-8")


def render(template: str, **content) -> str:
    """A page of a template that lies beside this file; what comes from files becomes no markup."""
    pages = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    return pages.get_template(template).render(**content)


def small(p: float | None) -> str:
    """A p-value or E-value in two digits, for a page; empty where there is none."""
    if p is None or np.isnan(p):
        return ""
    return f"{p:.2g}" if p >= 0.001 else f"{p:.1e}" if p else "< 1e-300"


def _central(row: dict) -> str:
    if np.isnan(row["central p-value"]):
        return "too short"
    if row["central p-value"] > _CENTRAL:
        return "not central"
    return "{central share:.0%} in middle {central window:.0%}".format(**row)


def _verdict(peaks: Peaks, training: Training, discovery: Discovery) -> str:
    if training.outcome == "collapsed":
        return (
            "No motif found. Training collapsed: every score stayed at zero, so nothing was "
            "learned. Either these sequences hold no motif that tells them from "
            f"{peaks.against}, or there are too few of them."
        )
    n_motifs = len(discovery.motifs) - discovery.n_repeats
    if not n_motifs:
        apart = f", apart from {_repeats(discovery)}" if discovery.n_repeats else ""
        return (
            "No motif found. The network was trained, but no motif of its filters occurs more "
            f"often in held-out sequences than in {peaks.against}{apart}."
        )
    row = discovery.table.iloc[0]
    name = f", like {row['match']}," if row["match"] else ", which nothing in the database is like,"
    found = "1 motif" if n_motifs == 1 else f"{n_motifs} motifs"
    if discovery.n_repeats:
        found += f" and {_repeats(discovery)}"
    chance = "their shuffles" if peaks.control is None else f"those of {peaks.given['control']}"
    return (
        f"{found} found. The first{name} has a site in {row['share']:.0%} of the held-out "
        f"sequences, and in {row['shuffled share']:.0%} of {chance}."
    )


def _repeats(discovery: Discovery) -> str:
    return "1 repeat" if discovery.n_repeats == 1 else f"{discovery.n_repeats} repeats"


def _draw_logos(motif: Motif, folder: Path, strands: int) -> dict[str, str]:
    """The motif's logo and, where sites lie on either strand, that of the reverse complement."""
    images = {}
    ways = {"": motif.ppm, "_rc": motif.ppm[::-1, ::-1]}
    for suffix, ppm in list(ways.items())[:strands]:
        figure, ax = _panel(0.22 * len(ppm) + 0.5, 1.2, (0.42, 0.13, 0.04, 0.09))
        plot_logo(ppm, ax)
        ax.set_xticks([])
        ax.set_ylabel("bits")
        file = folder / f"{motif.name}{suffix}.png"
        figure.savefig(file, dpi=200)
        what = f"reverse complement, {consensus(ppm)}" if suffix else f"consensus {consensus(ppm)}"
        images[what] = _as_image(figure)
        svg = base64.b64decode(images[what].partition(",")[2])
        file.with_suffix(".svg").write_bytes(svg)
    return images


def _draw_curve(training: Training) -> Figure:
    figure, ax = plt.subplots(figsize=(6, 2.6), layout="constrained")
    epochs = range(1, len(training.history["loss"]) + 1)
    ax.plot(epochs, training.history["loss"], marker="o", ms=3, label="learned from")
    ax.plot(epochs, training.history["val_loss"], marker="s", ms=3, ls="--", label="held out")
    ax.axhline(training.chance, color="#555555", ls=":", label="by chance")
    ax.set_xlabel("epoch")
    ax.set_ylabel("loss (nats)")
    ax.legend(frameon=False)
    return figure


def _draw_places(motif: str, peaks: Peaks, discovery: Discovery) -> Figure:
    """How many of a motif's sites lie where, from the sequences' start to their end; no axes."""
    sites = discovery.sites[discovery.sites["motif"] == motif]
    middle = (sites["start"] + sites["end"]) / 2 / peaks.lengths[sites["sequence"].astype(int)]
    figure, ax = _panel(1.4, 0.5, (0.04, 0.04, 0.04, 0.04))
    ax.hist(middle, bins=np.linspace(0, 1, 22), color=COLOURS[0])
    ax.set_xlim(0, 1)
    ax.set_axis_off()
    ax.axhline(0, color="#555555", lw=1)
    return figure


def _panel(width: float, height: float, margins: tuple) -> tuple[Figure, Axes]:
    """A figure of a size with margins (left, bottom, right, top), all in inches, and its axes."""
    left, bottom, right, top = margins
    size = 1 - (left + right) / width, 1 - (bottom + top) / height
    figure = plt.figure(figsize=(width, height))
    return figure, figure.add_axes((left / width, bottom / height, *size))


def _as_image(figure: Figure) -> str:
    """The figure as a data URI, so that the report is one file; the figure is closed."""
    file = io.BytesIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    plt.close(figure)
    return "data:image/svg+xml;base64," + base64.b64encode(file.getvalue()).decode()
