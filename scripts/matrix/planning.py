"""Which runs there are to be, and why others are not."""

from collections.abc import Sequence

from scripts.matrix import columns, methods, results
from simmc_tf import errors


def plan(
    found: Sequence[columns.Column],
    chosen: Sequence[str],
    num_seeds: int,
    asked: methods.Asked,
) -> tuple[list[results.Run], list[str]]:
    """All runs, in the order in which to do them, and lines on what is left out.

    Args:
        found: data sets.
        chosen: methods.
        num_seeds: runs of each, where its seed changes anything.
        asked: what is given.

    Raises:
        errors.InputError: nothing is left.
    """
    told: list[str] = []
    rows = []
    for column in found:
        missing = column.missing()
        if missing is not None:
            told.append(f"{column.title} is left out: {missing}")
            continue
        for method in chosen:
            try:
                made = [
                    methods.run(method, column, seed, asked)
                    for seed in range(num_seeds)
                ]
            except errors.InputError as error:
                told.append(f"{method} on {column.title} is left out: {error}")
            else:
                rows.append([run for run in made if run is not None])
    # A seed at a time, so that there is soon something to compare.
    runs = [run for row in rows for run in row]
    runs.sort(key=lambda run: run.seed)
    if not runs and not any(column.figures for column in found):
        raise errors.InputError(
            "There is nothing to measure"
            + (f": {'; '.join(told)}" if told else "")
            + ". --dataset syn is generated."
        )
    return runs, told


def shown(
    found: Sequence[columns.Column],
    runs: Sequence[results.Run],
    asked: methods.Asked,
) -> dict[columns.Column, str]:
    """The data sets of the tables, each with the protocol of its runs.

    Args:
        found: data sets.
        runs: that there are to be.
        asked: what is given.
    """
    measured = {run.column for run in runs}
    return {
        column: asked.config(column).protocol
        for column in found
        if column in measured or column.figures
    }
