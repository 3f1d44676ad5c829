"""Regions of a genome: their windows and strands, the genome's index, and what is refused."""

import gzip
import json
import os
import stat
import threading

import numpy as np
import pytest
from Bio import bgzf

from grimlib.discover import read_peaks
from grimlib.discover.regions import read_regions
from grimlib.sequences import decode, reverse_complement

LINE = 60


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GRIMLIB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "genomes"


@pytest.fixture(scope="module")
def chromosomes():
    """Of 150,000, 3,000 and 400 nt: more than two blocks of bgzip, and not whole lines."""
    rng = np.random.default_rng(0)
    lengths = {"chr1": 150_000, "chr2": 3_000, "chrM": 400}
    return {name: rng.integers(0, 4, n, dtype=np.int8) for name, n in lengths.items()}


@pytest.fixture(scope="module")
def text(chromosomes):
    lines = []
    for name, tokens in chromosomes.items():
        letters = decode(tokens)
        lines += [f">{name} assembly"] + [
            letters[i : i + LINE] for i in range(0, len(letters), LINE)
        ]
    return "\n".join(lines) + "\n"


@pytest.fixture(params=["genome.fa", "genome.fa.gz"])
def genome(request, text, tmp_path):
    """A plain one and a bgzipped one, in a folder that cannot be written to."""
    folder = tmp_path / "genomes"
    folder.mkdir()
    path = folder / request.param
    with (bgzf.open if path.suffix == ".gz" else open)(path, "wb") as file:
        file.write(text.encode())
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    yield path
    folder.chmod(stat.S_IRWXU)


@pytest.fixture
def plain(text, tmp_path):
    path = tmp_path / "plain.fa"
    path.write_text(text)
    return path


@pytest.fixture
def bed(tmp_path):
    def write(*rows, name="peaks.bed"):
        path = tmp_path / name
        path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
        return path

    return write


def narrow(chromosome, start, end, summit, strand="."):
    return chromosome, start, end, "peak", 500, strand, 7.5, 3.2, -1, summit


def read(*arguments, **options):
    return {name: decode(row) for name, row in read_regions(*arguments, **options)}


def test_windows_around_summits_and_middles(genome, bed, chromosomes, cache):
    """In a file's order; across a block of bgzip, and across lines."""
    path = bed(
        narrow("chr1", 65_000, 66_000, 700),
        narrow("chr2", 1_000, 1_301, -1),
        narrow("chr1", 500, 900, 0),
    )
    found = read(path, genome)
    with pytest.warns(UserWarning, match="^1 regions tell no summit, .* their middle"):
        read(path, genome)
    places = [("chr1", 65_600, 65_800), ("chr2", 1_050, 1_250), ("chr1", 400, 600)]
    assert list(found) == [f"{name}:{start}-{end}" for name, start, end in places]
    for (name, start, end), letters in zip(places, found.values(), strict=True):
        assert letters == decode(chromosomes[name][start:end])
    assert os.listdir(genome.parent) == [genome.name]
    assert len(os.listdir(cache)) == 1
    (index,) = cache.iterdir()
    before = {file.name: file.stat().st_mtime_ns for file in index.iterdir()}
    assert read(path, genome) == found
    assert before == {file.name: file.stat().st_mtime_ns for file in index.iterdir()}, "kept"


def test_every_place_of_a_compressed_genome(genome, bed, chromosomes):
    """Also where a block starts."""
    starts = sorted({*range(0, 149_000, 997), *range(65_536 - 1_300, 65_536)})
    path = bed(*(("chr1", start, start + 30) for start in starts))
    for start, letters in zip(starts, read(path, genome, 0).values(), strict=True):
        assert letters == decode(chromosomes["chr1"][start : start + 30])


def test_a_width_of_zero_takes_regions_as_they_are(plain, bed):
    rows = [("chr1", 10, 50), ("chr1", 100, 1_100), narrow("chr2", 0, 3_000, 5)]
    assert [len(row) for row in read(bed(*rows), plain, 0).values()] == [40, 1_000, 3_000]
    assert [len(row) for row in read(bed(*rows[1:2]), plain, 31).values()] == [31]


