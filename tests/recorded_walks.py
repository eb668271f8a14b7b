"""Recordings of a few walkers, cut into windows as Pre-process.py cuts them."""

import numpy as np

from simmc_tf import data as data_module

FRAMES, JOINTS = 4, 5
# Height of the joints, in millimetres: skeletons are longest along the y axis.
_HEIGHTS = 300.0


def recordings(
    num_persons=4, each=3, length=14, joints=JOINTS, seed=0, scale=1.0, body=0
):
    """Root-centred walks [length, 3J] float32, and the person of each.

    Args:
        num_persons: bodies that are drawn.
        each: recordings of every person; each faces another way.
        length: frames of a recording.
        joints: J.
        seed: of all noise.
        scale: of the noise.
        body: seed of the bodies, so that others can show the same people.
    """
    bodies = np.random.default_rng((body, joints)).normal(
        scale=100.0, size=(num_persons, joints, 3)
    )
    bodies[:, :, 1] += _HEIGHTS * np.arange(joints)
    bodies -= bodies[:, :1]
    generator = np.random.default_rng(seed)
    walks, persons = [], []
    for person in range(num_persons):
        for _ in range(each):
            noise = generator.normal(scale=15.0 * scale, size=(length, joints, 3))
            noise[:, 0] = 0
            walk = turned(bodies[person] + noise, generator.uniform(0, 2 * np.pi))
            walks.append(walk.reshape(length, -1).astype(np.float32))
            persons.append(person)
    return walks, np.array(persons)


def turned(skeletons, angle):
    """Skeletons [..., J, 3] turned about the y axis."""
    cosine, sine = np.cos(angle), np.sin(angle)
    return skeletons @ np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]])


def split(walks, persons, frames=FRAMES, stride=None):
    """Windows of every recording, every f // 2 frames unless told, and their tracks."""
    stride = stride or max(1, frames // 2)
    sequences, owners = [], []
    for number, walk in enumerate(walks):
        for start in range(0, len(walk) - frames + 1, stride):
            sequences.append(walk[start : start + frames])
            owners.append(number)
    owners = np.array(owners)
    found = data_module.Split(np.stack(sequences), persons[owners].astype(np.int64))
    return found, owners


def data(frames=FRAMES, stride=None, **changes):
    """Training windows that overlap, gallery and probes that do not."""
    train, _ = split(*recordings(**changes), frames, stride)
    others = {**changes, "each": 1}
    matching = data_module.Matching(
        *(
            split(*recordings(**{**others, "seed": seed}), frames, frames)[0]
            for seed in (100, 101)
        )
    )
    return data_module.ReidData(train, matching)


class Filed(data_module.InFiles):
    """Sequences as files give them."""

    def __init__(self, sequences):
        self.shape = sequences.shape
        self._sequences = sequences

    def __getitem__(self, chosen):
        return self._sequences[chosen].copy()

    def first(self, count):
        """As `data.InFiles` says."""
        return Filed(self._sequences[:count])
