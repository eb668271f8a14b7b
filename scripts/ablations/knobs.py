"""The paper's knobs: one is turned at a time, all else stays as a setting has it."""

import dataclasses
import math
from collections.abc import Mapping, Sequence

from scripts.ablations import settings
from simmc_tf import errors

ALL = "all"
_LOSS = "loss"


@dataclasses.dataclass(frozen=True)
class Knob:
    """A field of the configuration, or f, and what it may be turned to.

    Attributes:
        name: as asked for.
        field: as in field=value of a setting.
        values: to try; a setting's own is tried in any case.
        about: what it is, for people.
        names: of values that say what is learnt from; empty where numbers say enough.
    """

    name: str
    field: str
    values: tuple[float, ...]
    about: str = ""
    names: Mapping[float, str] = dataclasses.field(default_factory=dict, hash=False)


KNOBS = {
    knob.name: knob
    for knob in (
        Knob(
            *(_LOSS, "lambda", (0, 1), "losses that the encoder is trained by"),
            {0: "MPC alone", 1: "MIC alone"},
        ),
        Knob(
            "mask_x", "mask_x", (0, 1, 2, 3, 4, 5), "skeletons that either mask drops"
        ),
        Knob("f", settings.LENGTH, (4, 6, 8, 10, 12), "skeletons a sequence"),
        Knob("H", "H", (32, 64, 128, 256, 512), "width of the representation"),
        Knob("t", "t", (0.04, 0.08, 0.15, 0.3, 0.6), "temperature of MPC"),
        Knob(
            *("eps", "eps", (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)),
            "radius of DBSCAN, in Jaccard distance",
        ),
        Knob("lambda", "lambda", (0, 0.25, 0.5, 0.75, 1), "weight of MIC beside MPC"),
        Knob("lr", "lr", (0.0001, 0.00035, 0.001, 0.0035), "learning rate"),
        Knob(
            *("min_samples", "min_samples", (2, 3, 4, 6)),
            "sequences that make one of them a core of DBSCAN",
        ),
    )
}


@dataclasses.dataclass(frozen=True)
class Point:
    """A value of a knob.

    Attributes:
        label: for people.
        value: by which points are ordered.
        setting: whose runs have it.
        is_default: it is what the setting has where nobody turns the knob.
        untrained: it is the setting's model before its first epoch.
    """

    label: str
    value: float
    setting: str
    is_default: bool = False
    untrained: bool = False


@dataclasses.dataclass(frozen=True)
class Line:
    """All values of a knob under a setting, in order."""

    knob: Knob
    base: str
    points: tuple[Point, ...]


def find(text: str) -> list[Knob]:
    """The knobs that a word of the command line asks for.

    Args:
        text: a name of `KNOBS`, `ALL` for each, or any field=value,value.

    Raises:
        errors.InputError: it is none of these.
    """
    if text == ALL:
        return list(KNOBS.values())
    name, given, rest = text.partition("=")
    known = KNOBS.get(name)
    if not given and known is not None:
        return [known]
    if not given or name not in settings.NUMBERS:
        raise errors.InputError(
            f"--knob {text}: expected {ALL}, one of {', '.join(KNOBS)}, or values of "
            f"your own as in --knob t=0.1,0.2, of {', '.join(settings.NUMBERS)}."
        )
    try:
        values = tuple(map(float, rest.split(",")))
    except ValueError:
        values = (math.nan,)
    if not all(map(math.isfinite, values)):
        raise errors.InputError(
            f"--knob {text}: expected numbers with commas between them."
        )
    return [Knob(name, name, values, known.about if known else "")]


def lines(
    asked: Sequence[Knob], bases: Sequence[str], epochs: int | None
) -> tuple[list[Line], list[str]]:
    """Every knob under every setting, and lines on what is left out.

    Args:
        asked: knobs.
        bases: settings.
        epochs: as `settings.config` takes them.

    Raises:
        errors.InputError: there is no such setting, or nothing can be turned.
    """
    found: list[Line] = []
    told: list[str] = []
    for knob in asked:
        for base in bases:
            points, refused = _points(knob, base, epochs)
            if len(points) > 1:
                found.append(Line(knob, base, tuple(points)))
                told += refused
            else:
                told.append(refused[0] if refused else _nothing(knob, base))
    if not found:
        raise errors.InputError("Nothing can be turned: " + " ".join(told))
    return found, told


def _nothing(knob: Knob, base: str) -> str:
    return f"{knob.name} under {base} is left out: no value but its own is given."


def _points(knob: Knob, base: str, epochs: int | None) -> tuple[list[Point], list[str]]:
    """Those that the configuration takes, and why it does not take others."""
    own = settings.value(base, knob.field)
    points, refused = [], []
    for value in sorted({*knob.values, own}):
        label = knob.names.get(value, "both" if knob.names else _text(value))
        setting = base if value == own else f"{base} {knob.field}={_text(value)}"
        try:
            settings.config(setting, 0, epochs)
        except errors.InputError as error:
            why = str(error).removeprefix(f"--setting {setting!r}: ")
            refused.append(f"{knob.name} under {base} is left out: {why}")
        else:
            points.append(Point(label, value, setting, value == own))
    if knob.names and len(points) > 1:
        points.append(Point("neither (untrained)", math.inf, base, untrained=True))
    return points, refused


def _text(value: float) -> str:
    """Without the point of a whole number, which the field may have to be."""
    return str(int(value)) if value == int(value) else repr(float(value))
