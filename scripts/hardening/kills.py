"""Runs that are killed go on to the same end: python -m scripts.hardening.kills.

Trains on few generated walkers once untouched, and then as often as --tries says: each
time the process gets SIGKILL at a random moment, in every fourth before it has begun to
train, else from then to its end, in every third try several times; and is started again
by the same command, which says --resume.
What it leaves must be what the untouched run left, bit for bit; of report.html but the
line that tells seconds. Exit status 1 where it is not.
"""

from flags import quiet  # noqa: F401

# isort: split

import dataclasses
import pathlib
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

from absl import flags

from flags import entry
from scripts.benchmarks import tables
from scripts.hardening import left_over
from simmc_tf import config as configs
from simmc_tf import errors, resuming, run_files, state_file

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_UF = "SimMC-UF"
_PROGRAMS = ("SimMC", _UF)
_SMALL = {"dataset": "Synthetic", "synthetic_persons": 5, "batch_size": 64, "H": 32}
_BEFORE, _TRAINING, _CONCLUSION, _ENDED = (
    *("before the first epoch", "in training", "in conclusion", "after the end"),
)
# Kills of every third try, at most; share of all that come before training.
_MOST_KILLS = 3
_EARLY = 0.25
# Seconds between two looks at what a run has written.
_LOOK = 0.005


@dataclasses.dataclass
class Count:
    """What became of the tries of one kind of run.

    Attributes:
        kills: by what they hit.
        tries: that were made.
        differing: tries that did not end as the untouched run, and how.
    """

    kills: dict[str, int] = dataclasses.field(
        default_factory=lambda: dict.fromkeys(
            (_BEFORE, _TRAINING, _CONCLUSION, _ENDED), 0
        )
    )
    tries: int = 0
    differing: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Reference:
    """An untouched run, and the pace of those that came after it.

    Attributes:
        command: that starts it, below a folder of its own.
        files: what it left, by name.
        begun: seconds from the start to the end of the first epoch, the fewest seen.
        rest: the same from there to the end.
        epochs: that it took.
    """

    command: Sequence[str]
    files: dict[str, bytes]
    begun: float
    rest: float
    epochs: int


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    for name, default, least, meaning in (
        ("tries", 50, 1, "runs to kill, the presets in turn"),
        ("seed", 0, 0, "of the moments"),
        ("epochs", 30, 1, "of each run"),
    ):
        flags.DEFINE_integer(
            name, default, meaning, lower_bound=least, flag_values=values
        )
    flags.DEFINE_enum(
        "program", _PROGRAMS[0], _PROGRAMS, "which trains", flag_values=values
    )
    flags.DEFINE_multi_enum(
        "preset",
        [configs.AUTO, configs.PUBLISHED],
        [configs.AUTO, configs.PUBLISHED],
        "may be repeated",
        flag_values=values,
    )


def main(argv: list[str]) -> None:
    """Kills, resumes, compares, and prints a line a preset."""
    entry.expect_no_arguments(argv)
    values = flags.FLAGS
    moments = random.Random(values.seed)
    with tempfile.TemporaryDirectory() as root:
        place = pathlib.Path(root)
        common = _command(values, place)
        references = {
            preset: _untouched([*common, f"--preset={preset}"], place / preset)
            for preset in dict.fromkeys(values.preset)
        }
        counts = {preset: Count() for preset in references}
        for number in range(values.tries):
            preset = list(references)[number % len(references)]
            kills = moments.randint(2, _MOST_KILLS) if number % 3 == 2 else 1
            said = _try(
                *(references[preset], counts[preset], place / f"try-{number}"),
                [moments.random() for _ in range(kills)],
            )
            text = f"{number + 1} of {values.tries}, {preset}: {said}"
            print(text, file=sys.stderr, flush=True)
    head = ("run", "tries", *(f"killed {hit}" for hit in Count().kills))
    rows = [
        (
            *(f"{values.program}, {preset}", str(count.tries)),
            *map(str, count.kills.values()),
            *(str(count.tries - len(count.differing)), str(len(count.differing))),
        )
        for preset, count in counts.items()
    ]
    print(tables.aligned([(*head, "survived", "differing"), *rows]))
    if any(count.differing for count in counts.values()):
        sys.exit(1)


