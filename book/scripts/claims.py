# ---
# jupyter:
#   jupytext:
#     cell_metadata_filter: all
#     notebook_metadata_filter: kernelspec,jupytext,-jupytext.text_representation.jupytext_version
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %%

# %% [markdown]
# # The paper's claims, one by one
#
# **What you will see.** Every empirical statement of the paper's abstract and of its sections 5 and 6, in our own words, with our figure, a verdict and the place in this book
# where the evidence is. **What it needs.** The stored trials; the other chapters say how they come about. **How long it takes.** A minute or two, most
# of it for matching filters with {term}`Tomtom`.
#
# Figures and verdicts are computed from the artifacts in `data` whenever this page is built. Most trials are of the paper's full 250 epochs, the others
# of 5. Each figure says which, and of how many trials. A verdict follows a
# rule that its row states, and nothing else:
#
# ```bash
# papermill book/claims.ipynb out.ipynb -p seed 3 -p most_trials 1
# ```

# %% tags=["parameters"]
seed: int = 0  # of the first trial that is used
most_trials: int = 10  # trials used of each model at most

# %% tags=["remove-cell"]
from grimlib.paper import check_parameters

check_parameters(globals(), seed=0, most_trials=1)

# %%
from collections import defaultdict

import numpy as np
import pandas as pd

import grimlib
from grimlib import paper
from grimlib.paper import transfer
from grimlib.paper.statistics import welch_interval

# %% [markdown]
# ## Reading the trials
#
# One group of trials for each model that a claim is about: at full scale, or in the {term}`reduced setting` of 5 epochs.

# %%
G1, C1, WIDE = ("task1", "GRIM"), ("task1", "CNN-4"), ("task1", "CNN-25")
G2, C2 = ("task2", "GRIM"), ("task2", "CNN-25")
LITERAL = {  # the paper's loss to the letter: a sum over positions only
    G1: ("task1", "GRIM, position views"),
    G2: ("task2", "GRIM, position views"),
}
FEW, MANY = ("redundancy", "16 filters"), ("redundancy", "128 filters")
ACTIVATIONS = [("exponential", row) for row in paper.GROUPS["exponential"]]


def chosen(specs):
    return [s for s in specs if seed <= s.seed < seed + most_trials]


there = {
    (group, row): paper.GROUPS[group][row]
    for group, row in (
        *(G1, C1, WIDE, G2, C2, FEW, MANY),
        *LITERAL.values(),
        *ACTIVATIONS,
    )
}
trials = paper.stored_trials({key: chosen(there[key]) for key in there})
reports = paper.report_trials(trials)
runs = {s: transfer.load_run(s) for s in chosen(transfer.every_run())}

# What a figure comes from, for its brackets.
used = {
    key: f"{len(group)} of {len(there[key])} × {group[0].spec.epochs} epochs"
    for key, group in trials.items()
    if group
}
if runs:
    used["runs"] = f"{len({spec.seed for spec in runs})} seeds"

# %% [markdown]
# ## The claims
#
# A few lines turn a group of trials into a figure and a rule into a verdict. "In part" means: on average, but not in every trial, or for one part of the statement.
# A statement about GRIM is judged twice. The *literal reading* is the paper's loss to the letter, a sum over positions. The *adopted reading* adds a sum over filters and is this book's own
# ({ref}`background:views`). Figures of a table count as reproduced if the 95% interval of the difference from the paper's mean (Welch's) lies within ±0.05.


# %% tags=["hide-input"]
def values(key, figure):
    return np.array([getattr(report, figure) for report in reports[key]])


def text(key, figure):
    """Mean and range of a figure."""
    found = values(key, figure)
    spread = f" ({found.min():.2f} to {found.max():.2f})"
    return f"{found.mean():.2f}" + spread * (len(found) > 1)


def verdict(always, on_average=False):
    return (
        "**holds**"
        if always
        else "*holds in part*"
        if on_average
        else "**does not hold**"
    )


