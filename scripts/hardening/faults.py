"""Full, broken and vanished disks lose nothing: python -m scripts.hardening.faults.

Each program that writes is to replace what it has made before, on data so few that it
takes seconds, and one operation of the disk fails: every one in turn, or --most of each
kind. Then it must have said so in one line and ended with 2 (or gone on, where it said
what it leaves out), every file must be as it was or whole and new, files that belong
together all of one kind, and nothing may be left besides. As root, disks in memory are
mounted, too, which get full or read-only. Exit status 1 where something was lost.
"""

from flags import quiet  # noqa: F401

# isort: split

import collections
import contextlib
import functools
import pathlib
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator

from absl import flags

from flags import entry
from scripts.benchmarks import tables
from scripts.hardening import forked, injection, intact, subjects
from simmc_tf import errors, meter

# Kilobytes that are left on a full disk.
_LEFT = (0, 8, 32, 64, 128, 256, 512, 1024)
_ERROR = re.compile(r"^error: .+$", re.MULTILINE)
_TRACE = re.compile(r"Traceback|Exception ignored|Fatal|core dumped")
_OWN = ("program", "most", "keep")


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_multi_enum(
        "program",
        list(subjects.SUBJECTS),
        list(subjects.SUBJECTS),
        "may be repeated",
        flag_values=values,
    )
    flags.DEFINE_integer(
        "most",
        0,
        "faults of a kind and program (0: all)",
        lower_bound=0,
        flag_values=values,
    )
    flags.DEFINE_string(
        "keep", None, "folder for the data and what programs said", flag_values=values
    )


class Trial:
    """A program that is disturbed.

    Args:
        name: of the subject.
        base: folder with the data, as they are before.
        root: folder in which to disturb it.
    """

    def __init__(self, name: str, base: pathlib.Path, root: pathlib.Path) -> None:
        self._subject = subjects.SUBJECTS[name]
        self._base, self._root = base, root
        self._before = intact.files(base)
        self._restore()
        done, self.counts = self._run(None, 0)
        if done.status:
            raise errors.InputError(f"{name} fails undisturbed: {done.output}")
        self._new = intact.files(root)

    def _restore(self) -> None:
        for path in self._root.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(self._base, self._root, dirs_exist_ok=True)

    def _run(
        self, kind: str | None, number: int
    ) -> tuple[forked.Outcome, dict[str, int]]:
        doomed = self._root / self._subject.unit
        arm = injection.Injector(self._root, kind, number, doomed).arm
        done = forked.run(self._subject.at(self._root), arm, _OWN)
        return done, done.told

    def fault(self, kind: str, number: int) -> tuple[str, str]:
        """Lets something fail: what is wrong then, empty for nothing, and the output.

        Args:
            kind: of the fault.
            number: of the operation, or kilobytes that are left.
        """
        with contextlib.ExitStack() as stack:
            if kind in (injection.FULL, injection.READ_ONLY):
                stack.enter_context(injection.disk(self._root))
            self._restore()
            if kind == injection.FULL:
                injection.leave(self._root, number)
            elif kind == injection.READ_ONLY:
                injection.forbid(self._root)
            done, _ = self._run(kind, number)
            now = intact.files(self._root)
        before, new = self._before, self._new
        if kind == injection.VANISHED:  # Nobody can bring that back; it may begin anew.
            gone = f"{self._subject.unit}/"
            before = {n: c for n, c in before.items() if not n.startswith(gone)}
            new = {**new, **now}
        wrong = [_said(done)] if _said(done) else []
        together = ("",) if kind == injection.VANISHED else self._subject.together
        of_unit = self._subject.unit, together, self._subject.following
        wrong += intact.faults(before, now, new, *of_unit)
        return "; ".join(wrong), done.output


def _said(done: forked.Outcome) -> str:
    """What is wrong with how a program ended."""
    if _TRACE.search(done.output):
        return "a traceback"
    lines = _ERROR.findall(done.output)
    if done.status == 2:
        return "" if len(lines) == 1 else f"{len(lines)} lines of error"
    # It may have been done with all that counts, or have tried again.
    return "" if done.status == 0 and not lines else f"exit status {done.status}"


def main(argv: list[str]) -> None:
    """Disturbs the programs, and prints how often and what came of it."""
    entry.expect_no_arguments(argv)
    values = flags.FLAGS
    _load()
    with contextlib.ExitStack() as stack:
        kept = values.keep
        if kept is None:
            kept = stack.enter_context(tempfile.TemporaryDirectory())
        tried, lost = _all(pathlib.Path(kept), values.program, values.most)
    names = [name for name in subjects.SUBJECTS if name in values.program]
    kinds = list(dict.fromkeys(kind for _, kind in tried))
    rows = [("survived of tried", *names)]
    for kind in kinds:
        of = [(tried[name, kind], lost[name, kind]) for name in names]
        rows.append((kind, *(f"{n - bad} of {n}" if n else "-" for n, bad in of)))
    print(tables.aligned(rows))
    total, bad = sum(tried.values()), sum(lost.values())
    print(f"{total - bad} of {total} faults survived")
    if bad:
        sys.exit(1)


_Counts = collections.Counter[tuple[str, str]]


def _all(place: pathlib.Path, names: list[str], most: int) -> tuple[_Counts, _Counts]:
    tried: _Counts = collections.Counter()
    lost: _Counts = collections.Counter()
    if not injection.can_mount():
        print("full and read-only disks are left out: only root may mount them")
    for name in subjects.SUBJECTS:
        if name not in names:
            continue
        base, root = place / name / "base", place / name / "root"
        base.mkdir(parents=True)
        root.mkdir()
        _make(name, base, set())
        trial = Trial(name, base, root)
        todo = list(_faults(trial.counts, most))
        say = meter.Meter(name, "faults")
        for done, (kind, number) in enumerate(todo, 1):
            wrong, output = trial.fault(kind, number)
            tried[name, kind] += 1
            if wrong:
                lost[name, kind] += 1
                print(
                    f"{name}, {kind} {number}: {wrong}\n  {output[-2000:]}", flush=True
                )
            say(done, len(todo), "?")
    return tried, lost


def _make(name: str, base: pathlib.Path, done: set[str]) -> None:
    """Makes what a subject is to replace, and all that it needs."""
    subject = subjects.SUBJECTS[name]
    for other in subject.needs:
        if other not in done:
            _make(other, base, done)
    made = forked.run(subject.at(base, first=True), dict, _OWN)
    if made.status:
        raise errors.InputError(f"{name} cannot be made: {made.output}")
    done.add(name)


def _faults(counts: dict[str, int], most: int) -> Iterator[tuple[str, int]]:
    for kind in injection.AT_OPERATION:
        yield from ((kind, n) for n in _evenly(range(1, counts[kind] + 1), most))
    if injection.can_mount():
        yield from ((injection.FULL, left) for left in _evenly(_LEFT, most))
        yield injection.READ_ONLY, 1


def _evenly(numbers: Iterable[int], most: int) -> list[int]:
    found = list(numbers)
    if not most or len(found) <= most:
        return found
    step = len(found) / most
    return [found[int(n * step)] for n in range(most)]


@functools.cache
def _load() -> None:
    """Loads what programs load; nothing of it may compute before they are forked."""
    import simmc_tf.report.writing  # noqa: F401
    import simmc_tf.runs  # noqa: F401


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
