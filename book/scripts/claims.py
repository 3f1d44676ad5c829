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
# Figures and verdicts are computed from the artifacts in `data` whenever this page is built. Where trials of the paper's full 250 epochs
# are stored, they are used; else those of 5 epochs. Each figure says which, and of how many trials. A verdict follows a
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
import sys
from dataclasses import replace

import numpy as np
import pandas as pd

import grimlib
from grimlib.trials import ROOT

sys.path.append(str(ROOT / "workflow"))
import transfer

# %% [markdown]
# ## Reading the trials
#
# One group of trials for each model that a claim is about: at full scale, and in the {term}`reduced setting` of 5 epochs.

# %%
first = grimlib.TrialSpec(
    task="task2",
    model="grim",
    pool_size=25,
    n_filters=64,
    epochs=5,
    seed=0,
    data_seed=0,
)
cnn25 = replace(first, model="cnn")
grim4 = replace(first, task="task1", pool_size=4, n_filters=128)
cnn4 = replace(grim4, model="cnn")
reduced = {
    ("task1", "GRIM"): [grim4],
    ("task1", "CNN-4"): [replace(cnn4, seed=k) for k in range(3)],
    ("task1", "CNN-25"): [
        replace(cnn4, pool_size=25, seed=k) for k in range(3)
    ],
    ("task2", "GRIM"): [replace(first, seed=k) for k in range(3)],
    ("task2", "CNN-25"): [replace(cnn25, seed=k) for k in range(3)],
    **{
        (task, "exponential"): [
            replace(cnn, first_activation="exponential", seed=k)
            for k in range(3)
        ]
        for task, cnn in (("task1", cnn4), ("task2", cnn25))
    },
    **{
        ("task2", d): [
            replace(first, n_filters=d, seed=k) for k in range(3)
        ]
        for d in (16, 128)
    },
}
full = {
    (task, name): specs
    for task in ("task1", "task2")
    for name, specs in grimlib.full_scale(task).items()
}


def chosen(specs):
    return [s for s in specs if seed <= s.seed < seed + most_trials]


trials, epochs, wanted, missing = {}, {}, {}, []
for key, specs in reduced.items():
    for group in (full.get(key, []), specs):
        found, lacking = grimlib.stored_trials({key: chosen(group)})
        trials[key], wanted[key] = found[key], len(chosen(group))
        if found[key]:
            epochs[key] = found[key][0].spec.epochs
            break
    missing += lacking
reports = {}
for key, group in trials.items():
    reports |= grimlib.report_trials({key: group})

runs = {
    spec: transfer.load_run(spec)
    for spec in chosen(transfer.every_run())
    if not transfer.is_missing(spec)
}

# %% [markdown]
# ## The claims
#
# A few lines turn a group of trials into a figure and a rule into a verdict. "In part" means: on average, but not in every trial, or for one part of the statement.


# %% tags=["hide-input"]
def values(key, figure):
    return np.array([getattr(report, figure) for report in reports[key]])


def text(key, figure):
    """Mean and range of a figure, with the trials it comes from."""
    found = values(key, figure)
    if not len(found):
        return "no trial stored"
    spread = (
        f" ({found.min():.2f} to {found.max():.2f})"
        if len(found) > 1
        else ""
    )
    return f"{found.mean():.2f}{spread}"


def source(*keys):
    parts = [
        f"{len(trials[key])} of {wanted[key]} × {epochs[key]} epochs"
        for key in keys
        if trials[key]
    ]
    return "; ".join(dict.fromkeys(parts)) or "none"


def verdict(always, on_average=False):
    return (
        "**holds**"
        if always
        else "*holds in part*"
        if on_average
        else "**does not hold**"
    )


UNTESTED = "not tested: trials are missing"


def higher(a, b, figure):
    """Whether a's figure is above b's: in all pairs, or on average."""
    x, y = values(a, figure), values(b, figure)
    if not len(x) or not len(y):
        return UNTESTED
    return verdict(x.min() > y.max(), x.mean() > y.mean())


def bound(key, figure, all_above, mean_above):
    x = values(key, figure)
    if not len(x):
        return UNTESTED
    return verdict(x.min() >= all_above, x.mean() >= mean_above)


def agreement(task, model):
    """The paper's figures beside ours, and Welch's test of each pair."""
    table = grimlib.compare_with_paper(task, {model: reports[task, model]})
    rows = table.loc[model].loc[["TPR", "FPR"]]
    figure = "; ".join(
        f"{name} {row['ours'] or 'none'} (paper {row['paper']})"
        for name, row in rows.iterrows()
    )
    said = [str(text) for text in rows["verdict"]]
    if epochs.get((task, model)) != 250 or any(
        "too few" in s for s in said
    ):
        return figure, UNTESTED.replace("trials", "full-scale trials")
    judged = verdict(all(text.startswith("agrees") for text in said))
    return figure, f"{judged}: TPR {said[0]}, FPR {said[1]}"


