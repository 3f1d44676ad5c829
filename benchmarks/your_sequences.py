"""Training on sequences of one's own: speed and memory at 10,000 and at 100,000 sequences.

Run ``python benchmarks/your_sequences.py``, about two minutes. Each row is a process of its own, on
one thread, that simulates sequences of 200 nt, writes and reads them as FASTA, and trains for
400 batches with the default settings. The rate leaves out the first 50, in which
TensorFlow builds its graph. The rate should be the same in both rows, and the memory small.
"""

import os
import subprocess
import sys

SIZES = (10_000, 100_000)
BATCHES, WARM_UP = 400, 50


def measure(n: int) -> None:
    """Print rate and peak memory for n sequences."""
    import resource
    import tempfile
    from pathlib import Path
    from time import perf_counter

    import keras

    import grimlib
    from grimlib import discover, paper
    from grimlib.discover.learning import POOL_SIZE, split

    tokens = paper.simulate_task1(n, seed=0).tokens
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "many.fa"
        with path.open("w") as file:
            file.writelines(f">s{i}\n{grimlib.decode(row)}\n" for i, row in enumerate(tokens))
        started = perf_counter()
        peaks = discover.read_peaks(path)
        reading = perf_counter() - started

    settings = discover.Settings()
    learn, _ = split(peaks.tokens, settings.seed)
    model = grimlib.GRIM(POOL_SIZE, settings.n_filters, length=200)
    model.compile(optimizer="adam")
    batches = grimlib.training_batches(learn, 100, settings.seed, settings.strands)

    class Clock(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == WARM_UP - 1:
                self.started = perf_counter()

    clock = Clock()
    model.fit(batches, steps_per_epoch=BATCHES, shuffle=False, verbose=0, callbacks=[clock])
    rate = (BATCHES - WARM_UP) * 100 / (perf_counter() - clock.started)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{n:>9,} sequences: {rate:6,.0f}/s in training, read in {reading:4.1f} s, {peak:.2f} GiB"
    )


if __name__ == "__main__":
    if len(sys.argv) == 2:
        measure(int(sys.argv[1]))
    else:
        one = dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "NUMBA_NUM_THREADS"), "1")
        for size in SIZES:
            command = [sys.executable, __file__, str(size)]
            subprocess.run(
                command, env={**os.environ, **one, "TF_CPP_MIN_LOG_LEVEL": "3"}, check=True
            )
