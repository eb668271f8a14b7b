"""Builders of the published data sets, over the raw files of who has the licence."""

import dataclasses
import pathlib
from collections.abc import Iterator
from typing import Any, ClassVar

import tensorflow_datasets as tfds

from datasets import descriptor
from datasets.raw import published, reading
from datasets.tfds import base
from simmc_tf import errors, meter

_LICENSE = "Granted by the authors of the data set; it is not distributed here."

_RAW = {raw.name: raw for raw in published.RAW}


@dataclasses.dataclass(eq=False)
class Config(tfds.core.BuilderConfig):
    """One of a data set's lengths.

    Attributes:
        length: f.
    """

    name: str = ""
    length: int = 0

    def __post_init__(self) -> None:
        """Gives it its name and description."""
        self.name = f"f{self.length}"
        self.description = f"Sequences of {self.length} skeletons."


def _configs(name: str) -> list[Config]:
    return [Config(length=length) for length in _RAW[name].entry.lengths]


def _instructions(name: str) -> str:
    return (
        f"manual_dir is the folder that holds {name}/, the raw files as the authors of "
        "the data set give them away; Pre-process.py reads the same."
    )


class PublishedBuilder(
    base.SequenceBuilder,
    skip_registration=True,  # type: ignore[call-arg]
):
    """Builder of the data set `DATA_SET`; the subclasses say what it is."""

    DATA_SET: ClassVar[str]
    DESCRIPTION: ClassVar[str]
    HOMEPAGE: ClassVar[str]
    CITATION: ClassVar[str]

    def _info(self) -> tfds.core.DatasetInfo:
        raw = _RAW[self.DATA_SET]
        config = self.builder_config
        return self.describe(
            descriptor.Descriptor(
                self.DATA_SET,
                config.length,
                raw.entry.joints,
                raw.entry.probes,
                f"datasets.tfds {self.name}/{config.name}",
                training=raw.training.value,
            ),
            description=self.DESCRIPTION,
            homepage=self.HOMEPAGE,
            citation=self.CITATION,
            license=_LICENSE,
        )

    def _split_generators(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Iterator[tuple[int, dict[str, Any]]]]:
        raw = _RAW[self.DATA_SET]
        try:
            folder = raw.folder(pathlib.Path(dl_manager.manual_dir))
        except AssertionError as error:  # What it raises where nothing is there.
            # Its text, which names the folder too, goes on for lines.
            raise errors.InputError(
                f"manual_dir {dl_manager._manual_dir} is missing or empty: "
                f"{_instructions(self.DATA_SET)}"
            ) from error
        if not folder.is_dir():
            raise errors.InputError(
                f"There is no folder {folder}: {_instructions(self.DATA_SET)}"
            )
        say = meter.Meter(raw.name, "recordings")
        # Alone: processes that help would run the caller's script again.
        read = reading.read(raw.format.find(folder), raw.format.read, say, processes=1)
        return self.cut(read.recordings, raw.draw)


class Ks20(PublishedBuilder):
    """KS20."""

    DATA_SET = "KS20"
    BUILDER_CONFIGS = _configs(DATA_SET)
    MANUAL_DOWNLOAD_INSTRUCTIONS = _instructions(DATA_SET)
    DESCRIPTION = (
        "20 persons walk past a Kinect v2 three times in each of five directions. Of "
        "each person one walk a direction is training, one gallery, one probe, drawn "
        "at random."
    )
    HOMEPAGE = "http://vislab.isr.ist.utl.pt/datasets/#ks20"
    CITATION = (
        "A. Nambiar, A. Bernardino, J. C. Nascimento, A. Fred: Context-aware person "
        "re-identification in the wild via fusion of gait and anthropometric features. "
        "FG 2017."
    )


class Kgbd(PublishedBuilder):
    """KGBD."""

    DATA_SET = "KGBD"
    BUILDER_CONFIGS = _configs(DATA_SET)
    MANUAL_DOWNLOAD_INSTRUCTIONS = _instructions(DATA_SET)
    DESCRIPTION = (
        "164 persons walk around a turning Kinect v1, about five times each. Of each "
        "person two recordings are gallery and one probe, drawn at random; the others "
        "are training."
    )
    HOMEPAGE = (
        "https://www.researchgate.net/publication/275023745_Kinect_Gait_Biometry_"
        "Dataset_-_data_from_164_individuals_walking_in_front_of_a_X-Box_360_Kinect_"
        "Sensor"
    )
    CITATION = (
        "V. O. Andersson, R. M. Araujo: Person identification using anthropometric and "
        "gait data from Kinect sensor. AAAI 2015."
    )


class Ias(PublishedBuilder):
    """IAS-Lab RGBD-ID."""

    DATA_SET = "IAS"
    BUILDER_CONFIGS = _configs(DATA_SET)
    MANUAL_DOWNLOAD_INSTRUCTIONS = _instructions(DATA_SET)
    DESCRIPTION = (
        "11 persons turn and walk before a Kinect v1: for training, then in other "
        "clothes (A) and in another room (B). A is searched in B and B in A."
    )
    HOMEPAGE = "http://robotics.dei.unipd.it/reid/index.php/8-dataset/5-overview-iaslab"
    CITATION = (
        "M. Munaro, S. Ghidoni, D. T. Dizmen, E. Menegatti: A feature-based approach "
        "to people re-identification using skeleton keypoints. ICRA 2014."
    )


class Biwi(PublishedBuilder):
    """BIWI RGBD-ID."""

    DATA_SET = "BIWI"
    BUILDER_CONFIGS = _configs(DATA_SET)
    MANUAL_DOWNLOAD_INSTRUCTIONS = _instructions(DATA_SET)
    DESCRIPTION = (
        "50 persons before a Kinect v1, 28 of them again on another day in other "
        "clothes, standing (Still) and walking (Walking). Each of the two is searched "
        "in the other."
    )
    HOMEPAGE = "http://robotics.dei.unipd.it/reid/index.php/8-dataset/2-overview-biwi"
    CITATION = (
        "M. Munaro, A. Fossati, A. Basso, E. Menegatti, L. Van Gool: One-shot person "
        "re-identification with a consumer depth camera. In: Person Re-Identification, "
        "Springer 2014."
    )


class CasiaB(PublishedBuilder):
    """CASIA-B."""

    DATA_SET = "CASIA_B"
    BUILDER_CONFIGS = _configs(DATA_SET)
    MANUAL_DOWNLOAD_INSTRUCTIONS = _instructions(DATA_SET)
    DESCRIPTION = (
        "124 persons seen from 11 views: normal (nm), with a bag (bg), in a coat (cl); "
        "3D poses that were estimated from the videos. Persons 1 to 62 are training."
    )
    HOMEPAGE = "http://www.cbsr.ia.ac.cn/english/Gait%20Databases.asp"
    CITATION = (
        "S. Yu, D. Tan, T. Tan: A framework for evaluating the effect of view angle, "
        "clothing and carrying condition on gait recognition. ICPR 2006."
    )
