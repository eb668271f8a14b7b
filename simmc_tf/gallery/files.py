"""Which files of a folder are the gallery, and how others take their place.

A small file names the valid ones and their checksums. An update writes new files beside
them and then replaces the small one, so that nobody ever sees half an update; what it
no longer names is removed. A reader that has opened a file keeps it, and one that comes
too late reads the small file again.
"""

import contextlib
import dataclasses
import hashlib
import pathlib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO

from simmc_tf import atomic, errors, json_file, whole_file

CURRENT = "current.json"
DATABASE, EXACT, LISTS = "database", "exact", "lists"

_FORMAT = 1
_AT_ONCE = 2**20  # Bytes read at a time.
_SUFFIXES = {DATABASE: ".sqlite", EXACT: ".faiss", LISTS: ".lists.faiss"}
_NAME = re.compile(r"\d{6,}(\.sqlite|\.faiss|\.lists\.faiss)")
# What the first update writes, and what is there as long as it is not done.
_FIRST, _BEGUN = "000001", ".begun"
# What `commit`, `atomic.write` and `atomic.locked` may leave when they are killed.
_LEFT = re.compile(
    rf"{re.escape(atomic.PREFIX)}[a-z0-9_]{{8}}({_NAME.pattern}|{re.escape(CURRENT)})"
    rf"|\.lock|{re.escape(_BEGUN)}"
)
_RESTORE = "put back a copy of the whole folder, or enrol again into a new one."

# Takes bytes, as a file's `write` does.
Write = Callable[[bytes], object]
Save = Callable[[Write], object]


@dataclasses.dataclass(frozen=True)
class File:
    """A valid file.

    Attributes:
        name: in the folder.
        sha256: of its content.
    """

    name: str
    sha256: str


@dataclasses.dataclass(frozen=True)
class Generation:
    """The valid files after an update.

    Attributes:
        number: of the update, from 1 on.
        files: by kind: `DATABASE`, `EXACT` and, in large galleries, `LISTS`.
    """

    number: int
    files: Mapping[str, File]


@dataclasses.dataclass(frozen=True)
class Opened:
    """A generation whose files nobody can take away any more.

    Attributes:
        folder: of the gallery.
        generation: that was valid when they were opened.
        handles: by kind.
    """

    folder: pathlib.Path
    generation: Generation
    handles: Mapping[str, BinaryIO]

    def verified(self, kind: str) -> BinaryIO:
        """A file at its beginning, after its checksum was found right.

        Raises:
            errors.InputError: it is damaged.
        """
        file, handle = self.generation.files[kind], self.handles[kind]
        handle.seek(0)
        if _sha256(handle) != file.sha256:
            raise errors.InputError(
                f"{self.folder / file.name} is damaged: it is not what was written; "
                + _RESTORE
            )
        handle.seek(0)
        return handle


def _sha256(handle: BinaryIO) -> str:
    found = hashlib.sha256()
    while piece := handle.read(_AT_ONCE):
        found.update(piece)
    return found.hexdigest()


def current(folder: pathlib.Path) -> Generation | None:
    """The valid generation; None where there is no gallery yet.

    Raises:
        errors.InputError: the file that names it is damaged, or of another version.
    """
    path = folder / CURRENT
    try:
        content = json_file.read(path)
        if content["format"] != _FORMAT:
            raise errors.InputError(
                f"{path} has format {content['format']}, written by another version; "
                f"expected {_FORMAT}."
            )
        files = {kind: File(**file) for kind, file in content["files"].items()}
        fits = {DATABASE, EXACT} <= set(files) <= set(_SUFFIXES)
        if not fits or not all(_NAME.fullmatch(file.name) for file in files.values()):
            raise ValueError
        return Generation(int(content["generation"]), files)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except errors.InputError:
        raise
    except (
        *(ValueError, KeyError, TypeError, AttributeError),
        OverflowError,
    ) as error:
        raise errors.InputError(f"{path} is damaged; {_RESTORE}") from error


