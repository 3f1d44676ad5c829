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
# # Background: mutual information, and how to raise it
#
# **What you will see.** What [mutual information](glossary.md#mutual-information) is, why it is hard to estimate, and
# four estimators tested on data whose information is known.
# Then the estimator that GRIM uses, and what becomes of it on DNA.
#
# **What we find.** The paper says that its method, [GRIM](glossary.md#grim), maximises the mutual information of a
# sequence's [local](glossary.md#local-encoding) and [global](glossary.md#global-encoding) encodings.
# An estimate of that needs counterexamples drawn from the *product of the marginals*: the local encoding of one sequence
# beside the global encoding of another.
# GRIM takes shuffles of the same sequence instead, and these are no such draws.
# Its loss measures how well sequences can be told from their shuffles, and can reward a filter even if the two encodings
# share no information ([GRIM's negatives are shuffles](#grims-negatives-are-shuffles)).
#
# **What it needs.** Nothing from other chapters.
# **How long it takes.** Half a minute on one core.
#
# ```bash
# papermill book/background.ipynb out.ipynb -p seed 7 -p steps 2000
# ```

# %% tags=["parameters"]
seed: int = 0  # of samples and initial weights
steps: int = 400  # training steps of each critic at each information
batches: int = 30  # batches that every estimate is repeated on

# %% tags=["remove-cell"]
from grimlib.paper import check_parameters

check_parameters(globals(), seed=0, steps=1, batches=2)

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from keras import layers, ops

import grimlib
from grimlib import paper
from grimlib.paper import information

grimlib.use_style()
rng = np.random.default_rng(seed)

# %% [markdown]
# ## Why not simply use labels?
#
# A *convolutional network* reads DNA by [filters](glossary.md#filter), small tables of weights that slide along the
# sequence and score how well each stretch fits.
# *Training* changes the weights, step by step, so that a number called the *loss* falls.
# In *supervised* training, the loss compares the network's output with labels, such as which
# [transcription factor](glossary.md#transcription-factor) binds the sequence.
#
# One would like to read the filters as [motifs](glossary.md#motif), the short patterns that such factors recognise
# ([Alipanahi et al., 2015](references.md#alipanahi-et-al-2015); [Kelley et al., 2016](references.md#kelley-et-al-2016)).
# Often one cannot: the network can spread one motif over several filters and put it together in deeper layers
# ([Koo & Eddy, 2019](references.md#koo--eddy-2019)).
# And it needs only *some* features that predict its labels, not all that are there, nor those that people look for
# ([Ilyas et al., 2019](references.md#ilyas-et-al-2019)).
#
# GRIM, *Genomic Representations with Information Maximization* ([Lee & Koo, 2021](references.md#lee--koo-2021)), uses
# no labels, and looks for filters whose output says most about the sequence.
# Mutual information makes that precise.
#
# ## Mutual information
#
# The *mutual information* of two random quantities says by how much knowing one reduces the uncertainty about the other:
#
# $$
# I(X; Y) = \sum_{x, y} p(x, y)\, \ln \frac{p(x, y)}{p(x)\, p(y)}.
# $$
#
# The formula compares two distributions of pairs.
# The *joint* distribution $P = p(x, y)$ is that of the pairs as they occur.
# The *product of the marginals* $Q = p(x)\, p(y)$ is that of pairs whose two parts are drawn independently.
# The sum is the *Kullback-Leibler divergence* $\mathrm{KL}(P \,\|\, Q)$, a measure of how far $P$ is from $Q$.
# It is zero if $X$ and $Y$ are independent, and the full uncertainty of $X$ if $Y$ determines $X$.
# With natural logarithms its unit is the *nat*; one bit is $\ln 2 = 0.69$ nats.
#
# For quantities with few values, the formula can be computed directly, as for a nucleotide $X$ and its copy $Y$:


# %% tags=["copy"]
def copied(error, times=1):
    """Joint probabilities of a nucleotide and what copying leaves of it."""
    once = np.full((4, 4), error / 3) + np.eye(4) * (1 - 4 / 3 * error)
    return np.linalg.matrix_power(once, times) / 4


