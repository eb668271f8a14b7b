"""What came of a change of a gallery."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Enrolled:
    """What came of an enrolment.

    Attributes:
        new: persons who were not in the gallery.
        known: persons who were, and of whom there is more now.
        skipped: recordings that were in the gallery already.
        recordings: added.
        sequences: added.
    """

    new: tuple[str, ...]
    known: tuple[str, ...]
    skipped: tuple[str, ...]
    recordings: int
    sequences: int


@dataclasses.dataclass(frozen=True)
class Removed:
    """What was removed.

    Attributes:
        person: whose.
        recordings: names.
        sequences: of them.
        gone: whether nothing of the person is left.
    """

    person: str
    recordings: tuple[str, ...]
    sequences: int
    gone: bool


@dataclasses.dataclass(frozen=True)
class Renamed:
    """Who is called otherwise now.

    Attributes:
        person: who it was.
        to: who it is.
        merged: whether there was such a person already.
        recordings: that got the name.
        sequences: of them.
        telling: names of these in which the former name still is.
    """

    person: str
    to: str
    merged: bool
    recordings: int
    sequences: int
    telling: tuple[str, ...] = ()
