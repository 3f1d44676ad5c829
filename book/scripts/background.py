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
# # Background: mutual information, and how to raise it
#
# **What you will see.** What {term}`mutual information` is, why nobody can simply measure it, and four estimators on trial where the truth is known. What the one that GRIM uses
# estimates, and what it does not. The same idea on small images, and what changes when GRIM takes shuffled DNA as its counterexamples. **What it needs.**
# Nothing from other chapters. **How long it takes.** About a minute on one core.
#
# Every number on this page was computed when the page was built. Download the {nb-download}`executed notebook <background.ipynb>`, or run it with parameters of your own:
#
# ```bash
# papermill book/background.ipynb out.ipynb -p seed 7 -p steps 2000
# ```

# %% tags=["parameters"]
seed: int = 0  # of samples, initial weights and the images' split
steps: int = 400  # training steps of each critic at each information
batches: int = 30  # batches that every estimate is repeated on
epochs: int = 20  # passes over the images

# %% tags=["remove-cell"]
from grimlib.paper import check_parameters

check_parameters(globals(), seed=0, steps=1, batches=2, epochs=1)

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from keras import layers, ops

import grimlib
from grimlib.paper import information

grimlib.use_style()
rng = np.random.default_rng(seed)

# %% [markdown]
# ## Why not simply use labels?
#
# A convolutional network that predicts, say, which factor binds a piece of DNA has first-layer *filters*: small weight
# matrices that slide along the sequence and score how well each stretch fits. One would like to
# read them as motifs {cite:p}`alipanahi2015,kelley2016`. Often one cannot: the network needs only *some* features that predict
# its labels, and it can spread one motif over several filters and put it together in deeper layers
# {cite:p}`koo2019`. What is enough for the label is learned; what is there in the data, but not needed, is not {cite:p}`ilyas2019`.
#
# GRIM, *Genomic Representations with Information Maximization* {cite:p}`lee2021grim`, drops the labels and asks for the filters whose
# output says most about the sequence. This chapter is about "says most about".
#
# ## Mutual information
#
# The *mutual information* $I(X; Y)$ of two random quantities says by how much knowing one reduces the uncertainty about the other:
#
# $$
# I(X; Y) = \sum_{x, y} p(x, y)\, \ln \frac{p(x, y)}{p(x)\, p(y)}.
# $$
#
# It compares the *joint* distribution $P = p(x, y)$ with the *product of the marginals* $Q = p(x)\, p(y)$, what the pair would follow were there no relation. It is zero if they are
# independent, and the full uncertainty of $X$ if $Y$ determines it. With natural logarithms its unit is the *nat*; one bit is $\ln 2 = 0.69$ nats. For a quantity with few values, the formula is the computation. Take a nucleotide and a copy of it:

# %% tags=["copy"]
copying = {}
for error in (0, 0.1, 0.75):
    channel = np.full((4, 4), error / 3) + np.eye(4) * (1 - 4 / 3 * error)
    joint = channel / 4  # A, C, G and T equally frequent
    copying[f"{error:.0%} errors"] = information.mutual_information(joint)
pd.Series(copying, name="I (nats)").round(3).to_frame()

# %% [markdown]
# A faithful copy says all there is to know, $\ln 4 = 1.386$ nats or two bits. With 75% errors the copy is any of the four nucleotides alike, and says nothing.
#
# (background:dpi)=
# ## Processing never adds information
#
# If $Z$ is made from $Y$ alone, as in $X \to Y \to Z$, then $I(X; Z) \le I(X; Y)$: the *data-processing inequality* {cite:p}`cover2012`. What a copyist, an experiment or a network layer has lost, no later step brings back.
# {numref}`fig-background-dpi` shows it in two ways: copies of copies of a nucleotide, and a thousand chains with random probabilities, whose information is computed by adding up all cases.


# %%
def random_chain():
    start = rng.dirichlet(np.ones(4))
    first, second = rng.dirichlet(np.full(4, 0.3), size=(2, 4))
    x_y = start[:, None] * first  # joint distribution of X and Y
    return x_y, x_y @ second  # ... and of X and Z


chains = np.array(
    [
        [information.mutual_information(j) for j in random_chain()]
        for _ in range(1000)
    ]
)
print("chains with I(X; Z) > I(X; Y):", (np.diff(chains) > 1e-12).sum())

# %% mystnb={"figure": {"name": "fig-background-dpi", "caption": "Left: information between a nucleotide and its copy after so many copyings, each with a chance of 5% or 20% to write another letter. Right: a thousand random chains X \u2192 Y \u2192 Z over four letters; none lies above the diagonal."}, "image": {"alt": "Left, two curves that fall from 1.39 nats towards zero, the one with more errors faster. Right, a cloud of points that fills the area below a diagonal line and leaves the area above it empty."}}
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3))
for error, style in ((0.05, "-"), (0.2, "--")):
    channel = np.full((4, 4), error / 3) + np.eye(4) * (1 - 4 / 3 * error)
    after = [np.linalg.matrix_power(channel, k) / 4 for k in range(16)]
    left.plot(
        [information.mutual_information(joint) for joint in after],
        style,
        label=f"{error:.0%} errors a copy",
    )
