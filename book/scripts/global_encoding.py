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
# # What the global encoding does
#
# **What you will see.** The paper explains GRIM by the mutual information between what a filter sees in a stretch of a
# sequence and a summary of the whole sequence, the global encoding.
# We train GRIM with the summary of *another* sequence: the filters are as good.
# Without any summary, fewer of them match a motif on Task 2 after five epochs, where views are of filters or of both
# kinds; on Task 1 the difference is below 0.05.
# After 250, on Task 2 and with both kinds, as many do in the three trials there are.
# Another discriminator can use all of the summary: then it matters whose it is, and on Task 2, a sequence's own leads to
# one motif instead of six.
# **What it needs.** [Method](method.ipynb), and the two tasks ([Task 1](task1.ipynb), [Task 2](task2.ipynb)).
# **How long it takes.** Seconds: the trials are stored, and one small network is trained on this page.
#
# `python -m grimlib.paper run encoding` trains the trials, and `python -m grimlib.paper encoding` measures trained
# networks.
# The small network below takes parameters of your own:
#
# ```bash
# papermill book/global_encoding.ipynb out.ipynb -p seed 7 -p n_sequences 1000 -p n_filters 16
# ```

# %% tags=["parameters"]
seed: int = 0  # of the small network and its data
epochs: int = 5  # passes over its training sequences
n_sequences: int = 5_000  # training, validation and test together
n_filters: int = 16  # first-layer filters

# %% tags=["remove-cell"]
from grimlib.paper import check_parameters

check_parameters(globals(), seed=0, epochs=1, n_sequences=200, n_filters=1)

# %%
from itertools import islice

import keras
import numpy as np
import pandas as pd
from keras import ops

import grimlib
from grimlib import paper
from grimlib.paper import encoding

grimlib.use_style()

# %% [markdown]
# ## One number a sequence
#
# The *[global encoding](glossary.md#global-encoding)* $h$ sums a sequence up in 128 numbers, and the
# *[local encodings](glossary.md#local-encoding)* $c$ are the answers of the filters along it.
# GRIM's *[discriminator](glossary.md#discriminator)* multiplies each entry of $c$ with each of $h$, and takes the
# largest product.
# Neither has negative entries.
# So the largest product is that of the two largest entries,
#
# $$
# D(c, h) = \left(\max\nolimits_j c_j\right) \left(\max\nolimits_k h_k\right) = g \cdot \max\nolimits_j c_j,
# $$
#
# and of all that $h$ says about a sequence, one number $g = \max_k h_k$ is used, between 0 and 1.
# We call it the *gain*.
# It multiplies the scores of a sequence and those of its [shuffle](glossary.md#dinucleotide-shuffle) alike.
# It can say *how much this sequence counts*, and it cannot say *whether $c$ belongs to this sequence*.
#
# That is algebra, and leaves two questions to experiments.
# Do the filters owe anything to the gain?
# And what does a trained network use the gain for?
#
# ## Training with another sequence's encoding
#
# Everything is as in the book's reduced setting of five epochs, but for what the discriminator is given:
#
# - *same*: $h$ of the sequence itself, which is GRIM;
# - *other*: $h$ of another sequence of the batch;
# - *constant*: 1 for every sequence, and no further encoder at all;
# - *gain*: one number that is learned, the same for every sequence, and no further encoder either.
#
# If the filters learned by the information that the sequence's own $h$ has about it, *other* would take it away.

# %%
rows = {
    f"{views} views, h {h}": paper.GROUPS["encoding"][
        f"Task 2, {views} views, h {h}"
    ]
    for views in ("both", "position", "filter")
    for h in ("same", "other", "constant")
}
rows["both views, h gain"] = paper.GROUPS["encoding"][
    "Task 2, both views, h gain"
]
trials = paper.stored_trials(rows)
reports = paper.scored_trials(rows)
table = paper.summarise(reports).drop(columns="inactive")
table["loss"] = [
    f"{np.mean([trial.history['val_loss'][-1] for trial in group]):.2f}"
    for group in trials.values()
]
paper.captioned(
    table.rename_axis("row"),
    "GRIM on Task 2 with its own global encoding, with another sequence's, and with none: means and standard deviations "
    "over trials, and the validation loss in nats, which is lower where more is learned.",
)

