"""The first layers kept during a training are those of the trial that it is."""

import json
from dataclasses import replace

import keras
import numpy as np
import pytest
from specs import TINY

from grimlib.models import first_layer
from grimlib.paper import emergence, stored_emergence
from grimlib.paper.training import build_model, run
from grimlib.paper.trials import TrialSpec

pytestmark = pytest.mark.xdist_group("trials")

SPEC = replace(TINY, epochs=2)


def test_the_first_and_the_last_step_are_the_untrained_and_the_trained_network(tmp_path):
    emergence.emergence(SPEC, (0, 1, 7, 10), tmp_path / "steps.npz")
    with np.load(tmp_path / "steps.npz") as stored:
        assert stored["updates"].tolist() == [0, 1, 7, 10]
        kernels, biases = stored["kernels"], stored["biases"]
        about = json.loads(str(stored["about"]))
    assert kernels.shape == (4, 19, 4, 4) and biases.shape == (4, 4)
    assert TrialSpec(**about["spec"]) == SPEC
    assert {"versions", "date", "seconds"} <= about["provenance"].keys()

    keras.utils.set_random_seed(SPEC.seed)
    np.testing.assert_array_equal(kernels[0], first_layer(build_model(SPEC))[0])
    trial = run(SPEC)
    np.testing.assert_allclose(kernels[-1], trial.kernel, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(biases[-1], trial.bias, rtol=1e-4, atol=1e-6)
    distances = np.abs(np.diff(kernels, axis=0)).max(axis=(1, 2, 3))
    assert (distances > 1e-4).all()  # every step is another one


def test_more_updates_than_there_are_is_refused_and_nothing_written(tmp_path):
    with pytest.raises(ValueError, match="asks for 11, and 2 epochs have 10"):
        emergence.emergence(SPEC, (0, 11), tmp_path / "steps.npz")
    assert list(tmp_path.iterdir()) == []


def test_the_stored_steps_are_those_of_the_command():
    layers, about = stored_emergence()
    assert tuple(layers) == emergence.UPDATES
    for kernel, bias in layers.values():
        assert kernel.shape == (19, 4, emergence.SPEC.n_filters)
        assert bias.shape == (emergence.SPEC.n_filters,)
    assert TrialSpec(**about["spec"]) == emergence.SPEC
