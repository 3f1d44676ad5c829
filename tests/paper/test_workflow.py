"""The commands that train the book's trials, and the sweep that runs them side by side."""

import json
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from grimlib.paper.__main__ import main
from grimlib.paper.groups import GROUPS, every_trial
from grimlib.paper.trials import TrialSpec, load_trial

ROOT = Path(__file__).parents[2]
needs_snakemake = pytest.mark.skipif(
    find_spec("snakemake") is None,
    reason="SNAKEMAKE IS NOT INSTALLED, so the sweep is not tested: pip install -e .[workflow]",
)
TINY = dict(task="task2", model="cnn", pool_size=25, n_filters=2, data_seed=0, n_sequences=100)


def write_specs(folder: Path, settings: list[dict]) -> list[Path]:
    """Put trials into specs.json, and say where their artifacts will be."""
    (folder / "specs.json").write_text(json.dumps(settings))
    return [folder / "out" / TrialSpec(**setting).filename for setting in settings]


def own(folder: Path) -> list[str]:
    """The options for the trials in folder/specs.json."""
    return ["--specs", str(folder / "specs.json"), "--folder", str(folder / "out")]


def command(*arguments: str) -> str:
    """The output of ``python -m grimlib.paper``."""
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


# ----------------------------------------------------------------------------------- commands


def test_trials_of_one_s_own_are_listed_and_trained_once(tmp_path: Path) -> None:
    settings = [dict(TINY, epochs=0, seed=seed) for seed in (1, 12, 2)]
    paths = write_specs(tmp_path, settings)
    command("run", paths[0].name, *own(tmp_path))
    listed = command("list", *own(tmp_path)).splitlines()
    states = ("stored", "missing", "missing")
    assert [tuple(line.split()) for line in listed] == [
        (state, path.name) for state, path in zip(states, paths, strict=True)
    ]
    before = paths[0].read_bytes()
    command("run", "--backwards", *own(tmp_path))
    assert paths[0].read_bytes() == before  # the date of a new training would differ
    assert [load_trial(path).spec for path in paths] == [TrialSpec(**s) for s in settings]
    assert paths[2].stat().st_mtime_ns < paths[1].stat().st_mtime_ns
    assert sorted(paths[0].parent.iterdir()) == sorted(paths)


def test_trials_of_the_book_are_chosen_by_group_or_name(tmp_path: Path) -> None:
    def names(*arguments: str) -> list[str]:
        lines = command("list", *arguments, "--folder", str(tmp_path)).splitlines()
        assert all(line.startswith("missing ") for line in lines if "transfer/" not in line)
        return [line.split()[1] for line in lines]

    everything = [spec.filename for spec in every_trial()]
    assert names()[: len(everything)] == everything
    for group, rows in GROUPS.items():
        assert set(names(group)) == {spec.filename for specs in rows.values() for spec in specs}
    prefix = "task2_cnn_s25_d64_e250"
    assert names(prefix) == [name for name in everything if name.startswith(prefix)]
    for action in ("list", "run"):
        done = CliRunner().invoke(main, [action, "task3", "--folder", str(tmp_path)])
        assert done.exit_code == 2 and "task3" in done.output and "choices" in done.output


# ------------------------------------------------------------------------------------- sweeps


