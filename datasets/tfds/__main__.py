"""Builds for tensorflow-datasets: python -m datasets.tfds build ks20/f6.

The arguments are those of the command `tfds build`, which itself needs more: Apache
Beam and mlcroissant, the repository on PYTHONPATH, and --imports=datasets.tfds. (The
path of a builder would not do: for that, it puts Hugging Face's `datasets` in the place
of this package.)
"""

import sys

from simmc_tf import errors, startup

# What tensorflow-datasets raises for unknown names and configurations, and what Python
# does for --config that is no JSON or has other keys, and for full disks.
_REFUSALS = (ValueError, TypeError, OSError)


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
    from tensorflow_datasets.scripts.cli import build, cli_utils

    parse = cli_utils.make_flags_parser(build.Args, "Builds for tensorflow-datasets")
    parse(["build", "--imports=datasets.tfds", *arguments[1:]]).execute()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except errors.InputError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(2)
    except _REFUSALS as error:
        # Further lines list the hundreds of names that it knows besides.
        first = (str(error).splitlines() or [type(error).__name__])[0]
        print(f"error: {first} (build --help lists the arguments)", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("\nstopped; nothing half-built will be read", file=sys.stderr)
        sys.exit(130)
