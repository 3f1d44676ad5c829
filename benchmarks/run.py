"""Time what the book's users wait for, beside the plain way to do it, on one core.

    python benchmarks/run.py             # what is not measured yet, into data/benchmarks.json
    python benchmarks/run.py --again     # everything anew (about ten minutes on a quiet machine)
    python benchmarks/run.py --long      # the book's builds and the tests as well (twice as long)
    python benchmarks/run.py --tiny --output /tmp/b.json   # a trial of the script itself

Each item runs in a process of its own and is written down as soon as it is measured, so that an
interrupted run goes on where it stopped. Every figure is the best of several repetitions, all on
one core, after compilation. "Plain" is what one would write without grimlib's shortcuts: one-hot
arrays instead of tokens, ReLU before pooling, negatives made by a loop in NumPy.
"""

from __future__ import annotations

import os

# Before NumPy, numba and TensorFlow are loaded: they read these only once.
os.environ.update(
    OMP_NUM_THREADS="1",
    OPENBLAS_NUM_THREADS="1",
    NUMBA_NUM_THREADS="1",
    RAYON_NUM_THREADS="1",
    TF_NUM_INTRAOP_THREADS="1",
    TF_NUM_INTEROP_THREADS="1",
)
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import argparse
import json
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from time import perf_counter

import keras
import nbformat
import numpy as np
from keras import layers, ops
from shuffle import best, shufflers
from starts import measure

import grimlib
from grimlib import models, paper
from grimlib._checks import FILTER_WIDTH, pooled_sizes
from grimlib._files import atomic_write
from grimlib._provenance import provenance
from grimlib.filters import align, filter_motifs
from grimlib.paper.groups import GRIM1
from grimlib.sequences import one_hot
from grimlib.training import training_batches

ROOT = Path(__file__).resolve().parents[1]
OUTPUT = ROOT / "data" / "benchmarks.json"
SIZES = dict(
    matrix=2048,
    sequences=25_000,
    steps=40,
    repeats=5,
    filters={4: 128, 25: 64},
    operations=(16, 64, 128),
)
TINY = dict(matrix=64, sequences=400, steps=2, repeats=1, filters={4: 4, 25: 4}, operations=(4,))
BATCH = 100


# Arithmetic: two operations a multiplication with its addition


def step_operations(model: str, pool_size: int, filters: int, outputs: int, length=200) -> int:
    """Floating-point operations of the layers with weights in one training step, counted.

    Forward, gradient of the weights and gradient of the input each cost the same; the first layer
    needs no gradient of its input. Activations, pooling, dropout, loss and optimiser are left out.
    """
    positions, second_pool = pooled_sizes(length, pool_size)
    inputs = 2 if model == "grim" else 1  # a sequence, and its shuffle
    first = length * FILTER_WIDTH * 4 * filters * inputs
    second = positions * 5 * filters * 128
    dense = positions // second_pool * 128 * 512 + 512 * outputs
    return 2 * BATCH * (2 * first + 3 * (second + dense))


# What is timed


def matrix(sizes: dict) -> dict:
    """The machine's float32 matrix rate."""
    n = sizes["matrix"]
    a, b = np.random.default_rng(0).random((2, n, n), dtype=np.float32)
    seconds = best(lambda: a @ b, sizes["repeats"])
    return {"GFLOP/s": 2 * n**3 / seconds / 1e9}


def _simulated(pool_size: int, sizes: dict) -> paper.Dataset:
    simulate = {4: paper.simulate_task1, 25: paper.simulate_task2}[pool_size]
    return simulate(sizes["sequences"])


class Clock(keras.callbacks.Callback):
    """When each training step of a call of fit ended.

    A call as a whole cannot be timed: TensorFlow may sleep for seconds when the input pipeline of
    an epoch is taken down.
    """

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.ends: list[float] = []

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.ends.append(perf_counter())

    def seconds_per_step(self, skip: int) -> float:
        """Mean duration of the steps behind the first `skip`."""
        return (self.ends[-1] - self.ends[skip - 1]) / (len(self.ends) - skip)