copies = {
    f"{error:.0%}": f"{information.mutual_information(copied(error)):.3f}"
    for error in (0, 0.1, 0.75)
}
paper.captioned(
    pd.DataFrame({"I(X; Y), nats": copies}).rename_axis("wrong letters"),
    "Mutual information of a nucleotide and its copy.",
)

# %% [markdown]
# A faithful copy says all there is to know, $\ln 4 = 1.386$ nats or two bits.
# With 75% wrong letters the copy is any of the four nucleotides alike, and says nothing.
#
# ## Processing never adds information
#
# If $Z$ is made from $Y$ alone, as in $X \to Y \to Z$, then $I(X; Z) \le I(X; Y)$, the *data-processing inequality*
# ([Cover & Thomas, 2012](references.md#cover--thomas-2012)): no later step restores information that is lost.
# We check it on a thousand chains with random probabilities.


# %%
def random_chain():
    start = rng.dirichlet(np.ones(4))
    first, second = rng.dirichlet(np.full(4, 0.3), size=(2, 4))
    x_y = start[:, None] * first  # joint distribution of X and Y
    return x_y, x_y @ second  # ... and of X and Z


chains = np.array(
    [
        [information.mutual_information(joint) for joint in random_chain()]
        for _ in range(1000)
    ]
)
assert (np.diff(chains) < 1e-12).all()

# %% [markdown]
# The figure shows these chains beside copies of copies of a nucleotide.

# %% mystnb={"figure": {"name": "fig-background-dpi", "caption": "Left: information between a nucleotide and its copy after so many copyings, each with a chance of 5% or 20% to write another letter. Right: a thousand random chains X \u2192 Y \u2192 Z over four letters; none lies above the diagonal."}, "image": {"alt": "Left, two curves that fall from 1.39 nats towards zero, the one with more errors faster. Right, a cloud of points that fills the area below a diagonal line and leaves the area above it empty."}}
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3))
for error, style in ((0.05, "-"), (0.2, "--")):
    after = [copied(error, times) for times in range(16)]
    nats = [information.mutual_information(joint) for joint in after]
    left.plot(nats, style, label=f"{error:.0%} errors a copy")
left.set(xlabel="copyings", ylabel="I(original; copy) (nats)")
left.set_xticks(range(0, 16, 5))
left.legend(frameon=False)
right.plot(*chains.T, ".", ms=3, alpha=0.5)
right.axline((0, 0), slope=1, color="black", lw=1)
labels = right.set(xlabel="I(X; Y) (nats)", ylabel="I(X; Z) (nats)")

# %% [markdown]
# A network makes a [global encoding](glossary.md#global-encoding) $E(X)$ of the whole sequence $X$.
# So for a piece $X^{(i)}$ of it, as the paper notes, $I(X^{(i)}; E(X))$ is never more than $I(X^{(i)}; X)$.
# But the piece is a part of the sequence, so this limit is the whole uncertainty of the piece.
# It is the same for every network, and does not say which is better.
#
# ## InfoMax, and two views
#
# The [InfoMax](glossary.md#infomax) principle ([Linsker, 1988](references.md#linsker-1988)) makes information a goal:
# among the encoders $g$ that a network can express, take the one that reaches
#
# $$
# \max_{g \in \mathcal G} I(X; g(X)).
# $$
#
# [Becker & Hinton (1992)](references.md#becker--hinton-1992) made it practical: encode two *views* of the same thing,
# such as two halves of an image, and make the two codes agree,
#
# $$
# \max_{g_1, g_2} I_\mathrm{est}\left(g_1(X^{(1)});\, g_2(X^{(2)})\right).
# $$
#
# By the data-processing inequality, the two codes share no more information than the pair of them has about $X$: the
# second goal is a lower bound of the first ([Tschannen et al., 2019](references.md#tschannen-et-al-2019)).
# $I_\mathrm{est}$ is an estimate from samples, and needs an estimator.
#
# ## Why it is hard to estimate
#
# With few values, one may count pairs and put the frequencies into the formula.
# We do so for pairs of *k-mers*, words of $k$ nucleotides, drawn independently, so that the truth is zero.


