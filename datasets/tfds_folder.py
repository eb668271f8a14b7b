"""What tensorflow-datasets has built, found without loading TensorFlow."""

import dataclasses
import json
import os
import pathlib
import re
import shlex
from typing import Any

from datasets import catalog, descriptor
from simmc_tf import errors, json_file

# The builder of anyone's recordings, in datasets/tfds.
OWN = "recordings"

_INFO = "dataset_info.json"
METADATA = "metadata.json"  # What the builders say of what they built.


@dataclasses.dataclass(frozen=True)
class Built:
    """A data set as tensorflow-datasets keeps it.

    Attributes:
        data_set: its entry.
        folder: `BUILDER/CONFIG/VERSION` below the folder of all of them.
    """

    data_set: catalog.DataSet
    folder: pathlib.Path

    @property
    def name(self) -> str:
        """As tensorflow-datasets writes it: `ks20/f6:1.0.0`."""
        builder, config, version = self.folder.parts[-3:]
        return f"{builder}/{config}:{version}"


def default() -> pathlib.Path:
    """Where tensorflow-datasets keeps everything that it builds."""
    given = os.environ.get("TFDS_DATA_DIR")
    return pathlib.Path(given or "~/tensorflow_datasets").expanduser()


def own_config(name: str, length: int) -> str:
    """The configuration of `OWN` for a file `NAME.npz` and sequences of `length`."""
    return f"{name}-f{length}"


def find(name: str, length: int, tfds_dir: pathlib.Path) -> Built:
    """Finds a built data set, the newest version where there are several.

    Args:
        name: of a published data set, or of the file of recordings without `.npz`.
        length: f, 0 for the default.
        tfds_dir: folder of all that tensorflow-datasets has built.

    Raises:
        errors.InputError: it was not built, or is broken.
    """
    if name.lower() == catalog.SYNTHETIC.lower():
        raise errors.InputError(
            f"--dataset {name} is generated in memory; leave --source tfds out."
        )
    entry = catalog.find(name)
    if entry is None:
        return _find_own(name, length, tfds_dir)
    if length not in (0, *entry.lengths):
        raise errors.InputError(
            f"--length {length}: tensorflow-datasets builds {entry.name} of "
            f"{', '.join(map(str, sorted(entry.lengths)))} skeletons; others come from "
            "Pre-process.py, without --source tfds."
        )
    length = entry.check_length(length)
    builder = entry.name.lower()
    folder = _newest(tfds_dir / builder / f"f{length}")
    if folder is None:
        raise _not_built(
            f"{entry.name} of {length} skeletons",
            f"build {builder}/f{length} --manual_dir RAW_ROOT",
            tfds_dir,
            f"RAW_ROOT is the folder that holds {entry.name}/, the raw files",
        )
    found = _described(folder)
    if found.joints != entry.joints or found.lengths != (length,):
        raise _broken(folder / METADATA, "other joints or another length")
    return Built(dataclasses.replace(entry, lengths=found.lengths), folder)


def _find_own(name: str, length: int, tfds_dir: pathlib.Path) -> Built:
    descriptor.check_name(name)
    above = tfds_dir / OWN
    lengths = sorted(
        int(match[1])
        for path in (above.iterdir() if above.is_dir() else ())
        if (match := re.fullmatch(rf"{re.escape(name)}-f([0-9]+)", path.name))
    )
    if length == 0:
        length = 6 if 6 in lengths or not lengths else lengths[0]
    folder = _newest(above / own_config(name, length))
    if folder is None:
        config = json.dumps({"file": f"{name}.npz", "length": length})
        raise _not_built(
            f"{name} of {length} skeletons",
            f"build {OWN} --config {shlex.quote(config)}",
            tfds_dir,
            f"{name}.npz is a file of recordings, as Pre-process.py --save writes it",
        )
    return Built(_described(folder), folder)


def _newest(folder: pathlib.Path) -> pathlib.Path | None:
    """The version folder with the highest number; half-built ones have other names."""
    versions = [
        path
        for path in (folder.iterdir() if folder.is_dir() else ())
        if re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", path.name)
        and (path / _INFO).is_file()
    ]
    return max(
        versions, key=lambda path: [*map(int, path.name.split("."))], default=None
    )


def metadata(folder: pathlib.Path) -> dict[str, Any]:
    """What the builder said of a built data set.

    Raises:
        errors.InputError: it is missing or damaged.
    """
    path = folder / METADATA
    try:
        content = json_file.read(path)
    except (OSError, ValueError) as error:
        raise _broken(path, f"{type(error).__name__}: {error}") from error
    if not isinstance(content, dict):
        raise _broken(path, "no JSON object")
    return content


def _described(folder: pathlib.Path) -> catalog.DataSet:
    """The entry that the metadata of a built data set describe."""
    content = metadata(folder)
    try:
        descriptor.check_name(str(content["name"]))
        for text in (*map(str, content["joint_names"]), *content["probes"]):
            if not text.isprintable():
                raise ValueError(f"{text!r:.60} cannot be printed")
        return catalog.DataSet(
            str(content["name"]),
            tuple(map(str, content["joint_names"])),
            (int(content["length"]),),
            {
                str(probe): (str(first), str(second))
                for probe, (first, second) in content["probes"].items()
            },
            person_names=descriptor.person_names(content),
        )
    except (
        *(ValueError, KeyError, TypeError, AttributeError),
        OverflowError,
    ) as error:
        raise _broken(folder / METADATA, f"{type(error).__name__}: {error}") from error


def _broken(path: pathlib.Path, reason: str) -> errors.InputError:
    return errors.InputError(
        f"{path} is not what datasets.tfds writes ({reason}); build the data set again "
        "with --overwrite."
    )


def _not_built(
    what: str, command: str, tfds_dir: pathlib.Path, meaning: str
) -> errors.InputError:
    if tfds_dir != default():
        command += f" --data_dir {shlex.quote(str(tfds_dir))}"
    return errors.InputError(
        f"tensorflow-datasets has not built {what} in {tfds_dir}; build it with: "
        f"python -m datasets.tfds {command} ({meaning})"
    )
