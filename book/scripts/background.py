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
# # Background and method
#
# **What you will see.** From mutual information to the one line that GRIM minimises, and a batch of real sequences walked through
# it. **What it needs.** Nothing from other chapters. **How long it takes.** Seconds.
#
# ## Why not simply use labels?
#
# A convolutional network that predicts, say, which factor binds a piece of DNA has first-layer *filters*: small weight
# matrices that slide along the sequence and score how well each stretch fits. One would like to
# read them as motifs {cite:p}`alipanahi2015,kelley2016`. Often one cannot: the network needs only *some* features that predict
# its labels, and it can spread one motif over several filters and put it together in deeper layers
# {cite:p}`koo2019`. What is enough for the label is learned; what is there in the data, but not needed, is not {cite:p}`ilyas2019`.
#
# GRIM, *Genomic Representations with Information Maximization* {cite:p}`lee2021grim`, drops the labels and asks for the filters whose
# output says most about the sequence.
#
# ## Mutual information
#
# The *mutual information* $I(X; Y)$ of two random quantities says by how much knowing one reduces the
# uncertainty about the other: zero if they are independent, and the full uncertainty of $X$ if $Y$ determines it. The *InfoMax* principle
# {cite:p}`linsker1988` makes it a goal of learning: among the encoders $g$ that a network can express, take the one with
#
# $$
# \max_{g \in \mathcal G} I(X; g(X)).
# $$
#
# For sequences, images or anything else with many dimensions, $I$ cannot be computed, and estimating it from samples is hard.
# {cite:t}`becker1992` found a way around: encode two *views* of the same thing, such as two halves of an image, and make the two codes agree. What they
# share must come from what is in both views. By the *data-processing inequality* {cite:p}`cover2012`, codes cannot share more than the
# views do, so the information between codes is a lower bound of the one that InfoMax wants, and raising it is safe {cite:p}`tschannen2019`.
#
# *Deep InfoMax* {cite:p}`hjelm2018` takes as views a *local* and the *global* encoding of the same input. A *discriminator* $D$ scores how well a local
# code $c^{(i)}$ and a global code $h$ go together; pairs from the same input (*matched*) should score high, pairs whose local code comes
# from another input $x'$ (*mismatched*) low:
#
# $$
# \hat I = \mathbb E\left[-\mathrm{sp}\left(-D(c^{(i)}, h)\right)\right]
#        - \mathbb E\left[\mathrm{sp}\left(D(c'^{(i)}, h)\right)\right],
# \qquad \mathrm{sp}(z) = \log(1 + e^z).
# $$ (eq-js)
#
# Numbered equations on this page carry the paper's own numbers. {numref}`fig-background-softplus` draws the two terms. Their sum is also, up to its sign, the *binary cross-entropy* of a classifier that tells matched from
# mismatched pairs by the score $D$. The estimate rises with the mutual information, but it is not in its unit: it estimates a
# Jensen-Shannon divergence, is never positive, and stops at zero for perfect discrimination however much information there is.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from keras import ops

import grimlib

grimlib.use_style()

# %% mystnb={"figure": {"name": "fig-background-softplus", "caption": "What a pair contributes to the estimate. A matched pair is rewarded for a high score, a mismatched one for a low score, and each saturates once it is clearly on its side. Where both score zero, the sum is \u22122 ln 2."}, "image": {"alt": "Two mirrored curves against the score D. One rises to zero for high scores, the other falls from zero; they cross at D equal to zero and minus 0.69.", "width": "75%"}}
scores = np.linspace(-6, 6, 200)
figure, ax = plt.subplots(figsize=(5.6, 2.8))
ax.plot(scores, -np.logaddexp(0, -scores), label="matched: −sp(−D)")
ax.plot(
    scores, -np.logaddexp(0, scores), ls="--", label="mismatched: −sp(D′)"
)
ax.set_xlabel("score")
ax.set_ylabel("contribution (nats)")
_ = ax.legend(frameon=False)

# %% [markdown]
# ## GRIM: views, negatives and discriminator for DNA
#
# GRIM fills in the three things that Deep InfoMax leaves to the application.
#
# **Encodings.** The local encoder $C$ is the first layer: convolution with filters 19 nucleotides wide, max pooling, ReLU. The further encoder $F$ holds
# the remaining layers, and $h = F(C(x))$ sums up the sequence in $p$ numbers.
#
# **Negatives.** $x'$ is a *dinucleotide shuffle* of $x$: a random sequence with exactly the same count of each pair of neighbouring
# nucleotides, and the same ends. Real DNA has preferences for certain pairs, such as few CG; a network that could tell sequences from
# their shuffles by such preferences would learn them. As it is, only longer patterns help: motifs. `grimlib` draws the
# shuffle uniformly among all that are possible {cite:p}`altschul1985`, and anew in every epoch.

# %%
rng = np.random.default_rng(1)
sequence = grimlib.encode("TGACCATATATGGTCA")
for _ in range(3):
    print(grimlib.decode(grimlib.dinucleotide_shuffle(sequence, rng)))

