"""What is compared: presets, what is left out of them, and any field on top."""

import dataclasses
from typing import Any

from flags import defaults
from scripts.ablations import data
from simmc_tf import config as configs
from simmc_tf import errors

# Not in the catalogue: takes what data of one's own take.
_OWN = "Own"

# Name -> data set whose defaults it takes, and what is given on top.
NAMED: dict[str, tuple[str, dict[str, Any]]] = {
    "published": ("KS20", {"preset": configs.PUBLISHED}),
    "published eps 0.5": (_OWN, {"preset": configs.PUBLISHED, "eps": 0.5}),
    "auto": (_OWN, {"preset": configs.AUTO}),
    **{
        f"auto without {part}": (_OWN, {"preset": configs.AUTO, "without": part})
        for part in configs.PARTS
    },
}
# What that name stands for in tables: it is no run of the published protocol.
_IN_TABLES = {"published": "published settings, strict protocol"}
# Skeletons a sequence, which is the data's and no hyperparameter.
LENGTH = "f"
# Those that the command itself decides.
_DECIDED = ("seed", "protocol", "preset")
_TYPES: dict[str, Any] = {
    field.name: field.type
    for field in dataclasses.fields(configs.Config)
    if field.name not in _DECIDED
} | {LENGTH: int}
_FIELDS = {"lambda": "mic_weight"}
# Names of all fields whose values are numbers, as given.
NUMBERS = (*_FIELDS, *(name for name, kind in _TYPES.items() if kind is not str))


def title(setting: str) -> str:
    """What a setting is called in tables."""
    first, *rest = setting.split(maxsplit=1)
    if first not in _IN_TABLES:
        return setting
    return ", ".join([_IN_TABLES[first], *rest])


def config(setting: str, seed: int, epochs: int | None) -> configs.Config:
    """The hyperparameters of a setting, under the strict protocol.

    Args:
        setting: a name of `NAMED`, then any number of field=value, with one space
            between words.
        seed: of the run.
        epochs: where the setting does not say; None for the preset's.

    Raises:
        errors.InputError: there is no such name or field, or a value does not fit.
    """
    words = setting.split()
    given = [word for word in words if "=" in word]
    name = " ".join(words[: len(words) - len(given)])
    if name not in NAMED or words[len(words) - len(given) :] != given:
        raise errors.InputError(
            f"--setting {setting!r}: expected one of {', '.join(NAMED)}; after it any "
            "field=value."
        )
    data_set, values = NAMED[name]
    values = {**values, "seed": seed, "protocol": configs.STRICT}
    if epochs is not None:
        values["epochs"] = epochs
    try:
        fields = dict(map(_field, given))
        length = fields.pop(LENGTH, data.LENGTH)
        # What a name leaves out stays out.
        parts = [one["without"] for one in (values, fields) if "without" in one]
        values |= {**fields, "without": ",".join(parts)}
        defaults.check_given(data_set, values)
        return defaults.config(data_set, "probe", length, values)
    except errors.InputError as error:
        raise errors.InputError(f"--setting {setting!r}: {error}") from error


def length_of(setting: str) -> int:
    """Skeletons a sequence, f, of a setting that `config` takes."""
    given = dict(_field(word) for word in setting.split() if "=" in word)
    return given.get(LENGTH, data.LENGTH)


def value(setting: str, name: str) -> float:
    """What a setting has of one of `NUMBERS`.

    Raises:
        errors.InputError: there is no such setting.
    """
    found = config(setting, 0, None)
    length = length_of(setting)
    return length if name == LENGTH else getattr(found, _FIELDS.get(name, name))


def _field(word: str) -> tuple[str, Any]:
    name, text = word.split("=", maxsplit=1)
    field = _FIELDS.get(name, name)
    if field not in _TYPES:
        raise errors.InputError(
            f"there is no field {name!r} to give; expected one of {', '.join(_TYPES)}."
        )
    try:
        return field, _TYPES[field](text)
    except ValueError as error:
        kind = "a whole number" if _TYPES[field] is int else "a number"
        raise errors.InputError(f"{name} must be {kind}, not {text!r}.") from error
