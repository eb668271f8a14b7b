"""Numbers, structs and cells of a MATLAB file up to version 7.

Not read with `scipy.io.loadmat`: one damaged byte in a file makes it end the whole
process without a word (it looks types up unchecked; seen with scipy 1.17). The layout
is that of "MAT-File Format" by The MathWorks, level 5: 128 bytes, then elements of a
type, a size and their content.
"""

import dataclasses
import math
import struct
import zlib
from collections.abc import Iterator

import numpy as np

_HEADER = 128
_NUMBERS = {
    **{1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8"},
    **{12: "i8", 13: "u8"},
}
_INT8, _INT32, _UINT32, _MATRIX, _COMPRESSED = 1, 5, 6, 14, 15
_CELL, _STRUCT, _FULL = 1, 2, range(6, 16)
_OTHERS = {3: "object", 4: "text", 5: "sparse", 16: "function", 17: "object"}
_COMPLEX = 0x800
_MAX_DEPTH = 16
_MAX_AXES = 32  # The product of a million lengths takes hours.
# Of a file, and of all that it inflates to: a recording of an hour has 65 MB.
MOST_BYTES = 1 << 27
# Of a file, names of fields included: 25 structs of a joint have some 500. One may take
# fifty times its 8 bytes.
MOST_ELEMENTS = 1 << 18


class TooLargeError(ValueError):
    """A file would take more memory than any recording."""


@dataclasses.dataclass
class _File:
    """What goes for all elements of a file.

    Attributes:
        order: of bytes, < or >.
        bytes_left: that may still be inflated.
        elements_left: that may still be read.
    """

    order: str
    bytes_left: int
    elements_left: int

    def count(self, elements: int) -> None:
        """Counts elements before they are read."""
        self.elements_left -= elements
        if self.elements_left < 0:
            raise TooLargeError("too many elements")

    def inflated(self, data: memoryview) -> memoryview:
        """What a compressed element holds."""
        inflate = zlib.decompressobj()
        # One more: at the limit it must still tell whether it is at its end.
        inner = inflate.decompress(data, self.bytes_left + 1)
        self.bytes_left -= len(inner)
        if self.bytes_left < 0:
            raise TooLargeError("too many bytes")
        if not inflate.eof:
            raise ValueError("a compressed element is cut off")
        return memoryview(inner)


def version(content: bytes) -> int:
    """1: up to MATLAB 7; 2: MATLAB 7.3; 0: none, or of before 1997."""
    if content[_HEADER - 2 : _HEADER] not in (b"IM", b"MI"):
        return 0
    return struct.unpack_from(_order(content) + "H", content, _HEADER - 4)[0] >> 8


def read(content: bytes) -> dict[str, object]:
    """Reads all variables of a file of version 1.

    Args:
        content: the whole file.

    Returns:
        Name -> array of numbers, array of objects (dicts for a struct, values for a
        cell), or, of what is left out, a word that says what it is.

    Raises:
        TooLargeError: it has more than `MOST_BYTES`, inflated, or `MOST_ELEMENTS`.
        ValueError: the file is damaged.
    """
    if version(content) != 1:
        raise ValueError("no MATLAB file of version 5 to 7")
    file, found = _File(_order(content), MOST_BYTES, MOST_ELEMENTS), {}
    try:
        for kind, part in _elements(memoryview(content)[_HEADER:], file):
            if kind == _COMPRESSED:
                ((kind, part),) = _elements(file.inflated(part), file)
            name, value = _matrix(kind, part, file, 0)
            found[name] = value
    except (zlib.error, struct.error) as error:
        raise ValueError(str(error)) from error
    return found


def _order(content: bytes) -> str:
    return "<" if content[_HEADER - 2 : _HEADER] == b"IM" else ">"


def _elements(data: memoryview, file: _File) -> Iterator[tuple[int, memoryview]]:
    """Types and contents of the elements that lie one after another."""
    at = 0
    while at < len(data):
        file.count(1)
        kind, size = struct.unpack_from(file.order + "II", data, at)
        begin = at + 8
        if kind >> 16:  # A short element: type and size share four bytes.
            kind, size, begin = kind & 0xFFFF, kind >> 16, at + 4
            if size > 4:
                raise ValueError(f"a short element of {size} bytes")
        if begin + size > len(data):
            raise ValueError("an element is cut off")
        yield kind, data[begin : begin + size]
        at = begin + size
        if kind != _COMPRESSED:
            at += -at % 8


def _matrix(kind: int, data: memoryview, file: _File, depth: int) -> tuple[str, object]:
    """Name and value of a matrix."""
    if kind != _MATRIX or depth > _MAX_DEPTH:
        raise ValueError(f"an element of type {kind} where a matrix should be")
    parts = list(_elements(data, file))
    if not parts:
        return "", np.zeros((0, 0))
    flags = int(_numbers(parts[0], file, _UINT32)[0])
    matrix_class = flags & 0xFF
    if matrix_class in _OTHERS:
        # Only an object's flags are not followed by a size.
        name = _text(parts[2]) if parts[1][0] == _INT32 else _text(parts[1])
        return name, _OTHERS[matrix_class]
    lengths = _numbers(parts[1], file, _INT32)
    if not 2 <= len(lengths) <= _MAX_AXES or lengths.min() < 0:
        raise ValueError(f"a matrix of size {lengths}")
    shape = tuple(lengths.tolist())
    name, rest = _text(parts[2]), parts[3:]
    if matrix_class == _CELL:
        return name, _filled([_matrix(*one, file, depth + 1)[1] for one in rest], shape)
    if matrix_class == _STRUCT:
        return name, _structs(rest, shape, file, depth)
    if matrix_class not in _FULL:
        raise ValueError(f"a matrix of class {matrix_class}")
    if flags & _COMPLEX:
        return name, "complex numbers"
    return name, _numbers(rest[0], file).reshape(shape, order="F")


def _structs(
    parts: list[tuple[int, memoryview]], shape: tuple[int, ...], file: _File, depth: int
) -> object:
    """[shape] dicts: the width of a name, all names, and the fields of each struct."""
    width = int(_numbers(parts[0], file, _INT32)[0])
    joined = bytes(parts[1][1])
    if width < 1 or len(joined) % width:
        raise ValueError(f"names of fields in {len(joined)} bytes, {width} each")
    file.count(len(joined) // width)
    names = [
        joined[at : at + width].split(b"\0")[0].decode("ascii", "replace")
        for at in range(0, len(joined), width)
    ]
    if not names:
        return "struct without fields"
    values = [_matrix(*one, file, depth + 1)[1] for one in parts[2:]]
    dicts: list[object] = [
        dict(zip(names, values[at : at + len(names)], strict=True))
        for at in range(0, len(values), len(names))
    ]
    return _filled(dicts, shape)


def _filled(values: list[object], shape: tuple[int, ...]) -> np.ndarray:
    """[shape] objects; the first index changes fastest."""
    if math.prod(shape) != len(values):
        raise ValueError(f"{len(values)} values in a matrix of size {shape}")
    found = np.empty(len(values), object)
    for index, value in enumerate(values):
        found[index] = value
    return found.reshape(shape, order="F")


def _numbers(
    part: tuple[int, memoryview], file: _File, expected: int | None = None
) -> np.ndarray:
    kind, data = part
    if kind not in _NUMBERS or expected not in (None, kind) or (expected and not data):
        raise ValueError(f"an element of type {kind} where numbers should be")
    return np.frombuffer(data, file.order + _NUMBERS[kind])


def _text(part: tuple[int, memoryview]) -> str:
    kind, data = part
    if kind != _INT8:
        raise ValueError(f"an element of type {kind} where a name should be")
    return bytes(data).decode("ascii", "replace")