def higher(a, b, figure):
    """Whether a's figure is above b's: in all pairs, or on average."""
    x, y = values(a, figure), values(b, figure)
    return verdict(x.min() > y.max(), x.mean() > y.mean())


def bound(key, figure, all_above, mean_above):
    x = values(key, figure)
    return verdict(x.min() >= all_above, x.mean() >= mean_above)


def below(key, figure, limit):
    x = values(key, figure)
    return verdict(x.max() < limit, x.mean() < limit)


def shown(a, b, figure):
    """Whether a's figure is above b's on average, and the test of that."""
    two = {"a": reports[a], "b": reports[b]}
    name = {v: k for k, v in paper.FIGURES.items()}[figure]
    row = paper.compare_models(two, "a", "b").loc[name]
    if not row["p"]:
        return None
    above = values(a, figure).mean() > values(b, figure).mean()
    held = above and float(row["p"]) <= 0.05
    return f"{'**holds**' if held else '**not shown**'} (p = {row['p']})"


def reproduction(key):
    """The paper's figures beside ours, and the interval of the difference."""
    task, model = key
    published = paper.PAPER[task][model.split(",")[0]]
    figures, inside = [], []
    for name, (mean, spread) in published.items():
        ours = values(key, paper.FIGURES[name])
        if len(ours) < 3:
            return "", None
        difference, low, high = welch_interval(
            (mean, spread, paper.PAPER_TRIALS),
            (ours.mean(), ours.std(ddof=1), len(ours)),
        )
        inside.append(-MARGIN < low and high < MARGIN)
        figures.append(
            f"{name} {ours.mean():.3f}, paper {mean:.3f}: "
            f"{difference:+.3f} [{low:+.3f}, {high:+.3f}]"
        )
    judged = "**reproduced**" if all(inside) else "**not reproduced**"
    return "; ".join(figures), judged


claims = []
MARGIN = 0.05  # a twentieth of the filters


def claim(statement, section, keys, judge, rule, where):
    """Judge a statement by its keys, if there are trials of each."""
    readings = {"": keys}
    if set(keys) & set(LITERAL):
        literal = [LITERAL.get(key, key) for key in keys]
        readings = {"adopted reading: ": keys, "literal: ": literal}
    figures, verdicts = [], []
    for reading, ones in readings.items():
        figure, judged = "", None
        if judge and all(key in used for key in ones):
            figure, judged = judge(*ones)
            sources = dict.fromkeys(used[key] for key in ones)
            figures.append(f"{reading}{figure} [{'; '.join(sources)}]")
        verdicts.append(f"{reading}{judged or 'not tested'}")
    claims.append(
        {
            "claim (section)": f"{statement} ({section})",
            "our figure": "; ".join(figures),
            "verdict": f"{'; '.join(verdicts)}. Rule: {rule}",
            "evidence": where,
        }
    )


