"""Builder of anyone's recordings, from a file in the interchange format."""

import dataclasses
import json
import pathlib
from collections.abc import Iterator
from typing import Any

import tensorflow_datasets as tfds

from datasets import catalog, descriptor, preparation, splits, tfds_folder, windows
from datasets import recordings as recordings_module
from datasets.tfds import base
from simmc_tf import errors

# Of the recordings that were cut, in the metadata of a build.
_DIGEST = "recordings_sha256"

# What --config takes.
EXAMPLE = json.dumps({"file": "MyPeople.npz", "length": 6})


@dataclasses.dataclass(eq=False)
class Config(tfds.core.BuilderConfig):
    """A file of recordings and how to cut it.

    Attributes:
        name: made of the file's name and the length.
        file: path of the .npz.
        length: f.
    """

    name: str = ""
    file: str = ""
    length: int = 6

    def __post_init__(self) -> None:
        """Gives it its name.

        Raises:
            errors.InputError: the file's name or the length cannot be used.
        """
        if not isinstance(self.file, str):
            raise errors.InputError(f"file {self.file!r}; expected a path in quotes.")
        if not isinstance(self.length, int) or self.length < 1:
            raise errors.InputError(
                f"length {self.length!r}; expected a whole number of skeletons above 0."
            )
        if not self.file:
            self.name = "without-file"
            return
        descriptor.check_name(self.data_set)
        preparation.refuse_published(self.data_set)
        self.name = tfds_folder.own_config(self.data_set, self.length)
        self.description = f"{self.data_set}: sequences of {self.length} skeletons."

    @property
    def data_set(self) -> str:
        """What the data set is called: the file without its suffix."""
        return pathlib.Path(self.file).stem

    def read(self) -> recordings_module.Recordings:
        """Reads the file.

        Raises:
            errors.InputError: no file was given, or it is not there or broken.
        """
        if not self.file:
            raise errors.InputError(
                f"{tfds_folder.OWN} needs a file of recordings; name it by --config "
                f"'{EXAMPLE}'."
            )
        return recordings_module.read(pathlib.Path(self.file).expanduser())


class Recordings(base.SequenceBuilder):
    """Recordings that somebody brings."""

    # tensorflow-datasets makes a Config of what --config says, if there is one here.
    BUILDER_CONFIGS = [Config()]

    def _info(self) -> tfds.core.DatasetInfo:
        config = self.builder_config
        found = config.read()
        return self.describe(
            descriptor.Descriptor(
                config.data_set,
                config.length,
                found.joint_names,
                catalog.PROBE_GALLERY,
                f"datasets.tfds {self.name}/{config.name}",
                training=windows.Training.HALF.value,
                person_names=preparation.person_names(found),
            ),
            description="Sequences of the skeletons in a file of recordings.",
        )

    def _split_generators(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Iterator[tuple[int, dict[str, Any]]]]:
        del dl_manager  # There is nothing to download.
        found = self.builder_config.read()
        self.info.metadata[_DIGEST] = recordings_module.digest(found)
        return self.cut(found, splits.draw)

    def check_built(self, place: pathlib.Path) -> None:
        """Refuses a build of other recordings: a build is called by its file's name.

        Raises:
            errors.InputError: other recordings are built there.
        """
        if not (place / tfds_folder.METADATA).is_file():
            return  # Damaged; it is found out where it is read.
        file = self.builder_config.file
        found = recordings_module.digest(self.builder_config.read())
        if tfds_folder.metadata(place).get(_DIGEST) != found:
            raise errors.InputError(
                f"{place} was built from other recordings than {file} holds now: from "
                "a file of the same name elsewhere, or from what was in this one "
                "before. Rename the file to keep both, or add --overwrite to replace "
                "the build."
            )