G1, C1 = ("task1", "GRIM"), ("task1", "CNN-4")
G2, C2 = ("task2", "GRIM"), ("task2", "CNN-25")
WIDE = ("task1", "CNN-25")
claims = []


def claim(statement, section, figure, rule, judged, where, used):
    claims.append(
        {
            "claim (section)": f"{statement} ({section})",
            "our figure": f"{figure} [{used}]" if used else figure,
            "verdict": f"{judged}. Rule: {rule}",
            "evidence": where,
        }
    )


# %% tags=["hide-input"]
claim(
    "The filters of supervised networks are mostly not whole motifs, but parts of them or mixtures.",
    "abstract",
    f"CNN-4, Task 1: {text(C1, 'tpr')} of the filters match an embedded motif",
    "fewer than half of the filters, in every trial",
    UNTESTED
    if not len(values(C1, "tpr"))
    else verdict(
        values(C1, "tpr").max() < 0.5, values(C1, "tpr").mean() < 0.5
    ),
    "{numref}`tab-task1-full`",
    source(C1),
)
claim(
    "GRIM learns more of the embedded motifs than a supervised CNN-4.",
    "abstract, 5",
    f"motif recall {text(G1, 'recall')} against {text(C1, 'recall')}",
    "higher recall, in all pairs of trials",
    higher(G1, C1, "recall"),
    "{numref}`tab-task1-full`",
    source(G1, C1),
)
claim(
    "More of GRIM's filters match an embedded motif than of CNN-4's.",
    "5",
    f"TPR {text(G1, 'tpr')} against {text(C1, 'tpr')}",
    "higher TPR, in all pairs of trials",
    higher(G1, C1, "tpr"),
    "{numref}`tab-task1-full`",
    source(G1, C1),
)
claim(
    "Fewer of GRIM's filters match only motifs that were not embedded.",
    "5",
    f"FPR {text(G1, 'fpr')} against {text(C1, 'fpr')}",
    "lower FPR, in all pairs of trials",
    higher(C1, G1, "fpr"),
    "{numref}`tab-task1-full`",
    source(G1, C1),
)
for task, model, table in (
    ("task1", "GRIM", "Table 1"),
    ("task1", "CNN-4", "Table 1"),
    ("task2", "GRIM", "Table 2"),
    ("task2", "CNN-25", "Table 2"),
):
    figure, judged = agreement(task, model)
    claim(
        f"The figures of {model} in {table}.",
        f"5, {table}",
        figure,
        "Welch's test finds no difference, p > 0.05, in TPR and in FPR",
        judged,
        f"{{ref}}`Task {task[-1]} <{task}-full-scale>`",
        source((task, model)),
    )
claim(
    "A supervised CNN-25 trained on Task 1 learns all its motifs …",
    "5",
    f"motif recall {text(WIDE, 'recall')}",
    "all eleven, in every trial; in part: nine tenths on average",
    bound(WIDE, "recall", 1, 0.9),
    "{ref}`Task 1 <task1-full-scale>`",
    source(WIDE),
)
claim(
    "… and nearly all of its filters match one.",
    "5",
    f"TPR {text(WIDE, 'tpr')}",
    "nine tenths of the filters, in every trial; in part: on average",
    bound(WIDE, "tpr", 0.9, 0.9),
    "{ref}`Task 1 <task1-full-scale>`",
    source(WIDE),
)
recall = values(C2, "recall")
claim(
    "On Task 2, CNN-25 does not learn all motifs, although it is built to.",
    "abstract, 5",
    f"motif recall {text(C2, 'recall')}",
    "fewer than six, in every trial",
    verdict(recall.max() < 1, recall.mean() < 1)
    if len(recall)
    else UNTESTED,
    "{numref}`tab-task2-full`",
    source(C2),
)
of_srf, others = [], []
for report in reports[C2]:
    best = report.table["ground_truth"]
    of_srf.append((best == "SRF").sum() / max((best != "").sum(), 1))
    others.append(len(report.found) - ("SRF" in report.found))