# %% tags=["hide-input"]
claim(
    "Filters of supervised networks are often not whole motifs, but parts of them or mixtures.",
    "abstract",
    [C1, C2, WIDE],
    lambda *keys: (
        "filters that match an embedded motif: "
        + "; ".join(
            f"{row}, Task {task[-1]}: {text((task, row), 'tpr')}"
            for task, row in keys
        ),
        verdict(
            all(values(key, "tpr").max() < 0.5 for key in keys),
            any(values(key, "tpr").max() < 0.5 for key in keys),
        ),
    ),
    "fewer than half of the filters, in every trial of all three; in part: of one",
    "{numref}`tab-task1-full`, {numref}`tab-task2-full`",
)
claim(
    "GRIM learns more of the embedded motifs than a supervised CNN-4.",
    "abstract, 5",
    [G1, C1],
    lambda a, b: (
        f"motif recall {text(a, 'recall')} against {text(b, 'recall')}",
        higher(a, b, "recall"),
    ),
    "higher recall, in all pairs of trials",
    "{numref}`tab-task1-full`",
)
claim(
    "More of GRIM's filters match an embedded motif than of CNN-4's.",
    "5",
    [G1, C1],
    lambda a, b: (
        f"TPR {text(a, 'tpr')} against {text(b, 'tpr')}",
        higher(a, b, "tpr"),
    ),
    "higher TPR, in all pairs of trials",
    "{numref}`tab-task1-full`",
)
claim(
    "Fewer of GRIM's filters match only motifs that were not embedded.",
    "5",
    [G1, C1],
    lambda a, b: (
        f"FPR {text(a, 'fpr')} against {text(b, 'fpr')}",
        higher(b, a, "fpr"),
    ),
    "lower FPR, in all pairs of trials",
    "{numref}`tab-task1-full`",
)
claim(
    "On Task 2, more of GRIM's filters match an embedded motif than of CNN-25's, and fewer match only others.",
    "5",
    [G2, C2],
    lambda a, b: (
        f"TPR {text(a, 'tpr')} against {text(b, 'tpr')}, "
        f"FPR {text(a, 'fpr')} against {text(b, 'fpr')}",
        verdict(
            values(a, "tpr").min() > values(b, "tpr").max()
            and values(a, "fpr").max() < values(b, "fpr").min(),
            values(a, "tpr").mean() > values(b, "tpr").mean()
            and values(a, "fpr").mean() < values(b, "fpr").mean(),
        ),
    ),
    "higher TPR and lower FPR, in all pairs of trials; in part: on average",
    "{numref}`tab-task2-full`",
)
for key in (G1, C1, G2, C2):
    task, model = key
    claim(
        f"The figures of {model} in Table {task[-1]}.",
        f"5, Table {task[-1]}",
        [key],
        reproduction,
        "the 95% interval of each difference lies within ±0.05",
        f"{{ref}}`Task {task[-1]} <{task}-full-scale>`",
    )
claim(
    "A supervised CNN-25 trained on Task 1 learns all its motifs …",
    "5",
    [WIDE],
    lambda key: (
        f"motif recall {text(key, 'recall')}",
        bound(key, "recall", 1, 0.9),
    ),
    "all eleven, in every trial; in part: nine tenths on average",
    "{ref}`Task 1 <task1-full-scale>`",
)
claim(
    "… and nearly all of its filters match one.",
    "5",
    [WIDE],
    lambda key: (f"TPR {text(key, 'tpr')}", bound(key, "tpr", 0.9, 0.9)),
    "nine tenths of the filters, in every trial; in part: on average",
    "{ref}`Task 1 <task1-full-scale>`",
)
claim(
    "On Task 2, CNN-25 does not learn all motifs, although it is built to.",
    "abstract, 5",
    [C2],
    lambda key: (
        f"motif recall {text(key, 'recall')}",
        below(key, "recall", 1),
    ),
    "fewer than six, in every trial",
    "{numref}`tab-task2-full`",
)


def attention(key):
    of_srf, others = [], []
    for report in reports[key]:
        best = report.table["ground_truth"]
        of_srf.append((best == "SRF").sum() / max((best != "").sum(), 1))
        others.append(len(report.found) - ("SRF" in report.found))
    return (
        f"{np.mean(of_srf):.2f} of its matching filters match SRF best; "
        f"{np.mean(others):.1f} other motifs are found",
        verdict(max(others) == 0, np.mean(others) < 1),
    )


claim(
    "It attends to SRF alone.",
    "5",
    [C2],
    attention,
    "no other motif in any trial; in part: fewer than one on average",
    "{ref}`Task 2 <task2-full-scale>`, {numref}`fig-choices-length`",
)


