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
from simmc_tf.report import epochs


def reference(
    simmc: model.SimMC,
    config: configs.Config,
    data: data_module.ReidData,
    folder: pathlib.Path,
    known: evaluation.Scores | None = None,
) -> dict[str, evaluation.Scores]:
    """Scores on all pairs, by name, as a run computes them that is not stopped.

    Args:
        simmc: the trained model, whose preparation the untrained one has too.
        config: of the run.
        data: with probes, as they are before any preparation.
        folder: takes temporary files.
        known: scores of the untrained encoder; None: it is made, and clustered for its
            whitening, once more, which takes minutes for 100,000 sequences.
    """
    if data.matching is None:
        return {}
    prepared = None
    if simmc.preparation is not None:
        prepared = preparations.prepare(simmc.preparation, data, folder)
    scores = known or _score(simmc, config, data, prepared, folder)
    return {"untrained": scores, **yardsticks.scores(data, prepared)}


def kept(
    config: configs.Config, data: data_module.ReidData, course: epochs.Epochs
) -> evaluation.Scores | None:
    """Scores on all pairs of the untrained encoder that the run has written down.

    Args:
        config: of the run.
        data: that it was trained with.
        course: row 0 tells them, under the strict protocol; the published one leaves
            out the last partial batch.

    Returns:
        None where it does not tell them.
    """
    found = [course.at(name, 0) for name in ("top1", "top5", "top10", "mAP")]
    values = [value for value in found if value is not None]
    matching = data.matching
    is_known = config.protocol == configs.STRICT and len(values) == len(found)
    if not is_known or matching is None:
        return None
    top1, top5, top10, mean_ap = values
    in_gallery = len(matching.gallery) - int(matching.leave_self_out)
    return evaluation.Scores(
        *(top1, top5, top10), mean_ap, len(matching.probe), in_gallery
    )


def _score(
    simmc: model.SimMC,
    config: configs.Config,
    data: data_module.ReidData,
    prepared: data_module.ReidData | None,
    folder: pathlib.Path,
) -> evaluation.Scores:
    """Of the untrained encoder, which is built as the run built it."""
    size = data.train.sequences.shape[-1]
    first = checkpoints.build(config, size, preparation=simmc.preparation)
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
    if matching is None:
        raise RuntimeError("Data without probes have no scores.")
    return evaluation.match(matching, encoder.whole)
