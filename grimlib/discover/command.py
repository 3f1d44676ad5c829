"""The command ``grim``."""

from __future__ import annotations

import gc

import click

from grimlib._checks import VIEWS
from grimlib.discover.regions import PEAK_WIDTH
from grimlib.discover.settings import Settings

_EPILOG = """\b
Example:
  grim peaks.fa --outdir results/
  grim peaks.fa.gz --outdir results/ --targets JASPAR2024 --seed 3
  grim peaks.narrowPeak --genome hg38.fa.gz --control others.narrowPeak

Exit status: 0 if the analysis was done, whether or not it found a motif; 1 if something given
cannot be used; 2 for a wrong option; 130 if it was interrupted, which writes nothing."""


@click.command(
    epilog=_EPILOG,
    context_settings={
        "show_default": True,
        "help_option_names": ["-h", "--help"],
        "token_normalize_func": lambda name: name.replace("_", "-"),  # as the chapter writes them
    },
)
@click.argument("fasta")
@click.option("--outdir", default="grim_results", help="New folder for the results.")
@click.option(
    "--targets", default="JASPAR2016", help="JASPAR release (JASPAR2024/plants) or motif file."
)
@click.option("--genome", help="FASTA, plain or by bgzip, if FASTA is BED.")
@click.option("--peak-width", default=PEAK_WIDTH, help="In nt around summits; 0: whole regions.")
@click.option("--control", help="What to compare with, in place of shuffles.")
@click.option("--n-filters", default=Settings.n_filters, help="First-layer filters.")
@click.option("--views", default=Settings.views, type=click.Choice(VIEWS), help="Of the loss.")
@click.option("--strands", default=Settings.strands, help="1: sites on the given strand only.")
@click.option("--epochs", default=Settings.epochs, help="At most, of 25 batches each; 0: 32.")
@click.option("--seed", default=Settings.seed, help="One seed gives the same results again.")
@click.option("--overwrite", is_flag=True, help="Replace the results in the folder.")
@click.version_option(package_name="grimlib")
def main(fasta: str, **options) -> None:
    """Find the motifs of the sequences in FASTA, plain or compressed, without labels.

    With a genome, FASTA is a file of regions instead: BED or narrowPeak.

    Writes motifs (MEME), their matches (Tomtom's TSV), their sites (BED, TSV), logos, the filters
    and report.html to the folder.
    """
    # Here, as --help needs none of what they load. What they load stays: looking it through for
    # garbage, while it grows and later on, would take a tenth of a short run.
    gc.disable()
    from grimlib.discover.analysis import analyse
    from grimlib.discover.report import summarise_run

    gc.freeze()
    gc.enable()

    for name, value in {"fasta": fasta, **options}.items():
        if value == "":  # such as a variable of the shell that is not set
            raise click.ClickException(f"{name} is empty; name a file, or leave the option out")
    try:
        analysis = analyse(fasta, **options)
    except KeyboardInterrupt:
        click.echo("Interrupted: no results were written.", err=True)
        raise SystemExit(130) from None
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from error
    summary = summarise_run(analysis.peaks, analysis.training, analysis.discovery)
    for name, value in {**summary, "Report": analysis.report}.items():
        click.echo(f"{name + ':':28}{value}")


if __name__ == "__main__":
    main()
