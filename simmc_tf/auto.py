"""What is found out about training data before the first epoch."""

import dataclasses
from collections.abc import Callable

import numpy as np

from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf import history, merging, self_matching, tracks
from simmc_tf import preparation as preparations

# Sequences a track, in the mean, for tracks to say more than sequences do.
_LEAST_PER_TRACK = 2


@dataclasses.dataclass(frozen=True)
class Setting:
    """What a run trains on.

    Attributes:
        data: as the encoder sees them.
        preparation: that made them so; None where they are as they were.
        tracks: [N] of the training sequences, to be merged; None where each sequence is
            clustered by itself.
        halves: of the tracks; None where they are too short, or not known.
    """

    data: data_module.ReidData
    preparation: preparations.Preparation | None = None
    tracks: np.ndarray | None = None
    halves: self_matching.Halves | None = None


def set_up(
    data: data_module.ReidData,
    config: configs.Config,
    run: history.History,
    report: Callable[[str], None],
) -> Setting:
    """Finds tracks and prepares all sequences, under the auto preset; reads no label.

    Args:
        data: root-centred coordinates, or representations.
        config: of the run.
        run: is told what goes on; its folder takes temporary files where sequences are
            too many to hold.
        report: takes a line on what was found.
    """
    if config.preset == configs.PUBLISHED:
        return Setting(data)
    sequences = data.train.sequences
    num_sequences = len(sequences)
    with run.stage("finding recordings"):
        found = _find(sequences, config)
    overlap = _overlap(found, num_sequences)
    merges = _merges(found, num_sequences)
    if config.has("tracks"):
        report(_said(len(found), num_sequences, overlap, merges, data.coordinates))
    with run.stage("fitting the preparation"):
        fitted = preparations.fit(sequences, found.numbers, data.coordinates, config)
    with run.stage("preparing sequences"):
        prepared = preparations.prepare(fitted, data, run.folder)
    return Setting(
        prepared,
        fitted,
        found.numbers if merges else None,
        self_matching.split(found, config.seed),
    )


def merged_tracks(
    sequences: data_module.Sequences, config: configs.Config
) -> np.ndarray | None:
    """Tracks [N] that a run merges; None where it clusters sequences one by one.

    Args:
        sequences: [N, f, d] as they are, not prepared.
        config: of the run.
    """
    if config.preset == configs.PUBLISHED:
        return None
    found = _find(sequences, config)
    return found.numbers if _merges(found, len(sequences)) else None


def _find(sequences: data_module.Sequences, config: configs.Config) -> tracks.Tracks:
    if config.has("tracks"):
        return tracks.find(sequences)
    return tracks.alone(len(sequences))


def _overlap(found: tracks.Tracks, num_sequences: int) -> bool:
    return len(found) * _LEAST_PER_TRACK <= num_sequences


def _merges(found: tracks.Tracks, num_sequences: int) -> bool:
    few = 2 < len(found) <= merging.MOST_TRACKS
    return few and _overlap(found, num_sequences)


def _said(
    num_tracks: int, num_sequences: int, overlap: bool, usable: bool, coordinates: bool
) -> str:
    if usable:
        return (
            f"recordings: {num_tracks:,}, told by the frames that training sequences "
            "share; whole recordings are clustered"
        )
    if not overlap and not coordinates:
        why = "representations do not show which frames sequences share"
    elif not overlap:
        why = "training sequences hardly share frames"
    elif num_tracks > merging.MOST_TRACKS:
        why = f"{num_tracks:,} recordings are more than {merging.MOST_TRACKS:,}"
    else:
        why = f"{num_tracks} recording{'s are' if num_tracks > 1 else ' is'} too few"
    return (
        f"recordings: {why}; all {num_sequences:,} sequences are clustered one by one"
    )
