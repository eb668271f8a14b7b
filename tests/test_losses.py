"""Both losses re-derived by naive loops on points of a circle."""

import math

import numpy as np
import pytest
import tensorflow as tf

from simmc_tf import losses

TEMPERATURE = 0.08


def on_circle(degrees, radii=None):
    """Points [n, 2] at these angles; the losses must not see how far out they lie."""
    angles = np.radians(np.asarray(degrees, np.float64))
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    if radii is not None:
        points *= np.asarray(radii)[:, np.newaxis]
    return tf.constant(points)


def naive_mpc(degrees, prototype_degrees, labels, temperature):
    """Cross-entropy, each cosine that of an angle between two points."""
    total = 0.0
    for angle, label in zip(degrees, labels, strict=True):
        logits = [
            math.cos(math.radians(angle - other)) / temperature
            for other in prototype_degrees
        ]
        normaliser = sum(math.exp(logit) for logit in logits)
        total -= math.log(math.exp(logits[label]) / normaliser)
    return total / len(degrees)


def naive_mic(first, second, first_prediction, second_prediction):
    """Half of either view's mean negative cosine, all given by their angles."""
    forward = backward = 0.0
    for z_1, z_2, u_1, u_2 in zip(
        first, second, first_prediction, second_prediction, strict=True
    ):
        forward -= math.cos(math.radians(u_1 - z_2))
        backward -= math.cos(math.radians(u_2 - z_1))
    return 0.5 * (forward + backward) / len(first)


DEGREES = [0, 20, 95, 170, 260]
PROTOTYPES = [10, 100, 250]
LABELS = [0, 0, 1, 1, 2]


def mpc(features, prototypes, labels, temperature):
    """The loss by prototypes of any length."""
    return losses.mpc(features, losses.unit(prototypes), labels, temperature)


@pytest.mark.parametrize("temperature", [0.06, 0.08, 1.0])
def test_mpc_equals_the_naive_cross_entropy(temperature):
    result = mpc(
        on_circle(DEGREES, radii=[1, 2, 0.5, 30, 1]),
        on_circle(PROTOTYPES, radii=[0.1, 1, 7]),
        tf.constant(LABELS),
        temperature,
    )

    expected = naive_mpc(DEGREES, PROTOTYPES, LABELS, temperature)
    assert float(result) == pytest.approx(expected, rel=1e-9)


def test_mpc_of_small_numbers():
    # One point on the first of two prototypes at right angles, t = 1: the logits are
    # 1 and 0, the loss is log(e + 1) - 1 = 0.3133.
    result = mpc(
        tf.constant([[3.0, 0.0]]),
        tf.constant([[1.0, 0.0], [0.0, 1.0]]),
        tf.constant([0]),
        1.0,
    )

    assert float(result) == pytest.approx(math.log(math.e + 1) - 1, rel=1e-6)


def test_a_batch_wholly_in_cluster_0_counts_like_any_other():
    # The published code sets such a batch's term to 0.
    result = mpc(
        on_circle(DEGREES), on_circle(PROTOTYPES), tf.zeros(5, tf.int32), TEMPERATURE
    )

    expected = naive_mpc(DEGREES, PROTOTYPES, [0] * 5, TEMPERATURE)
    assert float(result) == pytest.approx(expected, rel=1e-9)
    assert expected > 1


def test_renaming_clusters_does_not_change_mpc():
    order = [2, 0, 1]  # New cluster k is old cluster order[k].
    renamed = [order.index(label) for label in LABELS]

    before = mpc(
        on_circle(DEGREES), on_circle(PROTOTYPES), tf.constant(LABELS), TEMPERATURE
    )
    after = mpc(
        on_circle(DEGREES),
        on_circle([PROTOTYPES[k] for k in order]),
        tf.constant(renamed),
        TEMPERATURE,
    )

    assert float(after) == pytest.approx(float(before), rel=1e-12)


def test_mpc_is_lowest_at_the_own_prototype():
    at = [
        float(
            mpc(on_circle([angle]), on_circle([0, 180]), tf.constant([0]), TEMPERATURE)
        )
        for angle in (0, 45, 90, 135, 180)
    ]

    assert at == sorted(at)
    assert at[0] < 1e-9
    assert at[2] == pytest.approx(math.log(2))  # As far from either.