def test_a_bed_file_with_headers_and_spaces_and_compressed(plain, tmp_path):
    path = tmp_path / "peaks.bed.gz"
    text = "track name=x\n#chrom start end\n\nchr1 100 300\r\nchr2\t100\t300\tx\n"
    path.write_bytes(gzip.compress(text.encode()))
    assert list(read(path, plain)) == ["chr1:100-300", "chr2:100-300"]


def test_windows_are_cut_at_the_ends_of_chromosomes_and_it_is_said(plain, bed):
    path = bed(("chrM", 0, 20), ("chrM", 390, 400), ("chrM", 100, 300))
    with pytest.warns(UserWarning, match="2 regions were cut"):
        found = read(path, plain)
    assert list(found) == ["chrM:0-110", "chrM:295-400", "chrM:100-300"]


def test_strands_count_where_they_are_asked_for(plain, bed, chromosomes):
    rows = [("chr1", 1_000, 1_200, "a", 0, strand) for strand in "+-."]
    sequence = chromosomes["chr1"][1_000:1_200]
    with pytest.warns(UserWarning, match="1 regions have no strand"):
        found = read(bed(*rows), plain, strands=1)
    assert found == {
        "chr1:1000-1200(+)": decode(sequence),
        "chr1:1000-1200(-)": decode(reverse_complement(sequence)),
        "chr1:1000-1200(.)": decode(sequence),
    }
    assert read(bed(*rows), plain) == {"chr1:1000-1200": decode(sequence)}


@pytest.mark.parametrize("strands", [1, 2])
def test_peaks_know_their_places(plain, bed, strands):
    rows = [("chr1", 500 * i, 500 * i + 200, "a", 0, "+-"[i % 2]) for i in range(30)]
    peaks = read_peaks(bed(*rows), plain, strands=strands)
    assert peaks.places == [
        ("chr1", start, end, strands == 1 and strand == "-") for _, start, end, *_, strand in rows
    ]
    assert peaks.given == {"genome": "plain.fa", "peak_width": 200}
    of_numpy = read_peaks(bed(*rows), plain, np.int64(200), strands=strands)
    assert json.dumps(of_numpy.given) == json.dumps(peaks.given)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("1", 10, 50), r"31 of 62.*'1' \(line 2\); there it is 'chr1'.*sed 's/\^/chr/'"),
        (("chr9", 10, 50), r"'chr9' \(line 2\); leave these regions out"),
        (("chr2", 2_900, 3_001), "line 2: chr2:2900-3001 ends beyond chr2, which has 3,000 nt"),
        (("chr1", "start", "end"), "line 2 is 'chr1.*BED has chromosome, start and end"),
        (("chr1", 10), "line 2 is 'chr1.*BED has chromosome, start and end"),
        (("chr1", 50, 50), "line 2 starts at 50 and ends at 50"),
        (("chr1", -5, 50), "line 2 starts at -5"),
        (narrow("chr1", 10, 50, 40), "line 2 has its summit 40 nt from the start of 40 nt"),
        (("", "chr1", 10, 50), r"line 2 is 'chr1\\t10.*BED has chromosome"),
        (narrow("chr1", 10, 50, "x"), "line 2 is 'chr1.*the summit in column 10"),
        ((">chr1 1000",), "peaks.bed is FASTA.*leave genome out"),
    ],
)
def test_bad_regions_are_named(plain, bed, row, message):
    good = [("chr1", 500 * i, 500 * i + 200) for i in range(31)]
    with pytest.raises(ValueError, match=message):
        read_peaks(bed(good[0], *31 * [row], *good[1:]), plain)


def test_a_genome_without_the_prefix(bed, text, tmp_path):
    genome = tmp_path / "ensembl.fa"
    genome.write_text(text.replace(">chr", ">"))
    with pytest.raises(ValueError, match=r"there it is '2'.*sed 's/\^chr//' peaks.bed"):
        read(bed(("chr2", 10, 50)), genome)
    with pytest.raises(ValueError, match="it has 1, 2, M and so on"):
        read(bed(("II", 10, 50)), genome)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes as on POSIX")
