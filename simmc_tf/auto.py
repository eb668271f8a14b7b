"""What the auto preset finds out about training data before the first epoch."""

import dataclasses
import pathlib
from collections.abc import Callable

import numpy as np

from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf import encoder as encoders
from simmc_tf import merging, pipeline, preparation, tracks

# Sequences a track, in the mean, for tracks to say more than sequences do.
_LEAST_PER_TRACK = 2


@dataclasses.dataclass(frozen=True)
class Setting:
    """What a run of the auto preset trains on.

    Attributes:
        data: as the encoder sees them.
        preparation: that made them so.
        tracks: [N] of the training sequences.
        merges: whether tracks are merged; else each sequence is clustered by itself.
    """

    data: data_module.ReidData
    preparation: preparation.Preparation
    tracks: np.ndarray
    merges: bool


def set_up(
    data: data_module.ReidData,
    config: configs.Config,
    folder: pathlib.Path,
    report: Callable[[str], None],
) -> Setting:
    """Finds tracks and prepares all sequences; no label is read.

    Args:
        data: root-centred coordinates, or representations.
        config: says which parts an ablation leaves out.
        folder: takes temporary files where sequences are too many to hold.
        report: takes a line on what was found.
    """
    sequences = data.train.sequences
    found = np.arange(len(sequences))
    if config.has("tracks"):
        found = tracks.of(sequences)
    num_tracks = int(found.max(initial=-1)) + 1
    overlap = num_tracks * _LEAST_PER_TRACK <= len(found)
    usable = overlap and 2 < num_tracks <= merging.MOST_TRACKS
    fitted = preparation.fit(sequences, found, data.coordinates, config)
    prepared = preparation.prepare(fitted, data, folder)
    report(_said(num_tracks, len(found), overlap, usable))
    return Setting(prepared, fitted, found, usable)


def whiten(encoder: encoders.Encoder, setting: Setting, folder: pathlib.Path) -> None:
    """Whitens an untrained encoder, so that it can be compared with the trained one."""
    features = pipeline.BulkEncoder(encoder).whole(
        setting.data.train.sequences, folder=folder
    )
    encoder.set_whitening(merging.whiten(features, setting.tracks))


def _said(num_tracks: int, num_sequences: int, overlap: bool, usable: bool) -> str:
    if usable:
        return (
            f"recordings: {num_tracks:,}, told by the frames that training sequences "
            "share; whole recordings are clustered"
        )
    if not overlap:
        why = "training sequences do not overlap"
    elif num_tracks > merging.MOST_TRACKS:
        why = f"{num_tracks:,} recordings are more than {merging.MOST_TRACKS:,}"
    else:
        why = f"{num_tracks} recording{'s are' if num_tracks > 1 else ' is'} too few"
    return f"recordings: {why}; each of {num_sequences:,} sequences is clustered alone"
