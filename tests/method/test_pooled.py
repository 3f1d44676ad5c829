"""In training, a convolution and its pooling give what the layers give, and the same gradients."""

import keras
import numpy as np
import pytest

from grimlib import models
from grimlib._pooled import can_be_one_step
from grimlib.models import GRIM
from grimlib.sequences import UNKNOWN

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="other backends train the layers as they are"
)


def trained(length: int, pool_size: int, filters: int, **settings) -> tuple[list, list]:
    """Losses of a few steps, and the weights after them."""
    keras.utils.set_random_seed(3)
    model = GRIM(pool_size, filters, length, **settings)
    model.compile(optimizer=keras.optimizers.SGD(0.1))
    rng = np.random.default_rng(1)
    losses = []
    for _ in range(4):
        batch = {
            name: rng.integers(0, UNKNOWN + 1, (20, length), dtype=np.int8)
            for name in ("sequence", "shuffled")
        }
        losses.append(float(model.train_on_batch(batch)))
    return losses, model.get_weights()


@pytest.mark.parametrize(
    ("length", "pool_size", "filters", "settings"),
    [
        (60, 4, 7, {}),
        (50, 25, 16, {"activation": "relu"}),
        (61, 9, 3, {"views": "position"}),
        (45, 4, 5, {"views": "filter", "activation": "linear"}),
        (45, 4, 5, {"width": 0}),
    ],
)
def test_one_step_is_the_two_layers(length, pool_size, filters, settings, monkeypatch):
    losses, weights = trained(length, pool_size, filters, **settings)
    asked = []
    monkeypatch.setattr(models, "can_be_one_step", lambda network: asked.append(network))
    expected_losses, expected = trained(length, pool_size, filters, **settings)
    assert asked
    np.testing.assert_allclose(losses, expected_losses, rtol=1e-5)
    assert len(weights) == len(expected)
    for mine, other in zip(weights, expected, strict=True):
        np.testing.assert_allclose(mine, other, atol=2e-6)
    assert losses[0] != losses[-1]


def test_of_equals_the_first_has_the_gradient():
    """As with Keras's layers: where one nucleotide repeats, all outputs of a pool are equal."""
    model = GRIM(5, 2, 40)
    tokens = np.zeros((3, 40), dtype=np.int8)
    gradients = []
    import tensorflow as tf

    kernel = model.local_encoder.trainable_weights[0]
    kernel.assign(np.abs(kernel))  # so that every filter fires
    for training in (True, False):
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(model.local_encoder(tokens, training=training))
        gradients.append(tape.gradient(total, model.local_encoder.trainable_weights))
    for mine, other in zip(*gradients, strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-4)
    assert np.abs(gradients[0][0]).max() > 0


def test_another_precision_is_left_to_the_layers():
    assert can_be_one_step(GRIM(5, 2, 40).local_encoder)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        assert not can_be_one_step(GRIM(5, 2, 40).local_encoder)
    finally:
        keras.config.set_dtype_policy(before)
