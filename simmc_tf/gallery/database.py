"""Who is in a gallery: persons, recordings and the numbers of their sequences.

SQLite, read and written whole: an update changes a copy in memory, which takes the
place of the file when all of it is right. Sequences of a recording have numbers one
after another, which are never given again.
"""

import contextlib
import dataclasses
import json
import pathlib
import sqlite3
import weakref
from collections.abc import Sequence

import numpy as np

from simmc_tf import errors, json_file
from simmc_tf.gallery import calibration, entries, sqlite_bytes

_SCHEMA = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE recording (
    id INTEGER PRIMARY KEY,
    person INTEGER NOT NULL REFERENCES person (id),
    name TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE,
    num_frames INTEGER NOT NULL,
    first_sequence INTEGER NOT NULL UNIQUE,
    num_sequences INTEGER NOT NULL,
    enrolled TEXT NOT NULL
);
CREATE TABLE threshold (unit TEXT PRIMARY KEY, content TEXT NOT NULL);
"""
_MOST = 2**40  # Of anything that is counted.
_MODEL, _NEXT = "model", "next_sequence"


@dataclasses.dataclass(frozen=True)
class Person:
    """A line of the list.

    Attributes:
        name: the id.
        recordings: enrolled.
        sequences: embeddings of them.
        enrolled: when the last of them was, in UTC.
    """

    name: str
    recordings: int
    sequences: int
    enrolled: str


@dataclasses.dataclass(frozen=True)
class Recording:
    """One of somebody, in the order of enrolment.

    Attributes:
        person: id.
        name: as in the file that it was enrolled from; others may be called so too.
        frames: of it.
        sequences: embeddings of it.
        enrolled: when, in UTC.
        first: number of its first sequence.
    """

    person: str
    name: str
    frames: int
    sequences: int
    enrolled: str
    first: int


@dataclasses.dataclass(frozen=True)
class Layout:
    """Whose the embeddings are, in the order of their sequences' numbers.

    Attributes:
        names: P persons.
        person: [R] int64 index of the person of each recording.
        counts: [R] int64 sequences of each recording.
        sequence: [N] int64 number of the sequence of each embedding, ascending.
    """

    names: tuple[str, ...]
    person: np.ndarray
    counts: np.ndarray
    sequence: np.ndarray

    @property
    def starts(self) -> np.ndarray:
        """[R + 1] int64 first embedding of each recording; the last is N."""
        return np.concatenate([[0], np.cumsum(self.counts)]).astype(np.int64)


class Database:
    """The metadata of a gallery, in memory.

    Args:
        content: of a file; None for an empty one.
        place: the file, for messages.

    Raises:
        errors.InputError: the content is no database of a gallery.
    """

    def __init__(self, content: bytes | None, place: pathlib.Path) -> None:
        # Whichever thread collects it closes it.
        self._sql = sqlite3.connect(":memory:", check_same_thread=False)
        weakref.finalize(self, self._sql.close)
        if content is None:
            self._sql.executescript(_SCHEMA)
            self._put(_NEXT, "0")
            return
        try:
            sqlite_bytes.load(self._sql, content)
            self._check()
            int(self._get(_NEXT))
            self.model  # noqa: B018
            self.persons()
        except (
            *(sqlite3.Error, TypeError, ValueError, LookupError),
            *(AttributeError, OverflowError, MemoryError),
        ) as error:
            raise errors.InputError(
                f"{place} is no database of a gallery ({error})."
            ) from error

    def _check(self) -> None:
        """Refuses tables that were not made here, which can compute without end.

        Raises:
            ValueError: there are such, or a column holds what it should not.
            sqlite3.Error: the content is damaged.
        """
        # Before anything else is asked of a table.
        every = "SELECT type, name, sql FROM sqlite_master ORDER BY name"
        with contextlib.closing(sqlite3.connect(":memory:")) as made:
            made.executescript(_SCHEMA)
            if self._sql.execute(every).fetchall() != made.execute(every).fetchall():
                raise ValueError("it has other tables")
        if self._sql.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise ValueError("its pages are damaged")
        if self._sql.execute("PRAGMA foreign_key_check").fetchone():
            raise ValueError("a recording is of nobody")
        wrong = " OR ".join(
            f"typeof({name}) != 'integer' OR {name} NOT BETWEEN 0 AND {_MOST}"
            for name in ("num_frames", "first_sequence", "num_sequences")
        )
        asked = f"SELECT count(*) FROM recording WHERE {wrong}"  # noqa: S608
        if self._sql.execute(asked).fetchone()[0]:
            raise ValueError("a recording has an impossible number")

    def content(self) -> bytes:
        """What a file of it holds, without a trace of what was deleted."""
        self._sql.commit()
        # Else what was deleted would still be in the file.
        self._sql.execute("VACUUM")
        return sqlite_bytes.dump(self._sql)

    @property
    def model(self) -> entries.Model:
        """The one whose embeddings are in the gallery."""
        content = json_file.parse(self._get(_MODEL))
        content["joint_names"] = tuple(content["joint_names"])
        return entries.Model(**content)

    @model.setter
    def model(self, model: entries.Model) -> None:
        self._put(_MODEL, json.dumps(dataclasses.asdict(model)))

    def persons(self) -> list[Person]:
        """All of them: by number, then by name."""
        found = self._sql.execute(
            "SELECT person.name, count(*), sum(num_sequences), max(enrolled) FROM "
            "recording JOIN person ON person.id = person GROUP BY person.id"
        )
        persons = [Person(*row) for row in found]
        return sorted(persons, key=lambda person: entries.rank(person.name))

    def recordings(self, person: str | None = None) -> list[Recording]:
        """All of them, or a person's, in the order of enrolment."""
        found = self._sql.execute(
            "SELECT person.name, recording.name, num_frames, num_sequences, enrolled, "
            "first_sequence FROM recording JOIN person ON person.id = person "
            "WHERE ? IN (person.name, '') ORDER BY first_sequence",
            (person or "",),
        )
        return [Recording(*row) for row in found]

    @property
    def state(self) -> calibration.State:
        """What changes with every enrolment and removal."""
        sequences = self._sql.execute("SELECT sum(num_sequences) FROM recording")
        return calibration.State(
            self._sql.execute("SELECT count(*) FROM person").fetchone()[0],
            sequences.fetchone()[0] or 0,
            int(self._get(_NEXT)),
        )

    def layout(self) -> Layout:
        """Whose each embedding is."""
        names = dict(self._sql.execute("SELECT id, name FROM person ORDER BY id"))
        index = {key: i for i, key in enumerate(names)}
        rows = self._sql.execute(
            "SELECT person, first_sequence, num_sequences FROM recording "
            "ORDER BY first_sequence"
        ).fetchall()
        first, counts = (
            np.array([row[column] for row in rows], np.int64) for column in (1, 2)
        )
        # Of each recording, what to add to the place of an embedding.
        shift = np.repeat(first - np.cumsum(counts) + counts, counts)
        return Layout(
            tuple(names.values()),
            np.array([index[row[0]] for row in rows], np.int64),
            counts,
            np.arange(counts.sum()) + shift,
        )

    def owner(self, digest: str) -> tuple[str, str] | None:
        """Recording and person that have just these frames, None where nobody has."""
        return self._sql.execute(
            "SELECT recording.name, person.name FROM recording JOIN person "
            "ON person.id = person WHERE digest = ?",
            (digest,),
        ).fetchone()

    def add(self, new: entries.Embedded) -> None:
        """Takes recordings whose persons are known."""
        first = int(self._get(_NEXT))
        time = entries.now()
        for i, start in enumerate((first + new.starts[:-1]).tolist()):
            self._sql.execute(
                "INSERT OR IGNORE INTO person (name) VALUES (?)", (new.persons[i],)
            )
            self._sql.execute(
                "INSERT INTO recording (person, name, digest, num_frames, "
                "first_sequence, num_sequences, enrolled) VALUES "
                "((SELECT id FROM person WHERE name = ?), ?, ?, ?, ?, ?, ?)",
                (
                    *(new.persons[i], new.names[i], new.digests[i], new.frames[i]),
                    *(start, int(new.counts[i]), time),
                ),
            )
        self._put(_NEXT, str(first + int(new.counts.sum())))

    def remove(self, some: Sequence[Recording]) -> np.ndarray:
        """Forgets recordings, and who has no other; gives their sequences' numbers."""
        self._sql.executemany(
            "DELETE FROM recording WHERE first_sequence = ?",
            [(one.first,) for one in some],
        )
        self._forget_persons()
        gone = [np.arange(one.first, one.first + one.sequences) for one in some]
        return np.concatenate([np.empty(0, np.int64), *gone])

    def rename(self, person: str, new: str) -> None:
        """Calls a person otherwise; the recordings of two of one name are one's."""
        self._sql.execute("INSERT OR IGNORE INTO person (name) VALUES (?)", (new,))
        self._sql.execute(
            "UPDATE recording SET person = (SELECT id FROM person WHERE name = ?) "
            "WHERE person = (SELECT id FROM person WHERE name = ?)",
            (new, person),
        )
        self._forget_persons()

    def _forget_persons(self) -> None:
        """Forgets those of whom there is no recording."""
        self._sql.execute(
            "DELETE FROM person WHERE id NOT IN (SELECT person FROM recording)"
        )

    @property
    def thresholds(self) -> dict[str, calibration.Threshold]:
        """By what they judge: `calibration.RECORDING`, `calibration.SEQUENCE`."""
        return {
            unit: calibration.Threshold.of(json.loads(content))
            for unit, content in self._sql.execute("SELECT * FROM threshold")
        }

    @thresholds.setter
    def thresholds(self, found: dict[str, calibration.Threshold]) -> None:
        self._sql.execute("DELETE FROM threshold")
        for unit, threshold in found.items():
            content = json.dumps(dataclasses.asdict(threshold))
            self._sql.execute("INSERT INTO threshold VALUES (?, ?)", (unit, content))

    def _get(self, key: str) -> str:
        found = self._sql.execute("SELECT value FROM about WHERE key = ?", (key,))
        return found.fetchone()[0]

    def _put(self, key: str, value: str) -> None:
        self._sql.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (key, value))
