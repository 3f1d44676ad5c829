"""GRIM but for one thing, to find out what it does; and labels that act on single filters."""

from __future__ import annotations

import keras
from keras import KerasTensor, layers, ops

from grimlib._checks import FILTER_WIDTH
from grimlib.models import GRIM, OneHot
from grimlib.paper.trials import check_variant


@keras.saving.register_keras_serializable("grimlib")
class Variant(GRIM):
    """GRIM with another discriminator or another global encoding.

    Parameters
    ----------
    *args, **kwargs
        As `grimlib.models.GRIM` takes them.
    discriminator : {"max", "inner"}
        Eq. (2), or Deep InfoMax's inner product of projections (Hjelm et al. 2018). Default is
        ``"max"``.
    drop_local : bool
        Whether the discriminator, too, gets the local encodings behind their dropout. Default is
        False.
    encoding : {"same", "other", "shuffled", "constant", "gain", "gains"}
        What the discriminator is given for the global encoding h of a sequence: its own; that of
        another sequence of the batch; that of its shuffle; 1; one learned number at or above zero,
        the same for all sequences; or one such number for each filter, which multiplies it. The
        last three have no further encoder F. Default is ``"same"``.
    local_norm : bool
        Whether a batch normalisation follows the first convolution, as in the supervised network.
        Sequences and shuffles are normalised together. `first_layer` takes such a model's
        ``local_encoder``. Default is False.

    Raises
    ------
    ValueError
        If `discriminator` or `encoding` is unknown, they do not go together, or as for GRIM.
    """

    def __init__(
        self,
        *args,
        discriminator: str = "max",
        drop_local: bool = False,
        encoding: str = "same",
        local_norm: bool = False,
        **kwargs,
    ):
        self.drop_local, self.encoding = drop_local, encoding
        super().__init__(*args, **kwargs)
        views, filters = self.settings["views"], self.settings["filters"]
        check_variant(discriminator, encoding, views)
        self.settings |= dict(
            discriminator=discriminator,
            drop_local=drop_local,
            encoding=encoding,
            local_norm=local_norm,
        )
        if local_norm:
            self._normalise()
        self.inner_product = None
        if discriminator == "inner":
            _, positions, _ = self.local_encoder.output_shape
            width = 1 if self.further_encoder is None else self.settings["width"]
            self.inner_product = InnerProductDiscriminator(views, name="D")
            self.inner_product.build((None, positions, filters), (None, width))
        self.local_dropout = layers.Dropout(0.1) if drop_local else None
        self.gain = None
        if encoding in ("gain", "gains"):
            shape = (filters if encoding == "gains" else 1,)
            self.gain = self.add_weight(
                shape=shape, initializer="ones", constraint="non_neg", name="gain"
            )

    def _normalise(self) -> None:
        """Put a batch normalisation in the place of the bias, behind the same filters."""
        conv = self.local_encoder.get_layer("conv1")
        # Keras keeps what was once a part of the model.
        self.local_encoder.get_layer("conv1_bias").trainable = False
        self.local_encoder = keras.Sequential(
            [
                keras.Input((self.settings["length"],), dtype="int8"),
                OneHot(),
                conv,
                layers.BatchNormalization(name="conv1_norm"),
                layers.MaxPooling1D(self.settings["pool_size"]),
                layers.ReLU(),
            ],
            name="C",
        )

    def make_further_encoder(self, positions: int, second_pool: int) -> keras.Sequential | None:
        """F, where the encoding needs it."""
        if self.encoding in ("constant", "gain", "gains"):
            return None
        return super().make_further_encoder(
            positions, second_pool, input_dropout=0 if self.drop_local else 0.1
        )

    def discriminate(self, local: KerasTensor, global_: KerasTensor) -> KerasTensor:
        """Scores (N, V) of local encodings (N, P, d) with global encodings (N, p)."""
        if self.inner_product is not None:
            return self.inner_product(local, global_)
        return super().discriminate(local, global_)

    def compare(
        self, local: KerasTensor, local_shuffled: KerasTensor, training: bool | None
    ) -> dict:
        """As GRIM's, with the encoding chosen."""
        if self.local_dropout is not None:
            both = self.local_dropout(ops.concatenate([local, local_shuffled]), training=training)
            local, local_shuffled = ops.split(both, 2)
        if self.gain is not None:
            local, local_shuffled = local * self.gain, local_shuffled * self.gain
        source = local_shuffled if self.encoding == "shuffled" else local
        global_ = self.global_encoding(source, training)
        if self.encoding == "other":
            global_ = ops.roll(global_, 1, axis=0)
        return {
            "matched": self.discriminate(local, global_),
            "mismatched": self.discriminate(local_shuffled, global_),
        }


