"""How each published data set becomes recordings and sequences."""

import dataclasses
import functools
import pathlib
import shlex
from collections.abc import Callable

import numpy as np

from datasets import catalog, splits, windows
from datasets.raw import lifting, take
from datasets.raw.sets import biwi, casia_b, ias, kgbd, ks20


@dataclasses.dataclass(frozen=True)
class RawDataSet:
    """A published data set as its authors give it away.

    Attributes:
        name: in the catalogue.
        format: of its folder, which is called like it.
        training: where sequences of training recordings begin.
        draw: draws gallery and probes, called as `splits.draw`; not used where the
            folders say it.
        options: flags that change how it is read, for the record.
        in_metres: whether its files are in metres; CASIA-B's may be in any unit.
    """

    name: str
    format: take.Format
    training: windows.Training
    draw: Callable[..., np.ndarray] = splits.draw
    options: str = ""
    in_metres: bool = True

    @property
    def entry(self) -> catalog.DataSet:
        """Its entry in the catalogue."""
        return next(entry for entry in catalog.PUBLISHED if entry.name == self.name)

    def folder(self, raw_root: pathlib.Path) -> pathlib.Path:
        """Where its raw files are expected."""
        return raw_root / self.name


RAW = (
    RawDataSet("KS20", ks20.FORMAT, windows.Training.SHIFTED, splits.draw_ks20),
    RawDataSet("KGBD", kgbd.FORMAT, windows.Training.APART, splits.draw_kgbd),
    RawDataSet("IAS", ias.FORMAT, windows.Training.SHIFTED),
    RawDataSet("BIWI", biwi.FORMAT, windows.Training.SHIFTED),
    RawDataSet("CASIA_B", casia_b.FORMAT, windows.Training.HALF, in_metres=False),
)


def lifted(raw: RawDataSet, lift: lifting.Lifter) -> RawDataSet:
    """CASIA-B of which 2D keypoints are lifted instead of being refused.

    Others, which have no 2D keypoints, stay as they are.

    Raises:
        errors.InputError: the network cannot be used.
    """
    if raw.format is not casia_b.FORMAT:
        return raw
    lift.check()
    reads = functools.partial(casia_b.read, lift=lift)
    return dataclasses.replace(
        raw,
        format=dataclasses.replace(raw.format, read=reads),
        options=f" --lift {shlex.quote(str(lift.path))} "
        f"--image_size {lift.width}x{lift.height}",
    )
