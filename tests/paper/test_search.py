"""The search of the literal reading: what is drawn, trained, kept, ranked and chosen."""

import json
import subprocess
import sys
from dataclasses import asdict

import numpy as np
import pytest

from grimlib.paper import groups, search
from grimlib.paper.evaluation import BOOK, SETTINGS
from grimlib.paper.tables import PAPER

pytestmark = pytest.mark.xdist_group("trials")


def made_up(spec, rates=(0.0, 0.0)):
    """What a training is kept as: the same TPR and FPR under all rules."""
    hits, strays = (round(rate * spec.n_filters) for rate in rates)
    counts = {"hits": [hits] * len(SETTINGS), "strays": [strays] * len(SETTINGS)}
    return {"spec": asdict(spec), **counts, "val_loss": 1.0, "collapsed": False, "provenance": {}}


def perfect(configuration):
    """The paper's own figures for a configuration's four trainings."""
    return [
        made_up(spec, [PAPER[task][model][figure][0] for figure in ("TPR", "FPR")])
        for (task, model), spec in search.trainings(configuration).items()
    ]


def write(target, records):
    target.write_text("".join(json.dumps(record) + "\n" for record in records))


# ------------------------------------------------------------------------------- configurations


def test_more_configurations_begin_with_the_same_and_the_plain_one():
    few, many = search.draw(20), search.draw(60)
    assert many[:20] == few and few[0] == search.PLAIN
    assert len({json.dumps(one) for one in many}) == 60
    for name, values in search.OPEN.items():
        assert {one[name] for one in many} == set(values)  # each is tried
    every = int(np.prod([len(values) for values in search.OPEN.values()]))
    assert len(search.draw(every)) == every
    with pytest.raises(ValueError, match=f"from 1 to {every}"):
        search.draw(every + 1)


def test_a_configuration_is_trained_on_both_tasks_with_both_models():
    configuration = dict(
        initializer="he_normal",
        batch_size=256,
        width="labels",
        activation="linear",
        drop_local=True,
        negatives="fixed",
    )
    specs = search.trainings(configuration)
    assert {(task, model) for task in PAPER for model in PAPER[task]} == set(specs)
    for (task, model), spec in specs.items():
        assert spec.task == task and (spec.model == "grim") == (model == "GRIM")
        assert (spec.initializer, spec.batch_size, spec.epochs) == ("he_normal", 256, 5)
        assert spec.seed == spec.data_seed == search.SEED
    first, second = specs["task1", "GRIM"], specs["task2", "GRIM"]
    assert (first.width, second.width, first.views) == (11, 1, "position")
    assert first.drop_local and first.negatives == "fixed" and first.activation == "linear"
    others = [s for rows in groups.GROUPS.values() for row in rows.values() for s in row]
    assert search.SEED not in {spec.data_seed for spec in others}
    wide = search.trainings(configuration | dict(width=64, activation="tanh"))
    assert wide["task1", "CNN-4"] == specs["task1", "CNN-4"]  # trained once for both


# ------------------------------------------------------------------------------- trainings


@pytest.fixture
def trained(monkeypatch):
    """The names of what was trained, without training it."""
    names = []
    monkeypatch.setattr(search, "train", lambda spec: names.append(spec.filename) or made_up(spec))
    return names


def test_what_is_finished_or_claimed_is_left_alone(trained, tmp_path):
    target, claims = tmp_path / "search.jsonl", tmp_path / "claims"
    specs = {s.filename: s for c in search.draw(2) for s in search.trainings(c).values()}
    first, second, *others = specs
    write(target, [made_up(specs[first])])
    program = (
        "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); "
        "print('claimed', flush=True); sys.stdin.read()"
    )
    claims.mkdir()
    command = [sys.executable, "-c", program, str(claims / f"{second}.claim")]
    pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with subprocess.Popen(command, **pipes) as other:
        assert other.stdout.readline() == b"claimed\n"
        assert list(search.search(2, target, claims)) == others == trained
        other.kill()  # its claim ends with it
    assert list(search.search(2, target, claims)) == [second]
    assert list(search.search(2, target, claims)) == []
    assert set(search.finished(target)) == set(specs) and list(claims.iterdir()) == []


