"""Figures of the paper, for tables that never mix them with measured ones.

Copied from the tables under "Results" in the README of github.com/Kali-Hac/SimMC, whose
method is Rao and Miao's (IJCAI 2022); CASIA-B's from a picture in a survey of the
field, which has no top-5 and top-10.
"""

from collections.abc import Mapping
from typing import NamedTuple

_SOURCE = "the paper's figures, https://github.com/Kali-Hac/SimMC#results"
_CASIA_SOURCE = (
    "CASIA-B's from https://github.com/Kali-Hac/3D-SRID-Survey, overview/CASIA-B.jpg"
)
# The authors' archive of MG-SCR's representations does not say which stage made them.
_MG_SCR_TUNED = "MG-SCR + SimMC, labels not known"
# Method here, which reads no label -> what the paper measured: a network that does, or
# of which nobody knows.
OTHERS = {
    "PoseGait features": "PoseGait, with labels",
    "SGELA": "SGELA + DF, with labels",
    "MG-SCR": "MG-SCR, with labels",
    "SM-SGE": "SM-SGE + DF, with labels",
    "MG-SCR + SimMC": _MG_SCR_TUNED,
}


class Figures(NamedTuple):
    """Of a method on the probes of a data set, in [0, 1]; None: not published."""

    top1: float | None
    top5: float | None
    top10: float | None
    mAP: float | None