class InnerProductDiscriminator(layers.Layer):
    r"""Deep InfoMax's discriminator (Hjelm et al. 2018), to compare with Eq. (2).

    Local and global encodings are projected to a common space, each by a linear map plus a
    hidden ReLU layer, and a view's score is their inner product:
    :math:`D(c, h) = \langle \varphi(c), \theta(h) \rangle`.

    Parameters
    ----------
    views : {"position", "filter", "both"}
        The reading of "views"; each family has its own projections.
    units : int
        Dimension of the common space. Default is 512.
    """

    def __init__(self, views: str, units: int = 512, **kwargs):
        super().__init__(**kwargs)
        families = ("position", "filter") if views == "both" else (views,)
        self.projections = {
            family: [self._projection(units), self._projection(units)] for family in families
        }

    def build(self, local_shape: tuple, global__shape: tuple) -> None:
        N, P, d = local_shape
        for family, (of_local, of_global) in self.projections.items():
            m = d if family == "position" else P
            for (shortcut, hidden, output), shape in (
                (of_local, (N, None, m)),
                (of_global, global__shape),
            ):
                shortcut.build(shape)
                hidden.build(shape)
                output.build((*shape[:-1], hidden.units))

    @staticmethod
    def _projection(units: int) -> list[layers.Layer]:
        return [layers.Dense(units), layers.Dense(units, activation="relu"), layers.Dense(units)]

    def call(self, local: KerasTensor, global_: KerasTensor) -> KerasTensor:
        """Scores (N, V) from local encodings (N, P, d) and global encodings (N, p)."""
        scores = []
        for family, (of_local, of_global) in self.projections.items():
            views = local if family == "position" else ops.swapaxes(local, 1, 2)
            scores.append(_products(of_local, views, _project(of_global, global_)))
        return ops.concatenate(scores, axis=-1)


def _project(projection: list[layers.Layer], x: KerasTensor) -> KerasTensor:
    """Linear shortcut plus one hidden layer, (N, m) to (N, units)."""
    shortcut, hidden, output = projection
    return shortcut(x) + output(hidden(x))


def _products(projection: list[layers.Layer], x: KerasTensor, theta: KerasTensor) -> KerasTensor:
    """Inner products (N, V) of the projection of each of V views (N, V, m) with theta (N, units).

    The last layers are linear: they are applied, transposed, to the one theta of a sequence and
    not to its many views, which is an eighth of the arithmetic on Task 1.
    """
    shortcut, hidden, output = projection
    of_views = ops.matmul(theta, ops.transpose(shortcut.kernel))[:, :, None]
    of_hidden = ops.matmul(theta, ops.transpose(output.kernel))[:, :, None]
    products = ops.matmul(x, of_views) + ops.matmul(hidden(x), of_hidden)
    return products[:, :, 0] + ops.matmul(theta, (shortcut.bias + output.bias)[:, None])


# ----------------------------------------------------------------- labels, filter by filter


@keras.saving.register_keras_serializable("grimlib")
class FilterLogits(layers.Layer):
    """A logistic score for every label from each number alone: scale times it, plus an offset.

    The scale of a single label starts at 1. Those of several start from standard normal draws, so
    that filters attend to different labels from the start: were they all positive, the labels
    would push each filter in one and the same direction, and nothing would be learned.

    Parameters
    ----------
    outputs : int
        Number K of labels. Input (N, d), output (N, d K), filter by filter.
    """

    def __init__(self, outputs: int, **kwargs):
        super().__init__(**kwargs)
        self.outputs = outputs

    def build(self, input_shape: tuple) -> None:
        shape = (input_shape[-1], self.outputs)
        start = keras.initializers.RandomNormal(stddev=1.0) if self.outputs > 1 else "ones"
        self.scale = self.add_weight(shape=shape, initializer=start, name="scale")
        self.offset = self.add_weight(shape=shape, initializer="zeros", name="offset")

    def call(self, x: KerasTensor) -> KerasTensor:
        logits = x[:, :, None] * self.scale + self.offset
        return ops.reshape(logits, (-1, logits.shape[1] * self.outputs))

    def get_config(self) -> dict:
        return {**super().get_config(), "outputs": self.outputs}


def filter_classifier(
    filters: int, outputs: int, length: int, initializer: str = "glorot_uniform"
) -> keras.Model:
    """First-layer filters that each predict the labels alone, from their largest activation.

    What GRIM's filter views are to the global encoding, this is to labels: with `filter_loss` the
    loss acts on each filter's maximum over the positions, and no layer mixes filters.

    Parameters
    ----------
    filters, outputs, length : int
        Numbers d of filters and K of labels; length L of the sequences in nucleotides.
    initializer : str
        Keras's name of the initialiser of the filters. Default is ``"glorot_uniform"``.

    Returns
    -------
    keras.Model
        From tokens (N, L) to logits (N, d K); its convolution is named ``"conv1"``.
    """
    tokens = keras.Input((length,), dtype="int8", name="sequence")
    x = OneHot(name="one_hot")(tokens)
    conv = layers.Conv1D(
        filters, FILTER_WIDTH, padding="same", kernel_initializer=initializer, name="conv1"
    )
    x = layers.ReLU(name="local")(layers.GlobalMaxPooling1D()(conv(x)))
    return keras.Model(tokens, FilterLogits(outputs, name="logits")(x), name="filters")


def filter_loss(labels: KerasTensor, logits: KerasTensor) -> KerasTensor:
    """Binary cross-entropy in nats, the mean over filters, labels and sequences.

    For labels (N, K) and logits (N, d K) as `FilterLogits` gives them.
    """
    labels = ops.cast(labels, logits.dtype)[:, None]
    logits = ops.reshape(logits, (-1, logits.shape[1] // labels.shape[-1], labels.shape[-1]))
    return ops.mean(ops.softplus(logits) - labels * logits)
