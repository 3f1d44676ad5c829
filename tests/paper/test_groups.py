"""The book's trials: what the groups hold, and that what chapters read is stored."""

from dataclasses import replace

import pytest

from grimlib.paper.__main__ import choose
from grimlib.paper.groups import CNN4, CNN25, GRIM1, GRIM2, GROUPS, by_seed, every_trial, in_turn
from grimlib.paper.tables import PAPER, stored_trials
from grimlib.paper.tasks import CONTRASTS
from grimlib.paper.trials import STORED, load_trial, stored_trial


def test_full_scale_is_what_the_paper_trains():
    for task, (model, grim, cnn) in {
        "task1": ("CNN-4", GRIM1, CNN4),
        "task2": ("CNN-25", GRIM2, CNN25),
    }.items():
        rows = GROUPS[task]
        assert set(PAPER[task]) == {"GRIM", model} <= set(rows)
        assert rows["GRIM"] == by_seed(grim, range(10), epochs=250)
        assert rows[model] == by_seed(cnn, range(10), epochs=250)
        assert rows["untrained"] == by_seed(grim, range(10), epochs=0)
        assert all(len(specs) >= 3 for specs in rows.values())
        pool_size, filters = {"task1": (4, 128), "task2": (25, 64)}[task]
        for spec in (grim, cnn):
            assert (spec.task, spec.pool_size, spec.n_filters) == (task, pool_size, filters)
            assert (spec.n_sequences, spec.batch_size, spec.views) == (25_000, 100, "both")
        assert (grim.model, cnn.model) == ("grim", "cnn")


def test_every_trial_comes_once_and_has_a_name_of_its_own():
    specs = every_trial()
    assert len({spec.filename for spec in specs}) == len(set(specs)) == len(specs)
    assert set(specs) == {spec for rows in GROUPS.values() for row in rows.values() for spec in row}
    for rows in GROUPS.values():
        assert len(set(map(tuple, rows.values()))) == len(rows)  # no row is another one


def test_short_trials_come_first_and_no_row_waits_for_another():
    specs = in_turn(GROUPS["task2"])
    assert [spec.epochs for spec in specs] == sorted(spec.epochs for spec in specs)
    first = [spec for spec in specs if spec.epochs == 250][:4]
    assert first == [row[0] for name, row in GROUPS["task2"].items() if name != "untrained"]


def test_grim_with_its_own_encoding_is_trained_for_one_group_only():
    rows = GROUPS["encoding"]
    assert rows["Task 2, both views, h same"] == GROUPS["lengths"]["GRIM, 5 epochs"]
    assert rows["Task 1, both views, h same"][0] == GRIM1
    for views in ("position", "filter"):
        both = GROUPS["choices"][f"{views} views"]
        assert rows[f"Task 2, {views} views, h same"][:2] == both


def test_starts_are_compared_with_everything_else_equal():
    rows = GROUPS["starts"]
    for filters in (6, 8, 16, 32, 64):
        for start, seeds in dict(words=10, glorot=10, windows=3).items():
            (spec, *others) = rows[f"Task 2, {start}, d = {filters}, epochs 2"]
            assert (spec.start, spec.n_filters, spec.epochs) == (start, filters, 2)
            assert replace(spec, start="glorot", n_filters=GRIM2.n_filters, epochs=5) == GRIM2
            assert [other.seed for other in others] == list(range(1, seeds))
    (spec, *others) = rows["Task 1, words, no F, d = 32, epochs 250"]
    as_usual = dict(start="glorot", n_filters=GRIM1.n_filters, epochs=5, width=128)
    assert replace(spec, **as_usual) == GRIM1 and len(others) == 9
    for name, specs in rows.items():
        assert specs[0].start in name and all(spec.start == specs[0].start for spec in specs)
    assert rows["Task 1, CNN-4, glorot, epochs 5"] == GROUPS["exponential"]["Task 1, CNN-4"]


def test_headline_rows_are_trained_on_five_data_sets_and_longer_on_three_more():
    for name, specs in GROUPS["variance"].items():
        pairs = [(spec.seed, spec.data_seed) for spec in specs]
        if name.endswith("250 epochs"):
            assert pairs == [(0, 1), (1, 2), (2, 3)] and {s.epochs for s in specs} == {250}
        else:
            assert sorted(pairs) == [(seed, data) for seed in range(3) for data in range(5)]
    assert GRIM2 in GROUPS["variance"]["Task 2, GRIM"]  # trained for other groups as well


def test_labels_and_batch_normalisation_are_changed_one_at_a_time():
    rows = GROUPS["labels"]
    assert rows["Task 1, CNN-4, no batch normalisation, 250 epochs"] == by_seed(
        CNN4, range(10), batch_norm=False, epochs=250
    )
    assert rows["Task 2, labels on each filter"][0] == replace(GRIM2, model="filters")
    for contrast in CONTRASTS[1:]:
        assert rows[f"Task 2 against {contrast}, GRIM"][0] == replace(GRIM2, contrast=contrast)
    for name, specs in rows.items():
        assert len(specs) == (3 if "250" in name and "no batch" not in name else 10), name


def test_every_artifact_has_its_own_name_and_belongs_to_a_group():
    known = {spec.filename for spec in every_trial()}
    for path in STORED.glob("*.npz"):
        assert load_trial(path).spec.filename == path.name
        assert path.name in known


UNREAD = ("encoding", "starts", "labels", "variance", "finalists")
"""Groups whose trials are not all stored yet; chapters show rows of them that are."""


@pytest.mark.parametrize("group", [name for name in GROUPS if name not in UNREAD])
def test_what_chapters_read_is_stored(group):
    trials = stored_trials(GROUPS[group])
    assert {name: [trial.spec for trial in row] for name, row in trials.items()} == GROUPS[group]


def test_a_missing_trial_is_told_with_a_command_that_trains_it_alone(tmp_path):
    for rows in GROUPS.values():
        *_, (*_, spec) = rows.values()
        with pytest.raises(FileNotFoundError) as error:
            stored_trial(spec, tmp_path)
        _, command, _ = str(error.value).split("'")
        *start, name = command.split()
        assert start == ["python", "-m", "grimlib.paper", "run"]
        assert choose(name, None) == [spec]