# %%
def counted(k, n):
    table = np.zeros((4**k, 4**k))
    np.add.at(table, tuple(rng.integers(4**k, size=(2, n))), 1)
    return f"{information.mutual_information(table):.3f}"


by_counting = {
    f"{n:,} pairs": [counted(k, n) for k in range(1, 6)]
    for n in (10**3, 10**5)
}
paper.captioned(
    pd.DataFrame(by_counting, index=pd.Index(range(1, 6), name="k")),
    "Information between independent k-mers, in nats, estimated by "
    "counting. The truth is 0.",
)

# %% [markdown]
# From $k = 4$ on, a thousand pairs "show" several nats between words that are independent.
# There are more possible pairs of words than samples, so each pair that occurs looks special.
# The number of samples needed grows with the number of possible pairs, exponentially in $k$
# ([Paninski, 2003](references.md#paninski-2003)).
# For sequences and for images, counting is out of the question.
#
# ## Estimators that learn
#
# The way out is to estimate the contrast of the two distributions only.
# A *critic* $f(x, y)$, such as a small network, scores *matched* pairs, drawn from $P$, and *mismatched* pairs, drawn
# from $Q$, which combine an $x$ with the $y$ of another sample.
# Its scores give a lower bound of the information, and training the critic raises the bound
# ([Poole et al., 2019](references.md#poole-et-al-2019)).
# Below, $\mathbb E_P$ and $\mathbb E_Q$ are means over matched and mismatched pairs, and $\mathrm{sp}(z) = \ln(1 + e^z)$
# is the *softplus* function.
#
# *Four estimators: each one's formula, the critic at which it is largest, and its value there.*
#
# | estimator | estimate from scores | best critic | value |
# |:--|:--|:--|:--|
# | Donsker-Varadhan, DV ([1983](references.md#donsker--varadhan-1983)) | $\mathbb E_P[f] - \ln \mathbb E_Q[e^f]$ | $\ln \frac{p(x, y)}{p(x) p(y)}$, plus any constant | $I$ |
# | Nguyen-Wainwright-Jordan, NWJ ([2010](references.md#nguyen-et-al-2010)) | $\mathbb E_P[f] - \mathbb E_Q[e^{f - 1}]$ | $1 + \ln \frac{p(x, y)}{p(x) p(y)}$ | $I$ |
# | InfoNCE ([van den Oord et al., 2018](references.md#van-den-oord-et-al-2018)) | mean of $\ln \frac{e^{f(x_i, y_i)}}{\frac 1N \sum_j e^{f(x_i, y_j)}}$ | as DV, plus any function of $x$ | at most $\ln N$ |
# | Jensen-Shannon, JS, [Eq. (1)](#what-the-softplus-form-estimates) | $\mathbb E_P[-\mathrm{sp}(-f)] - \mathbb E_Q[\mathrm{sp}(f)]$ | $\ln \frac{p(x, y)}{p(x) p(y)}$ | [not $I$](#what-the-softplus-form-estimates) |
#
# To test them we need data whose information is known.
# Two Gaussian vectors of $d$ dimensions, each pair of coordinates with correlation $\rho$, have
# $I = -\frac d2 \ln(1 - \rho^2)$, and their best critic is known as well (`information.gaussian_scores`).
# So we can tell an estimator's own failings from those of a badly trained critic.
# A *batch* of $N$ pairs, scored together, gives $N$ matched scores and, combining each $x$ with every other $y$,
# $N (N - 1)$ mismatched ones.

# %% tags=["copy"]
dimensions = 5


def best_pairs(truth, n):
    """The best critic's scores of n Gaussian pairs: matched, mismatched."""
    rho = information.gaussian_correlation(truth, dimensions)
    x, y = information.sample_gaussians(n, rho, dimensions, rng)
    scores = information.gaussian_scores(x, y, rho)
    return information.split_pairs(ops.convert_to_tensor(scores))


