"""What a check finds, and how it is printed; needs nothing that is to be installed."""

import dataclasses

OK = "ok"
# Nothing is wrong, but somebody may want to do something.
NOTE = "note"
WARNING = "warning"
# Stops a user.
PROBLEM = "problem"
LEVELS = (OK, NOTE, WARNING, PROBLEM)


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        level: one of `LEVELS`.
        text: what it is, one line.
        remedy: what to do about it, one line; empty where there is nothing to do.
    """

    level: str
    text: str
    remedy: str = ""

    @property
    def lines(self) -> str:
        """As it is printed; what came from outside may hold anything."""
        shown = f"  {self.level:<8} {one_line(self.text)}"
        return (
            f"{shown}\n           -> {one_line(self.remedy)}" if self.remedy else shown
        )


def of_error(level: str, title: str, error: Exception, usual: str) -> Finding:
    """An error as a finding: many say what to do behind a ; themselves.

    Args:
        level: of the finding.
        title: what the error is of; empty where it says so itself.
        error: whose message is told.
        usual: what to do where it does not say.
    """
    wrong, _, mend = str(error).rpartition("; ")
    text = wrong or str(error)
    return Finding(
        level, f"{title}: {text}" if title else text, mend if wrong else usual
    )


def one_line(text: str) -> str:
    """The text with what cannot be printed replaced by spaces, and no more of those."""
    printable = (letter if letter.isprintable() else " " for letter in text)
    return " ".join("".join(printable).split())


@dataclasses.dataclass(frozen=True)
class Options:
    """What a command line asks for.

    Attributes:
        data_root: folder of all data sets.
        model_root: folder of all models.
        representation_root: folder of all representations.
        gpu: number of the GPU to look for, -1 for the CPU.
        self_test: whether to compute something.
    """

    data_root: str = "Datasets"
    model_root: str = "ReID_Models"
    representation_root: str = "Representations"
    gpu: int = 0
    self_test: bool = True
