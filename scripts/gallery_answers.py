"""What the commands answer: content that JSON takes, and tables that people read."""

import dataclasses
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from simmc_tf import errors
from simmc_tf.gallery import calibration, entries, lookup, outcomes, search, snapshot

NOBODY = "nobody in the gallery"
# Columns of a name in a table; JSON has all of it.
_WIDEST = 40
_OF_RECORDING = ("name", "frames", "sequences", "enrolled")


def found(
    gallery: snapshot.Snapshot,
    embedded: entries.Embedded,
    unit: str,
    persons: Sequence[search.Found],
) -> dict[str, Any]:
    """Who was searched for, and who is nearest.

    Args:
        gallery: that was searched.
        embedded: what was searched for.
        unit: `calibration.RECORDING` or `SEQUENCE`.
        persons: nearest to each of these.
    """
    names = gallery.database.layout().names
    threshold = gallery.database.thresholds.get(unit)
    results = []
    for (index, first), one in zip(_places(embedded, unit), persons, strict=True):
        result: dict[str, Any] = {"recording": embedded.names[index]}
        if unit == calibration.SEQUENCE:
            result["first_frame"] = first
        else:
            result["sequences"] = int(embedded.counts[index])
        nearest = float(one.distance[0])
        result["nobody"] = threshold and not threshold.accepts(nearest)
        result["persons"] = [
            {"person": names[person], "distance": float(distance)}
            for person, distance in zip(one.person, one.distance, strict=True)
        ]
        results.append(result)
    return {
        "gallery": str(gallery.folder),
        "by": unit,
        "threshold": threshold and dataclasses.asdict(threshold),
        "results": results,
    }


def _places(embedded: entries.Embedded, unit: str) -> Iterable[tuple[int, int]]:
    """Recording, and first frame in it, of everything that is searched for."""
    recordings = range(len(embedded))
    if unit == calibration.SEQUENCE:
        every = np.repeat(recordings, embedded.counts)
        return zip(every.tolist(), embedded.first.tolist(), strict=True)
    return ((index, 0) for index in recordings)


def found_table(answer: dict[str, Any]) -> str:
    """The answer of `found`, a line for each person, and what the threshold says."""
    middle = "first_frame" if answer["by"] == calibration.SEQUENCE else "sequences"
    rows = []
    for result in answer["results"]:
        begins = [result["recording"], str(result[middle])]
        if result["nobody"]:
            rows.append([*begins, "-", NOBODY, ""])
            begins = ["", ""]
        for rank, one in enumerate(result["persons"], start=1):
            distance = f"{one['distance']:.4g}"
            rows.append([*begins, str(rank), one["person"], distance])
            begins = ["", ""]
    heading = ["recording", middle, "rank", "person", "distance"]
    threshold = answer["threshold"]
    if threshold is None:
        told = (
            "no threshold yet, so strangers are not told apart from those enrolled; "
            "calibrate finds one"
        )
    else:
        told = (
            f"{NOBODY}: from {threshold['distance']:.4g} on; "
            f"{threshold['false_accepts']} of {threshold['impostor_trials']} impostor "
            "trials were nearer"
        )
    return f"{table(heading, rows, '<>><>')}\n{told}"


def stale(gallery: snapshot.Snapshot, unit: str) -> str | None:
    """What to say where a threshold is of other people than are enrolled now."""
    threshold = gallery.database.thresholds.get(unit)
    now = gallery.database.state
    if threshold is None or threshold.gallery == now:
        return None
    then = threshold.gallery
    return (
        "note: others are enrolled than when the threshold was found "
        f"({_counted(then.persons, 'person')} and "
        f"{_counted(then.sequences, 'sequence')} then, {now.persons} and "
        f"{now.sequences} now), so calibrate again"
    )


def enrolled(gallery: snapshot.Snapshot) -> dict[str, Any]:
    """Who is in a gallery, by what model, and with which thresholds."""
    who = gallery.database
    return {
        "gallery": str(gallery.folder),
        "generation": gallery.generation.number,
        "model": dataclasses.asdict(who.model),
        "persons": [dataclasses.asdict(person) for person in who.persons()],
        "thresholds": calibrated(who.thresholds),
    }


def of_person(gallery: snapshot.Snapshot, person: str) -> dict[str, Any]:
    """Recordings of somebody.

    Raises:
        errors.InputError: nobody is called so.
    """
    found = lookup.person(gallery, person)
    return {
        "gallery": str(gallery.folder),
        "person": person,
        "recordings": [
            {name: getattr(one, name) for name in _OF_RECORDING} for one in found
        ],
    }


def of_person_table(answer: dict[str, Any]) -> str:
    """The answer of `of_person`."""
    rows = [[str(one[name]) for name in _OF_RECORDING] for one in answer["recordings"]]
    return table(["recording", *_OF_RECORDING[1:]], rows, "<>><")


def added(found: outcomes.Enrolled) -> str:
    """What was enrolled, in a line."""
    if not found.recordings:
        return "nothing new"
    return (
        f"{_counted(found.recordings, 'recording')} "
        f"({_counted(found.sequences, 'sequence')}) enrolled, of "
        f"{_counted(len(found.new), 'new person')} and "
        f"{_counted(len(found.known), 'known one')}"
    )


