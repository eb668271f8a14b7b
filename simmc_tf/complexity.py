"""Parameters and floating-point operations, as the paper counts them."""

import dataclasses

import tensorflow as tf

from simmc_tf import config as configs
from simmc_tf import preparation

_BATCH = 256


@dataclasses.dataclass(frozen=True)
class Complexity:
    """Size and cost of SimMC.

    Attributes:
        training_parameters: encoder and MIC predictor; the paper's figure.
        encoder_parameters: what a deployed encoder needs.
        published_training_flops: one training step of 256 sequences in the published
            graph, forward and backward; the paper's figure.
        inference_flops: encoding one prepared sequence here.
        constants: of the preparation and of the whitening, which are not trained.
    """

    training_parameters: int
    encoder_parameters: int
    published_training_flops: int
    inference_flops: int
    constants: int = 0

    @property
    def text(self) -> str:
        """The figures, each with what it counts."""
        constants = ""
        if self.constants:
            constants = (
                f"            {self.constants / 1e6:.3f} M constants beside them, of "
                f"the preparation and the whitening ({self.constants:,})\n"
            )
        return (
            f"parameters: {self.training_parameters / 1e6:.2f} M in training, encoder "
            f"and MIC predictor ({self.training_parameters:,}; as the paper counts)\n"
            f"            {self.encoder_parameters / 1e6:.3f} M in use, the encoder "
            f"alone ({self.encoder_parameters:,})\n"
            f"{constants}"
            f"operations: {self.published_training_flops / 1e9:.2f} GFLOPs for a "
            f"training step of {_BATCH} sequences in the published graph (as the paper "
            "counts)\n"
            f"            {self.inference_flops / 1e6:.2f} MFLOPs to encode one "
            "sequence here (a multiply-add is 2; last layer once, after the mean)"
        )


def of_run(
    config: configs.Config, skeleton_size: int, num_frames: int, coordinates: bool
) -> Complexity:
    """Counts for a run on skeletons of d numbers in sequences of f frames."""
    if config.preset != configs.AUTO:
        return measure(skeleton_size, num_frames, config.H, config.D)
    width, size = preparation.sizes(skeleton_size, coordinates)
    constants = width * (size + 1) + config.H * (config.H + 1)
    if coordinates:
        constants += 2 * skeleton_size // 3
    return dataclasses.replace(
        measure(size, num_frames, config.H, config.D), constants=constants
    )


def measure(
    skeleton_size: int, num_frames: int, hidden_size: int, depth: int
) -> Complexity:
    """Counts for skeletons of d numbers in sequences of f frames."""
    layers = [skeleton_size] + [hidden_size] * (depth + 1)
    encoder = sum(a * b + b for a, b in zip(layers, layers[1:], strict=False))
    per_frame = sum(a * b for a, b in zip(layers[:-2], layers[1:-1], strict=True))
    return Complexity(
        training_parameters=encoder + hidden_size * hidden_size + hidden_size,
        encoder_parameters=encoder,
        published_training_flops=_published(layers, num_frames),
        # Multiply-adds count 2: hidden layers on every frame, the last layer once.
        inference_flops=2 * (num_frames * per_frame + hidden_size * hidden_size),
    )


def _published(layers: list[int], num_frames: int) -> int:
    """Profiles the published graph: all layers on every frame, then the means.

    TensorFlow's profiler counts what has a static shape, as in the published code; the
    product with the prototypes, whose number is unknown, is left out there too.
    """
    graph = tf.Graph()
    with graph.as_default():
        width = layers[-1]
        frames = tf.zeros([_BATCH * num_frames, layers[0]])
        weights = [
            tf.zeros(shape)
            for pair in zip(layers, layers[1:], strict=False)
            for shape in (pair, pair[1:])
        ]
        predictor = [tf.zeros([width, width]), tf.zeros([width])]
        features = frames
        for number in range(0, len(weights), 2):
            features = tf.nn.bias_add(
                tf.matmul(features, weights[number]), weights[number + 1]
            )
            if number < len(weights) - 2:
                features = tf.nn.relu(features)
        features = tf.reshape(features, [_BATCH, num_frames, width])
        views = [tf.reduce_mean(features[:, view:], axis=1) for view in range(2)]
        predictions = [tf.matmul(view, predictor[0]) + predictor[1] for view in views]
        loss = sum(
            tf.reduce_sum(
                tf.nn.l2_normalize(prediction, 1)
                * tf.nn.l2_normalize(tf.stop_gradient(view), 1)
            )
            for prediction, view in zip(predictions, views[::-1], strict=True)
        )
        tf.gradients(loss, weights + predictor)
    return operations(graph)


def operations(graph: tf.Graph) -> int:
    """Floating-point operations of a graph, as far as its shapes are static."""
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    level = tf.get_logger().level
    tf.get_logger().setLevel("ERROR")  # It warns of its own deprecated parts.
    try:
        profile = tf.compat.v1.profiler.profile(graph, options=options)
    finally:
        tf.get_logger().setLevel(level)
    return int(profile.total_float_ops)