left.set(xlabel="copyings", ylabel="I(original; copy) (nats)")
left.set_xticks(range(0, 16, 5))
left.legend(frameon=False)
right.plot(chains[:, 0], chains[:, 1], ".", ms=3, alpha=0.5)
top = chains.max()
right.plot([0, top], [0, top], color="black", lw=1)
_ = right.set(xlabel="I(X; Y) (nats)", ylabel="I(X; Z) (nats)")

# %% [markdown]
# The paper leans on it: a {term}`global encoding` $E(X)$ is made from the sequence, so $I(X^{(i)}; E(X))$ is never more than $I(X^{(i)}; X)$, the information between a local piece and the whole sequence.
# Since the piece is a part of the sequence, that is $H(X^{(i)})$, the whole uncertainty of the piece. It is the same for every encoder, so it says nothing of which encoder is the better one.
#
# ## InfoMax, and two views
#
# The *{term}`InfoMax`* principle {cite:p}`linsker1988` makes information a goal of learning: among the encoders $g$ that a network can express, take the one with
#
# $$
# \max_{g \in \mathcal G} I(X; g(X)).
# $$
#
# {cite:t}`becker1992` turned it into something a network can work on: encode two *views* of the same thing, such as two halves of an image, and make the two codes agree,
#
# $$
# \max_{g_1, g_2} I_\mathrm{est}\left(g_1(X^{(1)});\, g_2(X^{(2)})\right).
# $$
#
# What the codes share must come from what is in both views. By the data-processing inequality, applied on both sides, the codes cannot share more than the views do, nor more
# than the pair of codes tells of $X$: this goal is a lower bound of InfoMax's {cite:p}`tschannen2019`. What is left is $I_\mathrm{est}$, an estimate from samples.
#
# ## Why it is hard to estimate
#
# With few values, one may count pairs and put the frequencies into the formula. Let us do so for pairs of *k-mers*, words of $k$ nucleotides, drawn independently of each other, so that the truth is zero:


# %%
def counted(k, n):
    table = np.zeros((4**k, 4**k))
    np.add.at(table, tuple(rng.integers(4**k, size=(2, n))), 1)
    return information.mutual_information(table)


pd.DataFrame(
    {
        f"{n:,} pairs": [counted(k, n) for k in range(1, 6)]
        for n in (10**3, 10**5)
    },
    index=pd.Index(range(1, 6), name="k"),
).round(3)

# %% [markdown]
# From $k = 4$ on, a thousand pairs "show" several nats between words that have nothing to do with each other: there are more pairs of words than samples, each pair that occurs looks special, and the estimate can only err upwards.
# More samples help, but the number needed grows with the number of *cells*, exponentially in $k$ {cite:p}`paninski2003`. A window of 19 nucleotides has $4^{19}$ values. For sequences and images, counting is out of the question.
#
# ## Estimators that learn
#
# The way out is to estimate not the distributions but their contrast. A *critic* $f(x, y)$, such as a small network, scores pairs. It sees *matched* pairs, drawn from $P$, and *mismatched* pairs, drawn from $Q$ by combining an $x$ with somebody else's $y$. From its scores come lower bounds
# of the information, and training the critic raises the bound {cite:p}`poole2019`:
#
# | estimator | estimate from scores | best critic | there it is |
# |:--|:--|:--|:--|
# | Donsker-Varadhan (DV) {cite:p}`donsker1983,belghazi2018` | $\mathbb E_P[f] - \ln \mathbb E_Q[e^f]$ | $\ln \frac{p(x, y)}{p(x) p(y)}$, plus any constant | $I$ |
# | Nguyen-Wainwright-Jordan (NWJ) {cite:p}`nguyen2010` | $\mathbb E_P[f] - \mathbb E_Q[e^{f - 1}]$ | $1 + \ln \frac{p(x, y)}{p(x) p(y)}$ | $I$ |
# | InfoNCE {cite:p}`oord2018` | mean of $\ln \frac{e^{f(x_i, y_i)}}{\frac 1N \sum_j e^{f(x_i, y_j)}}$ | as DV, plus any function of $x$ | at most $\ln N$ |
# | Jensen-Shannon (JS), {eq}`eq-js` | $\mathbb E_P[-\mathrm{sp}(-f)] - \mathbb E_Q[\mathrm{sp}(f)]$ | $\ln \frac{p(x, y)}{p(x) p(y)}$ | not $I$: {ref}`another quantity <background:js>` |
#
# `grimlib.paper.information` has each as a function of matched and mismatched scores. To put them on trial we need data whose information is known. Two Gaussian vectors of $d$ dimensions, each pair of coordinates with correlation $\rho$, have
#
# $$
# I = -\frac d2 \ln(1 - \rho^2),
# $$
#
# and their best critic, the logarithm of the density ratio, is known in closed form as well (`information.gaussian_scores`). So we can tell an estimator's own failings from those of a badly trained critic. A batch of $N$ pairs gives $N$ matched scores and, combining each $x$ with every other $y$, $N (N - 1)$ mismatched ones.

# %% tags=["copy"]
dimensions = 5
rho = information.gaussian_correlation(2.0, dimensions)
x, y = information.sample_gaussians(256, rho, dimensions, rng)
scores = information.gaussian_scores(x, y, rho)
matched, mismatched = information.split_pairs(ops.convert_to_tensor(scores))
print(f"rho {rho:.3f}, information 2 nats")
print("matched", matched.shape, "mismatched", mismatched.shape)
print(f"DV      {information.donsker_varadhan(matched, mismatched):.2f}")
print(f"NWJ     {information.nwj(matched + 1, mismatched + 1):.2f}")
print(f"InfoNCE {information.info_nce(matched, mismatched):.2f}")

