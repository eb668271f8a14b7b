"""What several parts of a report say."""

from simmc_tf.report import gathering

_ALONE = "(Persons are shown for you alone; training read no identity label.)"


def alone(found: gathering.Findings) -> str:
    """That persons are for the reader, where training has not read them."""
    return "" if found.reads_labels else _ALONE


def person(number: int) -> str:
    """A person, as a report calls one."""
    return "somebody unknown" if number < 0 else f"person {number}"


def share(part: float) -> str:
    """A share in percent."""
    return f"{100 * part:.1f}\u00a0%"  # Its sign stays with it.


def drawn(shown: int, total: int, what: str) -> str:
    """How many of how many are shown."""
    if shown == total:
        return f"All {total:,} {what} are shown."
    return f"Shown are {shown:,} of {total:,} {what}, evenly drawn."