def removed(found: outcomes.Removed) -> str:
    """What was removed, in a line."""
    person = errors.one_line(found.person)
    sequences = f"with {_counted(found.sequences, 'sequence')}"
    if len(found.recordings) == 1:
        what = f"recording {errors.one_line(found.recordings[0])} of {person}"
    else:
        what = f"{len(found.recordings)} recordings of {person}"
    if found.gone:
        return f"{what} removed, {sequences}: nothing of {person} is left"
    return f"{what} removed, {sequences}"


def renamed(found: outcomes.Renamed) -> str:
    """Who is called otherwise now, in a line."""
    person, to = errors.one_line(found.person), errors.one_line(found.to)
    moved = (
        f"with {_counted(found.recordings, 'recording')} "
        f"({_counted(found.sequences, 'sequence')})"
    )
    if found.merged:
        return f"{person} is {to} from now on, as others were already, {moved} more"
    return f"{person} is called {to} now, {moved}"


def enrolled_table(answer: dict[str, Any]) -> str:
    """The answer of `enrolled`."""
    fields = ("name", "recordings", "sequences", "enrolled")
    rows = [[str(person[name]) for name in fields] for person in answer["persons"]]
    model = answer["model"]
    lines = [
        table(["person", *fields[1:]], rows, "<>><"),
        f"{_counted(len(rows), 'person')}, "
        f"{_counted(sum(p['sequences'] for p in answer['persons']), 'sequence')} of "
        f"{model['length']} skeletons; model {model['digest'][:12]} from "
        f"{errors.one_line(model['path'])}",
    ]
    if any(answer["thresholds"].values()):
        lines.append(calibrated_table(answer["thresholds"]))
    return "\n".join(lines)


def calibrated(
    found: dict[str, calibration.Threshold],
) -> dict[str, dict[str, Any] | None]:
    """Thresholds by what they judge; None where there is none."""
    return {
        unit: dataclasses.asdict(found[unit]) if unit in found else None
        for unit in calibration.UNITS
    }


def calibrated_table(answer: dict[str, dict[str, Any] | None]) -> str:
    """The answer of `calibrated`."""
    rows = []
    for unit, one in answer.items():
        if one is None:
            rows.append([unit, "none", *[""] * 5])
            continue
        trials = one["genuine_trials"]
        right = mistaken = "-"
        if trials:
            low, high = calibration.interval(one["found"], trials)
            right = f"{one['found'] / trials:.4f}"
            if not one["leave_one_out"]:
                right += f" ({low:.4f} to {high:.4f})"
            mistaken = f"{one['mistaken'] / trials:.4f}"
        rows.append(
            [
                *(unit, f"{one['distance']:.4g}"),
                f"{one['impostor_trials']} of "
                f"{_counted(one['impostor_persons'], 'person')}",
                f"{one['false_accepts'] / one['impostor_trials']:.4f}{_bound(one)}",
                *(str(trials), right, mistaken),
            ]
        )
    heading = ["by", "threshold", "impostor trials", "false accepts", "genuine"]
    told = (
        f"{calibration.CONFIDENCE:.0%} bounds as of independent trials; those of one "
        "person are alike, so together they count as one for the rate"
    )
    if any(one is not None and one["leave_one_out"] for one in answer.values()):
        told = (
            "of who is enrolled, each left out in turn: the rate holds on average for "
            "strangers like them, found for recordings as alike as those enrolled"
        )
    return table([*heading, "found", "mistaken"], rows, "<>><><>") + f"\n{told}"


def _bound(threshold: dict[str, Any]) -> str:
    bound = threshold["false_accept_bound"]
    return "" if bound is None else f" (below {bound:.4f})"


def table(heading: Sequence[str], rows: Sequence[Sequence[str]], align: str) -> str:
    """Columns of text under a heading, each aligned by `<` or `>`."""
    # Names may hold anything, codes that a terminal obeys too.
    whole = [[_cut(errors.one_line(text)) for text in row] for row in (heading, *rows)]
    widths = [max(_width(row[column]) for row in whole) for column in range(len(align))]
    return "\n".join(
        "  ".join(
            " " * (width - _width(text)) + text
            if side == ">"
            else text + " " * (width - _width(text))
            for text, side, width in zip(row, align, widths, strict=True)
        ).rstrip()
        for row in whole
    )


def _width(text: str) -> int:
    """Columns of a terminal that a text takes."""
    return sum(
        0 if unicodedata.combining(letter) else 1 + _is_wide(letter) for letter in text
    )


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"


def _cut(text: str) -> str:
    """A text without its middle where it is too wide; ends tell alike names apart."""
    if _width(text) <= _WIDEST:
        return text
    first, last = text, text
    while _width(first) > _WIDEST // 2:
        first = first[:-1]
    while _width(last) >= _WIDEST // 2:
        last = last[1:]
    return f"{first}\u2026{last}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
