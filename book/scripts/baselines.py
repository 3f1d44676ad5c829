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

# %% [markdown]
# # Why our supervised networks differ from the paper's
#
# **What you will see.** The paper's two supervised networks beside ours, and what could make the difference: how the
# networks are trained, how their filters are read, and for how long they are trained.
# Several single figures come near the paper's under settings that its text leaves open.
# Then whether it is the labels that keep their filters from becoming motifs.
# **What it needs.** [Task 1](task1.ipynb) and [Task 2](task2.ipynb).
# **How long it takes.** Seconds: the trials are stored, and a few are scored anew on this page.
#
# All trials are on the same simulated data.
# `snakemake task1 task2 choices lengths encoding labels` trains them, and more.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import grimlib
from grimlib import paper

grimlib.use_style()

# %% [markdown]
# ## Where the supervised networks differ from the paper
#
# CNN-4 is trained on Task 1, CNN-25 on Task 2, each ten times for 250 epochs.
# [TPR](glossary.md#tpr) and [FPR](glossary.md#fpr) are the fractions of filters that match an embedded motif, and only
# others.

# %%
tables = []
full = {}
for task, name in {"task1": "CNN-4", "task2": "CNN-25"}.items():
    full[name] = paper.GROUPS[task][name]
    ours = paper.scored_trials({name: full[name]})
    tables.append(paper.compare_with_paper(task, ours))
beside = pd.concat(tables)
assert list(beside["verdict"]) == "lower undecided higher lower".split()
paper.captioned(
    beside,
    "The supervised networks at full scale: mean and standard deviation of "
    "ten trials each, and Welch's 95% interval of the difference.",
)

# %% [markdown]
# Fewer filters of our CNN-4 match an embedded motif than the paper's, and more of our CNN-25's.
# Whether the FPR of CNN-4 differs is undecided, and that of CNN-25 is lower.
#
# ## How they are trained
#
# Strands, [batch normalisation](glossary.md#batch-normalisation), batch size and
# [initialiser](glossary.md#he-and-glorot-initialisers), each changed alone, at two seeds.

# %%
rows = {
    name: specs
    for name, specs in paper.GROUPS["choices"].items()
    if name.startswith("CNN")
}
variants = paper.summarise_variants(paper.scored_trials(rows))
paper.captioned(
    variants.filter(like="CNN-4", axis=0),
    "CNN-4 on Task 1: means of two trials, of five epochs unless a row says "
    "otherwise.",
)

# %% [markdown]
# The same for CNN-25:

# %%
paper.captioned(
    variants.filter(like="CNN-25", axis=0),
    "CNN-25 on Task 2: means of two trials of five epochs.",
)

# %% tags=["hide-input"] jupyter={"source_hidden": true}
rates = variants[["TPR", "FPR"]].astype(float)
cnn4 = rates.filter(like="CNN-4", axis=0)
plain = cnn4.filter(like="no batch", axis=0)
assert plain["TPR"].between(0.5, 0.6).all() and plain["FPR"].min() > 0.1
assert cnn4.drop(plain.index)["TPR"].max() < 0.1
tpr = rates["TPR"].filter(like="CNN-25")
assert tpr.idxmax() == "CNN-25" and tpr.idxmin() == "CNN-25, He"
assert tpr["CNN-25"] - tpr["CNN-25, no batch normalisation"] < 0.05
for group in paper.stored_trials(rows).values():
    best = [np.argmin(trial.history["val_loss"]) for trial in group]
    assert max(best) < 20

# %% [markdown]
# For *CNN-4*, batch normalisation counts most:
#
# - Without it, more than half of the filters match an embedded motif, and ten or eleven of the eleven motifs are found.
#   With it, less than a tenth of the filters match, whatever else is changed.
# - Longer training does not make up for it: after 250 epochs, the gap is still wide.
#   (The loss on validation sequences is lowest within the first 20 epochs: 250 are far more than the task needs.)
# - A possible reason, which we did not test: normalised responses have a spread of 1, so a filter's offset has to move
#   by several units before only sites pass its [ReLU](glossary.md#relu).
#   Without normalisation, responses start closer together, and a bias gets there in fewer steps.
#
# The paper normalises every hidden layer of its supervised networks and none of GRIM, and so do all tables of this
# book.
# Part of the contrast between CNN-4 and GRIM is therefore one of layers and not of labels.
# Part remains: without normalisation, CNN-4 finds about as many motifs as GRIM, but about half of its filters match no
# embedded motif at either length.
# And its FPR is above a tenth, where that of GRIM in the [adopted reading](glossary.md#adopted-reading) is near zero
# ([Task 1](task1.ipynb#at-full-scale)).
#
# For *CNN-25*, normalisation counts little.
# Larger batches and He's initialiser lower the TPR; none of the four changes raises it.
#
# ## How their filters are read
#
# Now the analysis changes, and the trained weights of the trials of 250 epochs stay as they are.
# An [alignment](glossary.md#activation-based-alignment) takes every window whose activation is above a *fraction* of
# the filter's maximum, one half in the tables of this book as in the lab's published code.
# [What the rules of counting decide](rules.ipynb) has counts of all trials at four fractions; these are the means:

