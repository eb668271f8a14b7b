"""Spoils small valid files: bytes, text, JSON, and what NumPy's headers declare."""

import ast
import io
import json
import pathlib
import random
import re
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

Mutation = Callable[[bytes, random.Random], bytes]

_TEXTS = {".csv", ".tsv", ".txt", ".bvh", ".asf", ".amc", ".jsonl"}
_NUMBERS = (
    *(b"", b"0", b"-1", b"nan", b"-inf", b"1e999", b"1e308", b"1e-320", b"1e12"),
    *(b"99999999999999999999", b"9" * 400, b"9" * 5000, b"0x10", b"1_0", b"1,5"),
    *("\u0663".encode(), b"1" + b" " * 3000 + b"x", b"4294967296", b"2147483648"),
)
_TOKENS = (
    *(
        b"{",
        b"}",
        b"[" * 3000,
        b"\n",
        b"\r",
        b"\0",
        b'"',
        b",",
        b";",
        b"\t",
        b":",
        b"#",
    ),
    *(
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xff",
        b"../../x",
        "\u2028".encode(),
        b" " * 5000,
    ),
    *(
        b"12:00:00" + b" " * 3000,
        b"End Site\n{",
        b"JOINT a\n{",
        b"MOTION\n",
        b"1\n" * 500,
    ),
)
_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 10**20, 10**300, 1e308, 0.5, "", "x"),
    *("1", "../../x", "\0", "\n", "\ud800", "a" * 5000, "9" * 5000, [], {}, [[]], [1]),
    *({"a": 1}, [None], float("nan"), float("inf"), "\x1b[31m", "<script>", "CON"),
)
_INTEGERS = (0, 1, 2**7, 2**8 - 1, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1)
_SHAPES = (
    *("()", "(0,)", "(-1,)", "(10**15,)", "(1000000000000000, 0)", "(2**40, 3)"),
    *("(4611686018427387904, 4)", "(1, 1, 1, 1, 1)", "(True, 2, 3)", "(99999999999,)"),
    *(
        "(1.5, 2)",
        "('a',)",
        "(0, 25, 3)",
        "(" * 150 + ")" * 150,
        "(-" + "-" * 3000 + "1,)",
    ),
)
_TYPES = (
    *(
        "'|O'",
        "'<f8'",
        "'>f8'",
        "'<f2'",
        "'<c16'",
        "'<U0'",
        "'<U1000000'",
        "'|S0'",
        "'|V8'",
    ),
    *("'<M8[s]'", "'|b1'", "'<i8'", "'>i4'", "'<u8'", "[('a', '<f4')]", "'nonsense'"),
    *(
        "[('a', '<f4', (1000000, 1000000))]",
        "'|V0'",
        "'f16'",
        "5",
        "None",
        "'<f4,' * 9",
    ),
)


def spoil(
    content: bytes, name: str, others: Sequence[bytes], chance: random.Random
) -> bytes:
    """Changes one to four things in a file.

    Args:
        content: of the file.
        name: of the file, whose end tells what it holds.
        others: contents of others, of which pieces may come into this one.
        chance: decides; the same gives the same.
    """
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4))):
        content = _chosen(name, others, chance)(content, chance)
    return content


def _chosen(name: str, others: Sequence[bytes], chance: random.Random) -> Mutation:
    suffix = pathlib.PurePath(name).suffix.lower()
    among: list[Mutation] = [_bytes, _cut]
    if others:
        among.append(
            lambda content, _: _spliced(content, chance.choice(others), chance)
        )
    if suffix in _TEXTS:
        among += [_text, _text, _text]
    elif suffix == ".json":
        among += [_text, _json, _json, _json]
    elif suffix == ".npy":
        among += [_npy, _npy, _npy]
    elif suffix == ".npz":
        among += [_npz, _npz, _npz]
    return chance.choice(among)


def _place(content: bytes, chance: random.Random) -> int:
    """Any place, those at the beginning and the end more often."""
    length = len(content)
    if chance.random() < 0.3:
        return chance.randrange(min(length, 200) + 1)
    if chance.random() < 0.2:
        return max(0, length - chance.randrange(200))
    return chance.randrange(length + 1)


def _bytes(content: bytes, chance: random.Random) -> bytes:
    at = _place(content, chance)
    kind = chance.randrange(6)
    if kind == 0:
        return content[:at] + chance.randbytes(1) + content[at + 1 :]
    if kind == 1 and at < len(content):
        changed = content[at] ^ 1 << chance.randrange(8)
        return content[:at] + bytes([changed]) + content[at + 1 :]
    if kind == 2:
        return content[:at] + chance.randbytes(chance.randrange(1, 20)) + content[at:]
    if kind == 3:
        size = chance.choice((1, 2, 4, 8))
        number = chance.choice((*_INTEGERS, 2**63 - 1, 2**64 - 1)) % 2 ** (8 * size)
        order = chance.choice(("little", "big"))
        return content[:at] + number.to_bytes(size, order) + content[at + size :]
    size = chance.choice((1, 4, 16, 256, 4096))
    if kind == 4:
        return content[:at] + content[at + size :]
    times = chance.choice((1, 2, 50))
    return content[:at] + content[at : at + size] * times + content[at:]


def _cut(content: bytes, chance: random.Random) -> bytes:
    return content[: _place(content, chance)]


def _spliced(content: bytes, other: bytes, chance: random.Random) -> bytes:
    return content[: _place(content, chance)] + other[_place(other, chance) :]


