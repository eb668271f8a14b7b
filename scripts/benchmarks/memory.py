"""How much memory a block of code takes at most."""

import contextlib
import ctypes
import functools
import pathlib
import threading
import time
from types import TracebackType

_STATUS = pathlib.Path("/proc/self/status")
# Writing 5 to it sets the peak (VmHWM) to what is resident now; proc(5).
_CLEAR = pathlib.Path("/proc/self/clear_refs")
_SAMPLING_SECONDS = 0.005


def resident() -> int:
    """Bytes of memory that the process has now, its libraries among them."""
    return _field("VmRSS")


def _field(name: str) -> int:
    for line in _STATUS.read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise OSError(None, f"no {name}", str(_STATUS))


@functools.cache
def resettable() -> bool:
    """Whether the kernel lets this process set its peak back."""
    try:
        _CLEAR.write_text("5", encoding="ascii")
    except OSError:
        return False
    return True


def give_back() -> None:
    """Gives freed memory back to the system, which else seems to be taken already."""
    with contextlib.suppress(AttributeError, OSError):  # Only glibc has it.
        ctypes.CDLL(None).malloc_trim(0)


def method() -> str:
    """How the peak is found, for people."""
    if resettable():
        return "VmHWM, set back at every phase's begin"
    return f"resident memory, read every {1000 * _SAMPLING_SECONDS:.0f} ms"


class Peak:
    """Most memory during a block, in bytes. Blocks must not be nested.

    Attributes:
        begin: bytes resident when the block began.
        most: bytes at most; known after the block.
    """

    def __init__(self) -> None:
        self.begin = self.most = 0
        self._stop = threading.Event()
        self._sampling: threading.Thread | None = None

    def __enter__(self) -> "Peak":
        if resettable():
            _CLEAR.write_text("5", encoding="ascii")
        else:
            self._sampling = threading.Thread(target=self._sample, daemon=True)
        self.begin = self.most = resident()
        if self._sampling is not None:
            self._sampling.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._sampling is None:
            self.most = max(self.begin, _field("VmHWM"))
        else:
            self._stop.set()
            self._sampling.join()

    @property
    def above(self) -> int:
        """Bytes at most above those at the begin."""
        return self.most - self.begin

    def _sample(self) -> None:
        while not self._stop.is_set():
            self.most = max(self.most, resident())
            time.sleep(_SAMPLING_SECONDS)