# %% [markdown]
# All trials of a task share one simulated data set, and those of one seed their first weights, so we compare them seed
# by seed.
# We call two rows *equivalent* in a figure if the 95% interval of their mean difference lies within ±0.05.

# %% mystnb={"figure": {"name": "fig-encoding-differences", "caption": "What changes if the discriminator is given the h of another sequence (other) none (constant), or one learned number (gain): difference from GRIM with its own h, means and 95% intervals over seeds. Grey: differences that we count as none."}, "image": {"alt": "Points with bars, one row for each reading of the views and encoding, in two panels. For TPR, all rows with another sequence's h lie in the grey band around zero; constant ones with both or filter views, and the learned gain, lie to the left of zero. For motif recall, the bars are longer and most include zero."}}
pairs = [
    (row, f"{row.rsplit(' ', 1)[0]} same")
    for row in rows
    if not row.endswith("same")
]
differences = paper.compare_rows(reports, pairs)
figure = paper.plot_differences(differences)

# %% tags=["hide-input"] jupyter={"source_hidden": true}
paper.captioned(
    paper.state_differences(differences),
    "The same differences in figures, for FPR as well; p is that of a test by seed (sign flips), corrected for all "
    "tests of the table.",
)

# %% [markdown]
# **Another sequence's $h$ serves as well.** With *other*, TPR and FPR are equivalent to GRIM's in all three readings of
# the views.
# The loss is a little higher, by less than a nat where training wins twelve.
# Whether a motif more or less is found is decided by chance more than by $h$: the intervals of the recall are wide, and
# include zero.
#
# **Without $h$, a little changes.** With both views or filter views, fewer filters match a motif.
# With filter views, *more motifs* are found, the weak ones among them.
# Corrected for the number of tests, the first of these three differences stays below p = 0.05 (0.04 is the least that
# ten seeds and 21 tests can give), and the other two come near it.
# One gain that is learned, the same for every sequence, changes nothing about this.
# So it is not the height of $h$ that helps a little, but that it differs from sequence to sequence, even where it is
# dealt to others.

# %% [markdown]
# ## On Task 1, and at full length
#
# Without the further encoder F, GRIM is one layer of filters.
# `grimlib.CompiledGRIM` trains it many times faster than Keras trains the whole.
# So *no F* below is the same network as *constant* above.

# %%
of_task = paper.GROUPS["encoding"]
on_task1 = {
    f"{views} views, {h}": of_task[f"Task 1, {views} views, {h}"]
    for views in ("both", "position", "filter")
    for h in ("h same", "h other", "no F")
}
reports1 = paper.scored_trials(on_task1)
paper.captioned(
    paper.summarise(reports1).drop(columns="inactive").rename_axis("row"),
    "Task 1: GRIM with its own global encoding, with another sequence's, and without further encoder: means and standard "
    "deviations over trials.",
)

# %%
pairs = [
    (row, f"{row.split(',')[0]}, h same")
    for row in on_task1
    if not row.endswith("same")
]
differences1 = paper.compare_rows(reports1, pairs)
paper.captioned(
    paper.state_differences(differences1),
    "Task 1: what changes with another sequence's h, and without further encoder; means and 95% intervals over seeds, and p "
    "as above.",
)

# %% [markdown]
# **Task 1 gives the same answer.** In all three readings, TPR and FPR with another sequence's $h$ are equivalent to
# GRIM's, and so they are without further encoder.
# With both views and with position views, every trial finds every motif, whatever $h$ is.
# With filter views, most trials miss one to three motifs with either $h$, and whether recall differs remains undecided.

# %% tags=["hide-input"] jupyter={"source_hidden": true}
verdict1 = differences1["verdict"].unstack()
assert (verdict1[["TPR", "FPR"]] == "equivalent").all(axis=None)
for row, group in reports1.items():
    assert row.startswith("filter") or all(s.recall == 1 for s in group)
for h in ("h same", "h other"):
    found = [len(s.found) for s in reports1[f"filter views, {h}"]]
    assert sum(n < 11 for n in found) > 5 and min(found) >= 8
undecided = verdict1["motif recall"].filter(like="filter")
assert (undecided == "undecided").all()