# %% [markdown]
# At two nats, all is well. Now from zero to ten, many batches each, with the best possible critic:

# %%
levels = np.linspace(0, 10, 11)
estimators = {
    "DV": information.donsker_varadhan,
    "NWJ": lambda a, b: information.nwj(a + 1, b + 1),
    "InfoNCE": information.info_nce,
}
rows = []
for n in (16, 64, 256):
    for truth in levels:
        rho = information.gaussian_correlation(truth, dimensions)
        for _ in range(batches):
            x, y = information.sample_gaussians(n, rho, dimensions, rng)
            scores = information.gaussian_scores(x, y, rho)
            pairs = information.split_pairs(ops.convert_to_tensor(scores))
            for name, estimate in estimators.items():
                rows.append((n, truth, name, float(estimate(*pairs))))
            subtracted = float(ops.mean(ops.exp(pairs[1])))
            rows.append((n, truth, "mean of exp f", subtracted))
best = pd.DataFrame(rows, columns=["N", "truth", "estimator", "estimate"])

# %% mystnb={"figure": {"name": "fig-background-best", "caption": "Estimates with the best possible critic against the true information (black). Lines: mean over batches of N pairs; bands: the middle 90% of the batches. Dotted: ln N. The fourth panel has the standard deviation of the mean of exp f over the mismatched pairs, which NWJ subtracts; dashed, what it should be."}, "image": {"alt": "Four panels. DV rises above the diagonal, the more the smaller the batch. NWJ follows the diagonal with a band that widens downwards. InfoNCE bends and stays below a ceiling that rises with the batch size. The fourth panel, on a logarithmic axis, shows measured standard deviations that follow rising dashed lines at first and then stay below them."}}
figure, axes = plt.subplots(2, 2, figsize=(8, 6))
groups = best.groupby(["estimator", "N", "truth"])["estimate"]
mean, spread = groups.mean(), groups.std()
low, high = groups.quantile(0.05), groups.quantile(0.95)
for ax, name in zip(axes.flat, estimators, strict=False):
    ax.plot(levels, levels, color="black", lw=1)
    for k, n in enumerate((16, 64, 256)):
        ax.plot(levels, mean[name, n], color=f"C{k}", label=f"N = {n}")
        ax.fill_between(
            levels, low[name, n], high[name, n], color=f"C{k}", alpha=0.2
        )
        if name == "InfoNCE":
            ax.axhline(np.log(n), color=f"C{k}", ls=":", lw=1)
    ax.set(title=name, ylabel="estimate (nats)", ylim=(-2, 16))
last = axes.flat[-1]
for k, n in enumerate((16, 64, 256)):
    measured = spread["mean of exp f", n][1:]
    last.semilogy(levels[1:], measured, color=f"C{k}")
    theory = np.sqrt(np.expm1(2 * levels[1:]) / (n * (n - 1)))
    last.semilogy(levels[1:], theory, color=f"C{k}", lw=1, ls="--")
last.set(title="What NWJ subtracts", ylabel="standard deviation (nats)")
for ax in axes[1]:
    ax.set_xlabel("true information (nats)")
_ = axes[0, 0].legend(frameon=False, loc="upper left")

# %% tags=["remove-cell"]
from grimlib.paper import glue_all

glue_all(
    "background",
    {
        "dv-8": f"{mean['DV', 16, 8.0]:.1f}",
        "nwj-sd-2": f"{spread['NWJ', 64, 2.0]:.2f}",
        "nwj-sd-6": f"{spread['NWJ', 64, 6.0]:.1f}",
        "nce-10": f"{mean['InfoNCE', 64, 10.0]:.2f}",
        "ln64": f"{np.log(64):.2f}",
        "batches": batches,
    },
)

# %% [markdown]
# With nothing left to learn, each estimator fails in its own way.
#
# - **DV has a bias.** In a batch, the mean of $e^f$ over mismatched pairs depends on rare large values. Most batches have none, their mean is too small, and its logarithm makes the estimate too large: {glue:text}`background-dv-8` nats on average for a truth of 8 with $N = 16$. The estimate from a batch is not a lower bound at all. The *gradient* of a batch is biased for the same reason {cite:p}`belghazi2018`.
# - **NWJ has a variance.** It is right on average, but the average is over luck. For Gaussians, $e^f$ has variance $e^{2I} - 1$ over mismatched pairs: it grows exponentially with the information (dashed). With $N = 64$, the estimate's standard deviation is {glue:text}`background-nwj-sd-2` nats at a truth of 2, and {glue:text}`background-nwj-sd-6` at 6. Where the measured spread falls off its dashed
#   line, the rare large values did not occur in our {glue:text}`background-batches` batches. A batch without any says the truth plus one; with $N = 16$ and 10 nats most do, and one in very many has to make up for them.
# - **InfoNCE has a ceiling.** It asks which of $N$ candidates is the match; nobody can do better than always being right, which is worth $\ln N$. With $N = 64$ it says {glue:text}`background-nce-10` for 10 nats, where $\ln 64$ is {glue:text}`background-ln64`. It is quiet and safe, and blind above.
#
# This is no accident: any lower bound that holds with high confidence and knows nothing of the distributions needs samples exponential in the information {cite:p}`mcallester2020`.
#
# ### With critics that have to be learned
#
# Now the critic is a network. It encodes $x$ and $y$ separately and takes the inner product of the codes, so a batch of $N$ encodings gives all $N \times N$ scores. Each objective trains its own critic; the information rises in stages, and the critic goes on from where the last stage left it {cite:p}`poole2019`.


