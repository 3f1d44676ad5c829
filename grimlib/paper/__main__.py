"""The book's stored results: what there is, and how to make it.

    python -m grimlib.paper list              # every trial and transfer run, stored or missing
    python -m grimlib.paper run               # trains all trials that are missing
    python -m grimlib.paper run task2         # only a group, such as task1
    python -m grimlib.paper run task2_cnn     # only those whose file name starts so
    python -m grimlib.paper scores            # how many filters of stored trials match what
    python -m grimlib.paper encoding          # what h does in trained networks
    python -m grimlib.paper evaluation        # the full-scale trials by other rules
    python -m grimlib.paper search            # what the literal reading leaves open

A finished trial is written at once and never trained again, and one of GRIM that was stopped goes
on from its last whole epoch, so the command can be stopped and started again at any time.
workflow/Snakefile runs the same trials side by side, on one machine or on a cluster.
"""

from __future__ import annotations

from pathlib import Path

import click

from grimlib._files import sweep
from grimlib._places import RESULTS
from grimlib.paper import (
    again as repetition,
)
from grimlib.paper import (
    emergence as frames,
)
from grimlib.paper import (
    encoding as encodings,
)
from grimlib.paper import (
    evaluation as evaluations,
)
from grimlib.paper import (
    scores as scoring,
)
from grimlib.paper import (
    search as searching,
)
from grimlib.paper import (
    transfer as transfers,
)
from grimlib.paper.groups import GROUPS, every_trial, in_turn, read_specs
from grimlib.paper.training import run_and_save
from grimlib.paper.trials import TrialSpec, load_trial

FOLDERS = RESULTS / "transfer", RESULTS / "trials"
"""Where transfer runs and the GRIMs that they train are kept."""


def choose(which: str, specs: Path | None) -> list[TrialSpec]:
    """The trials of a group, or those whose file name starts so; of a file, if there is one."""
    if specs is None and which in GROUPS:
        return in_turn(GROUPS[which])
    pool = every_trial() if specs is None else read_specs(specs)
    chosen = [spec for spec in pool if spec.filename.startswith(which)]
    if not chosen:
        raise click.UsageError(
            f"{which!r} is no group ({', '.join(GROUPS)}) and starts no trial's file name"
        )
    return chosen


@click.group(help=__doc__.replace("\n\n    python", "\n\n\b\n    python"))
def main() -> None:
    """The commands."""


def _which(command):
    """The arguments by which `list` and `run` choose trials."""
    command = click.option(
        "--folder", type=Path, default=RESULTS / "trials", help="Where artifacts are kept."
    )(command)
    command = click.option("--specs", type=Path, help="Trials of your own: a JSON file.")(command)
    return click.argument("which", default="")(command)


@main.command("list")
@_which
def list_trials(which: str, specs: Path | None, folder: Path) -> None:
    """List trials, and without WHICH the transfer runs, as stored or missing."""
    for spec in choose(which, specs):
        click.echo(
            f"{'stored ' if (folder / spec.filename).exists() else 'missing'} {spec.filename}"
        )
    if not which and specs is None:
        for spec in transfers.every_run():
            state = "missing" if transfers.is_missing(spec, *FOLDERS) else "stored "
            click.echo(f"{state} transfer/{spec.filename}")


@main.command()
@_which
@click.option("--backwards", is_flag=True, help="From the last to the first.")
def run(which: str, specs: Path | None, folder: Path, backwards: bool) -> None:
    """Train the trials that are missing: all, a group, or those whose file names start so."""
    chosen = choose(which, specs)
    for spec in reversed(chosen) if backwards else chosen:
        path = folder / spec.filename
        if path.exists():
            sweep(path)
            path.with_suffix(".checkpoint").unlink(missing_ok=True)  # killed before it could go
        else:
            run_and_save(spec, path)


@main.command()
@click.argument("prefix", default="")
def transfer(prefix: str) -> None:
    """Do the transfer runs that are missing: all, or those whose file names start so."""
    specs = [spec for spec in transfers.every_run() if spec.filename.startswith(prefix)]
    if not specs:
        raise click.UsageError(f"no run's file name starts with {prefix!r}; see 'list'")
    for spec in specs:
        if transfers.is_missing(spec, *FOLDERS):
            transfers.carry_out(spec, *FOLDERS)
            click.echo(f"written {spec.filename}")


@main.command()
def emergence() -> None:
    """Keep a training's first layer update by update, for the gallery; about a minute."""
    frames.emergence(frames.SPEC, frames.UPDATES, frames.TARGET)


@main.command()
@click.argument("prefix", default="")
def encoding(prefix: str) -> None:
    """Measure what h does in trained networks: all, or those whose trials' names start so."""
    if not any(spec.filename.startswith(prefix) for spec in encodings.SPECS):
        names = "\n".join(spec.filename for spec in encodings.SPECS)
        raise click.UsageError(f"no network's trial starts with {prefix!r}; there are\n{names}")
    for spec in encodings.missing(prefix):
        found = encodings.measure_again(spec)["all"]
        click.echo(
            f"{spec.filename}: loss {found['own']:.2f}, with others' h {found['other']:.2f}; "
            f"h has {found['share of h']:.1%} of the variance of D"
        )


@main.command()
@click.argument("prefix", default="")
def evaluation(prefix: str) -> None:
    """Evaluate the trials of Tables 1 and 2 by other rules: all, or those named so."""
    if not any(spec.filename.startswith(prefix) for spec in evaluations.specs()):
        raise click.UsageError(f"no trial of Tables 1 and 2 starts with {prefix!r}; see 'list'")
    for spec in evaluations.missing(prefix):
        evaluations.evaluate_and_keep(spec)
        click.echo(f"evaluated {spec.filename}")


@main.command()
def scores() -> None:
    """Count what the filters of stored trials match: those that are new."""
    for spec in scoring.missing():
        score = scoring.count(spec)
        click.echo(f"{spec.filename}: {len(score.found)} of {len(score.motifs)} motifs")


@main.command()
@click.option("--number", default=searching.NUMBER, help="How many configurations.")
@click.option("--choose", is_flag=True, help="Write down the best three; trains nothing.")
def search(number: int, choose: bool) -> None:
    """Search what the literal reading leaves open; several processes may, side by side."""
    if choose:
        for choice in searching.choose(number):
            click.echo(f"{choice['name']}: {choice['distance']:.3f} {choice['configuration']}")
        return
    for name in searching.search(number):
        click.echo(f"trained {name}")


@main.command()
@click.argument("artifacts", nargs=-1, required=True, type=Path)
@click.option("--output", type=Path, default=repetition.TARGET, help="Where comparisons are kept.")
def again(artifacts: tuple[Path, ...], output: Path) -> None:
    """Train stored trials again, and write down how far the results differ."""
    stored = [load_trial(path) for path in artifacts]  # refuses before any training
    for path, trial in zip(artifacts, stored, strict=True):
        record = repetition.train_again(trial, output)
        click.echo(f"{path}: largest difference of a weight {record['largest difference']:.3g}")


if __name__ == "__main__":
    main()