# %%
from grimlib.paper import evaluation

rules = {k: v for k, v in evaluation.BOOK.items() if k != "fraction"}
rows = {
    "CNN-4, Task 1": full["CNN-4"],
    "CNN-25, Task 2": full["CNN-25"],
    "GRIM, Task 1": paper.GROUPS["task1"]["GRIM"],
}
by_fraction = {}
for name, row in rows.items():
    counted = evaluation.under(evaluation.rates(row[0].task), rules)
    counted = counted[counted["model"] == name.split(",")[0]]
    assert counted["seed"].nunique() == 10
    measures = ["TPR", "FPR", "motif recall"]
    by_fraction[name] = counted.groupby("fraction")[measures].mean()

# %% mystnb={"figure": {"name": "fig-choices-fraction", "caption": "TPR and FPR against the fraction of a filter's maximum above which a window is aligned, for networks trained for 250 epochs: means over ten trials. Dotted lines are the paper's figures; the tables of this book use one half."}, "image": {"alt": "Two panels with a line each for CNN-4, CNN-25 and GRIM. GRIM's TPR stays at 1. CNN-25's is nearly flat, above its dotted line. CNN-4's rises from 0 at 0.3 and 0.1 at one half to just below its dotted line at 0.7 and 0.9; its FPR is near its own dotted line at one half and 0.7, and lower at 0.3 and 0.9."}}
figure, axes = plt.subplots(1, 2, figsize=(8.5, 3.2))
for ax, column in zip(axes, ("TPR", "FPR"), strict=True):
    for name, table in by_fraction.items():
        model = name.split(",")[0]
        colour = paper.MODEL_COLOURS[model]
        table[column].plot(
            ax=ax, style="o-", ms=4, color=colour, label=name
        )
        stated = paper.PAPER[rows[name][0].task][model]
        ax.axhline(stated[column][0], color=colour, ls=":", lw=1.5)
    ax.set(
        xlabel="fraction of the maximum", ylabel=column, ylim=(-0.03, 1.03)
    )
legend = axes[1].legend(frameon=False, fontsize=8)

# %% [markdown]
# Further rules, on three trials of each supervised network and one of GRIM in the adopted reading: the flanks of an
# alignment are not clipped, or the threshold is set on the [q-value](glossary.md#q-value) or on the bare
# [p-value](glossary.md#p-value) instead of the [E-value](glossary.md#e-value).


# %%
def analyse(trial, data):
    """TPR, FPR and the number of motifs found, under each analysis."""
    every = trial.report(data, evalue=519)  # all comparisons with JASPAR
    q, p = every.matches["q-value"], every.matches["p-value"]
    ways = {
        "as in the tables": every.at(0.1),
        "flanks not clipped": trial.report(data, clipped=False),
        "q-value at most 0.1": every.among(q <= 0.1),
        "p-value at most 0.001": every.among(p <= 0.001),
    }
    found = {way: (r.tpr, r.fpr, len(r.found)) for way, r in ways.items()}
    return pd.DataFrame(found, index=["TPR", "FPR", "motifs"]).T


# %%
some = {
    name: row[: 1 if "GRIM" in name else 3] for name, row in rows.items()
}
ways = {}
for name, group in paper.stored_trials(some).items():
    data = paper.simulate(group[0].spec)
    ways[name] = sum(analyse(trial, data) for trial in group) / len(group)
cells = {
    name: [f"{t:.3f}, {f:.3f}, {m:.1f}" for t, f, m in table.to_numpy()]
    for name, table in ways.items()
}
paper.captioned(
    pd.DataFrame(cells, ways["GRIM, Task 1"].index).rename_axis("analysis"),
    "TPR, FPR and motifs found, by how filters are read. "
    "Means of three trials of each supervised network, and one trial of GRIM.",
)