# %% tags=["copy"]
class Critic(keras.Model):
    def __init__(self, objective):
        super().__init__()
        self.objective = objective
        self.of_x, self.of_y = (
            keras.Sequential(
                [layers.Dense(128, activation="relu"), layers.Dense(32)]
            )
            for _ in range(2)
        )

    def call(self, pairs):
        codes = self.of_x(pairs["x"]), self.of_y(pairs["y"])
        return ops.matmul(codes[0], ops.transpose(codes[1]))

    def compute_loss(self, x, y, y_pred, *_):
        return -self.objective(*information.split_pairs(y_pred))


# Pairs that share one nat. Of your own: x (N, d) and y (N, e), row by row
some_x, some_y = information.sample_gaussians(
    64 * steps + 1000,
    information.gaussian_correlation(1.0, 5),
    5,
    np.random.default_rng(seed),
)
keras.utils.set_random_seed(seed)
critic = Critic(information.info_nce)
critic.compile(optimizer="adam")
critic.fit(
    {"x": some_x[1000:], "y": some_y[1000:]}, batch_size=64, verbose=0
)
pairs = critic({"x": some_x[:1000], "y": some_y[:1000]})
bound = information.info_nce(*information.split_pairs(pairs))
print(f"InfoNCE on 1,000 new pairs: {float(bound):.2f} nats")

# %% [markdown]
# The truth is one nat, and the critic had not seen these pairs. Now to all four objectives, and to more information. After each stage, fresh batches give the estimates. The critic trained by JS is asked three things, of which the next section makes sense.

# %%
stages, n = (1, 2, 4, 6, 8), 64
asked = {  # what to compute from the scores of the critic trained by ...
    "DV": {"DV": information.donsker_varadhan},
    "NWJ": {"NWJ": information.nwj},
    "InfoNCE": {"InfoNCE": information.info_nce},
    "JS": {
        "JS divergence": information.jensen_shannon_divergence,
        "JS, mean log ratio": lambda a, b: ops.mean(a),
        "JS, then NWJ": lambda a, b: information.nwj(a + 1, b + 1),
    },
}


def js(matched, mismatched):
    return ops.mean(grimlib.jensen_shannon(matched, mismatched))


objectives = {
    "DV": information.donsker_varadhan,
    "NWJ": information.nwj,
    "InfoNCE": information.info_nce,
    "JS": js,
}
rows = []
for name, objective in objectives.items():
    keras.utils.set_random_seed(seed)
    critic = Critic(objective)
    critic.compile(optimizer="adam", steps_per_execution=20)
    for truth in stages:
        rho = information.gaussian_correlation(truth, dimensions)
        x, y = information.sample_gaussians(n * steps, rho, dimensions, rng)
        critic.fit({"x": x, "y": y}, batch_size=n, shuffle=False, verbose=0)
        for _ in range(batches):
            x, y = information.sample_gaussians(n, rho, dimensions, rng)
            pairs = information.split_pairs(critic({"x": x, "y": y}))
            for what, estimate in asked[name].items():
                rows.append((what, truth, float(estimate(*pairs))))
trained = pd.DataFrame(rows, columns=["estimate", "truth", "nats"])

# %% mystnb={"figure": {"name": "fig-background-trained", "caption": "Estimates from trained critics, N = 64: mean and standard deviation over fresh batches. Black: the truth. The dotted line is ln 64."}, "image": {"alt": "Estimates against true information for critics trained by DV, NWJ, InfoNCE and JS. All follow the diagonal up to about two nats; InfoNCE bends below its ceiling, the others fall behind it more and more, DV and NWJ with the widest bars."}}
shown = ["DV", "NWJ", "InfoNCE", "JS, mean log ratio"]
groups = trained.groupby(["estimate", "truth"])["nats"]
figure, ax = plt.subplots(figsize=(6.4, 3.8))
ax.plot(stages, stages, color="black", lw=1)
ax.axhline(np.log(n), color="black", ls=":", lw=1)
for k, what in enumerate(shown):
    shift = 0.08 * (k - 1.5)  # so that bars do not hide one another
    ax.errorbar(
        np.array(stages) + shift,
        groups.mean()[what],
        groups.std()[what],
        marker="osD^"[k],
        ms=5,
        capsize=3,
        lw=1,
        label=what,
    )
ax.set(xlabel="true information (nats)", ylabel="estimate (nats)")
_ = ax.legend(frameon=False)

# %% tags=["remove-cell"]
share = groups.mean().unstack().loc[shown, [1, 2]] / [1, 2]
glue_all(
    "background",
    {
        "share-low": f"{share.min(axis=None):.0%}",
        "share-high": f"{share.max(axis=None):.0%}",
    },
)

