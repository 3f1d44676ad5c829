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
# # Method: GRIM, step by step
#
# **What you will see.** The whole of GRIM on one batch of real arrays: every step of the paper's Figure 1, every shape, and where the gradient goes. **What it needs.** {doc}`background` for where the loss comes from; the words used here are defined again.
# **How long it takes.** Less than a minute on one core.
#
# Every number on this page was computed when the page was built. Download the {nb-download}`executed notebook <method.ipynb>`, or run it with parameters of your own:
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
import keras
import matplotlib.pyplot as plt
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
# GRIM trains its first layer to respond more to a sequence than to a shuffled version of it. The drawing follows the paper's Figure 1; numbers are those of Task 1 with the default parameters. Each box is a link to the section below that computes it.
#
# ```{raw} html
# :file: assets/workflow.svg
# ```
#
# (method:batch)=
# ## Sequences and shuffles: x, x′
#
# The sequences are those of {doc}`task1`: 200 nucleotides, with three to five motifs each. The negative example $x'$ of a sequence is a *{term}`dinucleotide shuffle`*: a random sequence with exactly the same count of each pair of neighbouring
# nucleotides, and the same ends. Real DNA has preferences for certain pairs, such as few CG; a network that could tell sequences from
# their shuffles by such preferences would learn them. As it is, only longer patterns help: motifs. On {doc}`Task 2 <task2>`, half of the sequences are shuffles themselves, from which there is no motif to learn. `grimlib` draws the
# shuffle uniformly among all that are possible {cite:p}`altschul1985`, and anew in every epoch. {ref}`background:shuffles` tells what this choice makes of "{term}`mutual information`". Here are three of an SRF site:

# %% tags=["copy"]
site = grimlib.encode("TGACCATATATGGTCA")
print(grimlib.decode(site))
for _ in range(3):
    print(grimlib.decode(grimlib.dinucleotide_shuffle(site, rng)))

# %% [markdown]
# Each has the site's dinucleotides, and none is an SRF site. Training takes a hundred sequences at a time, with a shuffle of each; a nucleotide travels as one byte, a *token*: A, C, G, T are 0, 1, 2, 3.

# %% tags=["copy"]
data = paper.simulate_task1(n_sequences=n_sequences, seed=seed)
train = data.tokens[data.split["train"]]
(batch,) = next(grimlib.training_batches(train, batch_size=100, seed=seed))
x, x_shuffled = batch["sequence"], batch["shuffled"]
print("x ", x.shape, x.dtype, x[0, :12], "...")
print("x′", x_shuffled.shape, x.dtype, x_shuffled[0, :12], "...")


# %%
def dinucleotides(tokens):
    return np.bincount(tokens[:-1] * 4 + tokens[1:], minlength=16)


same = [
    np.array_equal(dinucleotides(a), dinucleotides(b))
    for a, b in zip(x, x_shuffled, strict=True)
]
print(f"{sum(same)} of {len(same)} shuffles keep every dinucleotide count")

# %% [markdown]
# (method:local)=
# ## The local encoding: c = C(x)
#
# The *local encoder* $C$ is the first layer: a convolution with filters 19 nucleotides wide, a max pooling that keeps the best of every four positions, a bias and a ReLU, which sets what is negative to zero. (Bias and ReLU come after the pooling because it makes no difference to the result, and a quarter of the work.)


# %%
def shapes(encoder, array):
    rows = []
    for layer in encoder.layers:
        before, array = array, layer(array)
        rows.append(
            (layer.__class__.__name__, before.shape, tuple(array.shape))
        )
    table = pd.DataFrame(rows, columns=["layer", "in", "out"])
    return array, table.astype(str)


keras.utils.set_random_seed(seed)
model = grimlib.GRIM(pool_size=4, filters=n_filters)
c, table = shapes(model.local_encoder, ops.convert_to_tensor(x))
c_shuffled = model.local_encoder(x_shuffled)
table

