"""The results' folder: complete, readable by other tools, safe to send, whole or not there."""

import base64
import errno
import json
import os
import re
import resource
from dataclasses import replace
from pathlib import Path

import html5lib
import matplotlib.pyplot as plt
import memelite.io
import numpy as np
import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from Bio import motifs as bio_motifs
from bs4 import BeautifulSoup

from grimlib.compiled import CompiledGRIM
from grimlib.discover import (
    FILES,
    Settings,
    Training,
    check_outdir,
    find_motifs,
    load_targets,
    read_peaks,
    report,
    summarise_run,
    write_results,
)
from grimlib.discover.centrality import CENTRAL_COLUMNS
from grimlib.discover.learning import POOL_SIZE
from grimlib.matches import TOMTOM_COLUMNS
from grimlib.motifs import Motif, load_jaspar, read_meme
from grimlib.sequences import decode, encode, reverse_complement

pytestmark = pytest.mark.xdist_group("report")

WORDS = ("TGACCTAAGTGA", "GTTTCGCAATCC")
EVIL = '<script>alert("x")</script>&\'"<b>'
SETTINGS = Settings(n_filters=3, epochs=3)


@pytest.fixture(scope="module")
def peaks(tmp_path_factory):
    """220 sequences with two motifs, in records that are named to do harm."""
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("fasta") / "peaks.fa"
    with path.open("w") as file:
        for i in range(220):
            row = rng.integers(0, 4, rng.integers(60, 81), dtype=np.int8)
            row[5:17] = encode(WORDS[0])
            if i % 2:
                row[40:52] = encode(WORDS[1])
            file.write(f">{EVIL}{i} {EVIL}\n{decode(row)}NNN\n")
        file.write(">short\nACGT\n")
    return read_peaks(path)


def network(length: int, *words: str) -> CompiledGRIM:
    """With filters for words; a third filter never fires."""
    model = CompiledGRIM(SETTINGS.n_filters, length, POOL_SIZE, "both", 0)
    model.kernel[:], model.bias[:] = 0, -100
    for i, word in enumerate(words):
        model.kernel[3:15, :, i], model.bias[i] = np.eye(4)[encode(word)], -9.5
    return model


@pytest.fixture(scope="module")
def training(peaks):
    history = {"loss": [70.0, 60.0, 50.123], "val_loss": [71.0, 61.0, 51.0]}
    return Training(network(peaks.tokens.shape[1], *WORDS), history, "finished", 8.32)


@pytest.fixture(scope="module")
def discovery(peaks, training):
    evil = Motif("<img/src=x>", np.eye(4)[encode(WORDS[1])] * 0.88 + 0.03, alt=EVIL)
    found = find_motifs(training, peaks.tokens, SETTINGS, [*load_jaspar(), evil])
    assert len(found.motifs) == 2 and evil.alt in found.table["match"].tolist()
    return found


@pytest.fixture
def write(peaks, training, discovery):
    def to_folder(outdir, source="peaks.fa", training=training, discovery=discovery, **arguments):
        return write_results(
            outdir, source, peaks, SETTINGS, training, discovery, "JASPAR2016", **arguments
        )

    return to_folder


@pytest.fixture
def quick(monkeypatch):
    """For tests of the folder, not of what is in it: two files are all that is written."""

    def write_files(folder, *_):
        for name in ("settings.json", "report.html"):
            (folder / name).write_text("new")

    monkeypatch.setattr(report, "_write_files", write_files)


@pytest.fixture
def nothing(peaks):
    """A training that found nothing, by its outcome."""

    def made(outcome):
        history = {"loss": [69.3] * 3, "val_loss": [69.3] * 3}
        model = network(peaks.tokens.shape[1])
        training = Training(model, history, outcome, 8.32)
        return training, find_motifs(training, peaks.tokens, SETTINGS, load_jaspar())

    return made


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def strict_json(path: Path) -> dict:
    """NaN and Infinity are not JSON."""

    def refuse(constant):
        raise ValueError(constant)

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


def parsed(path: Path) -> BeautifulSoup:
    """The page, after strict parsing: any error of HTML5 raises."""
    text = path.read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(text)
    return BeautifulSoup(text, "html.parser")


# ------------------------------------------------------------------------------------- the files


