"""The one exception that people's input may cause."""


class InputError(ValueError):
    """Says what a person gave, what was expected and how to mend it.

    Programs print its message as one line and exit with 2; any other exception is a
    fault of this project and keeps its traceback.
    """


def of_system(error: OSError) -> str:
    """Full disks, missing rights and the like: what is wrong, and with which file."""
    reason = error.strerror or str(error)
    return f"{reason}: {error.filename}" if error.filename else reason


# Letters of a line; names of files have 255 at most, but those of others any number.
_LONGEST = 10_000


def one_line(text: str) -> str:
    """A text as a line to print: what is not printable is escaped, line ends too.

    Names of files, which end up in messages, may hold anything: a line end that makes
    two errors of one, or codes that a terminal obeys.
    """
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}..."
    return "".join(
        letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text
    )