def _command(values: flags.FlagValues, place: pathlib.Path) -> list[str]:
    given = {**_SMALL, "epochs": values.epochs, "gpu": -1, "model_root": "models"}
    if values.program == _UF:
        made = {
            k: v for k, v in _SMALL.items() if k in ("dataset", "synthetic_persons")
        }
        made["representation_root"] = place / "representations"
        words = ["-m", "scripts.make_representations", *_flags(made)]
        _finish(subprocess.Popen([sys.executable, *words], cwd=_ROOT))
        given |= {"source": "raw", "representation_root": made["representation_root"]}
    return [sys.executable, str(_ROOT / f"{values.program}.py"), *_flags(given)]


def _flags(given: dict[str, object]) -> list[str]:
    return [f"--{name}={value}" for name, value in given.items()]


def _untouched(command: Sequence[str], place: pathlib.Path) -> Reference:
    process = _started(command, place)
    begun = _wait(process, place)
    started = time.monotonic()
    _finish(process)
    rest = time.monotonic() - started
    folder = _folder(place)
    epochs = _num_rows(place) - 1
    return Reference(command, left_over.contents(folder), begun, rest, epochs)


def _wait(process: subprocess.Popen, place: pathlib.Path) -> float:
    """Waits until a run has trained an epoch or ended; the seconds that it took."""
    started = time.monotonic()
    while process.poll() is None and _num_rows(place) < 2:
        time.sleep(_LOOK)
    return time.monotonic() - started


def _num_rows(place: pathlib.Path) -> int:
    """Of metrics.csv, of which the first is of the untrained model."""
    try:
        text = (_folder(place) / run_files.METRICS).read_text(encoding="utf-8")
    except FileNotFoundError:
        return 0
    return len(text.splitlines()) - 1


def _kill(
    process: subprocess.Popen,
    reference: Reference,
    place: pathlib.Path,
    moment: float,
    goes_on: bool,
) -> None:
    """Kills a run; where it ended before, the next ones are killed sooner.

    Args:
        process: of the run.
        reference: whose pace it has.
        place: its folder.
        moment: from 0, its start, to 1, its end.
        goes_on: whether it was killed before, and so ends sooner than others.
    """
    early = moment < _EARLY and not goes_on
    if goes_on:
        seconds = moment * (reference.begun + reference.rest)
    elif early:
        seconds = moment / _EARLY * reference.begun
    else:
        reference.begun = min(reference.begun, _wait(process, place))
        seconds = (moment - _EARLY) / (1 - _EARLY) * reference.rest
    started = time.monotonic()
    try:
        process.wait(timeout=seconds)
        if not (early or goes_on):
            reference.rest = min(reference.rest, time.monotonic() - started)
    except subprocess.TimeoutExpired:
        process.kill()
    process.communicate()


def _try(
    reference: Reference, count: Count, place: pathlib.Path, moments: Sequence[float]
) -> str:
    """Kills a run at random moments, and lets it go on; what came of it."""
    command = [*reference.command, "--resume"]
    hits: list[str] = []
    for moment in moments:
        process = _started(command, place)
        _kill(process, reference, place, moment, goes_on=bool(hits))
        hits.append(_hit(_folder(place), reference.epochs))
        count.kills[hits[-1]] += 1
    count.tries += 1
    try:
        _finish(_started(command, place))
        found = left_over.difference(reference.files, _folder(place))
    except errors.InputError as error:
        found = str(error)
    said = f"killed {', '.join(hits)}"
    if found is not None:
        count.differing.append(found)
        return f"{said}; DIFFERS: {found}"
    return f"{said}; survived"


def _hit(folder: pathlib.Path, epochs: int) -> str:
    """How far a run had come that was killed."""
    if not (folder / state_file.NAME).is_file():
        return _ENDED if (folder / "best.json").is_file() else _BEFORE
    done = len(resuming.read(folder).rows) - 1
    if done < 1:
        return _BEFORE
    return _TRAINING if done < epochs else _CONCLUSION


def _started(command: Sequence[str], place: pathlib.Path) -> subprocess.Popen:
    """Starts a run; in a folder of its own, which no file of a run names."""
    place.mkdir(exist_ok=True)
    return subprocess.Popen(
        command, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _finish(process: subprocess.Popen) -> None:
    try:
        _, said = process.communicate()
    finally:
        process.kill()
    if process.returncode:
        lines = (said or "").strip().splitlines() or [""]
        raise errors.InputError(f"A run ended with {process.returncode}: {lines[-1]}")


def _folder(place: pathlib.Path) -> pathlib.Path:
    """Of the run; where there is none yet, that of models."""
    found = sorted((place / "models").glob("**/probe"))
    return found[0] if found else place / "models"


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
