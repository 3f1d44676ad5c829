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
# # Method: GRIM, step by step
#
# **What you will see.** The whole of GRIM on one batch of real arrays: every step of the paper's Figure 1, every shape,
# and which filters the loss changes.
# **What it needs.** [Background](background.ipynb) for where the loss comes from.
# The words used here are defined again.
# **How long it takes.** Less than a minute on one core.
#
# Every number on this page comes from its own cells.
# They run with parameters of your own as well:
#
# ```bash
# papermill book/method.ipynb out.ipynb -p seed 7 -p epochs 10
# ```

# %% tags=["parameters"]
seed: int = 0  # of the data, the initial weights and the shuffles
n_sequences: int = 2500  # simulated; seven tenths are trained on
n_filters: int = 128  # first-layer filters
epochs: int = 5  # of the short trainings

# %% tags=["remove-cell"]
from grimlib.paper import check_parameters

check_parameters(globals(), seed=0, n_sequences=200, n_filters=2, epochs=1)

# %%
from itertools import islice

import keras
import numpy as np
import pandas as pd
from keras import ops

import grimlib
from grimlib import paper

grimlib.use_style()
rng = np.random.default_rng(seed)

# %% [markdown]
# ## The workflow
#
# A *network* is a chain of *layers*, each a function with adjustable numbers, its *weights*.
# *Training* lowers one number, the *loss*, in small steps: the *gradient* says how the loss changes with each weight, and
# every weight moves a little against it.
# The first layer of the networks here holds [filters](glossary.md#filter): small tables of weights that slide along a
# DNA sequence and respond where the letters fit.
# A [transcription factor](glossary.md#transcription-factor) binds DNA in much the same way, at
# [sites](glossary.md#site) that fit its [motif](glossary.md#motif).
# So a filter can come to hold a motif, and the question is which loss makes it do so.
#
# The loss of [GRIM](glossary.md#grim) asks for filters that respond more to a sequence than to a shuffled version of it:

# %% mystnb={"figure": {"name": "fig-method-workflow", "caption": "GRIM, after the paper's Figure 1. Blue: the path of a sequence; orange: that of its shuffle. The numbers are those of Task 1 with the default parameters."}, "image": {"alt": "Workflow of GRIM. A sequence x is shuffled to x prime. The first layer C, with the same weights for both, gives the local encodings c and c prime. The other layers F turn c into the global encoding h. The discriminator D scores c with h, matched, and c prime with h, mismatched, once for every view. The loss raises the matched and lowers the mismatched scores, and its gradient goes back to the filters in C."}}
_ = paper.plot_workflow()

# %% [markdown]
# The sections below go through the drawing from top to bottom: [sequence and shuffle](#sequences-and-shuffles-x-x), the
# [local encoding](#the-local-encoding-c--cx), the [global encoding](#the-global-encoding-h--fc), the
# [discriminator](#the-discriminator-dc-h), the [views](#what-is-a-view), the [loss](#the-loss-and-where-it-rests), and
# the [gradient](#which-filter-learns-and-from-which-position).
#
# ## Sequences and shuffles: x, x′
#
# The sequences are those of [Task 1](task1.ipynb): 200 random nucleotides each, into which three to five motifs were
# written.
# Each sequence $x$ is compared with a negative example $x'$, a
# *[dinucleotide shuffle](glossary.md#dinucleotide-shuffle)* of it: a random sequence with exactly the same count of each
# pair of neighbouring nucleotides, and the same ends.
# Real DNA prefers certain pairs, and has few CG for instance.
# A network that could tell sequences from shuffles by such preferences would learn the preferences.
# With dinucleotide shuffles, only longer patterns tell the two apart, and motifs are such patterns.
# (On [Task 2](task2.ipynb), half of the sequences are shuffles themselves, and hold no motif to learn.)
#
# `grimlib` draws each shuffle uniformly from all that are possible
# ([Altschul & Erickson, 1985](references.md#altschul--erickson-1985)), and draws new ones in every
# [epoch](glossary.md#epoch), or pass over the data.
# Here are a site of the factor SRF and three of its shuffles:

# %% tags=["copy"]
site = grimlib.encode("TGACCATATATGGTCA")
print(grimlib.decode(site))
for _ in range(3):
    print(grimlib.decode(grimlib.dinucleotide_shuffle(site, rng)))

