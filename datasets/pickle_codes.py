"""What a pickle would do, looked at before Python's unpickler does it.

Ten bytes can ask that for room for billions of things, or for a number of gigabytes.
"""

import re

# Codes by what follows them, as `pickletools` of Python lists them, without those of
# sets, of which each byte takes two hundred: nothing or bytes of
# a number; its length in 1, 4 or 8 bytes, then so many; one or two lines.
_FIXED = {
    0: b"(.0123NQRabd}el]ost)u\x81\x85\x86\x87\x88\x89" + b"\x92\x93\x94\x97\x98",
    1: b"Khq\x80\x82",
    2: b"M\x83",
    4: b"Jj\x84",
    8: b"G\x95",
}
_COUNTED = {
    **dict.fromkeys(b"UC\x8a\x8c", 1),
    **dict.fromkeys(b"TXB\x8b", 4),
    **dict.fromkeys(b"\x8d\x8e\x96", 8),
}
_LINES = {**dict.fromkeys(b"FILSVPgp", 1), **dict.fromkeys(b"ci", 2)}
_LONGS = b"\x8a\x8b"
# Bytes and digits of a whole number: of larger ones, any number can be made that a
# dictionary takes for ever to tell apart.
_MOST_LONG, _MOST_DIGITS = 9, 22
_PUT, _LONG_PUT, _STOP = ord("p"), ord("r"), ord(".")

# Codes of known size one after another: nearly all of a pickle of numbers.
_RUN = re.compile(
    b"(?:"
    + b"|".join(
        b"[%s]%s" % (re.escape(codes.replace(b".", b"")), b"." * size)
        for size, codes in _FIXED.items()
    )
    + b"){0,4096}",
    re.DOTALL,
)


def check(content: bytes) -> None:
    """Refuses a pickle that is cut off, or takes far more memory than its own size.

    Args:
        content: of the pickle, and of anything behind it.

    Raises:
        ValueError: it is none, or does.
    """
    at = 0
    while True:
        begin, run = at, _RUN.match(content, at)
        at = begin if run is None else run.end()
        if at >= len(content):
            raise ValueError("it is cut off")
        code = content[at]
        if code == _STOP:
            return
        if code == _LONG_PUT:
            _check_place(int.from_bytes(content[at + 1 : at + 5], "little"), content)
            at += 5
        elif code in _COUNTED:
            at = _after_counted(content, at, code)
        elif code in _LINES:
            at = _after_lines(content, at, code)
        elif at == begin:  # Not just the end of a run that is as long as it may be.
            raise ValueError(f"no pickle has {code:#x} at byte {at}")


def _after_counted(content: bytes, at: int, code: int) -> int:
    start = at + 1 + _COUNTED[code]
    length = int.from_bytes(content[at + 1 : start], "little")
    if code in _LONGS and length > _MOST_LONG:
        raise ValueError(f"it holds a whole number of {length} bytes")
    if start + length > len(content):
        raise ValueError("it is cut off")
    return start + length


def _after_lines(content: bytes, at: int, code: int) -> int:
    end = at
    for _ in range(_LINES[code]):
        end = content.find(b"\n", end + 1)
        if end < 0:
            raise ValueError("it is cut off")
    if code in b"ILgp" and end - at > _MOST_DIGITS:
        raise ValueError(f"it holds a whole number of {end - at} digits")
    if code == _PUT:
        _check_place(int(content[at + 1 : end]), content)
    return end + 1


def _check_place(number: int, content: bytes) -> None:
    """Python makes room for things up to twice the number that one is kept under."""
    if not 0 <= number <= len(content) + 2**16:
        raise ValueError(f"it keeps a thing under the number {number}")
