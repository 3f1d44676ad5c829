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
# # Appendix: Deep InfoMax on images of digits
#
# **What you will see.** GRIM adapts *Deep InfoMax* ([Hjelm et al., 2018](references.md#hjelm-et-al-2018)), a method for
# images, to DNA.
# Here two small networks learn from images of handwritten digits in this way, without labels.
# Then we ask what their codes are good for.
# **What it needs.** [Background](background.ipynb): critics, InfoNCE, and the softplus form, Eq. (1).
# **How long it takes.** Half a minute on one core.
#
# ```bash
# papermill book/digits.ipynb out.ipynb -p seed 7 -p epochs 50
# ```

# %% tags=["parameters"]
seed: int = 0  # of the images' split and of the initial weights
epochs: int = 20  # passes over the training images

# %% tags=["remove-cell"]
from grimlib.paper import check_parameters

check_parameters(globals(), seed=0, epochs=1)

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import Markdown, display
from keras import layers, ops

import grimlib
from grimlib import paper
from grimlib.paper import information

grimlib.use_style()

# %% [markdown]
# ## Two halves as two views
#
# The data are 1,797 handwritten digits of 8 × 8 pixels that come with scikit-learn
# ([Alpaydin & Kaynak, 1998](references.md#alpaydin--kaynak-1998)).
# One encoder, a small network, sees the top four rows of an image, another the bottom four.
# Training makes the inner product of their codes high for two halves of one image, and low for halves of two images.

# %% tags=["copy"]
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

pixels, digit = load_digits(return_X_y=True)
images = (pixels / 16).astype("float32").reshape(-1, 8, 8)
train, test, digit_train, digit_test = train_test_split(
    images, digit, test_size=0.3, random_state=seed, stratify=digit
)


def encoder(size):
    hidden = layers.Dense(128, activation="relu")
    return keras.Sequential([layers.Flatten(), hidden, layers.Dense(size)])


def softplus_form(matched, mismatched):
    return ops.mean(grimlib.jensen_shannon(matched, mismatched))


keras.utils.set_random_seed(seed)
halves = information.Critic(encoder(8), encoder(8), softplus_form)

# %% [markdown]
# We keep the codes before the training, when all weights are random, and after it.
# The code of an image is that of its two halves together.


# %%
def halves_code(image):
    codes = halves.of_x(image[:, :4]), halves.of_y(image[:, 4:])
    return np.hstack(codes)