# Data set and its probe -> method -> top-1, top-5, top-10, mAP in percent.
_PERCENT: Mapping[tuple[str, str], Mapping[str, tuple[float | None, ...]]] = {
    ("KS20", "probe"): {
        "D-13": (39.4, 71.7, 81.7, 18.9),
        "D-16": (51.7, 77.1, 86.9, 24.0),
        "PoseGait, with labels": (49.4, 80.9, 90.2, 23.5),
        "MG-SCR, with labels": (46.3, 75.4, 84.0, 10.4),
        "AGE": (43.2, 70.1, 80.0, 8.9),
        "SGELA": (45.0, 65.0, 75.1, 21.2),
        "SGELA + DF, with labels": (49.7, 67.0, 77.1, 22.2),
        "SM-SGE": (45.9, 71.9, 81.2, 9.5),
        "SM-SGE + DF, with labels": (49.8, 78.1, 85.2, 11.7),
        "SimMC": (66.4, 80.7, 87.0, 22.3),
        "SGELA + SimMC": (47.3, 69.7, 79.3, 20.1),
        _MG_SCR_TUNED: (71.1, 83.6, 89.1, 22.7),
        "SM-SGE + SimMC": (67.2, 82.2, 88.5, 23.0),
    },
    ("KGBD", "probe"): {
        "D-13": (17.0, 34.4, 44.2, 1.9),
        "D-16": (31.2, 50.9, 59.8, 4.0),
        "PoseGait, with labels": (50.6, 67.0, 72.6, 13.9),
        "MG-SCR, with labels": (44.0, 58.7, 64.6, 6.9),
        "AGE": (2.9, 5.6, 7.5, 0.9),
        "SGELA": (38.1, 53.5, 60.0, 4.5),
        "SGELA + DF, with labels": (43.7, 58.7, 65.0, 7.1),
        "SM-SGE": (38.2, 54.2, 60.7, 4.4),
        "SM-SGE + DF, with labels": (43.2, 58.6, 64.6, 7.5),
        "SimMC": (54.9, 66.2, 70.6, 11.7),
        "SGELA + SimMC": (51.7, 62.7, 67.9, 15.1),
        _MG_SCR_TUNED: (47.4, 59.3, 64.9, 11.0),
        "SM-SGE + SimMC": (47.1, 59.2, 64.9, 10.8),
    },
    ("IAS", "A"): {
        "D-13": (40.0, 58.7, 67.6, 24.5),
        "D-16": (42.7, 62.9, 70.7, 25.2),
        "PoseGait, with labels": (28.4, 55.7, 69.2, 17.5),
        "MG-SCR, with labels": (36.4, 59.6, 69.5, 14.1),
        "AGE": (31.1, 54.8, 67.4, 13.4),
        "SGELA": (16.7, 30.2, 44.0, 13.2),
        "SGELA + DF, with labels": (18.0, 32.1, 46.2, 13.5),
        "SM-SGE": (34.0, 60.5, 71.6, 13.6),
        "SM-SGE + DF, with labels": (38.5, 63.2, 73.9, 15.0),
        "SimMC": (44.8, 65.3, 72.9, 18.7),
        "SGELA + SimMC": (16.8, 33.3, 48.7, 12.0),
        _MG_SCR_TUNED: (47.2, 69.0, 77.3, 22.4),
        "SM-SGE + SimMC": (51.3, 69.9, 75.6, 27.3),
    },
    ("IAS", "B"): {
        "D-13": (43.7, 68.6, 76.7, 23.7),
        "D-16": (44.5, 69.1, 80.2, 24.5),
        "PoseGait, with labels": (28.9, 51.6, 62.9, 20.8),
        "MG-SCR, with labels": (32.4, 56.5, 69.4, 12.9),
        "AGE": (31.1, 52.3, 64.2, 12.8),
        "SGELA": (22.2, 40.8, 50.2, 14.0),
        "SGELA + DF, with labels": (23.6, 42.9, 51.9, 14.8),
        "SM-SGE": (38.9, 64.1, 75.8, 13.3),
        "SM-SGE + DF, with labels": (44.3, 68.2, 77.5, 14.9),
        "SimMC": (46.3, 68.1, 77.0, 22.9),
        "SGELA + SimMC": (21.2, 39.1, 48.8, 14.0),
        _MG_SCR_TUNED: (52.4, 72.0, 78.8, 29.1),
        "SM-SGE + SimMC": (55.3, 72.6, 80.3, 34.1),
    },
    ("BIWI", "Walking"): {
        "D-13": (14.2, 20.6, 23.7, 17.2),
        "D-16": (17.0, 25.3, 29.6, 18.8),
        "PoseGait, with labels": (8.8, 23.0, 31.2, 11.1),
        "MG-SCR, with labels": (10.8, 20.3, 29.4, 11.9),
        "AGE": (11.7, 21.4, 27.3, 12.6),
        "SGELA": (11.7, 14.0, 14.7, 19.0),
        "SGELA + DF, with labels": (13.9, 15.3, 16.7, 22.9),
        "SM-SGE": (13.2, 25.8, 33.5, 15.2),
        "SM-SGE + DF, with labels": (16.7, 31.0, 40.2, 18.7),
        "SimMC": (24.5, 36.7, 44.5, 19.9),
        "SGELA + SimMC": (18.4, 23.1, 25.0, 28.7),
        _MG_SCR_TUNED: (25.1, 37.5, 46.4, 20.3),
        "SM-SGE + SimMC": (25.9, 39.2, 45.2, 22.4),
    },
    ("BIWI", "Still"): {
        "D-13": (28.3, 53.1, 65.9, 13.1),
        "D-16": (32.6, 55.7, 68.3, 16.7),
        "PoseGait, with labels": (14.0, 40.7, 56.7, 9.9),
        "MG-SCR, with labels": (20.1, 46.9, 64.1, 7.6),
        "AGE": (25.1, 43.1, 61.6, 8.9),
        "SGELA": (25.8, 51.8, 64.4, 15.1),
        "SGELA + DF, with labels": (29.2, 65.2, 73.8, 23.5),
        "SM-SGE": (31.3, 56.3, 69.1, 10.1),
        "SM-SGE + DF, with labels": (34.8, 60.6, 71.5, 12.8),
        "SimMC": (41.7, 66.6, 76.8, 12.3),
        "SGELA + SimMC": (51.8, 71.3, 74.4, 43.3),
        _MG_SCR_TUNED: (28.3, 51.6, 64.8, 10.9),
        "SM-SGE + SimMC": (42.6, 64.8, 76.2, 15.4),
    },
    ("CASIA_B", "nm.nm"): {
        "AGE": (20.8, None, None, 3.5),
        "SGELA": (71.8, None, None, 9.8),
        "SM-SGE": (50.2, None, None, 6.6),
        "SimMC": (84.8, None, None, 10.8),
    },
    ("CASIA_B", "bg.bg"): {
        "AGE": (37.1, None, None, 9.8),
        "SGELA": (48.1, None, None, 16.5),
        "SM-SGE": (26.6, None, None, 9.3),
        "SimMC": (69.1, None, None, 16.5),
    },
    ("CASIA_B", "cl.cl"): {
        "AGE": (35.5, None, None, 9.6),
        "SGELA": (51.2, None, None, 7.1),
        "SM-SGE": (27.2, None, None, 9.7),
        "SimMC": (68.0, None, None, 15.7),
    },
    ("CASIA_B", "cl.nm"): {
        "AGE": (14.6, None, None, 3.0),
        "SGELA": (15.9, None, None, 4.7),
        "SM-SGE": (10.6, None, None, 3.0),
        "SimMC": (25.6, None, None, 5.4),
    },
    ("CASIA_B", "bg.nm"): {
        "AGE": (32.4, None, None, 3.9),
        "SGELA": (36.4, None, None, 6.7),
        "SM-SGE": (16.6, None, None, 3.5),
        "SimMC": (42.0, None, None, 7.1),
    },
}


def find(name: str, probe: str) -> dict[str, Figures]:
    """Published figures by method, none where the paper has none.

    Args:
        name: of the data set in the catalogue.
        probe: one of its probes.
    """
    found = _PERCENT.get((name, probe), {})
    return {
        method: Figures(*map(_fraction, values)) for method, values in found.items()
    }


def source(name: str) -> str:
    """Where the figures of a data set come from."""
    return _CASIA_SOURCE if name == "CASIA_B" else _SOURCE


def _fraction(percent: float | None) -> float | None:
    return None if percent is None else round(percent / 100, 4)
