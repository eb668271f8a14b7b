"""What a command line of scripts.ablate comes to: its runs, and what is left out."""

import dataclasses
from collections.abc import Mapping, Sequence

from scripts.ablations import data, knobs, results, settings
from simmc_tf import config as configs
from simmc_tf import errors

# Settings under which knobs are turned where nobody names any.
_TURNED = ("published", configs.AUTO)


@dataclasses.dataclass(frozen=True)
class Asked:
    """All that is to be done.

    Attributes:
        data: names of data sets that are here.
        settings: each once.
        lines: knobs under settings; empty where none is turned.
        runs: a seed at a time, so that there is soon something to compare.
        told: lines on what is left out.
    """

    data: list[str]
    settings: list[str]
    lines: list[knobs.Line]
    runs: list[results.Run]
    told: list[str]


def find(
    names: Sequence[str],
    given: Sequence[str] | None,
    turned: Sequence[str],
    num_seeds: int,
    epochs: int | None,
) -> Asked:
    """What there is to do.

    Args:
        names: of data sets.
        given: settings; None: those under which knobs are turned.
        turned: knobs, as `knobs.find` takes each; where there are any, every setting is
            a base.
        num_seeds: runs of each setting on each data set.
        epochs: as `settings.config` takes them.

    Raises:
        errors.InputError: there is no such setting or knob, or nothing to do.
    """
    words = _TURNED if given is None else given
    chosen = list(dict.fromkeys(" ".join(setting.split()) for setting in words))
    lines: list[knobs.Line] = []
    told: list[str] = []
    if turned:
        wanted = dict.fromkeys(knob for text in turned for knob in knobs.find(text))
        lines, told = knobs.lines(list(wanted), chosen, epochs)
        # Bases first: everything is compared with them.
        bases = dict.fromkeys(line.base for line in lines)
        points = [point.setting for line in lines for point in line.points]
        chosen = list(dict.fromkeys([*bases, *points]))
    found = [
        [(setting, settings.config(setting, seed, epochs)) for setting in chosen]
        for seed in range(num_seeds)
    ]
    present, absent = _present(names)
    unfit = _unfit(present, chosen, num_seeds)
    told += [*absent, *_told(unfit)]
    runs = [
        results.Run(name, setting, config, length)
        for of_seed in found
        for name in present
        for setting, config in of_seed
        if (name, length := settings.length_of(setting)) not in unfit
    ]
    if not runs:
        raise errors.InputError("There is nothing to do: " + " ".join(told))
    return Asked(present, chosen, lines, runs, told)


def _present(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Data sets that are here, and lines on the others."""
    reasons = {name: data.DATA[name].missing() for name in dict.fromkeys(names)}
    absent = {name: why for name, why in reasons.items() if why is not None}
    if len(absent) == len(reasons):
        raise errors.InputError(
            "None of the chosen data sets is here; --data syn is generated."
        )
    told = [f"{name} is left out: {why}" for name, why in absent.items()]
    return [name for name in reasons if name not in absent], told


def _unfit(
    names: Sequence[str], chosen: Sequence[str], num_seeds: int
) -> dict[tuple[str, int], str]:
    """Data set and length -> why it has no sequences of that length, if it has none."""
    found = {}
    for length in sorted({settings.length_of(setting) for setting in chosen}):
        for name in names:
            reasons = (data.DATA[name].unfit(seed, length) for seed in range(num_seeds))
            why = next(filter(None, reasons), None)
            if why is not None:
                found[name, length] = why
    return found


def _told(unfit: Mapping[tuple[str, int], str]) -> list[str]:
    """A line for each data set and reason."""
    lengths: dict[tuple[str, str], list[str]] = {}
    for (name, length), why in unfit.items():
        lengths.setdefault((name, why), []).append(str(length))
    return [
        f"{name} with {settings.LENGTH}={', '.join(own)} is left out: {why}"
        for (name, why), own in lengths.items()
    ]