# %% tags=["hide-input"] jupyter={"source_hidden": true}
cnn4, cnn25, grim = by_fraction.values()
assert 2 * cnn4["TPR"][0.5] < cnn4["TPR"][0.7]
assert all(
    abs(cnn4["TPR"][f] - 0.263) < 0.04 for f in (0.7, 0.9)
)  # the paper's
assert abs(cnn4["FPR"][0.5] - cnn4["FPR"][0.7]) < 0.03
assert cnn4["FPR"].max() < 0.274
assert cnn4["motif recall"].is_monotonic_increasing
assert round(cnn4["motif recall"][0.9] * 11) == 9
assert cnn25["TPR"].between(0.383 + 0.1, 0.6).all()
assert np.ptp(cnn25["TPR"]) < 0.05
assert grim["TPR"].min() > 0.98
cnn4, cnn25, grim = ways.values()
assert cnn25["FPR"].iloc[:-1].max() < 0.1 < 0.173 < cnn25["FPR"].iloc[-1]
assert cnn4["FPR"].iloc[-1] > 0.4 and np.ptp(grim["TPR"]) < 0.02
assert cnn4["FPR"]["flanks not clipped"] > 0.274 + 0.05
assert np.ptp(cnn25["TPR"]) < 0.05 and cnn25["TPR"].min() > 0.383 + 0.1

# %% [markdown]
# - *CNN-4.* Its figures depend on the fraction.
#   Its filters fire at half of their maximum for all sorts of sequences, and the mean of all those windows is often no
#   motif; their strongest windows are sites more often.
#   From one half to 0.7, the TPR more than doubles and comes close to the paper's.
#   The FPR stays about where it was, a little below the paper's.
#   The number of motifs found rises up to 0.9, to nine on average.
#   With whole flanks, more of its filters match motifs that were not embedded, and the FPR is above the paper's.
# - *CNN-25.* Its figures hardly move, and its TPR stays above the paper's throughout.
#   Only a laxer threshold changes its FPR: with a bare p-value of 0.001, an E-value of about 0.5, it is above the
#   paper's.
#   But CNN-4's FPR is then far above the paper's, too.
# - *GRIM.* Its TPR hardly depends on the analysis.
#
# ## For how long they are trained
#
# CNN-25 solves Task 2 within a few epochs, and its filters go on changing long after.
# The table has means over trials that were stopped after 5 to 250 epochs, and the figure draws each.

# %%
group = paper.GROUPS["lengths"]
rows = {n: group[f"CNN-25, {n} epochs"] for n in (5, 10, 20, 50)}
rows[250] = full["CNN-25"]
lengths, scores = paper.stored_trials(rows), paper.scored_trials(rows)
by_length = pd.DataFrame(
    {
        "epochs": epochs,
        "seed": trial.spec.seed,
        "TPR": score.tpr,
        "FPR": score.fpr,
        "motifs found": len(score.found),
        "share of SRF": score.motifs["SRF"] / sum(score.motifs.values()),
        "AUROC": trial.metrics["test_auroc"],
    }
    for epochs, group in lengths.items()
    for trial, score in zip(group, scores[epochs], strict=True)
)
means = by_length.drop(columns="seed").groupby("epochs").mean()

# %% [markdown]
# The share of SRF is among the filters that match an embedded motif.
# The [AUROC](glossary.md#auroc) says how well the label of test sequences is predicted.

# %%
table = means.map("{:.3f}".format)
table["AUROC"] = means["AUROC"].map("{:.4f}".format)
table["trials"] = [len(group) for group in lengths.values()]
paper.captioned(
    table,
    "CNN-25 on Task 2, by the length of training: means of the trials.",
)

# %% mystnb={"figure": {"name": "fig-choices-length", "caption": "CNN-25 on Task 2, stopped after 5 to 250 epochs: TPR, FPR, and how many of the six motifs are found. A line is a seed; at 250 epochs there are further seeds. Dotted: the paper's TPR and FPR, and six motifs."}, "image": {"alt": "Three panels against the number of epochs on a logarithmic axis. TPR rises from about 0.38, the dotted line, to between 0.5 and 0.7. FPR stays around 0.08, below its dotted line. The number of motifs rises from two or three to five or six."}}
figure, axes = plt.subplots(1, 3, figsize=(9.2, 3))
stated = paper.PAPER["task2"]["CNN-25"] | {"motifs found": (6, 0)}
colour = paper.MODEL_COLOURS["CNN-25"]
style = dict(style="o-", ms=4, lw=1, color=colour, alpha=0.7, legend=False)
for ax, (column, (mean, _)) in zip(axes, stated.items(), strict=True):
    of_seed = by_length.pivot(index="epochs", columns="seed", values=column)
    of_seed.plot(ax=ax, ylabel=column, logx=True, **style)
    ax.axhline(mean, color=colour, ls=":", lw=1.5)
    ax.set_ylim(-0.03 * max(mean, 1), 1.03 * max(mean, 1))
    ax.set_xticks(list(lengths), map(str, lengths))
    ax.minorticks_off()