def test_everything_is_there(write, tmp_path, discovery):
    path = write(tmp_path / "a" / "results")
    assert path == tmp_path / "a" / "results" / "report.html" and path.is_absolute()
    names = set(contents(path.parent))
    logos = {
        f"logos/{m.name}{way}.{kind}"
        for m in discovery.motifs
        for way in ("", "_rc")
        for kind in ("png", "svg")
    }
    assert names == {"report.html", *(name for name in FILES if name[-1] != "/")} | logos
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["results"]
    assert oct(path.parent.stat().st_mode)[-3:] == "755"
    assert all(contents(path.parent).values()), "none is empty"


def test_other_tools_read_the_files(write, tmp_path, discovery, peaks, training):
    folder = write(tmp_path / "results").parent

    for name, motifs in (("motifs.meme", discovery.motifs), ("filters.meme", discovery.filters)):
        ours = read_meme(folder / name)
        assert [m.name for m in ours] == [m.name for m in motifs]
        theirs = memelite.io.read_meme(str(folder / name))
        with (folder / name).open() as file:
            biopython = bio_motifs.parse(file, "minimal")
        assert len(theirs) == len(biopython) == len(motifs)
        for motif, ppm, record in zip(motifs, theirs.values(), biopython, strict=True):
            assert record.name == motif.name
            np.testing.assert_allclose(ppm.T, motif.ppm, atol=2e-6)
            columns = [record.pwm[letter] for letter in "ACGT"]
            np.testing.assert_allclose(np.transpose(columns), motif.ppm, atol=2e-2)

    tomtom = pd.read_csv(folder / "tomtom.tsv", sep="\t")
    assert tuple(tomtom.columns) == TOMTOM_COLUMNS and len(tomtom) == len(discovery.matches)

    tsv = pd.read_csv(folder / "sites.tsv", sep="\t")
    bed = [line.split("\t") for line in (folder / "sites.bed").read_text().splitlines()]
    assert len(bed) == len(tsv) == len(discovery.sites)
    length = dict(zip(peaks.ids, peaks.lengths, strict=True))
    for record, start, end, motif, score, strand in bed:
        assert 0 <= int(start) < int(end) <= length[record]
        assert motif in {m.name for m in discovery.motifs} and strand in "+-"
        assert 0 <= int(score) <= 1000
    assert set(tsv["sequence_name"]) <= set(peaks.ids)

    with np.load(folder / "filters.npz") as filters:
        np.testing.assert_array_equal(filters["kernel"], training.model.kernel)
        np.testing.assert_array_equal(filters["bias"], training.model.bias)

    for motif in discovery.motifs:
        logo = folder / "logos" / motif.name
        assert logo.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
        assert b"<svg" in logo.with_suffix(".svg").read_bytes()


def test_settings(write, tmp_path, peaks, discovery):
    about = strict_json(
        write(tmp_path / "results", source="/some/where/x.fa").parent / "settings.json"
    )
    assert about["source"] == "x.fa" and about["sequences"] == peaks.fingerprint
    assert Settings(**about["settings"]) == SETTINGS
    assert about["outcome"] == "finished"
    assert about["history"]["loss"] == [70.0, 60.0, 50.123]
    for row, (_, expected) in zip(about["motifs"], discovery.table.iterrows(), strict=True):
        for name, value in row.items():
            missing = isinstance(expected[name], float) and np.isnan(expected[name])
            assert value == (None if missing else expected[name]), "in full precision"
    assert {"numba", "grimlib"} <= about["provenance"]["versions"].keys()


@pytest.mark.parametrize("p", [3.3e-13, 1e-200, 0.0, np.nan])
def test_small_and_missing_numbers_stay_what_they_are(write, tmp_path, discovery, p):
    table = discovery.table.assign(**{"E-value": p if p == p else 0.04, "match E-value": p})
    if np.isnan(p):
        table = table.assign(match="", Target_ID="")
    path = write(tmp_path / "results", discovery=replace(discovery, table=table))
    about = strict_json(path.parent / "settings.json")
    assert about["motifs"][0]["match E-value"] == (None if np.isnan(p) else p)
    text = parsed(path).get_text()
    assert "nan" not in text
    if p == 0:
        assert "< 1e-300" in text


def test_one_seed_gives_the_same_bytes(write, tmp_path):
    """But for the dates in settings and report."""
    one, two = (contents(write(tmp_path / name).parent) for name in ("one", "two"))
    dated = {"settings.json", "report.html"}
    assert {n: b for n, b in one.items() if n not in dated} == {
        n: b for n, b in two.items() if n not in dated
    }


