"""What a user may set of an analysis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from grimlib._checks import check_integer, check_views


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What decides the outcome, beside the sequences.

    Attributes
    ----------
    n_filters : int
        Number d of first-layer filters. Default is 32.
    views : {"both", "position", "filter", "sequence"}
        See `grimlib.losses.view_scores`. Default is ``"both"``.
    strands : {1, 2}
        With 2, sequences are shown on either strand, and sites are looked for on both. Default
        is 2.
    epochs : int
        At most, of 25 batches each; training ends before where the validation loss has levelled
        off. 0, the default, allows for 32.
    seed : int
        Of the split, initial weights, batches and shuffles. Default is 0.

    Raises
    ------
    ValueError
        If a value cannot be trained with; the message names the field.
    """

    n_filters: int = 32
    views: str = "both"
    strands: int = 2
    epochs: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        check_views(self.views)
        for name, low in dict(n_filters=1, strands=1, epochs=0, seed=0).items():
            if isinstance(value := getattr(self, name), np.integer):
                object.__setattr__(self, name, int(value))  # which JSON can hold
            check_integer(name, getattr(self, name), low)
        check_integer("strands", self.strands, 1, highest=2)
        check_integer("seed", self.seed, 0, highest=2**32 - 1)