estimators = {
    "DV": information.donsker_varadhan,
    "NWJ": lambda a, b: information.nwj(a + 1, b + 1),
    "InfoNCE": information.info_nce,
}
pairs = best_pairs(truth=2, n=256)
for name, estimate in estimators.items():
    print(f"{name:8} {float(estimate(*pairs)):.2f} nats, of 2")

# %% [markdown]
# At two nats, all three are nearly right.
# Now from zero to ten nats, with many batches each:

# %%
levels, sizes = np.linspace(0, 10, 11), (16, 64, 256)
best = pd.DataFrame(
    [
        (name, n, truth, float(estimate(*pairs)))
        for n in sizes
        for truth in levels
        for pairs in (best_pairs(truth, n) for _ in range(batches))
        for name, estimate in estimators.items()
    ],
    columns=["estimator", "N", "truth", "nats"],
)
groups = best.groupby(["estimator", "N", "truth"])["nats"]
spread = groups.describe(percentiles=[0.05, 0.95])

# %% mystnb={"figure": {"name": "fig-background-best", "caption": "Estimates with the best possible critic against the true information (black). Lines: mean over batches of N pairs; bands: the middle 90% of the batches. Dotted: ln N."}, "image": {"alt": "Three panels. DV rises above the diagonal, the more the smaller the batch. NWJ follows the diagonal with a band that widens downwards. InfoNCE bends and stays below a ceiling that rises with the batch size."}}
figure, axes = plt.subplots(1, 3, figsize=(9, 3.4), sharey=True)
for ax, name in zip(axes, estimators, strict=True):
    ax.plot(levels, levels, color="black", lw=1)
    for k, n in enumerate(sizes):
        one = spread.loc[name, n]
        ax.plot(levels, one["mean"], color=f"C{k}", label=f"N = {n}")
        ax.fill_between(
            levels, one["5%"], one["95%"], color=f"C{k}", alpha=0.2
        )
        if name == "InfoNCE":
            ax.axhline(np.log(n), color=f"C{k}", ls=":", lw=1)
    ax.set(title=name, xlabel="true information (nats)", ylim=(-2, 16))
axes[0].set_ylabel("estimate (nats)")
legend = axes[0].legend(frameon=False, loc="upper left")

# %% [markdown]
# The critic has nothing left to learn.
# Still, where the information is large, each estimator fails in its own way.
#
# - **DV has a bias.** The mean of $e^f$ over the mismatched pairs of a batch depends on rare large values.
#   Most batches have none, so their mean is too small, and the estimate is too large: it is no lower bound at all.
#   Training on batches has the same bias ([Belghazi et al., 2018](references.md#belghazi-et-al-2018)).
# - **NWJ has a variance.** The estimate is right on average, but only over very many batches.
#   For Gaussians, $e^f$ has the variance $e^{2I} - 1$ over mismatched pairs.
#   Batches without the rare large values give up to one nat too much; the few that have them give far too little.
# - **InfoNCE has a ceiling.** It asks which of $N$ candidates is the match.
#   A critic that is always right gets $\ln N$, so a larger information does not show.
#
# Any lower bound that holds with high confidence, whatever the distributions, needs a number of samples exponential in
# the information ([McAllester & Stratos, 2020](references.md#mcallester--stratos-2020)).
#
# ### With critics that have to be learned
#
# Now the critic is a network.
# It encodes $x$ and $y$ separately, and a pair's score is the inner product of the two codes.


# %% tags=["copy"]
def encoder(size=32):
    hidden = layers.Dense(128, activation="relu")
    return keras.Sequential([hidden, layers.Dense(size)])


# Pairs that share one nat. Of your own: x (N, d) and y (N, e), row by row
x, y = information.sample_gaussians(
    64 * steps + 1000,
    information.gaussian_correlation(1.0, 5),
    5,
    np.random.default_rng(seed),
)
keras.utils.set_random_seed(seed)
critic = information.Critic(encoder(), encoder(), information.info_nce)
critic.compile(optimizer="adam")
critic.fit({"x": x[1000:], "y": y[1000:]}, batch_size=64, verbose=0)
pairs = critic({"x": x[:1000], "y": y[:1000]})
bound = information.info_nce(*information.split_pairs(pairs))
print(f"InfoNCE on 1,000 new pairs: {float(bound):.2f} nats, of 1")

