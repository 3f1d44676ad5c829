"""Settings that must be in place before any test imports numpy or Keras, the site, a browser."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest
from books import BOOK, ROOT, STRICT, build, copy_book
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

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
# Small networks are compiled for longer than they run: once in a test run, and quickly.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# Tests have cache folders of their own, and memelite is not compiled anew for each.
os.environ.setdefault("NUMBA_CACHE_DIR", str(platformdirs.user_cache_path("grimlib") / "numba"))

# The processes of a test run, and the notebooks they execute, analyse a stored trial once.
if "PYTEST_XDIST_WORKER" not in os.environ:
    once = tempfile.TemporaryDirectory(prefix="grimlib-tests-")
    os.environ["GRIMLIB_REPORTS"] = f"{once.name}/reports"
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", f"{once.name}/jax")

# pytest tests/method/test_fuzzing.py --hypothesis-profile=long: about an hour.
settings.register_profile("long", max_examples=20_000, deadline=None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that no process is left with it: the site, other groups, slow tests."""

    def rank(item: pytest.Item) -> tuple[bool, bool, bool]:
        marker = item.get_closest_marker("xdist_group")
        group = marker.args[0] if marker else None
        return group != "site", group is None, item.get_closest_marker("slow") is None

    items.sort(key=rank)


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """The real book, built once.

    Tests that use it belong to the xdist group "site": another process would build it again.
    """
    root = copy_book(tmp_path_factory.mktemp("book"), *BOOK)
    cache = ROOT / "_build/.jupyter_cache"  # what `make book` has executed need not run again
    if cache.is_dir():
        shutil.copytree(cache, root / "_build/.jupyter_cache")
    # The package where it lies is the same, and its functions are compiled there already.
    result = build(root, *STRICT, package=ROOT)
    assert result.returncode == 0, result.stdout[-20_000:]
    return (root / "_build/html").resolve()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, or Chrome, or what `playwright install chromium` brings.

    The one browser of a process: playwright cannot be started twice in it.
    """
    with sync_playwright() as playwright:
        names = ("chromium", "chromium-browser", "google-chrome")
        places = [*map(shutil.which, names), playwright.chromium.executable_path]
        program = next((place for place in places if place and Path(place).exists()), None)
        if program is None:
            pytest.skip(
                "there is no Chromium: `apt-get install chromium` (Debian, as root) or "
                "`.venv/bin/playwright install chromium` brings one"
            )
        browser = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--disable-background-networking", "--disable-gpu"],
        )
        yield browser
        browser.close()


@pytest.fixture
def style() -> Iterator[None]:
    """The book's style, undone behind the test with all its figures."""
    import matplotlib.pyplot as plt

    from grimlib.plots import use_style

    with plt.rc_context():
        use_style()
        yield
    plt.close("all")


@pytest.fixture
def logos(monkeypatch) -> list:
    """Every logo drawn: its axes and its array of heights."""
    from grimlib import plots

    drawn = []
    original = plots._draw_letters

    def draw(heights, ax):
        original(heights, ax)
        drawn.append((ax, heights))

    monkeypatch.setattr(plots, "_draw_letters", draw)
    return drawn