@pytest.mark.parametrize("num_prototypes", [0, 1])
@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "graph"])
def test_fewer_than_2_prototypes_give_no_mpc_and_no_gradient(num_prototypes, compiled):
    features = on_circle(DEGREES)
    prototypes = on_circle(PROTOTYPES[:num_prototypes])

    def loss_and_gradient(features, prototypes, labels):
        with tf.GradientTape() as tape:
            tape.watch(features)
            loss = mpc(features, prototypes, labels, TEMPERATURE)
        return loss, tape.gradient(
            loss, features, unconnected_gradients=tf.UnconnectedGradients.ZERO
        )

    if compiled:
        loss_and_gradient = tf.function(loss_and_gradient)
    loss, gradient = loss_and_gradient(
        features, tf.reshape(prototypes, [-1, 2]), tf.fill([5], -1)
    )

    assert float(loss) == 0
    np.testing.assert_array_equal(gradient, np.zeros((5, 2)))


def test_no_gradient_flows_into_prototypes():
    features, prototypes = on_circle(DEGREES), on_circle(PROTOTYPES)

    with tf.GradientTape(persistent=True) as tape:
        tape.watch([features, prototypes])
        loss = mpc(features, prototypes, tf.constant(LABELS), TEMPERATURE)

    assert tape.gradient(loss, prototypes) is None
    assert np.abs(tape.gradient(loss, features)).max() > 0.1


FIRST, SECOND = [0, 20, 95], [10, 90, 100]
PREDICTION_1, PREDICTION_2 = [15, 60, 200], [5, 5, 290]


def test_mic_equals_the_naive_cosines():
    result = losses.mic(
        (on_circle(FIRST, radii=[3, 1, 9]), on_circle(SECOND, radii=[1, 0.2, 5])),
        (on_circle(PREDICTION_1, radii=[1, 1, 8]), on_circle(PREDICTION_2)),
    )

    expected = naive_mic(FIRST, SECOND, PREDICTION_1, PREDICTION_2)
    assert float(result) == pytest.approx(expected, rel=1e-9)


def test_mic_pairs_each_prediction_with_the_other_view():
    # Predictions that equal the other view's features: both cosines are 1.
    views = (on_circle(FIRST), on_circle(SECOND))

    assert float(losses.mic(views, views[::-1])) == pytest.approx(-1)
    assert float(losses.mic(views, views)) > -0.9


def test_mic_lies_within_minus_1_and_1():
    views = (on_circle([0, 90]), on_circle([45, 300]))
    opposite = (on_circle([225, 120]), on_circle([180, 270]))

    assert float(losses.mic(views, opposite)) == pytest.approx(1)
    generator = np.random.default_rng(0)
    for _ in range(20):
        random = [tf.constant(generator.normal(size=(6, 4))) for _ in range(4)]
        assert -1 <= float(losses.mic(tuple(random[:2]), tuple(random[2:]))) <= 1


def test_mic_gives_gradients_to_predictions_and_none_to_targets():
    views = (on_circle(FIRST), on_circle(SECOND))
    predictions = (on_circle(PREDICTION_1), on_circle(PREDICTION_2))

    with tf.GradientTape(persistent=True) as tape:
        tape.watch([*views, *predictions])
        loss = losses.mic(views, predictions)

    assert all(gradient is None for gradient in tape.gradient(loss, views))
    for gradient in tape.gradient(loss, predictions):
        assert np.abs(gradient).max() > 0.01


def test_zero_vectors_give_numbers_and_finite_gradients():
    zeros = tf.zeros([3, 2])

    with tf.GradientTape(persistent=True) as tape:
        tape.watch(zeros)
        loss = mpc(zeros, tf.zeros([4, 2]), tf.constant([0, 1, 3]), TEMPERATURE)
        mic = losses.mic((zeros, zeros), (zeros, zeros))

    # All cosines are 0: every cluster is as likely as any other.
    assert float(loss) == pytest.approx(math.log(4))
    assert float(mic) == 0
    assert np.isfinite(tape.gradient(loss, zeros)).all()
    assert np.isfinite(tape.gradient(mic, zeros)).all()


def test_repeating_the_batch_changes_neither_loss():
    labels = tf.constant(LABELS)
    features, prototypes = on_circle(DEGREES), on_circle(PROTOTYPES)
    views = (on_circle(FIRST), on_circle(SECOND))
    predictions = (on_circle(PREDICTION_1), on_circle(PREDICTION_2))

    def twice(points):
        return tf.concat([points, points], axis=0)

    assert float(
        mpc(twice(features), prototypes, twice(labels), TEMPERATURE)
    ) == pytest.approx(float(mpc(features, prototypes, labels, TEMPERATURE)))
    assert float(
        losses.mic(tuple(map(twice, views)), tuple(map(twice, predictions)))
    ) == pytest.approx(float(losses.mic(views, predictions)))