codes = {"two halves, untrained": (halves_code(train), halves_code(test))}
seen = train[: len(train) // 64 * 64]  # whole batches
halves.compile(optimizer="adam")
views = {"x": seen[:, :4], "y": seen[:, 4:]}
halves.fit(views, batch_size=64, epochs=epochs, verbose=0)
codes["two halves"] = halves_code(train), halves_code(test)
scores = ops.convert_to_numpy(halves({"x": test[:, :4], "y": test[:, 4:]}))
of_others = scores - 1e9 * np.eye(len(test))

# %% [markdown]
# The figure asks this network which lower half belongs to a given upper half, among all test images.

# %% mystnb={"figure": {"name": "fig-digits-halves", "caption": "Upper halves of six test images, each joined to its own lower half (left column) and to the five lower halves of other test images that the network scores highest."}, "image": {"alt": "Six rows of six small grey images of digits. The first column shows the original digits; in the other columns the upper half is the same and the lower half comes from another image, mostly completing the same digit.", "width": "70%"}}
figure, axes = plt.subplots(6, 6, figsize=(5, 5))
for i, row in enumerate(axes):
    highest = np.argsort(-of_others[i])[:5]
    for ax, j in zip(row, [i, *highest], strict=True):
        ax.imshow(np.vstack([test[i, :4], test[j, 4:]]), cmap="gray_r")
        ax.axhline(3.5, color="C0", lw=1)
        ax.set_axis_off()

# %% tags=["hide-input"] jupyter={"source_hidden": true}
same = (digit_test[of_others.argmax(axis=1)] == digit_test).mean()
pairs = information.split_pairs(ops.convert_to_tensor(scores))
bound = float(information.info_nce(*pairs))
display(
    Markdown(
        "The other lower half that scores highest is of the same digit "
        f"for {same:.0%} of the {len(test)} test images. From their scores, "
        "InfoNCE puts the information between two halves at "
        f"{bound:.1f} nats or more. Its ceiling is {np.log(len(test)):.1f} "
        "nats, and the digit's name alone is worth at most ln 10 = 2.3."
    )
)

# %% [markdown]
# ## Local and global
#
# Deep InfoMax takes as one view a [local code](glossary.md#local-encoding), the output of a convolutional layer for a
# small patch of the image, and as the other the [global code](glossary.md#global-encoding) of the whole image.
# Here are nine patches.
# Each patch is a view of its own, and the loss sums over the patches.
#
# The network differs from [GRIM](method.ipynb) in two ways.
# Its [discriminator](glossary.md#discriminator) is Deep InfoMax's, an inner product of learned projections.
# And the negative example for an image is another image of the batch, not a shuffle.
# The loss is GRIM's own function.

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
        self.further_encoder = encoder(16)
        self.discriminator = InnerProductDiscriminator("position", 64)

    def call(self, image):
        c = self.local_encoder(image)
        h = self.further_encoder(c)
        other = ops.roll(c, 1, axis=0)
        return self.discriminator(c, h), self.discriminator(other, h)

    def compute_loss(self, x, y, y_pred, *_):
        return grimlib.grim_loss(*y_pred)


# %% [markdown]
# The sum over patches is like the sum over positions in the paper's Eq. (3), the
# [literal reading](glossary.md#literal-reading) of GRIM.
# The [adopted reading](glossary.md#adopted-reading), this book's own, adds one view for each filter
# ([What is a view?](method.ipynb#what-is-a-view)).


# %%
def global_code(image):
    code = dim.further_encoder(dim.local_encoder(image))
    return ops.convert_to_numpy(code)


keras.utils.set_random_seed(seed)
dim = DeepInfoMax()
codes["patches, untrained"] = global_code(train), global_code(test)
dim.compile(optimizer="adam")
dim.fit(seen, batch_size=64, epochs=epochs, verbose=0)
codes["patches"] = global_code(train), global_code(test)

# %% [markdown]
# Does the global code of an image fit its own patches best?
# We score it with the same patch of 64 test images, and count how often the image's own patch scores highest.

# %%
c = dim.local_encoder(test[:64])
h = dim.further_encoder(c)
by_shift = [
    ops.convert_to_numpy(dim.discriminator(ops.roll(c, shift, 0), h))
    for shift in range(64)
]
own_wins = np.argmax(by_shift, axis=0) == 0  # 64 images, 9 patches
shares = pd.DataFrame(
    own_wins.mean(axis=0).reshape(3, 3),
    index=["top", "middle", "bottom"],
    columns=["left", "middle", "right"],
)
paper.captioned(
    shares.map("{:.2f}".format).rename_axis("patch"),
    "Share of 64 test images whose global code scores highest with "
    "their own patch, by the patch's place. Guessing gives 0.02.",
)

# %% tags=["hide-input"] jupyter={"source_hidden": true}
from scipy.stats import chi2_contingency

if (seed, epochs) == (0, 20):  # what the text says of them
    right = own_wins.sum(axis=0)
    assert shares.mean(axis=None) > 0.08
    assert chi2_contingency([right, 64 - right]).pvalue > 0.05

# %% [markdown]
# On average the shares are several times what guessing gives: the global code holds something of the patches.
# A chi-squared test shows no difference between the nine.
#
# ## Are the codes useful?
#
# A *linear probe* is a linear classifier that is trained with labels, on codes that were learned without.
# The table has its accuracy on test images, for few and for many labels.
# Beside the learned codes stand those of the same networks before training, the pixels themselves, and their sixteen
# *principal components*, the directions in which the training images vary most.

# %%
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

flat = train.reshape(len(train), -1), test.reshape(len(test), -1)
principal = PCA(16, random_state=seed).fit(flat[0])
codes = {
    "pixels": flat,
    "principal components": tuple(map(principal.transform, flat)),
    **codes,
}
probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))


def accuracy(code, labels):
    """Of the probe on test images, trained with so many labels."""
    probe.fit(code[0][:labels], digit_train[:labels])
    return probe.score(code[1], digit_test)


# %% tags=["table"]
accuracies = pd.DataFrame(
    {
        f"{n:,} labels": {k: accuracy(code, n) for k, code in codes.items()}
        for n in (100, len(train))
    }
)
table = accuracies.map("{:.3f}".format).rename_axis("code")
table.insert(0, "numbers", [code[0].shape[1] for code in codes.values()])
paper.captioned(
    table,
    "Accuracy of a linear probe on test images, for codes of so many "
    "numbers an image, by the number of labels it was trained with.",
)

# %% tags=["hide-input"] jupyter={"source_hidden": true}
if (seed, epochs) == (0, 20):  # what the text says of them
    learned = accuracies.loc[["two halves", "patches"]]
    before = accuracies.filter(like="untrained", axis="index")
    assert (learned.to_numpy() > before.to_numpy()).all()
    assert (learned.max() < accuracies.iloc[:2].min()).all()

# %% [markdown]
# Training without labels makes the codes of both networks better for telling digits than the same networks' random
# codes are.
# It does not make them better than the pixels, nor than sixteen principal components.
# These digits can nearly be separated by a linear rule as they are, and what two views share need not be the digit's
# name: it may be the writer's hand.
#
# So more information is not by itself a better representation.
# What is learned depends on what the views are, and on what the encoder can express
# ([Tschannen et al., 2019](references.md#tschannen-et-al-2019)).
# GRIM's own choice, shuffles as negative examples, changes what is learned once more
# ([GRIM's negatives are shuffles](background.ipynb#grims-negatives-are-shuffles)).
#
# ## In this chapter we saw
#
# - how two views of an image train an encoder without labels;
# - that GRIM's loss, with another discriminator and other negatives, is that of Deep InfoMax;
# - that codes learned by agreement of views can be worse than the pixels for a given purpose.