# %% [markdown]
# Each line is one critic. At one and two nats, the four means lie between {glue:text}`background-share-low` and {glue:text}`background-share-high` of the truth. At eight, all fall far short, each for a reason seen before: InfoNCE stops at its ceiling, and critics trained by DV and NWJ follow gradients in which rare large exponentials decide, so that a stage can end worse than it began. Which is ahead changes with the seed and the number of steps; try some.
# The fourth line belongs to a critic trained by JS, an objective that is no estimate of the information at all. That is the next section.
#
# (background:js)=
# ## What the softplus form estimates
#
# *Deep InfoMax* {cite:p}`hjelm2018`, and GRIM after it, use the Jensen-Shannon form. With $D$ for the critic, here called the *{term}`discriminator`*, $c^{(i)}$ for a local code, $h$ for a global code of the same input, $c'^{(i)}$ for the local code of a negative example, and the *softplus* function $\mathrm{sp}(z) = \ln(1 + e^z)$,
#
# $$
# \hat I = \mathbb E\left[-\mathrm{sp}\left(-D(c^{(i)}, h)\right)\right]
#        - \mathbb E\left[\mathrm{sp}\left(D(c'^{(i)}, h)\right)\right].
# $$ (eq-js)
#
# {numref}`fig-background-softplus` draws the two terms. Their sum is also, up to its sign, the *binary cross-entropy* of a classifier that tells matched from mismatched pairs by the score $D$.

# %% mystnb={"figure": {"name": "fig-background-softplus", "caption": "What a pair contributes to the estimate. A matched pair is rewarded for a high score, a mismatched one for a low score, and each saturates once it is clearly on its side. Where both score zero, the sum is \u22122 ln 2."}, "image": {"alt": "Two mirrored curves against the score D. One rises to zero for high scores, the other falls from zero; they cross at D equal to zero and minus 0.69.", "width": "75%"}}
z = np.linspace(-6, 6, 200)
figure, ax = plt.subplots(figsize=(5.6, 2.8))
ax.plot(z, -np.logaddexp(0, -z), label="matched: −sp(−D)")
ax.plot(z, -np.logaddexp(0, z), ls="--", label="mismatched: −sp(D′)")
ax.set(xlabel="score", ylabel="contribution (nats)")
_ = ax.legend(frameon=False)

# %% [markdown]
# Over all critics, its greatest value is
#
# $$
# \max_D \hat I = 2\, \mathrm{JSD}(P, Q) - 2 \ln 2,
# $$
#
# where the *Jensen-Shannon divergence* is the mean of the two Kullback-Leibler divergences from the even mixture of $P$ and $Q$ {cite:p}`nowozin2016`. It measures, as mutual information does, how far $P$ is from $Q$, but with another yardstick: between 0 for equal distributions and $\ln 2$ for distributions that never overlap. {numref}`fig-background-js` shows
# both for our Gaussians. The divergence rises with the information and then can rise no more: beyond six nats it hardly moves.
#
# Is $\hat I$ then a lower bound of mutual information, as it is often called? Itself it is never above zero, so trivially yes. More to the point, for any two distributions $2\, \mathrm{JSD}(P, Q) \le \mathrm{KL}(P \,\|\, Q)$, which for our $P$ and $Q$ is $I$. So $\hat I + 2 \ln 2$ is a lower bound, but one that cannot exceed $2 \ln 2 = 1.39$ nats however much information there is, and is far below it before. (The inequality: with $t = p/q$, each of the two is a mean over $Q$ of a function of $t$ that is zero at $t = 1$. Their second derivatives are $1/t$ for KL and $1/(t(1 + t))$, which is smaller, for $2\, \mathrm{JSD}$; and a multiple of $t - 1$, by which the functions may differ besides, has the mean zero.) It is a direction in which information rises, not an amount of it.

# %%
divergence = []
for truth in levels:
    rho = information.gaussian_correlation(truth, dimensions)
    x, y = information.sample_gaussians(1000, rho, dimensions, rng)
    scores = information.gaussian_scores(x, y, rho)
    pairs = information.split_pairs(ops.convert_to_tensor(scores))
    divergence.append(float(information.jensen_shannon_divergence(*pairs)))

# %% mystnb={"figure": {"name": "fig-background-js", "caption": "Jensen-Shannon divergence against mutual information for Gaussians in five dimensions: with the best critic (line) and with the trained one (points). The dotted line is its limit, ln 2."}, "image": {"alt": "A curve that rises steeply from zero and flattens out below a dotted line at 0.69 from about four nats on, with points of a trained critic on or just below it.", "width": "75%"}}
figure, ax = plt.subplots(figsize=(5.6, 3))
ax.plot(levels, divergence, label="best critic")
ax.plot(
    stages,
    groups.mean()["JS divergence"],
    "o",
    color="C1",
    label="trained critic",
)
ax.axhline(np.log(2), color="black", ls=":", lw=1)
ax.set(xlabel="true information (nats)", ylabel="JSD (nats)")
_ = ax.legend(frameon=False, loc="lower right")

# %% [markdown]
# Why use it, then? Because it is well-behaved. No exponential of a score enters; a pair that is clearly on its side contributes nothing more. And its best critic is the logarithm of the density ratio, the very quantity whose mean over matched pairs *is* the information. So the information can still be had from a
# critic trained by JS, in two ways: take the mean of its matched scores, which is right if the critic is, and otherwise off to either side; or put its scores plus one into NWJ, which keeps NWJ's guarantee and its variance.

# %% tags=["table", "remove-output"]
summary = groups.mean().unstack("truth").map("{:.2f} ± ".format)
summary += groups.std().unstack("truth").map("{:.2f}".format)
table = summary.loc[
    [
        "JS divergence",
        "JS, mean log ratio",
        "JS, then NWJ",
        "NWJ",
        "InfoNCE",
    ]
]
table

