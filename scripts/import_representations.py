"""Brings in a source model's representations, for SimMC-UF.py.

    python -m scripts.import_representations --source SGELA --dataset IAS --input FOLDER

Says which array it takes for what, by names and shapes; refuses what is ambiguous.
--source, --dataset and --input must be given.
"""

from flags import quiet  # noqa: F401

# isort: split

from collections.abc import Collection, Iterator, Mapping

from absl import flags

from datasets import catalog, loading
from datasets.representations import functions, provenance, store, writing
from datasets.representations.importing import arrays, choice, names, plan
from flags import data_set as data_set_flags
from flags import entry
from flags import importing as importing_flags
from flags import source as source_flags
from simmc_tf import errors


def main(argv: list[str]) -> None:
    """Brings in what the command line names."""
    entry.expect_no_arguments(argv)
    bring_in(importing_flags.read(flags.FLAGS))


def bring_in(options: importing_flags.Options) -> None:
    """Finds, checks and writes representations.

    Raises:
        errors.InputError: something is missing, unclear or wrong; nothing is written.
    """
    data_set = options.find()
    length = data_set.check_length(options.length)
    functions.check_free(options.source)
    folder = store.folder_of(options.source, options.where.representation_root)
    base = folder / data_set.name / str(length)
    writing.check_target(base, options.overwrite)
    found = arrays.find(options.input)
    said = choice.given(options.said, found, data_set)
    taken, ignored = choice.choose(found, said, data_set)
    known = source_flags.known(options, data_set, length)
    parts = plan.plan(taken, said, data_set, length, known)
    ignored = [f"ignored: {text}" for text in ignored]
    files = (part.features.path for part in parts.values())
    labelled = provenance.of_arrays(options.source, options.identity_labels, files)
    lines = [*_table(parts), *ignored, *_notes(parts, data_set, known)]
    note = provenance.note(options.source, labelled)
    if note is not None:
        remedy = " (--[no]identity_labels says it)" if labelled is None else ""
        lines.append(f"{note}{remedy}")
    for line in lines:
        print(errors.one_line(line))
    if options.dry_run:
        print(f"nothing written (--dry_run); it would be to {base}")
        return
    splits = ((name, part.read()) for name, part in parts.items())
    writing.write_all(
        folder,
        data_set.name,
        length,
        splits,
        provenance.about(options.source, labelled),
    )
    print(f"written to {base}")
    probes = plan.probes(parts, data_set)
    if probes or not data_set.probes:
        persons = parts[loading.TRAIN].persons
        probe = probes[0] if probes else None
        command = options.where.next_command(
            options.source, data_set, probe, length, persons
        )
        print(f"next: {command}")


def _table(parts: Mapping[str, plan.Part]) -> list[str]:
    """What was taken for what, and what it becomes."""
    rows = [("split", "role", "taken", "written as")]
    for name, part in parts.items():
        written = f"{list(part.shape)} float32"
        rows.append((name, names.FEATURES, str(part.features), written))
        rows.append((name, names.PERSONS, part.origin, f"[{part.shape[0]}] int64"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _notes(
    parts: Mapping[str, plan.Part],
    data_set: catalog.DataSet,
    known: Collection[str],
) -> Iterator[str]:
    rows = [name for name, part in parts.items() if len(part.features.shape) == 2]
    if rows:
        yield (
            "note: rows are taken to be the skeletons of a sequence one after another, "
            f"which their shape cannot tell: {', '.join(rows)}"
        )
    compared = [name for name in parts if name in known]
    if compared:
        yield f"persons are the data set's own: {', '.join(compared)}"
    unseen = [name for name in parts if name not in known]
    if unseen:
        yield (
            f"note: --data_root has no sequences of {data_set.name} to compare persons "
            f"with: {', '.join(unseen)}"
        )
    missing = [name for name in names.parts(data_set) if name not in parts]
    if missing:
        there = plan.probes(parts, data_set)
        lost = " or ".join(probe for probe in data_set.probes if probe not in there)
        yield (
            f"note: {', '.join(missing)} missing; nothing can be evaluated with "
            f"--{data_set_flags.probe_flag(data_set)} {lost}"
        )


if __name__ == "__main__":
    importing_flags.define(flags.FLAGS)
    for module in (data_set_flags, source_flags, importing_flags):
        flags.adopt_module_key_flags(module)
    entry.run(main)
