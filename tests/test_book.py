"""The book builds, stops on errors, and makes a site that is whole and needs no network."""

import io
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pandas as pd
import pytest
import yaml
from books import PAGES, ROOT, STRICT, build, copy_book, start
from bs4 import BeautifulSoup

# Small books under the real configuration


@pytest.fixture
def small_book(tmp_path):
    copy_book(tmp_path, "_config.yml", "requirements.lock", "book/_ext", "book/assets")
    copy_book(tmp_path, "grimlib/_checks.py")

    def write(**pages: str) -> Path:
        """The code of each page, the first of which is the book's own."""
        for name, code in pages.items():
            cells = [nbformat.v4.new_markdown_cell(f"# {name}"), nbformat.v4.new_code_cell(code)]
            notebook = nbformat.v4.new_notebook(cells=cells)
            notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
            nbformat.write(notebook, tmp_path / f"book/{name}.ipynb")
        root, *others = pages
        chapters = {"chapters": [{"file": name} for name in others]} if others else {}
        toc = {"format": "jb-book", "root": root, **chapters}
        (tmp_path / "book/_toc.yml").write_text(yaml.safe_dump(toc))
        return tmp_path

    return write


@pytest.fixture
def one_page(small_book):
    return lambda code: small_book(index=code)


@pytest.mark.slow
def test_a_failing_notebook_fails_the_build(one_page):
    result = build(one_page("6 * 7"), *STRICT)
    assert result.returncode == 0, result.stdout
    # Once, and found in the cache when the page is read.
    assert result.stdout.count("Executing notebook") == 1
    assert "42" in (one_page("6 * 7") / "_build/html/index.html").read_text()

    for options in ((), STRICT):
        result = build(one_page("1 / 0"), *options)
        assert result.returncode != 0, result.stdout
        assert "index.ipynb failed" in result.stdout
        assert "ZeroDivisionError" in result.stdout


SLOW = "import os, pathlib, time; pathlib.Path('pid').write_text(f'{os.getpid()}'); time.sleep(600)"
MEET = """
import os, pathlib, time
pathlib.Path("{own}.here").touch()
deadline = time.time() + 120
while not pathlib.Path("{other}.here").exists():
    assert time.time() < deadline, "alone"
    time.sleep(0.1)
print("met, with", os.environ["OMP_NUM_THREADS"], "thread")
print("reports:", os.environ["GRIMLIB_REPORTS"])
"""


def is_gone(pid: int) -> bool:
    """Whether a process ends, though perhaps a moment after the one that started it."""
    for _ in range(300):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


two_cores = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2,
    reason="one core executes one notebook at a time",
)


