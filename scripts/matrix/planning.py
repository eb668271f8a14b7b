"""Which runs there are to be, and why others are not."""

import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from scripts.matrix import columns, methods, published, results
from simmc_tf import config as configs
from simmc_tf import errors


class Shown(NamedTuple):
    """A data set of the tables under a protocol.

    Attributes:
        column: the data set.
        protocol: of its runs.
        figures: the paper's by method, to stand beside them.
    """

    column: columns.Column
    protocol: str
    figures: Mapping[str, published.Figures]

    @property
    def data(self) -> str:
        """Name of its runs' data."""
        return results.name(self.column, self.protocol)


def plan(
    found: Sequence[columns.Column],
    chosen: Sequence[str],
    num_seeds: int,
    asked: Sequence[methods.Asked],
) -> tuple[list[results.Run], list[str]]:
    """All runs, in the order in which to do them, and lines on what is left out.

    Args:
        found: data sets.
        chosen: methods.
        num_seeds: runs of each, where its seed changes anything.
        asked: what is given, for each protocol.

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
        for own, method in itertools.product(asked, chosen):
            try:
                made = [
                    methods.run(method, column, seed, own) for seed in range(num_seeds)
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
    return runs, list(dict.fromkeys(told))


def shown(
    found: Sequence[columns.Column],
    runs: Sequence[results.Run],
    asked: Sequence[methods.Asked],
) -> list[Shown]:
    """The data sets of the tables, each under every protocol.

    The paper's figures are of the published protocol, and stand beside others only
    where nobody asks for that one.

    Args:
        found: data sets.
        runs: that there are to be.
        asked: what is given, for each protocol.
    """
    measured = {(run.column, run.protocol) for run in runs}
    shown = []
    for column in found:
        protocols = dict.fromkeys(own.config(column).protocol for own in asked)
        for protocol in protocols:
            beside = protocol == configs.PUBLISHED or len(protocols) == 1
            figures = column.figures if beside else {}
            if figures or (column, protocol) in measured:
                shown.append(Shown(column, protocol, figures))
    return shown
