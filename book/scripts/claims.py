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
from grimlib import check_parameters

check_parameters(globals(), seed=0, most_trials=1)

# %%
from collections import defaultdict

import numpy as np
import pandas as pd

import grimlib
from grimlib import paper
from grimlib.paper import transfer

# %% [markdown]
# ## Reading the trials
#
# One group of trials for each model that a claim is about: at full scale, or in the {term}`reduced setting` of 5 epochs.

# %%
G1, C1, WIDE = ("task1", "GRIM"), ("task1", "CNN-4"), ("task1", "CNN-25")
G2, C2 = ("task2", "GRIM"), ("task2", "CNN-25")
FEW, MANY = ("redundancy", "16 filters"), ("redundancy", "128 filters")
ACTIVATIONS = [("exponential", row) for row in paper.GROUPS["exponential"]]


def chosen(specs):
    return [s for s in specs if seed <= s.seed < seed + most_trials]


there = {
    (group, row): paper.GROUPS[group][row]
    for group, row in (G1, C1, WIDE, G2, C2, FEW, MANY, *ACTIVATIONS)
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


def agreement(key):
    """The paper's figures beside ours, and Welch's test of each pair."""
    task, model = key
    of_task = {name: reports[task, name] for name in paper.PAPER[task]}
    table = paper.compare_with_paper(task, of_task)
    rows = table.loc[model].loc[["TPR", "FPR"]]
    figure = "; ".join(
        f"{name} {row['ours']} (paper {row['paper']})"
        for name, row in rows.iterrows()
    )
    if len(reports[key]) < 3:  # too few to test
        return figure, None
    tpr, fpr = rows["verdict"]
    judged = verdict(tpr.startswith("agrees") and fpr.startswith("agrees"))
    return figure, f"{judged}: TPR {tpr}, FPR {fpr}"


claims = []


def claim(statement, section, keys, judge, rule, where):
    """Judge a statement by its keys, if there are trials of each."""
    figure, judged = "", None
    if all(key in used for key in keys):
        figure, judged = judge(*keys)
        figure += f" [{'; '.join(dict.fromkeys(used[k] for k in keys))}]"
    claims.append(
        {
            "claim (section)": f"{statement} ({section})",
            "our figure": figure,
            "verdict": f"{judged or 'not tested'}. Rule: {rule}",
            "evidence": where,
        }
    )


# %% tags=["hide-input"]
claim(
    "The filters of supervised networks are mostly not whole motifs, but parts of them or mixtures.",
    "abstract",
    [C1],
    lambda key: (
        f"CNN-4, Task 1: {text(key, 'tpr')} of the filters match an embedded motif",
        below(key, "tpr", 0.5),
    ),
    "fewer than half of the filters, in every trial",
    "{numref}`tab-task1-full`",
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
for key in (G1, C1, G2, C2):
    task, model = key
    claim(
        f"The figures of {model} in Table {task[-1]}.",
        f"5, Table {task[-1]}",
        [key],
        agreement,
        "Welch's test finds no difference, p > 0.05, in TPR and in FPR",
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
        verdict(max(others) == 0, min(of_srf) > 0.5),
    )


claim(
    "It attends to SRF alone.",
    "5",
    [C2],
    attention,
    "no other motif in any trial; in part: SRF has most of the matching filters",
    "{ref}`Task 2 <task2-full-scale>`, {numref}`fig-choices-length`",
)


def solved(key):
    areas = np.array([t.metrics["test_auroc"] for t in trials[key]])
    enough = (areas > 0.99) & (values(key, "recall") < 1)
    judged = verdict(enough.all(), enough.any())
    return f"test AUROC {areas.mean():.4f}", judged


claim(
    "The reason: SRF alone solves the task, and then nothing is left to learn.",
    "5",
    [C2],
    solved,
    "AUROC of 0.99 or more, with motifs missed, in every trial",
    "{doc}`Task 2 <task2>`",
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
    "{numref}`fig-redundancy-clusters`",
)
claim(
    "It learns what is hard to learn with labels.",
    "6",
    [G2, C2],
    lambda a, b: (
        f"Task 2, motif recall {text(a, 'recall')} against {text(b, 'recall')}",
        higher(a, b, "recall"),
    ),
    "higher recall than the supervised network, in all pairs of trials",
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
        "AUROC, all labels, best supervised network against regression on h. "
        + "; ".join(figures),
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
        + "; ".join(figures),
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
groups = [grimlib.cluster_motifs(report.motifs) for report in reports[G2]]


def repeated(key):
    active = [len(report.motifs) for report in reports[key]]
    distinct = [len(group) for group in groups]
    return (
        f"{np.mean(active):.0f} active filters make {np.mean(distinct):.1f} clusters",
        verdict(np.divide(distinct, active).max() < 0.25),
    )


claim(
    "Filters learn motifs well, but repeat one another to a large degree.",
    "6",
    [G2],
    repeated,
    "fewer than a quarter as many clusters as filters, in every trial",
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

# %% tags=["table", "remove-output"]
table = pd.DataFrame(claims)
table

# %% tags=["remove-cell"]
from IPython.display import Markdown
from myst_nb import glue

glue(
    "claims-table",
    Markdown(table.to_markdown(index=False, disable_numparse=True)),
    display=False,
)
glue("claims-total", len(table), display=False)
for key, words in {
    "holds": "**holds**",
    "part": "holds in part",
    "fails": "does not hold",
}.items():
    count = int(table["verdict"].str.contains(words, regex=False).sum())
    glue(f"claims-{key}", count, display=False)

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
# - the verdicts on {glue:text}`claims-total` statements: *holds* for {glue:text}`claims-holds`, *holds in part* for {glue:text}`claims-part` and *does not hold* for {glue:text}`claims-fails`;
# - where the evidence for each is, so that a reader who doubts one can look at its trials, or train more of them.