# %% [markdown]
# After five epochs, the task is solved, and the filters have about the paper's TPR.
# Nine in ten of those that match an embedded motif are SRF's, and few other motifs are found.
# That is close to what the paper describes, a network that focuses on SRF alone.
# But training goes on, and by 250 epochs nearly all motifs are found.

# %% tags=["hide-input"] jupyter={"source_hidden": true}
from IPython.display import Markdown, display

best = [np.argmin(t.history["val_loss"]) + 1 for t in lengths[250]]
losses = [t.history["loss"] for t in lengths[250]]
drop = [loss[4] / loss[-1] for loss in losses]
assert abs(means["TPR"][[5, 10]] - 0.383).max() < 0.041  # the paper's
assert means["share of SRF"][5] > 0.9 and means["motifs found"][5] < 3
assert means["FPR"].max() < 0.173 - 0.05
display(
    Markdown(
        "From the fifth epoch on, the loss on the *training* sequences falls "
        "by a further factor of "
        f"{np.median(drop):.0f} (median of ten trials), while the loss on "
        f"validation sequences is lowest at "
        f"epoch {np.median(best):.0f} (median; from {min(best)} to "
        f"{max(best)})."
    )
)

# %% [markdown]
# So most of what is learned later does not serve new sequences.
# Presumably the other motifs are evidence for the last hard cases, positives whose SRF site is poor.
#
# ## Labels, or where the loss acts?
#
# GRIM and the supervised networks differ in two ways at once.
# GRIM has no labels; and its loss has a term for each filter and each position, while a supervised loss comes from one
# layer at the end, behind layers that mix all filters.
# Which of the two makes GRIM's filters motifs?
#
# *Single filters* tell the two apart.
# They are a first layer as before, in which each filter predicts the labels alone, from its largest activation in a
# sequence; no layer stands behind it (`grimlib.paper.variants.filter_classifier`).
# They learn from the labels of the supervised networks, and their loss acts where that of GRIM's filter
# [views](glossary.md#view) does.

# %%
named = {
    "GRIM": ("encoding", "both views, h same"),
    "GRIM, filter views": ("encoding", "filter views, h same"),
    "single filters": ("labels", "labels on each filter"),
}
cnns = {"Task 1": "CNN-4", "Task 2": "CNN-25"}
rows = {}
for task, cnn in cnns.items():
    for name, (group, row) in named.items():
        rows[f"{task}, {name}"] = paper.GROUPS[group][f"{task}, {row}"]
    for name in (cnn, f"{cnn}, no batch normalisation"):
        rows[f"{task}, {name}"] = paper.GROUPS["labels"][f"{task}, {name}"]
normed = "Task 2, GRIM, batch normalisation"
rows[normed] = paper.GROUPS["labels"][normed]
single = paper.scored_trials(rows)
paper.captioned(
    paper.summarise(single).rename_axis("row"),
    "Single filters that learn the labels, beside GRIM and the supervised networks: means and standard deviations over ten "
    "trials of five epochs.",
)

# %%
pairs = [
    (f"{task}, {name}", f"{task}, {other}")
    for task, cnn in cnns.items()
    for name, other in (
        ("single filters", "GRIM, filter views"),
        (cnn, "single filters"),
    )
]
differences = paper.compare_rows(single, pairs)
paper.captioned(
    paper.state_differences(differences),
    "Single filters compared with GRIM of filter views, and the supervised networks with single filters: mean differences "
    "and 95% intervals over seeds, p of sign flips with Holm's correction.",
)

# %% [markdown]
# **It is where the loss acts.** On Task 2, nearly every single filter is a motif, and none matches only others.
# Their TPR and FPR are equivalent to those of GRIM with filter views, and they find 4.4 of six motifs on average, where
# filter views find 4.2.
# Of CNN-25's filters, which learn from the very same labels, less than half as many match.
# On Task 1, single filters find all eleven motifs in each of ten trials, and more than half of them match, against one in
# thirty of CNN-4's.
# So filters become whole motifs with labels as well, if nothing stands between them and the loss.
#
# **What GRIM adds** is seen where single filters fall behind.
# On Task 2 they miss between one motif and three, as filter views do; with its views of positions, GRIM misses one in
# one of ten trials.
# On Task 1 a third of them is inactive, and of GRIM's filters next to none.
#
# **Batch normalisation** does harm to GRIM, too: with it, every filter that matches is SRF's, in each of ten networks on
# Task 2.
# Without it, CNN-4's TPR is near that of single filters, but a fifth of its filters match only others.