claim(
    "It attends to SRF alone.",
    "5",
    f"{np.mean(of_srf):.2f} of its matching filters match SRF best; "
    f"{np.mean(others):.1f} other motifs are found"
    if of_srf
    else "no trial stored",
    "no other motif in any trial; in part: SRF has most of the matching filters",
    verdict(max(others) == 0, min(of_srf) > 0.5) if of_srf else UNTESTED,
    "{ref}`Task 2 <task2-full-scale>`, {numref}`fig-choices-length`",
    source(C2),
)
areas = np.array([t.metrics["test_auroc"] for t in trials[C2]])
claim(
    "The reason: SRF alone solves the task, and then nothing is left to learn.",
    "5",
    f"test AUROC {areas.mean():.4f}" if len(areas) else "no trial stored",
    "AUROC of 0.99 or more, with motifs missed, in every trial",
    verdict(
        ((areas > 0.99) & (recall < 1)).all(),
        ((areas > 0.99) & (recall < 1)).any(),
    )
    if len(areas)
    else UNTESTED,
    "{doc}`Task 2 <task2>`",
    source(C2),
)
claim(
    "GRIM reliably finds all six motifs of Task 2, SRF and the weak ones.",
    "abstract, 5",
    f"motif recall {text(G2, 'recall')}; all six in "
    f"{int((values(G2, 'recall') == 1).sum())} of {len(trials[G2])} trials",
    "all six, in every trial; in part: nine tenths on average",
    bound(G2, "recall", 1, 0.9),
    "{ref}`Task 2 <task2-full-scale>`",
    source(G2),
)
claim(
    "GRIM's first-layer filters are easy to interpret.",
    "6",
    f"TPR {text(G1, 'tpr')} on Task 1, {text(G2, 'tpr')} on Task 2",
    "nine tenths of the filters match an embedded motif, in every trial of both",
    bound(G1, "tpr", 0.9, 0.9)
    if bound(G1, "tpr", 0.9, 0.9) == bound(G2, "tpr", 0.9, 0.9)
    else verdict(False, True),
    "{numref}`fig-redundancy-clusters`",
    source(G1, G2),
)
claim(
    "It learns what is hard to learn with labels.",
    "6",
    f"Task 2, motif recall {text(G2, 'recall')} against {text(C2, 'recall')}",
    "higher recall than the supervised network, in all pairs of trials",
    higher(G2, C2, "recall"),
    "{ref}`Task 2 <task2-full-scale>`",
    source(G2, C2),
)

# %% [markdown]
# The statements on what to do with GRIM rest on the runs of {doc}`discussion` and {doc}`redundancy`.

# %% tags=["hide-input"]


def area(task, start, labels, feature=None):
    """Test AUROC of every seed."""
    found = []
    for spec, run in runs.items():
        if spec.task != task or spec.start != start:
            continue
        if start == "probe":
            found += [
                p["auroc"]
                for p in run["probes"]
                if (p["features"], p["labels"]) == (feature, labels)
            ]
        elif spec.labels == labels:
            found.append(run["auroc"])
    return np.array(found)


def both_tasks(a, b):
    """Figures of both tasks, and whether a's are above b's in each."""
    figures, judged, n = [], [], 0
    for task in ("task1", "task2"):
        x, y = area(task, *a), area(task, *b)
        if not len(x) or not len(y):
            return "runs missing", UNTESTED, ""
        n = max(n, len(x))
        figures.append(
            f"Task {task[-1]}: {x.mean():.3f} against {y.mean():.3f}"
        )
        judged.append(x.min() > y.max())
    return (
        "; ".join(figures),
        verdict(all(judged), any(judged)),
        f"{n} seeds",
    )


def supervised_area(task):
    """Mean test AUROC of the best supervised network of a task."""
    areas = [
        np.mean([trial.metrics["test_auroc"] for trial in group])
        for (of_task, name), group in trials.items()
        if of_task == task and str(name).startswith("CNN") and group
    ]
    return max(areas, default=np.nan)


short = {
    task: (supervised_area(task), area(task, "probe", 17_500, "h"))
    for task in ("task1", "task2")
}
tested = all(
    len(found) and not np.isnan(best) for best, found in short.values()
)
claim(
    "Predictors on the global encoding fall short of supervised networks.",
    "6",
    "AUROC, all labels, best supervised network against regression on h. "
    + "; ".join(
        f"Task {task[-1]}: {best:.4f} against {found.mean():.4f}"
        for task, (best, found) in short.items()
    )
    if tested
    else "runs missing",
    "the network's mean above every regression, on both tasks; in part: on one",
    verdict(
        all(best > found.max() for best, found in short.values()),
        any(best > found.max() for best, found in short.values()),
    )
    if tested
    else UNTESTED,
    "{ref}`probe <discussion:probe>`",
    f"{len(short['task1'][1])} seeds; {source(C1, WIDE, C2)}"
    if tested
    else "",
)
figure, judged, used = both_tasks(("frozen", 100), ("random", 100))
claim(
    "The local representations may help supervised learning by transfer.",
    "6",
    f"AUROC, 100 labels, GRIM's filters frozen against random. {figure}",
    "frozen higher, for all pairs of seeds, on both tasks",
    judged,
    "{ref}`transfer <discussion:transfer>`",
    used,
)
groups = [grimlib.cluster_motifs(report.motifs) for report in reports[G2]]
active = [len(report.motifs) for report in reports[G2]]
distinct = [len(group) for group in groups]
claim(
    "Filters learn motifs well, but repeat one another to a large degree.",
    "6",
    f"{np.mean(active):.0f} active filters make {np.mean(distinct):.1f} clusters"
    if active
    else "no trial stored",
    "fewer than a quarter as many clusters as filters, in every trial",
    verdict(
        max(d / a for d, a in zip(distinct, active, strict=True)) < 0.25
    )
    if active
    else UNTESTED,
    "{doc}`redundancy <redundancy>`",
    source(G2),
)
few, many = ("task2", 16), ("task2", 128)
claim(
    "Good performance needs a large number of filters.",
    "6",
    f"motif recall {text(many, 'recall')} with 128 filters, {text(few, 'recall')} with 16",
    "higher recall with 128 than with 16 filters, in all pairs of trials",
    higher(many, few, "recall"),
    "{numref}`tab-redundancy`",
    source(many, few),
)
kept = []
for report, group in zip(reports[G2], groups, strict=True):
    matches = grimlib.tomtom(
        [cluster.motif for cluster in group], grimlib.load_jaspar()
    )
    names = {
        grimlib.motifs.ground_truth_name(t) for t in matches["Target_ID"]
    }
    kept.append(len(names & set(report.found)) / max(len(report.found), 1))