# %% [markdown]
# Next, each objective trains a critic of its own.
# The information rises in stages, and the critic goes on from where the last stage left it
# ([Poole et al., 2019](references.md#poole-et-al-2019)).
# After each stage, fresh batches give the estimates.

# %%
stages = (1, 2, 4, 6, 8)


def gaussians(truth, n):
    rho = information.gaussian_correlation(truth, dimensions)
    x, y = information.sample_gaussians(n, rho, dimensions, rng)
    return {"x": x, "y": y}


def scores_in_training(objective):
    """The truth, and scores of fresh batches, stage by stage."""
    keras.utils.set_random_seed(seed)
    critic = information.Critic(encoder(), encoder(), objective)
    critic.compile(optimizer="adam", steps_per_execution=min(20, steps))
    for truth in stages:
        many = gaussians(truth, 64 * steps)
        critic.fit(many, batch_size=64, shuffle=False, verbose=0)
        for _ in range(batches):
            scores = critic(gaussians(truth, 64))
            yield truth, information.split_pairs(scores)


# %% [markdown]
# Three critics give the estimate that they were trained for.
# The critic trained by JS, the form that GRIM uses, is read in three ways, which the next section explains.


# %%
def js(matched, mismatched):
    return ops.mean(grimlib.jensen_shannon(matched, mismatched))


readings = {
    information.donsker_varadhan: {"DV": information.donsker_varadhan},
    information.nwj: {"NWJ": information.nwj},
    information.info_nce: {"InfoNCE": information.info_nce},
    js: {
        "JS: divergence": information.jensen_shannon_divergence,
        "JS: mean of matched scores": lambda a, b: ops.mean(a),
        "JS: scores + 1 into NWJ": estimators["NWJ"],
    },
}
trained = pd.DataFrame(
    [
        (reading, truth, float(estimate(*pairs)))
        for objective, estimates in readings.items()
        for truth, pairs in scores_in_training(objective)
        for reading, estimate in estimates.items()
    ],
    columns=["critic", "truth", "nats"],
)
groups = trained.groupby(["critic", "truth"])["nats"]
means, deviations = groups.mean().unstack(), groups.std().unstack()
shown = ["DV", "NWJ", "InfoNCE", "JS: mean of matched scores"]

# %% mystnb={"figure": {"name": "fig-background-trained", "caption": "Estimates from trained critics, N = 64: mean and standard deviation over fresh batches. Black: the truth. The dotted line is ln 64, the ceiling of InfoNCE."}, "image": {"alt": "Estimates against true information for critics trained by DV, NWJ, InfoNCE and JS. All follow the diagonal up to about two nats; InfoNCE bends below its ceiling, the others fall behind it more and more, DV and NWJ with the widest bars."}}
figure, ax = plt.subplots(figsize=(6.4, 3.8))
ax.plot(stages, stages, color="black", lw=1)
ax.axhline(np.log(64), color="black", ls=":", lw=1)
for k, name in enumerate(shown):
    beside = np.array(stages) + 0.08 * (k - 1.5)
    style = dict(marker="osD^"[k], ms=5, capsize=3, lw=1, label=name)
    ax.errorbar(beside, means.loc[name], deviations.loc[name], **style)
ax.set(xlabel="true information (nats)", ylabel="estimate (nats)")
legend = ax.legend(frameon=False)

# %% tags=["hide-input"] jupyter={"source_hidden": true}
share = means.loc[shown] / list(stages)
if (seed, steps, batches) == (0, 400, 30):  # what the text says of them
    assert share[[1, 2]].stack().between(0.8, 1.05).all()
    assert (means.loc[shown, 8] < 7).all()
    assert means.loc["NWJ", 8] < 5

