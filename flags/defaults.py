"""Hyperparameters by data set and probe: the published ones as a table."""

from typing import Any

from datasets import catalog
from simmc_tf import config as configs
from simmc_tf import presets

# Rao and Miao's published code, by data set and probe (None: all others of the set).
_TABLE = {
    ("KS20", None): presets.row(2, 0.5, 0.08, 0.8, 2),
    ("KGBD", None): presets.row(2, 0.5, 0.06, 0.6, 4),
    ("IAS", "A"): presets.row(2, 0.75, 0.08, 0.8, 2),
    ("IAS", "B"): presets.row(2, 0.5, 0.08, 0.8, 2),
    ("BIWI", "Walking"): presets.row(2, 0.25, 0.07, 0.8, 2),
    ("BIWI", "Still"): presets.row(2, 0.25, 0.07, 0.6, 2),
    ("CASIA_B", None): presets.row(10, 0.25, 0.075, 0.75, 2),
}


def find(name: str, probe: str | None, length: int) -> dict[str, float]:
    """The published preset's hyperparameters, by field of `config.Config`.

    Args:
        name: of the data set.
        probe: of the data set.
        length: f.
    """
    for key in ((name, probe), (name, None)):
        if key in _TABLE:
            return dict(_TABLE[key])
    return presets.published(length)


def preset(name: str, protocol: str | None = None) -> str:
    """The preset of a data set where none is given.

    Nobody can tune without labels, so that data which the paper does not know take
    what needs no tuning, unless the published protocol is asked for.

    Args:
        name: of the data set.
        protocol: that is asked for, if any.
    """
    if catalog.find(name) is not None or protocol == configs.PUBLISHED:
        return configs.PUBLISHED
    return configs.AUTO


def fitting_flags(
    name: str, probe: str | None, length: int, num_training: int, unknown: bool
) -> list[str]:
    """Flags without which a data set cannot be trained on with its defaults.

    The auto preset needs none.

    Args:
        name: of the data set.
        probe: of the data set, None where nothing can be evaluated.
        length: f.
        num_training: training sequences.
        unknown: whether some show persons who are not known.
    """
    if preset(name) == configs.AUTO:
        return []
    found = []
    if find(name, probe, length)["mask_x"] >= length:
        found += ["--mask_x", str(presets.fitting_mask(length))]
    if num_training < configs.Config.batch_size:
        found += ["--batch_size", str(min(num_training, max(2, num_training // 4)))]
    if probe is None or unknown:
        found += ["--protocol", configs.STRICT]
    return found


def check_given(name: str, given: dict[str, Any]) -> None:
    """Refuses what the auto preset does not take.

    Args:
        name: of the data set.
        given: what somebody asked for, by field of `config.Config`.

    Raises:
        errors.InputError: names what was given, and the preset that takes it.
    """
    default = "" if "preset" in given else f", the default for {name},"
    presets.check_given(_preset(name, given), given, default)


def _preset(name: str, given: dict[str, Any]) -> str:
    return given.get("preset", preset(name, given.get("protocol")))


def config(
    name: str, probe: str | None, length: int, given: dict[str, Any]
) -> configs.Config:
    """The frozen configuration: what was given wins over the data set's defaults.

    Raises:
        errors.InputError: a value is out of range, or does not fit the length.
    """
    known = find(name, probe, length)
    return presets.config(_preset(name, given), length, given, known)
