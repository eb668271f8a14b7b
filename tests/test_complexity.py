"""Sizes and costs, as the paper counts them."""

import pytest
import tensorflow as tf

from simmc_tf import checkpoints, complexity
from simmc_tf import config as configs


def test_ks20_has_the_papers_parameters_and_operations():
    result = complexity.measure(75, num_frames=6, hidden_size=256, depth=1)

    # (75 + 1) * 256 and (256 + 1) * 256, the latter twice with the predictor.
    assert result.encoder_parameters == 85_248
    assert result.training_parameters == 151_040
    assert round(result.training_parameters / 1e6, 2) == 0.15
    assert round(result.published_training_flops / 1e9, 2) == 0.99


def test_encoding_costs_the_hidden_layer_a_frame_and_the_last_layer_once():
    result = complexity.measure(75, num_frames=6, hidden_size=256, depth=1)

    assert result.inference_flops == 2 * (6 * 75 * 256 + 256 * 256)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_parameters_are_those_of_the_model(depth):
    simmc = checkpoints.build(configs.Config(H=16, D=depth), skeleton_size=9)

    result = complexity.measure(9, num_frames=4, hidden_size=16, depth=depth)

    assert result.training_parameters == sum(
        int(tf.size(v)) for v in simmc.trainable_variables
    )
    assert result.encoder_parameters == simmc.encoder.count_params()


def test_the_published_graph_costs_more_with_more_frames_and_layers():
    base = complexity.measure(9, 4, 16, 1).published_training_flops

    assert complexity.measure(9, 8, 16, 1).published_training_flops > base
    assert complexity.measure(9, 4, 16, 2).published_training_flops > base


def test_the_text_names_the_papers_figures():
    text = complexity.measure(75, 6, 256, 1).text

    assert "0.15 M" in text
    assert "151,040" in text
    assert "0.99 GFLOPs" in text
