"""Generated data sets of the make-up of the recorded ones."""

import dataclasses

from datasets.synthetic import generator, sensor, takes
from simmc_tf import errors

_DIAGONAL = ("frontal", "left_diagonal", "right_diagonal")


def _ks20(persons: int) -> generator.Settings:
    """Five views, of each one recording to train on, one gallery and one probe."""
    views = (*_DIAGONAL, "left_lateral", "right_lateral")
    return generator.Settings(
        persons=persons,
        skeleton="kinect_v2",
        frames=360,
        recordings=tuple(
            takes.Take(split, view)
            for split in ("train", "gallery", "probe")
            for view in views
        ),
    )


def _kgbd(persons: int) -> generator.Settings:
    """Walks around a turning sensor: three to train on, one gallery, one probe."""
    walks = (
        ("train", "left_lateral", 2),
        ("train", "right_lateral", 1),
        ("gallery", "left_lateral", 1),
        ("probe", "left_lateral", 1),
    )
    return generator.Settings(
        persons=persons,
        skeleton="kgbd",
        frames=384,
        recordings=tuple(takes.Take(*walk, motion="followed") for walk in walks),
    )


def _ias(persons: int) -> generator.Settings:
    """Training, test A in other clothes and test B in another room, mixed headings."""
    walks = tuple(
        takes.Take(split, view, clothing="coat" if split == "A" else "normal")
        for split in ("train", "A", "B")
        for view in _DIAGONAL
    )
    return generator.Settings(persons=persons, frames=1000, recordings=walks)


def _biwi(persons: int) -> generator.Settings:
    """All persons to train on; 28 of 50 again on another day, standing and walking."""
    tested = (0, max(1, round(persons * 28 / 50)))
    return generator.Settings(
        persons=persons,
        frames=600,
        recordings=(
            takes.Take("train", "frontal", 2),
            takes.Take("train", "left_diagonal"),
            takes.Take("train", "right_diagonal"),
            takes.Take("Still", "frontal", motion="still", persons=tested),
            takes.Take("Walking", "frontal", persons=tested),
        ),
    )


_CASIA_B_WALKS: tuple[tuple[str, takes.Clothing, int], ...] = (
    ("nm", "normal", 6),
    ("bg", "bag", 2),
    ("cl", "coat", 2),
)


def _casia_b(persons: int) -> generator.Settings:
    """Eleven views, six normal walks, two with a bag, two in a coat; half to train."""
    half = persons // 2
    walks = []
    for view in (f"{degrees:03d}" for degrees in range(0, 181, 18)):
        for tag, clothing, count in _CASIA_B_WALKS:
            for split, people in (("train", (0, half)), (tag, (half, persons))):
                walks.append(
                    takes.Take(
                        split,
                        view,
                        count,
                        clothing=clothing,
                        condition=f"{tag}-{view}",
                        persons=people,
                    )
                )
    return generator.Settings(
        persons=persons,
        skeleton="openpose_14",
        frames=80,
        recordings=tuple(walks),
        noise=sensor.LIFTED,
        distance=4.5,
        reach=1.5,
    )


# Persons of the recorded data set, and what makes the settings.
_LIKE = {
    "KS20": (20, _ks20),
    "KGBD": (164, _kgbd),
    "IAS": (11, _ias),
    "BIWI": (50, _biwi),
    "CASIA_B": (124, _casia_b),
}


def like(
    name: str, persons: int | None = None, seed: int = 0, frames: int | None = None
) -> generator.Settings:
    """Settings of the make-up of a recorded data set.

    Args:
        name: KS20, KGBD, IAS, BIWI or CASIA_B.
        persons: how many; None: as recorded. Splits of some persons keep their share.
        seed: of everything.
        frames: length of a recording; None: so that the size is comparable.

    Returns:
        Settings whose splits are named as those of the data set.
    """
    if name not in _LIKE:
        raise errors.InputError(
            f"no synthetic likeness of {name!r}; expected one of {', '.join(_LIKE)}"
        )
    as_recorded, make = _LIKE[name]
    settings = make(as_recorded if persons is None else persons)
    return dataclasses.replace(settings, seed=seed, frames=frames or settings.frames)