def test_a_control_of_regions_through_a_pipe_is_read_whole(plain, bed, tmp_path):
    """It may be FASTA as well, and which, its first line tells: a pipe is opened once."""
    others = [("chr1", i, i + 200) for i in range(2_000)]
    read = read_peaks(bed(*others[:30]), plain, control=bed(*others, name="others.bed"))
    os.mkfifo(tmp_path / "pipe")
    text = (tmp_path / "others.bed").read_bytes()
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(text,))
    writer.start()
    piped = read_peaks(bed(*others[:30]), plain, control=tmp_path / "pipe")
    writer.join()
    assert len(piped.control) == len(read.control) == 2_000
    np.testing.assert_array_equal(piped.control, read.control)
    fasta = tmp_path / "others.fa"
    fasta.write_text("\n" + "".join(f">{i}\n{decode(row)}\n" for i, row in enumerate(read.control)))
    again = read_peaks(bed(*others[:30]), plain, control=fasta)
    np.testing.assert_array_equal(again.control, read.control)


def test_a_file_of_regions_without_a_genome_or_without_regions(plain, bed):
    with pytest.raises(ValueError, match=r"peaks.bed starts with 'chr1.*need a genome"):
        read_peaks(bed(("chr1", 10, 50)))
    with pytest.raises(ValueError, match="peaks.bed holds no regions"):
        read_peaks(bed(("# nothing",)), plain)


@pytest.mark.parametrize("width", [-1, 19, 5_001, 20.5])
def test_bad_widths(plain, bed, width):
    with pytest.raises(ValueError, match="peak_width is"):
        read_peaks(bed(("chr1", 10, 50)), plain, width)


def test_bad_genomes_are_named(bed, text, tmp_path):
    path, genome = bed(("chr1", 10, 50)), tmp_path / "bad.fa.gz"
    with pytest.raises(FileNotFoundError, match=r"bad.fa.gz is no file"):
        read(path, genome)
    for content, message in (
        (gzip.compress(text.encode()), "bad.fa.gz is compressed in a way.*bgzip"),
        (text.encode(), "bad.fa.gz cannot be used as a genome"),
    ):
        genome.write_bytes(content)
        with pytest.raises(ValueError, match=message):
            read(path, genome)
    with bgzf.open(genome, "wb") as file:
        file.write(text.encode())
    genome.write_bytes(genome.read_bytes()[:-40])
    with pytest.raises(ValueError, match="cannot be used as a genome"):
        read(path, genome)
    genome = tmp_path / "bad.fa"
    for content in ("", "ACGT\n", ">chr1\nACGT\nA\nACGT\n", ">chr1\nACGT\n>chr1\nACGT\n"):
        genome.write_text(content)
        with pytest.raises(ValueError, match="cannot be used as a genome"):
            read(path, genome)
    genome.write_text(">chr1\n" + "MKVLEF" * 50 + "\n")
    with pytest.raises(ValueError, match="bad.fa: chr1:10-50: 'E' at position 1"):
        read(path, genome, 0)


def test_an_index_beside_the_genome_is_used_unless_it_is_older(plain, bed, cache):
    path = bed(("chr1", 100, 300))
    expected = read(path, plain)
    (index,) = cache.glob("*/*.fai")
    beside = plain.with_name("plain.fa.fai")
    beside.write_bytes(index.read_bytes())
    index.unlink()
    assert read(path, plain) == expected, "the one in the cache is gone"
    beside.write_text("chr1\tnonsense\n")
    os.utime(beside, (0, 0))
    index.parent.rmdir()
    assert read(path, plain) == expected
    assert beside.read_text() == "chr1\tnonsense\n"


def test_a_cache_that_cannot_be_written_to_is_named(genome, bed, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GRIMLIB_CACHE", str(tmp_path / "file"))
    with pytest.raises(OSError, match="GRIMLIB_CACHE"):
        read(bed(("chr1", 10, 50)), genome)
