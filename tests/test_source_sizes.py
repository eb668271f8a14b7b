"""Parameters of source models as published, and operations of all lengths."""

import numpy as np
import pytest

from datasets import body_parts, skeletons
from flags import source_defaults
from simmc_tf.sources import settings, sizes

V1, V2 = skeletons.KINECT_V1.joints, skeletons.KINECT_V2.joints


def measured(source, joints, persons, length=6, units=None):
    of_paper = source_defaults.find(source, "KS20")
    few = settings.Settings(source, length, 1, 1, 1, 1.0, units or of_paper["units"])
    return sizes.measure(few, len(joints), body_parts.of(joints), persons)


@pytest.mark.parametrize(
    ("source", "joints", "persons", "published"),
    [
        ("AGE", V2, 20, 7_146_315),
        ("SGELA", V1, 11, 8_474_172),
        ("MG-SCR", V2, 20, 347_759),
        ("SM-SGE", V1, 11, 5_582_094),
    ],
)
def test_sizes_are_the_published_ones(source, joints, persons, published):
    found = measured(source, joints, persons)
    assert found.published == published
    assert f"M as published ({published:,})" in found.text
    assert found.parameters < published


def test_what_is_counted_is_what_is_trained():
    few = settings.Settings("MG-SCR", 2, 1, 1, 1, 1.0, 3)
    model = settings.build(few, 20, body_parts.of(V1))
    count = sum(np.size(weight) for weight in model.get_weights())
    assert sizes.trainable(model) == count


def test_lstm_layers_cost_what_their_products_do():
    """Two LSTM layers of u units: 8u(d + u) + 16u^2 a frame, and little else."""
    units = 64
    found = [measured("MG-SCR", V1, 5, length, units) for length in (2, 30)]
    per_frame = (found[1].operations - found[0].operations) / 28
    graphs = measured("MG-SCR", V1, 5, 30, 1).operations / 30
    products = 8 * units * (8 * 20 + units) + 16 * units**2
    assert products < per_frame < 1.05 * products + graphs


@pytest.mark.parametrize("source", ["AGE", "SM-SGE"])
def test_operations_of_any_length_are_told_by_those_of_short_ones(source):
    few = settings.Settings(source, 7, 1, 1, 1, 1.0, 2)
    body = body_parts.of(V1)
    direct = sizes.profiled(settings.build(few, 20, body), 7, 20)
    assert sizes.operations(few, 20, body) == direct
