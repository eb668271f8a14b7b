"""The data sets on which settings are compared while the method is developed."""

import dataclasses
import functools
import pathlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy import signal

from datasets import loading, skeletons, synthetic, windows
from datasets import recordings as recordings_module
from scripts import peer_data
from simmc_tf import data as data_module
from simmc_tf import errors

LENGTH = 6
_PERSONS = 30
# Levels of the sensor that make walkers easier or harder to tell apart.
_LEVELS = ("jitter", "bone_recording", "bone_time", "bias")
# Motion capture has bones of fixed length, which would give everybody away; a joint is
# off by so many metres, root mean square, for about so many seconds.
_NOISE, _NOISE_SECONDS = 0.03, 0.25
# Persons with fewer recordings are trained on only, as Pre-process.py has it: to drop
# them would take labels.
_FEWEST_RECORDINGS = 3
_PARTS = (recordings_module.TRAIN, recordings_module.GALLERY, recordings_module.PROBE)
# Recordings, and [R] str, the part of each.
_Parted = tuple[recordings_module.Recordings, np.ndarray]


@dataclasses.dataclass(frozen=True)
class Development:
    """One such data set.

    Attributes:
        load: gives root-centred sequences by the run's seed and their length, f.
        joints: gives the names of their joints, the root first.
        path: gives the file that it needs, or raises; None where it needs none.
        seeded: whether another seed gives other sequences.
        like: what it was made like, whose published settings fit it; None: nothing.
        recorded: gives recordings, of which only the numbers of frames count, and the
            part of each, by the run's seed; None: it has sequences of `LENGTH` alone.
    """

    load: Callable[[int, int], data_module.ReidData]
    joints: Callable[[], tuple[str, ...]]
    path: Callable[[], pathlib.Path] | None = None
    seeded: bool = True
    like: peer_data.Peer | None = None
    recorded: Callable[[int], _Parted] | None = None

    def missing(self) -> str | None:
        """Why it cannot be loaded, None where it can."""
        try:
            if self.path is not None:
                self.path()
        except errors.InputError as error:
            return str(error)
        return None

    def unfit(self, seed: int, length: int) -> str | None:
        """Why there are no sequences of a length, None where there are.

        Args:
            seed: of the run.
            length: f.
        """
        if length == LENGTH:
            return None
        if self.recorded is None:
            return f"it comes in sequences of {LENGTH} skeletons alone"
        found = windows.spans_by_split(*self.recorded(seed), length)
        empty = [part for part in _PARTS if len(found.get(part, ())) == 0]
        if not empty:
            return None
        return f"no recording for {' and '.join(empty)} is so long"


def with_noise(
    recordings: recordings_module.Recordings, seed: int
) -> recordings_module.Recordings:
    """Adds what a sensor would: an AR(1) process to every coordinate of a recording.

    Args:
        recordings: R of them, of any frame rates.
        seed: of the noise.
    """
    generator = np.random.default_rng(seed)
    positions = recordings.positions.astype(np.float64)
    for index, fps in enumerate(recordings.fps):
        own = slice(*recordings.starts[index : index + 2])
        noise = generator.standard_normal(positions[own].shape)
        kept = np.exp(-1 / (_NOISE_SECONDS * fps))
        fresh = np.sqrt(1 - kept**2)
        noise[:1] /= fresh  # So that it is stationary from the first frame on.
        noise = signal.lfilter([fresh], [1, -kept], noise, axis=0)
        positions[own] += _NOISE / np.sqrt(3) * noise
    return dataclasses.replace(recordings, positions=positions.astype(np.float32))


def drawn(person: np.ndarray, parts: Sequence[str], seed: int) -> np.ndarray:
    """Deals every person's recordings out to parts in turn, in random order.

    All recordings of persons with fewer than 3 are for training.

    Args:
        person: [R] of the recordings.
        parts: in turn.
        seed: of the order.

    Returns:
        [R] str, the part of each.
    """
    generator = np.random.default_rng(seed)
    split = np.full(len(person), recordings_module.TRAIN, dtype="<U7")
    for one in np.unique(person):
        own = generator.permutation(np.flatnonzero(person == one))
        if len(own) >= _FEWEST_RECORDINGS:
            split[own] = np.resize(np.array(parts), len(own))
    return split


def _cut(
    recordings: recordings_module.Recordings, split: np.ndarray, length: int
) -> data_module.ReidData:
    found = windows.by_split(recordings, split, length)
    train, gallery, probe = (loading.centred(found[part]) for part in _PARTS)
    return data_module.ReidData(train, data_module.Matching(gallery, probe))


def _walkers(level: float) -> Development:
    """Generated ones, under a sensor with some times the usual noise."""
    usual = synthetic.KINECT
    changed = {name: level * getattr(usual, name) for name in _LEVELS}
    noise = dataclasses.replace(usual, **changed)

    def recorded(seed: int) -> _Parted:
        settings = synthetic.Settings(persons=_PERSONS, seed=seed, noise=noise)
        walkers = synthetic.generate(settings)
        return walkers, np.asarray(walkers.split)

    def load(seed: int, length: int) -> data_module.ReidData:
        return _cut(*recorded(seed), length)

    return Development(load, lambda: skeletons.KINECT_V1.joints, recorded=recorded)


def _captured(file: str, parts: Sequence[str]) -> Development:
    """Motion capture with a sensor's noise."""

    def recorded(seed: int) -> _Parted:
        recordings = recordings_module.read(peer_data.find(file))
        return recordings, drawn(recordings.person, parts, seed)

    def load(seed: int, length: int) -> data_module.ReidData:
        recordings, split = recorded(seed)
        return _cut(with_noise(recordings, seed + 1), split, length)

    def joints() -> tuple[str, ...]:
        return recordings_module.read(peer_data.find(file)).joint_names

    path = functools.partial(peer_data.find, file)
    return Development(load, joints, path, recorded=recorded)


def _peer(name: str) -> Development:
    peer = peer_data.PEERS[name]
    return Development(
        *(lambda seed, length: peer.load(), lambda: peer.joints, peer.path),
        seeded=False,
        like=peer,
    )


DATA: Mapping[str, Development] = {
    "syn_easy": _walkers(0.6),
    "syn": _walkers(1.0),
    "syn_hard": _walkers(1.5),
    "cmu": _captured("cmu_kinect20.npz", _PARTS),
    "hdm05": _captured("hdm05_kinect20.npz", ("train", *_PARTS)),
    "peer_ks20": _peer("ks20"),
    "peer_cmu_ias": _peer("cmu_ias"),
    "peer_kgbd": _peer("kgbd"),
}
# Runs on these take hours, so that they are left to those who name them.
_LARGE = ("peer_kgbd",)


def usual() -> list[str]:
    """What is measured where nobody says on what."""
    return [name for name in DATA if name not in _LARGE]
