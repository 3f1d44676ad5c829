"""Sphinx extension: which notebooks to execute, and several of them side by side.

Jupyter-cache looks at a notebook's own cells only. Here the cache lies in a folder named by a hash
of `grimlib`, `data`, the locked versions and the backend: a change executes anew.

Myst-nb executes one notebook after another, as it comes to their pages. Here all that the cache
lacks are executed before it reads any page, one on each core; it then finds them in the cache.
"""

import asyncio
import hashlib
import os
import sys
import time
from pathlib import Path

import nbformat
from forked_kernels import ForkingProvisioner
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from sphinx.errors import SphinxError
from sphinx.util import logging
from sphinx.util.console import strip_colors

ROOT = Path(__file__).resolve().parents[2]
MOST_AT_ONCE = 4  # a kernel takes up to 2 GB
# One thread for each kernel, however many run: sums that several threads share are rounded
# otherwise, and a book must not depend on the number of cores.
ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "TF_NUM_INTRAOP_THREADS",
        "TF_NUM_INTEROP_THREADS",
    ),
    "1",
)
# What a user's shell may set for other programs: kernels, or Keras's settings.
OTHERS = ("JUPYTER_PATH", "KERAS_HOME")
logger = logging.getLogger(__name__)


def inputs(root: Path = ROOT) -> list[Path]:
    """Files beside the notebooks that the results depend on, sorted."""
    found = [*root.glob("grimlib/**/*.*"), *root.glob("data/**/*"), root / "requirements.lock"]
    return sorted(path for path in found if path.is_file() and path.suffix != ".pyc")


def inputs_hash(root: Path = ROOT) -> str:
    """Hexadecimal hash of the names and contents of `inputs`, and of the Keras backend."""
    digest = hashlib.sha256(os.environ.get("KERAS_BACKEND", "tensorflow").encode())
    for path in inputs(root):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def set_cache_path(app, config) -> None:
    config.nb_execution_cache_path = str(ROOT / "_build" / ".jupyter_cache" / inputs_hash())


class NotebookError(SphinxError):
    """A notebook cannot be executed."""

    category = "Notebook error"


class Loop(asyncio.SelectorEventLoop):
    """An event loop that leaves Ctrl-C to asyncio, which stops all notebooks."""

    def add_signal_handler(self, *arguments) -> None:
        # Each NotebookClient would set one that stops its own kernel; this error it expects.
        raise RuntimeError("signals are not handled here")


def cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def execute_notebooks(app, env, docnames: list[str]) -> None:
    """Execute and cache the notebooks among the pages to read that the cache lacks."""
    cache = get_cache(env.mystnb_config.execution_cache_path)
    paths = [Path(env.doc2path(docname)) for docname in docnames]
    lacking = {}
    for path in paths:
        if path.suffix == ".ipynb":
            notebook = nbformat.read(path, as_version=4)
            try:
                cache.match_cache_notebook(notebook)
            except KeyError:
                lacking[path] = notebook
    if not lacking:
        return
    # Kernels inherit these. The folder is the cache's own, so it is anew when `grimlib` is.
    reports = Path(env.mystnb_config.execution_cache_path) / "reports"
    os.environ.update(ONE_THREAD)
    os.environ.setdefault("GRIMLIB_REPORTS", str(reports))
    for name in OTHERS:
        os.environ.pop(name, None)
    # A kernel sets it, and a user's shell may have another; forks import matplotlib before.
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    at_once = min(cores(), MOST_AT_ONCE)
    logger.info(f"Executing notebooks: {len(lacking)}, {at_once} at a time")
    # The largest first, as a rough guess of the longest: a long one that starts last would leave
    # the other cores idle.
    order = sorted(lacking, key=lambda path: -path.stat().st_size)
    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(_execute_all(cache, env.mystnb_config, at_once, {p: lacking[p] for p in order}))


async def _execute_all(
    cache: JupyterCacheAbstract, config, at_once: int, notebooks: dict[Path, nbformat.NotebookNode]
) -> None:
    """Execute notebooks, each cached as soon as it is finished; stop all if one fails."""
    slots = asyncio.Semaphore(at_once)
    # To import what few need would not pay; elsewhere a process with such libraries may not fork.
    forked = len(notebooks) > at_once and sys.platform == "linux"

    async def execute(path: Path, notebook: nbformat.NotebookNode) -> None:
        async with slots:
            started = time.perf_counter()
            client = NotebookClient(
                notebook,
                timeout=config.execution_timeout,
                allow_errors=config.execution_allow_errors,
                record_timing=False,  # into the cells, which would not be found in the cache then
                # TensorFlow greets on some processors, whatever it is told, past Python's stderr.
                extra_arguments=["--IPKernelApp.capture_fd_output=False"],
                resources={"metadata": {"path": str(path.parent)}},
            )
            if forked:
                manager = client.create_kernel_manager()
                manager.provisioner = ForkingProvisioner(
                    parent=manager, kernel_spec=manager.kernel_spec
                )
            try:
                await client.async_execute()
            except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
                if asyncio.current_task().cancelling():  # which NotebookClient takes for a death
                    raise asyncio.CancelledError from None
                text = strip_colors(str(error))  # with its own traceback
                raise NotebookError(f"{path.name} failed:\n{text}") from None
            seconds = time.perf_counter() - started
        bundle = CacheBundleIn(notebook, str(path), data={"execution_seconds": seconds})
        cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
        logger.info(f"{path.name}: executed in {seconds:.0f} s")

    await asyncio.gather(*(execute(*item) for item in notebooks.items()))


def write_executed(app, doctree) -> None:
    """Write a page's executed notebook, which readers can download.

    Of a notebook that it finds in the cache, myst-nb writes the cells without their outputs.
    """
    path = Path(app.env.doc2path(app.env.docname))
    if path.suffix == ".ipynb":
        cache = get_cache(app.env.mystnb_config.execution_cache_path)
        _, executed = cache.merge_match_into_notebook(nbformat.read(path, as_version=4))
        folder = Path(app.outdir).parent / "jupyter_execute"
        nbformat.write(executed, folder / f"{app.env.docname}.ipynb")


def setup(app) -> dict:
    app.connect("config-inited", set_cache_path)
    app.connect("env-before-read-docs", execute_notebooks)
    app.connect("doctree-read", write_executed)
    return {"parallel_read_safe": True}