# %% [markdown]
# $c$ has the axes (sequence, position, filter). The entry $c_{ij}$ says how well filter $j$ fits near pooled position $i$; the vector $c^{(i)}$ of all filters at one position is what the paper calls a {term}`local encoding`. The shuffles pass through the same layer, with the same weights, and give $c'$.
#
# (method:global)=
# ## The global encoding: h = F(c)
#
# The *further encoder* $F$ holds the remaining layers. It sums the sequence up in $p$ numbers, $h = F(C(x))$.

# %%
h, table = shapes(model.further_encoder, c)
table

# %% [markdown]
# The paper's list of layers ends with "number of labels" units, which an unsupervised network does not have. We take $p = 128$ units with a sigmoid, so that each lies between 0 and 1. The hidden layers and {term}`dropout` are the paper's; there is no {term}`batch normalisation`, as the paper says for GRIM. Only the sequence has a {term}`global encoding`; the shuffle's is never computed.
#
# (method:discriminator)=
# ## The discriminator: D(c, h)
#
# Deep InfoMax scores how well a local code and a global code go together: it projects both into a common space and takes an inner product ({ref}`background:dim`). GRIM multiplies every entry of one with every entry of the other, their *outer product*, and takes the largest:
#
# $$
# D(c^{(i)}, h) = \max_{j,k}\, \left(c^{(i)} \otimes h\right)_{j,k}.
# $$ (eq-discriminator)
#
# The {term}`discriminator` has no weights of its own, so there is nothing but the filters and $h$ that could learn. Here it is to the letter, for ten sequences of the batch:

# %%
c10, h10 = (ops.convert_to_numpy(a)[:10] for a in (c, h))
outer = c10[:, :, :, None] * h10[:, None, None, :]
literal = outer.max(axis=(2, 3))  # over filters j and units k
print("outer product", outer.shape, f"{outer.nbytes / 1e6:.0f} MB")
print("scores       ", literal.shape)

# %% [markdown]
# Nobody needs to form it. A product of two numbers is largest where each is at one of its extremes, so
#
# $$
# \begin{aligned}
# \max_{j,k} c_j h_k = \max(&\max c \max h,\; \min c \min h,\\
# &\max c \min h,\; \min c \max h),
# \end{aligned}
# $$
#
# and where neither has negative entries, as here, it is simply $\max c \cdot \max h$:

# %%
short = ops.convert_to_numpy(grimlib.max_outer_product(c, h))[:10]
simple = c10.max(axis=2) * h10.max(axis=1, keepdims=True)
print(f"largest difference: {np.abs(literal - short).max():.1e}")
print(f"and for the simple form: {np.abs(literal - simple).max():.1e}")

# %% tags=["copy"]
signed = rng.normal(size=(2, 5, 8)), rng.normal(size=(2, 3))  # both signs
long = (signed[0][..., None] * signed[1][:, None, None]).max(axis=(2, 3))
four = ops.convert_to_numpy(grimlib.max_outer_product(*signed))
print(f"with numbers of both signs: {np.abs(long - four).max():.1e}")

