"""Embeddings of generated walkers, to be enrolled and searched for."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from datasets import loading
from simmc_tf import config as configs
from simmc_tf import data as data_module

_LENGTH = 6
# Walkers that are generated at a time; some 140 enrolled sequences each.
_PERSONS = 500
# Of them, those whose training sequences the model is fitted to.
_FITTED = 100
# Sequences of a recording.
_OF_RECORDING = 14


@dataclasses.dataclass(frozen=True)
class Walkers:
    """Who is enrolled and who is searched for.

    Attributes:
        features: [N, H] float32 enrolled, person after person.
        persons: [N] int64.
        queries: [M, H] float32 of other recordings of the first persons.
        query_persons: [M] int64.
    """

    features: np.ndarray
    persons: np.ndarray
    queries: np.ndarray
    query_persons: np.ndarray

    @property
    def counts(self) -> np.ndarray:
        """[R] sequences of the enrolled recordings."""
        whole = []
        for size in np.bincount(self.persons):
            full, rest = divmod(int(size), _OF_RECORDING)
            whole += [_OF_RECORDING] * full + [rest] * bool(rest)
        return np.array(whole, np.int64)


def walkers(num_rows: int, num_queries: int, say: Callable[[str], None]) -> Walkers:
    """Embeds walkers of many seeds as an untrained model of the auto preset does.

    One seed's walkers are no more alike those of another than one another.

    Args:
        num_rows: N.
        num_queries: M, at most: those of persons who are enrolled.
        say: told how far it is.
    """
    from simmc_tf import pipeline

    encoder = None
    features = np.empty((num_rows, configs.Config().H), np.float32)
    persons = np.empty(num_rows, np.int64)
    queries = query_persons = np.empty(0)
    done = seed = 0
    while done < num_rows:
        data = loading.generate(_LENGTH, _PERSONS, seed).data
        if data.matching is None:
            raise RuntimeError("Generated walkers have probes.")
        if encoder is None:
            model = _model(data.train.sequences, data.train.persons)
            encoder = pipeline.BulkEncoder(model.encoder, model.preparation)
            probe, gallery = data.matching.probe, data.matching.gallery
            enrolled = np.append(data.train.persons, gallery.persons)[:num_rows]
            known = np.flatnonzero(np.isin(probe.persons, enrolled))
            drawn = np.random.default_rng(0).permutation(len(known))[:num_queries]
            some = known[np.sort(drawn)]
            queries = encoder.whole(probe.sequences[some])
            query_persons = probe.persons[some]
        for split in (data.train, data.matching.gallery):
            count = min(len(split), num_rows - done)
            part = slice(done, done + count)
            features[part] = encoder.whole(split.sequences[:count])
            persons[part] = split.persons[:count] + seed * _PERSONS
            done += count
        say(f"{done:,} of {num_rows:,} embeddings made")
        seed += 1
    order = np.argsort(persons, kind="stable")
    return Walkers(features[order], persons[order], queries, query_persons)


def _model(sequences: data_module.Sequences, persons: np.ndarray) -> Any:
    """A model as it is before the first epoch, fitted to some walkers' recordings."""
    from simmc_tf import checkpoints, merging, pipeline, preparation, tracks

    config = configs.Config(preset=configs.AUTO, protocol=configs.STRICT)
    some = sequences[persons < _FITTED]
    found = tracks.find(some).numbers
    prepared = preparation.fit(some, found, True, config)
    model = checkpoints.build(config, some.shape[-1], preparation=prepared)
    features = pipeline.BulkEncoder(model.encoder, prepared).whole(some)
    model.encoder.set_whitening(merging.whiten(features, found))
    return model
