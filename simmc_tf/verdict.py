"""Whether training was worth it: what a run's last lines say of its figures."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from simmc_tf import config as configs
from simmc_tf import evaluation, history, self_matching, yardsticks

# What makes a yardstick of coordinates: flags of scripts.evaluate.
_MADE_BY = {
    "mean coordinates": "--representation raw",
    "mean joint distances, raw": "--representation distances --nostandardise",
    "mean joint distances, standardised": "--representation distances",
}
TRAINED = "trained encoder"
_UNTRAINED = "untrained"
_LEVEL = "all rows are level: these probes and this gallery tell nothing apart"
_FIGURES = {"top-1": "top1", "mAP": "mean_ap"}


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What a reader must know of the final table.

    Attributes:
        lines: that say it; none where nothing was compared.
        ahead: whether the trained encoder is ahead of all that needs no training; None
            where nobody can say.
    """

    lines: Sequence[str] = ()
    ahead: bool | None = None


def title(name: str) -> str:
    """What people call something that needs no training."""
    return f"{name} encoder" if name == _UNTRAINED else name


def rows(
    protocol: str,
    scores: evaluation.Scores,
    scores_all: evaluation.Scores,
    reference: Mapping[str, evaluation.Scores],
) -> dict[str, evaluation.Scores]:
    """The trained encoder first, then what it has to beat, as people call them.

    Args:
        protocol: of the run.
        scores: of the trained encoder under the protocol.
        scores_all: the same on all probes and the whole gallery.
        reference: of the untrained encoder and the yardsticks, by name.
    """
    found = {}
    if protocol == configs.PUBLISHED:
        found["trained encoder, whole batches"] = scores
    found[TRAINED] = scores_all
    return found | {title(name): row for name, row in reference.items()}


def beats(
    trained: evaluation.Scores | None, reference: Mapping[str, evaluation.Scores]
) -> bool | None:
    """Whether a trained encoder is ahead of all that needs no training.

    Args:
        trained: its scores, on all probes and the whole gallery.
        reference: the same of the untrained encoder and the yardsticks, by name.

    Returns:
        None where nothing was evaluated.
    """
    if trained is None or not reference:
        return None
    return not any(_not_beaten(trained, row) for row in reference.values())


def _not_beaten(trained: evaluation.Scores, row: evaluation.Scores) -> bool:
    """Whether another is ahead in top-1 or mAP, or level in both."""
    leads = _leads(row, trained).values()
    return max(leads) > 0 or not any(leads)


def _leads(row: evaluation.Scores, other: evaluation.Scores) -> dict[str, float]:
    """By how much scores are ahead of others, by figure."""
    return {
        name: getattr(row, field) - getattr(other, field)
        for name, field in _FIGURES.items()
    }


def judge(
    trained: evaluation.Scores,
    reference: Mapping[str, evaluation.Scores],
    preset: str,
    *,
    rising: bool = False,
) -> Verdict:
    """What a reader must know of the final table.

    Args:
        trained: scores of the trained encoder, on all probes and the whole gallery.
        reference: the same of the untrained encoder and the yardsticks, by name.
        preset: of the run.
        rising: whether the last epoch that was allowed was the best, see `rises`.
    """
    if not reference:
        return Verdict()
    if not any(any(_leads(trained, row).values()) for row in reference.values()):
        return Verdict([_LEVEL])
    ahead = {k: row for k, row in reference.items() if _not_beaten(trained, row)}
    if not ahead:
        return Verdict([_won(trained, reference)], ahead=True)
    found = ["warning: training did not beat what needs no training:"]
    found += [
        f"  {title(name)} {_by(_leads(row, trained))}" for name, row in ahead.items()
    ]
    found.append(f"  what to do: {_remedy(ahead, preset, rising)}")
    return Verdict(found, ahead=False)


def rises(
    config: configs.Config,
    best_epoch: int | None,
    at: Callable[[str, int], float | None],
) -> bool:
    """Whether more epochs promise more: what chooses the best one rose to the last.

    Args:
        config: of the run.
        best_epoch: of its model.
        at: gives a column of metrics.csv after so many epochs.
    """
    if best_epoch != config.epochs:
        return False
    published = config.protocol == configs.PUBLISHED
    for name in ("top1",) if published else ("quality", "view_agreement"):
        before, after = at(name, config.epochs - 1), at(name, config.epochs)
        if before is not None and after is not None:
            return after > (1.0 + self_matching.TOLERANCE) * before
    return False


def unlabelled(untrained: history.Row, trained: history.Row) -> list[str]:
    """Warns where not even what needs no label rose by training.

    Args:
        untrained: row 0 of a run.
        trained: row of the epoch that was chosen.
    """
    before, after = untrained.track_mAP, trained.track_mAP
    what = "recordings are found again"
    if before is None or after is None:
        before, after = untrained.view_agreement, trained.view_agreement
        what = "the two views agree"
    if before is None or after is None:
        return []
    if after >= (1.0 - self_matching.TOLERANCE) * before:
        return []
    return [
        f"warning: {what} less well than before training, which may have taught nothing"
    ]


def _won(trained: evaluation.Scores, reference: Mapping[str, evaluation.Scores]) -> str:
    parts = []
    for figure, field in _FIGURES.items():
        best = max(reference, key=lambda name: getattr(reference[name], field))
        lead = _leads(trained, reference[best])[figure]
        how = f"by {lead:.4f} over" if lead else "level with"
        parts.append(f"{figure} {how} the best, {title(best)}")
    return f"ahead of all rows that need no training: {'; '.join(parts)}"


def _by(leads: Mapping[str, float]) -> str:
    ahead = [f"by {lead:.4f} in {name}" for name, lead in leads.items() if lead > 0]
    return f"is ahead {' and '.join(ahead)}" if ahead else "is level"


def _remedy(ahead: Mapping[str, evaluation.Scores], preset: str, rising: bool) -> str:
    if rising:
        return "raise --epochs: the last one was the best, and quality still rose"
    if preset != configs.AUTO:
        return f"--preset {configs.AUTO} needs neither labels nor settings"
    noisy = "the data may be too few or too noisy to learn more from"
    usable = [name for name in ahead if name not in (_UNTRAINED, yardsticks.PREPARED)]
    if not usable:
        return f"bring more or longer recordings; {noisy}"
    best = max(usable, key=lambda name: ahead[name].top1 + ahead[name].mean_ap)
    made_by = _MADE_BY.get(best)
    if made_by is None:
        return f"use {best} instead; {noisy}"
    command = f"python -m scripts.evaluate {made_by}, with your flags for the data"
    return f"use {best} instead ({command}); {noisy}"