def _text(content: bytes, chance: random.Random) -> bytes:
    kind = chance.randrange(5)
    if kind == 0:
        numbers = list(re.finditer(rb"-?\d+\.?\d*(?:e-?\d+)?", content))
        if numbers:
            found = chance.choice(numbers)
            new = chance.choice(_NUMBERS)
            return content[: found.start()] + new + content[found.end() :]
    if kind == 1:
        at = _place(content, chance)
        return content[:at] + chance.choice(_TOKENS) + content[at:]
    if kind == 2:
        words = list(re.finditer(rb"[A-Za-z_]+", content))
        if words:
            one, other = chance.choice(words), chance.choice(words)
            return content[: one.start()] + other[0] + content[one.end() :]
    lines = content.split(b"\n")
    at, other_at = chance.randrange(len(lines)), chance.randrange(len(lines))
    if kind == 3:
        lines[at:at] = [lines[other_at]] * chance.choice((1, 2, 300))
    else:
        lines[at], lines[other_at] = lines[other_at], lines[at]
        del lines[at : at + chance.choice((0, 1, 1, 5))]
    return b"\n".join(lines)


def _json(content: bytes, chance: random.Random) -> bytes:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return _text(content, chance)
    places = list(_places(found))
    if not places or chance.random() < 0.05:
        return json.dumps(chance.choice(_VALUES)).encode()
    holder, key = chance.choice(places)
    kind = chance.randrange(10)
    if kind == 0:
        del holder[key]
    elif kind == 1 and isinstance(holder, dict):
        holder[str(chance.choice(_VALUES))[:6000]] = holder.pop(key)
    elif kind == 2:
        other, other_key = chance.choice(places)
        holder[key] = json.loads(
            json.dumps(other.get(other_key) if isinstance(other, dict) else None)
        )
    elif kind == 3:
        deep: Any = holder[key]
        for _ in range(chance.choice((1, 5, 60))):
            deep = [deep]
        holder[key] = deep
    elif kind == 4 and isinstance(holder, list):
        holder.extend([holder[key]] * chance.choice((1, 3, 200)))
    else:
        holder[key] = chance.choice(_VALUES)
    return json.dumps(found, ensure_ascii=chance.random() < 0.5).encode(
        errors="surrogatepass"
    )


def _places(found: Any) -> Any:
    """(container, key) of all values below one."""
    waiting = [found] if isinstance(found, dict | list) else []
    while waiting:
        one = waiting.pop()
        keys = one.keys() if isinstance(one, dict) else range(len(one))
        for key in keys:
            yield one, key
            if isinstance(one[key], dict | list) and one[key] is not found:
                waiting.append(one[key])


def _npy(content: bytes, chance: random.Random) -> bytes:
    """Another header, right or wrong in its length."""
    if content[:6] != b"\x93NUMPY" or len(content) < 12:
        return _bytes(content, chance)
    size = int.from_bytes(content[8:10], "little")
    header, body = content[10 : 10 + size], content[10 + size :]
    try:
        told = ast.literal_eval(header.decode("latin1").strip())
        fields = {name: repr(value) for name, value in told.items()}
    except (ValueError, SyntaxError, AttributeError, MemoryError, RecursionError):
        return _bytes(content, chance)
    kind = chance.randrange(5)
    if kind == 0:
        fields["shape"] = chance.choice(_SHAPES)
    elif kind == 1:
        fields["descr"] = chance.choice(_TYPES)
    elif kind == 2:
        fields["fortran_order"] = chance.choice(("True", "False", "None", "3"))
    elif kind == 3:
        body = _bytes(body, chance)
    else:
        fields[chance.choice(("shape", "descr", "more"))] = chance.choice(_SHAPES)
    text = "{" + ", ".join(f"{k!r}: {v}" for k, v in fields.items()) + ", }\n"
    new = text.encode("latin1", "replace")
    version = chance.choice(
        (b"\x01\x00",) * 6 + (b"\x02\x00", b"\x03\x00", b"\x09\x00")
    )
    width = 2 if version == b"\x01\x00" else 4
    length = len(new) if chance.random() < 0.9 else chance.choice(_INTEGERS)
    counted = (length % 2 ** (8 * width)).to_bytes(width, "little")
    return content[:6] + version + counted + new + body


def _npz(content: bytes, chance: random.Random) -> bytes:
    """Another member, name, compression or order of an archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [(name, archive.read(name)) for name in archive.namelist()]
    except Exception:  # It is broken already.
        return _bytes(content, chance)
    if not members:
        return _bytes(content, chance)
    at = chance.randrange(len(members))
    name, inner = members[at]
    kind = chance.randrange(7)
    if kind <= 2:
        members[at] = name, _npy(inner, chance)
    elif kind == 3:
        named = ("../x.npy", "/x.npy", "x\0.npy", "a" * 5000, "", "x", members[0][0])
        members[at] = chance.choice(named), inner
    elif kind == 4:
        del members[at]
    elif kind == 5:
        members.append(chance.choice(((name, inner), ("more.txt", b"\0" * 2**20))))
    else:
        members[at] = name, _bytes(inner, chance)
    method = chance.choice(
        (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
            zipfile.ZIP_DEFLATED,
            zipfile.ZIP_BZIP2,
        )
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for member_name, member in members:
            # Without the warning that zipfile gives of two equal names.
            info = zipfile.ZipInfo(member_name or "x")
            archive.NameToInfo.pop(info.filename, None)
            archive.writestr(info, member, method)
    return buffer.getvalue()