def test_a_line_cut_off_by_a_crash_is_trained_again(trained, tmp_path):
    target = tmp_path / "search.jsonl"
    list(search.search(1, target, tmp_path))
    names = list(trained)
    target.write_bytes(target.read_bytes()[:-20])
    assert list(search.search(1, target, tmp_path)) == names[-1:]
    assert list(search.finished(target)) == names


@pytest.mark.parametrize("model", ["grim", "cnn"])
def test_a_training_keeps_counts_under_every_rule(model):
    spec = groups.replace(
        groups.GRIM2, model=model, n_filters=3, epochs=1, n_sequences=300, views="position"
    )
    record = json.loads(json.dumps(search.train(spec)))
    assert search.TrialSpec(**record["spec"]) == spec
    assert len(record["hits"]) == len(record["strays"]) == len(SETTINGS)
    assert {"versions", "date", "seconds"} <= record["provenance"].keys()
    assert record["collapsed"] is False and record["val_loss"] > 0


def test_a_diverged_training_is_kept_as_such(monkeypatch):
    def diverges(spec):
        raise RuntimeError("training diverged")

    monkeypatch.setattr(search, "run", diverges)
    record = search.train(groups.GRIM2)
    assert record == {"spec": asdict(groups.GRIM2), "diverged": "training diverged"}


# ------------------------------------------------------------------------------- ranking


def test_distance_is_the_root_mean_square_over_eight_figures():
    specs = search.trainings(search.PLAIN)
    records = dict(zip(specs, perfect(search.PLAIN), strict=True))
    assert search.distances(records) == pytest.approx(np.zeros(72), abs=0.006)  # whole filters
    records["task1", "GRIM"] = made_up(specs["task1", "GRIM"], (0.429, 0.021))  # 0.5 too few
    expected = np.full(72, 0.5 / np.sqrt(8))
    assert search.distances(records) == pytest.approx(expected, abs=0.003)
    # One rule of evaluation may suit it better.
    rule = BOOK | dict(fraction=0.7)
    row = (SETTINGS[list(rule)] == list(rule.values())).all(axis=1).to_numpy().argmax()
    records["task1", "GRIM"]["hits"][row] = round(0.929 * 128)
    assert search.distances(records).min() < 0.006
    records["task2", "GRIM"] = {"spec": asdict(specs["task2", "GRIM"]), "diverged": "so"}
    assert np.isinf(search.distances(records)).all()


def test_the_nearest_come_first_and_are_chosen_with_the_plain_one(tmp_path):
    target, finalists = tmp_path / "search.jsonl", tmp_path / "finalists.json"
    assert len(search.ranking(6, target)) == 0
    drawn = search.draw(6)
    records = [perfect(drawn[3])]
    for i in (0, 1, 2, 4, 5):
        off = [made_up(s, (i / 20, 0)) for s in search.trainings(drawn[i]).values()]
        records.append(off)
    unique = {json.dumps(r["spec"]): r for group in reversed(records) for r in group}
    write(target, list(unique.values())[:-1])
    with pytest.raises(ValueError, match="5 of 6|4 of 6|3 of 6"):
        search.choose(6, target, finalists)
    write(target, unique.values())
    table = search.ranking(6, target)
    assert len(table) == 6 and table["distance"].is_monotonic_increasing
    assert table.loc[0, list(search.OPEN)].to_dict() == drawn[3]
    assert (table["distance"] <= table["by the book's rules"]).all()
    assert table.loc[0, "task1 GRIM TPR"] == round(0.929 * 128) / 128
    chosen = search.choose(6, target, finalists)
    assert [c["name"] for c in chosen] == ["plain", "rank 1", "rank 2", "rank 3"]
    assert chosen[0]["configuration"] == search.PLAIN and chosen[1]["configuration"] == drawn[3]
    assert set(chosen[1]["rules"]) == set(SETTINGS)

    rows = groups._finalists(finalists)
    assert len(rows) == 16
    for name, specs in rows.items():
        assert name.split(", ")[1] in ("plain", "rank 1", "rank 2", "rank 3")
        assert {spec.epochs for spec in specs} == {250}
        assert [spec.data_seed for spec in specs] == list(range(200, 210))