# ------------------------------------------------------------------------------------ the report


def test_the_report_is_one_safe_page(write, tmp_path):
    source = f"/data/{EVIL.replace('/', '|')}.fa"
    path = write(tmp_path / "results", source=source)
    page, text = parsed(path), path.read_text()
    assert page.find_all(["script", "iframe", "object", "embed", "b"]) == []
    assert page.h1.get_text() == f"Motifs in {Path(source).name}" == page.title.get_text()
    assert EVIL in page.get_text(), "a match's name is shown as it is"
    assert not [key for tag in page.find_all() for key in tag.attrs if key.startswith("on")]
    # It needs nothing else, from the network or beside it, and links to the files beside it.
    links = {link["href"] for link in page.find_all("a")}
    assert links == set(FILES) and all((path.parent / link).exists() for link in links)
    needed = [
        tag[key]
        for tag in page.find_all(lambda tag: tag.name != "a")
        for key in ("src", "href", "data")
        if key in tag.attrs
    ]
    assert needed and all(link.startswith("data:") for link in needed)
    assert not re.search(r"(?i)https?://|@import|url\(", text)
    for image in page.find_all("img"):
        assert image["alt"]
        svg = base64.b64decode(image["src"].removeprefix("data:image/svg+xml;base64,"))
        assert b"<svg" in svg and b"<script" not in svg


