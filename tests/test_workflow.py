"""The sweep: killed at any moment and started again, on this machine, a cluster, or a GPU."""

import json
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from grimlib import TrialSpec, load_trial
from grimlib.trials import STORED

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow"))
import trials  # noqa: E402

needs_snakemake = pytest.mark.skipif(
    find_spec("snakemake") is None,
    reason="SNAKEMAKE IS NOT INSTALLED, so the sweep is not tested: pip install -e .[workflow]",
)
TINY = dict(task="task2", model="cnn", pool_size=25, n_filters=2, data_seed=0, n_sequences=100)


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


def write_specs(folder: Path, settings: list[dict]) -> list[Path]:
    """Put trials into specs.json, and say where their artifacts will be."""
    (folder / "specs.json").write_text(json.dumps(settings))
    return [folder / "out" / TrialSpec(**setting).filename for setting in settings]


def call(command: list[str], **extra: str) -> str:
    """Run a command to its end; its whole output."""
    done = subprocess.run(
        command, env=environment(**extra), capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_groups_hold_the_trials_of_the_tables() -> None:
    count = {}
    for spec in trials.task1() + trials.task2():
        assert spec.epochs in (0, 250) and spec.n_sequences == 25_000
        name = (spec.task, spec.model, spec.pool_size, spec.views, spec.epochs)
        count[name] = count.get(name, 0) + 1
    for task, pool_size in (("task1", 4), ("task2", 25)):
        assert count[task, "grim", pool_size, "both", 0] == 10
        assert count[task, "grim", pool_size, "both", 250] == 10
        assert count[task, "cnn", pool_size, "both", 250] == 10
    assert count["task1", "cnn", 25, "both", 250] >= 3
    for views in ("position", "filter"):
        assert count["task1", "grim", 4, views, 250] >= 3
        assert count["task2", "grim", 25, views, 250] >= 3


def test_every_trial_comes_once_and_has_a_name_of_its_own() -> None:
    specs = trials.every_trial()
    names = [spec.filename for spec in specs]
    assert len(set(names)) == len(names)
    assert {spec for group in trials.GROUPS.values() for spec in group()} == set(specs)


def test_every_stored_artifact_belongs_to_a_group() -> None:
    known = {spec.filename for spec in trials.every_trial()}
    assert {path.name for path in STORED.glob("*.npz")} <= known


@needs_snakemake
@pytest.mark.slow
def test_killed_sweep_goes_on_where_it_stopped(tmp_path: Path) -> None:
    # The second trial is under way for long enough to be killed: 40 epochs.
    settings = [dict(TINY, epochs=1, seed=0), dict(TINY, epochs=40, seed=1)]
    settings += [dict(TINY, epochs=1, seed=2)]
    first, second, third = write_specs(tmp_path, settings)
    command = snakemake(tmp_path, "--cores", "1", "--rerun-incomplete")
    whole = [first, second, third]

    process = subprocess.Popen(
        command,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    # Wait until one trial is finished and another draws its bar of progress.
    deadline = time.monotonic() + 300
    under_way = []
    while not under_way and time.monotonic() < deadline:
        time.sleep(0.05)
        finished = [path for path in whole if path.exists()]
        logs = tmp_path.glob("_build/sweep/*.log")
        under_way = [
            log.stem
            for log in logs
            if finished
            and log.stem not in {path.stem for path in finished}
            and " seed " in log.read_text()
        ]
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert under_way, "no trial was under way after another was finished"
    finished = [path for path in whole if path.exists()]
    assert 1 <= len(finished) < 3
    for path in finished:
        load_trial(path)
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in finished}

    # Snakemake may also be killed after a trial is written, but before it notes so.
    unnoted = tmp_path / "out" / f"{under_way[0]}.npz"
    if not unnoted.exists():
        call(
            [
                *(sys.executable, str(ROOT / "workflow/trials.py"), "run", unnoted.name),
                *("--specs", str(tmp_path / "specs.json"), "--folder", str(tmp_path / "out")),
            ]
        )
    unnoted_content = unnoted.read_bytes()

    call(command)
    assert sorted((tmp_path / "out").glob("*.npz")) == sorted(whole)
    for path, (content, written) in before.items():
        assert path.read_bytes() == content and path.stat().st_mtime_ns == written
    assert unnoted.read_bytes() == unnoted_content  # the date of a new training would differ
    for path, setting in zip(whole, settings, strict=True):
        trial = load_trial(path)
        assert trial.spec == TrialSpec(**setting)
        assert len(trial.history["loss"]) == setting["epochs"]
    assert "Nothing to be done" in call(command)


@needs_snakemake
@pytest.mark.slow
def test_artifacts_of_a_fresh_clone_are_not_trained_again(tmp_path: Path) -> None:
    settings = [dict(TINY, epochs=1, seed=seed) for seed in range(3)]
    paths = write_specs(tmp_path, settings)
    (tmp_path / "out").mkdir()
    for age, path in enumerate(paths[:2]):  # in a clone, times of files mean nothing
        path.write_bytes(b"stands for a trial")
        os.utime(path, (1e9 + age, 1e9 + age))
    plan = call(snakemake(tmp_path, "-n"))
    assert paths[2].name in plan
    assert paths[0].name not in plan.replace(f"{paths[2].name}", "").split("rule all")[0]
    assert "trial        1" in " ".join(plan.split("Job stats")[1].split("\n")[:9])


@needs_snakemake
@pytest.mark.slow
@pytest.mark.skipif(
    find_spec("snakemake_executor_plugin_slurm") is None,
    reason="THE SLURM EXECUTOR IS NOT INSTALLED: pip install -e .[workflow]",
)
def test_slurm_profile_plans_one_job_a_trial(tmp_path: Path) -> None:
    settings = [dict(TINY, epochs=1, seed=seed) for seed in range(2)]
    paths = write_specs(tmp_path, settings)
    profile = str(ROOT / "workflow/profiles/slurm")
    plan = call(snakemake(tmp_path, "-n", "--workflow-profile", profile))
    for path in paths:
        assert path.name in plan
    assert "runtime=180" in plan and "cpus_per_task=1" in plan


@pytest.mark.slow
@pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed")
def test_the_same_command_trains_on_another_backend(tmp_path: Path) -> None:
    settings = dict(TINY, model="grim", epochs=1, seed=0)
    (path,) = write_specs(tmp_path, [settings])
    command = [sys.executable, str(ROOT / "workflow/trials.py"), "run"]
    command += ["--specs", str(tmp_path / "specs.json"), "--folder", str(path.parent)]
    call(command, KERAS_BACKEND="jax", JAX_PLATFORMS="cpu")
    trial = load_trial(path)
    assert trial.provenance["backend"] == "jax"
    assert np.isfinite(trial.history["val_loss"]).all() and np.isfinite(trial.kernel).all()


def test_a_prefix_that_fits_nothing_is_refused() -> None:
    command = [sys.executable, str(ROOT / "workflow/trials.py"), "run", "task3"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=600)
    assert done.returncode == 2 and "'task3' is no group" in done.stderr
