"""What users may choose and files may hold, checked without loading Keras."""

from __future__ import annotations

import numpy as np

VIEWS = ("position", "filter", "both", "sequence")
ACTIVATIONS = ("linear", "relu", "sigmoid", "softmax", "softplus", "tanh")
NONNEGATIVE = ("relu", "sigmoid", "softmax", "softplus")
FIRST_ACTIVATIONS = ("relu", "exponential")
"""Of the supervised network's first layer. Both rise, so that pooling may come first."""

FILTER_WIDTH = 19
"""Width of the first-layer filters, in nucleotides."""


def check_integer(name: str, value: object, lowest: int, highest: int | None = None) -> None:
    """Refuse, by a ValueError, anything but a whole number from `lowest` to `highest`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < lowest:
        raise ValueError(f"{name} is {value!r}; give a whole number of {lowest} or more")
    if highest is not None and value > highest:
        raise ValueError(f"{name} is {value!r}; give a whole number of at most {highest}")


def check_history(history: object) -> None:
    """Refuse, by a ValueError, what is not as many losses as validation losses."""
    if not isinstance(history, dict) or set(history) != {"loss", "val_loss"}:
        raise ValueError("a history has a loss and a val_loss")
    losses = list(history.values())
    if not all(isinstance(of, list) and all(type(x) is float for x in of) for of in losses):
        raise ValueError("a history's losses are lists of numbers")
    if len(losses[0]) != len(losses[1]):
        raise ValueError("a history has as many losses as validation losses")


def check_views(views: str) -> None:
    """Refuse, by a ValueError, a reading that is not one of `VIEWS`."""
    if views not in VIEWS:
        raise ValueError(f"views is {views!r}; use one of {', '.join(VIEWS)}")


def pooled_sizes(length: int, pool_size: int) -> tuple[int, int]:
    """Positions left after the first max pooling, ``L // S``, and the second's size, ``L // 2S``.

    A sequence of L nucleotides that is too short to be pooled twice is refused by a ValueError.
    """
    shortest = max(2 * pool_size, FILTER_WIDTH)
    if length < shortest:
        raise ValueError(
            f"sequences of {length} nt are too short for CNN-{pool_size}: it needs at least "
            f"{shortest} nt; use longer sequences or a smaller pool_size"
        )
    return length // pool_size, length // (2 * pool_size)
