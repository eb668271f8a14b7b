"""Unpickling of plain containers and numbers, and of nothing else.

The published `ids_` files are pickled dictionaries, and pickles from strangers can run
any code. No object of NumPy's is handed to the pickle: it builds stand-ins, which are
checked and turned into arrays when it has been read. What a few bytes would make large
is refused too.
"""

import io
import itertools
import math
import pickle
from collections.abc import Iterable
from typing import Any, BinaryIO, NoReturn

import numpy as np

from datasets import pickle_codes
from simmc_tf import errors

# Of 200,000 sequences of 1,000 persons the published layout takes 1 MB; a pickle of
# empty lists takes a hundred times its size.
_MOST_BYTES = 2**25
_CHUNK = 2**16
_MOST_AXES = 64
_KEYS = (int, float, str, bytes, type(None), np.generic)
_PLAIN = (dict, list, tuple, int, float, str, bytes, bool, type(None), np.generic)


def load(file: BinaryIO, name: str) -> object:
    """Reads one pickle.

    Args:
        file: open at the pickle's first byte.
        name: of the file, for messages.

    Raises:
        errors.InputError: the pickle holds something else than dict, list, tuple, int,
            float, str, bytes, None and NumPy scalars and arrays of numbers or strings,
            or it is no pickle.
    """
    # By and by: at once it would take room for the most there may be.
    parts = iter(lambda: file.read(_CHUNK), b"")
    content = b"".join(itertools.islice(parts, _MOST_BYTES // _CHUNK + 1))
    if len(content) > _MOST_BYTES:
        raise errors.InputError(
            f"{name}: more than {_MOST_BYTES} bytes; get the file again."
        )
    try:
        pickle_codes.check(content)
        found = _PlainUnpickler(content).load()
        return _Builder(len(content)).plain(found)
    except errors.InputError as error:
        raise errors.InputError(f"{name}: {error}") from error
    except Exception as error:  # Broken pickles raise all kinds of exceptions.
        raise errors.InputError(
            f"{name}: not a readable pickle ({type(error).__name__}: {error}); get the "
            "file again."
        ) from error


class _Budget:
    """Bytes that things may have of which a pickle repeats only the name.

    Args:
        size: of the pickle: things have no more content than it has bytes, unless many
            share one.
    """

    def __init__(self, size: int) -> None:
        self._left = size

    def spend(self, size: int) -> None:
        """Counts content before it is copied.

        Raises:
            errors.InputError: there would be too much.
        """
        self._left -= size
        if self._left < 0:
            raise errors.InputError("the pickle holds more content than it has bytes.")


# That in C looks up keys itself, for ever where they are tuples of tuples that are all
# the same one. What is typed of this one is wrong.
_InPython: Any = pickle._Unpickler


class _PlainUnpickler(_InPython):
    """Builds stand-ins, with keys that cost nothing to look up.

    Args:
        content: of the pickle.
    """

    def __init__(self, content: bytes) -> None:
        # latin1: pickles of NumPy arrays by Python 2.
        super().__init__(io.BytesIO(content), encoding="latin1")
        self._known = _stand_ins(_Budget(len(content)))

    def load_setitem(self) -> None:
        """Puts one value into a dictionary."""
        _check_keys(self.stack[-2:-1])
        super().load_setitem()

    def load_setitems(self) -> None:
        """Puts those from the mark on into a dictionary."""
        _check_keys(self.stack[::2])
        super().load_setitems()

    def load_dict(self) -> None:
        """Makes a dictionary of those from the mark on."""
        _check_keys(self.stack[::2])
        super().load_dict()

    dispatch = {
        **_InPython.dispatch,
        pickle.SETITEM[0]: load_setitem,
        pickle.SETITEMS[0]: load_setitems,
        pickle.DICT[0]: load_dict,
    }

    def find_class(self, module: str, name: str) -> object:
        """Gives the stand-ins of the few names that plain NumPy data need."""
        # NumPy 2 renamed its packages.
        known = self._known.get((module.replace("numpy._core", "numpy.core"), name))
        if known is None:
            raise errors.InputError(
                f"the pickle asks for {module}.{name}, but may hold only dictionaries, "
                "lists, numbers and strings; do not trust this file."
            )
        return known

    def persistent_load(self, pid: object) -> NoReturn:
        """Refuses references to anything outside the pickle."""
        raise errors.InputError("the pickle refers to objects outside it.")


class _Dtype:
    """Stands in for numpy.dtype: a type code, and the byte order that comes later."""

    def __init__(self, code: str) -> None:
        self._dtype = np.dtype(code)
        if self._dtype.kind not in "biufUSO" or self._dtype.itemsize > 4096:
            raise errors.InputError(f"the pickle holds data of {self._dtype}.")

    def __setstate__(self, state: tuple) -> None:
        order = state[1]
        if order in ("<", ">"):
            self._dtype = self._dtype.newbyteorder(order)

    @property
    def numeric(self) -> np.dtype:
        """The type, in any case not of objects."""
        if self._dtype.kind == "O":
            raise errors.InputError("the pickle makes objects out of bytes.")
        return self._dtype

    @property
    def of_objects(self) -> bool:
        """Whether elements are objects, listed in the pickle."""
        return self._dtype.kind == "O"


class _Array:
    """Stands in for an array until all of its content is there."""

    def __init__(self) -> None:
        self._state: tuple[tuple[int, ...], _Dtype, bool, Any] | None = None

    def __setstate__(self, state: tuple) -> None:
        shape, dtype, fortran, content = state[-4:]
        if not isinstance(dtype, _Dtype):
            raise errors.InputError("the pickle holds an array of unknown type.")
        if len(shape) > _MOST_AXES:
            raise errors.InputError("the pickle holds an array of too many axes.")
        self._state = (tuple(map(int, shape)), dtype, bool(fortran), content)

    def build(self, builder: "_Builder") -> np.ndarray:
        """The array, where its content has the size that it declares."""
        if self._state is None:
            raise errors.InputError("the pickle holds an array without content.")
        shape, dtype, fortran, content = self._state
        size = math.prod(shape)
        if min(shape, default=0) < 0:
            raise errors.InputError("the pickle holds an array of negative size.")
        if dtype.of_objects:
            if not isinstance(content, list) or len(content) != size:
                raise errors.InputError(f"the pickle lacks elements of {list(shape)}.")
            builder.spend(size)
            array = np.empty(size, object)
            for index, element in enumerate(content):
                array[index] = builder.plain(element)
        else:
            content = _bytes(content)
            if len(content) != size * dtype.numeric.itemsize:
                raise errors.InputError(f"the pickle lacks elements of {list(shape)}.")
            builder.spend(len(content))
            array = np.frombuffer(content, dtype.numeric).copy()
        return array.reshape(shape, order="F" if fortran else "C")


class _Maker:
    """A function that a pickle may call, and do nothing else with."""

    __slots__ = ()

    def __setstate__(self, state: object) -> NoReturn:
        raise errors.InputError("the pickle changes a function.")


class _MakeArray(_Maker):
    __slots__ = ()

    def __call__(self, kind: object, shape: object, code: object) -> _Array:
        return _Array()


class _MakeDtype(_Maker):
    __slots__ = ()

    def __call__(self, code: str, *_: object) -> _Dtype:
        return _Dtype(code)


class _MakeScalar(_Maker):
    __slots__ = ("_budget",)

    def __init__(self, budget: _Budget) -> None:
        self._budget = budget

    def __call__(self, dtype: _Dtype, content: bytes | str) -> np.generic:
        self._budget.spend(dtype.numeric.itemsize)
        return np.frombuffer(_bytes(content), dtype.numeric, 1)[0]


class _MakeFromBuffer(_Maker):
    """How pickle protocol 5 writes arrays."""

    __slots__ = ()

    def __call__(self, content: Any, dtype: _Dtype, shape: tuple, order: str) -> _Array:
        array = _Array()
        array.__setstate__((shape, dtype, order == "F", content))
        return array


class _MakeBytes(_Maker):
    """How older protocols write bytes: as text to encode, or nothing."""

    __slots__ = ("_budget",)

    def __init__(self, budget: _Budget) -> None:
        self._budget = budget

    def __call__(self, text: str = "", encoding: str = "latin1") -> bytes:
        if encoding not in ("latin1", "latin-1"):
            raise errors.InputError(f"the pickle uses the encoding {encoding}.")
        self._budget.spend(len(text))
        return text.encode("latin1")


def _stand_ins(budget: _Budget) -> dict[tuple[str, str], object]:
    make_bytes = _MakeBytes(budget)
    return {
        ("numpy", "ndarray"): object(),  # Only ever an argument of _reconstruct.
        ("numpy", "dtype"): _MakeDtype(),
        ("numpy.core.multiarray", "_reconstruct"): _MakeArray(),
        ("numpy.core.multiarray", "scalar"): _MakeScalar(budget),
        ("numpy.core.numeric", "_frombuffer"): _MakeFromBuffer(),
        ("_codecs", "encode"): make_bytes,
        ("__builtin__", "bytes"): make_bytes,
        ("builtins", "bytes"): make_bytes,
    }


def _check_keys(keys: Iterable[object]) -> None:
    if not all(isinstance(key, _KEYS) for key in keys):
        raise errors.InputError("the pickle looks up what is no number or string.")


def _bytes(content: object) -> bytes:
    if isinstance(content, str):
        return content.encode("latin1")
    if isinstance(content, bytes | bytearray):
        return bytes(content)
    raise errors.InputError("the pickle holds an array whose content is no bytes.")


class _Builder(_Budget):
    """Replaces the stand-ins; whatever else is not plain is refused."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        # Results by identity: a small pickle can refer to one list very often.
        self._done: dict[int, Any] = {}

    def plain(self, content: Any) -> Any:
        """What stands for a thing that the pickle built."""
        if id(content) in self._done:
            return self._done[id(content)]
        if isinstance(content, _Array):
            result: Any = content.build(self)
        elif isinstance(content, dict):
            result = {self.plain(k): self.plain(v) for k, v in content.items()}
        elif isinstance(content, list | tuple):
            result = type(content)(self.plain(element) for element in content)
        elif isinstance(content, _PLAIN):
            return content
        else:
            raise errors.InputError(
                "the pickle holds something else than containers and numbers."
            )
        self._done[id(content)] = result
        return result