def test_the_report_says_what_was_found(write, tmp_path, discovery, peaks, training):
    page = parsed(write(tmp_path / "results"))
    tables = page.find_all("table")
    motifs, summary, settings = (
        [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")]
        for table in tables
    )
    assert summary == [list(item) for item in summarise_run(peaks, training, discovery).items()]
    header, *rows = motifs
    for row, (_, expected) in zip(rows, discovery.table.iterrows(), strict=True):
        cells = dict(zip(header, row, strict=True))
        assert cells["Motif"] == f"{expected['motif']}{expected['filters']} filter" + "s" * (
            expected["filters"] != 1
        )
        assert cells["Share with a site"] == f"{expected['share']:.1%}"
        assert cells["by chance"] == f"{expected['shuffled share']:.1%}"
        assert cells["AUROC (95%)"].startswith(f"{expected['AUROC']:.3f}")
        p = expected["central p-value"]
        told = "not central" if p > 0.05 else f"{expected['central share']:.0%} in middle "
        assert cells["Central p-value"].startswith(f"{report.small(p)}{told}")
        assert cells["Sites"] == str(expected["sites"])
        assert cells["Best match"].startswith(expected["match"] or "none")
        assert float(cells["Enrichment E-value"]) == pytest.approx(expected["E-value"], rel=0.1)
    assert ["n_filters", "3"] in settings and ["seed", "0"] in settings
    assert page.select_one(".verdict").get_text().startswith("2 motifs")
    for name in FILES:
        assert any(name in item.get_text() for item in page.find_all("li"))


def test_repeats_have_their_own_table(write, tmp_path, discovery):
    table = discovery.table.assign(repeat=["", "simple repeat"])
    page = parsed(write(tmp_path / "one", discovery=replace(discovery, table=table)))
    assert [h.get_text() for h in page.find_all("h2")][:2] == ["Motifs", "Repeats"]
    motifs, repeats = page.find_all("table")[:2]
    assert "simple repeat" in repeats.get_text() and "simple" not in motifs.get_text()
    assert page.select_one(".verdict").get_text().startswith("1 motif and 1 repeat")
    table = discovery.table.assign(repeat="simple repeat")
    only = replace(discovery, table=table)
    page = parsed(write(tmp_path / "two", discovery=only))
    assert "apart from 2 repeats" in page.select_one(".verdict").get_text()
    assert "Motifs" not in [h.get_text() for h in page.find_all("h2")]


def test_places_are_relative_to_each_sequence(peaks, discovery):
    """The first motif was planted at 5 to 17, in sequences of 63 to 83 nt."""
    for motif in discovery.motifs:
        figure = report._draw_places(motif.name, peaks, discovery)
        sites = discovery.sites[discovery.sites["motif"] == motif.name]
        middle = [
            (start + end) / 2 / peaks.lengths[n]
            for n, start, end in sites[["sequence", "start", "end"]].itertuples(index=False)
        ]
        heights = [bar.get_height() for bar in figure.axes[0].patches]
        np.testing.assert_array_equal(heights, np.histogram(middle, np.linspace(0, 1, 22))[0])
        plt.close(figure)


@pytest.mark.parametrize("strands", [1, 2])
def test_both_strands_are_drawn_where_sites_lie_on_both(tmp_path, logos, strands):
    motif = Motif("motif_1", np.eye(4)[encode(WORDS[0])] * 0.88 + 0.03)
    images = report._draw_logos(motif, tmp_path, strands)
    drawn = [heights for _, heights in logos]
    assert len(images) == len(drawn) == strands and len(set(images.values())) == strands
    assert f"consensus {WORDS[0]}" in images
    if strands == 2:
        np.testing.assert_allclose(drawn[1], drawn[0][::-1, ::-1])
        assert f"reverse complement, {decode(reverse_complement(encode(WORDS[0])))}" in images
    names = {"motif_1", "motif_1_rc"} if strands == 2 else {"motif_1"}
    assert {path.stem for path in tmp_path.iterdir()} == names


def test_nothing_of_a_logo_is_cut_off(write, tmp_path, discovery):
    """Its margins are given, not measured."""
    folder = write(tmp_path / "results").parent
    for motif in discovery.motifs:
        image = plt.imread(folder / "logos" / f"{motif.name}.png")[..., :3]
        labels = image[:, : int(0.4 * 200)]  # inches, dots per inch
        assert (labels < 0.5).any(axis=2).any(axis=1).mean() > 0.2
        for edge in (image[:, 0], image[:, -1], image[0], image[-1]):
            assert (edge == 1).all()


def test_a_motif_that_fits_nowhere_else_has_no_central_p_value(write, tmp_path, discovery):
    table = discovery.table.assign(**dict.fromkeys(CENTRAL_COLUMNS, np.nan))
    path = write(tmp_path / "results", discovery=replace(discovery, table=table))
    page = parsed(path)
    assert "too short" in page.table.get_text() and "too short" in page.find_all("p")[1].get_text()
    assert strict_json(path.parent / "settings.json")["motifs"][0][CENTRAL_COLUMNS[0]] is None


def test_summary(peaks, training, discovery):
    summary = summarise_run(peaks, training, discovery)
    assert summary["Sequences read"] == "221" and summary["Sequences used"] == "220"
    assert summary["Left out"] == "1: fewer than 20 known nucleotides"
    assert summary["Length"] == f"{peaks.lengths.min()} to {peaks.lengths.max()} nt"
    assert summary["Characters not ACGT"].startswith(f"660 of {peaks.lengths.sum():,} ")
    for part in ("finished", "3 epochs", "50.12", "8.32"):
        assert part in summary["Training"]
    assert summary["Active filters"] == "2 of 3"
    assert summary["Motifs"] == "2 of 2 tested"


def changed(training: Training, **changes) -> Training:
    return Training(**{**vars(training), **changes})


@pytest.mark.parametrize("outcome", ["finished", "collapsed"])
def test_without_a_motif(write, tmp_path, nothing, outcome):
    training, found = nothing(outcome)
    path = write(tmp_path / "results", training=training, discovery=found)
    page = parsed(path)
    verdict = page.select_one(".verdict").get_text()
    assert "No motif" in verdict and ("collapsed" in verdict) == (outcome == "collapsed")
    names = set(contents(path.parent))
    assert not {"motifs.meme", "filters.meme"} & names
    assert not [name for name in names if name.startswith("logos/")]
    items = " ".join(item.get_text() for item in page.find_all("li"))
    assert "motifs.meme" not in items and "sites.bed" in items
    assert len(pd.read_csv(path.parent / "tomtom.tsv", sep="\t")) == 0
    assert len(pd.read_csv(path.parent / "sites.tsv", sep="\t")) == 0
    assert (path.parent / "sites.bed").read_text() == ""
    summary = strict_json(path.parent / "settings.json")["summary"]
    assert summary["Training"].startswith(outcome)
    assert summary["Motifs"] == "no motif found (0 tested)"


HOSTILE = ["../../x", "/etc/passwd", "x" * 5_000, "\u202eabc", "\x1b[31mred", EVIL, "$(touch x)"]


def test_hostile_names_stay_names(tmp_path, peaks, training):
    """Of records, motifs, files and databases: no file elsewhere, no markup, no command."""
    (tmp_path / "in").mkdir()
    fasta = tmp_path / "in" / f"{'x' * 150}<img src=q>\u202e\n.fa"
    rows = [decode(row[:length]) for row, length in zip(peaks.tokens, peaks.lengths, strict=True)]
    names = [HOSTILE[i % len(HOSTILE)] for i in range(len(rows))]
    records = zip(names, rows, strict=True)
    fasta.write_text("".join(f">{name}\n{row}\n" for name, row in records), encoding="utf-8")
    counts = [
        "".join(
            f"{i} {' '.join('09'[x == letter] for x in 'ACGT')}\n"
            for i, letter in enumerate(word, start=1)
        )
        for word in WORDS
    ]
    database = tmp_path / "in" / "motifs.transfac"
    database.write_text(
        "".join(
            f"AC ../../{i}\nNA {name}\nP0 A C G T\n{counts[i % 2]}XX\n//\n"
            for i, name in enumerate(HOSTILE)
        ),
        encoding="utf-8",
    )
    before = set(tmp_path.rglob("*"))
    with pytest.warns(UserWarning, match="became codes"):
        targets = load_targets(database)
    hostile = read_peaks(fasta)
    found = find_motifs(training, hostile.tokens, SETTINGS, targets)
    assert len(found.motifs) == 2
    for name in [target.alt for target in targets]:
        motifs = [replace(motif, alt=name) for motif in found.motifs]
        table = found.table.assign(match=name)
        written = replace(found, motifs=motifs, table=table)
        path = write_results(
            tmp_path / "out" / "results",
            fasta,
            hostile,
            SETTINGS,
            training,
            written,
            f"../<b>{name[:50]}\n",
            overwrite=True,
        )
        new = set(tmp_path.rglob("*")) - before - {tmp_path / "out", path.parent}
        assert new and all(one.is_relative_to(path.parent) for one in new)
        assert set(path.parent.rglob("*.png")) == {
            path.parent / "logos" / f"{motif.name}{way}.png"
            for motif in found.motifs
            for way in ("", "_rc")
        }
        page = parsed(path)
        assert str(tmp_path) not in page.get_text(), "where a file lies is nobody's business"
        assert not page.find_all(["script", "b", "iframe", "object", "form"])
        assert all(image["src"].startswith("data:") for image in page.find_all("img"))
        for one in ("sites.bed", "sites.tsv", "motifs.meme"):
            assert not {"\x1b", "\u202e"} & set((path.parent / one).read_text(encoding="utf-8"))
        lines = (path.parent / "sites.bed").read_text(encoding="utf-8").splitlines()
        assert {line.count("\t") for line in lines} == {5} and len(lines) == len(found.sites)
        assert len(read_meme(path.parent / "motifs.meme")) == len(found.motifs)


def test_no_error_and_no_request_in_a_browser(write, tmp_path, browser):
    """Chromium shows it without a console message; axe finds nothing that keeps readers out."""
    path = write(tmp_path / "results", source=f"{EVIL.replace('/', '|')}.fa")
    for scheme, width in (("light", 1280), ("light", 1100), ("dark", 390)):
        page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
        messages, requests = [], []
        page.on("console", lambda message, to=messages: to.append(message.text))
        page.on("pageerror", lambda error, to=messages: to.append(str(error)))
        page.on("dialog", lambda dialog, to=messages: to.append(dialog.message))
        page.on("request", lambda request, to=requests: to.append(request.url))
        page.goto(path.as_uri(), wait_until="load")
        assert messages == []
        assert {url.split(":")[0] for url in requests} <= {"file", "data"}
        assert sum(url.startswith("file:") for url in requests) == 1
        broken = "Array.from(document.images).filter(i => !i.naturalWidth).length"
        assert page.evaluate(broken) == 0
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not page.evaluate(wide), "the page does not scroll sideways"
        if width >= 1100:
            for table in page.query_selector_all(".scroll"):
                assert table.evaluate("one => one.scrollWidth <= one.clientWidth")
        assert Axe().run(page).response["violations"] == []
        page.close()


# ---------------------------------------------------------------------------- whole, or not at all


def test_checking_makes_nothing(tmp_path):
    check_outdir(tmp_path / "a" / "results")
    assert list(tmp_path.iterdir()) == []


def test_the_working_directory_may_be_the_folder(tmp_path, monkeypatch, write, quick):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert write(".") == tmp_path / "here" / "report.html"


def test_an_empty_folder_and_a_link_to_one_are_written_to(tmp_path, write, quick):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    path = write(tmp_path / "link")
    assert path == tmp_path / "real" / "report.html" and path.exists()
    assert (tmp_path / "link").is_symlink()


def results(folder: Path, names=("settings.json", "report.html")) -> Path:
    folder.mkdir()
    for name in names:
        (folder / name).write_text("old")
    return folder


@pytest.mark.parametrize(
    ("names", "overwrite", "message"),
    [
        (["notes.txt"], False, "not empty.*another folder.*overwrite=True"),
        (["settings.json"], False, "not empty"),
        (["notes.txt"], True, "notes.txt.*another folder"),
        (["settings.json", "notes.txt"], True, "notes.txt"),
        (["report.html"], True, "no settings.json"),
    ],
)
def test_what_is_there_is_not_overwritten(tmp_path, write, names, overwrite, message):
    folder = results(tmp_path / "results", names)
    for refuse in (check_outdir, write):
        with pytest.raises(ValueError, match=message) as error:
            refuse(folder, overwrite=overwrite)
        assert str(folder) in str(error.value)
    assert contents(folder) == {name: b"old" for name in sorted(names)}
    assert list(tmp_path.iterdir()) == [folder]


def test_an_empty_name_is_not_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="outdir is empty"):
        check_outdir("")