# %% [markdown]
# Each has the site's pairs of neighbours, and its pattern is broken.
#
# Training takes a *batch* of a hundred sequences at a time, with a shuffle of each.
# A nucleotide is stored as one byte, a *token*: A, C, G, T are 0, 1, 2, 3.

# %%
data = paper.simulate_task1(n_sequences=n_sequences, seed=seed)
train = data.tokens[data.split["train"]]
(batch,) = next(grimlib.training_batches(train, batch_size=100, seed=seed))
x, x_shuffled = batch["sequence"], batch["shuffled"]
print("x ", x.shape, x.dtype, x[0, :12], "...")
print("x′", x_shuffled.shape, x.dtype, x_shuffled[0, :12], "...")

# %% [markdown]
# ## The local encoding: c = C(x)
#
# The *local encoder* $C$ is the first layer.
# A *convolution* slides filters 19 nucleotides wide along the sequence, and gives one number for each filter at each
# position.
# A *[max pooling](glossary.md#max-pooling)* keeps the largest of every four neighbouring positions.
# Each filter then adds a constant of its own, its *bias*, and a *[ReLU](glossary.md#relu)* sets what is negative to zero.
# (Bias and ReLU come after the pooling because the result is the same, at a quarter of the work.)
# A filter *fires* where its value is above zero.


# %%
def shapes(encoder, array):
    """The encoder's output, and a table of its layers."""
    rows = []
    for layer in encoder.layers:
        before, array = array, layer(array)
        sizes = [str(tuple(each.shape)) for each in (before, array)]
        rows.append((type(layer).__name__, *sizes))
    return array, pd.DataFrame(rows, columns=["layer", "in", "out"])


keras.utils.set_random_seed(seed)
model = grimlib.GRIM(pool_size=4, filters=n_filters)
c, table = shapes(model.local_encoder, ops.convert_to_tensor(x))
c_shuffled = model.local_encoder(x_shuffled)
paper.captioned(
    table,
    "The layers of the local encoder, and the shapes of one batch.",
    index=False,
)

# %% [markdown]
# $c$ has the axes (sequence, position, filter).
# The entry $c_{ij}$ says how well filter $j$ fits near pooled position $i$.
# The vector $c^{(i)}$ of all filters at one position is what the paper calls a
# [local encoding](glossary.md#local-encoding).
# The shuffles pass through the same layer, with the same weights, and give $c'$.
#
# ## The global encoding: h = F(c)
#
# The *further encoder* $F$ holds the remaining layers.
# They sum the sequence up in $p$ numbers, $h = F(C(x))$, the [global encoding](glossary.md#global-encoding).

# %%
h, table = shapes(model.further_encoder, c)
paper.captioned(
    table,
    "The layers of the further encoder, and the shapes of one batch.",
    index=False,
)

# %% [markdown]
# The hidden layers are the paper's: a second convolution and pooling, a *dense* layer in which every unit sees every
# input, and [dropout](glossary.md#dropout).
# There is no [batch normalisation](glossary.md#batch-normalisation), as the paper says for GRIM.
# The paper's list of layers ends with "number of labels" units, but a network without labels has no such number.
# We take $p = 128$ units with a *sigmoid*, a function that maps any number to one between 0 and 1.
# Only the sequence has a global encoding; that of the shuffle is never computed.
#
# ## The discriminator: D(c, h)
#
# The [discriminator](glossary.md#discriminator) $D$ turns a local and a global encoding into one number, a *score*.
# In Deep InfoMax ([Hjelm et al., 2018](references.md#hjelm-et-al-2018)), from which GRIM descends, the score says how
# well the two belong together, and has weights of its own.
# GRIM multiplies every entry of one encoding with every entry of the other, their *outer product*, and takes the largest:
#
# $$
# D(c^{(i)}, h) = \max_{j,k}\, \left(c^{(i)} \otimes h\right)_{j,k}. \tag{2}
# $$
#
# (Numbered equations carry the paper's numbers.)
# This score has no weights, so only the filters and $h$ can learn.
# Computed to the letter, for ten sequences of the batch:

# %%
c10, h10 = (ops.convert_to_numpy(a)[:10] for a in (c, h))
outer = c10[:, :, :, None] * h10[:, None, None, :]
literal = outer.max(axis=(2, 3))  # over filters j and units k
print("outer product", outer.shape, f"{outer.nbytes / 1e6:.0f} MB")
print("scores       ", literal.shape)

