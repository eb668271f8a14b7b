"""Small galleries of people who are points."""

import dataclasses

import numpy as np

from simmc_tf.gallery import entries, updates

SIZE = 4
MODEL = entries.Model("model", "a" * 64, 2, ("Root", "Foot"), "m", 3, SIZE)


def embedded(persons, counts, features=None, seed=0, prefix="walk"):
    """Recordings of some persons, with as many sequences each.

    Args:
        persons: R ids.
        counts: R.
        features: [N, H]; drawn where None.
        seed: of what is drawn, and of the digests.
        prefix: of the names.
    """
    if features is None:
        generator = np.random.default_rng(seed)
        features = generator.normal(size=(sum(counts), SIZE))
    names = tuple(f"{prefix}{i}" for i in range(len(persons)))
    return entries.Embedded(
        names,
        tuple(persons),
        tuple(f"{seed} {name}" for name in names),
        tuple(3 * count for count in counts),
        np.array(counts, np.int64),
        3 * np.concatenate([np.arange(count) for count in counts]),
        np.asarray(features, np.float32),
    )


def enrol(folder, new, model=MODEL):
    """Enrols recordings, and gives what came of it."""
    with updates.writing(folder, lambda text: None, may_be_new=True) as writer:
        return writer.enrol(model, new)


def remove(folder, person):
    """Removes a person."""
    with updates.writing(folder, lambda text: None) as writer:
        return writer.remove(person).sequences


def other(model=MODEL, **changes):
    """The model with something changed."""
    return dataclasses.replace(model, **changes)


def content(folder):
    """Bytes of every file, by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}
