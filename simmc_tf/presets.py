"""What the presets come to on data that the paper does not know."""

from typing import Any

from simmc_tf import config as configs
from simmc_tf import errors

# What the auto preset does without, or has one value of for all data.
_NOT_WITH_AUTO = ("eps", "min_samples", "k1", "k2")
# Where it clusters sequences one by one.
AUTO_EPS = 0.6


def row(
    mask_x: int, mic_weight: float, t: float, eps: float, min_samples: int
) -> dict[str, float]:
    """The hyperparameters that differ by data, by field of `config.Config`."""
    return {
        "mask_x": mask_x,
        "mic_weight": mic_weight,
        "t": t,
        "eps": eps,
        "min_samples": min_samples,
    }


def fitting_mask(length: int) -> int:
    """Skeletons to mask of f: a third, but never all."""
    return min(max(1, length // 3), length - 1)


def published(length: int) -> dict[str, float]:
    """The published preset's hyperparameters for data that the paper does not know.

    They take KS20's, but eps 0.5: with 0.8 nearly everybody joins a few giant clusters
    on recorded motion, and the representation gets worse by training; 0.5 did best or
    nearly so among 0.4 to 0.8 on motion capture and generated walkers. A third of the
    skeletons is masked, as with the published f = 6.

    Args:
        length: f.
    """
    return row(fitting_mask(length), 0.5, 0.08, 0.5, 2)


def automatic(length: int) -> dict[str, float]:
    """The auto preset's hyperparameters, the same for all data sets."""
    values = row(fitting_mask(length), 0.5, 0.3, AUTO_EPS, 2)
    return {**values, "epochs": 200, "patience": 10}


def protocol(preset: str) -> str:
    """The protocol of a preset where none is given."""
    return configs.STRICT if preset == configs.AUTO else configs.PUBLISHED


def check_given(preset: str, given: dict[str, Any], default: str = "") -> None:
    """Refuses what the auto preset does not take.

    Args:
        preset: that is asked for, or the default.
        given: what somebody asked for, by field of `config.Config`.
        default: said of the preset where nobody asked for it.

    Raises:
        errors.InputError: names what was given, and the preset that takes it.
    """
    fields = [field for field in _NOT_WITH_AUTO if field in given]
    if not fields or preset != configs.AUTO:
        return
    listed = ", ".join(f"--{field} {given[field]}" for field in fields)
    *others, last = (f"--{field}" for field in _NOT_WITH_AUTO)
    them = "it" if len(fields) == 1 else "them"
    raise errors.InputError(
        f"{listed}: --preset {configs.AUTO}{default} takes none of "
        f"{', '.join(others)} and {last}; leave {them} out, or give --preset "
        f"{configs.PUBLISHED}, which takes {them}."
    )


def config(
    preset: str, length: int, given: dict[str, Any], known: dict[str, float]
) -> configs.Config:
    """The frozen configuration: what was given wins over the defaults.

    Args:
        preset: `config.PUBLISHED` or `AUTO`.
        length: f.
        given: what somebody asked for, by field of `config.Config`.
        known: what the published preset takes for these data.

    Raises:
        errors.InputError: a value is out of range, or does not fit the length.
    """
    defaults = automatic(length) if preset == configs.AUTO else known
    values: dict[str, Any] = {**defaults, **given, "preset": preset}
    values.setdefault("protocol", protocol(preset))
    values.setdefault("mask_x_2", values["mask_x"])
    found = configs.Config(**values)
    found.check_length(length)
    return found