claim(
    "The reason: SRF alone solves the task, and then nothing is left to learn.",
    "5",
    [C2],
    lambda key: (
        f"test AUROC {np.mean([t.metrics['test_auroc'] for t in trials[key]]):.4f}",
        None,
    ),
    "none; what the network uses beside SRF was not measured",
    "{numref}`fig-choices-length`",
)
claim(
    "GRIM reliably finds all six motifs of Task 2, SRF and the weak ones.",
    "abstract, 5",
    [G2],
    lambda key: (
        f"motif recall {text(key, 'recall')}; all six in "
        f"{(values(key, 'recall') == 1).sum()} of {len(trials[key])} trials",
        bound(key, "recall", 1, 0.9),
    ),
    "all six, in every trial; in part: nine tenths on average",
    "{ref}`Task 2 <task2-full-scale>`",
)


def interpretable(*keys):
    a, b = (bound(key, "tpr", 0.9, 0.9) for key in keys)
    first, second = (text(key, "tpr") for key in keys)
    judged = a if a == b else verdict(False, True)
    return f"TPR {first} on Task 1, {second} on Task 2", judged


claim(
    "GRIM's first-layer filters are easy to interpret.",
    "6",
    [G1, G2],
    interpretable,
    "nine tenths of the filters match an embedded motif, in every trial of both",
    "{numref}`tab-task1-full`, {numref}`tab-task2-full`",
)
claim(
    "It learns what is hard to learn with labels.",
    "6",
    [G2, C2],
    lambda a, b: (
        f"Task 2, motif recall {text(a, 'recall')} against {text(b, 'recall')}",
        shown(a, b, "recall"),
    ),
    "higher mean recall than the supervised network, exact permutation test at p ≤ 0.05",
    "{ref}`Task 2 <task2-full-scale>`",
)

# %% [markdown]
# The statements on what to do with GRIM rest on the runs of {doc}`discussion` and {doc}`redundancy`.

# %% tags=["hide-input"]
areas = defaultdict(list)  # test AUROC of every seed
for spec, run in runs.items():
    for result in run.get("probes", [run]):
        start = result.get("features", spec.start)
        labels = result.get("labels", spec.labels)
        areas[spec.task, start, labels].append(result["auroc"])


def falls_short(_, *networks):
    figures, every = [], []
    for task in ("task1", "task2"):
        best = max(
            np.mean([t.metrics["test_auroc"] for t in trials[key]])
            for key in networks
            if key[0] == task
        )
        found = areas[task, "h", 17_500]
        figures.append(
            f"Task {task[-1]}: {best:.4f} against {np.mean(found):.4f}"
        )
        every.append(best > max(found))
    return (
        "AUROC, all labels, best supervised network (250 epochs) against regression on h "
        "(of GRIM after 5 epochs). " + "; ".join(figures),
        verdict(all(every), any(every)),
    )


claim(
    "Predictors on the global encoding fall short of supervised networks.",
    "6",
    ["runs", C1, WIDE, C2],
    falls_short,
    "the network's mean above every regression, on both tasks; in part: on one",
    "{ref}`probe <discussion:probe>`",
)


def transferred(_):
    figures, every = [], []
    for task in ("task1", "task2"):
        x, y = areas[task, "frozen", 100], areas[task, "random", 100]
        figures.append(
            f"Task {task[-1]}: {np.mean(x):.3f} against {np.mean(y):.3f}"
        )
        every.append(min(x) > max(y))
    return (
        "AUROC, 100 labels, GRIM's filters frozen against random. "
        + "; ".join(figures)
        + ". On Task 2, GRIM itself is trained on what the label says, sequence or shuffle",
        verdict(all(every), any(every)),
    )


claim(
    "The local representations may help supervised learning by transfer.",
    "6",
    ["runs"],
    transferred,
    "frozen higher, for all pairs of seeds, on both tasks",
    "{ref}`transfer <discussion:transfer>`",
)


def crowding(*keys):
    figures, shares = [], []
    for key in keys:
        best = [report.table["ground_truth"] for report in reports[key]]
        share = [
            b[b != ""].value_counts(normalize=True).max() for b in best
        ]
        figures.append(
            f"Task {key[0][-1]}: {np.mean(share):.2f} of the matching filters on one motif"
        )
        shares += share
    return "; ".join(figures), verdict(
        min(shares) > 0.5, np.mean(shares) > 0.5
    )