# %% tags=["hide-input"] jupyter={"source_hidden": true}
verdicts = differences["verdict"].unstack()
alike = verdicts.loc["Task 2, single filters", ["TPR", "FPR"]]
assert (alike == "equivalent").all()
assert (
    verdicts.loc["Task 2, CNN-25", ["TPR", "motif recall"]] == "lower"
).all()
tpr, fpr, found = (
    {row: [figure(s) for s in group] for row, group in single.items()}
    for figure in (lambda s: s.tpr, lambda s: s.fpr, lambda s: len(s.found))
)
of, filters = "Task 2, single filters", "Task 2, GRIM, filter views"
assert np.mean(tpr[of]) > 0.98 and max(fpr[of]) == 0
assert (sum(found[of]), sum(found[filters])) == (44, 42)
assert np.mean(tpr["Task 2, CNN-25"]) < np.mean(tpr[of]) / 2
assert min(found[of]) == min(found[filters]) == 3
assert max(found[of]) == max(found[filters]) == 5
assert sorted(found["Task 2, GRIM"]) == [5, *9 * [6]]
of = "Task 1, single filters"
assert set(found[of]) == {11} and min(tpr[of]) > 0.5
assert 0.025 < np.mean(tpr["Task 1, CNN-4"]) < 0.04
inactive = {row: np.mean([s.inactive for s in single[row]]) for row in rows}
assert 0.28 < inactive[of] < 0.37 and inactive["Task 1, GRIM"] < 0.01
assert all(s.found == ("SRF",) for s in single[normed])
plain = "Task 1, CNN-4, no batch normalisation"
assert abs(np.mean(tpr[plain]) - np.mean(tpr[of])) < 0.05
assert 0.17 < np.mean(fpr[plain]) < 0.23

# %% [markdown]
# ## What can be said
#
# No single setting tried here gives the paper's TPR and FPR of both networks.
# Single figures come near under settings that the paper's text leaves open:
#
# - *CNN-4*: by windows above 0.7 of a filter's maximum instead of 0.5, our networks have about the paper's TPR; their
#   FPR is then lower than the paper's.
#   Batch normalisation counts for more still: without it, the TPR is far above the paper's.
# - *CNN-25*: stopped after 5 or 10 epochs, it has about the paper's TPR, and the paper's picture of SRF and little
#   else.
#   Kept where its validation loss is lowest, as is often done, its TPR would come near.
#   The paper says 250 epochs and nothing of a choice among them.
#   The mean FPR is below the paper's at every length (three trials of 20 epochs do not show the difference); a laxer
#   threshold would raise it.
#
# Whether either is what the authors did cannot be told from the text, and the tables of this book keep to one half and
# 250 epochs.
# A reader who wants to know what a supervised network has learned should look at its strongest windows as well: CNN-4
# has learned more of the motifs than [its table](task1.ipynb#at-full-scale) makes it seem.
#
# The order of ReLU and max pooling is no candidate: ReLU is monotonic, so pooling before or after it gives the same
# numbers.
#
# One contrast remains: under no analysis and at no length does either of these two networks have a TPR near that of GRIM
# in the adopted reading.
# (CNN-25 has one on Task 1, whose labels name every motif: [Task 1](task1.ipynb#at-full-scale); and so have single
# filters on Task 2.)
# In the number of motifs, the contrast does not always remain: CNN-4 finds ten or eleven of the eleven without
# normalisation, and nine on average with it by windows above 0.9.

# %%
supervised = pd.concat(
    [rates, means, cnn4, cnn25, *list(by_fraction.values())[:2]]
)
assert supervised["TPR"].max() < 0.6 and grim["TPR"].min() > 0.98

# %% [markdown]
# ## In this chapter we saw
#
# - that single figures of our supervised networks come near the paper's when a few things that its text leaves open are
#   chosen otherwise, but no setting tried gives all of them;
# - that batch normalisation, which the paper gives to the supervised networks only, lowers the TPR of CNN-4 more than
#   any other choice of training tried here, and changes that of CNN-25 little;
# - that CNN-4's figures depend on which windows are aligned, and CNN-25's on how long it is trained;
# - that filters become whole motifs with labels as well, if the loss acts on each of them by itself.
