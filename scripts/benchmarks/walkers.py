"""Features of generated walkers, to be searched and clustered."""

import numpy as np

from datasets import loading
from simmc_tf import config as configs

_LENGTH = 6
# Walkers that are generated at a time; some 110 training sequences each.
_PERSONS = 500


def features(num_rows: int, config: configs.Config) -> np.ndarray:
    """[N, H] of masked sequences by an untrained encoder, from walkers of many seeds.

    One seed's walkers are no more alike those of another than one another.
    """
    import tensorflow as tf

    from simmc_tf import encoder as encoders
    from simmc_tf import masking

    encoder = None
    found = np.empty((num_rows, config.H), np.float32)
    done = seed = 0
    while done < num_rows:
        sequences = loading.generate(_LENGTH, _PERSONS, seed).data.train.sequences
        if encoder is None:
            encoder = encoders.Encoder(config.H, config.D)
            encoder.build((None, _LENGTH, sequences.shape[-1]))
        sequences = sequences[: num_rows - done]
        for start in range(0, len(sequences), 4096):
            batch = sequences[start : start + 4096]
            rows = tf.range(done, done + len(batch))
            keep = masking.draw(0, 0, rows, _LENGTH, config.num_masked)
            found[done : done + len(batch)] = encoder.views(batch, keep)[0]
            done += len(batch)
        seed += 1
    return found
