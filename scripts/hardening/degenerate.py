"""Data that are as poor as can be, and what is to become of each."""

import dataclasses
import re
import warnings
from typing import Any

import numpy as np

import simmc_tf
from simmc_tf import errors

# Preset and protocol of the runs.
SETTINGS = (
    ("published", "published"),
    ("published", "strict"),
    ("auto", "strict"),
)
_TINY = {"epochs": 2, "H": 8, "batch_size": 8, "lr": 0.005, "seed": 0}
# Persons, sequences of each, f, J.
_PERSONS, _EACH, _FRAMES, _JOINTS = 4, 6, 6, 5


@dataclasses.dataclass(frozen=True)
class Case:
    """Data and settings, and how a run on them ends.

    Attributes:
        sequences: [N, f, J, 3] to train on.
        persons: [N] of them.
        gallery: sequences and persons.
        probe: the same.
        settings: beside `_TINY`.
        refused: pattern of the one line in which it ends; None where it trains.
        refused_published: the same under the published preset; None: no other.
        published: settings that the published preset alone takes.
    """

    sequences: np.ndarray
    persons: np.ndarray
    gallery: tuple[np.ndarray, np.ndarray]
    probe: tuple[np.ndarray, np.ndarray]
    settings: dict[str, Any] = dataclasses.field(default_factory=dict)
    refused: str | None = None
    refused_published: str | None = None
    published: dict[str, Any] = dataclasses.field(default_factory=dict)

    def expected(self, preset: str) -> str | None:
        """Pattern of the line in which it ends under a preset; None: it trains."""
        return (preset == "published" and self.refused_published) or self.refused

    def agrees(self, found: "Outcome", preset: str) -> bool:
        """Whether a run under a preset ended as it should."""
        expected = self.expected(preset)
        if expected is None or not found.refused:
            return found.refused == (expected is not None)
        return bool(re.search(expected, found.said)) and "\n" not in found.said


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a run on a case ended.

    Attributes:
        said: what it came to, or the line in which it was refused.
        lines: all that was said.
        refused: whether it was.
        model: of a run that was not.
    """

    said: str
    lines: tuple[str, ...] = ()
    refused: bool = False
    model: "simmc_tf.Model | None" = None


def walkers(
    persons: int = _PERSONS,
    each: int = _EACH,
    frames: int = _FRAMES,
    joints: int = _JOINTS,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Sequences [persons * each, f, J, 3] of bodies that differ, and their persons."""
    bodies = np.random.default_rng(0).normal(size=(persons, 1, 1, joints, 3))
    shape = (persons, each, frames, joints, 3)
    noise = np.random.default_rng(seed + 1).normal(scale=0.1, size=shape)
    who = np.repeat(np.arange(persons), each)
    return (bodies + noise).reshape(-1, *shape[2:]).astype(np.float32), who


def _case(sequences: np.ndarray | None = None, **more: Any) -> Case:
    """A case that differs from harmless data in what is given."""
    shape = more.pop("shape", {})
    harmless, who = walkers(**shape)
    found = harmless if sequences is None else np.asarray(sequences, np.float32)
    others = [walkers(**{**shape, "each": 2, "seed": seed}) for seed in (1, 2)]
    persons = who if len(found) == len(who) else np.arange(len(found)) % _PERSONS
    values = {"persons": persons, "gallery": others[0], "probe": others[1], **more}
    return Case(found, **values)


