"""What a run leaves in its folder, and whether another one left the same."""

import pathlib
import re
from collections.abc import Mapping

# Times are of their own for every run; of exports what embeds one in its files.
_TIMES = "timings.csv"
_EXPORT = "export"
_ABOUT = "about.json"
_SECONDS = re.compile(rb"<tr><th>training</th><td>epochs 1 to \d+ in .*</td></tr>")


def contents(folder: pathlib.Path) -> dict[str, bytes]:
    """All files by name, as far as they must be the same.

    Args:
        folder: of the run.
    """
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder)
            found[str(name)] = _same(name, path.read_bytes())
    return found


def _same(name: pathlib.Path, content: bytes) -> bytes:
    if name.name == _TIMES:
        return b"\n" * content.count(b"\n")
    if name.parts[0] == _EXPORT and name.name != _ABOUT:
        return b""
    return _SECONDS.sub(b"", content)


def difference(files: Mapping[str, bytes], folder: pathlib.Path) -> str | None:
    """The first file that is not as in another run; None where all are.

    Args:
        files: as `contents` gives those of the other.
        folder: of the run.
    """
    there = contents(folder)
    for name in sorted({*files, *there}):
        if name not in there:
            return f"{name} is missing"
        if name not in files:
            return f"{name} should not be there"
        if files[name] != there[name]:
            return f"{name} differs"
    return None
