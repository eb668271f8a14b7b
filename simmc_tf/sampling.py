"""Which training sequences an experiment draws, and how often."""

import numpy as np

from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf import errors


def training_rows(data: data_module.ReidData, config: configs.Config) -> np.ndarray:
    """Indices [N] of the training sequences that make up the training set.

    Under the strict protocol, and in KGBD, every sequence once; no label is read. The
    published protocol otherwise balances the persons, which reads their labels.

    Raises:
        errors.InputError: fewer sequences than 2 or than a batch, or persons unknown
            where the published protocol needs them.
    """
    num_sequences = len(data.train)
    if num_sequences < 2:
        raise errors.InputError(
            f"Training sequences: {num_sequences}; expected many, and of several "
            "people: bring more recordings, or longer ones."
        )
    # The auto preset takes what there is as one batch.
    if config.preset != configs.AUTO and num_sequences < config.batch_size:
        raise errors.InputError(
            f"There are {num_sequences} training sequences, fewer than a batch of "
            f"{config.batch_size}; give --batch_size {num_sequences} or less."
        )
    if config.protocol == configs.STRICT or not data.balanced:
        return np.arange(num_sequences)
    unknown = int(np.count_nonzero(data.train.persons < 0))
    if unknown:
        raise errors.InputError(
            f"{unknown} of {num_sequences} training sequences have no person, and the "
            "published protocol balances persons; give --protocol strict."
        )
    return _balanced(data.train.persons, config.batch_size, config.seed)


def _balanced(persons: np.ndarray, batch_size: int, seed: int) -> np.ndarray:
    """Draws equally many sequences of every person, as the published code does.

    In each of 2 * (N // batch_size) rounds, batch_size // persons of every person (at
    least 1): first the person's sequences in order, uniformly with replacement once a
    round runs past their end. Shuffled once.
    """
    generator = np.random.default_rng(seed)
    members = [np.flatnonzero(persons == p) for p in np.unique(persons)]
    share = max(1, batch_size // len(members))
    rows = []
    for first in range(0, 2 * (len(persons) // batch_size) * share, share):
        for own in members:
            if first + share <= len(own):
                rows.append(own[first : first + share])
            else:
                rows.append(generator.choice(own, share))
    return generator.permutation(np.concatenate(rows))
