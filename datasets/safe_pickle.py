"""Unpickling of plain containers and numbers, and of nothing else.

The published `ids_` files are pickled dictionaries, and pickles from strangers can run
any code. Only what such a dictionary needs is let in.
"""

import pickle
from typing import BinaryIO, NoReturn

import numpy as np

from simmc_tf import errors


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
    try:
        # latin1: pickles of NumPy arrays by Python 2.
        return _PlainUnpickler(file, encoding="latin1").load()
    except errors.InputError as error:
        raise errors.InputError(f"{name}: {error}") from error
    except Exception as error:  # Broken pickles raise all kinds of exceptions.
        raise errors.InputError(
            f"{name}: not a readable pickle ({type(error).__name__}: {error}); get the "
            "file again."
        ) from error


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        """Maps the few names that plain NumPy data need to checked stand-ins."""
        if module in ("numpy", "numpy.core.multiarray", "numpy._core.multiarray"):
            if name in ("_reconstruct", "scalar", "ndarray", "dtype"):
                return _ALLOWED[name]
        if (module, name) == ("_codecs", "encode"):
            return _encode
        raise errors.InputError(
            f"the pickle asks for {module}.{name}, but may hold only dictionaries, "
            "lists, numbers and strings; do not trust this file."
        )

    def persistent_load(self, pid: object) -> NoReturn:
        """Refuses references to anything outside the pickle."""
        raise errors.InputError("the pickle refers to objects outside it.")


def _reconstruct(kind: type, shape: tuple[int, ...], code: object) -> np.ndarray:
    """An empty array, which the pickle then fills; never a large one by its header."""
    if kind is not np.ndarray or tuple(shape) != (0,):
        raise errors.InputError("the pickle builds an array in an unusual way.")
    return np.ndarray((0,), "b")


def _dtype(code: str, *_: object) -> np.dtype:
    dtype = np.dtype(code)
    if dtype.kind not in "biufUSO" or dtype.itemsize > 4096:
        raise errors.InputError(f"the pickle holds an array of {dtype}.")
    return dtype


def _scalar(dtype: np.dtype, content: bytes | str) -> np.generic:
    if dtype.kind not in "biufUS":
        raise errors.InputError(f"the pickle holds a scalar of {dtype}.")
    if isinstance(content, str):
        content = content.encode("latin1")
    return np.frombuffer(content, dtype, 1)[0]


def _encode(text: str, encoding: str) -> bytes:
    """How older NumPy writes bytes."""
    if encoding not in ("latin1", "latin-1"):
        raise errors.InputError(f"the pickle uses the encoding {encoding}.")
    return text.encode("latin1")


_ALLOWED = {
    "_reconstruct": _reconstruct,
    "scalar": _scalar,
    "ndarray": np.ndarray,
    "dtype": _dtype,
}
