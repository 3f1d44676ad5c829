"""What is measured of the global encoding: known networks, and what the command keeps."""

import json
from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import ops
from specs import TINY

from grimlib.models import GRIM
from grimlib.paper import encoding
from grimlib.paper.trials import TrialSpec
from grimlib.paper.variants import Variant

pytestmark = pytest.mark.xdist_group("models")

TOKENS = np.random.default_rng(0).integers(0, 4, (400, 47), dtype=np.int8)
SMALL = dict(pool_size=4, filters=3, length=47, width=6)
FEW = replace(TINY, n_sequences=100)


def untrained(kind=GRIM, **changes):
    keras.utils.set_random_seed(1)
    model = kind(**SMALL, **changes)
    # Fresh encodings hardly differ: strong weights let h vary.
    dense = model.further_encoder.get_layer("h")
    dense.kernel.assign(dense.kernel * 20)
    return model


def measured(model, **changes):
    return encoding.measure(model, TOKENS, np.random.default_rng(2), **changes)


@pytest.mark.parametrize("views", ["position", "filter", "both"])
def test_the_share_of_h_is_that_of_a_product(views):
    model = untrained(views=views)
    found = measured(model, deals=40)
    c = [
        ops.convert_to_numpy(model.local_encoder(t))
        for t in (TOKENS, encoding.dinucleotide_shuffle(TOKENS, np.random.default_rng(2)))
    ]
    h = ops.convert_to_numpy(model.further_encoder(c[0], training=False))
    gain = h.max(axis=1)
    c = np.concatenate(c)
    families = {"position": c.max(axis=2), "filter": c.max(axis=1)}
    m = np.concatenate([families[name] for name in families if views in (name, "both")], axis=1)
    g2, m2 = (gain**2).mean(), (m**2).mean(axis=0)
    product = g2 * m2 - (gain.mean() * m.mean(axis=0)) ** 2
    assert found["share of h"] == pytest.approx((gain.var() * m2).sum() / product.sum(), rel=0.05)
    assert 0.01 < found["share of h"] < 1
    assert found["gain"] == pytest.approx(
        {
            "mean": gain.mean(),
            "deviation": gain.std(ddof=1),
            "lowest": gain.min(),
            "highest": gain.max(),
        },
        rel=1e-5,
    )


def test_an_encoding_that_is_the_same_for_all_has_no_share_and_can_be_dealt_for_free():
    model = untrained()
    dense = model.further_encoder.get_layer("h")
    dense.kernel.assign(np.zeros(dense.kernel.shape))
    found = measured(model)
    assert found["share of h"] == found["own is better"] == found["gain"]["deviation"] == 0
    for other in ("other", "shuffle", "mean"):
        assert found[other] == pytest.approx(found["own"], rel=1e-6)
    assert found["gain"]["lowest"] == found["gain"]["highest"] == 0.5
    assert found["collapsed"] == pytest.approx(2 * 14 * np.log(2))


def test_the_loss_with_one_s_own_encoding_is_the_network_s():
    for kind, changes in ((GRIM, {}), (Variant, dict(views="position", discriminator="inner"))):
        model = untrained(kind, **changes)
        shuffled = encoding.dinucleotide_shuffle(TOKENS, np.random.default_rng(2))
        pairs = model({"sequence": TOKENS, "shuffled": shuffled}, training=False)
        expected = float(model.compute_loss(y_pred=pairs))
        found = measured(model)
        assert found["own"] == pytest.approx(expected, rel=1e-5)
        assert found["other"] != pytest.approx(expected, rel=1e-5)


def test_a_network_that_knows_its_own_sequences_loses_when_they_are_dealt():
    """D(c, h) for the inner product can ask whether c and h belong together."""
    model = untrained(Variant, views="position", discriminator="inner")
    marked = np.eye(400, dtype="float32")

    class Own:
        def __call__(self, c, training=False):
            return ops.convert_to_tensor(marked[: len(c)])

    model.further_encoder = Own()
    model.discriminate = lambda c, h: ops.convert_to_tensor(
        3 * np.argmax(h, axis=1)[:, None] * np.ones((len(c), 11), "float32") / 400
    )
    found = measured(model)
    assert found["share of h"] == pytest.approx(1, rel=0.05)
    assert found["own is better"] == pytest.approx(0.5, abs=0.1)


def test_everybody_is_dealt_another_one_s():
    h = np.arange(50.0)[:, None]
    dealt = encoding._deal(h, np.random.default_rng(0))
    assert sorted(dealt[:, 0]) == list(range(50)) and (dealt != h).all()


def test_a_network_is_measured_once_and_kept(tmp_path, monkeypatch):
    other = replace(FEW, task="task1", views="filter")
    monkeypatch.setattr(encoding, "SPECS", [FEW, other])
    target = tmp_path / "encoding.json"
    assert encoding.missing("", target) == [FEW, other]
    record = encoding.measure_again(FEW, target)
    assert encoding.missing("", target) == [other] and encoding.missing("task2", target) == []
    encoding.measure_again(other, target)
    kept = json.loads(target.read_text())
    assert kept[0] == record and TrialSpec(**kept[0]["spec"]) == FEW
    assert {"versions", "date", "seconds"} <= record["provenance"].keys()
    table = encoding.table("all", target)
    assert list(table.index) == [("task1", "filter", "max", 3), ("task2", "both", "max", 3)]
    row = table.loc["task2", "both", "max", 3]
    assert row["other"] == record["all"]["other"]
    assert row["gain mean"] == record["all"]["gain"]["mean"]
    assert row["rise"] * (row["collapsed"] - row["own"]) == pytest.approx(row["other"] - row["own"])
    assert list(encoding.table("with sites", target).index) == [("task2", "both", "max", 3)]


def test_a_damaged_file_is_refused_before_training(tmp_path, monkeypatch):
    (tmp_path / "encoding.json").write_text("[{")
    monkeypatch.setattr(encoding, "run_network", None)
    with pytest.raises(ValueError, match=r"not JSON.*delete it"):
        encoding.measure_again(FEW, tmp_path / "encoding.json")
