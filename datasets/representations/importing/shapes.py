"""How many sequences an array of representations is; what could be two is refused.

[N, f, d] and [N * f, d], frame after frame, are representations of skeletons. A row for
each sequence, [N, f * d], is not taken: some models put the frames together, others the
axes, and the array does not say which.
"""

import dataclasses

from datasets.representations.importing import arrays
from simmc_tf import errors


@dataclasses.dataclass(frozen=True)
class Known:
    """What is known of a split beside its representations.

    Attributes:
        count: of sequences; or of labels, which may be of skeletons.
        origin: where that was read.
        sequences: it counts sequences, not perhaps skeletons.
    """

    count: int
    origin: str
    sequences: bool


def count_sequences(
    array: arrays.Stored, part: str, length: int, known: Known, said: bool
) -> int:
    """N of representations.

    Args:
        array: of representations.
        part: the split that it is of, for messages.
        length: f.
        known: of the split.
        said: the user has named the array, so that its shape is one of the two.

    Raises:
        errors.InputError: the shape is another one, could be read in two ways, or
            does not fit what is known.
    """
    shape = array.shape
    if len(shape) not in (2, 3) or 0 in shape:
        raise errors.InputError(
            f"{array.name} is {list(shape)}; expected representations of skeletons, "
            f"[N, {length}, d] or [N * {length}, d]."
        )
    if len(shape) == 3:
        _check_order(array, part, length, said)
        num_sequences = shape[0]
    else:
        _check_rows(array, part, length, known, said)
        num_sequences = shape[0] // length
    fitting = {num_sequences} | (set() if known.sequences else {num_sequences * length})
    if known.count not in fitting:
        expected = " or ".join(map(str, sorted(fitting)))
        raise errors.InputError(
            f"{array.name} {list(shape)} has {num_sequences} sequences of {length} "
            f"skeletons, but {known.origin} has {known.count} persons, not {expected}; "
            "the two must be of the same sequences. --length says how many skeletons a "
            "sequence has."
        )
    return num_sequences


def _check_order(array: arrays.Stored, part: str, length: int, said: bool) -> None:
    """Refuses [f, N, d] and [N, d, f], and what could be one of them."""
    first, middle, last = array.shape
    others = [
        (axes, order)
        for size, axes, order in (
            (first, "f, N, d", (1, 0, 2)),
            (last, "N, d, f", (0, 2, 1)),
        )
        if size == length
    ]
    if middle == length and (said or not others):
        return
    listed = " or ".join(f"[{axes}]" for axes, _ in others)
    if middle == length:
        raise errors.InputError(
            f"{array.name} {list(array.shape)} could be [N, f, d] or {listed}, as f is "
            f"{length}. If it is [N, f, d], say so: --features {part}={array.name}; "
            "else save it in that order."
        )
    if others:
        raise errors.InputError(
            f"{array.name} {list(array.shape)} looks like {listed}, as f is {length}; "
            f"expected [N, f, d]. Save it again as np.transpose(array, {others[0][1]})."
        )
    raise errors.InputError(
        f"{array.name} is {list(array.shape)}; expected [N, {length}, d] or "
        f"[N * {length}, d]. --length says how many skeletons a sequence has."
    )


def _check_rows(
    array: arrays.Stored, part: str, length: int, known: Known, said: bool
) -> None:
    """Refuses rows that are not skeletons, or perhaps not."""
    rows = array.shape[0]
    whole = (
        f"{array.name} {list(array.shape)} has a row for each of the {rows} persons of "
        f"{known.origin}"
    )
    remedy = f"expected a row for each skeleton, [N * {length}, d], or [N, {length}, d]"
    if known.count == rows and length > 1 and (known.sequences or rows % length):
        raise errors.InputError(
            f"{whole}: vectors of whole sequences, which cannot be masked skeleton by "
            f"skeleton; {remedy}."
        )
    if rows % length:
        raise errors.InputError(
            f"{array.name} has {rows} rows, which is no multiple of {length}; "
            f"{remedy}. --length says how many skeletons a sequence has."
        )
    if known.count == rows and length > 1 and not said:
        raise errors.InputError(
            f"{whole}: {rows // length} sequences of {length} skeletons, with the "
            f"person of each skeleton, or {rows} sequences of one vector each, which "
            "cannot be used. If the rows are skeletons, say so: "
            f"--features {part}={array.name} --persons {part}={known.origin}"
        )
