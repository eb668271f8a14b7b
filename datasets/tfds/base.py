"""What all builders share: how sequences are described and written."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from datasets import descriptor, preparation, windows
from datasets import recordings as recordings_module

# Pre-process.py's default, so that both draw the same split.
SEED = 0

# Features of an example that SimMC.py reads.
SKELETONS, PERSON = "skeletons", "person"


class SequenceBuilder(tfds.core.GeneratorBasedBuilder):
    """Writes recordings as sequences: those of Pre-process.py, in its order.

    A split is a part of the data set, such as train, gallery and probe.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First version."}

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
                    "condition": tfds.features.Text(
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
                    "condition": conditions[index],
                },
            )
