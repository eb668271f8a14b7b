"""A database in memory to the bytes of its file and back, as Python 3.11 has it."""

import pathlib
import sqlite3
import sys
import tempfile


def load(database: sqlite3.Connection, content: bytes) -> None:
    """Puts the content of a file into a database, which is in memory.

    Raises:
        sqlite3.Error: it is none of a database, which may show only when it is read.
    """
    if sys.version_info >= (3, 11):
        database.deserialize(content)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "database"
        path.write_bytes(content)
        file = sqlite3.connect(path)
        try:
            file.backup(database)
        finally:
            file.close()


def dump(database: sqlite3.Connection) -> bytes:
    """What a file of a database in memory would hold."""
    if sys.version_info >= (3, 11):
        return database.serialize()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "database"
        file = sqlite3.connect(path)
        try:
            database.backup(file)
        finally:
            file.close()
        return path.read_bytes()
