"""The paper's networks: the supervised CNN-S, and GRIM around the same layers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from operator import index

import keras
import numpy as np
from keras import KerasTensor, layers, ops

from grimlib._checks import (
    FILTER_WIDTH,
    FIRST_ACTIVATIONS,
    NONNEGATIVE,
    check_views,
    pooled_sizes,
)
from grimlib._pooled import can_be_one_step, convolve_and_pool, filter_and_pool
from grimlib.losses import count_views, grim_loss, view_scores
from grimlib.sequences import ALPHABET
from grimlib.starts import write_words

# Whatever a user's keras.json says.
Conv1D, MaxPooling1D, Flatten = (
    partial(layer, data_format="channels_last")
    for layer in (layers.Conv1D, layers.MaxPooling1D, layers.Flatten)
)


@keras.saving.register_keras_serializable("grimlib")
class OneHot(layers.Layer):
    """Tokens to one-hot columns inside the network, so that batches travel as one byte a base.

    Input (N, L) int8, output (N, L, 4) float32; an unknown nucleotide is an all-zero column.
    """

    def call(self, tokens: KerasTensor) -> KerasTensor:
        table = ops.eye(len(ALPHABET) + 1, len(ALPHABET))
        return ops.take(table, ops.cast(tokens, "int32"), axis=0)


@keras.saving.register_keras_serializable("grimlib")
class BiasReLU(layers.Layer):
    """Bias and ReLU behind a max pooling: what they give before it, at a fraction of the positions.

    Neither changes which position of a pool is largest. Input and output (N, P, d).
    """

    def build(self, input_shape: tuple) -> None:
        self.bias = self.add_weight(shape=(input_shape[-1],), initializer="zeros", name="bias")

    def call(self, x: KerasTensor) -> KerasTensor:
        return ops.relu(x + self.bias)


class Encoder(keras.Sequential):
    """Layers in a row; in training, a convolution with the max pooling behind it is one step.

    Input and output are those of the layers; so is the gradient, but for rounding.
    """

    supports_jit = False  # compiled code is no operation of TensorFlow's

    def call(self, x: KerasTensor, training: bool | None = None, mask=None) -> KerasTensor:
        if not (training and can_be_one_step(self)):
            return super().call(x, training=training, mask=mask)
        row = iter(self.layers)
        for layer in row:
            if isinstance(layer, OneHot):
                x = filter_and_pool(next(row), next(row).pool_size[0], x)
            elif isinstance(layer, layers.Conv1D):
                x = convolve_and_pool(layer, next(row).pool_size[0], x)
            else:
                x = layer(x)
        return x


def cnn(
    pool_size: int,
    filters: int,
    outputs: int,
    length: int = 200,
    initializer: str = "glorot_uniform",
    batch_norm: bool = True,
    first_activation: str = "relu",
) -> keras.Model:
    """The supervised CNN-S of the paper's section 4.

    Convolution (`filters`, 19), max pooling (S), convolution (128, 5), max pooling (L // 2S), dense
    (512), dense (`outputs`). Batch normalisation before each ReLU; dropout of 0.1 after each max
    pooling and of 0.5 after the dense hidden layer (Koo & Eddy 2019). The model takes tokens (N, L)
    to logits (N, outputs); its first layers are named ``"conv1"`` and ``"conv1_norm"``.

    Parameters
    ----------
    pool_size, filters, length, initializer
        As in `GRIM`; the initialiser is that of all kernels.
    outputs : int
        Number of labels.
    batch_norm : bool
        Whether each hidden layer has a batch normalisation, or else a bias. Default is True.
    first_activation : {"relu", "exponential"}
        Of the first layer; with the exponential, filters of supervised networks are motifs more
        often (Koo & Ploenzke 2021). Default is ``"relu"``.

    Raises
    ------
    ValueError
        If the sequence is too short to be pooled twice, or `first_activation` is unknown.
    """
    if first_activation not in FIRST_ACTIVATIONS:
        raise ValueError(
            f"first_activation is {first_activation!r}; use one of {FIRST_ACTIVATIONS}"
        )
    # NumPy's integers are none for Keras.
    pool_size, outputs, length = index(pool_size), index(outputs), index(length)
    _, second_pool = pooled_sizes(length, pool_size)
    kernels = dict(kernel_initializer=initializer)
    hidden = dict(use_bias=not batch_norm, **kernels)

    def norm(x: KerasTensor, name: str | None = None) -> KerasTensor:
        return layers.BatchNormalization(name=name)(x) if batch_norm else x

    tokens = keras.Input((length,), dtype="int8", name="sequence")
    x = OneHot(name="one_hot")(tokens)
    x = Conv1D(filters, FILTER_WIDTH, padding="same", name="conv1", **hidden)(x)
    x = norm(x, "conv1_norm")
    # Pooling first is the same as the activation first, on a fraction of the positions.
    x = MaxPooling1D(pool_size)(x)
    if first_activation == "relu":
        x = layers.ReLU(name="local")(x)
    else:
        x = layers.Activation(first_activation, name="local")(x)
    x = layers.Dropout(0.1)(x)
    x = Conv1D(128, 5, padding="same", name="conv2", **hidden)(x)
    x = layers.ReLU()(MaxPooling1D(second_pool)(norm(x)))
    x = layers.Dropout(0.1)(x)
    x = Flatten()(x)
    x = layers.Dense(512, **hidden)(x)
    x = layers.ReLU()(norm(x))
    x = layers.Dropout(0.5)(x)
    logits = layers.Dense(outputs, name="logits", **kernels)(x)
    return keras.Model(tokens, logits, name=f"CNN-{pool_size}")


@keras.saving.register_keras_serializable("grimlib")
class GRIM(keras.Model):
    """Genomic Representations with Information Maximization (the paper's section 3).

    The local encoder C is the first convolution with its max pooling and ReLU; the further
    encoder F turns the local encoding into the global one, h. There is no batch normalisation.
    Training raises the scores of (local, global) pairs from the same sequence and lowers those
    whose local encoding comes from a dinucleotide shuffle of it. ``n_views`` is the number V of
    views of one sequence. Unknown `views`, or a sequence too short to be pooled twice, are refused
    by a ValueError.

    Parameters
    ----------
    pool_size : int
        Size S of the first max pooling: 4 for CNN-4, 25 for CNN-25.
    filters, length : int
        Number d of first-layer filters, and sequence length L. Default of the latter is 200.
    views : {"both", "position", "filter", "sequence"}
        The reading of "views", see :func:`grimlib.losses.view_scores`. Default is ``"both"``.
    width : int
        Dimension p of the global encoding. A narrow one lets training collapse. With 0, there is no
        further encoder (``further_encoder`` is None), and h is 1. Default is 128.
    activation : str
        Activation of the global encoding. Default is ``"sigmoid"``.
    initializer : str
        Keras's name of the initialiser of the encoders' kernels. Default is ``"glorot_uniform"``.
    """

    def __init__(
        self,
        pool_size: int,
        filters: int,
        length: int = 200,
        views: str = "both",
        width: int = 128,
        activation: str = "sigmoid",
        initializer: str = "glorot_uniform",
        **kwargs,
    ):
        check_views(views)
        super().__init__(**kwargs)
        # NumPy's integers are none for Keras.
        pool_size, length, width = index(pool_size), index(length), index(width)
        positions, second_pool = pooled_sizes(length, pool_size)
        self.settings = dict(
            pool_size=pool_size,
            filters=filters,
            length=length,
            views=views,
            width=width,
            activation=activation,
            initializer=initializer,
        )
        self.n_views = count_views(views, positions, filters)
        conv1 = dict(padding="same", use_bias=False, name="conv1", kernel_initializer=initializer)
        self.local_encoder = Encoder(
            [
                keras.Input((length,), dtype="int8"),
                OneHot(),
                Conv1D(filters, FILTER_WIDTH, **conv1),
                MaxPooling1D(pool_size),
                BiasReLU(name="conv1_bias"),
            ],
            name="C",
        )
        self.further_encoder = self.make_further_encoder(positions, second_pool)

    def make_further_encoder(
        self, positions: int, second_pool: int, input_dropout: float = 0.1
    ) -> keras.Sequential | None:
        """F, from local encodings (N, P, d) to the global one (N, p); None where p is 0."""
        width, activation = self.settings["width"], self.settings["activation"]
        if width == 0:
            return None
        kernels = dict(kernel_initializer=self.settings["initializer"])
        return Encoder(
            [
                keras.Input((positions, self.settings["filters"])),
                layers.Dropout(input_dropout),
                Conv1D(128, 5, padding="same", name="conv2", **kernels),
                MaxPooling1D(second_pool),
                layers.ReLU(),
                layers.Dropout(0.1),
                Flatten(),
                layers.Dense(512, activation="relu", **kernels),
                layers.Dropout(0.5),
                layers.Dense(width, activation=activation, name="h", **kernels),
            ],
            name="F",
        )

    def global_encoding(self, local: KerasTensor, training: bool | None = None) -> KerasTensor:
        """The global encoding h (N, p) of local ones (N, P, d); ones (N, 1) where there is no F."""
        if self.further_encoder is None:
            return ops.ones_like(local[:, :1, 0])
        return self.further_encoder(local, training=training)

    def discriminate(self, local: KerasTensor, global_: KerasTensor) -> KerasTensor:
        """Scores (N, V) of local encodings (N, P, d) with global encodings (N, p)."""
        nonnegative = self.settings["activation"] in NONNEGATIVE
        return view_scores(local, global_, self.settings["views"], nonnegative)

    def call(self, inputs: dict, training: bool | None = None) -> dict:
        """Scores of every view, ``"matched"`` and ``"mismatched"``, (N, V) each.

        Of ``"sequence"`` and ``"shuffled"``, tokens (N, L) each; dropout acts in `training`.
        """
        local = self.local_encoder(ops.concatenate([inputs["sequence"], inputs["shuffled"]]))
        local, local_shuffled = ops.split(local, 2)
        return self.compare(local, local_shuffled, training)

    def compare(
        self, local: KerasTensor, local_shuffled: KerasTensor, training: bool | None
    ) -> dict:
        """`call` from the local encodings (N, P, d) of sequences and of their shuffles."""
        global_ = self.global_encoding(local, training)
        return {
            "matched": self.discriminate(local, global_),
            "mismatched": self.discriminate(local_shuffled, global_),
        }

    def compile(self, *args, **kwargs) -> None:
        """As `keras.Model.compile`; the optimiser's variables are made at once.

        Made by the first step of training, they would cost TensorFlow a second compilation of it.
        """
        super().compile(*args, **kwargs)
        self.optimizer.build(self.trainable_variables)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Eq. (3) on the scores of one batch; there are no labels."""
        return grim_loss(y_pred["matched"], y_pred["mismatched"])

    def get_config(self) -> dict:
        """The settings that make the same network again."""
        return {**super().get_config(), **self.settings}

    @classmethod
    def from_config(cls, config: dict) -> GRIM:
        """The network of a configuration; those of older files name two settings more."""
        old = {"discriminator": "max", "drop_local": False}
        return cls(**{k: v for k, v in config.items() if k not in old or v != old[k]})


def first_convolution(model: keras.Model) -> layers.Conv1D:
    """The layer that holds the kernel of the filters, in a network of this module."""
    return (model.local_encoder if isinstance(model, GRIM) else model).get_layer("conv1")


def first_layer(model: keras.Model) -> tuple[np.ndarray, np.ndarray]:
    """The first-layer filters of a network from `cnn` or `GRIM`, ready for filter analysis.

    Kernel, shape (19, 4, d), and bias, shape (d,), both float32. Batch normalisation, where there
    is any, is folded into them, so that the first activation's input is ``conv(x, kernel) + bias``.
    """
    conv = first_convolution(model)
    kernel = ops.convert_to_numpy(conv.kernel)
    if isinstance(model, GRIM):
        bias = model.local_encoder.get_layer("conv1_bias").bias
        return kernel, ops.convert_to_numpy(bias)
    if conv.use_bias:
        return kernel, ops.convert_to_numpy(conv.bias)
    norm = model.get_layer("conv1_norm")
    weights = (norm.gamma, norm.beta, norm.moving_mean, norm.moving_variance)
    gamma, beta, mean, variance = map(ops.convert_to_numpy, weights)
    scale = gamma / np.sqrt(variance + norm.epsilon)
    return kernel * scale, beta - mean * scale


def set_first_layer(
    conv: layers.Conv1D,
    kernel: np.ndarray,
    bias: np.ndarray,
    norm: layers.BatchNormalization | None = None,
    one_hot: np.ndarray | None = None,
) -> None:
    """Start a convolution from given filters: the reverse of `first_layer`, for any network.

    A kernel alone would fire on every other position: the bias holds the threshold that tells a
    motif. Where a batch normalisation follows, its gain and offset are set so that it leaves
    ``conv(x, kernel) + bias`` as it is: by the mean and the variance of each filter's output on
    sequences, which become the moving averages, so that training, which normalises by the batch,
    starts at the same function.

    Parameters
    ----------
    conv : keras.layers.Conv1D
        Of a built model; with ``padding="same"`` it does what GRIM's does.
    kernel, bias : np.ndarray, shapes (width, 4, d) and (d,)
    norm : keras.layers.BatchNormalization, optional
        The one behind the convolution. Default is none.
    one_hot : np.ndarray, shape (N, L, 4), optional
        With `norm`: some hundred sequences of the kind to be trained on; labels are not needed.

    Raises
    ------
    ValueError
        If the layer is not built or has another shape, there is neither a bias nor a batch
        normalisation to hold the threshold, or `norm` has no `one_hot`, gain or offset.
    """
    expected = tuple(conv.kernel.shape) if conv.built else None
    if expected != kernel.shape or bias.shape != kernel.shape[-1:]:
        raise ValueError(
            f"layer {conv.name!r} takes a kernel of shape {expected}; this one has {kernel.shape}, "
            f"and the bias {bias.shape}. Make it Conv1D({kernel.shape[-1]}, {kernel.shape[0]}) on "
            f"one-hot sequences, in a built model"
        )
    if norm is None and not conv.use_bias:
        raise ValueError(
            f"layer {conv.name!r} has no bias; give it one, or name the batch normalisation "
            "behind it as norm"
        )
    if norm is not None and (one_hot is None or not (norm.scale and norm.center)):
        raise ValueError(
            f"layer {norm.name!r} needs scale and center, and one_hot to measure the filters on"
        )
    conv.kernel.assign(kernel)
    if conv.use_bias:
        conv.bias.assign(bias if norm is None else np.zeros_like(bias))
    if norm is None:
        return
    output = ops.convert_to_numpy(conv(one_hot))
    mean, variance = output.mean(axis=(0, 1)), output.var(axis=(0, 1))
    norm.moving_mean.assign(mean)
    norm.moving_variance.assign(variance)
    norm.gamma.assign(np.sqrt(variance + norm.epsilon))
    norm.beta.assign(bias + mean)


def start_filters(model: keras.Model, words: Sequence[str]) -> None:
    """Let the filters of a new network start from words, as `grimlib.starts.write_words` says.

    Parameters
    ----------
    model : keras.Model
        From `cnn` or `GRIM`, not trained yet.
    words : sequence of str
        Such as the column ``word`` of `choose_words`.

    Raises
    ------
    ValueError
        If there are more words than filters, or a word is not one.
    """
    conv = first_convolution(model)
    conv.kernel.assign(write_words(ops.convert_to_numpy(conv.kernel), words))
