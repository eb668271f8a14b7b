"""One entry for every data set that SimMC was published on."""

import dataclasses
from collections.abc import Mapping

from datasets import skeletons
from simmc_tf import errors

SYNTHETIC = "Synthetic"


@dataclasses.dataclass(frozen=True)
class DataSet:
    """What must be known of a data set to load it.

    Attributes:
        name: of its folder and in its file names.
        joints: J joint names.
        lengths: f that it comes in; the first is the default.
        probes: probe name -> (folder of the probes, folder of their gallery); the first
            is the default. Empty where nothing can be evaluated.
        balanced: whether the published protocol balances its persons in training.
        aliases: other spellings on the command line.
        unit: of the coordinates; None: of its files, which may be any.
        person_names: number -> what the recordings call the person, where they do.
    """

    name: str
    joints: tuple[str, ...]
    lengths: tuple[int, ...]
    probes: dict[str, tuple[str, str]]
    balanced: bool = True
    aliases: tuple[str, ...] = ()
    unit: str | None = "m"
    person_names: Mapping[int, str] = dataclasses.field(default_factory=dict)

    @property
    def skeleton_size(self) -> int:
        """Numbers a skeleton, 3J."""
        return 3 * len(self.joints)

    def check_length(self, length: int) -> int:
        """Returns the length, or the default for 0.

        Raises:
            errors.InputError: the data set does not come in this length.
        """
        if length == 0:
            return self.lengths[0]
        if length not in self.lengths:
            raise errors.InputError(
                f"--length {length}: {self.name} comes in sequences of "
                f"{_listed(sorted(self.lengths))} skeletons; from raw recordings "
                f"Pre-process.py makes others: python Pre-process.py {length} "
                f"--dataset {self.name}."
            )
        return length

    def check_probe(self, probe: str | None, flag: str = "probe") -> str | None:
        """Returns the probe, or the default for None.

        Raises:
            errors.InputError: the data set has no such probe.
        """
        if probe is None:
            return next(iter(self.probes), None)
        for name in self.probes:
            if name.lower() == probe.lower():
                return name
        expected = f"one of {_listed(list(self.probes))}" if self.probes else "none"
        raise errors.InputError(
            f"--{flag} {probe}: {self.name} has no such probe; expected {expected}."
        )


def _listed(items: list) -> str:
    return ", ".join(map(str, items))


# The paper's f = 6 first; CASIA-B's 40.
_KINECT_LENGTHS = (6, 4, 8, 10, 12)
PROBE_GALLERY = {"probe": ("probe", "gallery")}

PUBLISHED = (
    DataSet("KS20", skeletons.KINECT_V2.joints, _KINECT_LENGTHS, PROBE_GALLERY),
    DataSet(
        "KGBD", skeletons.KGBD.joints, _KINECT_LENGTHS, PROBE_GALLERY, balanced=False
    ),
    DataSet(
        "IAS",
        skeletons.KINECT_V1.joints,
        _KINECT_LENGTHS,
        {"A": ("A", "B"), "B": ("B", "A")},
    ),
    DataSet(
        "BIWI",
        skeletons.KINECT_V1.joints,
        _KINECT_LENGTHS,
        {"Walking": ("Walking", "Still"), "Still": ("Still", "Walking")},
    ),
    DataSet(
        "CASIA_B",
        skeletons.OPENPOSE_14.joints,
        (40, 50, 60),
        {
            f"{probe}.{gallery}": (probe, gallery)
            for probe, gallery in (
                *(("nm", "nm"), ("cl", "cl"), ("bg", "bg")),
                *(("cl", "nm"), ("bg", "nm")),
            )
        },
        # CAISA_B is the published spelling.
        aliases=("CAISA_B", "CASIA-B", "CASIAB"),
        unit=None,
    ),
)


def find(name: str) -> DataSet | None:
    """The published data set of that name or spelling, or None."""
    for entry in PUBLISHED:
        if name.lower() in {entry.name.lower(), *map(str.lower, entry.aliases)}:
            return entry
    return None


def synthetic(length: int) -> DataSet:
    """The entry of the generated walkers, which come in any length (0: 6).

    Raises:
        errors.InputError: the length is negative.
    """
    if length < 0:
        raise errors.InputError(f"--length must be 0 or more, not {length}.")
    return DataSet(
        SYNTHETIC, skeletons.KINECT_V1.joints, (length or 6,), dict(PROBE_GALLERY)
    )
