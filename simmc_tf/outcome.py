"""What a run came to, in lines for a reader."""

from collections.abc import Callable, Mapping

from simmc_tf import config as configs
from simmc_tf import evaluation, experiment, tables, verdict

_NO_PROBES = (
    "no probes: nobody can say how well this model tells people apart; known without "
    "labels is only"
)
_HOW_TO_KNOW = (
    "clearer clusters need not be people: to know, keep recordings of some known "
    "persons as gallery and probes"
)


def tell(
    config: configs.Config,
    result: experiment.Result,
    report: Callable[[str], None],
) -> None:
    """How good the model is, or what little is known of that without probes.

    Args:
        config: of the run.
        result: of the run.
        report: takes lines.
    """
    if result.scores is None or result.scores_all is None:
        report(_NO_PROBES)
        rows = result.run.rows[0], result.run.rows[result.best_epoch]
        for line in (tables.criteria(*rows), *verdict.unlabelled(*rows), _HOW_TO_KNOW):
            report(line)
        return
    tell_scores(config, result.scores, result.scores_all, report, result.reference)
    said = verdict.judge(
        *(result.scores_all, result.reference, config.preset),
        rising=verdict.rises(config, result.best_epoch, result.run.at),
    )
    for line in said.lines:
        report(line)


def tell_scores(
    config: configs.Config,
    scores: evaluation.Scores,
    scores_all: evaluation.Scores,
    report: Callable[[str], None],
    reference: Mapping[str, evaluation.Scores],
) -> None:
    """The trained encoder first, then what it has to beat."""
    rows = verdict.rows(config.protocol, scores, scores_all, reference)
    report(tables.scores(rows))