def environment(**extra: str) -> dict[str, str]:
    """With this repository's grimlib first, wherever the command runs."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **extra}


def snakemake(folder: Path, *arguments: str) -> list[str]:
    """The command that sweeps over the trials in folder/specs.json."""
    return [
        *(sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "workflow/Snakefile")),
        *("--directory", str(folder), *arguments),
        *("--config", f"specs={folder / 'specs.json'}", f"folder={folder / 'out'}"),
    ]


def call(command: list[str], **extra: str) -> str:
    """Run a command to its end; its whole output."""
    done = subprocess.run(
        command, env=environment(**extra), capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@needs_snakemake
@pytest.mark.slow
def test_killed_sweep_goes_on_where_it_stopped(tmp_path: Path) -> None:
    settings = [dict(TINY, epochs=20, seed=seed) for seed in range(2)]
    whole = write_specs(tmp_path, settings)
    sweep = snakemake(tmp_path, "--cores", "1", "--rerun-incomplete")

    process = subprocess.Popen(
        sweep,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    # Wait until one trial draws its bar of progress.
    deadline = time.monotonic() + 300
    under_way = []
    while not under_way and time.monotonic() < deadline:
        time.sleep(0.05)
        logs = tmp_path.glob("_build/sweep/*.log")
        under_way = [log.stem for log in logs if " seed " in log.read_text()]
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert under_way, "no trial was under way"
    assert not any(path.exists() for path in whole)

    # Snakemake may also be killed after a trial is written, but before it notes so.
    unnoted = tmp_path / "out" / f"{under_way[0]}.npz"
    command("run", unnoted.name, *own(tmp_path))
    unnoted_content = unnoted.read_bytes()

    call(sweep)
    assert sorted((tmp_path / "out").glob("*.npz")) == sorted(whole)
    assert unnoted.read_bytes() == unnoted_content  # the date of a new training would differ
    for path, setting in zip(whole, settings, strict=True):
        trial = load_trial(path)
        assert trial.spec == TrialSpec(**setting)
        assert len(trial.history["loss"]) == setting["epochs"]
    before = [path.read_bytes() for path in whole]
    assert "Nothing to be done" in call(sweep)
    assert [path.read_bytes() for path in whole] == before


@needs_snakemake
@pytest.mark.slow
def test_artifacts_of_a_fresh_clone_are_not_trained_again(tmp_path: Path) -> None:
    paths = write_specs(tmp_path, [dict(TINY, epochs=1, seed=seed) for seed in range(3)])
    (tmp_path / "out").mkdir()
    for age, path in enumerate(paths[:2]):  # in a clone, times of files mean nothing
        path.write_bytes(b"stands for a trial")
        os.utime(path, (1e9 + age, 1e9 + age))
    plan = call(snakemake(tmp_path, "-n"))
    jobs = plan.split("rule trial:")[1:]
    assert len(jobs) == 1 and f"output: {paths[2]}" in jobs[0]


@needs_snakemake
@pytest.mark.slow
def test_a_group_of_the_book_is_a_target(tmp_path: Path) -> None:
    """In a folder without artifacts, each of its trials is a job."""
    plan = call(snakemake(tmp_path, "reduced", "-n")[:-3])  # without trials of one's own
    jobs = plan.split("rule trial:")[1:]
    names = {spec.filename for specs in GROUPS["reduced"].values() for spec in specs}
    assert len(jobs) == len(names) == 4
    assert all(any(f"output: data/trials/{name}" in job for job in jobs) for name in names)


@needs_snakemake
@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals as on POSIX")
@pytest.mark.skipif(
    find_spec("snakemake_executor_plugin_slurm") is None,
    reason="THE SLURM EXECUTOR IS NOT INSTALLED: pip install -e .[workflow]",
)
def test_a_cluster_without_accounting_is_given_jobs_without_an_account(tmp_path: Path) -> None:
    write_specs(tmp_path, [dict(TINY, epochs=0, seed=0)])
    programs = tmp_path / "bin"
    programs.mkdir()
    none = "echo 'Slurm accounting storage is disabled' >&2; exit 1"
    stubs = {name: none for name in ("sacct", "sacctmgr", "sshare")}
    stubs |= {name: "exit 0" for name in ("scancel", "scontrol", "sinfo", "squeue")}
    stubs["sbatch"] = (
        f"echo \"$@\" > '{tmp_path}/new' && mv '{tmp_path}/new' '{tmp_path}/given'; echo 7"
    )
    for name, line in stubs.items():
        (programs / name).write_text(f"#!/bin/sh\n{line}\n")
        (programs / name).chmod(0o755)
    process = subprocess.Popen(
        snakemake(tmp_path, "--workflow-profile", str(ROOT / "workflow/profiles/slurm")),
        env=environment(PATH=f"{programs}{os.pathsep}{os.environ['PATH']}"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 120
        while not (tmp_path / "given").exists():
            assert process.poll() is None and time.monotonic() < deadline, "nothing was submitted"
            time.sleep(0.2)
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # the job never runs, and is waited for
        process.wait()
    given = (tmp_path / "given").read_text().partition("--wrap")[0].split()
    assert "--cpus-per-task=1" in given and "180" in given, given
    assert not [word for word in given if word == "-A" or word.startswith("--account")]
