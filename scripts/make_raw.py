"""Raw trees of generated walkers: python -m scripts.make_raw --raw_root RAW."""

import dataclasses
import functools
import pathlib
import tempfile
import time
from collections.abc import Callable, Sequence

import numpy as np
from absl import flags

from datasets import catalog, synthetic
from datasets import recordings as recordings_module
from flags import entry
from scripts import raw_trees
from simmc_tf import errors, meter, progress

# Data set -> persons that its raw format has numbers for.
_MAX_PERSONS = {"KS20": 20, "KGBD": 999, "IAS": 99, "BIWI": 999, "CASIA_B": 124}
# Generated at once, for a bounded memory.
_PORTION = 8

_Write = Callable[[pathlib.Path, recordings_module.Recordings], raw_trees.Written]


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_string(
        "raw_root", None, "folder to write the raw data sets to", flag_values=values
    )
    flags.DEFINE_list(
        "dataset",
        list(_MAX_PERSONS),
        "published data sets to imitate, separated by commas",
        flag_values=values,
    )
    flags.DEFINE_integer(
        "persons", None, "walkers (as many as the data set)", flag_values=values
    )
    flags.DEFINE_integer(
        "frames",
        None,
        "typical frames of a recording (comparable to the data set)",
        flag_values=values,
    )
    flags.DEFINE_integer("seed", 0, "of everything", flag_values=values)
    flags.DEFINE_bool(
        "ks20_mat",
        False,
        "write KS20 as MATLAB files, a recording each, instead of text",
        flag_values=values,
    )


def main(argv: list[str]) -> None:
    """Generates and writes."""
    entry.expect_no_arguments(argv)
    values = flags.FLAGS
    if values.raw_root is None:
        raise errors.InputError("--raw_root is missing; give a folder to write to.")
    make(
        pathlib.Path(values.raw_root),
        values.dataset,
        values.persons,
        values.frames,
        values.seed,
        values.ks20_mat,
    )


def make(
    raw_root: pathlib.Path,
    names: Sequence[str],
    persons: int | None = None,
    frames: int | None = None,
    seed: int = 0,
    ks20_mat: bool = False,
) -> None:
    """Writes raw data sets, each whole or not at all.

    Args:
        raw_root: folder that gets a folder for each.
        names: of the data sets.
        persons: walkers in each; None: as many as the data set has.
        frames: typical frames of a recording; None: comparable to the data set.
        seed: of everything.
        ks20_mat: KS20 in MATLAB files instead of text.

    Raises:
        errors.InputError: a name or number does not fit, or a data set is there.
    """
    settings = dict(_settings(name, persons, seed, frames) for name in names)
    for name in settings:
        if (raw_root / name).exists():
            raise errors.InputError(
                f"{raw_root / name} is there already; move it away or choose another "
                "--raw_root."
            )
    raw_root.mkdir(parents=True, exist_ok=True)
    for name, wanted in settings.items():
        _make(raw_root, name, wanted, _writer(name, wanted, ks20_mat))


def _settings(
    asked: str, persons: int | None, seed: int, frames: int | None
) -> tuple[str, synthetic.Settings]:
    data_set = catalog.find(asked)
    if data_set is None or data_set.name not in _MAX_PERSONS:
        raise errors.InputError(
            f"--dataset {asked}: expected one of {', '.join(_MAX_PERSONS)}."
        )
    settings = synthetic.like(data_set.name, persons, seed, frames)
    most = _MAX_PERSONS[data_set.name]
    if settings.persons > most:
        raise errors.InputError(
            f"--persons {persons}: {data_set.name} has numbers for {most}."
        )
    return data_set.name, settings


def _writer(name: str, settings: synthetic.Settings, mat: bool) -> _Write:
    writers: dict[str, _Write] = {
        "KS20": functools.partial(raw_trees.write_ks20, mat=mat),
        "KGBD": raw_trees.write_kgbd,
        "IAS": raw_trees.write_ias,
        "BIWI": raw_trees.write_biwi,
        "CASIA_B": functools.partial(
            raw_trees.write_casia_b, num_training=settings.persons // 2
        ),
    }
    return writers[name]


def _make(
    raw_root: pathlib.Path, name: str, settings: synthetic.Settings, write: _Write
) -> None:
    """Writes one data set, whole or not at all."""
    num_frames = num_recordings = 0
    say, start = meter.Meter(name, "persons"), time.monotonic()
    with tempfile.TemporaryDirectory(dir=raw_root, prefix=".making-") as making:
        for portion in np.array_split(
            np.arange(settings.persons), max(1, settings.persons // _PORTION)
        ):
            walkers = synthetic.generate(
                dataclasses.replace(settings, persons=len(portion)), int(portion[0])
            )
            written = write(pathlib.Path(making) / name, walkers)
            num_frames += written.frames
            num_recordings += written.recordings
            done = int(portion[-1]) + 1
            left = (time.monotonic() - start) / done * (settings.persons - done)
            say(done, settings.persons, progress.duration(left))
        (pathlib.Path(making) / name).rename(raw_root / name)
    print(
        f"{raw_root / name}: {settings.persons} persons, {num_recordings} "
        f"recordings, {num_frames} frames"
    )


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
