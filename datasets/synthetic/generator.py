"""Generates walkers: a person at a time, all recordings of the person at once."""

import dataclasses

import numpy as np

from datasets import recordings, skeletons
from datasets.synthetic import anatomy, clothes, gait, path, pose, sensor, takes
from simmc_tf import errors

FPS = 30.0

# Skeletons whose every joint `pose.joints` places.
SKELETONS = ("kinect_v1", "kgbd", "kinect_v2", "openpose_14")

# A recording's length is drawn between these shares of `Settings.frames`.
_LENGTHS = (0.85, 1.15)

# OpenPose's neck is half-way between the shoulders, Kinect v2's half-way up the neck.
_SAME_NAME = {("openpose_14", "Neck"): "ShoulderMiddle"}

# Every split has a day of its own. Gallery and probe come from the front, as in BIWI;
# the training recordings show both sides too.
DEFAULT_TAKES = (
    takes.Take("train", "frontal", 2),
    takes.Take("train", "left_diagonal"),
    takes.Take("train", "right_diagonal"),
    takes.Take("gallery", "frontal", 2),
    takes.Take("probe", "frontal", 2),
)


@dataclasses.dataclass(frozen=True)
class Settings:
    """What to generate.

    Attributes:
        persons: how many, at least 2.
        seed: of everything, at least 0.
        skeleton: one of `SKELETONS`.
        recordings: what is recorded of each person.
        frames: typical length of a recording before frames drop out, at least 8; each
            is 15 % shorter to 15 % longer.
        noise: what the sensor adds.
        distance: metres from the sensor to the middle of its field.
        reach: metres a walk goes before and behind that middle.
    """

    persons: int = 30
    seed: int = 0
    skeleton: str = "kinect_v1"
    recordings: tuple[takes.Take, ...] = DEFAULT_TAKES
    frames: int = 90
    noise: sensor.SensorNoise = sensor.KINECT
    distance: float = 2.7
    reach: float = 1.1

    def __post_init__(self) -> None:
        """Refuses values that nothing can be generated from."""
        for name, least in (("persons", 2), ("seed", 0), ("frames", 8)):
            value = getattr(self, name)
            if value < least:
                raise errors.InputError(
                    f"{name} is {value}; expected a whole number of at least {least}"
                )
        if self.skeleton not in SKELETONS:
            known = ", ".join(SKELETONS)
            raise errors.InputError(
                f"unknown skeleton {self.skeleton!r}; expected one of {known}"
            )
        if not self.recordings:
            raise errors.InputError(
                "recordings is empty; expected at least one takes.Take"
            )
        if not 0 < self.reach < self.distance:
            raise errors.InputError(
                f"reach is {self.reach} m; expected more than 0 and less than the "
                f"distance of {self.distance} m, as walks end before the sensor"
            )


def _stride(placed: dict[str, np.ndarray]) -> np.ndarray:
    """[R] metres of a stride whose stance foot does not slide."""
    apart = placed["AnkleLeft"][2] - placed["AnkleRight"][2]
    return 2 * np.abs(apart).max(axis=1)


def _walker(
    settings: Settings, person: int
) -> tuple[list[np.ndarray], list[takes.Take]]:
    """Frames of one person's recordings, each [T, J, 3], and what they record.

    The body and its gait, the walks, and the sensor's noise each draw from a stream of
    their own, so that a person stays the same under other recordings or another sensor.
    """
    streams = (np.random.SeedSequence((settings.seed, person, i)) for i in range(3))
    own, walk, noise = (np.random.default_rng(stream) for stream in streams)
    made = [
        take
        for take in settings.recordings
        if take.covers(person)
        for _ in range(take.count)
    ]
    if not made:
        return [], []
    skeleton = skeletons.SKELETONS[settings.skeleton]
    body = anatomy.draw(own)
    style = gait.draw(own, body.leg)
    changes = takes.changes(walk, made)
    shortest, longest = np.round(np.multiply(settings.frames, _LENGTHS)).astype(int)
    lengths = walk.integers(shortest, longest, size=len(made), endpoint=True)
    seconds = np.arange(lengths.max()) / FPS
    strides = (style.cadence * changes.cadence)[:, None] * seconds
    phase = 2 * np.pi * (strides + walk.random((len(made), 1)))
    placed = pose.joints(body, gait.angles(style, changes, phase))
    names = [_SAME_NAME.get((skeleton.name, j), j) for j in skeleton.joints]
    positions = np.stack([placed[name] for name in names])
    positions += clothes.shifts(walk, skeleton.joints, made)
    positions = sensor.misjudge(noise, positions, skeleton, settings.noise, FPS)
    heading = path.headings(walk, made, seconds)
    covered = strides * _stride(placed)[:, None]
    place = path.places(walk, made, heading, covered, settings.distance, settings.reach)
    positions = path.put(positions, heading, place)
    facing = heading + np.arctan2(place[0], place[1])
    positions, there = sensor.observe(
        noise, positions, facing, skeleton.joints, settings.noise, FPS
    )
    there &= np.arange(lengths.max()) < lengths[:, None]
    frames = positions.transpose(2, 3, 0, 1)
    return [frames[i, there[i]] for i in range(len(made))], made


def generate(settings: Settings, first_person: int = 0) -> recordings.Recordings:
    """Generates all recordings of all persons.

    A person's recordings depend on the seed and the person's number, not on how many
    others there are. The same seed gives the same arrays under the same NumPy.

    Args:
        settings: what to generate.
        first_person: number of the first person, to generate many in portions.

    Returns:
        Recordings in the order of the persons, then of ``settings.recordings``; metres
        in the sensor's axes: x to its left, y up with the sensor at 0, z away from it.
    """
    if first_person < 0:
        raise errors.InputError(
            f"first_person is {first_person}; expected a whole number of at least 0"
        )
    frames: list[np.ndarray] = []
    persons: list[int] = []
    splits: list[str] = []
    conditions: list[str] = []
    names: list[str] = []
    for person in range(first_person, first_person + settings.persons):
        walks, made = _walker(settings, person)
        frames += walks
        counts: dict[str, int] = {}
        for take in made:
            number = counts[take.split] = counts.get(take.split, -1) + 1
            persons.append(person)
            splits.append(take.split)
            conditions.append(take.condition or take.view)
            names.append(f"p{person:04d}_{take.split}_{number:02d}")
    if not frames:
        raise errors.InputError(
            f"none of the {settings.persons} persons from number {first_person} on has "
            "a recording; expected a takes.Take whose persons include them"
        )
    return recordings.Recordings(
        positions=np.concatenate(frames),
        starts=np.cumsum([0] + [len(walk) for walk in frames], dtype=np.int64),
        person=np.array(persons, np.int64),
        recording=np.array(names),
        fps=np.full(len(frames), FPS),
        joint_names=skeletons.SKELETONS[settings.skeleton].joints,
        condition=np.array(conditions),
        split=np.array(splits),
    )
