"""Readers under spoiled files: python -m scripts.hardening.fuzz --inputs 100000.

Small valid files are spoiled in every way that `fuzz_mutations` knows, and read in a
process of bounded memory. A reader may read what comes or refuse it in one line; all
else is a find: another exception, a crash, more time or memory than it may take. Finds
are made smaller and kept in --output, where a trial that was stopped goes on, too. The
same seed and number is the same input. Exit status 1 where there are finds.
"""

from flags import quiet  # noqa: F401

# isort: split

import os
import pathlib
import sys
import tempfile
import time

from absl import flags

from flags import entry
from scripts.benchmarks import tables
from scripts.hardening import fuzz_models, fuzz_process, fuzz_raw, fuzz_readers
from simmc_tf import errors, meter, progress

_ALL = "all"


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_list(
        "reader", [_ALL], f"names of readers, or {_ALL}", flag_values=values
    )
    flags.DEFINE_integer(
        *("inputs", 100_000, "for each reader, with those of earlier runs"),
        lower_bound=1,
        flag_values=values,
    )
    flags.DEFINE_integer("seed", 0, "of the inputs", flag_values=values)
    flags.DEFINE_float(
        "seconds", None, "most for each reader; the rest is left", flag_values=values
    )
    flags.DEFINE_float(
        "limit", 5.0, "seconds that an input may take", 0.1, flag_values=values
    )
    flags.DEFINE_integer(
        "memory", 1024, "megabytes that a reader may take more", 64, flag_values=values
    )
    flags.DEFINE_string(
        "output",
        str(pathlib.Path(tempfile.gettempdir()) / "simmc-fuzzed"),
        "folder for counts and finds",
        flag_values=values,
    )


def main(argv: list[str]) -> None:
    """Tries the readers one after another, and prints a table."""
    entry.expect_no_arguments(argv)
    values = flags.FLAGS
    readers = {
        **fuzz_readers.all_readers(),
        **fuzz_raw.all_readers(),
        **fuzz_models.all_readers(),
    }
    names = list(readers) if _ALL in values.reader else values.reader
    for name in names:
        if name not in readers:
            raise errors.InputError(
                f"--reader {name}: expected {_ALL} or some of {', '.join(readers)}."
            )
    rows: list[tuple[str, ...]] = [
        ("reader", "inputs", "refused", "read", "finds", "worst s", "memory MB")
    ]
    finds = 0
    for name in names:
        result = _trial(readers[name], values)
        finds += len(result.finds)
        rows.append(result.row)
    print(tables.aligned(rows))
    if finds:
        print(f"finds and their tracebacks are in {values.output}")
        sys.exit(1)


def _trial(
    reader: fuzz_readers.Reader, values: flags.FlagValues
) -> fuzz_process.Result:
    limits = fuzz_process.Limits(values.limit, values.memory << 20, values.seconds)
    say, started = meter.Meter(reader.name, "inputs"), time.monotonic()

    def tell(done: int) -> None:
        left = (time.monotonic() - started) * (values.inputs / max(done, 1) - 1)
        say(max(done, 0), values.inputs, progress.duration(left))

    # In memory where there is such a folder: each input is a file.
    where = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=where) as folder:
        samples, output = pathlib.Path(folder), pathlib.Path(values.output)
        task = fuzz_process.Task(
            *(reader, values.seed, values.inputs, limits, samples, output)
        )
        return fuzz_process.run(task, tell)


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