@contextlib.contextmanager
def opened(folder: pathlib.Path) -> Iterator[Opened]:
    """Opens the valid files for the block; never waits for a writer.

    Raises:
        errors.InputError: there is no gallery, or a file of it is missing.
    """
    with contextlib.ExitStack() as stack:
        found = current(folder)
        while True:
            if found is None:
                refuse_lost(folder)
                raise errors.InputError(missing(folder))
            try:
                handles = {
                    kind: stack.enter_context(whole_file.opened(folder / file.name))
                    for kind, file in found.files.items()
                }
                break
            except FileNotFoundError as error:
                stack.close()
                newer = current(folder)
                if newer == found:
                    raise errors.InputError(
                        f"{error.filename} is missing; {_RESTORE}"
                    ) from error
                found = newer
        yield Opened(folder, found, handles)


def missing(folder: pathlib.Path) -> str:
    """What to say where there is no gallery."""
    return f"{folder}: there is no gallery; enrol makes one."


def refuse_foreign(folder: pathlib.Path) -> None:
    """Refuses a folder that is no gallery and not empty either.

    Raises:
        errors.InputError: it holds something else.
    """
    if not folder.is_dir() or (folder / CURRENT).exists():
        return
    for path in sorted(folder.iterdir()):
        if not _is_ours(path):
            raise errors.InputError(
                f"{folder}: {path.name} is there, which is no part of a gallery; "
                "choose another folder."
            )


def refuse_lost(folder: pathlib.Path) -> None:
    """Refuses a gallery without the file that says which others are valid.

    A first update that was killed leaves files too, but no more than of the first
    generation, and not all of these, or what says that it was not done.

    Raises:
        errors.InputError: it is gone.
    """
    if not folder.is_dir() or (folder / CURRENT).exists():
        return
    names = {path.name for path in folder.iterdir() if _NAME.fullmatch(path.name)}
    whole = {_FIRST + _SUFFIXES[kind] for kind in (DATABASE, EXACT)}
    lost = whole <= names and not (folder / _BEGUN).exists()
    if lost or any(not name.startswith(_FIRST) for name in names):
        raise errors.InputError(f"{folder / CURRENT} is missing; {_RESTORE}")


def clean(folder: pathlib.Path) -> None:
    """Removes what former and killed updates left; only a writer may do it.

    Raises:
        errors.InputError: nobody can say which files are valid.
    """
    found = current(folder)
    valid = set() if found is None else {file.name for file in found.files.values()}
    # What was replaced must not go before what replaces it is on the disk.
    atomic.sync(folder)
    for path in folder.iterdir():
        if _is_ours(path) and path.name not in {".lock", *valid}:
            path.unlink(missing_ok=True)


def commit(
    folder: pathlib.Path, before: Generation | None, changes: Mapping[str, Save | None]
) -> None:
    """Makes a new generation valid, whole or not at all.

    Args:
        folder: of the gallery, held by `atomic.locked`.
        before: the valid generation, whose other files stay.
        changes: by kind, what writes the new file; None where there is to be none.

    Raises:
        errors.InputError: something could not be written; the gallery is as it was.
    """
    number = 1 if before is None else before.number + 1
    valid = {} if before is None else dict(before.files)
    try:
        if before is None:
            (folder / _BEGUN).touch()
        for kind, save in changes.items():
            valid.pop(kind, None)
            if save is not None:
                name = f"{number:06d}{_SUFFIXES[kind]}"
                valid[kind] = File(name, _write(folder / name, save))
        atomic.sync(folder)
        content: dict[str, Any] = {"format": _FORMAT, "generation": number}
        content["files"] = {k: dataclasses.asdict(file) for k, file in valid.items()}
        atomic.write_json(folder / CURRENT, content)
    except OSError as error:
        raise errors.InputError(
            f"{errors.of_system(error)}; the gallery is as it was."
        ) from error
    finally:
        clean(folder)


def _write(path: pathlib.Path, save: Save) -> str:
    """Writes a file, and gives the SHA-256 of its content."""
    hashed = hashlib.sha256()

    def to(temporary: pathlib.Path) -> None:
        with temporary.open("wb") as file:

            def write(content: bytes) -> int:
                hashed.update(content)
                return file.write(content)

            save(write)

    atomic.write(path, to)
    return hashed.hexdigest()


def _is_ours(path: pathlib.Path) -> bool:
    return bool(_NAME.fullmatch(path.name) or _LEFT.fullmatch(path.name))