claim(
    "Fewer, distinct dimensions could make GRIM easier to interpret.",
    "6",
    f"{np.mean(distinct):.1f} merged motifs match {np.mean(kept):.2f} of the motifs that the filters had found"
    if kept
    else "no trial stored",
    "none is lost by merging, in any trial; in part: nine tenths on average",
    verdict(min(kept) == 1, np.mean(kept) >= 0.9) if kept else UNTESTED,
    "{numref}`fig-redundancy-clusters`",
    source(G2),
)
better, figures, both = [], [], []
for key in (C1, C2):
    exponential, relu = (key[0], "exponential"), (key[0], "ReLU")
    # Of as many epochs as the exponential's, also where C1 and C2 have more.
    found, _ = grimlib.stored_trials({relu: chosen(reduced[key])})
    trials |= found
    wanted[relu], epochs[relu] = len(chosen(reduced[key])), 5
    reports |= grimlib.report_trials(found)
    better += [
        values(exponential, figure).mean() > values(relu, figure).mean()
        for figure in ("tpr", "recall")
        if trials[exponential] and trials[relu]
    ]
    figures.append(
        f"Task {key[0][-1]}: TPR {text(exponential, 'tpr')} against {text(relu, 'tpr')}, "
        f"motif recall {text(exponential, 'recall')} against {text(relu, 'recall')}"
    )
    both += [exponential, relu]
claim(
    "The design of a network can make supervised features more robust (exponential activations).",
    "1",
    "exponential against ReLU. " + "; ".join(figures),
    "higher mean TPR and higher mean recall, on both tasks; in part: one of them on one task",
    verdict(all(better), any(better)) if better else UNTESTED,
    "{numref}`tab-exponential`",
    source(*both),
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
counted = {
    words: int(table["verdict"].str.contains(words, regex=False).sum())
    for words in (
        "**holds**",
        "holds in part",
        "does not hold",
        "not tested",
    )
}
glue("claims-total", len(table), display=False)
for key, words in zip(
    ("holds", "part", "fails", "untested"), counted, strict=True
):
    glue(f"claims-{key}", counted[words], display=False)
runs_missing = [
    s for s in chosen(transfer.every_run()) if transfer.is_missing(s)
]
commands = [
    f"python workflow/trials.py run {spec.filename}" for spec in missing
] + [f"python workflow/transfer.py run {s.filename}" for s in runs_missing]
message = "Every trial and run that this page asks for is stored."
if commands:
    lines = "\n".join(commands)
    message = (
        f"**Trials and runs that are missing: {len(commands)}**. No figure "
        "counts them. These commands produce them:\n\n:::{dropdown} One "
        f"by one\n```bash\n{lines}\n```\n:::\n"
    )
glue("claims-missing", Markdown(message), display=False)

# %% [markdown]
# :::{table} The paper's empirical statements. In brackets: how many of the trials wanted the figure comes from, and their epochs; or the number of seeds.
# :name: tab-claims
#
# ```{glue:md} claims-table
# :format: myst
# ```
# :::
#
# ```{glue:md} claims-missing
# :format: myst
# ```
#
# ## In this chapter we saw
#
# - the verdicts on {glue:text}`claims-total` statements: *holds* for {glue:text}`claims-holds`, *holds in part* for {glue:text}`claims-part`, *does not hold* for {glue:text}`claims-fails`, and *not tested*, for want of trials, for {glue:text}`claims-untested`;
# - where the evidence for each is, so that a reader who doubts one can look at its trials, or train more of them.