# %% [markdown]
# Three shuffles of an SRF site. Each still has the site's dinucleotides, and none of them is an SRF site.
#
# **Discriminator.** In place of Deep InfoMax's learned projections, GRIM multiplies every entry of the local code with every entry of the
# global one (their *outer product*) and takes the largest:
#
# $$
# D(c^{(i)}, h) = \max_{j,k}\, \left(c^{(i)} \otimes h\right)_{j,k}.
# $$ (eq-discriminator)
#
# It has no weights of its own, so there is nothing but the filters and $h$ that could learn. Nor need the product ever be formed: $c_j h_k$ is
# largest where both factors are at one of their extremes. We try it on numbers drawn at random, of both signs.

# %%
local = rng.normal(size=(2, 5, 8))  # 2 sequences, 5 positions, 8 filters
global_ = rng.normal(size=(2, 3))  # 2 sequences, p = 3
literal = (local[..., :, None] * global_[:, None, None, :]).max(
    axis=(-2, -1)
)
short = ops.convert_to_numpy(grimlib.max_outer_product(local, global_))
print(f"largest difference: {np.abs(literal - short).max():.1e}")

# %% [markdown]
# (background:views)=
# ## What is a view?
#
# The loss sums the estimate over all views $i$ of a sequence:
#
# $$
# \mathcal L_\mathrm{GRIM} = -\sum_i \hat I\left(X^{(i)}; h\right).
# $$ (eq-grim)
#
# (The paper's Eq. (3) has no minus sign, and maximises.) What $i$ runs over is told in two ways. The definition of
# $c^{(i)}$ says *positions*: the vector of all filters at one position. Then the maximum in {eq}`eq-discriminator` is over filters, and at each position the filters
# compete: only the strongest is taught. The sentence below the paper's Eq. (2) says the maximum goes over the entire feature map,
# "position-wise and depth-wise". One way to make that a sum of several views is one view for each *filter*, with the maximum over
# positions: then every filter is taught by every sequence, and none compete.
#
# `grimlib` has both readings, their sum, and one view for the whole sequence:

# %%
positions, filters = 50, 128  # CNN-4 on 200 nt
counts = [grimlib.count_views(v, positions, filters) for v in grimlib.VIEWS]
pd.DataFrame(
    {
        "views": grimlib.VIEWS,
        "number of views": counts,
        "loss if nothing is learned": [
            grimlib.collapsed_loss(n) for n in counts
        ],
    }
).round(2)

# %% [markdown]
# This book adopts **both**, summed: positions make filters compete, so that they share the motifs among them, and filter views see to
# it that none stays idle. The last column is the *collapse*. If all scores are zero, matched and mismatched pairs pull on $h$ and on the
# filters with equal and opposite force, and learning has come to rest at $2 V \ln 2$ for $V$ views.
# A narrow $h$ with a linear output, read to the letter of the paper's layer list, falls into it; 128 sigmoid units do not. A run
# that ends there is reported as collapsed, never as a result.
#
# ## One batch, step by step
#
# A hundred sequences of {doc}`task1`, their shuffles, and an untrained GRIM:

# %%
data = grimlib.simulate_task1(n_sequences=1000, seed=0)
model = grimlib.GRIM(pool_size=4, filters=128)
(batch,) = next(
    grimlib.training_batches(data.tokens, batch_size=100, seed=0)
)

c = model.local_encoder(batch["sequence"])
c_shuffled = model.local_encoder(batch["shuffled"])
h = model.further_encoder(c)
matched = grimlib.view_scores(c, h, "both")
mismatched = grimlib.view_scores(c_shuffled, h, "both")
loss = float(grimlib.grim_loss(matched, mismatched))

pd.DataFrame(
    {
        "quantity": ["x, x′", "c, c′", "h", "D, D′"],
        "what it is": [
            "tokens",
            "local encodings",
            "global encoding",
            "scores",
        ],
        "axes": [
            "sequence, nucleotide",
            "sequence, position, filter",
            "sequence, unit",
            "sequence, view",
        ],
        "shape": [
            str(tuple(a.shape)) for a in (batch["sequence"], c, h, matched)
        ],
    }
)

# %% tags=["remove-cell"]
from myst_nb import glue

glue("background-loss", f"{loss:.1f}", display=False)
glue(
    "background-ceiling",
    f"{grimlib.collapsed_loss(model.n_views):.1f}",
    display=False,
)

# %% [markdown]
# The loss of this batch is {glue:text}`background-loss` nats before any training, against {glue:text}`background-ceiling` for scores of zero: random filters fire on sequences and on shuffles alike,
# so that mismatched pairs score as high as matched ones. From here on, training is Keras's own `fit`; the loss is nothing but
# `grim_loss`, and {doc}`task1` shows what comes of it.
#
# ## In this chapter we saw
#
# - that GRIM raises a lower bound of the mutual information between what filters see locally and what the network knows of the whole sequence;
# - that this is the same as telling matched from mismatched pairs, with shuffles as the mismatch;
# - that the paper's text allows several readings of a view, and which one this book adopts.
