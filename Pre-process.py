"""Turns recordings into sequences: python Pre-process.py 6."""

from flags import quiet  # noqa: F401

# isort: split

import dataclasses
import pathlib
import shlex
import sys

from absl import flags

from datasets import (
    duplicates,
    preparation,
    replacing,
    save_target,
    splits_file,
    writable,
)
from datasets import recordings as recordings_module
from datasets.looks import findings
from datasets.raw import conversion, published
from flags import entry, sources
from flags import preprocess as preprocess_flags
from simmc_tf import errors, meter, terminal


def main(argv: list[str]) -> None:
    """Reads, cuts and writes what the command line names."""
    options = preprocess_flags.read(flags.FLAGS, argv)
    if isinstance(options.source, sources.Published):
        convert_published(options, options.source)
    else:
        convert_own(options, options.source)


def convert_published(
    options: preprocess_flags.Options, source: sources.Published
) -> None:
    """Converts every data set that is there, then says what was not or failed."""
    there = [raw for raw in source.raw if raw.folder(source.raw_root).is_dir()]
    absent = [raw.name for raw in source.raw if raw not in there]
    if not there or (source.named and absent):
        folders = ", ".join(str(source.raw_root / name) for name in absent)
        raise errors.InputError(
            f"There is no raw data in {folders}; --raw_root names the folder that "
            "holds the data sets' folders."
        )
    made, failed = [], []
    for raw in there:
        target = options.target
        if not source.named:
            lengths = conversion.lengths_of(raw.entry, target.lengths)
            target = dataclasses.replace(target, lengths=lengths)
            if not set(lengths) <= set(options.target.lengths):
                listed = ", ".join(map(str, sorted(raw.entry.lengths)))
                print(f"{raw.name} comes in {listed}: making {lengths[0]}")
        print(f"{raw.name}: {raw.format.missing}", flush=True)
        say = meter.Meter(raw.name, "recordings")
        try:
            check_writable(target.data_root, raw.name)
            if source.lift is not None:
                raw = published.lifted(raw, source.lift)
            prepared = conversion.convert_published(raw, source.raw_root, target, say)
        except (errors.InputError, OSError) as error:
            said = errors.of_system(error) if isinstance(error, OSError) else error
            line = errors.one_line(f"{raw.name}: {said}")
            terminal.Line(sys.stderr).clear()
            print(f"error: {line}", file=sys.stderr)
            failed.append(raw.name)
            continue
        made.append(prepared[0])
        for one in prepared:
            print(one.text)
        if raw.in_metres:
            asked = f"are the files of {raw.name} in metres?"
            warn_of_size(prepared[0].extent, asked)
    if absent:
        print(f"not found in {source.raw_root}: {', '.join(absent)}")
    for one in made:
        print(f"next: {options.next_command(one)}")
    if failed:
        raise errors.InputError(f"not converted: {', '.join(failed)}; see above.")


def convert_own(
    options: preprocess_flags.Options,
    source: sources.RecordingsFile | sources.Folder,
) -> None:
    """Converts recordings that somebody brings."""
    target, raw, listed = options.target, None, None
    if target.splits is not None:
        listed = splits_file.read(target.splits)
    if options.dataset is not None and target.lengths:
        check_writable(target.data_root, options.dataset)
        for length in target.lengths:
            replacing.refuse_foreign(target.data_root / options.dataset / str(length))
    if options.save is not None:
        save_target.check(options.save, source.path)
    if isinstance(source, sources.RecordingsFile):
        found = source.read()
        metres: float | None = source.metres
    else:
        print(f"{source.path}: {source.reader.sensor.missing}", flush=True)
        say = meter.Meter(source.path.name, "recordings")
        raw = source.read(say)
        found, metres = raw.recordings, source.reader.metres
        for note in source.notes(raw, saved=options.save is not None):
            print(note)
    doubts = findings.find(found, metres).warnings
    for line in doubts:
        print(line)
    if doubts:
        print(f"to see it: {options.show_command}")
    for line in duplicates.warnings(found):
        print(line)
    if listed is not None:
        found = listed.split(found, recordings_module.SPLITS)
    if options.save is not None:
        recordings_module.write(options.save, found)
        print(f"{options.save}: {len(found)} recordings")
        if raw is not None:
            print(f"  {raw.text}")
    if options.dataset is None or not target.lengths:
        return
    made = preparation.prepare(
        found,
        options.dataset,
        target.lengths,
        target.data_root,
        target.seed,
        made_by=shlex.join(["Pre-process.py", *sys.argv[1:]]),
        raw=raw,
    )
    for one in made:
        print(one.text)
    print(f"next: {options.next_command(made[0])}")


def check_writable(data_root: pathlib.Path, name: str) -> None:
    """Refuses a data set's folder that cannot be written to, before anything is read.

    Raises:
        errors.InputError: it cannot.
    """
    writable.check(data_root / name, f"--data_root {data_root}")


def warn_of_size(extent: float, asked: str) -> None:
    """Says so where people are smaller or larger than people are, arms and all."""
    if not recordings_module.SMALLEST < extent < recordings_module.LARGEST:
        print(f"warning: skeletons are typically {extent:.4g} m large; {asked}")


if __name__ == "__main__":
    preprocess_flags.define(flags.FLAGS)
    flags.adopt_module_key_flags(preprocess_flags)
    flags.adopt_module_key_flags(sources)
    entry.run(main)
