"""Doing a run again: whether data and circumstances are those, and what came of it."""

import pathlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf import differences, errors, experiment

_UNKNOWN_DATA = (
    "note: this model does not tell with which data it was trained, so nobody can say "
    "whether these are the same"
)


def begin(
    first: pathlib.Path,
    then: Mapping[str, Any],
    data: data_module.ReidData,
    config: configs.Config,
    about: Mapping[str, object],
    report: Callable[[str], None],
) -> None:
    """Says under which other circumstances a run is done again.

    Args:
        first: folder of the run.
        then: its config.json.
        data: to train on now.
        config: hyperparameters.
        about: what the new config.json is to say of the data.
        report: takes a line.

    Raises:
        errors.InputError: the data are not those of the run.
    """
    now: Mapping[str, Any] = experiment.describe(data, config, dict(about))
    changed = [
        split
        for kind in ("data_sha256", "persons_sha256")
        for split, digest in now[kind].items()
        if then.get(kind, now[kind]).get(split) != digest
    ]
    if changed or set(then["data_sha256"]) != set(now["data_sha256"]):
        raise errors.InputError(
            f"{', '.join(dict.fromkeys(changed)) or 'the splits of the'} data are not "
            f"those of {first} (data_sha256 and persons_sha256 in its config.json); "
            "where those lie somewhere else, name their folder."
        )
    found = ", ".join(_changes(then, now))
    if found:
        report(f"repeating {first}; note: other than then: {found}")
    else:
        report(f"repeating {first}, with the same versions, code, device and machine")


def note_changes(
    data: data_module.ReidData,
    description: Mapping[str, dict[str, str] | None],
    report: Callable[[str], None],
) -> None:
    """Says which of the data are not those that a model was trained with.

    Args:
        data: to evaluate on.
        description: config.json of the model.
        report: takes a line if there are such, or if nobody knows.
    """
    known = description["data_sha256"]
    if known is None:
        report(_UNKNOWN_DATA)
        return
    changed = sorted(
        split
        for split, digest in experiment.fingerprint(data).items()
        if known.get(split) != digest
    )
    if changed:
        report(f"note: {', '.join(changed)} data differ from those of the training run")


def _changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """What of versions, code, device and machine is not as it was."""
    had, has = then.get("versions") or {}, now["versions"]
    for name in {**had, **has}:
        if had.get(name) != has.get(name):
            yield f"{name} {has.get(name, 'none')} (then {had.get(name, 'none')})"
    before, after = _commit(then.get("code")), _commit(now["code"])
    if before != after:
        yield f"{after} (then {before})"
    elif (now["code"] or {}).get("dirty"):
        yield "maybe the code, which had changes then and has now"
    if then.get("device") != now.get("device"):
        yield f"device {now.get('device')} (then {then.get('device')})"
    had, has = then.get("machine") or {}, now["machine"]
    for name, value in has.items():
        if name in had and had[name] != value:
            yield f"{name} {value} (then {had[name]})"


def _commit(code: Mapping[str, Any] | None) -> str:
    if not code:
        return "no commit known"
    changes = " with changes" if code.get("dirty") else ""
    return f"commit {str(code.get('commit'))[:12]}{changes}"


def conclude(
    first: pathlib.Path, folder: pathlib.Path, report: Callable[[str], None]
) -> bool:
    """Says whether a run came out as the first time; whether it did.

    Args:
        first: folder of the first run.
        folder: of the run that repeats it.
        report: takes a line.
    """
    found = differences.first(folder, first)
    if found is None:
        names = ", ".join(differences.COMPARED)
        report(f"repeated {first}, equal bit for bit: {names}")
        return True
    report(f"not as {first}, bit for bit; first difference: {found}")
    return False