# %% [markdown]
# At one and two nats, all four means are within a fifth of the truth.
# At eight, all fall short by more than a nat.
# InfoNCE stops at its ceiling.
# In training by DV and NWJ, rare large exponentials decide the steps, which can spoil a critic: the one trained by NWJ
# says less than five of the eight nats.
# (Such a training is not the same on every processor: rounding decides what a rare exponential does.)
#
# ## What the softplus form estimates
#
# *Deep InfoMax* ([Hjelm et al., 2018](references.md#hjelm-et-al-2018)) learns from images with the Jensen-Shannon form,
# and GRIM uses it for DNA.
# The critic $D$ is now called the [discriminator](glossary.md#discriminator).
# It scores a [local encoding](glossary.md#local-encoding) $c^{(i)}$ of one [view](glossary.md#view) $i$ with the global
# encoding $h$ of the same input, and $h$ with the local encoding $c'^{(i)}$ of a *negative example*:
#
# $$
# \begin{aligned}
# \hat I = {} & \mathbb E\left[-\mathrm{sp}\left(-D(c^{(i)}, h)\right)\right] \cr
# & - \mathbb E\left[\mathrm{sp}\left(D(c'^{(i)}, h)\right)\right].
# \end{aligned} \tag{1}
# $$
#
# The figure below draws the two terms.
# Their sum is minus the *binary cross-entropy*, the usual loss of a classifier, here of matched and mismatched pairs.

# %% mystnb={"figure": {"name": "fig-background-softplus", "caption": "What a pair contributes to the estimate. A matched pair is rewarded for a high score, a mismatched one for a low score, and each saturates once it is clearly on its side. Where both score zero, the sum is \u22122 ln 2."}, "image": {"alt": "Two mirrored curves against the score D. One rises to zero for high scores, the other falls from zero; they cross at D equal to zero and minus 0.69.", "width": "75%"}}
z = np.linspace(-6, 6, 200)
figure, ax = plt.subplots(figsize=(5.6, 2.8))
ax.plot(z, -np.logaddexp(0, -z), label="matched: −sp(−D)")
ax.plot(z, -np.logaddexp(0, z), ls="--", label="mismatched: −sp(D′)")
ax.set(xlabel="score", ylabel="contribution (nats)")
legend = ax.legend(frameon=False)

# %% [markdown]
# Over all critics, the greatest value of Eq. (1) is
#
# $$
# \max_D \hat I = 2\, \mathrm{JSD}(P, Q) - 2 \ln 2,
# $$
#
# where the *Jensen-Shannon divergence* JSD is the mean of the Kullback-Leibler divergences of $P$ and of $Q$ from their
# even mixture ([Nowozin et al., 2016](references.md#nowozin-et-al-2016)).
# Like mutual information, it measures how far $P$ is from $Q$, but between 0 for equal distributions and $\ln 2$ for
# distributions that never overlap.

# %% mystnb={"figure": {"name": "fig-background-js", "caption": "Jensen-Shannon divergence against mutual information for Gaussians in five dimensions: with the best critic (line) and with the trained one (points). The dotted line is its limit, ln 2."}, "image": {"alt": "A curve that rises steeply from zero and flattens out below a dotted line at 0.69 from about four nats on, with points of a trained critic on or just below it.", "width": "75%"}}
divergence = [
    float(information.jensen_shannon_divergence(*best_pairs(truth, 1000)))
    for truth in levels
]
figure, ax = plt.subplots(figsize=(5.6, 3))
ax.plot(levels, divergence, label="best critic")
ax.plot(
    means.loc["JS: divergence"], "o", color="C1", label="trained critic"
)
ax.axhline(np.log(2), color="black", ls=":", lw=1)
ax.set(xlabel="true information (nats)", ylabel="JSD (nats)")
legend = ax.legend(frameon=False, loc="lower right")
assert np.log(2) - divergence[6] < 0.1  # from six nats on

