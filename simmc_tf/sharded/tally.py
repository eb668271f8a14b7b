"""How far a run is, phase by phase."""

import collections
import time
from collections.abc import Callable

from simmc_tf import progress

# Takes a phase, how many of its parts are done, of how many, and the time left.
Report = Callable[[str, int, int, str], None]


class Tally:
    """Counts parts, of which only those that this run has computed tell of time.

    Args:
        totals: parts of each phase.
        report: takes note.
    """

    def __init__(self, totals: dict[str, int], report: Report) -> None:
        self._totals = totals
        self._report = report
        self._done = collections.Counter[str]()
        self._computed = collections.Counter[str]()
        self._start: dict[str, float] = {}

    def found(self, phase: str, number: int) -> None:
        """Some parts of a phase that begins or goes on are there."""
        self._start.setdefault(phase, time.monotonic())
        self._done[phase] += number
        if number:
            self._say(phase)

    def computed(self, phase: str) -> None:
        """One more part is computed."""
        self._done[phase] += 1
        self._computed[phase] += 1
        self._say(phase)

    def _say(self, phase: str) -> None:
        spent = time.monotonic() - self._start[phase]
        missing = self._totals[phase] - self._done[phase]
        left = "?"
        if self._computed[phase]:
            left = progress.duration(spent / self._computed[phase] * missing)
        self._report(phase, self._done[phase], self._totals[phase], left)
