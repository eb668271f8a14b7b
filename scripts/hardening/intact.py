"""Whether what lay in a folder is as it was or whole and new, with nothing besides."""

import csv
import io
import json
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np

# Beginnings and names of what no program may leave.
_LEFT = (".writing-", ".making-", ".unfinished-", "incomplete.", ".lock", ".begun")
# What a run that was stopped goes on from.
_STATE = "state.npz"

Files = Mapping[str, bytes]


def files(root: pathlib.Path) -> dict[str, bytes]:
    """Content of all files below a folder, by name."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def faults(
    before: Files,
    now: Files,
    new: Files,
    unit: str,
    together: Sequence[str] = (),
    following: Sequence[str] = (),
) -> list[str]:
    """What is wrong with the files after a program failed; empty: nothing.

    Args:
        before: that it was to replace.
        now: that are there.
        new: that it writes where nothing fails.
        unit: folder.
        together: files of the unit that are all old or all new; empty: all.
        following: files of the unit that go when those are new, and come again.
    """
    found = []
    for name, content in now.items():
        if any(part.startswith(_LEFT) for part in pathlib.PurePath(name).parts):
            found.append(f"{name} is left")
        elif pathlib.PurePath(name).name == _STATE:
            continue
        elif name not in before and name not in new:
            found.append(f"{name} should not be there")
        elif content != before.get(name) and (why := _damage(name, content)):
            found.append(f"{name} is not whole: {why}")
    whole = {f"{unit}/{name}" for name in together}
    if not whole:
        whole = {name for name in {*before, *new} if name.startswith(f"{unit}/")}
    differing = {name for name in whole if before.get(name) != new.get(name)}
    changed = {name for name in differing if before.get(name) != now.get(name)}
    if changed and changed != differing:
        found.append(f"{', '.join(sorted(changed))} new, others old")
    gone = {f"{unit}/{name}" for name in following} if changed else set()
    for name in before:
        if name in new and name not in now and name not in gone:
            found.append(f"{name} is lost")
    return found


def _damage(name: str, content: bytes) -> str:
    """Why a file is none of its kind; empty where it is."""
    try:
        kind = pathlib.PurePath(name).suffix
        if kind == ".json":
            json.loads(content)
        elif kind == ".csv":
            rows = list(csv.reader(io.StringIO(content.decode())))
            if len({len(row) for row in rows}) != 1 or not content.endswith(b"\n"):
                return "a row is cut"
        elif kind in (".npz", ".npy"):
            opened = np.load(io.BytesIO(content), allow_pickle=True)
            for array in opened.files if kind == ".npz" else ():
                opened[array]
        elif kind == ".h5":
            import h5py

            with h5py.File(io.BytesIO(content)) as file:
                file.visititems(lambda _, it: it[()] if hasattr(it, "shape") else None)
        elif kind == ".html" and not content.rstrip().endswith(b"</html>"):
            return "its end is missing"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "" if content else "empty"
