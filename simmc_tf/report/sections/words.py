"""What several parts of a report say."""

from simmc_tf.report import subject


def person(number: int, about: subject.Subject) -> str:
    """A person, as a report calls one: by name too, where there is one."""
    if number < 0:
        return "somebody unknown"
    name = about.names.get(number)
    return f"person {number}" if name is None else f"person {number}, {name}"


def name(number: int, about: subject.Subject) -> str:
    """The same in few letters."""
    return "unknown" if number < 0 else about.names.get(number, str(number))


def share(part: float) -> str:
    """A share in percent."""
    return f"{100 * part:.1f}\u00a0%"  # Its sign stays with it.


def drawn(shown: int, total: int, what: str) -> str:
    """How many of how many are shown."""
    if shown == total:
        return f"All {total:,} {what} are shown."
    return f"Shown are {shown:,} of {total:,} {what}, evenly drawn."
