"""The lines that a person reads while a run goes on."""

import contextlib
import functools
import statistics
import time
from collections.abc import Callable, Iterator

from simmc_tf import heartbeat, history

# Column that selects the best model, where it is not top-1 -> its name in a line.
_CRITERIA = {"view_agreement": "agree"}


def line(
    row: history.Row,
    best: history.Row | None,
    epochs: int,
    seconds: list[float],
    criterion: str = "top1",
) -> str:
    """One line on the model after an epoch.

    Args:
        row: of that model.
        best: row of the best model so far, None before the first epoch.
        epochs: most epochs that the run takes.
        seconds: of every epoch so far, that of the untrained model first.
        criterion: column of the rows that selects the best model.
    """
    width = len(str(epochs))
    parts = [f"epoch {row.epoch:{width}d}/{epochs}"]
    if row.loss is None:
        parts.append("untrained             ")
    else:
        parts.append(f"MPC {row.mpc:6.3f}  MIC {row.mic:6.3f}")
    parts.append(f"clusters {row.clusters_1:4d}/{row.clusters_2:<4d}")
    parts.append(f"outliers {row.outliers:5d}")
    if row.top1 is not None:
        parts.append(f"top-1 {row.top1:.3f}  mAP {row.mAP:.3f}")
    parts.append(_standing(row, best, criterion, width))
    parts.append(f"{seconds[-1]:5.1f} s")
    if row.epoch > 0:
        # The untrained model's time has no training in it, and all compilation.
        typical = statistics.median(seconds[1:])
        # Patience may end the run at any time.
        parts.append(f"at most {duration((epochs - row.epoch) * typical)} left")
    return "  ".join(parts)


def _standing(
    row: history.Row, best: history.Row | None, criterion: str, width: int
) -> str:
    """The criterion where the line has no other place for it, and the best epoch."""
    at = " " * (width + 1) if best is None else f"@{best.epoch:<{width}}"
    value = getattr(row, criterion)
    if value is None:
        return f"best {at}"
    if criterion == "top1":
        return f"best {'' if best is None else format(best.top1, '.3f'):5} {at}"
    return f"{_CRITERIA.get(criterion, criterion)} {value:.3f}  best {at}"


# Epochs that are shorter are told of by their lines alone.
_LONG = 10.0


def standing(run: history.History) -> str | None:
    """What a long epoch is at, and when it ends if it is like the last one.

    Before the first epoch and after the last one, the stage.
    """
    if run.elapsed < _LONG:
        return None
    if not run.seconds or "total" in run.seconds[-1]:
        told = run.current and f"{run.current}, {duration(run.elapsed)} so far"
        return told or None
    text = f"epoch {len(run.seconds) - 1}: {run.current or 'training'}"
    text += f", {duration(run.elapsed)} so far"
    # The first one has no training in it.
    left = run.seconds[-2]["total"] - run.elapsed if len(run.seconds) > 2 else 0.0
    return f"{text}, {duration(left)} left" if left > 0 else text


@contextlib.contextmanager
def during(what: str, after: float = _LONG) -> Iterator[Callable[[str], None]]:
    """Says now and then what goes on, where the block takes `after` seconds or more.

    Gives what prints the block's own lines, which must not end up in that one.
    """
    start = time.perf_counter()

    def told() -> str | None:
        elapsed = time.perf_counter() - start
        return None if elapsed < after else f"{what}, {duration(elapsed)} so far"

    with heartbeat.Heartbeat(told, functools.partial(print, flush=True)) as say:
        yield say


def duration(seconds: float) -> str:
    """Seconds as h:mm:ss or m:ss."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


NO_COMMON_ROWS = (
    "warning: fewer than 2 sequences are in a cluster under both masks, so the next "
    "epoch trains with MIC alone (with --preset published a larger --eps may help)"
)


def few_clusters(num_clusters: tuple[int, int], eps: float | None) -> str:
    """Warns that a view has nothing to contrast, and what may help.

    Args:
        num_clusters: of either view.
        eps: that the user may change; None where nobody chooses it.
    """
    remedy = f"a {'smaller' if min(num_clusters) else 'larger'} --eps than {eps}"
    if eps is None:
        remedy = "more or longer recordings"
    alone = "MIC alone" if max(num_clusters) < 2 else "one view's prototypes"
    return (
        f"warning: {num_clusters[0]} and {num_clusters[1]} clusters in the two views; "
        f"fewer than 2 give nothing to contrast, so the next epoch trains with {alone} "
        f"({remedy} may help)"
    )
