"""A source model that trains in no time."""

import keras
import tensorflow as tf

from simmc_tf.sources import names, pretext, settings

NUM_JOINTS, LENGTH = 3, 4


class Linear(pretext.Pretext):
    """Restores skeletons from two numbers each, which are disturbed at random."""

    width = 2
    terms = ("error", "size")

    def __init__(self):
        super().__init__()
        self.down, self.up = (
            keras.layers.Dense(
                size, kernel_initializer=keras.initializers.GlorotUniform(seed)
            )
            for seed, size in enumerate((self.width, 3 * NUM_JOINTS))
        )
        self.down.build((None, None, 3 * NUM_JOINTS))
        self.up.build((None, None, self.width))
        self.built = True

    def represent(self, sequences):
        """Two numbers of every skeleton."""
        return self.down(sequences)

    def loss_terms(self, sequences, seed):
        """Squared errors and squared weights."""
        given = self.represent(sequences)
        noise = tf.random.stateless_normal(tf.shape(given), seed)
        error = tf.square(self.up(given + 0.1 * noise) - sequences)
        return {
            "error": tf.reduce_mean(error),
            "size": 1e-3 * tf.nn.l2_loss(self.down.kernel),
        }


def small(model=names.AGE, **more):
    """Settings of a training that ends soon."""
    few = {"epochs": 4, "patience": 9, "batch_size": 4, "lr": 0.01, "units": 2}
    return settings.Settings(model=model, length=LENGTH, **(few | more))
