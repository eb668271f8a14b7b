"""The data sets on which the published code was measured (../shared/data/peer_*)."""

import dataclasses
import os
import pathlib

import numpy as np

from datasets import loading, skeletons
from flags import defaults
from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf import errors


@dataclasses.dataclass(frozen=True)
class Peer:
    """One such data set.

    Attributes:
        file: name of the .npz.
        name: published data set whose settings it takes.
        probe: probe of that data set.
        gallery: split that is searched.
        joints: J joint names.
        balanced: whether the published protocol balances it.
    """

    file: str
    name: str
    probe: str
    gallery: str
    joints: tuple[str, ...]
    balanced: bool = True

    def path(self) -> pathlib.Path:
        """Where it lies.

        Raises:
            errors.InputError: the file is not there.
        """
        return find(self.file)

    def load(self) -> data_module.ReidData:
        """Root-centred sequences.

        Raises:
            errors.InputError: the file is not there.
        """
        with np.load(self.path()) as arrays:
            train, gallery, probe = (
                loading.centred(
                    data_module.Split(
                        arrays[split], arrays[f"{split}_person"].astype(np.int64)
                    )
                )
                for split in ("train", self.gallery, self.probe)
            )
        return data_module.ReidData(
            train, data_module.Matching(gallery, probe), self.balanced
        )

    def config(self, **given: object) -> configs.Config:
        """The published settings of the data set, except for what is given."""
        return defaults.config(self.name, self.probe, 6, given)


_V1, _V2 = skeletons.KINECT_V1.joints, skeletons.KINECT_V2.joints
PEERS = {
    "ks20": Peer("peer_ks20.npz", "KS20", "probe", "gallery", _V2),
    "cmu_ias": Peer("peer_cmu_ias.npz", "IAS", "A", "B", _V1),
    # KGBD's own files have another order of joints.
    "kgbd": Peer("peer_kgbd.npz", "KGBD", "probe", "gallery", _V1, balanced=False),
}


def shared() -> pathlib.Path:
    """Folder of the measurement data: SIMMC_SHARED, else ../shared."""
    beside = pathlib.Path(__file__).resolve().parents[2] / "shared"
    return pathlib.Path(os.environ.get("SIMMC_SHARED", beside))


def find(file: str) -> pathlib.Path:
    """Where a file of data lies.

    Raises:
        errors.InputError: it is not there.
    """
    path = shared() / "data" / file
    if not path.is_file():
        raise errors.InputError(
            f"There is no {path}; SIMMC_SHARED names the folder that has data/{file}."
        )
    return path
