"""Words of motion capture files, and exactly where one is not as it should be."""

import dataclasses
import pathlib
from collections.abc import Sequence
from typing import NoReturn

import numpy as np

from datasets.raw import text
from datasets.raw.formats import array_file
from simmc_tf import errors

# A body of 2,000 joints takes a tenth of them.
_MOST_LETTERS = 2**21


def fail(path: pathlib.Path, line: int, said: str) -> NoReturn:
    """Refuses a file.

    Args:
        path: of the file.
        line: number, from 1.
        said: what is wrong and what was expected, without a full stop.

    Raises:
        errors.InputError: always.
    """
    raise errors.InputError(
        f"{path}, line {line}: {said}. Export the file again or remove it."
    )


def check_size(path: pathlib.Path, lines: Sequence[str]) -> None:
    """Refuses a description of a body that is none, before it becomes words.

    Raises:
        errors.InputError: it is too long.
    """
    if sum(map(len, lines)) > _MOST_LETTERS:
        fail(path, 1, f"a body in more than {_MOST_LETTERS} letters")


def check_count(path: pathlib.Path, num_frames: int, num_joints: int) -> None:
    """Refuses what would be too much to hold, with a turn for each joint and frame.

    Raises:
        errors.InputError: it would.
    """
    most = array_file.MOST_NUMBERS // 3
    if num_frames * num_joints > most:
        raise errors.InputError(
            f"{path} has {num_frames} frames of {num_joints} joints; together they may "
            f"be {most}. Cut it into several recordings."
        )


@dataclasses.dataclass
class Tokens:
    """Words of a file one after another, with the lines that they are in.

    Attributes:
        path: of the file.
        words: (word, number of its line).
        place: of the word that comes next.
    """

    path: pathlib.Path
    words: Sequence[tuple[str, int]]
    place: int = 0

    @property
    def line(self) -> int:
        """The line of the word that was taken last."""
        return self.words[max(self.place - 1, 0)][1] if self.words else 1

    @property
    def last(self) -> str:
        """The word that was taken last, as it is written."""
        return self.words[self.place - 1][0]

    def peek(self) -> str:
        """The next word in capitals, empty at the end."""
        return self.words[self.place][0].upper() if self.place < len(self.words) else ""

    def take(self, expected: str) -> str:
        """The next word.

        Args:
            expected: what it should be, for the message.

        Raises:
            errors.InputError: there is none.
        """
        if self.place == len(self.words):
            self.fail(f"the file ends where {expected} should be")
        self.place += 1
        return self.words[self.place - 1][0]

    def take_word(self, word: str) -> None:
        """Goes past a word, whatever its case.

        Raises:
            errors.InputError: another one is next.
        """
        found = self.take(word)
        if found.upper() != word:
            self.fail(f"{found!r} where {word} should be")

    def rest_of_line(self, stop: str = "") -> list[str]:
        """The words left in the line of the last one, up to a word to stop before."""
        start, line = self.place, self.line
        while (
            self.place < len(self.words)
            and self.words[self.place][1] == line
            and self.words[self.place][0] != stop
        ):
            self.place += 1
        return [word for word, _ in self.words[start : self.place]]

    def number(self) -> float:
        """The next word as a finite number.

        Raises:
            errors.InputError: it is none.
        """
        word = self.take("a number")
        (value,) = text.line_numbers(self.path, self.line, [word])
        if not np.isfinite(value):
            self.fail(f"{word!r} where a finite number should be")
        return value

    def vector(self) -> np.ndarray:
        """[3], the next three numbers."""
        return np.array([self.number() for _ in range(3)])

    def fail(self, said: str) -> NoReturn:
        """Refuses the file at the word that was taken last."""
        fail(self.path, self.line, said)