def _per_second(fit: Callable[[int, Clock], object], sizes: dict) -> float:
    """Training sequences a second, once compiled."""
    clock, rates = Clock(), []
    skip = sizes["steps"] // 4 + 1
    for _ in range(max(sizes["repeats"] // 2, 1)):
        fit(skip + sizes["steps"], clock)
        rates.append(BATCH / clock.seconds_per_step(skip))
    return max(rates)


def _training(
    model: str,
    pool_size: int,
    sizes: dict,
    batch_norm: bool = True,
    filters: int | None = None,
    layer_by_layer: bool = False,
) -> dict:
    data, filters = _simulated(pool_size, sizes), filters or sizes["filters"][pool_size]
    keras.utils.set_random_seed(0)
    if layer_by_layer:
        models.can_be_one_step = lambda network: False
    if model == "grim":
        network = grimlib.GRIM(pool_size, filters)
        network.compile("adam")
        batches = training_batches(data.tokens, BATCH, 0)

        def fit(steps: int, clock: Clock) -> None:
            some = (batch for batch in islice(batches, steps))
            network.fit(some, steps_per_epoch=steps, verbose=0, callbacks=[clock])
    else:
        network = grimlib.cnn(pool_size, filters, data.labels.shape[1], batch_norm=batch_norm)
        network.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True))

        def fit(steps: int, clock: Clock) -> None:
            rows = np.arange(steps * BATCH) % len(data.tokens)
            inputs = data.tokens[rows], data.labels[rows]
            network.fit(*inputs, batch_size=BATCH, verbose=0, callbacks=[clock])

    rate = _per_second(fit, sizes)
    outputs = 128 if model == "grim" else data.labels.shape[1]
    operations = step_operations(model, pool_size, filters, outputs)
    return {"sequences/s": rate, "GFLOP/s": operations * rate / BATCH / 1e9}


def compiled(sizes: dict) -> dict:
    """Training sequences a second of GRIM without its further encoder, CNN-25."""
    data, filters = _simulated(25, sizes), sizes["filters"][25]
    network = grimlib.CompiledGRIM(filters, 200, 25, "both", 0)
    some = list(islice(training_batches(data.tokens, BATCH, 0), sizes["steps"]))

    def train() -> None:
        for (batch,) in some:
            network.train_on_batch(batch["sequence"], batch["shuffled"])

    return {"sequences/s": len(some) * BATCH / best(train, sizes["repeats"])}


def _parts(network: grimlib.GRIM, batch: dict) -> dict[str, Callable[[], object]]:
    """A training step of GRIM on TensorFlow, and the parts of it, forward and back, one by one."""
    import tensorflow as tf

    network.train_on_batch(batch)
    tokens = np.concatenate([batch["sequence"], batch["shuffled"]])
    own, other = ops.split(network.local_encoder(tokens), 2)
    h, rng = network.further_encoder(own), np.random.default_rng(0)
    weights = [weight.value for weight in network.trainable_weights]
    dropouts = [one for one in network.further_encoder.layers if isinstance(one, layers.Dropout)]
    ones = [tf.ones((BATCH, *dropout.input.shape[1:])) for dropout in dropouts]

    def with_gradient(act: Callable, *given: tf.Tensor) -> Callable[[], object]:
        @tf.function
        def both() -> list[tf.Tensor]:
            with tf.GradientTape() as tape:
                tape.watch(given)
                total = tf.reduce_sum(act(*given))
            return [g for g in tape.gradient(total, [*weights, *given]) if g is not None]

        return both

    def loss(own: tf.Tensor, other: tf.Tensor, h: tf.Tensor) -> tf.Tensor:
        return grimlib.grim_loss(network.discriminate(own, h), network.discriminate(other, h))

    return {
        "whole step": lambda: network.train_on_batch(batch),
        "dinucleotide shuffles": lambda: grimlib.dinucleotide_shuffle(batch["sequence"], rng),
        "first convolution and pooling": with_gradient(
            lambda: network.local_encoder(tokens, training=True)
        ),
        "further encoder": with_gradient(partial(network.further_encoder, training=True), own),
        "of it, dropout": with_gradient(
            lambda *given: tf.add_n(
                [tf.reduce_sum(d(x, training=True)) for d, x in zip(dropouts, given, strict=True)]
            ),
            *ones,
        ),
        "views and loss": with_gradient(loss, own, other, h),
        "Adam": tf.function(lambda: network.optimizer.apply([0 * weight for weight in weights])),
    }


