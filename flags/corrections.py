"""Flags that mend recordings while they are read."""

from absl import flags

from datasets import corrections
from simmc_tf import errors

NAMES = ("flip", "swap_sides", "drop_joints")


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    for name, meaning in (
        ("flip", "axes of your own recordings to multiply by -1: x, y, z or y,z"),
        ("drop_joints", "joints of your own recordings to leave out: HandLeft,Head"),
    ):
        flags.DEFINE_list(name, None, meaning, flag_values=values)
    flags.DEFINE_boolean(
        "swap_sides",
        False,
        "call left joints of your own recordings right, and right ones left",
        flag_values=values,
    )


def read(values: flags.FlagValues) -> corrections.Corrections:
    """Turns parsed flags into what is to be mended.

    Raises:
        errors.InputError: an axis is none, or a name is missing.
    """
    flip = tuple(axis.lower() for axis in values["flip"].value or ())
    dropped = tuple(values["drop_joints"].value or ())
    for name, given in (("flip", flip), ("drop_joints", dropped)):
        if values[name].present and not all(given) or values[name].value == []:
            raise errors.InputError(f"--{name} is empty; leave it out, or say which.")
    for axis in flip:
        if axis not in corrections.AXES or flip.count(axis) > 1:
            raise errors.InputError(
                f"--flip {','.join(flip)}: expected x, y or z, or several of them "
                "with commas between."
            )
    return corrections.Corrections(flip, values["swap_sides"].value, dropped)