def test_a_file_in_the_way(tmp_path):
    file = tmp_path / "results"
    file.write_text("file")
    with pytest.raises(ValueError, match="results is a file.*folder"):
        check_outdir(file, overwrite=True)
    for below in (file / "below", file / "further" / "below"):
        with pytest.raises(OSError, match=f"{below}.*folder elsewhere"):
            check_outdir(below)
    assert contents(tmp_path) == {"results": b"file"}


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_where_nobody_may_write():
    """Not even root writes to /proc."""
    with pytest.raises(OSError, match="/proc/results.*folder elsewhere"):
        check_outdir("/proc/results")


def test_a_mount_point_cannot_be_replaced(tmp_path, monkeypatch):
    (tmp_path / "volume").mkdir()
    monkeypatch.setattr(Path, "is_mount", lambda self: self.name == "volume")
    with pytest.raises(ValueError, match="volume is a mount point.*a folder in it"):
        check_outdir(tmp_path / "volume")
    check_outdir(tmp_path / "volume" / "results")


def test_overwriting_replaces_the_whole_folder(tmp_path, write, quick):
    folder = results(tmp_path / "results")
    (folder / "logos").mkdir()
    (folder / "logos" / "motif_99.svg").write_text("old")
    write(folder, overwrite=True)
    assert contents(folder) == {"report.html": b"new", "settings.json": b"new"}
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("old", [True, False])
def test_a_full_disk_changes_nothing(tmp_path, write, monkeypatch, old):
    def fail(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    folder = tmp_path / "results"
    if old:
        results(folder)
    before = contents(tmp_path)
    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(OSError, match=f"{folder}.*No space left.*run again"):
        write(folder, overwrite=old)
    assert contents(tmp_path) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["results"] * old


@pytest.mark.parametrize("limit", [0, 2_000, 60_000])
def test_files_that_cannot_grow(tmp_path, write, limit):
    """The operating system itself refuses to write any further."""
    folder = results(tmp_path / "results")
    before = contents(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        with pytest.raises(OSError, match="could not be written|nothing can be written"):
            write(folder, overwrite=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert contents(tmp_path) == before
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("failing", [1, 2])
@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_the_old_results_come_back(tmp_path, write, quick, monkeypatch, failing, error):
    """The last two steps move the old folder away and the new one to its place."""
    folder = results(tmp_path / "results")
    before = contents(tmp_path)
    move, count = os.replace, 0

    def replace_(source, target):
        nonlocal count
        if Path(source).is_dir():
            count += 1
            if count == failing:
                raise error("no")
        move(source, target)

    monkeypatch.setattr(os, "replace", replace_)
    with pytest.raises(error):
        write(folder, overwrite=True)
    assert contents(tmp_path) == before
    assert list(tmp_path.iterdir()) == [folder]


def test_an_interrupt_while_writing(tmp_path, write, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(report, "write_sites", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "results")
    assert list(tmp_path.iterdir()) == []