# %% tags=["remove-cell"]
named = table.rename(
    index={
        "JS divergence": "trained by JS: divergence",
        "JS, mean log ratio": "trained by JS: mean of matched scores",
        "JS, then NWJ": "trained by JS: scores + 1 into NWJ",
        "NWJ": "trained by NWJ",
        "InfoNCE": "trained by InfoNCE",
    }
).rename_axis("critic, and what is computed")
named.columns = [f"I = {stage}" for stage in stages]
glue_all(
    "background",
    {
        "table": named,
        "plug-in-8": f"{groups.mean()['JS, mean log ratio'][8]:.1f}",
        "js-nwj-8": f"{groups.std()['JS, then NWJ'][8]:.1f}",
        "steps": steps,
    },
)

# %% [markdown]
# :::{table} Information from a critic trained by the softplus form, and from others, in nats: mean ± standard deviation over fresh batches of 64 pairs, after {glue:text}`background-steps` training steps a stage.
# :name: tab-background-js
#
# ```{glue:md} background-table
# :format: myst
# ```
# :::
#
# The error of the first way is a bias: it says {glue:text}`background-plug-in-8` for 8 nats, since mismatched pairs that look like matched ones are too rare to teach the critic how large the ratio becomes. The second way is a lower bound, so an imperfect critic pulls it down as well, and it has NWJ's scatter: a standard deviation of {glue:text}`background-js-nwj-8` nats there, and far more with a seed by which one rare large score falls into a batch. Neither matters for learning a
# representation, which needs a direction to go in and not a number. But a GRIM loss should never be quoted as an amount of information.
#
# (background:dim)=
# ## Deep InfoMax, on images of 8 × 8 pixels
#
# The same machinery, with encoders in place of given $x$ and $y$. The data are 1,797 handwritten digits {cite:p}`alpaydin1998` that come with scikit-learn.
#
# **Two halves as two views.** One encoder sees the top four rows, another the bottom four, and their codes are to agree. No label is used. We keep the codes
# before the training and after it.

# %% tags=["copy"]
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

pixels, digit = load_digits(return_X_y=True)
images = (pixels / 16).astype("float32").reshape(-1, 8, 8)
train, test, digit_train, digit_test = train_test_split(
    images, digit, test_size=0.3, random_state=seed, stratify=digit
)


class TwoHalves(keras.Model):
    def __init__(self):
        super().__init__()
        self.top, self.bottom = (
            keras.Sequential(
                [
                    layers.Flatten(),
                    layers.Dense(128, activation="relu"),
                    layers.Dense(8),
                ]
            )
            for _ in range(2)
        )

    def encode(self, image):
        codes = self.top(image[:, :4]), self.bottom(image[:, 4:])
        return ops.concatenate(codes, axis=-1)

    def call(self, image):
        top, bottom = ops.split(self.encode(image), 2, axis=-1)
        return ops.matmul(top, ops.transpose(bottom))

    def compute_loss(self, x, y, y_pred, *_):
        pairs = information.split_pairs(y_pred)
        return -ops.mean(grimlib.jensen_shannon(*pairs))


def learned(kind):
    keras.utils.set_random_seed(seed)
    model = kind()
    model.compile(optimizer="adam")
    untrained = [
        ops.convert_to_numpy(model.encode(x)) for x in (train, test)
    ]
    whole = len(train) // 64 * 64
    model.fit(train[:whole], batch_size=64, epochs=epochs, verbose=0)
    encoded = [ops.convert_to_numpy(model.encode(x)) for x in (train, test)]
    return model, untrained, encoded


halves, halves_untrained, halves_codes = learned(TwoHalves)

# %% [markdown]
# **Local and global.** Deep InfoMax takes as one view a *local* code, what a small patch of the image gives in a convolutional layer, and as the other the *global* code of the whole image. Below are nine patches. The negative example for an image is another image of the batch. Apart from that, this is GRIM with its
# discriminator replaced by Deep InfoMax's, an inner product of learned projections, and the loss is GRIM's own function.

# %%
from grimlib.paper.variants import InnerProductDiscriminator


class DeepInfoMax(keras.Model):
    def __init__(self):
        super().__init__()
        self.local_encoder = keras.Sequential(
            [
                layers.Reshape((8, 8, 1)),
                layers.Conv2D(32, 3, activation="relu"),
                layers.MaxPooling2D(2),
                layers.Reshape((9, 32)),
            ]
        )
        self.further_encoder = keras.Sequential(
            [
                layers.Flatten(),
                layers.Dense(128, activation="relu"),
                layers.Dense(16),
            ]
        )
        self.discriminator = InnerProductDiscriminator("position", 64)

    def encode(self, image):
        return self.further_encoder(self.local_encoder(image))

    def call(self, image):
        c = self.local_encoder(image)
        h = self.further_encoder(c)
        other = ops.roll(c, 1, axis=0)
        return {
            "matched": self.discriminator(c, h),
            "mismatched": self.discriminator(other, h),
        }

    def compute_loss(self, x, y, y_pred, *_):
        return grimlib.grim_loss(**y_pred)


dim, dim_untrained, dim_codes = learned(DeepInfoMax)

# %% [markdown]
# {numref}`fig-background-halves` asks the first network which lower half belongs to a given upper half, among all test images.