def operations(sizes: dict) -> dict:
    """Milliseconds of a training step of GRIM CNN-25, and of its parts, by the number of filters.

    In training, the shuffles of an epoch are made in a thread beside the steps.
    """
    batch = next(training_batches(_simulated(25, sizes).tokens, BATCH, 0))[0]
    found = {}
    for filters in sizes["operations"]:
        keras.utils.set_random_seed(0)
        network = grimlib.GRIM(25, filters)
        network.compile("adam")
        found[f"{filters} filters"] = {
            name: 1000 * best(act, sizes["steps"]) for name, act in _parts(network, batch).items()
        }
    return found


def starting(sizes: dict) -> dict:
    """Seconds from the start of a process, if it loads what it uses, and if it loads all."""
    programs = {
        "import grimlib": "import grimlib",
        "grim --help": "from grimlib.discover.command import main; main(['--help'])",
    }
    found = {}
    for name, program in programs.items():
        for loaded, eager in {"what is used": "0", "all": "1"}.items():
            run = partial(
                subprocess.run,
                [sys.executable, "-c", program],
                env={**os.environ, "EAGER_IMPORT": eager},
                check=True,
                capture_output=True,
            )
            found[f"{name}, {loaded} loaded, s"] = best(run, sizes["repeats"])
    return found


