"""Settings that must be in place before any test imports numpy or Keras."""

import os

# pytest runs two processes on two cores (make test): one thread each. Notebooks that tests execute
# inherit these.
for name in (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
):
    os.environ.setdefault(name, "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")  # JAX
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