# %% mystnb={"figure": {"name": "fig-background-halves", "caption": "Upper halves of six test images, each joined to its own lower half (left column) and to the five lower halves of other test images that the network scores highest."}, "image": {"alt": "Six rows of six small grey images of digits. The first column shows the original digits; in the other columns the upper half is the same and the lower half comes from another image, mostly completing the same digit.", "width": "70%"}}
top, bottom = np.split(halves_codes[1], 2, axis=1)
scores = top @ bottom.T  # test image i's upper with j's lower half
figure, axes = plt.subplots(6, 6, figsize=(5, 5))
for i, row in enumerate(axes):
    others = np.argsort(
        -np.where(np.arange(len(test)) == i, -9e9, scores[i])
    )
    for ax, j in zip(row, [i, *others[:5]], strict=True):
        ax.imshow(np.vstack([test[i, :4], test[j, 4:]]), cmap="gray_r")
        ax.axhline(3.5, color="C0", lw=1)
        ax.set_xticks([])
        ax.set_yticks([])
        ax.spines[:].set_visible(False)
        ax.grid(False)

# %% tags=["remove-cell"]
bound = float(
    information.info_nce(
        *information.split_pairs(ops.convert_to_tensor(scores))
    )
)
glue_all(
    "background",
    {
        "halves-bound": f"{bound:.1f}",
        "halves-n": len(test),
        "halves-ceiling": f"{np.log(len(test)):.1f}",
    },
)

# %% [markdown]
# Most joins make a digit, and usually the same one. InfoNCE, computed from the trained scores on the {glue:text}`background-halves-n` test images, puts the information between the halves at {glue:text}`background-halves-bound` nats or more; its ceiling is {glue:text}`background-halves-ceiling`, and knowing the digit's name would be worth at most $\ln 10 = 2.3$.
#
# For the second network, each patch is a view of its own, and the loss sums over patches. The paper's GRIM sums over positions of the sequence in the same way: that is the literal reading of its text. The reading that this book adopts adds one view for each filter, and is the book's own ({ref}`background:views`).
#
# How often does a patch find the global code of its own image among 64?

# %%
c = dim.local_encoder(test[:64])
h = dim.further_encoder(c)
by_shift = [
    ops.convert_to_numpy(dim.discriminator(ops.roll(c, shift, 0), h))
    for shift in range(64)
]
own_wins = np.argmax(by_shift, axis=0) == 0  # 64 images, 9 patches
pd.DataFrame(own_wins.mean(axis=0).reshape(3, 3)).round(2)

# %% tags=["remove-cell"]
from scipy.stats import chi2_contingency

wins = own_wins.mean(axis=0).reshape(3, 3)
right = own_wins.sum(axis=0)
p_patches = chi2_contingency([right, 64 - right]).pvalue
glue_all(
    "background",
    {
        "patch-best": f"{wins.max():.0%}",
        "patch-worst": f"{wins.min():.0%}",
        "patch-mean": f"{wins.mean():.0%}",
        "patch-p": f"{p_patches:.1f}",
    },
)

# %% [markdown]
# The table is laid out as the image is. Guessing would be right once in 64 times, 2%. The share lies between {glue:text}`background-patch-worst` and {glue:text}`background-patch-best`, with a mean of {glue:text}`background-patch-mean`: patches say something about the whole. That they differ in it is not shown (p = {glue:text}`background-patch-p`, chi-squared test).
#
# Are the codes useful? A *linear probe* answers: a linear classifier, trained with labels on codes that were learned without. Its accuracy on test images, for codes of different *size* (numbers an image) and for few and many labels:

# %%
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

flat = [x.reshape(len(x), -1) for x in (train, test)]
principal = PCA(16, random_state=seed).fit(flat[0])
codes = {
    "pixels": flat,
    "principal components": [principal.transform(x) for x in flat],
    "two halves, untrained": halves_untrained,
    "two halves": halves_codes,
    "local and global, untrained": dim_untrained,
    "local and global": dim_codes,
}
probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
accuracy = {
    name: {
        "size": of_train.shape[1],
        **{
            f"{n} labels": probe.fit(of_train[:n], digit_train[:n]).score(
                of_test, digit_test
            )
            for n in (100, len(train))
        },
    }
    for name, (of_train, of_test) in codes.items()
}
accuracy = pd.DataFrame(accuracy).T
accuracy["size"] = accuracy["size"].astype(int)
accuracy.round(3)

# %% [markdown]
# Training without labels makes both networks' codes better for telling digits than the same networks' random codes are. It does not make them better than the pixels, nor than sixteen principal components: these digits are nearly separable by a linear rule as they are, and what the views share is a writer's hand as well as the digit's name.
# More information is not by itself a better representation; what the views are, and what the encoder can express, decides what is learned {cite:p}`tschannen2019`. The next section is about GRIM's own choice.
#
# (background:shuffles)=
# ## GRIM's negatives are shuffles
#
# All of the above draws mismatched pairs from the product of the marginals: somebody else's $y$. GRIM does not. Its negative example $x'$ is a *{term}`dinucleotide shuffle`* of $x$ itself: a random sequence with exactly the same count of each pair of neighbouring nucleotides, and the same ends. So the distribution $Q$ of mismatched pairs $(c', h)$ is another one, and what
# {eq}`eq-js` estimates, $2\, \mathrm{JSD}(P, Q) - 2 \ln 2$, is **not about the mutual information of $c$ and $h$**, though the paper's section 3 speaks of it so.
#
# What it is about can be seen by adding up all cases. Take all $4^8$ sequences of eight nucleotides. Half of the probability is uniform, the other half on sequences into which `GATC` was written at a random place. A shuffle is any sequence with the same dinucleotides and ends, all equally likely.

