"""What all builders share: how sequences are described and written."""

import contextlib
import dataclasses
import io
import logging
import pathlib
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from datasets import descriptor, preparation, windows, writable
from datasets import recordings as recordings_module
from simmc_tf import atomic, folders

# Pre-process.py's default, so that both draw the same split.
SEED = 0

# Features of an example that SimMC.py reads.
SKELETONS, PERSON, CONDITION = "skeletons", "person", "condition"

# What became of each build, for people; the command prints it.
LOG = logging.getLogger("datasets.tfds")
LOG.propagate = False

_AS_BUILT = tfds.download.GenerateMode.REUSE_DATASET_IF_EXISTS


class SequenceBuilder(tfds.core.GeneratorBasedBuilder):
    """Writes recordings as sequences: those of Pre-process.py, in its order.

    A split is a part of the data set, such as train, gallery and probe.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First version."}

    def download_and_prepare(
        self,
        *,
        download_dir: Any = None,
        download_config: tfds.download.DownloadConfig | None = None,
        **more: Any,
    ) -> None:
        """Builds the data set, or keeps what is built already.

        Where it is to be overwritten, the former build is replaced by the whole new one
        at the end: tensorflow-datasets would delete it first, before it has looked at
        the raw files.

        Args:
            download_dir: as in tensorflow-datasets, and so are the others.
            download_config: where the raw files are, and whether to overwrite.
            **more: file format and permissions.

        Raises:
            errors.InputError: the raw files are missing or damaged, or what is built
                already is of something else.
        """
        config = download_config or tfds.download.DownloadConfig()
        arguments = {"download_dir": download_dir, "download_config": config, **more}
        place = pathlib.Path(self.data_path)
        overwrite = config.download_mode.overwrite_dataset
        if place.exists() and not overwrite:
            # Without the lock: who may read a build need not be allowed to write it.
            self._keep(place, **arguments)
            return
        writable.check(place.parent, f"--data_dir {self.data_dir_root}")
        with atomic.locked(place.parent, "--data_dir"):
            _clear(place.parent)
            if not place.exists():
                self._build(**arguments)
                LOG.info("%s: built", place)
            elif overwrite:
                config = dataclasses.replace(config, download_mode=_AS_BUILT)
                self._replace(place, **(arguments | {"download_config": config}))
                LOG.info("%s: built again", place)
            else:
                self.info.read_from_directory(self.data_dir)
                self._keep(place, **arguments)

    def _keep(self, place: pathlib.Path, **arguments: Any) -> None:
        self.check_built(place)
        super().download_and_prepare(**arguments)
        LOG.info("%s: built already, kept; --overwrite builds it again", place)

    def _build(self, **arguments: Any) -> None:
        # It announces sizes that it does not know, and a folder that may be moved.
        with contextlib.redirect_stdout(io.StringIO()):
            super().download_and_prepare(**arguments)

    def _replace(self, place: pathlib.Path, **arguments: Any) -> None:
        """Builds elsewhere, then puts that in the place of the former build."""
        arguments["download_dir"] = (
            arguments["download_dir"] or f"{self.data_dir_root}/downloads"
        )
        with folders.replaced(place) as new:
            fresh = type(self)(
                data_dir=new.with_name("data"),
                config=self.builder_config,
                version=str(self.version),
                file_format=self.info.file_format,
            )
            fresh._build(**arguments)
            pathlib.Path(fresh.data_path).rename(new)
        self.info.read_from_directory(self.data_dir)

    def check_built(self, place: pathlib.Path) -> None:
        """Checks that what is built already is what this builder would build.

        Args:
            place: folder of the build.

        Raises:
            errors.InputError: it is not.
        """

    def describe(
        self, described: descriptor.Descriptor, **more: str | None
    ) -> tfds.core.DatasetInfo:
        """Features and metadata.

        Args:
            described: the data set.
            **more: further arguments of `tfds.core.DatasetInfo`.
        """
        shape = (described.length, len(described.joint_names), 3)
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict(
                {
                    SKELETONS: tfds.features.Tensor(
                        shape=shape,
                        dtype=np.float32,
                        doc="joint coordinates [frames, joints, 3] as the sensor gives "
                        "them: not centred; metres, CASIA-B in its files' unit",
                    ),
                    PERSON: tfds.features.Scalar(
                        np.int64, doc="who walks, -1 where unknown"
                    ),
                    "recording": tfds.features.Text(
                        doc="name of the recording, unique in the data set"
                    ),
                    "frame_span": tfds.features.Tensor(
                        shape=(2,),
                        dtype=np.int64,
                        doc="first frame and the one after the last, counted from the "
                        "recording's first usable one",
                    ),
                    CONDITION: tfds.features.Text(
                        doc="view, clothing, set, ...; empty where unknown"
                    ),
                }
            ),
            # Sequences stay in Pre-process.py's order.
            disable_shuffling=True,
            metadata=tfds.core.MetadataDict(dataclasses.asdict(described)),
            **more,
        )

    def cut(
        self,
        recordings: recordings_module.Recordings,
        draw: Callable[..., np.ndarray],
    ) -> dict[str, Iterator[tuple[int, dict[str, Any]]]]:
        """Splits, as `_split_generators` gives them.

        Args:
            recordings: to cut.
            draw: draws their split where they bring none, called as `splits.draw`.

        Raises:
            errors.InputError: no training recording is long enough, or probes and
                gallery do not fit.
        """
        metadata = self.info.metadata
        length = metadata["length"]
        split = recordings.split
        if split is None:
            split = draw(recordings, length, SEED)
            metadata["drawn_with_seed"] = SEED
        found = preparation.cut(
            recordings,
            split,
            length,
            metadata["probes"],
            windows.Training(metadata["training"]),
        )
        metadata["fps"] = sorted(set(recordings.fps.tolist()))
        metadata["probes"] = {
            probe: parts
            for probe, parts in metadata["probes"].items()
            if all(part in found for part in parts)
        }
        return {
            part: self._generate_examples(recordings, spans, length)
            for part, spans in found.items()
        }

    def _generate_examples(
        self,
        recordings: recordings_module.Recordings,
        spans: windows.Spans,
        length: int,
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        names = recordings.recording.tolist()
        persons = recordings.person.tolist()
        conditions = [""] * len(names)
        if recordings.condition is not None:
            conditions = recordings.condition.tolist()
        begins = recordings.starts[spans.recording] + spans.first
        for number, (index, begin) in enumerate(
            zip(spans.recording, begins, strict=True)
        ):
            first = spans.first[number]
            yield (
                number,
                {
                    SKELETONS: recordings.positions[begin : begin + length],
                    PERSON: persons[index],
                    "recording": names[index],
                    "frame_span": np.array([first, first + length]),
                    CONDITION: conditions[index],
                },
            )


def _clear(folder: pathlib.Path) -> None:
    """Removes what killed builds left; what one was about to replace comes back."""
    folders.clear(folder)
    # So tensorflow-datasets calls folders in which it builds.
    for left in folder.glob("incomplete.*"):
        shutil.rmtree(left)