@pytest.mark.slow
@two_cores
def test_notebooks_run_side_by_side_with_one_thread_each(small_book, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.delenv("GRIMLIB_REPORTS")
    pages = {"index": ("index", "other"), "other": ("other", "index")}
    root = small_book(**{n: MEET.format(own=a, other=b) for n, (a, b) in pages.items()})
    result = build(root, *STRICT)
    assert result.returncode == 0, result.stdout
    for name in pages:
        assert f"{name}.ipynb: executed in" in result.stdout
        page = (root / f"_build/html/{name}.html").read_text()
        assert "met, with 1 thread" in page
        (cache,) = (root / "_build/.jupyter_cache").iterdir()
        assert f"reports: {cache.resolve() / 'reports'}" in page


@pytest.mark.slow
@two_cores
def test_a_failing_notebook_stops_the_others(small_book):
    wait = "import pathlib\nwhile not pathlib.Path('pid').exists(): pass\n"
    root = small_book(broken=wait + "undefined", slow=SLOW)
    started = time.monotonic()
    result = build(root)
    assert result.returncode != 0
    assert time.monotonic() - started < 300
    assert "broken.ipynb failed" in result.stdout
    assert "name 'undefined' is not defined" in result.stdout
    assert is_gone(int((root / "book/pid").read_text()))


def under_way(root: Path, executed: int) -> tuple[subprocess.Popen, int]:
    """A build that has executed so many notebooks, and the kernel of the slow one."""
    process = start(root)
    said = ""
    while said.count(".ipynb: executed") < executed:
        line = process.stdout.readline()
        assert line, said
        said += line
    while not (root / "book/pid").exists():
        time.sleep(0.1)
    return process, int((root / "book/pid").read_text())


@pytest.mark.slow
@two_cores
def test_ctrl_c_stops_the_build_and_keeps_what_is_executed(small_book):
    root = small_book(index="6 * 7", slow=SLOW)
    process, kernel = under_way(root, 1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert is_gone(kernel)

    small_book(index="6 * 7", slow="6 * 8")
    result = build(root)
    assert result.returncode == 0, result.stdout
    assert "slow.ipynb: executed" in result.stdout
    assert "index.ipynb: executed" not in result.stdout


PICTURE = "import sys, matplotlib.pyplot as plt\nprint('keras' in sys.modules)\nplt.plot([6, 7])"


@pytest.mark.slow
@two_cores
@pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")
def test_many_kernels_share_their_imports_and_end_with_a_killed_build(small_book):
    root = small_book(index=PICTURE, slow=SLOW, other=PICTURE)
    process, kernel = under_way(root, 2)
    process.kill()
    process.wait()
    assert is_gone(kernel)
    process.communicate()

    small_book(index=PICTURE, slow="6 * 8", other=PICTURE)
    result = build(root, *STRICT)
    assert result.returncode == 0, result.stdout
    assert result.stdout.count(": executed") == 1
    for name in ("index", "other"):
        executed = nbformat.read(root / f"_build/jupyter_execute/{name}.ipynb", as_version=4)
        outputs = executed.cells[1].outputs
        assert outputs[0].text == "True\n"
        assert any("image/png" in output.get("data", {}) for output in outputs)


@pytest.mark.slow
def test_a_change_of_the_package_executes_the_notebook_again(one_page):
    root = one_page("import grimlib._checks as p; print(getattr(p, 'ANSWER', 'no answer yet'))")
    (root / "grimlib/__init__.py").touch()
    page = root / "_build/html/index.html"
    assert build(root).returncode == 0
    assert "no answer yet" in page.read_text()
    (root / "grimlib/_checks.py").write_text("ANSWER = 'forty-two'\n")
    assert "Executing notebook" in build(root).stdout
    assert "forty-two</span>" in page.read_text() or "forty-two\n" in page.read_text()


@pytest.mark.slow
def test_a_page_goes_with_its_chapter(small_book):
    root = small_book(index="6 * 7", other="6 * 8")
    assert build(root).returncode == 0
    pages = root / "_build/html"
    assert (pages / "other.html").exists()
    small_book(index="6 * 7")
    (root / "book/other.ipynb").unlink()
    assert build(root).returncode == 0
    assert not (pages / "other.html").exists()
    for kept in ("index", "search", "genindex"):
        assert (pages / f"{kept}.html").exists()


# Buttons that need the repository's address

REPOSITORY = "https://github.com/someone/their-grim"


def buttons(page: Path) -> dict[str, str]:
    """The links behind the buttons at the top of a page, by their text."""
    links = parse(page.read_text()).select(".article-header-buttons a[href]")
    return {link.get_text(strip=True): link["href"] for link in links}


@pytest.mark.slow
def test_an_address_of_the_repository_brings_its_buttons(small_book):
    root = small_book(index="'no result'", task1="6 * 7")
    copy_book(root, "book/scripts/task1.py")
    assert build(root, *STRICT).returncode == 0
    page = root / "_build/html/task1.html"
    assert list(buttons(page)) == [".ipynb", "executed .ipynb", ".py"]
    for link in buttons(page).values():
        assert (page.parent / link).is_file(), link
    executed = nbformat.read(page.parent / buttons(page)["executed .ipynb"], as_version=4)
    assert executed.cells[1].outputs[0].data["text/plain"] == "42"

    config = root / "_config.yml"
    config.write_text(config.read_text().replace('url: ""', f"url: {REPOSITORY}"))
    result = build(root, "--all", *STRICT)
    assert result.returncode == 0, result.stdout
    found = buttons(page)
    assert found["Binder"] == (
        "https://mybinder.org/v2/gh/someone/their-grim/main?urlpath=lab/tree/book/task1.ipynb"
    )
    assert found["Colab"] == (
        "https://colab.research.google.com/github/someone/their-grim/blob/main/book/task1.ipynb"
    )
    assert found["Repository"] == REPOSITORY
    assert found["Suggest edit"] == f"{REPOSITORY}/edit/main/book/scripts/task1.py"
    assert found["Open issue"].startswith(f"{REPOSITORY}/issues/new?")
    # Behind them is what the repository has.
    for link in (found["Binder"], found["Colab"], found["Suggest edit"]):
        assert (ROOT / re.search(r"book/.*", link).group()).is_file()


# What a page must not do. Each check returns a list of complaints.

EXTERNAL = re.compile(r"(?:https?:)?//", re.I)
# MathJax would load these extensions of TeX from files that the book does not carry.
UNSUPPORTED_TEX = re.compile(
    r"\\(boldsymbol|cancel|bcancel|xcancel|color|textcolor|colorbox|enclose|bbox|bra|ket|braket"
    r"|require|ce|pu|href|class|style|unicode|verb|toggle|texttip|mathtip)\b"
)


def parse(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def loads_from_elsewhere(page: BeautifulSoup) -> list[str]:
    """Resources, and scripts that name addresses, on other hosts."""
    found = []
    for tag in page.find_all(
        ["script", "link", "img", "iframe", "source", "audio", "video", "object", "embed", "track"]
    ):
        for attribute in ("src", "href", "srcset", "data", "poster"):
            value = tag.get(attribute, "")
            if tag.name == "link" and "canonical" in tag.get("rel", []):
                continue
            if any(EXTERNAL.match(part.strip()) for part in value.split(",")):
                found.append(f"<{tag.name} {attribute}={value}>")
        if tag.name == "script" and re.search(r"https?://", tag.string or ""):
            found.append(f"<script>{tag.string.strip()[:80]}")
    styles = [tag.string or "" for tag in page.find_all("style")]
    styles += [tag["style"] for tag in page.find_all(style=True)]
    return found + [address for style in styles for address in css_loads_from_elsewhere(style)]


def css_loads_from_elsewhere(css: str) -> list[str]:
    return re.findall(r"""(?:url\(|@import)\s*["']?(?:https?:)?//[^)"';]*""", css)


def anchors(page: BeautifulSoup) -> set[str]:
    named = page.find_all("a", attrs={"name": True})
    return {tag["id"] for tag in page.find_all(id=True)} | {tag["name"] for tag in named}


def broken_links(pages: dict[Path, BeautifulSoup]) -> list[str]:
    """Links to files or anchors that are not there, and local resources that are not there."""
    found = []
    targets = {path: anchors(page) for path, page in pages.items()}
    for path, page in pages.items():
        found += [f"{path.name}: {value}" for value in broken_links_of(path, page, targets)]
    return found


def broken_links_of(path: Path, page: BeautifulSoup, targets: dict[Path, set[str]]) -> list[str]:
    found = []
    for tag, attribute in (("a", "href"), ("link", "href"), ("script", "src"), ("img", "src")):
        for value in {element[attribute] for element in page.find_all(tag, **{attribute: True})}:
            link = urlsplit(value)
            if link.scheme or link.netloc:
                continue
            target = (path.parent / unquote(link.path)).resolve() if link.path else path
            if not target.is_file():
                found.append(value)
            elif link.fragment and unquote(link.fragment) not in targets[target]:
                found.append(value)
    return found


def images_without_description(page: BeautifulSoup) -> list[str]:
    """Images whose alt text is absent, empty or the file's name (what Sphinx falls back to)."""
    return [
        image.get("src", "")
        for image in page.find_all("img")
        if not image.get("alt", "").strip()
        or re.search(r"\.(png|svg|jpe?g|gif)$", image["alt"].strip())
    ]


def test_the_checks_find_what_they_look_for(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(
        """<html><head><link rel="stylesheet" href="https://cdn.example/a.css">
        <link rel="stylesheet" href="there.css"><script src="//cdn.example/b.js"></script>
        <script>const ADDRESS = "https://cdn.example/c.js"</script></head>
        <body style="background: url('https://cdn.example/d.png')">
        <img src="there.png" alt=" "><img src="there.png" alt="_images/there.png">
        <img src="there.png" alt="A falling curve"><h2 id="here">Here</h2>
        <a href="https://example.org">away</a><a href="#here">good</a><a href="#nowhere">bad</a>
        <a href="page.html#here">good</a><a href="gone.html">bad</a></body></html>"""
    )
    (tmp_path / "there.css").touch()
    (tmp_path / "there.png").touch()
    page = parse(path.read_text())
    assert len(loads_from_elsewhere(page)) == 4
    assert sorted(broken_links({path: page})) == ["page.html: #nowhere", "page.html: gone.html"]
    assert len(images_without_description(page)) == 2
    assert css_loads_from_elsewhere('@import "//fonts.example/f"; a {background: url(x.png)}')


# The real book, which tests/conftest.py builds once


@pytest.fixture(scope="module")
def pages(site) -> dict[Path, BeautifulSoup]:
    return {
        path: parse(path.read_text())
        for path in site.rglob("*.html")
        if "_static" not in path.relative_to(site).parts
    }


@pytest.mark.slow
@pytest.mark.xdist_group("site")
class TestSite:
    def test_every_page_of_the_contents_is_there(self, site):
        for name in PAGES:
            page = parse((site / f"{name}.html").read_text())
            assert page.find("h1"), name
            assert not page.find(class_="system-message"), name

    def test_no_page_loads_anything_from_another_host(self, site, pages):
        complaints = {path.name: loads_from_elsewhere(page) for path, page in pages.items()}
        assert not any(complaints.values()), complaints
        for path in site.rglob("*.css"):
            assert not css_loads_from_elsewhere(path.read_text()), path

    def test_no_page_tells_where_it_was_built(self, site, pages):
        folders = map(str, (site.parents[1], ROOT, Path(sys.executable).parents[1], Path.home()))
        folders = list(folders)
        for path, page in pages.items():
            assert not [folder for folder in folders if folder in page.text], path.name

    def test_mathematics_is_set_by_a_local_script(self, pages):
        with_mathematics = 0
        for path, page in pages.items():
            formulas = page.find_all(class_="math")
            if formulas:
                with_mathematics += 1
                sources = [tag["src"] for tag in page.find_all("script", src=True)]
                (source,) = (source for source in sources if "tex-svg.js" in source)
                assert (path.parent / urlsplit(source).path).stat().st_size > 1_000_000
            for formula in formulas:
                assert not UNSUPPORTED_TEX.search(formula.text), (path.name, formula.text)
        assert with_mathematics

    def test_every_internal_link_and_anchor_resolves(self, pages):
        assert broken_links(pages) == []

    def test_every_image_is_described(self, pages):
        complaints = {path.name: images_without_description(p) for path, p in pages.items()}
        assert not any(complaints.values()), complaints

    def test_the_readme_shows_the_table_of_the_first_page(self, site):
        page = parse((site / "index.html").read_text())
        rows = page.article.find("table").find_all("tr")
        built = [[cell.get_text(strip=True) for cell in row.find_all(["th", "td"])] for row in rows]
        lines = re.findall(r"^\|(.*)\|$", (ROOT / "README.md").read_text(), re.M)
        cells = [[cell.strip() for cell in line.split("|")] for line in lines]
        first = next(i for i, row in enumerate(cells) if "paper TPR" in row)
        readme = [cells[first], *cells[first + 2 : first + 1 + len(built)]]
        assert readme == built, "copy the table of the book's first page to README.md"

    def test_the_first_page_names_each_reading_of_grim_and_what_it_says_of_them_is_so(
        self, pages, site
    ):
        html = io.StringIO(str(pages[site / "index.html"].article.find("table")))
        (table,) = pd.read_html(html, index_col=0, flavor="bs4")
        published = {
            rate: table[f"paper {rate}"].str.split(" ±").str[0].astype(float)
            for rate in ("TPR", "FPR")
        }
        hyphen = "\N{NON-BREAKING HYPHEN}"
        above = (table["TPR"] > published["TPR"]).rename(lambda name: name.replace(hyphen, "-"))
        assert above.to_dict() == {
            "Task 1, GRIM, literal": False,
            "Task 1, GRIM, adopted": True,
            "Task 1, CNN-4": False,
            "Task 2, GRIM, literal": False,
            "Task 2, GRIM, adopted": True,
            "Task 2, CNN-25": True,
        }
        literal = table[table.index.str.endswith("literal")]
        found = literal["motifs"].str.split("/", expand=True).astype(float)
        assert (found[0] == found[1]).all()
        assert (literal["TPR"] < published["TPR"][literal.index] - 0.3).all()

    def test_cells_to_take_along_carry_their_mark(self, site, pages):
        """The style sheet writes the mark; the notebook's tag has to reach the page for it."""
        assert "div.cell.tag_copy > .cell_input::before" in (site / "_static/grim.css").read_text()
        for path in (ROOT / "book").glob("*.ipynb"):
            cells = nbformat.read(path, as_version=4).cells
            marked = ["copy" in cell.metadata.get("tags", []) for cell in cells]
            shown = pages[site / f"{path.stem}.html"].select("div.cell.tag_copy > .cell_input")
            assert len(shown) == sum(marked), path.stem

    def test_finished_pages_are_mended(self, site, pages):
        assert not list(site.glob("_static/scripts/fontawesome.js*"))
        for path, page in pages.items():
            assert not page.select("script[src*=fontawesome]"), path.name
            for image in page.select("figure img"):
                if image.find_parent("fieldset") is None:  # a stepper's pictures are small
                    assert image.find_parent(class_="wide")["tabindex"] == "0", path.name
        assert any(page.select("figure .wide") for page in pages.values())