# %%
from itertools import product

sequences = np.array(list(product(range(4), repeat=8)))


def places(word):
    windows = np.lib.stride_tricks.sliding_window_view(
        sequences, len(word), axis=1
    )
    return (windows == grimlib.encode(word)).all(axis=2)


uniform = np.full(len(sequences), 1 / len(sequences))
written = places("GATC").sum(axis=1) / 5 * 4.0**-4  # five places
p = (uniform + written) / 2

pairs = sequences[:, :-1] * 4 + sequences[:, 1:]  # dinucleotides
keys = np.hstack([np.sort(pairs, axis=1), sequences[:, [0, -1]]])
_, group = np.unique(keys, axis=0, return_inverse=True)
group = group.ravel()  # sequences that are shuffles of one another
print(f"total probability {p.sum():.3f}; {group.max() + 1} groups")

# %% [markdown]
# For any local feature $c(x)$ and global feature $h(x)$ with few values, the distributions of $(c, h)$ and $(c', h)$ are now two tables.


# %%
def tables(c, h):
    matched = np.zeros((c.max() + 1, h.max() + 1))
    np.add.at(matched, (c, h), p)
    share = np.zeros((group.max() + 1, c.max() + 1))  # of c among shuffles
    np.add.at(share, (group, c), 1)
    share /= share.sum(axis=1, keepdims=True)
    shuffled = np.zeros_like(matched)
    np.add.at(shuffled.T, h, p[:, None] * share[group])
    independent = np.outer(matched.sum(axis=1), matched.sum(axis=0))
    return matched, independent, shuffled


def jsd(p, q):
    middle = (p + q) / 2
    return sum(
        (d[d > 0] * np.log(d[d > 0] / middle[d > 0])).sum() / 2
        for d in (p, q)
    )


fires = places("GATC").any(axis=1).astype(int)
constant, first = np.zeros(len(sequences), int), sequences[:, 0]
n_ga = places("GA").sum(axis=1)
rows = []
for local, of_local, whole, of_whole in (
    ("GATC is there", fires, "nothing", constant),
    ("GATC is there", fires, "GATC is there", fires),
    ("number of GA", n_ga, "number of GA", n_ga),
    ("first nucleotide", first, "first nucleotide", first),
):
    matched, independent, shuffled = tables(of_local, of_whole)
    rows.append(
        {
            "local code": local,
            "global code": whole,
            "I(c; h)": abs(information.mutual_information(matched)),
            "JSD, others": abs(jsd(matched, independent)),
            "JSD, shuffles": abs(jsd(matched, shuffled)),
        }
    )
shuffling = pd.DataFrame(rows).round(3)
shuffling

# %% [markdown]
# Compare the last two columns: the most that {eq}`eq-js` can reach, up to its factor and constant, with other sequences as negatives and with shuffles.
#
# - A filter for `GATC` earns its reward *even with a global code that says nothing* (first row). Information between $c$ and $h$ is zero; but the sequence has the motif more often than its shuffle, and that is all the discriminator needs.
# - A code that knows exactly what the shuffle preserves earns *nothing* (last two rows), although it shares much information with the sequence.
# - A global code that knows of the motif raises the divergence further (second row). This rise, and only this, is owed to what local and global codes have in common.
#
# The table is about the best possible discriminator. GRIM's own can use less of the global code: where $c$ and $h$ are not negative, $D = \max_j c_j \max_k h_k$, so $h$ enters as one number a sequence, a gain on all its scores. It cannot say whether a local code belongs to $h$ or not.
#
# The Kullback-Leibler divergence, which splits into sums, makes it plain: if the shuffle's code $c'$ were independent of $h$, it would be
#
# $$
# \mathrm{KL}\left(P_{c,h} \,\|\, P_{c'} P_h\right) = I(c; h) + \mathrm{KL}\left(P_c \,\|\, P_{c'}\right),
# $$
#
# information *plus* the contrast of sequences with their shuffles. So GRIM is a two-sample test as much as an InfoMax method: it asks which local patterns belong to the data and are destroyed by shuffling. For finding motifs that may well be the better question. Composition, dinucleotide preferences and all they imply are information too, a method that raised $I(c; h)$ would
# learn them, and nobody would call them motifs. But three things follow. What a shuffle keeps, GRIM cannot see. What a shuffle destroys, GRIM learns, whether it is a binding site, a repeat or an artefact. And "maximising mutual information" is the method's inspiration, not what its loss does.
#
# {doc}`method` builds GRIM's loss from here, on real sequences.
#
# ## In this chapter we saw
#
# - that mutual information only shrinks under processing, which makes two-view objectives lower bounds;
# - that every sample estimate fails somewhere: DV by bias, NWJ by variance, InfoNCE at $\ln N$;
# - that the softplus form estimates a Jensen-Shannon divergence, at most $\ln 2$, and trains a good critic, but is not an amount of information;
# - that codes learned by agreement of views can be worse than the pixels for a given purpose;
# - that with shuffles as negatives, GRIM's objective rewards what distinguishes sequences from their shuffles, which is not the mutual information of local and global codes.