def cases() -> dict[str, Case]:
    """All of them, by name."""
    found, who = walkers()
    point, other = found[:1], found[-1:]
    few = {"settings": {"batch_size": 2}}
    gallery, probe = (walkers(each=2, seed=seed) for seed in (1, 2))

    def scaled(scale: float) -> dict[str, Any]:
        """All sequences times a number."""
        return {
            "sequences": found * np.float32(scale),
            "gallery": (gallery[0] * np.float32(scale), gallery[1]),
            "probe": (probe[0] * np.float32(scale), probe[1]),
        }

    return {
        "harmless": _case(),
        "nobody moves": _case(np.repeat(found[:, :1], _FRAMES, axis=1)),
        "all sequences identical": _case(np.repeat(point, 24, axis=0)),
        "two distinct sequences": _case(np.repeat([point[0], other[0]], 12, axis=0)),
        "all sequences zero": _case(0 * found),
        "one person": _case(found[who == 0], persons=np.zeros(6, int), **few),
        "one sequence a person": _case(found[::_EACH], persons=np.arange(4), **few),
        "2 sequences in all": _case(found[[0, -1]], **few),
        "1 sequence in all": _case(point, refused="sequences: 1;"),
        "no sequence": _case(found[:0], refused="no sequence"),
        "f = 1 + mask_x": _case(settings={"mask_x": _FRAMES - 1}),
        "f = mask_x": _case(settings={"mask_x": _FRAMES}, refused="mask_x 6 .*below 6"),
        "f = 1": _case(shape={"frames": 1}),
        "f = 1, mask_x 1": _case(
            shape={"frames": 1}, settings={"mask_x": 1}, refused="mask_x 1 .*below 1"
        ),
        "J = 1": _case(shape={"joints": 1}, refused="2 joints"),
        "J = 2": _case(shape={"joints": 2}),
        "H = 1": _case(settings={"H": 1}),
        "batch_size above N": _case(
            settings={"batch_size": 1000}, refused_published="fewer than a batch"
        ),
        "probe's person not in gallery": _case(
            gallery=(gallery[0][:4], gallery[1][:4])
        ),
        "no probe's person in gallery": _case(
            gallery=(gallery[0], gallery[1] + 9), refused="No probe's person"
        ),
        "gallery of one": _case(gallery=(gallery[0][:1], gallery[1][:1])),
        "one probe": _case(probe=(probe[0][:1], probe[1][:1])),
        "numbers of 1e30": _case(**scaled(1e30), refused="below 1e.15"),
        "numbers of 1e14": _case(**scaled(1e14)),
        "numbers of 1e-30": _case(**scaled(1e-30)),
        "NaN": _case(
            np.where(np.arange(len(found)) == 5, np.nan, found.T).T,
            refused="sequence 5, frame 0, joint 0 is nan",
        ),
        "infinite": _case(
            np.where(np.arange(len(found)) == 5, np.inf, found.T).T,
            refused="sequence 5, frame 0, joint 0 is inf",
        ),
        "all outliers": _case(published={"min_samples": 1000}),
        "one cluster": _case(published={"eps": 0.999, "k1": 24, "k2": 24}),
        "clusters of one": _case(published={"min_samples": 1, "eps": 0.01}),
        "a learning rate of 1e30": _case(
            settings={"lr": 1e30}, refused="Epoch 1, step 2: .*lower lr .1e.30."
        ),
    }


def run(case: Case, preset: str, protocol: str) -> Outcome:
    """Trains on a case, embeds and evaluates; every warning is a fault."""
    lines: list[str] = []
    settings = {**_TINY, **case.settings, "preset": preset, "protocol": protocol}
    if preset == "published":
        settings |= case.published
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            model = simmc_tf.fit(
                case.sequences,
                persons=case.persons,
                gallery=case.gallery,
                probe=case.probe,
                progress=lines.append,
                **settings,
            )
            features = model.embed(case.probe[0])
            scores = model.evaluate(*case.gallery, *case.probe)
    except errors.InputError as error:
        return Outcome(f"refused: {error}", tuple(lines), refused=True)
    if not np.isfinite(features).all():
        raise ArithmeticError("The features are not finite.")
    last = next(line for line in reversed(lines) if line.startswith("epoch "))
    warned = [line for line in lines if line.startswith("warning: ")]
    told = f"; {warned[0].split(';')[0]}" if warned else ""
    clusters = last.split("clusters")[1].split()[0]
    return Outcome(
        f"trains: {clusters} clusters, top-1 {scores.top1:.2f}{told}",
        tuple(lines),
        model=model,
    )