def waits(sizes: dict) -> dict:
    """Seconds from peaks to a report, and from a chapter to its executed notebook."""
    folder = Path(tempfile.mkdtemp())
    try:
        tokens = paper.simulate_task2(sizes["sequences"] // 10).tokens
        rows = (f">{i}\n{grimlib.decode(row)}\n" for i, row in enumerate(tokens))
        (folder / "peaks.fa").write_text("".join(rows))
        program = "from grimlib.discover.command import main; main()"
        grim = [sys.executable, "-c", program, "peaks.fa", "--outdir"]
        papermill = [sys.executable, "-m", "papermill", str(ROOT / "book/task1.ipynb"), "out.ipynb"]
        run = partial(subprocess.run, cwd=folder, check=True, capture_output=True)
        numbers = iter(range(100))
        repeats = max(sizes["repeats"] // 2, 1)
        return {
            f"grim, {len(tokens)} sequences, s": best(
                lambda: run([*grim, str(next(numbers))]), repeats
            ),
            "papermill book/task1.ipynb, s": best(lambda: run(papermill), 1),
        }
    finally:
        shutil.rmtree(folder)


def plain_shuffle(sequence: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A dinucleotide shuffle as a loop over one sequence's tokens (Altschul & Erickson 1985)."""
    last = sequence[-1]
    followers = [rng.permutation(sequence[1:][sequence[:-1] == letter]) for letter in range(4)]
    present = [letter for letter in range(4) if len(followers[letter]) and letter != last]
    while True:  # a last exit of each letter, until they lead to the end
        exits = {letter: rng.integers(len(followers[letter])) for letter in present}
        leads = {letter: followers[letter][exit_] for letter, exit_ in exits.items()}
        for start in present:
            at = start
            for _ in range(4):
                at = leads.get(at, last)
            if at != last:
                break
        else:
            break
    for letter, exit_ in exits.items():
        of = followers[letter]
        of[exit_], of[-1] = of[-1], of[exit_]
    used, result = [0] * 4, [sequence[0]]
    for _ in range(len(sequence) - 1):
        at = result[-1]
        result.append(followers[at][used[at]])
        used[at] += 1
    return np.array(result, dtype=sequence.dtype)


class PlainGRIM(keras.Model):
    """GRIM on one-hot arrays, with ReLU before pooling."""

    def __init__(self, pool_size: int, filters: int):
        super().__init__()
        self.local_encoder = keras.Sequential(
            [
                keras.Input((200, 4)),
                layers.Conv1D(filters, FILTER_WIDTH, padding="same", activation="relu"),
                layers.MaxPooling1D(pool_size),
            ]
        )
        self.further_encoder = grimlib.GRIM(pool_size, filters).further_encoder

    def call(self, inputs: dict, training: bool | None = None) -> dict:
        local = self.local_encoder(ops.concatenate([inputs["sequence"], inputs["shuffled"]]))
        local, local_shuffled = ops.split(local, 2)
        global_ = self.further_encoder(local, training=training)
        return {
            "matched": grimlib.view_scores(local, global_, "both", True),
            "mismatched": grimlib.view_scores(local_shuffled, global_, "both", True),
        }

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return grimlib.grim_loss(y_pred["matched"], y_pred["mismatched"])


def plain_cnn(pool_size: int, filters: int, outputs: int) -> keras.Model:
    """The supervised network on one-hot arrays, each layer followed by its ReLU."""
    _, second_pool = pooled_sizes(200, pool_size)
    model = keras.Sequential([keras.Input((200, 4))])
    for n, width, pool in ((filters, FILTER_WIDTH, pool_size), (128, 5, second_pool)):
        model.add(layers.Conv1D(n, width, padding="same", use_bias=False))
        model.add(layers.BatchNormalization())
        model.add(layers.ReLU())
        model.add(layers.MaxPooling1D(pool))
        model.add(layers.Dropout(0.1))
    model.add(layers.Flatten())
    model.add(layers.Dense(512, use_bias=False))
    model.add(layers.BatchNormalization())
    model.add(layers.ReLU())
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(outputs))
    return model


def _plain_training(model: str, pool_size: int, sizes: dict) -> dict:
    data, filters = _simulated(pool_size, sizes), sizes["filters"][pool_size]
    arrays = one_hot(data.tokens)
    rng = np.random.default_rng(0)
    keras.utils.set_random_seed(0)
    if model == "grim":
        network = PlainGRIM(pool_size, filters)
        network.compile("adam")

        def batches(steps: int) -> Iterator[tuple[dict]]:
            for rows in np.arange(steps * BATCH).reshape(steps, BATCH) % len(arrays):
                negatives = np.stack([plain_shuffle(data.tokens[row], rng) for row in rows])
                yield ({"sequence": arrays[rows], "shuffled": one_hot(negatives)},)

        def fit(steps: int, clock: Clock) -> None:
            network.fit(batches(steps), steps_per_epoch=steps, verbose=0, callbacks=[clock])
    else:
        network = plain_cnn(pool_size, filters, data.labels.shape[1])
        network.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True))

        def fit(steps: int, clock: Clock) -> None:
            rows = np.arange(steps * BATCH) % len(arrays)
            inputs = arrays[rows], data.labels[rows]
            network.fit(*inputs, batch_size=BATCH, verbose=0, callbacks=[clock])

    return {"sequences/s": _per_second(fit, sizes)}


