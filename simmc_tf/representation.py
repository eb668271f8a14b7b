"""Anything that gives a sequence a vector, and how well it tells persons apart."""

import dataclasses
from collections.abc import Callable

import numpy as np

from simmc_tf import averages, diagnostics, errors, evaluation
from simmc_tf import data as data_module

Encode = Callable[[data_module.Sequences], np.ndarray]
OfSkeletons = Callable[[np.ndarray], np.ndarray]


@dataclasses.dataclass(frozen=True)
class Representation:
    """A function of sequences.

    Attributes:
        encode: sequences [N, f, d] -> features [N, H].
        standardised: each feature is divided by its deviation over the training set.
    """

    encode: Encode
    standardised: bool = False

    def asked(self, standardised: bool | None) -> "Representation":
        """The same, standardised or not as somebody asks; None: as it is."""
        if standardised is None:
            return self
        return dataclasses.replace(self, standardised=standardised)

    def fit(self, train: data_module.Sequences) -> Encode:
        """The function that is evaluated.

        Args:
            train: [N, f, d] training sequences; no label is read.
        """
        if not self.standardised:
            return self.encode
        features = self.encode(train)
        spread = np.concatenate(
            [_spread(features[:, some]) for some in averages.columns(*features.shape)]
        )
        return lambda sequences: self.encode(sequences) / spread


def _spread(features: np.ndarray) -> np.ndarray:
    """Deviation of every column, 1 where it never changes."""
    spread = features.std(axis=0)
    # What never changes, but for rounding, tells nobody apart.
    spread[spread <= 1e-6 * np.abs(features).max(axis=0)] = 1.0
    return spread


def mean_over_skeletons(
    of_skeletons: OfSkeletons = lambda sequences: sequences,
) -> Encode:
    """The mean over the skeletons of a sequence, of some function of them.

    Args:
        of_skeletons: [N, f, d] -> [N, f, H]; as they are where it is left out.

    Returns:
        Function of sequences [N, f, d], which may be in files, to [N, H].
    """

    def encode(sequences: data_module.Sequences) -> np.ndarray:
        pieces = data_module.pieces(len(sequences))
        means = (of_skeletons(sequences[some]).mean(axis=1) for some in pieces)
        return data_module.joined(means, len(sequences))

    return encode


@dataclasses.dataclass(frozen=True)
class Assessment:
    """How well a representation tells persons apart.

    Attributes:
        scores: of matching probes to the gallery.
        mact: mean intra-class tightness of the training set, None without its persons.
        mrcl: mean inter-class looseness of the same.
    """

    scores: evaluation.Scores
    mact: float | None
    mrcl: float | None


def assess(
    train: data_module.Split | None,
    matching: data_module.Matching,
    representation: Representation,
    batch_size: int = 1,
    distance: str = evaluation.EUCLIDEAN,
) -> Assessment:
    """Evaluates a representation.

    Args:
        train: gives the deviations of the features, and mACT and mRCL, over each of its
            sequences once; None where it is not known.
        matching: gallery and probes.
        representation: to evaluate.
        batch_size: the last partial batch of gallery and probes is left out; 1: none.
        distance: `evaluation.EUCLIDEAN` or `COSINE`.

    Raises:
        errors.InputError: it is to be standardised and there is no training set.
    """
    if train is None and representation.standardised:
        raise errors.InputError(
            "There is no training set over whose deviations to standardise."
        )
    encode = (
        representation.encode if train is None else representation.fit(train.sequences)
    )
    scores = evaluation.match(matching, encode, batch_size, distance)
    mact = mrcl = None
    if train is not None and (train.persons >= 0).all():
        features = encode(train.sequences)
        mact, mrcl = diagnostics.compactness(features, train.persons)
    return Assessment(scores, mact, mrcl)
