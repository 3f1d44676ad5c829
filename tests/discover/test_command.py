"""The command `grim`, and the function behind it: what they take, refuse and write."""

import json

import numpy as np
import pytest
from click.testing import CliRunner, Result

from grimlib.discover import Settings, analyse, analysis
from grimlib.discover.command import main
from grimlib.motifs import load_jaspar, write_meme

pytestmark = pytest.mark.xdist_group("discover")

SMALL = ("--n-filters", "4", "--epochs", "3")


def grim(*words) -> Result:
    """No exception but an exit comes through: there is never a traceback."""
    result = CliRunner().invoke(main, list(map(str, words)))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def settings(folder) -> dict:
    return json.loads((folder / "settings.json").read_text())


@pytest.fixture
def no_work(monkeypatch):
    """Training counts as work."""
    monkeypatch.setattr(analysis, "train", None)


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help(flag):
    result = grim(flag)
    assert result.exit_code == 0
    text = " ".join(result.output.split())
    assert "grim peaks.fa --outdir results/" in text
    for name, value in {**vars(Settings()), "targets": "JASPAR2016"}.items():
        option = text[text.index(f"--{name.replace('_', '-')} ") :]
        assert option[option.index("[default: ") :].startswith(f"[default: {value}]")


FILES_OF_OPTIONS = ("--outdir", "--targets", "--genome", "--control")


def test_what_is_given_is_checked_before_any_work(fasta, tmp_path, no_work):
    used = tmp_path / "used"
    used.mkdir()
    (used / "notes.txt").write_text("mine")
    protein = tmp_path / "protein.fa"
    protein.write_text(">p\nMKVLEF\n")
    regions = tmp_path / "peaks.bed"
    regions.write_text("chr1\t0\t200\n")
    before = sorted(tmp_path.rglob("*"))
    new = tmp_path / "new"
    for code, words, named in (
        (1, (tmp_path / "none.fa", "--outdir", new), "none.fa does not exist; check"),
        (1, (protein, "--outdir", new), "protein.fa: record 1 ('p'): 'L' at position 4"),
        (1, (fasta, "--outdir", used), f"{used} is not empty"),
        (1, (fasta, "--outdir", used, "--overwrite"), "notes.txt"),
        (1, (fasta, "--outdir", new, "--targets", "none.meme"), "none.meme does not exist"),
        (1, (fasta, "--outdir", new, "--targets", "JASPAR1999"), "JASPAR1999"),
        (1, (fasta, "--outdir", new, "--strands", 3), "strands is 3; give"),
        (1, (fasta, "--outdir", new, "--genome", fasta), "peaks.fa is FASTA, where no genome"),
        (1, (regions, "--outdir", new, "--genome", "none.fa"), "none.fa is no file"),
        (1, (regions, "--outdir", new), "(regions need a genome)"),
        (1, (fasta, "--outdir", new, "--genome", fasta, "--peak-width", 5), "peak_width is 5"),
        (1, (fasta, "--outdir", new, "--control", "none.fa"), "none.fa does not exist"),
        (1, ("", "--outdir", new), "fasta is empty"),
        *((1, (fasta, option, ""), f"{option[2:]} is empty") for option in FILES_OF_OPTIONS),
        (2, (fasta, "--outdir", new, "--n-filters", "many"), "'--n-filters': 'many'"),
        (2, (fasta, "--outdir", new, "--views", "foo"), "'foo' is not one of"),
        (2, (fasta, "--outdir", new, "--strand", 1), "'--strands'"),
        (2, (), "'FASTA'"),
    ):
        result = grim(*words)
        assert result.exit_code == code, (words, result.output)
        assert named in result.output and "Error: " in result.output
        assert "Traceback" not in result.output
    assert sorted(tmp_path.rglob("*")) == before


def test_an_unknown_setting_is_named(fasta, tmp_path, no_work):
    with pytest.raises(TypeError, match="stands"):
        analyse(fasta, tmp_path / "new", stands=1)


def test_the_command_and_the_function_give_the_same(fasta, tmp_path):
    """By the function, numbers and paths are as other libraries have them."""
    targets = tmp_path / "some.meme"
    write_meme(targets, load_jaspar()[:100])
    folder = tmp_path / "results"
    command = (fasta, "--outdir", folder, "--targets", targets, *SMALL)
    result = grim(*command)
    assert result.exit_code == 0 and "finished after 3 epochs" in result.output
    assert str(folder / "report.html") in result.output
    assert grim(*command).exit_code == 1, "the folder is not empty"
    assert grim(*command, "--overwrite").exit_code == 0
    whole = analyse(
        fasta,
        tmp_path / "whole",
        targets,
        n_filters=np.int64(4),
        epochs=3,
        seed=np.int8(),
    )
    assert whole.report == tmp_path / "whole" / "report.html"
    assert whole.training.outcome == "finished"
    ours, expected = settings(folder), settings(whole.report.parent)
    assert expected["targets"] == str(targets)
    for name in ("settings", "history", "sequences"):
        assert ours[name] == expected[name]


@pytest.mark.parametrize("step", ["read_peaks", "train", "find_motifs"])
def test_an_interrupt_writes_nothing(fasta, tmp_path, monkeypatch, step):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(analysis, "train", lambda *_: None)
    monkeypatch.setattr(analysis, step, interrupt)
    result = grim(fasta, "--outdir", tmp_path / "results")
    assert result.exit_code == 130 and "Interrupted" in result.output
    assert list(tmp_path.iterdir()) == []


def test_options_may_be_written_as_the_chapter_writes_them(fasta, tmp_path, monkeypatch):
    taken = []

    def train(tokens, settings, control):
        taken.append(settings)
        raise OSError("no space")

    monkeypatch.setattr(analysis, "train", train)
    for option in ("--n-filters", "--n_filters"):
        result = grim(fasta, "--outdir", tmp_path / "results", option, 7, "--seed", 3)
        assert result.exit_code == 1 and "Error: no space" in result.output
    assert taken == 2 * [Settings(n_filters=7, seed=3)]
