"""Motifs of a user's own sequences: robust training, and a motif set that is tested."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from tqdm import tqdm

from grimlib.checkpoints import load_checkpoint, restore, save_checkpoint
from grimlib.clusters import cluster_motifs
from grimlib.filters import align, filter_motifs
from grimlib.losses import check_views, collapsed_loss
from grimlib.models import GRIM, first_layer
from grimlib.motifs import Motif, consensus, information_content, tomtom
from grimlib.parameters import check_integer
from grimlib.sequences import dinucleotide_shuffle
from grimlib.sites import find_sites, select_enriched
from grimlib.trials import training_batches

POOL_SIZE = 25
"""CNN-25's: its filters learn whole motifs."""

RESTARTS = 2
"""How often a collapsed training starts again, each time with an h twice as wide."""

BATCH_SIZE = 100

_BATCHES = 800  # what the default number of epochs amounts to, in all
_PATIENCE = 3  # epochs at the collapsed loss before training is given up
_LARGEST = 5_000  # sequences that filters are aligned on, and that motifs are tested on
_INFORMATIVE = 4  # positions above 0.5 bit that a filter needs to be a motif


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What decides the outcome, beside the sequences.

    Attributes
    ----------
    n_filters : int
        Number d of first-layer filters. Default is 64.
    width : int
        Dimension p of the global encoding h to begin with. Default is 128.
    views : {"both", "position", "filter", "sequence"}
        See `grimlib.losses.view_scores`. Default is ``"both"``.
    strands : {1, 2}
        With 2, sequences are shown on either strand, and sites are looked for on both. Default
        is 2.
    epochs : int
        0, the default, makes 800 batches in all, and 5 epochs at least.
    seed : int
        Of the split, initial weights, batches, dropout and shuffles. Default is 0.

    Raises
    ------
    ValueError
        If a value cannot be trained with; the message names the field.
    """

    n_filters: int = 64
    width: int = 128
    views: str = "both"
    strands: int = 2
    epochs: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        check_views(self.views)
        for name, low in dict(n_filters=1, width=1, strands=1, epochs=0, seed=0).items():
            check_integer(name, getattr(self, name), low)
        check_integer("strands", self.strands, 1, highest=2)
        check_integer("seed", self.seed, 0, highest=2**32 - 1)  # what Keras takes


@dataclass(eq=False)
class Training:
    """A trained network, or what there is of it.

    Attributes
    ----------
    model : GRIM
    history : dict of str to list of float
        ``"loss"`` and ``"val_loss"`` of the last attempt in nats, one value an epoch.
    widths : list of int
        Dimension of h in each attempt: all but the last one collapsed.
    outcome : {"finished", "interrupted", "collapsed"}
        ``"collapsed"``: every score stayed at zero, with the widest h as well. Nothing was
        learned, and the sequences may hold no motif.
    chance : float
        The loss at which every score is zero, 2 V log 2.
    """

    model: GRIM
    history: dict[str, list[float]]
    widths: list[int]
    outcome: str
    chance: float


@dataclass(frozen=True, eq=False)
class Discovery:
    """What a trained network has learned of the sequences.

    Attributes
    ----------
    motifs : list of Motif
        Not redundant, ``"motif_1"`` first, with the best match's name as ``alt``. Each occurs
        more often in held-out sequences than in their shuffles.
    filters : list of Motif
        Of every active filter.
    table : pandas.DataFrame
        One row a motif: ``motif``, ``consensus``, ``filters`` (how many were merged), ``share``
        and ``shuffled share`` of held-out sequences with a site, ``p-value`` and ``E-value`` of
        this enrichment, ``sites`` and ``sequences`` (all, with a site), ``match`` and
        ``Target_ID`` of the database's best match and ``match E-value``.
    matches : pandas.DataFrame
        All matches of the motifs with an E-value of at most 0.1, with Tomtom's columns.
    sites : pandas.DataFrame
        In all sequences, see `grimlib.sites.find_sites`.
    n_tested : int
        How many merged motifs were tested for enrichment.
    """

    motifs: list[Motif]
    filters: list[Motif]
    table: pd.DataFrame
    matches: pd.DataFrame
    sites: pd.DataFrame
    n_tested: int


def split(tokens: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Sequences to learn from, (N - N // 5, L), and a random fifth to test on, (N // 5, L)."""
    order = np.random.default_rng([seed, 2]).permutation(len(tokens))
    held_out, training = np.split(order, [len(tokens) // 5])
    return tokens[training], tokens[held_out]


def train(tokens: np.ndarray, settings: Settings, checkpoint: str | Path | None = None) -> Training:
    """Train GRIM on sequences of one's own, with a bar of progress (as `grimlib.trials.run`).

    A training that collapses is given up after three epochs and started again with an h twice as
    wide, twice at most. An interrupt (Ctrl-C, or "interrupt the kernel") ends the training but not
    the program: what was learned so far is returned.

    Parameters
    ----------
    tokens : np.ndarray, shape (N, L)
        All sequences; the fifth that `split` sets aside gives the validation loss only.
    settings : Settings
    checkpoint : str or Path, optional
        A file that holds the state after each epoch. If it exists, training goes on from there,
        to the same result. Default is none.

    Raises
    ------
    ValueError
        If the checkpoint is damaged, or belongs to other settings or sequences.
    RuntimeError
        If training diverged, so that the loss is not a number.
    OSError
        If the checkpoint cannot be written.
    """
    learn, held_out = split(tokens, settings.seed)
    held_out = held_out[:_LARGEST]
    rng = np.random.default_rng([settings.seed, 0, 1])
    validation = {"sequence": held_out, "shuffled": dinucleotide_shuffle(held_out, rng)}
    n_batches = -(-len(learn) // BATCH_SIZE)
    epochs = settings.epochs or max(5, -(-_BATCHES // n_batches))

    checkpoint = Path(checkpoint) if checkpoint else None
    run = {
        **asdict(settings),
        "sequences": hashlib.sha256(np.ascontiguousarray(tokens)).hexdigest()[:16],
    }
    del run["epochs"]  # a training may be made longer, or end here
    values, widths, history = None, [settings.width], {"loss": [], "val_loss": []}
    if checkpoint and checkpoint.exists():
        values, about = load_checkpoint(checkpoint, run)
        widths, history = about["widths"], about["history"]

    while True:
        keras.utils.set_random_seed(settings.seed)
        model = GRIM(
            POOL_SIZE, settings.n_filters, tokens.shape[1], settings.views, width=widths[-1]
        )
        model.compile(optimizer="adam")
        model.optimizer.build(model.trainable_variables)
        if values:
            restore(model, values)
            values = None
        chance = collapsed_loss(model.n_views)
        done = len(history["loss"])
        bar = tqdm(total=epochs * n_batches, initial=done * n_batches)
        bar.set_description(f"GRIM, h of {widths[-1]}")
        about = {"run": run, "widths": widths, "history": history}
        watch = _Watch(checkpoint, about, chance, bar)
        interrupted = False
        if done < epochs and not _has_collapsed(history, chance):
            try:
                model.fit(
                    training_batches(learn, BATCH_SIZE, settings.seed, settings.strands, done),
                    steps_per_epoch=n_batches,
                    initial_epoch=done,
                    epochs=epochs,
                    validation_data=(validation,),
                    validation_batch_size=500,
                    shuffle=False,  # the batches come in a new order already
                    verbose=0,
                    callbacks=[watch],
                )
            except KeyboardInterrupt:
                interrupted = True
        bar.close()
        if not _is_finite(history):
            raise RuntimeError(
                f"training diverged: its loss is {history['val_loss'][-1]}; try another seed"
            )
        collapsed = _has_collapsed(history, chance)
        if interrupted or not collapsed or len(widths) > RESTARTS:
            outcome = "collapsed" if collapsed else "interrupted" if interrupted else "finished"
            return Training(model, history, widths, outcome, chance)
        widths = [*widths, 2 * widths[-1]]
        history = {"loss": [], "val_loss": []}


def _is_finite(history: dict[str, list[float]]) -> bool:
    return all(np.isfinite(losses[-1:]).all() for losses in history.values())


def _has_collapsed(history: dict[str, list[float]], chance: float) -> bool:
    """Whether the validation loss has come to lie where every score is zero, and stayed there.

    To a part in 100,000: where there is little to learn, a healthy network is near it as well.
    """
    last = np.array(history["val_loss"][-_PATIENCE:])
    return len(last) == _PATIENCE and bool((abs(last / chance - 1) < 1e-5).all())


class _Watch(keras.callbacks.Callback):
    """Draws the bar, keeps the losses and the state, and stops what has collapsed or diverged."""

    def __init__(self, checkpoint: Path | None, about: dict, chance: float, bar: tqdm):
        super().__init__()
        self.checkpoint, self.about, self.chance, self.bar = checkpoint, about, chance, bar

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.bar.update()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        history = self.about["history"]
        for name, losses in history.items():
            losses.append(float(logs[name]))
        self.bar.set_postfix({name: f"{losses[-1]:.3f}" for name, losses in history.items()})
        finite = _is_finite(history)
        self.model.stop_training = not finite or _has_collapsed(history, self.chance)
        if finite and self.checkpoint:
            save_checkpoint(self.checkpoint, self.model, self.about)


def find_motifs(
    training: Training, tokens: np.ndarray, settings: Settings, targets: Sequence[Motif]
) -> Discovery:
    """Make a tested, named set of motifs out of a trained network's filters.

    The filters are aligned on the sequences they were trained on (Koo & Eddy 2019). Those with
    four informative positions or more are merged where they are alike, and a merged motif is
    kept if it occurs in held-out sequences more often than in their dinucleotide shuffles
    (E-value of at most 0.05). Tomtom compares those kept with the database. A collapsed network
    has no motifs.

    Parameters
    ----------
    training : Training
    tokens, settings
        As given to `train`.
    targets : sequence of Motif
        The database, see `grimlib.motifs.load_targets`.
    """
    learned, held_out = split(tokens, settings.seed)
    filters = []
    if training.outcome != "collapsed":
        filters = filter_motifs(align(*first_layer(training.model), learned[:_LARGEST]))
    informative = [
        motif for motif in filters if (information_content(motif.ppm) > 0.5).sum() >= _INFORMATIVE
    ]
    clusters = {cluster.motif.name: cluster for cluster in cluster_motifs(informative)}
    table = select_enriched(
        [cluster.motif for cluster in clusters.values()],
        held_out[:_LARGEST],
        np.random.default_rng([settings.seed, 3]),
        settings.strands,
    )
    chosen = [clusters[name] for name in table["motif"]]
    motifs = [
        replace(cluster.motif, name=f"motif_{i}") for i, cluster in enumerate(chosen, start=1)
    ]
    matches = tomtom(motifs, targets)
    best = matches.groupby("Query_ID").first().reindex([motif.name for motif in motifs])
    name_of = {target.name: target.alt or target.name for target in targets}
    motifs = [
        replace(motif, alt=name_of.get(target, ""))
        for motif, target in zip(motifs, best["Target_ID"], strict=True)
    ]
    sites = find_sites(motifs, tokens, settings.strands)
    of_motif = sites.groupby("motif")["sequence"]
    table = table.assign(
        motif=[motif.name for motif in motifs],
        consensus=[consensus(motif.ppm) for motif in motifs],
        filters=[len(cluster.members) for cluster in chosen],
        sites=[len(of_motif.get_group(motif.name)) for motif in motifs],
        sequences=[of_motif.get_group(motif.name).nunique() for motif in motifs],
        match=[motif.alt for motif in motifs],
        Target_ID=best["Target_ID"].fillna("").to_list(),
    )
    table["match E-value"] = best["E-value"].to_list()
    return Discovery(motifs, filters, table, matches, sites, len(clusters))