# %% [markdown]
# The short form shows what the discriminator does: it multiplies the strongest entry of the local code by the strongest unit of $h$. The other units count only in that they may become the strongest for another sequence.
#
# It also shows what $h$ can say. The paper wants matched pairs to score higher than mismatched ones because $c$ and $h$ come from the same sequence. But with $c, h \ge 0$, all of $h$ enters as one number, $\max h$: a *gain*, by which every score of a sequence and of its shuffle is multiplied alike.
# A local code of any other sequence with the same largest entry gets the same score. So $D$ cannot tell whether $c$ and $h$ belong together. A matched pair scores higher than a mismatched one exactly if $\max c^{(i)} > \max c'^{(i)}$ and $h$ is not zero, whatever else $h$ holds.
#
# (background:views)=
# (method:views)=
# ## What is a view?
#
# The loss sums the estimate {eq}`eq-js` over all views $i$ of a sequence:
#
# $$
# \mathcal L_\mathrm{GRIM} = -\sum_i \hat I\left(X^{(i)}; h\right).
# $$ (eq-grim)
#
# (The paper's Eq. (3) has no minus sign, and maximises. Equations with numbers carry the paper's.) The paper writes the sum from $i = 1$ to $L$, the length of the sequence, with one estimate "for each local subsequence location $i$". So read literally, views are *positions*, and
# $c^{(i)}$ is the vector of all filters at one position. Its local encoding includes the max pooling, which leaves $P$ positions of the $L = 200$: $P = 50$ on Task 1 (windows of 4) and $P = 8$ on Task 2 (windows of 25). We sum over these. Then the maximum in {eq}`eq-discriminator` is over filters, and at each position the filters
# compete: only the strongest is taught. But the sentence above the paper's Eq. (2) says the maximum goes over the entire feature map,
# "position-wise and depth-wise". One way to make that a sum of several views is one view for each *filter*, with the maximum over
# positions: then every filter that fires is taught by every sequence, and none compete.
#
# | `views` | a view is | the maximum is over | views |
# |:--|:--|:--|:--|
# | `"position"`, the {term}`literal reading` | all filters at one position | filters | $P$ |
# | `"filter"` | one filter at all positions | positions | $d$ |
# | `"both"`, the {term}`adopted reading` | either of these | filters or positions | $P + d$ |
# | `"sequence"` | the whole feature map | both | 1 |
#
# `grimlib` has both readings, their sum, and one view for the whole sequence. We train the first three for a moment, from the same initial weights, so that there is something to see.

