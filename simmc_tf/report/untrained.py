"""What a trained encoder has to beat, computed anew where a run has not told it."""

import pathlib

from simmc_tf import (
    auto,
    checkpoints,
    evaluation,
    history,
    labelling,
    model,
    pipeline,
    sampling,
    yardsticks,
)
from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf import preparation as preparations


def reference(
    simmc: model.SimMC,
    config: configs.Config,
    data: data_module.ReidData,
    folder: pathlib.Path,
) -> dict[str, evaluation.Scores]:
    """Scores on all pairs, by name, as a run computes them that is not stopped.

    Args:
        simmc: the trained model, whose preparation the untrained one has too.
        config: of the run.
        data: with probes, as they are before any preparation.
        folder: takes temporary files.
    """
    if data.matching is None:
        return {}
    size = data.train.sequences.shape[-1]
    first = checkpoints.build(config, size, preparation=simmc.preparation)
    prepared = None
    if simmc.preparation is not None:
        prepared = preparations.prepare(simmc.preparation, data, folder)
    seen = data if prepared is None else prepared
    encoder = pipeline.BulkEncoder(first.encoder)
    if config.has("whitened_output"):
        run = history.History(folder)
        run.begin_epoch()
        found = labelling.cluster_first_view(
            *(encoder, seen.train.sequences, sampling.training_rows(data, config), 0),
            *(config, run, auto.merged_tracks(data.train.sequences, config)),
        )
        if found.whitening is not None:
            first.encoder.set_whitening(found.whitening)
    matching = seen.matching or data.matching
    scores = evaluation.match(matching, encoder.whole)
    return {"untrained": scores, **yardsticks.scores(data, prepared)}
