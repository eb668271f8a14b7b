"""A small body, and the layers of source models once more, one number at a time."""

import math

import numpy as np

from simmc_tf.sources import graphs

# Two joints of the torso, one of each other part; a tree of bones.
JOINTS = (
    *("hips", "spine", "head", "left thigh", "left shin", "right thigh"),
    *("right shin", "left upper arm", "left forearm", "right upper arm"),
    "right forearm",
)
PART_OF_JOINT = (4, 4, 5, 0, 1, 2, 3, 6, 7, 8, 9)
BONES = (
    *((0, 1), (1, 2), (0, 3), (3, 4), (0, 5), (5, 6)),
    *((1, 7), (7, 8), (1, 9), (9, 10)),
)
BODY = graphs.Body(JOINTS, BONES, PART_OF_JOINT)
NUM_JOINTS = len(JOINTS)


def make_sequences(num_sequences=3, num_frames=3, num_joints=NUM_JOINTS, seed=0):
    """[N, f, 3J] of numbers as of a body in metres."""
    generator = np.random.default_rng(seed)
    shape = (num_sequences, num_frames, 3 * num_joints)
    return generator.normal(scale=0.5, size=shape).astype(np.float32)


def randomise(layer, seed=0, scale=0.5):
    """Sets all weights: biases start at 0, which hides where they enter."""
    generator = np.random.default_rng(seed)
    layer.set_weights(
        [generator.normal(scale=scale, size=w.shape) for w in layer.get_weights()]
    )


def softmax(scores):
    """Of a list of numbers."""
    powers = [math.exp(score - max(scores)) for score in scores]
    return [power / sum(powers) for power in powers]


def sigmoid(values):
    """Of an array."""
    return 1 / (1 + np.exp(-values))


def lstm_step(weights, value, hidden, cell):
    """One step of one sequence; Keras keeps the gates in the order i, f, g, o.

    Args:
        weights: kernel [d, 4H], recurrent kernel [H, 4H], bias [4H].
        value: [d].
        hidden: [H].
        cell: [H].

    Returns:
        The next hidden state and cell.
    """
    kernel, recurrent, bias = (np.asarray(each, np.float64) for each in weights)
    gate_in, forget, new, out = np.split(value @ kernel + hidden @ recurrent + bias, 4)
    cell = sigmoid(forget) * cell + sigmoid(gate_in) * np.tanh(new)
    return sigmoid(out) * np.tanh(cell), cell


def encode(weights, frames):
    """Upper states of one sequence, and either layer's last hidden state and cell.

    Args:
        weights: of two LSTM layers, three each.
        frames: [f, d].
    """
    last = []
    for layer in (weights[:3], weights[3:]):
        hidden = cell = np.zeros(len(layer[1]))
        states = []
        for frame in np.asarray(frames, np.float64):
            hidden, cell = lstm_step(layer, frame, hidden, cell)
            states.append(hidden)
        frames = np.stack(states)
        last.append((hidden, cell))
    return frames, last


def predict(layers, row):
    """What two layers, the first with a ReLU, make of a vector."""
    for number, layer in enumerate(layers):
        kernel, bias = layer.get_weights()
        row = row @ kernel + bias
        if number == 0:
            row = np.maximum(row, 0)
    return row
