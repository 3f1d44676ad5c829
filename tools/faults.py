"""Disturb a run of the tool and of a trial at random moments: the same command then ends as ever.

    python tools/faults.py                    # twenty moments of each, some minutes
    python tools/faults.py --moments 4 --seed 1 --only trial

The faults, in turn: kill -9; a disk that is full (the kernel lets no file grow any more:
RLIMIT_FSIZE); a folder that may only be read (every change in it is refused with EROFS by an audit
hook, which stops root as well); a clock that jumps by years, back or forth, and the times of all
files with it. A moment is either a time, or a file operation in the folder of the results. After
each fault the same command runs undisturbed. Its results must be those of a run without any fault,
and nothing else may be left.
"""

from __future__ import annotations

import argparse
import errno
import importlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np

FAULTS = ("kill", "full", "readonly", "clock")
ROOT = Path(__file__).parents[1]
_CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.utime"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

# ---------------------------------------------------------------------- in the disturbed process


class Disturbance:
    """Lets one fault happen at one moment.

    Parameters
    ----------
    fault : {"kill", "full", "readonly", "clock"} or "none"
        With "none", file operations and seconds are counted, and printed at the end.
    moment : str
        ``"3.5s"``, from the first file operation in `folder` on, or ``"12"``, a file operation.
    folder : Path
    """

    def __init__(self, fault: str, moment: str, folder: Path):
        self.fault, self.moment, self.folder = fault, moment, str(folder)
        self.count, self.began, self.refuses, self.inside = 0, 0.0, False, False

    def watch(self, event: str, arguments: tuple) -> None:
        """Be the audit hook."""
        if self.inside or event not in {"open", *_CHANGES}:
            return
        path = arguments[0]
        if not isinstance(path, str | Path) or not str(path).startswith(self.folder):
            return
        self.inside = True
        try:
            self.count += 1
            if not self.began:
                self.began = time.monotonic()
                if self.moment.endswith("s"):
                    timer = threading.Timer(float(self.moment[:-1]), self.happen)
                    timer.daemon = True
                    timer.start()
            if self.moment == str(self.count):
                self.happen()
        finally:
            self.inside = False
        writes = event != "open" or (arguments[2] or 0) & _WRITES
        if self.refuses and writes:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    def happen(self) -> None:
        """Let it happen."""
        print("disturbed", flush=True)
        if self.fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.fault == "full":
            _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
        elif self.fault == "readonly":
            self.refuses = True
        elif self.fault == "clock":
            years = (-20 if self.count % 2 else 20) * 365 * 86_400
            now = time.time
            time.time = lambda: now() + years
            for path in Path(self.folder).rglob("*"):
                os.utime(path, (now() + years,) * 2)


def disturbed(fault: str, moment: str, folder: str, module: str, *arguments: str) -> None:
    """Run a module as a command, with a fault to come."""
    disturbance = Disturbance(fault, moment, Path(folder))
    sys.addaudithook(disturbance.watch)
    try:
        importlib.import_module(module).main(arguments)
    finally:
        if fault == "none":
            print(f"counted {disturbance.count} {time.monotonic() - disturbance.began:.2f}")


# ------------------------------------------------------------------------------ the two commands


def tool(folder: Path) -> list[str]:
    """The command ``grim`` on 300 sequences."""
    fasta = folder.parent / "peaks.fa"
    if not fasta.exists():
        rng = random.Random(0)
        rows = ("".join(rng.choices("ACGT", k=80)) for _ in range(300))
        made = (row[:20] + "GTTTCGCAATCC" + row[32:] for row in rows)
        fasta.write_text("".join(f">r{i}\n{row}\n" for i, row in enumerate(made)))
    options = "--n-filters 8 --strands 1 --epochs 20 --seed 3"
    outdir = ["--outdir", str(folder / "results"), "--overwrite"]
    return ["grimlib.discover.command", str(fasta), *options.split(), *outdir]