# %% [markdown]
# The large array can be avoided.
# Where neither encoding has negative entries, as here, the largest product is that of the largest entries,
# $\max c \cdot \max h$.
# (Otherwise it is one of four products of the extremes, and `grimlib` takes the largest of these.)

# %%
short = ops.convert_to_numpy(grimlib.max_outer_product(c, h))[:10]
simple = c10.max(axis=2) * h10.max(axis=1, keepdims=True)
print(f"largest difference: {np.abs(literal - short).max():.1e}")
print(f"and for the simple form: {np.abs(literal - simple).max():.1e}")

# %% [markdown]
# The short form shows what the discriminator does: it multiplies the strongest entry of the local encoding by the
# strongest unit of $h$.
#
# The short form also shows how little $h$ can say.
# The paper expects matched pairs to score higher than mismatched ones because $c$ and $h$ come from the same sequence.
# But with $c, h \ge 0$, all of $h$ enters as one number, $\max h$.
# This number is a *[gain](glossary.md#gain)*: it multiplies every score of a sequence, and every score of its shuffle,
# alike.
# The local encoding of any other sequence with the same largest entry gets the same score.
# So $D$ cannot tell whether $c$ and $h$ belong together.
# A matched pair scores higher than a mismatched one exactly if $\max c^{(i)} > \max c'^{(i)}$ and $h$ is not zero,
# whatever else $h$ holds.
# [What the global encoding does](global_encoding.ipynb) trains GRIM with the $h$ of other sequences, and without any.
#
# ## What is a view?
#
# A score becomes a part of the loss by the Jensen-Shannon estimate of
# [Background](background.ipynb#what-the-softplus-form-estimates),
#
# $$
# \hat I\left(X^{(i)}; h\right) = \mathbb E\left[-\mathrm{sp}(-D)\right] - \mathbb E\left[\mathrm{sp}(D')\right], \tag{1}
# $$
#
# where $X^{(i)}$ is the stretch of the sequence that $c^{(i)}$ is computed from, $D = D(c^{(i)}, h)$ is the matched
# score, $D' = D(c'^{(i)}, h)$ is the mismatched one, and $\mathbb E$ is the mean over sequences.
# The *softplus* $\mathrm{sp}(z) = \ln(1 + e^z)$ is a smooth version of the ReLU.
# The estimate rises when matched scores rise, and when mismatched scores fall.
# GRIM maximises the sum of the estimates over all [views](glossary.md#view) $i$ of a sequence:
#
# $$
# \mathcal L_\mathrm{GRIM} = \sum_{i=1}^{L} \hat I\left(X^{(i)}; h\right). \tag{3}
# $$
#
# The paper sums from 1 to $L$, the length of the sequence, with one estimate "for each local subsequence location $i$".
# So read literally, views are *positions*, and $c^{(i)}$ is the vector of all filters at one position.
# The paper's local encoding includes the max pooling, which leaves $P$ positions of the $L = 200$: $P = 50$ on Task 1
# (windows of 4) and $P = 8$ on Task 2 (windows of 25).
# We sum over these.
# The maximum in Eq. (2) is then over filters, and at each position the filters compete: the loss changes only the
# strongest one.
#
# But the sentence above the paper's Eq. (2) says that the maximum goes over the entire feature map, "position-wise and
# depth-wise".
# One way to make that a sum of several views is one view for each *filter*, with the maximum over positions.
# Then the loss changes every filter that fires, and none compete.
# `grimlib` has both readings, their sum, and one view for the whole sequence:

# %%
readings = pd.DataFrame(
    [
        ("position", "all filters at one position", "filters"),
        ("filter", "one filter at all positions", "positions"),
        ("both", "either of these", "filters or positions"),
        ("sequence", "all filters at all positions", "both"),
    ],
    columns=["views", "a view is", "the maximum is over"],
)
number = [grimlib.count_views(v, 50, n_filters) for v in readings["views"]]
readings["number V"] = number
readings["loss at zero scores"] = [
    f"{grimlib.collapsed_loss(v):.2f}" for v in number
]
paper.captioned(
    readings,
    "Four readings of a view. Position is the "
    "[literal reading](glossary.md#literal-reading) of Eq. (3), both the "
    "[adopted reading](glossary.md#adopted-reading) of this book. "
    "The last column is the loss of V views whose scores are all zero.",
    index=False,
)