# %% [markdown]
# From six nats on, the divergence of our Gaussians is close to its limit and hardly moves.
#
# Is $\hat I$ a lower bound of mutual information, as it is often called?
# Trivially, as it is never above zero.
# More to the point, $2\, \mathrm{JSD}(P, Q) \le \mathrm{KL}(P \,\|\, Q)$ for any two distributions (the documentation of
# `information.jensen_shannon_divergence` says why), and for our $P$ and $Q$ the right side is $I$.
# So $\hat I + 2 \ln 2$ is a lower bound, but never above $2 \ln 2 = 1.39$ nats.
#
# Its advantage is that it behaves well in training: no exponential of a score enters, and a pair that is clearly on its
# side contributes nothing more.
# And the mean of its best critic, $\ln p(x, y) / p(x) p(y)$, over matched pairs *is* the information.
# So a critic trained by JS can still give the information, in two ways.
# The mean of its matched scores is right if the critic is, and otherwise off to either side.
# Its scores plus one, put into NWJ, keep NWJ's guarantee and NWJ's variance.

# %% tags=["table"]
table = means.map("{:.2f} ± ".format) + deviations.map("{:.2f}".format)
order = [
    "JS: divergence",
    *shown[3:],
    "JS: scores + 1 into NWJ",
    *shown[:3],
]
table = table.loc[order].rename_axis("critic trained by")
table.columns = [f"I = {stage}" for stage in stages]
paper.captioned(
    table,
    "Estimates from critics trained by the softplus form (JS) and by "
    "others, in nats: mean ± standard deviation over fresh batches of 64 "
    f"pairs, after {steps} training steps a stage.",
)

# %% [markdown]
# At eight nats both ways say too little: mismatched pairs that look like matched ones are so rare that the critic cannot
# learn how large the ratio becomes.
# The second way scatters more, as NWJ does.
# To learn a representation, a direction in which information rises is enough; but the value of a GRIM loss is not an
# amount of information.
#
# The [appendix on digits](digits.ipynb) shows encoders that learn in this way from small images.
#
# ## GRIM's negatives are shuffles
#
# So far, each mismatched pair was drawn from the product of the marginals: it took its $y$ from another sample.
# GRIM takes as its negative example $x'$ a [dinucleotide shuffle](glossary.md#dinucleotide-shuffle) of $x$ itself: a
# random sequence with the same count of each pair of neighbouring nucleotides, and the same ends.
# So the distribution $Q$ of the mismatched pairs $(c', h)$ is another one, and $2\, \mathrm{JSD}(P, Q) - 2 \ln 2$ is
# **not about the mutual information of $c$ and $h$**, which the paper's section 3 says it represents.
# This holds for the [literal reading](glossary.md#literal-reading) of the paper's loss and for the
# [adopted](glossary.md#adopted-reading) one.
#
# An example that can be computed exactly shows what it is about instead.
# Take all $4^8$ sequences of eight nucleotides.
# Half of the probability is uniform; the other half is on sequences into which `GATC` was written at a random place.

# %%
from itertools import product

sequences = np.array(list(product(range(4), repeat=8)))


def count(word):
    """How often each sequence has a word."""
    windows = np.lib.stride_tricks.sliding_window_view(
        sequences, len(word), axis=1
    )
    return (windows == grimlib.encode(word)).all(axis=2).sum(axis=1)


written = count("GATC") / 5 * 4.0**-4  # five places, four free letters
p = (1 / len(sequences) + written) / 2
assert np.isclose(p.sum(), 1)

# %% [markdown]
# A shuffle of a sequence is any sequence with the same dinucleotides and ends, all equally likely.
# Let $c(x)$ and $h(x)$ be features with few values.
# Then we can write down three tables of probabilities: of $(c, h)$, of $c$ and $h$ from independent sequences, and of
# $(c', h)$, where $c'$ is the feature of a shuffle.

# %%
from scipy.spatial.distance import jensenshannon  # the divergence's root

pairs = sequences[:, :-1] * 4 + sequences[:, 1:]  # dinucleotides
keys = np.hstack([np.sort(pairs, axis=1), sequences[:, [0, -1]]])
group = np.unique(keys, axis=0, return_inverse=True)[1].ravel()