def trial(folder: Path) -> list[str]:
    """A trial of GRIM of eight epochs, by the command that trains the book's."""
    from grimlib.paper.trials import TrialSpec

    specs = folder.parent / "specs.json"
    spec = TrialSpec(
        task="task1",
        model="grim",
        pool_size=25,
        n_filters=4,
        epochs=8,
        seed=1,
        data_seed=1,
        n_sequences=400,
        width=8,
    )
    specs.write_text(json.dumps([asdict(spec)]))
    return ["grimlib.paper.__main__", "run", "--specs", str(specs), "--folder", str(folder)]


def contents(folder: Path) -> dict[str, object]:
    """Every file in a folder, hidden ones included, without what differs between equal runs."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        name, data = str(path.relative_to(folder)), path.read_bytes() if path.is_file() else b""
        if path.name == "settings.json":
            about = json.loads(data)
            del about["provenance"]
            data = json.dumps(about)
        elif path.name == "report.html":
            data = path.is_file()  # it has the date
        elif path.name == "filters.npz":
            with np.load(path) as filters:
                data = [filters["kernel"].tolist(), filters["bias"].tolist()]
        elif path.suffix == ".npz" and not name.startswith("."):
            from grimlib.paper.trials import load_trial

            kept = load_trial(path)
            data = [kept.kernel.tolist(), kept.bias.tolist(), kept.history, kept.metrics]
        found[name] = data
    return found


def execute(command: list[str], fault: str, moment: str, folder: Path) -> tuple[int, str]:
    """Exit status and what it printed."""
    done = subprocess.run(
        [sys.executable, __file__, "--disturbed", fault, moment, str(folder), *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env={**os.environ, "TQDM_DISABLE": "1", "PYTHONPATH": str(ROOT)},
    )
    return done.returncode, done.stdout


def disturb(make, moments: int, rng: random.Random, root: Path) -> int:
    """Try one command at random moments; how many ended in another way than undisturbed."""
    for name in ("first", "whole"):  # the first one compiles, which takes longer than all else
        whole = root / name
        whole.mkdir(parents=True)
        status, said = execute(make(whole), "none", "0", whole)
        assert status == 0, said
    expected = contents(whole)
    count, seconds = said.rsplit("counted", 1)[1].split()
    print(f"{make.__name__}: {count} operations on files in {seconds} s", flush=True)
    wrong = 0
    for number in range(moments):
        fault = FAULTS[number % len(FAULTS)]
        at = str(rng.randint(1, int(count)))
        if rng.random() < 0.4:
            at = f"{rng.uniform(0, 0.7 * float(seconds)):.2f}s"
        folder = root / str(number)
        folder.mkdir()
        command = make(folder)
        status, said = execute(command, fault, at, folder)
        left = sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
        again, after = execute(command, "none", "0", folder)
        found = contents(folder)
        equal = again == 0 and found == expected
        wrong += not equal
        happened = "disturbed" in said
        print(
            f"  {number + 1:2} {fault:8} at {at:>6}: {'' if happened else 'not '}disturbed, status "
            f"{status:3}, {len(left)} names left; then status {again}, "
            f"{'equal' if equal else 'DIFFERENT'}",
            flush=True,
        )
        if not equal:
            names = {name for name in {*found, *expected} if found.get(name) != expected.get(name)}
            print(f"     {sorted(names)}\n{said[-1500:]}\n{after[-1500:]}")
    return wrong


def main() -> None:
    """Disturb both commands, and exit with 1 if any result was another one."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--moments", type=int, default=20, help="of each command")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=["tool", "trial"])
    chosen = parser.parse_args()
    rng, wrong = random.Random(chosen.seed), 0
    with tempfile.TemporaryDirectory() as root:
        for make in (tool, trial):
            if chosen.only in (None, make.__name__):
                wrong += disturb(make, chosen.moments, rng, Path(root) / make.__name__)
    sys.exit(wrong > 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--disturbed"]:
        disturbed(*sys.argv[2:])
    else:
        main()