# %% [markdown]
# We train the first three for a moment, from the same initial weights, so that there is something to see.
# Keras lowers a loss, so `grimlib`'s is minus the sum in Eq. (3).

# %%
models = {}
steps = -(-len(train) // 100)  # batches an epoch
for views in ("position", "filter", "both"):
    keras.utils.set_random_seed(seed)
    models[views] = grimlib.GRIM(
        pool_size=4, filters=n_filters, views=views
    )
    models[views].compile(optimizer="adam")
    batches = grimlib.training_batches(train, batch_size=100, seed=seed)
    for batch in islice(batches, epochs * steps):
        models[views].train_on_batch(*batch)

# %% mystnb={"figure": {"name": "fig-method-views", "caption": "One sequence's local encoding c, dark where a filter fires (after a short training with both views), and one view of it under each reading (frames of one row or column are drawn wider than they are). A score is the largest entry within the coloured frame, marked by a circle, times the largest unit of h; the loss adds up the scores' terms for all such frames."}, "image": {"alt": "Four copies of a matrix of positions by filters with a few dark cells. In the first a horizontal frame holds one row, in the second a vertical frame holds one column, in the third there are both, in the fourth the frame is around the whole matrix. A circle marks one cell in each frame."}}
_ = paper.plot_views(
    ops.convert_to_numpy(models["both"].local_encoder(x[:1]))[0]
)

# %% [markdown]
# This book adopts **both**, summed.
# This loss is the book's own, and not what the paper's Eq. (3) says.
# It is adopted for its results: in [our trials](choices.ipynb#views), position views alone leave many filters
# [inactive](glossary.md#inactive), filter views alone miss motifs, and the sum leaves few filters inactive and misses few
# motifs.
# Read literally, GRIM falls far below the paper's figures ([Task 1](task1.ipynb#at-full-scale),
# [Task 2](task2.ipynb#at-full-scale)).
#
# ## The loss, and where it rests
#
# For every view, Eq. (1) sets the matched scores against the mismatched ones, and Eq. (3) adds up.
# Here is the whole walk in one piece, from sequences to the loss, with the untrained network and both families of views:

# %% tags=["copy"]
data = paper.simulate_task1(n_sequences=n_sequences, seed=seed)
train = data.tokens[data.split["train"]]  # your tokens (N, 200)
(batch,) = next(grimlib.training_batches(train, batch_size=100, seed=seed))
x, x_shuffled = batch["sequence"], batch["shuffled"]

keras.utils.set_random_seed(seed)
model = grimlib.GRIM(pool_size=4, filters=n_filters)
c, c_shuffled = model.local_encoder(x), model.local_encoder(x_shuffled)
h = model.further_encoder(c)
matched = grimlib.view_scores(c, h, "both")
mismatched = grimlib.view_scores(c_shuffled, h, "both")
estimates = grimlib.jensen_shannon(matched, mismatched)
loss = grimlib.grim_loss(matched, mismatched)

# %% [markdown]
# And every array on the way:

# %%
steps = {
    "x, x′": ("tokens", "sequence, nucleotide", x),
    "c, c′": ("local encodings", "sequence, position, filter", c),
    "h": ("global encoding", "sequence, unit", h),
    "D, D′": ("scores", "sequence, view", matched),
    "Î": ("estimates", "view", estimates),
    "loss": ("minus their sum", "none: one number", loss),
}
walk = [
    (name, *words, str(tuple(array.shape)))
    for name, (*words, array) in steps.items()
]
paper.captioned(
    pd.DataFrame(walk, columns=["quantity", "what it is", "axes", "shape"]),
    "From a batch of sequences to the loss, with both families of views.",
    index=False,
)

# %% tags=["hide-input"] jupyter={"source_hidden": true}
from IPython.display import Markdown, display

ceiling = grimlib.collapsed_loss(model.n_views)
display(
    Markdown(
        f"The loss of this batch is {float(loss):.1f} before any training. "
        f"Scores of zero would give {ceiling:.1f}, and no loss is below {ceiling / 2:.1f}."
    )
)

# %% [markdown]
# The untrained network does about as well as scores of zero.
# Its random filters fire on sequences and on shuffles alike, so mismatched pairs score as high as matched ones.
#
# If all scores are zero, the loss is $2 V \ln 2$ for $V$ views.
# This state is the [collapse](glossary.md#collapse).
# Matched and mismatched pairs then pull with opposite forces, which cancel as far as filters fire alike on sequences and
# shuffles, and learning rests.
# In our collapsed trials $h$ had died, and $c$ had not.
# The paper's layer list has a narrow, linear $h$.
# In our trials with position views, six linear units collapsed, and 128 sigmoid units did not
# ([Width and activation of h, and the collapse](choices.ipynb#width-and-activation-of-h-and-the-collapse)).
# A run that ends there is reported as collapsed, never as a result.
#
# The loss has a floor as well.
# With $c, h \ge 0$, no score is negative.
# So a mismatched pair contributes $-\mathrm{sp}(D') \le -\ln 2$ to its estimate, and a matched one nothing above zero.
# Each estimate is thus at most $-\ln 2$, and the loss is at least $V \ln 2$, half of the collapsed loss.
#
# Does the loss measure the [mutual information](glossary.md#mutual-information) that the paper derives it from?
# The paper notes that $I(X^{(i)}; h)$ is a lower bound of $I(X^{(i)}; X)$.
# But $X^{(i)}$ is a part of $X$, so $I(X^{(i)}; X) = H(X^{(i)})$, the patch's own entropy, or uncertainty.
# This entropy is a property of the data, and no weight can change it: the bound cannot say which filters to learn.
# And with shuffles as negatives, $\hat I$ is not about $I(X^{(i)}; h)$ either
# ([GRIM's negatives are shuffles](background.ipynb#grims-negatives-are-shuffles)).
# The filters are guided by the comparison itself: a sequence is to score high, and its shuffle low.
#
# ## Which filter learns, and from which position
#
# The gradient of a maximum goes to one entry, the largest.
# So in the whole matrix $c$ of a sequence, each view changes one *cell*: one filter, by its response at one position.
# The other cells are reached only through $h$, which is left aside here.
#
# Take one view of one sequence, and call $j$ the winning filter, the one whose $c_j$ is largest.
# A step of plain gradient descent moves $c_j$ by minus the derivative of the loss, up to the length of the step.
# By Eqs. (1) and (2), this *pull* is
#
# $$
# \begin{aligned}
# \sigma(-D)\, \max h &\quad\text{for the sequence},\\
# -\sigma(D')\, \max h &\quad\text{for the shuffle},
# \end{aligned}
# $$
#
# where $\sigma(z) = 1 / (1 + e^{-z})$ is the sigmoid, and the winner has to fire.
# The pull grows with the gain, and fades as the score comes to the right side.
# For all cells of a batch:


# %%
def pull(c, h, views, sign):
    """The direct pull on c: sign is 1 for sequences, -1 for shuffles."""
    c, h = ops.convert_to_numpy(c), ops.convert_to_numpy(h)
    gain = h.max(axis=1)[:, None, None]
    pulled = np.zeros_like(c)
    for axis in {"position": [2], "filter": [1], "both": [2, 1]}[views]:
        largest = c.max(axis=axis, keepdims=True)
        wins = (c == largest) & (c > 0)
        force = 1 / (1 + np.exp(sign * largest * gain))
        pulled += sign * wins * force * gain
    return pulled


# %% mystnb={"figure": {"name": "fig-method-gradient", "caption": "Where the loss pulls directly on the local encodings of one sequence and of its shuffle, in the untrained network. Each mark is a cell (position, filter) that gets a gradient; all others get none."}, "image": {"alt": "Three panels of positions by filters. Under position views there is a mark in every row and the marks gather in a few columns. Under filter views there is a mark in every column. Under both views there are both. Blue circles mark the sequence, orange crosses its shuffle."}}
pulls = {
    f"{views} views": (
        pull(c, h, views, sign=1)[0],
        pull(c_shuffled, h, views, sign=-1)[0],
    )
    for views in models
}
_ = paper.plot_pulls(pulls)

# %% [markdown]
# Under *position* views, the loss pulls on one filter at every position, and mostly on the same few: those that by the
# luck of their initial weights give the largest values.
# Under *filter* views, the loss pulls once on every filter that fires.
# The signs are always the same: the largest value in the sequence is raised, and the largest in its shuffle is lowered.
# While scores are small, a filter that does not tell the two apart is pulled up and down with nearly equal force, since
# both $\sigma$ are near one half.
#
# How does this look over the whole batch, before and after the short training?
# We need to know which pooled positions overlap an embedded motif:

# %%
inside = np.zeros(data.tokens.shape, dtype=bool)
for one in data.sites.itertuples():
    inside[one.sequence, one.start : one.end] = True
rows = [(data.tokens == tokens).all(axis=1).argmax() for tokens in x]
positions = c.shape[1]
on_site = inside[rows].reshape(len(x), positions, -1).any(axis=2)

# %% [markdown]
# And we add up the pulls:


# %%
def summary(network, views):
    """How the direct pull of one batch is spread."""
    c = network.local_encoder(x)
    h = network.further_encoder(c)
    raised = pull(c, h, views, sign=1)
    lowered = pull(network.local_encoder(x_shuffled), h, views, sign=-1)
    by_filter = (raised - lowered).sum(axis=(0, 1))
    top10 = np.sort(by_filter)[-10:].sum() / by_filter.sum()
    return {
        "views": views,
        "cells": f"{(raised != 0).sum() / len(x):.0f}",
        "filters": (by_filter > 0).sum(),
        "top 10": f"{top10:.0%}",
        "on sites": f"{raised[on_site].sum() / raised.sum():.0%}",
    }


before = pd.DataFrame([summary(model, views) for views in models])
after = pd.DataFrame([summary(models[views], views) for views in models])

# %% tags=["table"]
paths = pd.concat({"before": before, "after": after}, names=["training"])
paper.captioned(
    paths.droplevel(1),
    "Where one batch of 100 sequences pulls, before and after the short "
    "training under each reading. "
    f"Cells: of the {positions * n_filters:,} cells of a sequence's c, "
    f"how many are pulled on. Filters: how many of {n_filters} are. "
    "Top 10: the share of the pull on the ten most pulled filters "
    f"(an even share is {min(10 / n_filters, 1):.0%}). "
    "On sites: the share of the upward pull at positions that overlap "
    f"an embedded motif (these are {on_site.mean():.0%} of all positions).",
)

# %% tags=["hide-input"] jupyter={"source_hidden": true}
if (seed, n_sequences, n_filters, epochs) == (0, 2500, 128, 5):
    said = paths.droplevel(1).set_index(
        "views", append=True
    )  # what the text below says
    share = said[["top 10", "on sites"]].map(
        lambda text: int(text[:-1]) / 100
    )
    for when in ("before", "after"):
        top = share["top 10"][when]
        assert top["position"] > 2 * max(top["filter"], top["both"])
        assert said["filters"][when]["filter"] == n_filters
        assert said["filters"][when]["position"] < n_filters
    sites = share["on sites"]
    assert (abs(sites["before"] - on_site.mean()) < 0.02).all()
    assert sites["after"]["filter"] > 0.5 > 1.3 * sites["after"]["position"]

# %% [markdown]
# *Filters.*
# Under position views, ten filters get a large share of the direct pull, before training and after it.
# Under filter views, their share is close to an even one.
# A filter that is the strongest nowhere gets no direct pull from position views, and may stay inactive.
# Under filter views, each filter has a view of its own.
# Only a filter that fires nowhere, its ReLU at zero for all sequences and shuffles, gets no gradient under either.
# Filter views leave few such filters, but not always none ([What the paper leaves open](choices.ipynb#views)).
#
# *Positions.*
# Before training, the pull falls on sites as often as their share of the positions lets expect, since random filters
# know nothing of motifs.
# After training, filter views put most of their pull on sites, and position views hardly more than before, because every
# position at which some filter fires has a view of its own, motif or not.
# (Filters are wide, so a filter that fires beside a site may have seen the site as well.)
#
# *Paths.*
# The table is about the direct path, on which $h$ is held fixed.
# Through $h$, the gradient also reaches other cells that fire, but by way of a summary of the whole sequence.
# Only the direct path goes to a single filter at a single place.
# Cells that do not fire get nothing on either path.
#
# Training is Keras's own `fit` with this loss, and [Task 1](task1.ipynb) shows what comes of it.
#
# ## In this chapter we saw
#
# - every array of GRIM, from tokens to one number;
# - that the discriminator's outer product is the product of two maxima, has no weights, and takes from $h$ one number a
#   sequence;
# - that the paper's sum runs over positions, which reading this book adopts in its place, and what each does to the
#   gradient;
# - that the loss stands at $2 V \ln 2$ where every score is zero, and cannot fall below half of that.