claim(
    "Filters learn motifs well, but repeat one another to a large degree.",
    "6",
    [G1, G2],
    crowding,
    "more than half of the matching filters on one motif, in every trial of both tasks; in part: on average",
    "{doc}`redundancy <redundancy>`",
)
claim(
    "Good performance needs a large number of filters.",
    "6",
    [MANY, FEW],
    lambda a, b: (
        f"motif recall {text(a, 'recall')} with 128 filters, {text(b, 'recall')} with 16",
        higher(a, b, "recall"),
    ),
    "higher recall with 128 than with 16 filters, in all pairs of trials",
    "{numref}`tab-redundancy`",
)


def merged(key):
    groups = [
        grimlib.cluster_motifs(report.motifs) for report in reports[key]
    ]
    kept = []
    for report, group in zip(reports[key], groups, strict=True):
        matches = grimlib.tomtom(
            [cluster.motif for cluster in group], grimlib.load_jaspar()
        )
        names = set(map(paper.ground_truth_name, matches["Target_ID"]))
        found = names & set(report.found)
        kept.append(len(found) / max(len(report.found), 1))
    return (
        f"{np.mean([len(group) for group in groups]):.1f} merged motifs match "
        f"{np.mean(kept):.2f} of the motifs that the filters had found",
        verdict(min(kept) == 1, np.mean(kept) >= 0.9),
    )


claim(
    "Fewer, distinct dimensions could make GRIM easier to interpret.",
    "6",
    [G2],
    merged,
    "none is lost by merging, in any trial; in part: nine tenths on average",
    "{numref}`fig-redundancy-clusters`",
)


def activation(*keys):
    better, figures = [], []
    for relu, exponential in zip(keys[::2], keys[1::2], strict=True):
        better += [
            values(exponential, figure).mean() > values(relu, figure).mean()
            for figure in ("tpr", "recall")
        ]
        figures.append(
            f"{relu[1][:6]}: TPR {text(exponential, 'tpr')} against {text(relu, 'tpr')}, "
            f"motif recall {text(exponential, 'recall')} against {text(relu, 'recall')}"
        )
    return (
        "exponential against ReLU. " + "; ".join(figures),
        verdict(all(better), any(better)),
    )


claim(
    "The design of a network can make supervised features more robust (exponential activations).",
    "1",
    ACTIVATIONS,
    activation,
    "higher mean TPR and higher mean recall, on both tasks; in part: one of them on one task",
    "{numref}`tab-exponential`",
)

# %% tags=["hide-input"]
for statement, section, where in (
    (
        "Missing the weak motifs is inherent to supervised learning.",
        "5",
        "{numref}`fig-choices-length`",
    ),
    (
        "GRIM's loss represents the mutual information of local and global encodings.",
        "3",
        "{doc}`background`",
    ),
    (
        "Redundancy comes from how filters are initialised.",
        "6",
        "{doc}`redundancy`",
    ),
    (
        "On real data, the shortcut would give an incomplete picture.",
        "5",
        "{doc}`your_sequences`",
    ),
):
    claim(statement, section, [], None, "none yet", where)

# %% tags=["table", "remove-output"]
table = pd.DataFrame(claims)
table

# %% tags=["remove-cell"]
paper.glue_all(
    "claims",
    {"table": table.set_index("claim (section)"), "total": len(table)},
)

# %% [markdown]
# :::{table} The paper's empirical statements. In brackets: how many of the stored trials the figure comes from, and their epochs; or the number of seeds.
# :name: tab-claims
#
# ```{glue:md} claims-table
# :format: myst
# ```
# :::
#
# ## In this chapter we saw
#
# - a verdict on each of {glue:text}`claims-total` statements, for the adopted and for the literal reading where they differ, or that it is not tested here;
# - where the evidence for each is, so that a reader who doubts one can look at its trials, or train more of them.
