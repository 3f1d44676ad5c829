"""Many sets: what is listed, what is refused, and the page over all."""

import json
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from os import environ, killpg
from pathlib import Path
from signal import SIGKILL

import html5lib
import numpy as np
import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup

from grimlib.discover import SequenceSet, read_sets, write_overview
from grimlib.discover.command import main
from grimlib.sequences import decode, encode

ROOT = Path(__file__).parents[2]
EVIL = '<script>alert("x")</script>&\'"<b>'
needs_snakemake = pytest.mark.skipif(
    find_spec("snakemake") is None,
    reason="SNAKEMAKE IS NOT INSTALLED, so many sets are not tested: pip install -e .[workflow]",
)


def parsed(path: Path) -> BeautifulSoup:
    """The page, after strict parsing: any error of HTML5 raises."""
    text = path.read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(text)
    return BeautifulSoup(text, "html.parser")


def table(folder: Path, text: str) -> Path:
    path = folder / "sets.tsv"
    path.write_text(text, encoding="utf-8")
    return path


# ------------------------------------------------------------------------------------ the list


def test_a_folder_s_fasta_files_are_its_sets(tmp_path):
    for name in ("b.fa", "a x;$(y).FASTA.gz", "b.fa.gz", "note.txt", ".c.fa", "_.fna", "d.bed"):
        (tmp_path / name).touch()
    (tmp_path / "e.fa").mkdir()
    with pytest.warns(UserWarning, match="2 files are left out.* FASTA files, such as d.bed"):
        sets = read_sets(tmp_path, {"seed": 3, "n-filters": None})
    assert {one.name: Path(one.fasta).name for one in sets} == {
        "set": "_.fna",
        "a_x_y_": "a x;$(y).FASTA.gz",
        "b": "b.fa",
        "b_2": "b.fa.gz",
    }
    assert all(one.options == {"seed": "3"} for one in sets)


def test_a_table_s_columns_are_options(tmp_path):
    path = table(
        tmp_path,
        "\ufefffasta\tname\tstrands\tn-filters\n-x y.fa\tA-1\t1\t\n\nb.fa\tb\t\t7\nc.fa\tc\n",
    )
    sets = read_sets(path, {"seed": 2, "strands": 2})
    assert sets == [
        SequenceSet("A-1", "-x y.fa", {"seed": "2", "strands": "1"}),
        SequenceSet("b", "b.fa", {"seed": "2", "strands": "2", "n_filters": "7"}),
        SequenceSet("c", "c.fa", {"seed": "2", "strands": "2"}),
    ]
    assert sets[0].arguments == ["--seed=2", "--strands=1", "--", "-x y.fa"]
    for one in sets:  # the command takes them so
        parsed = main.make_context("grim", one.arguments).params
        assert parsed["fasta"] == one.fasta
        assert all(str(parsed[name]) == value for name, value in one.options.items())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name\tfile\na\ta.fa\n", "no column 'fasta' but name, file"),
        ("name\tfasta\tcolour\na\ta.fa\tred\n", "no option 'colour'.*strands"),
        ("name\tfasta\toutdir\na\ta.fa\tx\n", "no option 'outdir'"),
        ("name\tfasta\tseed\tseed\na\ta.fa\t1\t2\n", "'seed' twice"),
        ("name\tfasta\n", "lists no set"),
        ("", "is no table"),
        ("name\tfasta\na\ta.fa\na\tb.fa\n", "line 3.*'a' comes again"),
        ("name\tfasta\n../a\ta.fa\n", "line 2.*'../a'.*letters"),
        ("name\tfasta\n$(x)\ta.fa\n", "line 2.*letters"),
        ("name\tfasta\n\ta.fa\n", "line 2.*letters"),
        ("name\tfasta\na\n", "line 2: a has no file"),
        ("name\tfasta\na\ta.fa\tx\n", "line 2 has 3 cells"),
    ],
)
def test_what_is_no_list_of_sets_is_refused(tmp_path, text, message):
    path = table(tmp_path, text)
    with pytest.raises(ValueError, match=message) as error:
        read_sets(path)
    assert str(path) in str(error.value)


def test_nothing_to_list(tmp_path):
    with pytest.raises(ValueError, match=r"holds no FASTA file"):
        read_sets(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"nowhere.*folder of FASTA files"):
        read_sets(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="options: no option 'epoch'"):
        read_sets(tmp_path, {"epoch": 1})


