"""Builds for tensorflow-datasets: python -m datasets.tfds build ks20/f6.

The arguments are those of the command `tfds build`, which itself needs more: Apache
Beam and mlcroissant, the repository on PYTHONPATH, and --imports=datasets.tfds. (The
path of a builder would not do: for that, it puts Hugging Face's `datasets` in the place
of this package.)
"""

import contextlib
import dataclasses
import json
import logging
import sys
import traceback
from collections.abc import Iterator
from typing import Any

import absl.logging

from datasets.tfds import arguments as arguments_module
from datasets.tfds import base
from simmc_tf import errors, startup, stopping

_WHOLE = "nothing half-built will be read"


def main(arguments: list[str]) -> None:
    """Builds what the arguments name.

    Raises:
        errors.InputError: the raw files or the arguments are at fault.
    """
    if arguments[:1] != ["build"]:
        raise errors.InputError(
            "expected: python -m datasets.tfds build NAME/CONFIG ..., for example "
            "build ks20/f6 --manual_dir RAW_ROOT; build --help lists the rest."
        )
    startup.prepare(-1)  # Writing files needs no GPU.
    import tensorflow_datasets as tfds
    from tensorflow_datasets.scripts.cli import build, cli_utils

    parse = cli_utils.make_flags_parser(build.Args, "Builds for tensorflow-datasets")
    parsed = parse(["build", "--imports=datasets.tfds", *arguments[1:]])
    arguments_module.check(
        [*parsed.positional_datasets, *parsed.datasets], parsed.generation.config
    )
    # Warnings are such as that a folder to be built is not built yet.
    absl.logging.set_verbosity(absl.logging.ERROR)
    if not sys.stderr.isatty():
        tfds.disable_progress_bar()  # Lines that are written over fill a log.
    with _told():
        _overwriting_last(parsed).execute()


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Prints what becomes of each build."""
    handler = logging.StreamHandler(sys.stdout)
    base.LOG.addHandler(handler)
    base.LOG.setLevel(logging.INFO)
    try:
        yield
    finally:
        base.LOG.removeHandler(handler)


def _overwriting_last(parsed: Any) -> Any:
    """Arguments that leave it to our builders to overwrite.

    For --overwrite, the command would delete a build before its builder has looked at
    anything. This download mode says the same to the builder.

    Raises:
        errors.InputError: --download_config holds something else than options.
    """
    if not parsed.debug.overwrite:
        return parsed
    given = json.loads(parsed.generation.download_config or "{}")
    if not isinstance(given, dict):
        raise errors.InputError(f"--download_config {given}: expected a JSON object.")
    given.setdefault("download_mode", "reuse_cache_if_exists")
    return dataclasses.replace(
        parsed,
        debug=dataclasses.replace(parsed.debug, overwrite=False),
        generation=dataclasses.replace(
            parsed.generation, download_config=json.dumps(given)
        ),
    )


def in_builder(error: Exception) -> bool:
    """Whether a builder was at work: then it is a fault of the program."""
    return any(
        frame.f_code.co_name in ("_split_generators", "_generate_examples")
        for frame, _ in traceback.walk_tb(error.__traceback__)
    )


def run(arguments: list[str]) -> None:
    """Runs the command.

    Exit status: 0; 2 where the input is at fault, after one line on stderr; 130 after
    Ctrl-C and 143 after SIGTERM, within 2 seconds. Faults of the program keep their
    traceback.
    """
    try:
        with stopping.Watch(), stopping.telling(lambda: _WHOLE):
            main(arguments)
    except errors.InputError as error:
        _fail(str(error))
    except OSError as error:  # Full disks, missing rights.
        _fail(errors.of_system(error))
    except (ValueError, TypeError, RuntimeError) as error:
        # What tensorflow-datasets raises for unknown names and configurations and for
        # --fail_if_exists, and Python for --config that is no JSON or has other keys.
        if in_builder(error):
            raise
        # Further lines list the hundreds of names that it knows besides.
        first = str(error).partition("\n")[0] or type(error).__name__
        _fail(f"{first} (build --help lists the arguments)")


def _fail(message: str) -> None:
    print(f"error: {errors.one_line(message)}", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    run(sys.argv[1:])
