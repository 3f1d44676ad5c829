"""Train the full-scale trials of Tables 1 and 2: 250 epochs on 25,000 sequences each.

    python workflow/trials.py list              # every trial, with what is still missing
    python workflow/trials.py run               # trains all that are missing, one after another
    python workflow/trials.py run task2_cnn     # only those whose file name starts so

A finished trial is written to data/trials at once and never trained again, so the command can be
stopped at any time and started again. Two processes side by side, each on one thread
(TF_NUM_INTRAOP_THREADS=1), finish sooner than one on two; give the second one --backwards.
"""

from __future__ import annotations

import argparse

from grimlib.trials import STORED, TrialSpec, run, save_trial

TASK1 = dict(task="task1", n_filters=128, data_seed=0)
TASK2 = dict(task="task2", n_filters=64, data_seed=0)


def full_scale() -> list[TrialSpec]:
    """All trials, the most telling first."""
    settings = []
    for epochs in (0, 250):
        for seed in range(10):
            run_of = dict(epochs=epochs, seed=seed)
            settings += [
                dict(TASK2, model="grim", pool_size=25, **run_of),
                dict(TASK2, model="cnn", pool_size=25, **run_of),
                dict(TASK1, model="grim", pool_size=4, **run_of),
                dict(TASK1, model="cnn", pool_size=4, **run_of),
            ]
            if epochs and seed < 3:
                settings += [
                    dict(TASK1, model="cnn", pool_size=25, **run_of),
                    dict(TASK2, model="grim", pool_size=25, views="filter", **run_of),
                    dict(TASK2, model="grim", pool_size=25, views="position", **run_of),
                    dict(TASK1, model="grim", pool_size=4, views="filter", **run_of),
                    dict(TASK1, model="grim", pool_size=4, views="position", **run_of),
                ]
    return [TrialSpec(**setting) for setting in settings]


def main() -> None:
    """List or train the trials, as the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("action", choices=["list", "run"])
    parser.add_argument("prefix", nargs="?", default="", help="start of the file names")
    parser.add_argument("--backwards", action="store_true", help="from the last to the first")
    arguments = parser.parse_args()
    specs = [spec for spec in full_scale() if spec.filename.startswith(arguments.prefix)]
    if not specs:
        parser.error(f"no trial's file name starts with {arguments.prefix!r}; see 'list'")
    for spec in reversed(specs) if arguments.backwards else specs:
        path = STORED / spec.filename
        if arguments.action == "list":
            print("stored " if path.exists() else "missing", spec.filename)
        elif not path.exists():
            save_trial(run(spec), path)


if __name__ == "__main__":
    main()
