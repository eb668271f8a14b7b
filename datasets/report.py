"""What became of every person's frames, to be read beside the sequences."""

import csv
import dataclasses
import io
from collections.abc import Mapping, Sequence

import numpy as np

from datasets import recordings as recordings_module
from datasets import windows
from datasets.raw import natural, reading

FILE = "report.csv"


@dataclasses.dataclass(frozen=True)
class Row:
    """One person in one part of a data set.

    Attributes:
        person: number.
        label: what the raw files call the person; empty where they do not.
        part: train, gallery, ...; empty where no frame was left to be given to one.
        recordings: how many.
        frames: that there were.
        dropped: of those, for a joint that the sensor did not see.
        clipped: of those, at the ends of recordings.
        sequences: cut from the rest.
    """

    person: int
    label: str
    part: str
    recordings: int = 0
    frames: int = 0
    dropped: int = 0
    clipped: int = 0
    sequences: int = 0

    def plus(self, **counts: int) -> "Row":
        """The row with counts added."""
        sums = {name: getattr(self, name) + count for name, count in counts.items()}
        return dataclasses.replace(self, **sums)


@dataclasses.dataclass(frozen=True)
class Report:
    """All persons in all parts.

    Attributes:
        length: f.
        rows: part by part, person by person.
        lost: names of the recordings of which no frame was left.
    """

    length: int
    rows: tuple[Row, ...]
    lost: tuple[str, ...] = ()

    def counts(self) -> dict[str, tuple[int, int]]:
        """Part -> (sequences, known persons that have some)."""
        return {
            part: (
                sum(row.sequences for row in rows),
                sum(row.sequences > 0 and row.person >= 0 for row in rows),
            )
            for part, rows in self._parts().items()
            if part and sum(row.sequences for row in rows)
        }

    @property
    def unknown_in_training(self) -> bool:
        """Whether training sequences show persons who are not known."""
        return any(
            row.person < 0 and row.sequences and row.part == recordings_module.TRAIN
            for row in self.rows
        )

    @property
    def text(self) -> str:
        """A table of the parts, and who and what is without a sequence, for people."""
        head = ("", "recordings", "frames", "dropped", "clipped", "sequences")
        lines = [f"  {head[0]:10}{''.join(f'{h:>11}' for h in head[1:])}    persons"]
        for part, rows in self._parts().items():
            cells = (
                f"{sum(getattr(row, name) for row in rows):11,}" for name in head[1:]
            )
            persons = sum(row.sequences > 0 and row.person >= 0 for row in rows)
            lines.append(f"  {part or '(none)':10}{''.join(cells)}{persons:11,}")
        lines += self._without()
        if self.lost:
            lines.append(f"  no frame left: {natural.listed(self.lost)}")
        return "\n".join(lines)

    @property
    def table(self) -> str:
        """All rows as CSV."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(field.name for field in dataclasses.fields(Row))
        writer.writerows(dataclasses.astuple(row) for row in self.rows)
        return buffer.getvalue()

    def _parts(self) -> dict[str, list[Row]]:
        parts: dict[str, list[Row]] = {}
        for row in self.rows:
            parts.setdefault(row.part, []).append(row)
        return parts

    def _without(self) -> list[str]:
        """Names the persons who have recordings, but no sequence."""
        lines = []
        elsewhere = {row.person for row in self.rows if row.sequences}
        for part, rows in self._parts().items():
            names = [
                f"{row.person}" + (f" ({row.label})" if row.label else "")
                for row in rows
                # A recording that is lost wholly may have been drawn for any part.
                if not row.sequences and (part or row.person not in elsewhere)
            ]
            if names:
                where = f" in {part}" if part else ", no frame left"
                lines.append(
                    f"  no sequence of {self.length}{where}: person {', '.join(names)}"
                )
        return lines


def make(
    recordings: recordings_module.Recordings,
    split: np.ndarray,
    spans: Mapping[str, windows.Spans],
    length: int,
    raw: reading.Reading | None = None,
) -> Report:
    """Counts.

    Args:
        recordings: that have frames.
        split: [R] str, the part that each belongs to.
        spans: part -> its sequences.
        length: f.
        raw: what the recordings were read from; None: from a file of recordings, that
            is without loss.
    """
    sequences = np.zeros(len(recordings), np.int64)
    for found in spans.values():
        sequences += np.bincount(found.recording, minlength=len(recordings))
    kept = {name: index for index, name in enumerate(recordings.recording.tolist())}
    rows: dict[tuple[str, int], Row] = {}
    for name, person, label, part, frames, dropped, clipped in _takes(recordings, raw):
        index = kept.get(name)
        part = part if index is None else str(split[index])
        row = rows.get((part, person), Row(person, label, part))
        rows[part, person] = row.plus(
            recordings=1,
            frames=frames,
            dropped=dropped,
            clipped=clipped,
            sequences=0 if index is None else int(sequences[index]),
        )
    order = [recordings_module.TRAIN, *sorted({part for part, _ in rows})]
    return Report(
        length,
        tuple(
            rows[key]
            for key in sorted(rows, key=lambda key: (order.index(key[0]), key))
        ),
        tuple(take.name for take in raw.takes if take.name not in kept) if raw else (),
    )


def _takes(
    recordings: recordings_module.Recordings, raw: reading.Reading | None
) -> Sequence[tuple[str, int, str, str, int, int, int]]:
    if raw is None:
        labels = recordings.person_name
        return [
            (name, person, label, "", frames, 0, 0)
            for name, person, label, frames in zip(
                recordings.recording.tolist(),
                recordings.person.tolist(),
                [""] * len(recordings) if labels is None else labels.tolist(),
                np.diff(recordings.starts).tolist(),
                strict=True,
            )
        ]
    return [
        (take.name, take.person, take.label, take.part or "", read, dropped, clipped)
        for take, (read, dropped, clipped, _) in zip(
            raw.takes, raw.frames.tolist(), strict=True
        )
    ]
