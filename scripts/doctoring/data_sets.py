"""Which data sets are there, and whether they are whole."""

import pathlib
import shlex
from collections.abc import Iterator

from datasets import catalog, descriptor, layouts, loading, npy_store, shown
from scripts.doctoring.findings import (
    NOTE,
    OK,
    PROBLEM,
    WARNING,
    Finding,
    Options,
    of_error,
)
from simmc_tf import data as data_module
from simmc_tf import errors, progress

_AGAIN = "get the files again, or make them again with Pre-process.py"
# Beside its own folder, CASIA-B may lie as it was published.
_OTHER_FOLDER = "CASIA_B_match"
_PUBLISHED = "docs/published_data.md"
_NONE_NEEDED = (
    "none is needed to begin with: python SimMC.py --dataset Synthetic; as files: "
    "python -m scripts.make_synthetic --like KS20; your own: README, 'Your own "
    "recordings'"
)


def check(options: Options) -> Iterator[Finding]:
    """Reads all of every data set below --data_root."""
    root = pathlib.Path(options.data_root)
    folders = sorted(path.name for path in root.glob("*/") if path.is_dir())
    found = dict.fromkeys(
        "CASIA_B" if name == _OTHER_FOLDER else name
        for name in folders
        if not name.startswith(".")
    )
    any_there = False
    for name in found:
        lengths = _lengths(root, name)
        any_there |= bool(lengths)
        if not lengths:
            yield _unknown(root, name)
        for length in lengths:
            yield from _one(root, name, length)
    if not any_there:
        why = "" if root.is_dir() else ": there is no such folder (--data_root)"
        yield Finding(NOTE, f"no data set in {root}{why}", _NONE_NEEDED)
        return
    absent = [e.name for e in catalog.PUBLISHED if not _lengths(root, e.name)]
    if absent:
        yield Finding(
            NOTE,
            f"not here, and licensed: {', '.join(absent)}",
            f"if you have them: {_PUBLISHED} tells where their files belong",
        )


def _lengths(root: pathlib.Path, name: str) -> list[int]:
    """Lengths that a data set seems to be here in."""
    known = any(entry.name == name for entry in catalog.PUBLISHED)
    bases = [root / name]
    if name == "CASIA_B":
        bases.append(root / _OTHER_FOLDER)
    return sorted(
        {
            int(path.name)
            for base in bases
            for path in (base.iterdir() if base.is_dir() else ())
            if path.name.isdigit()
            and path.is_dir()
            and (known or (path / descriptor.FILE).is_file())
        }
    )


def _unknown(root: pathlib.Path, name: str) -> Finding:
    """A folder that holds no data set that a program would find."""
    meant = catalog.find(name)
    if meant is not None and meant.name != name:
        return Finding(
            WARNING,
            f"{root / name}: {meant.name} is looked for in {root / meant.name}",
            f"mv {root / name} {root / meant.name}",
        )
    text = f"{root / name} holds no sequences that SimMC.py finds"
    if meant is not None:
        return Finding(
            WARNING,
            f"{text}: no folder of a length as {meant.lengths[0]}/",
            f"copy them again, or make them: python Pre-process.py --dataset {name}",
        )
    return Finding(
        WARNING,
        f"{text}: no */{descriptor.FILE}",
        f"make them: python Pre-process.py 6 --recordings FILE.npz --dataset {name}",
    )


def _one(root: pathlib.Path, name: str, length: int) -> Iterator[Finding]:
    """All splits of a data set in one length."""
    title = f"{name}, {length} skeletons a sequence"
    try:
        data_set = loading.find(name, length, root)
        folders = layouts.folders(data_set, length, root)
    except errors.InputError as error:
        yield of_error(PROBLEM, title, error, _AGAIN)
        return
    if not folders:
        yield Finding(
            PROBLEM,
            f"{title}: there is no training split",
            "copy the folder train_npy_data, or make them again with Pre-process.py",
        )
        return
    persons, told, num_bytes, num_sequences, broken = {}, [], 0, 0, False
    odd: list[Finding] = []
    for part, folder in folders.items():
        try:
            with progress.during(f"reading {title}, {part}"):
                split = npy_store.open_split(
                    folder, data_set.name, length, len(data_set.joints)
                )
        except errors.InputError as error:
            broken = True
            yield of_error(PROBLEM, f"{title}, {part}", error, _AGAIN)
            continue
        persons[part] = split.persons
        if part == loading.TRAIN:
            odd = list(_odd(data_set, split, length, root, title))
        num_sequences += len(split)
        num_bytes += sum(p.stat().st_size for p in folder.iterdir() if p.is_file())
        told.append(
            f"{part} {len(split):,} of {len(set(split.persons.tolist()))} persons"
        )
    if broken:
        return
    for probe, gallery in dict.fromkeys(data_set.probes.values()):
        try:
            data_module.check_persons(persons[gallery], persons[probe])
        except errors.InputError as error:
            yield of_error(PROBLEM, title, error, _AGAIN)
            return
    yield Finding(
        OK,
        f"{title}: {', '.join(told)}; {num_sequences * length:,} frames, "
        f"{num_bytes / 1e6:,.1f} MB",
    )
    yield from odd


def _odd(
    data_set: catalog.DataSet,
    split: npy_store.OpenSplit,
    length: int,
    root: pathlib.Path,
    title: str,
) -> Iterator[Finding]:
    """What people of a training split look like that no people do."""
    with progress.during(f"looking at {title}"):
        found = shown.look(data_set, split.persons, split.sequences.skeletons)
    command = ["python", "-m", "scripts.show", "--dataset", data_set.name]
    command += ["--length", str(length), "--data_root", str(root)]
    for remark in found.remarks:
        yield Finding(
            WARNING, f"{title}: {remark.text}", f"to see it: {shlex.join(command)}"
        )