# %%
full = {
    "both views, h same": paper.GROUPS["task2"]["GRIM"],
    "both views, no F": of_task["Task 2, no F, 250 epochs"],
}
short = {
    f"{views} views, no F": of_task[f"Task 2, {views} views, no F"]
    for views in ("both", "position", "filter")
}
full_reports = paper.scored_trials(full)
short_reports = paper.scored_trials(short)
table = paper.summarise(
    {f"250 epochs, {row}": group for row, group in full_reports.items()}
    | {f"5 epochs, {row}": group for row, group in short_reports.items()}
)
paper.captioned(
    table.drop(columns="inactive").rename_axis("row"),
    "Task 2: GRIM without its further encoder after 5 epochs, and after 250 beside GRIM: means and standard deviations "
    "over trials.",
)

# %% [markdown]
# **Compiled or by Keras, it is one network.** After five epochs, *no F* agrees with *constant* of the first table,
# reading by reading.
#
# **At full length, no gap is seen.** After 250 epochs on Task 2, the mean TPR without F is that of GRIM, to within 0.01.
# No filter matches anything else, and each of the three trials finds all six motifs.


# %% tags=["hide-input"] jupyter={"source_hidden": true}
def mean(group, figure="tpr"):
    return np.mean([getattr(report, figure) for report in group])


for row, group in short_reports.items():
    of_keras = reports[row.replace("no F", "h constant")]
    assert abs(mean(group) - mean(of_keras)) < 0.02
for report in full_reports["both views, no F"]:
    assert report.recall == 1 and report.fpr == 0
with_f, without_f = (mean(group) for group in full_reports.values())
assert abs(with_f - without_f) < 0.01

# %% [markdown]
# ## An h that may be negative, or above one
#
# The last layer of the further encoder ends in a sigmoid in all trials so far.
# With a linear one, the gain $g = \max_k h_k$ may be any number, negative ones included.
# Does it matter then whose it is?

# %%
linear = {
    "sigmoid, h same": paper.GROUPS["encoding"][
        "Task 2, both views, h same"
    ],
    "linear, h same": paper.GROUPS["encoding"]["Task 2, linear h same"],
    "linear, h other": paper.GROUPS["encoding"]["Task 2, linear h other"],
}
reports_linear = paper.scored_trials(linear)
paper.captioned(
    paper.summarise(reports_linear)
    .drop(columns="inactive")
    .rename_axis("row"),
    "Task 2, both views, five epochs: GRIM with a linear global encoding, its own and another sequence's, beside GRIM: "
    "means and standard deviations over trials.",
)

# %%
pairs = [
    ("linear, h other", "linear, h same"),
    ("linear, h same", "sigmoid, h same"),
]
differences_linear = paper.compare_rows(reports_linear, pairs)
paper.captioned(
    paper.state_differences(differences_linear),
    "Another sequence's linear h in the place of its own; and a linear h of its own in the place of a sigmoid one.",
)

# %% [markdown]
# **It does not matter.** TPR and FPR with another sequence's linear $h$ are equivalent to those with its own.
# That $h$ is linear does matter: fewer filters match a motif than with a sigmoid, and fewer motifs are found.

# %% tags=["hide-input"] jupyter={"source_hidden": true}
of_linear = differences_linear["verdict"].unstack()
own_or_other = of_linear.loc["linear, h other"]
assert (own_or_other[["TPR", "FPR"]] == "equivalent").all()
assert own_or_other["motif recall"] == "undecided"
lower = differences_linear.loc["linear, h same"].loc[
    ["TPR", "motif recall"]
]
assert (lower["verdict"] == "lower").all() and (lower["p"] < 0.05).all()

# %% [markdown]
# ## Where more than one number of h counts
#
# GRIM's discriminator uses one number of $h$ by its form.
# Deep InfoMax's ([Hjelm et al., 2018](references.md#hjelm-et-al-2018)) projects $c$ and $h$ into a common space by
# learned networks and takes their inner product, so that all of $h$ can count, and whether $c$ belongs to $h$ can be
# told in principle.

# %%
inner = {
    f"{task}, h {h}": paper.GROUPS["encoding"][
        f"{task}, inner product, h {h}"
    ]
    for task in ("Task 1", "Task 2")
    for h in ("same", "other", "constant")
}
reports_inner = paper.scored_trials(inner)
table = paper.summarise(reports_inner).drop(columns="inactive")
table["loss"] = [
    f"{np.mean([trial.history['val_loss'][-1] for trial in group]):.1f}"
    for group in paper.stored_trials(inner).values()
]
paper.captioned(
    table.rename_axis("row"),
    "GRIM with Deep InfoMax's inner product, both views, five epochs: with its own global encoding, with another "
    "sequence's, and with none; means and standard deviations over trials, and the validation loss in nats.",
)

