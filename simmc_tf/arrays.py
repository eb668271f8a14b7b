"""Arrays that people hand over, checked and made what the method takes."""

import numbers
from collections.abc import Iterable, Sequence

import numpy as np
from numpy import typing as npt

from simmc_tf import data as data_module
from simmc_tf import errors

# What an array may hold -> NumPy's kinds of that.
_KINDS = {"numbers": "fiu", "truth values": "biu"}

# Sequences, and who walks in each.
Labelled = tuple[npt.ArrayLike, npt.ArrayLike]


def cut(
    recordings: Iterable[npt.ArrayLike], length: int = 6, step: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Cuts recordings into sequences of f skeletons.

    Args:
        recordings: [T, J, 3] each, of any T; frames one after another.
        length: f.
        step: frames from one sequence's start to the next; None for f // 2, so that
            they overlap, as sequences to train on should. Gallery and probes usually
            take f.

    Returns:
        [N, f, J, 3] float32 sequences, those of one recording after those of another;
        and [N] int64, of which recording each is, counted from 0. A rest shorter than f
        is left out, and so is a recording that is.

    Raises:
        errors.InputError: a recording is no such array, has other joints than the
            first or a coordinate that is no finite number, or all are too short; or
            length or step is no whole number from 1 on.
    """
    for name, value in (("length", length), ("step", 1 if step is None else step)):
        if not isinstance(value, numbers.Integral) or value < 1:
            raise errors.InputError(
                f"{name} must be a whole number of at least 1, not {value!r}."
            )
    step = max(1, length // 2) if step is None else step
    if not isinstance(recordings, Iterable):
        raise errors.InputError(
            f"recordings must be arrays [T, J, 3], not {recordings!r}."
        )
    found: list[np.ndarray] = []
    owners, num_frames = [], [0]
    for number, recording in enumerate(recordings):
        name = f"recordings[{number}]"
        skeletons = numeric(name, recording, ("T", "J", 3))
        if found and skeletons.shape[1] != found[0].shape[1]:
            raise errors.InputError(
                f"{name} has {skeletons.shape[1]} joints, recordings[0] has "
                f"{found[0].shape[1]}; expected the same joints in all."
            )
        finite = np.isfinite(skeletons).all(axis=(1, 2))
        if not finite.all():
            raise errors.InputError(
                f"{name}: frame {finite.argmin()} has a coordinate that is no finite "
                f"number ({np.count_nonzero(~finite)} of {len(finite)} frames have "
                "such); expected finite numbers that float32 can hold: fill those "
                "frames, or give what lies between them as recordings of their own."
            )
        num_frames.append(len(skeletons))
        for start in range(0, len(skeletons) - length + 1, step):
            found.append(skeletons[start : start + length])
            owners.append(number)
    if not found:
        raise errors.InputError(
            f"No recording has {length} frames: the longest of {len(num_frames) - 1} "
            f"has {max(num_frames)}; give longer ones, or a smaller length."
        )
    return np.stack(found), np.array(owners, np.int64)


def centred(
    name: str, sequences: npt.ArrayLike, num_joints: int | None = None
) -> np.ndarray:
    """Root-centred sequences [N, f, 3J] float32.

    Args:
        name: of the array, for messages.
        sequences: [N, f, J, 3].
        num_joints: J that is expected; None for any from 2 on.

    Raises:
        errors.InputError: another shape, or a coordinate that is no finite number.
    """
    expected = "J" if num_joints is None else num_joints
    found = numeric(name, sequences, ("N", "f", expected, 3))
    if found.shape[1] < 1 or found.shape[2] < 2:
        raise errors.InputError(
            f"{name} has shape {list(found.shape)}; expected at least 1 frame (f) and "
            "2 joints (J)."
        )
    bad = ~(np.abs(found) < data_module.LARGEST)  # NaN compares as not below.
    if bad.any():
        first = np.unravel_index(bad.argmax(), bad.shape)
        sequence, frame, joint, _ = first
        raise errors.InputError(
            f"{name}: sequence {sequence}, frame {frame}, joint {joint} is "
            f"{found[first]} ({int(bad.any(axis=(1, 2, 3)).sum())} of "
            f"{len(found)} sequences have such); expected finite numbers below "
            f"{data_module.LARGEST:g}: leave those sequences out."
        )
    return data_module.centred(found)


def numeric(name: str, values: npt.ArrayLike, shape: Sequence[str | int]) -> np.ndarray:
    """Numbers as float32; infinite where that cannot hold them.

    Args:
        name: of the array, for messages.
        values: to check.
        shape: letters, which stand for any number, and numbers.

    Raises:
        errors.InputError: they are no numbers, or of another shape.
    """
    found = checked(name, values, shape)
    with np.errstate(over="ignore"):
        return found.astype(np.float32, copy=False)


def checked(
    name: str,
    values: npt.ArrayLike,
    shape: Sequence[str | int],
    what: str = "numbers",
) -> np.ndarray:
    """An array of a shape.

    Args:
        name: of the array, for messages.
        values: to check.
        shape: letters, which stand for any number, and numbers.
        what: `numbers` or `truth values`.

    Raises:
        errors.InputError: it holds something else, or is of another shape.
    """
    found = _array(name, values)
    fits = found.ndim == len(shape) and all(
        isinstance(asked, str) or asked == had
        for asked, had in zip(shape, found.shape, strict=False)
    )
    if not fits or found.dtype.kind not in _KINDS[what]:
        raise errors.InputError(
            f"{name} has shape {list(found.shape)} and type {found.dtype}; expected "
            f"{what} [{', '.join(map(str, shape))}]."
        )
    return found


def _array(name: str, values: npt.ArrayLike) -> np.ndarray:
    parts = values if isinstance(values, list | tuple) else [values]
    if any(map(np.ma.is_masked, parts)):
        raise errors.InputError(
            f"{name} has masked values, and masks are not read: fill those values, or "
            "leave their sequences or recordings out."
        )
    try:
        return np.asarray(values)
    except ValueError as error:  # Of unequal lengths.
        raise errors.InputError(
            f"{name} is no array: its parts differ in shape; recordings of different "
            "lengths are cut into sequences by simmc_tf.cut."
        ) from error


def persons(*given: tuple[str, npt.ArrayLike]) -> list[np.ndarray]:
    """Persons as numbers, the same in all arrays.

    Args:
        given: name of each array, for messages; and [N] whole numbers, or names.

    Raises:
        errors.InputError: an array is neither, or they are not of one kind.
    """
    found = []
    for name, values in given:
        array = _array(name, values)
        if array.dtype == object and len(set(map(type, array.ravel()))) == 1:
            array = np.array(array.tolist())  # Of pandas.
        if array.ndim != 1 or array.dtype.kind not in "iuU":
            raise errors.InputError(
                f"{name} has shape {list(array.shape)} and type {array.dtype}; "
                "expected one person a sequence: whole numbers, -1 where unknown, or "
                "names."
            )
        found.append(array)
    names = [array.dtype.kind == "U" for array in found]
    if any(names) != all(names):
        listed = [
            f"{name} {array.dtype}"
            for (name, _), array in zip(given, found, strict=True)
        ]
        raise errors.InputError(
            f"Persons are of different kinds: {', '.join(listed)}; expected whole "
            "numbers in all, or names in all."
        )
    if not any(names):
        return [array.astype(np.int64) for array in found]
    _, codes = np.unique(np.concatenate(found), return_inverse=True)
    return np.split(codes.astype(np.int64), np.cumsum([len(a) for a in found])[:-1])


def names(*given: npt.ArrayLike | None) -> dict[int, str]:
    """Number -> name of persons, as `persons` numbers them; none of numbers."""
    found = [np.array(np.asarray(who).tolist()) for who in given if who is not None]
    if not found or any(array.dtype.kind != "U" for array in found):
        return {}
    return dict(enumerate(np.unique(np.concatenate(found)).tolist()))


def split(name: str, sequences: np.ndarray, who: np.ndarray) -> data_module.Split:
    """Sequences and persons of one length.

    Raises:
        errors.InputError: there are fewer or more of either, or none.
    """
    if len(sequences) != len(who):
        raise errors.InputError(
            f"{name} has {len(sequences)} sequences and {len(who)} persons; expected "
            "one person a sequence."
        )
    if not len(sequences):
        raise errors.InputError(f"{name} has no sequence; expected some.")
    return data_module.Split(sequences, who)


def matching(
    gallery: Labelled, probe: Labelled, num_joints: int
) -> data_module.Matching:
    """Gallery and probes that can be matched.

    Args:
        gallery: [G, f, J, 3] and [G] persons.
        probe: [P, f, J, 3] and [P] persons.
        num_joints: J that is expected.

    Raises:
        errors.InputError: they are not such, or no probe's person is in the gallery.
    """
    pairs = {"gallery": gallery, "probe": probe}
    for name, pair in pairs.items():
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise errors.InputError(
                f"{name} must be a pair: ({name} sequences [N, f, J, 3], their persons "
                "[N])."
            )
    known = persons(*((f"{name}'s persons", who) for name, (_, who) in pairs.items()))
    if not np.isin(known[1], known[0]).any():
        # Of names the numbers would say nothing.
        shown = (_some(np.asarray(who)) for _, who in (probe, gallery))
        raise errors.InputError(
            f"No probe's person is in the gallery: probes show {next(shown)}, the "
            f"gallery shows {next(shown)}; expected at least one in both."
        )
    found = [
        split(name, centred(name, sequences, num_joints), who)
        for (name, (sequences, _)), who in zip(pairs.items(), known, strict=True)
    ]
    return data_module.Matching(gallery=found[0], probe=found[1])


def _some(who: np.ndarray) -> str:
    distinct = sorted(set(who.tolist()))
    return ", ".join(map(str, distinct[:5])) + (", ..." if len(distinct) > 5 else "")


def data(
    sequences: npt.ArrayLike,
    who: npt.ArrayLike | None,
    gallery: Labelled | None,
    probe: Labelled | None,
) -> data_module.ReidData:
    """What an experiment trains on and is evaluated with.

    Args:
        sequences: [N, f, J, 3] to train on.
        who: [N] persons of theirs; None where unknown.
        gallery: as of `matching`; None with `probe` alone.
        probe: likewise.

    Raises:
        errors.InputError: they are not such.
    """
    skeletons = centred("sequences", sequences)
    known = np.full(len(skeletons), -1, np.int64)
    if who is not None:
        (known,) = persons(("persons", who))
    train = split("sequences", skeletons, known)
    if gallery is None and probe is None:
        return data_module.ReidData(train, None, names=names(who))
    if gallery is None or probe is None:
        missing = "gallery" if gallery is None else "probe"
        raise errors.InputError(
            f"{missing} is missing; expected gallery and probe, each a pair of "
            "sequences and persons, or neither."
        )
    num_joints = skeletons.shape[-1] // 3
    found = matching(gallery, probe, num_joints)
    return data_module.ReidData(train, found, names=names(gallery[1], probe[1]))
