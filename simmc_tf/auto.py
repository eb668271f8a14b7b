"""What is found out about training data before the first epoch."""

import dataclasses
import pathlib
from collections.abc import Callable

import numpy as np

from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf import encoder as encoders
from simmc_tf import merging, pipeline, self_matching, tracks
from simmc_tf import preparation as preparations

# Sequences a track, in the mean, for tracks to say more than sequences do.
_LEAST_PER_TRACK = 2


@dataclasses.dataclass(frozen=True)
class Setting:
    """What a run trains on.

    Attributes:
        data: as the encoder sees them.
        preparation: that made them so; None where they are as they were.
        tracks: [N] of the training sequences; None without the auto preset.
        merged: the same where tracks are merged; None where each sequence is clustered
            by itself.
        halves: of the tracks; None where they are too short, or not known.
    """

    data: data_module.ReidData
    preparation: preparations.Preparation | None = None
    tracks: np.ndarray | None = None
    merged: np.ndarray | None = None
    halves: self_matching.Halves | None = None


def set_up(
    data: data_module.ReidData,
    config: configs.Config,
    folder: pathlib.Path,
    report: Callable[[str], None],
) -> Setting:
    """Finds tracks and, under the auto preset, prepares all sequences; reads no label.

    Args:
        data: root-centred coordinates, or representations.
        config: of the run.
        folder: takes temporary files where sequences are too many to hold.
        report: takes a line on what was found.
    """
    if config.protocol == configs.PUBLISHED:
        return Setting(data)
    sequences = data.train.sequences
    found = tracks.of(sequences)
    num_tracks = int(found.max(initial=-1)) + 1
    overlap = num_tracks * _LEAST_PER_TRACK <= len(found)
    halves = None
    if overlap:
        halves = self_matching.split(found, tracks.steps(sequences, found), config.seed)
    if config.preset == configs.PUBLISHED:
        return Setting(data, halves=halves)
    merges = overlap and 2 < num_tracks <= merging.MOST_TRACKS
    report(_said(num_tracks, len(found), overlap, merges))
    if not config.has("tracks"):
        found, merges = np.arange(len(found)), False
    fitted = preparations.fit(sequences, found, data.coordinates, config)
    prepared = preparations.prepare(fitted, data, folder)
    return Setting(prepared, fitted, found, found if merges else None, halves)


def whiten(
    encoder: encoders.Encoder,
    sequences: data_module.Sequences,
    tracks_of_sequences: np.ndarray,
    folder: pathlib.Path,
) -> None:
    """Whitens an untrained encoder, so that it can be compared with the trained one."""
    features = pipeline.BulkEncoder(encoder).whole(sequences, folder=folder)
    encoder.set_whitening(merging.whiten(features, tracks_of_sequences))


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
