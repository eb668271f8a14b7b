"""How each published data set becomes recordings and sequences."""

import dataclasses
import pathlib
from collections.abc import Callable

import numpy as np

from datasets import catalog, splits, windows
from datasets.raw import take
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
    """

    name: str
    format: take.Format
    training: windows.Training
    draw: Callable[..., np.ndarray] = splits.draw

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
    RawDataSet("CASIA_B", casia_b.FORMAT, windows.Training.HALF),
)