# ------------------------------------------------------------------------------------ the page

MOTIF = {
    "repeat": "",
    "consensus": "ACGT",
    "match": EVIL,
    "Target_ID": "MA1",
    "match E-value": 0.01,
    "AUROC": 0.75,
    "AUROC low": 0.7,
    "AUROC high": 0.8,
    "share": 0.5,
    "shuffled share": 0.1,
    "E-value": 1e-9,
    "central p-value": None,
}


SUMMARY = {"Sequences used": "1,234", "Left out": "2: too short", "Notes": f"{EVIL} as well"}


def results(folder: Path, name: str, motifs: list[dict], **changes) -> None:
    here = folder / "results" / name
    (here / "logos").mkdir(parents=True)
    (here / "report.html").touch()
    (here / "logos" / "motif_1.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    about = {"outcome": "finished", "summary": SUMMARY, "motifs": motifs}
    (here / "settings.json").write_text(json.dumps(about | changes))


@pytest.fixture
def page(tmp_path):
    """Of one set of each kind."""
    results(tmp_path, "good", [MOTIF, MOTIF, MOTIF | {"repeat": "simple repeat"}])
    results(tmp_path, "unlike", [MOTIF | {"match": "", "Target_ID": "", "match E-value": None}])
    results(tmp_path, "none", [MOTIF | {"repeat": "simple repeat"}])
    results(tmp_path, "damaged", [], summary=[])
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "broken.log").write_text(f"  5%|  |\r 10%|\x1b\nError: no {EVIL}\u202e\nat all\n")
    (logs / "killed.log").write_bytes(b"first\n 50%|\xff |\r 51%| |" + b"x" * 10_000)
    (logs / "silent.log").touch()
    (logs / "good.log").write_text("Error: of an earlier run")
    names = ("good", "unlike", "none", "damaged", "broken", "killed", "silent", "waiting")
    return write_overview([SequenceSet(name, "x.fa") for name in names], tmp_path)


def test_the_page_tells_of_each_set(page):
    assert page.name == "index.html"
    html = parsed(page)
    verdict = html.select_one(".verdict").get_text()
    assert verdict == "3 done, 4 failed, 1 not run."
    rows = {row.th.get_text(): row for row in html.tbody.find_all("tr")}
    text = {name: row.get_text(" ") for name, row in rows.items()}
    for part in ("1,234", EVIL, "MA1, 0.01", "0.750", "0.70 to 0.80", "1.0e-09", "too short"):
        assert part in text["good"]
    assert "and 1 repeat" in text["good"] and "earlier" not in text["good"]
    assert "none" in text["unlike"] and "nan" not in text["unlike"]
    assert "no motif found" in text["none"]
    assert "failed" in text["damaged"] and "results/damaged" in text["damaged"]
    assert f"failed : no {EVIL}  at all" in text["broken"]
    assert "ended after:  51%" in text["killed"] and len(text["killed"]) < 700
    assert "ended without a word" in text["silent"] and "not run" in text["waiting"]
    assert not html.find_all(["script", "b", "iframe", "object"])
    for link in html.find_all("a"):
        assert (page.parent / link["href"]).exists()
    assert rows["good"].find("a")["href"] == "results/good/report.html"
    assert all(image["src"].startswith("data:") for image in html.find_all("img"))


def test_the_table_says_the_same(page):
    found = pd.read_csv(page.with_name("index.tsv"), sep="\t", index_col="set")
    assert found["state"].to_dict() == {
        **dict.fromkeys(("good", "unlike", "none"), "done"),
        **dict.fromkeys(("damaged", "broken", "killed", "silent"), "failed"),
        "waiting": "not run",
    }
    good = found.loc["good"]
    assert (good["sequences"], good["motifs"], good["repeats"]) == (1234, 2, 1)
    assert good["match"] == EVIL and good["AUROC"] == 0.75 and np.isnan(good["central p-value"])
    assert EVIL in found.loc["broken", "error"]
    assert (good["file"], good["left out"], good["notes"]) == (
        "x.fa",
        "2: too short",
        SUMMARY["Notes"],
    )


