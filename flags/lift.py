"""--lift and --image_size: how CASIA-B's 2D keypoints become 3D."""

import pathlib
import re
from collections.abc import Collection

from absl import flags

from datasets.raw import lifting
from simmc_tf import errors

_DATA_SET = "CASIA_B"
IMAGE_SIZE = "320x240"  # CASIA-B's videos.


def read(values: flags.FlagValues, names: Collection[str]) -> lifting.Lifter | None:
    """Turns the two flags into a lifter, or None.

    Args:
        values: parsed flags.
        names: of the published data sets to be converted.

    Raises:
        errors.InputError: a flag goes without the other or without CASIA-B, or the size
            is none.
    """
    path, size = values["lift"].value, values["image_size"].value
    if path is None:
        if values["image_size"].present:
            raise errors.InputError("--image_size goes with --lift, which is missing.")
        return None
    if not path:
        raise errors.InputError("--lift is empty; expected a network (.onnx).")
    if _DATA_SET not in names:
        raise errors.InputError(
            f"--lift is for the raw {_DATA_SET} alone, which this command does not "
            f"convert; leave it out, or name {_DATA_SET} in --dataset."
        )
    match = re.fullmatch("([1-9][0-9]{0,4})x([1-9][0-9]{0,4})", size)
    if match is None:
        raise errors.InputError(
            f"--image_size {size!r}: expected the videos' width and height in pixels, "
            f"such as {IMAGE_SIZE}."
        )
    return lifting.Lifter(pathlib.Path(path), int(match[1]), int(match[2]))
