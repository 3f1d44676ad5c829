"""The small trial that tests of the paper train, or change to what they need."""

from grimlib.paper.trials import TrialSpec

TINY = TrialSpec(
    task="task2",
    model="grim",
    pool_size=25,
    n_filters=4,
    epochs=1,
    seed=3,
    data_seed=1,
    n_sequences=600,  # 420 to train on, five updates an epoch
)
