"""The two losses of SimMC, as functions."""

import tensorflow as tf


def mpc(
    features: tf.Tensor, prototypes: tf.Tensor, labels: tf.Tensor, temperature: float
) -> tf.Tensor:
    """Masked prototype contrastive loss of one view (SimMC section 3.2, equation 4).

    With fewer than 2 prototypes there is nothing to contrast and the loss is 0. (The
    published code also zeroes a batch that lies wholly in cluster 0; here such a batch
    counts like any other.)

    Args:
        features: [B, H] of the masked subsequences.
        prototypes: [K, H] cluster means, as `unit` gives them: once an epoch, since
            they may be tens of thousands; no gradient flows into them.
        labels: [B] int32 in 0..K-1; not looked at where K < 2.
        temperature: t, divides the cosine similarities.

    Returns:
        Scalar mean cross-entropy over the batch.
    """

    def cross_entropy() -> tf.Tensor:
        cosines = tf.matmul(
            unit(features),
            tf.stop_gradient(prototypes),
            transpose_b=True,
        )
        return tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(
                labels=labels, logits=cosines / temperature
            )
        )

    return tf.cond(
        tf.shape(prototypes)[0] < 2,
        lambda: tf.zeros([], features.dtype),
        cross_entropy,
    )


def unit(rows: tf.Tensor) -> tf.Tensor:
    """Rows [N, H] of length 1."""
    return tf.math.l2_normalize(rows, axis=1)


def mic(
    features: tuple[tf.Tensor, tf.Tensor], predictions: tuple[tf.Tensor, tf.Tensor]
) -> tf.Tensor:
    """Masked intra-sequence contrastive loss (SimMC section 3.3, equation 6).

    Args:
        features: [B, H] of each view; targets, through which no gradient flows.
        predictions: [B, H] of each view, the predictor's output on its features.

    Returns:
        Scalar in [-1, 1]: minus the mean cosine of either view's prediction with the
        other view's features.
    """
    return 0.5 * (
        _negative_cosine(predictions[0], features[1])
        + _negative_cosine(predictions[1], features[0])
    )


def _negative_cosine(prediction: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    return -tf.reduce_mean(
        tf.reduce_sum(
            unit(prediction) * unit(tf.stop_gradient(target)),
            axis=1,
        )
    )