def shuffles(sizes: dict) -> dict:
    """Dinucleotide shuffles a second, by all packages that are installed."""
    n = max(sizes["sequences"] * 4 // 5, 10)
    tokens = np.random.default_rng(1).integers(0, 4, (n, 200), dtype=np.int8)
    rates = {name: n / best(act, sizes["repeats"]) for name, act in shufflers(tokens).items()}
    few, rng = tokens[: n // 20], np.random.default_rng(0)
    seconds = best(lambda: [plain_shuffle(row, rng) for row in few], 1)
    return {f"{name}, sequences/s": rate for name, rate in rates.items()} | {
        "loop in NumPy, sequences/s": len(few) / seconds
    }


def words(sizes: dict) -> dict:
    """Seconds and memory to choose 128 words on one strand, over numbers of sequences."""
    figures = {}
    for n in (sizes["sequences"] * 7 // 10, sizes["sequences"] * 4):
        _, seconds, memory = measure(n, 1, sizes["repeats"])
        figures |= {f"{n} sequences, s": seconds, f"{n} sequences, MB": memory}
    return figures


def simulation(sizes: dict) -> dict:
    """Seconds to simulate each task's data."""
    n = sizes["sequences"]
    return {
        "task 1, s": best(lambda: paper.simulate_task1(n), 2),
        "task 2, s": best(lambda: paper.simulate_task2(n), 2),
    }


def report(sizes: dict) -> dict:
    """Seconds for the filter report, and for its two parts, on untrained filters."""
    filters = sizes["filters"][4]
    tokens = paper.simulate_task1(sizes["sequences"]).tokens[: sizes["sequences"] // 5]
    keras.utils.set_random_seed(0)
    kernel, bias = grimlib.first_layer(grimlib.GRIM(4, filters))
    motifs, jaspar = filter_motifs(align(kernel, bias, tokens)), grimlib.load_jaspar()
    truth = paper.ground_truth(paper.TASK1_MOTIFS)
    repeats = max(sizes["repeats"] // 2, 1)
    return {
        "alignment, s": best(lambda: align(kernel, bias, tokens), repeats),
        "Tomtom, s": best(lambda: grimlib.tomtom(motifs, jaspar), repeats),
        "whole report, s": best(
            lambda: grimlib.filter_report(kernel, bias, tokens, ground_truth=truth), repeats
        ),
    }


def scaling(sizes: dict) -> dict:
    """Seconds of a GRIM epoch over numbers and lengths of sequences."""
    unit = max(sizes["sequences"] // 25, 2 * BATCH)
    rng = np.random.default_rng(0)

    def epoch(n: int, length: int) -> float:
        tokens = rng.integers(0, 4, (n, length), dtype=np.int8)
        model = grimlib.GRIM(25, sizes["filters"][25], length)
        model.compile("adam")
        batches, clock, seconds = training_batches(tokens, BATCH, 0), Clock(), []
        for _ in range(3):
            some = (batch for batch in islice(batches, n // BATCH))
            model.fit(some, steps_per_epoch=n // BATCH, verbose=0, callbacks=[clock])
            seconds.append(n / BATCH * clock.seconds_per_step(1))
        return min(seconds)

    return {
        "number": [[n, epoch(n, 200)] for n in (unit, 2 * unit, 4 * unit, 8 * unit)],
        "length": [[length, epoch(2 * unit, length)] for length in (100, 200, 400, 800)],
    }


def memory(sizes: dict) -> dict:
    """Peak memory of a whole trial of Task 1, in a process of its own."""
    size = dict(n_filters=sizes["filters"][4], n_sequences=sizes["sequences"])
    paper.run(replace(GRIM1, epochs=1, **size))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"peak, GB": peak * (1 if sys.platform == "darwin" else 1024) / 1e9}


def on_all_cores() -> dict[str, str]:
    """The environment without this script's limits of threads."""
    return {name: value for name, value in os.environ.items() if not name.endswith("_THREADS")}


def book(sizes: dict) -> dict:
    """Seconds to build the book in a fresh clone, again, and with one chapter changed."""
    folder = Path(tempfile.mkdtemp())
    try:
        clone = folder / "clone"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        environment = on_all_cores() | {"PYTHONPATH": str(clone)}
        compile_first = [sys.executable, "tools/warm_up.py"]  # as `make` does
        subprocess.run(compile_first, cwd=clone, env=environment, check=True, capture_output=True)
        command = [str(Path(sys.executable).with_name("jupyter-book")), "build", "book/"]

        def build() -> float:
            start = perf_counter()
            subprocess.run(command, cwd=clone, env=environment, check=True, capture_output=True)
            return perf_counter() - start

        found = {"make book, clean, s": build(), "make book, again, s": build()}
        chapter = clone / "book/task1.ipynb"
        notebook = nbformat.read(chapter, as_version=4)
        notebook.cells.append(nbformat.v4.new_code_cell("6 * 7"))
        nbformat.write(notebook, chapter)
        return found | {"make book, one chapter changed, s": build()}
    finally:
        shutil.rmtree(folder)


def tests(sizes: dict) -> dict:
    """Seconds of ``make test`` on all cores, its environment made."""
    subprocess.run(["make", "clean"], cwd=ROOT, check=True)  # what `make book` executed is used
    start = perf_counter()
    # Standard output is for the figures.
    subprocess.run(["make", "test"], cwd=ROOT, env=on_all_cores(), check=True, stdout=sys.stderr)
    return {"make test, s": perf_counter() - start}


ITEMS: dict[str, Callable[[dict], dict]] = {
    "matrix": matrix,
    "GRIM CNN-4": lambda sizes: _training("grim", 4, sizes),
    "supervised CNN-4": lambda sizes: _training("cnn", 4, sizes),
    "supervised CNN-4, no batch normalisation": lambda sizes: _training("cnn", 4, sizes, False),
    "GRIM CNN-25": lambda sizes: _training("grim", 25, sizes),
    "supervised CNN-25": lambda sizes: _training("cnn", 25, sizes),
    "supervised CNN-25, no batch normalisation": lambda sizes: _training("cnn", 25, sizes, False),
    "GRIM CNN-25, 16 filters": lambda sizes: _training("grim", 25, sizes, filters=16),
    "GRIM CNN-4, layer by layer": lambda sizes: _training("grim", 4, sizes, layer_by_layer=True),
    "GRIM CNN-25, layer by layer": lambda sizes: _training("grim", 25, sizes, layer_by_layer=True),
    "GRIM CNN-25, 16 filters, layer by layer": lambda sizes: _training(
        "grim", 25, sizes, filters=16, layer_by_layer=True
    ),
    "GRIM without further encoder, CNN-25": compiled,
    "plain GRIM CNN-4": lambda sizes: _plain_training("grim", 4, sizes),
    "plain supervised CNN-4": lambda sizes: _plain_training("cnn", 4, sizes),
    "shuffle": shuffles,
    "words": words,
    "simulation": simulation,
    "report": report,
    "scaling": scaling,
    "memory": memory,
    "operations": operations,
    "starting": starting,
    "waits": waits,
    "book": book,
    "tests": tests,
}
LONG = ("book", "tests")
"""Measured if asked for, and on all cores."""


def about() -> dict:
    """What the figures depend on."""
    made_by = provenance()
    others = [name for name in ("numba", "ushuffle", "seqpro") if find_spec(name)]
    return {
        "machine": f"{made_by['machine']}, {made_by['processor']}",
        "python": platform.python_version(),
        "backend": keras.backend.backend(),
        "versions": made_by["versions"] | {name: version(name) for name in others},
    }


def main() -> None:
    """Measure what is missing, each item in a process of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--again", action="store_true", help="forget earlier figures")
    parser.add_argument("--long", action="store_true", help="time builds and tests as well")
    parser.add_argument("--tiny", action="store_true", help="tiny sizes, to try the script")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--item", choices=ITEMS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    sizes = TINY if arguments.tiny else SIZES
    if arguments.item:
        if arguments.item not in LONG and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])  # one core, helpers included
        print(json.dumps(ITEMS[arguments.item](sizes)))
        return

    document = {"about": about() | {"tiny": arguments.tiny}, "results": {}}
    if arguments.output.exists() and not arguments.again:
        earlier = json.loads(arguments.output.read_text())
        if {**earlier["about"], "date": 0} == {**document["about"], "date": 0}:
            document["results"] = earlier["results"]
        else:
            print("The earlier figures are of another machine or of other versions: all anew.")
    document["about"]["date"] = datetime.now(UTC).isoformat(timespec="seconds")
    for name in ITEMS:
        if name in document["results"] or (name in LONG and not arguments.long):
            continue
        print(f"{name} ...", end=" ", flush=True)
        command = [sys.executable, __file__, "--item", name, *["--tiny"] * arguments.tiny]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        document["results"][name] = json.loads(done.stdout.splitlines()[-1])
        with atomic_write(arguments.output) as file:
            json.dump(document, file, indent=1)
            file.write("\n")
        print(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
