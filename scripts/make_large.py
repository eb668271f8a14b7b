"""Very many generated sequences on disk: python -m scripts.make_large."""

import contextlib
import itertools
import pathlib
import shlex
import time
from collections.abc import Iterator

import numpy as np
from absl import flags
from numpy.lib import format as npy_format

from datasets import (
    catalog,
    descriptor,
    npy_store,
    preparation,
    replacing,
    skeletons,
    synthetic,
    windows,
)
from flags import defaults, entry, training
from simmc_tf import atomic, folders, meter, progress
from simmc_tf import data as data_module

# Many recordings to train on, few to match, so that matching stays small.
_TAKES = (
    synthetic.Take("train", "frontal", 20),
    synthetic.Take("train", "left_diagonal", 10),
    synthetic.Take("train", "right_diagonal", 10),
    synthetic.Take("gallery", "frontal"),
    synthetic.Take("probe", "frontal"),
)
# Walkers that are generated at a time.
_PERSONS = 8


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_integer(
        "sequences",
        1_000_000,
        "training sequences; gallery and probes are some 1.5 % of as many",
        lower_bound=2,
        flag_values=values,
    )
    flags.DEFINE_integer(
        "length", 6, "skeletons a sequence", lower_bound=2, flag_values=values
    )
    flags.DEFINE_string("dataset", "Large", "name", flag_values=values)
    flags.DEFINE_integer("seed", 0, "of everything", flag_values=values)
    flags.DEFINE_string(
        "data_root", training.DATA_ROOT, "folder of all data sets", flag_values=values
    )


def main(argv: list[str]) -> None:
    """Generates walkers and writes their sequences, some at a time."""
    entry.expect_no_arguments(argv)
    values = flags.FLAGS
    name, length, count = values.dataset, values.length, values.sequences
    preparation.refuse_published(name)
    descriptor.check_name(name)
    root = pathlib.Path(values.data_root)
    settings = synthetic.Settings(
        _PERSONS, values.seed, recordings=_TAKES, frames=max(90, 4 * length)
    )
    folder = root / name / str(length)
    replacing.refuse_foreign(folder)
    described = descriptor.Descriptor(
        name,
        length,
        skeletons.SKELETONS[settings.skeleton].joints,
        dict(catalog.PROBE_GALLERY),
        made_by=f"scripts.make_large --sequences {count} --length {length} --seed "
        f"{values.seed}",
        generated=True,
    )
    with atomic.locked(root / name, "--data_root"):
        folders.clear(root / name)
        with folders.replaced(folder) as new:
            tests = _write_train(new, described, count, _portions(settings, length))
            for part, splits in tests.items():
                whole = data_module.Split(
                    np.concatenate([split.sequences for split in splits]),
                    np.concatenate([split.persons for split in splits]),
                )
                target = new / npy_store.TEST_FOLDER / part
                npy_store.write(target, name, length, whole)
            descriptor.write(new, described)
    print(f"{folder}: {count} training sequences")
    command = training.command(name, None, length, root)
    command += defaults.fitting_flags(name, "probe", length, count, unknown=False)
    print(shlex.join(command))


def _portions(
    settings: synthetic.Settings, length: int
) -> Iterator[dict[str, data_module.Split]]:
    """The sequences of some walkers after the other, by part, without end."""
    for first in itertools.count(0, settings.persons):
        walkers = synthetic.generate(settings, first)
        yield windows.by_split(walkers, np.asarray(walkers.split), length)


def _write_train(
    folder: pathlib.Path,
    described: descriptor.Descriptor,
    count: int,
    portions: Iterator[dict[str, data_module.Split]],
) -> dict[str, list[data_module.Split]]:
    """Writes training sequences until there are enough.

    Returns:
        The same walkers' other parts.
    """
    name, length = described.name, described.length
    shape = count * length, len(described.joint_names)
    header = {"descr": "<f8", "fortran_order": False, "shape": shape}
    target = folder / npy_store.TRAIN_FOLDER
    target.mkdir(parents=True)
    files = npy_store.paths(target, name, length)
    persons = np.empty(count, np.int64)
    tests: dict[str, list[data_module.Split]] = {"gallery": [], "probe": []}
    say = meter.Meter(name, "sequences")
    start = time.monotonic()
    done = 0
    with contextlib.ExitStack() as stack:
        axes = [stack.enter_context(files[a].open("wb")) for a in npy_store.AXES]
        for file in axes:
            npy_format.write_array_header_1_0(file, header)
        while done < count:
            parts = next(portions)
            train = parts["train"].first(count - done)
            for number, file in enumerate(axes):
                file.write(train.sequences[..., number].astype("<f8", order="C").data)
            persons[done : done + len(train)] = train.persons
            done += len(train)
            seconds = (time.monotonic() - start) * (count / done - 1)
            say(done, count, progress.duration(seconds))
            for part, splits in tests.items():
                splits.append(parts[part])
    # They come person by person.
    members = np.split(np.arange(count), np.flatnonzero(np.diff(persons)) + 1)
    ids = {int(persons[own[0]]): own.tolist() for own in members}
    npy_store.save(files["ids"], ids)
    npy_store.save(files["frame_id"], persons)
    return tests


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