def compare(c, h):
    """I(c; h), and how far others' and shuffles' (c', h) are from (c, h)."""
    c, h = np.eye(c.max() + 1)[c], np.eye(h.max() + 1)[h]
    c_shuffled = pd.DataFrame(c).groupby(group).transform("mean").to_numpy()
    matched = c.T @ (p[:, None] * h)
    others = np.outer(matched.sum(axis=1), matched.sum(axis=0))
    shuffles = c_shuffled.T @ (p[:, None] * h)
    result = {"I(c; h)": information.mutual_information(matched)}
    for name, table in {"others": others, "shuffles": shuffles}.items():
        root = jensenshannon(matched.ravel(), table.ravel())
        result[f"JSD, {name}"] = root**2
    return result


# %% [markdown]
# The last two columns of the table are the most that Eq. (1) can reach, up to its factor and its constant: with other
# sequences as negatives, and with shuffles.

# %%
has_gatc, nothing = np.sign(count("GATC")), np.zeros_like(group)
shuffling = pd.DataFrame(
    {
        ("GATC is there", "nothing"): compare(has_gatc, nothing),
        ("GATC is there", "GATC is there"): compare(has_gatc, has_gatc),
        ("number of GA", "number of GA"): compare(count("GA"), count("GA")),
        ("first letter", "first letter"): compare(*sequences[:, [0, 0]].T),
    }
).T
shuffling = shuffling.abs().rename_axis(["local code c", "global code h"])
paper.captioned(
    shuffling.map("{:.3f}".format),
    "Information of local and global codes, and Jensen-Shannon divergence "
    "of matched from mismatched pairs, in nats, with other sequences and "
    "with shuffles as negatives.",
)

# %% tags=["hide-input"] jupyter={"source_hidden": true}
by_shuffles = shuffling["JSD, shuffles"].to_numpy()
assert 0.001 < by_shuffles[0] < by_shuffles[1] < shuffling.iloc[1, 1]
assert np.isclose(shuffling.iloc[0, :2].astype(float), 0).all()
assert np.isclose(by_shuffles[2:], 0).all()

# %% [markdown]
# - A filter for `GATC` is rewarded *even with a global code that says nothing* (first row).
#   The two codes share no information, but sequences have the motif more often than their shuffles, and the
#   discriminator needs no more than that.
# - A global code that tells of the motif raises the divergence further (second row).
#   Only this rise is due to what the two codes have in common.
# - A code that shuffling leaves as it is earns *nothing* (last two rows), although both codes share much information.
#
# The table is about the best possible discriminator.
# GRIM's own uses less of the global code: where $c$ and $h$ are not negative, $D = \max_j c_j \max_k h_k$, so that $h$
# is one number a sequence, which multiplies all its scores.
# Such a discriminator cannot tell whether a local code belongs to $h$.
#
# The Kullback-Leibler divergence shows the same in a formula.
# If the shuffle's code $c'$ were independent of $h$, it would be
# $\mathrm{KL}(P_{c,h} \,\|\, P_{c'} P_h) = I(c; h) + \mathrm{KL}(P_c \,\|\, P_{c'})$: information *plus* the contrast of
# sequences with their shuffles.
#
# So GRIM looks for local patterns that belong to the data and are destroyed by shuffling.
# For finding motifs that may well be the better goal: raising $I(c; h)$ would also reward composition and preferences for
# some dinucleotides, which are information but not motifs.
# GRIM's loss does not reward what a shuffle keeps; it rewards what a shuffle destroys, whether that is a binding site, a
# repeat or an artefact.
# "Maximising mutual information" is the idea that GRIM started from, not a description of its loss.
#
# [Method](method.ipynb) builds GRIM's loss from here, step by step.
#
# ## In this chapter we saw
#
# - that every estimate from samples fails somewhere: DV by bias, NWJ by variance, InfoNCE at $\ln N$;
# - that the softplus form estimates a Jensen-Shannon divergence, not an amount of information;
# - that with shuffles as negatives, GRIM's loss rewards what distinguishes sequences from their shuffles, which is not
#   mutual information.