def test_the_page_in_a_browser(page, browser):
    for width in (1100, 390):
        tab = browser.new_page(viewport={"width": width, "height": 900})
        told = []
        tab.on("console", lambda message, to=told: to.append(message.text))
        tab.on("dialog", lambda dialog, to=told: to.append(dialog.message))
        tab.goto(page.as_uri(), wait_until="load")
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert told == [] and not tab.evaluate(wide)
        if width == 1100:
            assert tab.query_selector(".scroll").evaluate("e => e.scrollWidth <= e.clientWidth")
        assert Axe().run(tab).response["violations"] == []
        tab.close()


# -------------------------------------------------------------------------------- the workflow


def snakemake(folder: Path, *arguments: str) -> list[str]:
    """The command over the sets in folder/sets, with its results in folder/many."""
    return [
        *(sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "workflow/Peaks.smk")),
        *("--directory", str(folder), *arguments, "--config", "sets=sets", "outdir=many"),
    ]


def call(command: list[str]) -> subprocess.CompletedProcess:
    env = {**environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=600)


@pytest.fixture
def three(tmp_path):
    """Two small sets with a motif, and one that is no FASTA."""
    rng = np.random.default_rng(0)
    (tmp_path / "sets").mkdir()
    for name in ("one", "two"):
        with (tmp_path / f"sets/{name}.fa").open("w") as file:
            for i in range(60):
                row = rng.integers(0, 4, 80, dtype=np.int8)
                row[34:46] = encode("GTTTCGCAATCC")
                file.write(f">r{i}\n{decode(row)}\n")
    (tmp_path / "sets/broken.fa").write_text("no sequence\n")
    return tmp_path


def states(folder: Path) -> dict[str, str]:
    found = pd.read_csv(folder / "many/index.tsv", sep="\t", index_col="set")
    return found["state"].to_dict()


@needs_snakemake
@pytest.mark.slow
def test_many_sets_one_of_them_broken(three):
    (three / "sets/two.fa").unlink()
    few = [*snakemake(three, "--cores", "1"), "epochs=2"]
    done = call(few)
    assert done.returncode != 0, "one has failed"
    assert states(three) == {"broken": "failed", "one": "done"}
    page = parsed(three / "many/index.html").get_text()
    assert "1 done" in page and "1 failed" in page and "broken.fa" in page
    report = three / "many/results/one/report.html"
    before = report.read_bytes(), report.stat().st_mtime_ns

    shutil.copy(three / "sets/one.fa", three / "sets/broken.fa")  # no more
    done = call(few)
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(states(three).values()) == {"done"}
    assert (report.read_bytes(), report.stat().st_mtime_ns) == before
    assert "Nothing to be done" in call(few).stderr

    plan = call([*snakemake(three, "-n"), "epochs=2", "seed=1"])
    assert plan.stdout.count("rule analysis:") == 2, "other options make other results"


@needs_snakemake
@pytest.mark.slow
def test_a_killed_set_is_analysed_by_the_same_command(three):
    (three / "sets/two.fa").unlink()
    (three / "sets/broken.fa").unlink()
    command = [*snakemake(three, "--cores", "1"), "epochs=6"]
    env = {**environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    log = three / "many/logs/one.log"
    deadline = time.monotonic() + 300
    while not (log.exists() and "GRIM" in log.read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    killpg(process.pid, SIGKILL)
    process.wait()
    assert "GRIM" in log.read_text(), "it was killed in training or later"
    assert not (three / "many/results/one/report.html").exists()
    done = call(command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert states(three) == {"one": "done"}


@needs_snakemake
@pytest.mark.slow
def test_sets_on_a_cluster_are_jobs_of_one_thread(three):
    if find_spec("snakemake_executor_plugin_slurm") is None:
        pytest.skip("THE SLURM EXECUTOR IS NOT INSTALLED: pip install -e .[workflow]")
    profile = str(ROOT / "workflow/profiles/slurm")
    plan = call(snakemake(three, "-n", "--workflow-profile", profile))
    assert plan.returncode == 0, plan.stderr
    jobs = plan.stdout.split("rule analysis:")[1:]
    assert len(jobs) == 3
    assert all("cpus_per_task=1" in job and "mem_mb=4000" in job for job in jobs)


@needs_snakemake
@pytest.mark.slow
def test_a_bad_list_is_refused_in_a_sentence(three):
    for arguments in (["colour=red"], []):
        command = snakemake(three, "-n")
        if not arguments:
            command[command.index("sets=sets")] = "sets=nowhere"
        done = call([*command, *arguments])
        said = done.stdout + done.stderr
        assert done.returncode != 0 and "Peaks.smk: " in said and "Traceback" not in said