# %%
pairs = [
    (row, f"{row.split(',')[0]}, h same")
    for row in inner
    if not row.endswith("same")
]
differences_inner = paper.compare_rows(reports_inner, pairs)
paper.captioned(
    paper.state_differences(differences_inner),
    "The inner product: what changes with another sequence's h, and with a constant one; means and 95% intervals over "
    "seeds, and p as above.",
)

# %% [markdown]
# **On Task 2, it matters whose h it is, and the own one does harm.** With its own $h$, the loss is far lower than with
# another sequence's: now the network does use what a summary says of its sequence, as the paper has it.
# But each of the ten networks finds SRF, and no other motif.
# With another sequence's $h$ they find several motifs more, and with a constant one, more filters match as well.
# Information that local and global encodings share is gained here, and motifs are lost.
# A possible reason, which we did not test: SRF is in every sequence that holds motifs, so that it says most of what a
# summary can say.
#
# **On Task 1, it hardly matters whose h it is.** The loss is a little lower with a sequence's own, and TPR and FPR with
# another one's are equivalent to those with its own.
# With a constant $h$, more filters match than with either.
# With neither are the filters as good as with GRIM's own discriminator, which has no weights.

# %% tags=["hide-input"] jupyter={"source_hidden": true}
of_inner = differences_inner["verdict"].unstack()
more = [
    ("Task 2, h other", "motif recall"),
    ("Task 2, h constant", "motif recall"),
    ("Task 2, h constant", "TPR"),
    ("Task 1, h constant", "TPR"),
]
assert (differences_inner["verdict"].loc[more] == "higher").all()
assert differences_inner["p"].loc[more].max() < 0.05
same = of_inner.loc["Task 1, h other", ["TPR", "FPR"]]
assert (same == "equivalent").all()
assert all(s.found == ("SRF",) for s in reports_inner["Task 2, h same"])
without = mean(reports_inner["Task 1, h constant"])
assert mean(reports1["both views, h same"]) > without + 0.05
loss = table["loss"].astype(float)
assert 0 < loss["Task 1, h other"] - loss["Task 1, h same"] < 10
assert loss["Task 2, h same"] < loss["Task 2, h other"] - 30
assert paper.verdict("discriminator") == "holds in part"

# %% [markdown]
# ## What a trained network uses the gain for
#
# The second question is put to trained networks.
# We *deal* the global encodings: each test sequence gets the $h$ of another one, by lot, and the loss is computed again.
# It rises by what the network draws from whose $h$ it is.
# The *share of h* says how much of the scores' variance is due to $h$: 0 if it does not matter whose it is, 1 if nothing
# else matters (a total Sobol index, which `grimlib.paper.encoding.measure` defines).

# %%
measured = encoding.table().xs("max", level="discriminator")
names = {
    "collapsed": "loss of chance",
    "own": "loss, own h",
    "other": "loss, dealt h",
    "share of h": "share of h",
}
paper.captioned(
    measured[list(names)].rename(columns=names).map("{:.2f}".format),
    "Trained networks on test sequences: the loss if all scores are zero, with each sequence's own h, and with another "
    "one's; and the share of h in the scores' variance.",
)

# %% [markdown]
# One network of each task and reading has been measured so far, so that nothing is said here of other seeds.
# On Task 1, it hardly matters whose $h$ a sequence gets.
# On Task 2, it does: dealing costs between a fifth and almost half of what training has won.
# The two tasks differ in one thing that a summary of the whole sequence can tell.
# Every sequence of Task 1 holds motifs.
# Half of the sequences of Task 2, its negative class, are shuffles already, and hold none.

# %%
gains = {
    part: encoding.table(part).xs(
        ("task2", "max"), level=("task", "discriminator")
    )
    for part in ("with sites", "without")
}
columns = ["gain mean", "gain lowest", "gain highest", "share of h"]
table = pd.concat(
    {part: one[columns] for part, one in gains.items()}, names=["sequences"]
)
paper.captioned(
    table.map("{:.2f}".format),
    "The gain g on the test sequences of Task 2 that hold motifs, and on those that do not, and the share of h in the "
    "scores' variance within each.",
)

