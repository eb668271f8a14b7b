"""One reader under trial: spoiled files, what it makes of each, and smaller finds."""

import contextlib
import dataclasses
import pathlib
import random
import shutil
import signal
import time
import traceback
import warnings
from collections.abc import Iterator
from types import FrameType

from scripts.hardening import fuzz_mutations
from scripts.hardening.fuzz_readers import Reader
from simmc_tf import errors

READ, REFUSED = "read", "refused"
_PROJECT = ("simmc_tf", "datasets")
# Attempts to make a find smaller.
_SMALLER = 300


class LateError(BaseException):
    """A reader takes too long; no reader may catch it."""


@dataclasses.dataclass(frozen=True)
class Spoiled:
    """A file to be read.

    Attributes:
        sample: number of the valid files that it is one of.
        path: of it, in their folder.
        content: of it.
    """

    sample: int
    path: pathlib.Path
    content: bytes


class Trial:
    """Tries a reader on any number of inputs, of which each has a number.

    Args:
        reader: under trial.
        folder: for its samples.
        seed: with it the same number is the same input.
        seconds: that one input may take.
    """

    def __init__(
        self, reader: Reader, folder: pathlib.Path, seed: int, seconds: float
    ) -> None:
        self._reader, self._seed, self._seconds = reader, seed, seconds
        self._folders = []
        self._files: list[dict[pathlib.Path, bytes]] = []
        for number, make in enumerate(reader.samples):
            place = folder / f"sample{number}"
            place.mkdir(parents=True)
            make(place)
            self._folders.append(place)
            self._files.append(
                {
                    path.relative_to(place): path.read_bytes()
                    for path in sorted(place.rglob("*"))
                    if path.is_file()
                }
            )
            reader.read(place)  # Valid files are read, or the trial means nothing.

    def spoiled(self, number: int) -> Spoiled:
        """The input of a number."""
        chance = random.Random(f"{self._seed}/{self._reader.name}/{number}")
        sample = chance.randrange(len(self._files))
        files = self._files[sample]
        path = chance.choice(list(files))
        others = [
            content
            for each in self._files
            for other, content in each.items()
            if other.suffix == path.suffix
        ]
        content = fuzz_mutations.spoil(files[path], path.name, others, chance)
        return Spoiled(sample, path, content)

    def attempt(self, given: Spoiled) -> str:
        """`READ`, `REFUSED`, or what kind of a find an input is."""
        return self._attempt(given)[0]

    def told(self, given: Spoiled) -> str:
        """The traceback of a find."""
        return self._attempt(given)[1]

    def _attempt(self, given: Spoiled) -> tuple[str, str]:
        place = self._folders[given.sample]
        with self._replaced(given):
            try:
                with _limited(self._seconds), warnings.catch_warnings():
                    # A line that nobody asked for; those of TensorFlow's use are not
                    # of the files.
                    warnings.simplefilter("error")
                    warnings.simplefilter("ignore", DeprecationWarning)
                    self._reader.read(place)
                return READ, ""
            except errors.InputError as error:
                if len(str(error)) > 100_000:
                    return "a line of more than 100,000 letters", str(error)[:1000]
                return REFUSED, str(error)
            except OSError as error:  # Programs make a line of it.
                if error.errno is None:
                    return _kind(error), traceback.format_exc()
                return REFUSED, errors.of_system(error)
            except (Exception, LateError) as error:
                return _kind(error), traceback.format_exc()

    @contextlib.contextmanager
    def _replaced(self, given: Spoiled) -> Iterator[None]:
        """Puts an input in the place of a valid file for the block."""
        place = self._folders[given.sample]
        (place / given.path).write_bytes(given.content)
        try:
            if self._reader.last is not None:
                self._reader.last(place)
            yield
        finally:
            (place / given.path).write_bytes(self._files[given.sample][given.path])
            if self._reader.last is not None:
                for path, content in self._files[given.sample].items():
                    (place / path).write_bytes(content)

    def smaller(self, given: Spoiled, kind: str) -> Spoiled:
        """A find of the same kind from which nothing more can be taken easily."""
        size, tries = len(given.content) // 2, 0
        # Who waits for the process does so for ten inputs' time.
        ends = time.monotonic() + 5 * self._seconds
        while size and tries < _SMALLER:
            at = 0
            while at < len(given.content) and tries < _SMALLER:
                content = given.content[:at] + given.content[at + size :]
                less = dataclasses.replace(given, content=content)
                tries += 1 if time.monotonic() < ends else _SMALLER
                if self.attempt(less) == kind:
                    given = less
                else:
                    at += size
            size //= 2
        return given

    def close(self) -> None:
        """Removes the samples."""
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _limited(seconds: float) -> Iterator[None]:
    def late(number: int, frame: FrameType | None) -> None:
        raise LateError

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _kind(error: BaseException) -> str:
    """Class of an error, and the last place in the project that it went through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [
        frame
        for frame in frames
        if any(f"/{name}/" in frame.filename for name in _PROJECT)
    ]
    place = ours[-1] if ours else frames[-1]
    name = pathlib.PurePath(place.filename).name
    return f"{type(error).__name__} in {name}:{place.lineno} ({place.name})"