# %%
models = {}
for views in ("position", "filter", "both"):
    keras.utils.set_random_seed(seed)
    models[views] = grimlib.GRIM(
        pool_size=4, filters=n_filters, views=views
    )
    models[views].compile(optimizer="adam")
    models[views].fit(
        grimlib.training_batches(train, batch_size=100, seed=seed),
        steps_per_epoch=-(-len(train) // 100),
        epochs=epochs,
        shuffle=False,  # the batches come in a new order already
        verbose=0,
    )

# %% mystnb={"figure": {"name": "fig-method-views", "caption": "One sequence's local encoding c, dark where a filter fires (after a short training with both views), and one view of it under each reading (frames of one row or column are drawn wider than they are). A score is the largest entry within the coloured frame, marked by a circle, times the largest unit of h; the loss adds up the scores' terms for all such frames."}, "image": {"alt": "Four copies of a matrix of positions by filters with a few dark cells. In the first a horizontal frame holds one row, in the second a vertical frame holds one column, in the third there are both, in the fourth the frame is around the whole matrix. A circle marks one cell in each frame."}}
shown = ops.convert_to_numpy(models["both"].local_encoder(x[:1]))[0]
positions, filters = shown.shape
i = 5 + shown[5:-5].max(axis=1).argmax()  # a position where much happens
j = shown.max(axis=0).argsort()[-2]  # ... and such a filter
marked = {
    "row": ((-0.5, i - 1), filters, 2, "C0", (shown[i].argmax(), i)),
    "column": (
        (j - 1.5, -0.5),
        3,
        positions,
        "C1",
        (j, shown[:, j].argmax()),
    ),
    "all": (
        (-0.5, -0.5),
        filters,
        positions,
        "C2",
        np.unravel_index(shown.T.argmax(), shown.T.shape),
    ),
}
frames = {
    "position": ["row"],
    "filter": ["column"],
    "both": ["row", "column"],
    "sequence": ["all"],
}
figure, axes = plt.subplots(
    2, 2, figsize=(8, 5.2), sharex=True, sharey=True
)
for ax, (views, names) in zip(axes.flat, frames.items(), strict=True):
    ax.imshow(
        shown,
        cmap="Greys",
        vmax=shown.max() / 2,
        aspect="auto",
        interpolation="none",
    )
    for corner, width, height, colour, largest in map(marked.get, names):
        ax.add_patch(
            plt.Rectangle(
                corner,
                width,
                height,
                fill=False,
                ec=colour,
                lw=1.5,
                clip_on=False,
            )
        )
        ax.plot(*largest, "o", mfc="none", mec=colour, ms=11, mew=1.5)
    number = grimlib.count_views(views, positions, filters)
    ax.set_title(f"{views}: {number} view{'s' * (number > 1)}")
    ax.grid(False)
for ax in axes[:, 0]:
    ax.set_ylabel("position i")
for ax in axes[1]:
    ax.set_xlabel("filter j")

# %% [markdown]
# This book adopts **both**, summed. This is a loss of the book's own, and not what the paper's Eq. (3) says. It is adopted for what it does: positions make filters compete, so that they share the motifs among them, and filter views leave few filters idle.
# {ref}`method:gradient` shows both effects. Read literally, GRIM falls far below the paper's figures ({ref}`Task 1 <task1-full-scale>`, {ref}`Task 2 <task2-full-scale>`).
#
# (method:loss)=
# ## The loss, and where it rests
#
# For every view, {eq}`eq-js` sets the matched score $D(c^{(i)}, h)$ against the mismatched score $D(c'^{(i)}, h)$, and {eq}`eq-grim` adds up. Here is the whole walk in one piece, from sequences to the loss, with the untrained network and both families of views:

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

walk = pd.DataFrame(
    {
        "quantity": ["x, x′", "c, c′", "h", "D, D′", "Î", "loss"],
        "what it is": [
            "tokens",
            "local encodings",
            "global encoding",
            "scores",
            "estimates",
            "minus their sum",
        ],
        "axes": [
            "sequence, nucleotide",
            "sequence, position, filter",
            "sequence, unit",
            "sequence, view",
            "view",
            "",
        ],
        "shape": [
            str(tuple(array.shape))
            for array in (x, c, h, matched, estimates, loss)
        ],
    }
)
walk

# %% tags=["copy"]
ceilings = pd.DataFrame(
    {
        "number of views V": {
            v: grimlib.count_views(v, 200 // 4, n_filters)
            for v in grimlib.VIEWS
        }
    }
).rename_axis("views")
ceilings["loss if all scores are zero"] = ceilings["number of views V"].map(
    grimlib.collapsed_loss
)
ceilings.round(2)

# %% tags=["remove-cell"]
ceiling = grimlib.collapsed_loss(model.n_views)
paper.glue_all(
    "method",
    {
        "loss": f"{float(loss):.1f}",
        "ceiling": f"{ceiling:.1f}",
        "bound": f"{ceiling / 2:.1f}",
    },
)

# %% [markdown]
# The loss of this batch is {glue:text}`method-loss` nats before any training, against {glue:text}`method-ceiling` for scores of zero: random filters fire on sequences and on shuffles alike,
# so that mismatched pairs score as high as matched ones. The last column is the *collapse*. If all scores are zero, the loss is $2 V \ln 2$ for $V$ views. Matched and mismatched pairs then pull with opposite forces, which cancel as far as filters fire alike on sequences and shuffles, and learning rests.
# With position views, a narrow $h$ with a linear output, as the paper's layer list has it, fell into this state; 128 sigmoid units did not ({ref}`choices:collapse`). A run
# that ends there is reported as collapsed, never as a result.
#
# The loss has a floor as well. With $c, h \ge 0$, no score is negative, so a mismatched pair contributes $-\mathrm{sp}(D') \le -\ln 2$ to its estimate, and a matched one nothing above zero. Each estimate is thus at most $-\ln 2$. The loss cannot fall below $V \ln 2$, half of the collapsed loss: {glue:text}`method-bound` here.
#
# Does the loss measure the information that the paper derives it from? The paper notes that $I(X^{(i)}; h)$ is a lower bound of $I(X^{(i)}; X)$. But $X^{(i)}$ is a part of $X$. So $I(X^{(i)}; X) = H(X^{(i)})$, the patch's own entropy. It is a property of the data, and no weight can change it: this bound cannot say which filters to learn. And with shuffles as negatives, $\hat I$ is not about $I(X^{(i)}; h)$ either ({ref}`background:shuffles`).
# What guides the filters is the comparison itself: a sequence is to score high and its shuffle low.
#
# (method:gradient)=
# ## Which filter learns, and from which position
#
# A maximum hands its gradient to one entry, the largest. So of the whole matrix $c$ of a sequence, each view teaches one cell: one filter, by what it saw at one position. The rest of $c$ is reached only through $h$. To see it, we make the encodings themselves the weights of a small model. One step of plain gradient descent
# with a learning rate of 1 then moves them by minus the gradient, whichever library Keras runs on.


# %%
class Encodings(keras.Model):
    def __init__(self, c, c_shuffled, global_of, views):
        super().__init__()
        self.c = keras.Variable(c)
        self.c_shuffled = keras.Variable(c_shuffled)
        self.global_of, self.views = global_of, views

    def call(self, _):
        h = self.global_of(self.c)
        return {
            "matched": grimlib.view_scores(self.c, h, self.views),
            "mismatched": grimlib.view_scores(
                self.c_shuffled, h, self.views
            ),
        }

    def compute_loss(self, x, y, y_pred, *_):
        return grimlib.grim_loss(**y_pred)


def pull(model, views, through_h=False):
    """How the loss moves c and c′, where the ReLU lets it pass."""
    before = [
        ops.convert_to_numpy(model.local_encoder(tokens))
        for tokens in (x, x_shuffled)
    ]
    h = model.further_encoder(before[0])
    model.further_encoder.trainable = False
    global_of = model.further_encoder if through_h else lambda _: h
    encodings = Encodings(*before, global_of, views)
    encodings.compile(keras.optimizers.SGD(1.0), run_eagerly=True)
    encodings.train_on_batch(np.zeros((1, 1)))
    after = encodings.c, encodings.c_shuffled
    model.further_encoder.trainable = True
    return [
        (ops.convert_to_numpy(new) - old) * (old > 0)
        for new, old in zip(after, before, strict=True)
    ]


# %% mystnb={"figure": {"name": "fig-method-gradient", "caption": "Where the loss pulls directly on the local encodings of one sequence and of its shuffle, in the untrained network. Each mark is a cell (position, filter) that gets a gradient; all others get none."}, "image": {"alt": "Three panels of positions by filters. Under position views there is a mark in every row and the marks gather in a few columns. Under filter views there is a mark in every column. Under both views there are both. Blue circles mark the sequence, orange crosses its shuffle."}}
readings = ("position", "filter", "both")
figure, axes = plt.subplots(1, 3, figsize=(8.5, 3.6), sharey=True)
for ax, views in zip(axes, readings, strict=True):
    raised, lowered = pull(model, views)
    for moved, marker, label in (
        (raised[0], "C0o", "x: raised"),
        (lowered[0], "C1x", "x′: lowered"),
    ):
        at, which = np.nonzero(moved)
        ax.plot(which, at, marker, ms=4, mfc="none", label=label)
    ax.set(title=f"{views} views", xlabel="filter j")
    ax.set(xlim=(-2, filters + 1), ylim=(positions, -1))
    ax.set_xticks(range(0, filters, 50))
axes[0].set_ylabel("position i")
_ = figure.legend(
    *ax.get_legend_handles_labels(),
    loc="outside lower center",
    ncols=2,
    frameon=False,
)

# %% [markdown]
# Under *position* views, every position teaches somebody, and mostly the same few: filters that by the luck of their initial weights give the largest values. Under *filter* views, every filter that fires is taught once by every sequence. The signs are always the same: what is largest in the sequence is raised, what is largest in its shuffle is lowered. A filter that does not
# tell them apart is pulled up and down with nearly equal force.
#
# Over the whole batch, and after the short training:

# %% tags=["table", "remove-output"]
order = [np.flatnonzero((data.tokens == row).all(axis=1))[0] for row in x]
on_site = np.zeros(x.shape, dtype=bool)
for k, sequence in enumerate(order):
    for one in data.sites[data.sites["sequence"] == sequence].itertuples():
        on_site[k, one.start : one.end] = True
on_site = on_site.reshape(len(x), positions, -1).any(axis=2)

rows = []
for when in ("before", "after"):
    for views in readings:
        network = model if when == "before" else models[views]
        raised, lowered = pull(network, views)
        through_h, _ = pull(network, views, through_h=True)
        by_filter = np.abs(raised).sum(axis=(0, 1))
        by_filter += np.abs(lowered).sum(axis=(0, 1))
        rows.append(
            {
                "training": when,
                "views": views,
                "cells, direct": (raised != 0).sum() / len(x),
                "cells, with h": (through_h != 0).sum() / len(x),
                "filters": (by_filter > 0).sum(),
                "top 10": np.sort(by_filter)[-10:].sum() / by_filter.sum(),
                "on sites": raised[on_site].sum() / raised.sum(),
            }
        )
paths = pd.DataFrame(rows)
paths.round(2)

# %% tags=["remove-cell"]
forms = {
    "cells, direct": "{:.0f}",
    "cells, with h": "{:.0f}",
    "top 10": "{:.0%}",
    "on sites": "{:.0%}",
}
text = paths.set_index(["training", "views"])
for name, form in forms.items():
    text[name] = text[name].map(form.format)
shares = {
    f"{short}-{when}-{views}": row[column]
    for (when, views), row in text.iterrows()
    for short, column in (("top", "top 10"), ("on", "on sites"))
}
paper.glue_all(
    "method",
    {
        "paths": text,
        "cells": f"{positions * filters:,}",
        "filters": filters,
        "even": f"{min(10 / filters, 1):.0%}",
        "site-share": f"{on_site.mean():.0%}",
        **shares,
    },
)

# %% [markdown]
# :::{table} Who is taught by one batch of 100 sequences, before and after the short training under each reading. *Cells*: of the {glue:text}`method-cells` cells of a sequence's c, how many get a gradient from D directly, and how many if the path through h is added. *Filters*: how many of {glue:text}`method-filters` get any directly. *Top 10*: what the ten most pulled filters get of it. *On sites*: what part of the direct pull upwards falls on positions that overlap an embedded motif.
# :name: tab-method-paths
#
# ```{glue:md} method-paths
# :format: myst
# ```
# :::
#
# *Filters.* Under position views, ten filters take {glue:text}`method-top-before-position` of the direct pull before training and {glue:text}`method-top-after-position` after it; under filter views {glue:text}`method-top-before-filter` and {glue:text}`method-top-after-filter`, where an even share would be {glue:text}`method-even`. A filter that never leads at any position is not taught directly by position views, and may stay idle. Under filter views, each filter leads its own view. Only a filter that fires nowhere, its ReLU at zero for all sequences, gets no gradient under either; filter views leave few such filters, but not always none ({doc}`choices`).
#
# *Positions.* Sites cover {glue:text}`method-site-share` of the positions. Before training, {glue:text}`method-on-before-filter` of the pull of filter views falls there, since random filters know nothing of motifs. After it, {glue:text}`method-on-after-filter`, and {glue:text}`method-on-after-position` for position views, where every position has to teach somebody, motif or not. (The filters are wide, so a filter that fires at one
# of a site's neighbours may have seen the site as well.)
#
# *Paths.* Through $h$, the gradient reaches every cell that fires, but by way of a summary of the whole sequence. Only the direct path goes to a single filter at a single place. Cells that do not fire get nothing on either path.
#
# What the loss does with scores, and $h$ with the filters, is now all there: training is Keras's own `fit` with `grim_loss`, and {doc}`task1` shows what comes of it.
#
# ## In this chapter we saw
#
# - every array of GRIM, from tokens to one number;
# - that the discriminator's outer product is the product of two maxima, has no weights, and takes from $h$ one number a sequence;
# - that the paper's sum runs over positions, which reading this book adopts in its place, and what each does to the gradient;
# - that the loss stands at $2 V \ln 2$ where every score is zero, and cannot fall below half of that.