# %% tags=["hide-input"] jupyter={"source_hidden": true}
assert paper.verdict("information") == "does not hold"


def row_of(table, *names):
    return table.loc[
        [row for row in rows if all(name in row for name in names)]
    ]


verdict = differences["verdict"].unstack()
ten = row_of(verdict, "other")
assert (ten[["TPR", "FPR"]] == "equivalent").all(axis=None)
assert (row_of(verdict, "other")["motif recall"] == "undecided").all()
constant = row_of(verdict, "constant")
lower = constant["TPR"] == "lower"
assert lower.sum() == 2 and not lower.filter(like="position").any()
assert constant["motif recall"].filter(like="filter").item() == "higher"
small = differences["p"][differences["p"] < 0.1]
assert len(small) == 4 and (small < 0.05).sum() == 2
with_gain = differences.loc["both views, h gain", "difference"]
without = differences.loc["both views, h constant", "difference"]
assert (abs(with_gain - without) < 0.01).all()
losses = {
    row: np.mean([t.history["val_loss"][-1] for t in group])
    for row, group in trials.items()
}
own, other = (losses[f"both views, h {h}"] for h in ("same", "other"))
assert 0.4 < other - own < 1 and 12 < 99.81 - own < 13
assert measured.loc["task1", "rise"].max() < 0.02
assert measured.loc["task2", "rise"].between(0.15, 0.5).all()
assert (gains["with sites"]["gain mean"] > 0.99).all()
assert gains["with sites"]["share of h"].max() < 0.01
free = gains["without"].drop(index="position", level="views")
assert free["gain mean"].between(0.1, 0.3).all()

# %% [markdown]
# The gain is a gate.
# It is 1 for every sequence that holds motifs, so that among these it does not matter whose $h$ is used.
# For a sequence without motifs, which is itself a shuffle, it is near 0 in most cases, with views of both kinds or of
# filters: the scores are then near zero, and the loss near chance.
# A network that cannot close this gate loses a little on such sequences, as nothing tells them from their own shuffles.
# The filters do not need the gate, as the first experiment shows.
#
# ## What follows
#
# **What the paper says.** GRIM maximises the mutual information between local and global encodings: what a stretch of a
# sequence shares with the whole is kept, and that is motifs.
#
# **What we find.** On both tasks, with the paper's discriminator and encodings at or above zero, the filters do not need
# such information: as a claim about what GRIM learns, this does not hold (`information` in [Claims](claims.ipynb)).
# Each view asks, *is this sequence's strongest answer above that of its shuffle?*
# Filters answer it best by becoming what sequences hold more often than their shuffles do: motifs.
# The further encoder adds a gate that tells whether a sequence holds any motif at all, where some hold none.
# The filters are as good with another sequence's gate.
# Where a discriminator can make use of what a sequence's own $h$ says of it, it does, and the filters are not better for
# it.
#
# **What this does not show.** With another sequence's $h$, GRIM was trained for five epochs.
# The inner product was trained for five epochs, and with both views only.
#
# ## On a network of your own
#
# The cell trains a small GRIM, deals its global encodings and removes them.

# %% tags=["copy"]
data = paper.simulate_task2(n_sequences=n_sequences, seed=seed)
train, test = (data.tokens[data.split[part]] for part in ("train", "test"))
keras.utils.set_random_seed(seed)
model = grimlib.GRIM(pool_size=25, filters=n_filters)
model.compile(optimizer="adam")
steps = -(-len(train) // 100)
batches = grimlib.training_batches(train, batch_size=100, seed=seed)
for batch in islice(batches, epochs * steps):
    model.train_on_batch(*batch)

shuffled = grimlib.dinucleotide_shuffle(test, np.random.default_rng(seed))
c, c_shuffled = model.local_encoder(test), model.local_encoder(shuffled)
h = model.further_encoder(c, training=False)
given = {
    "own": h,
    "another's": ops.roll(h, 1, axis=0),
    "none": ops.ones_like(h),
}
losses = {}
for name, g in given.items():
    pair = model.discriminate(c, g), model.discriminate(c_shuffled, g)
    losses[name] = float(grimlib.grim_loss(*pair))

# %%
paper.captioned(
    pd.DataFrame({"loss (nats)": losses})
    .rename_axis("global encoding")
    .round(2),
    "The loss of a small network on its test sequences, by the global encoding that its discriminator is given.",
)
