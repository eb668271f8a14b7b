"""Brings in a source model's representations, for SimMC-UF.py.

    python -m scripts.import_representations --source SGELA --dataset IAS --input FOLDER

Says which array it takes for what, by names and shapes; refuses what is ambiguous.
--source, --dataset and --input must be given.
"""

from flags import quiet  # noqa: F401

# isort: split

import pathlib

from absl import flags

from datasets import loading
from datasets.representations import store, writing
from datasets.representations.importing import arrays, names
from datasets.representations.importing import choice as choices
from datasets.representations.importing import plan as importing
from flags import data_set as data_set_flags
from flags import entry
from flags import source as source_flags
from simmc_tf import errors


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    data_set_flags.define(values)
    source_flags.define(values, default=None)
    flags.DEFINE_string(
        "input",
        None,
        "folder with .npy or .npz files, or one such file",
        flag_values=values,
    )
    for name, meaning in (
        ("features", "[N, f, d] or [N * f, d], frame after frame"),
        ("persons", "of each sequence or skeleton"),
    ):
        flags.DEFINE_multi_string(
            name,
            [],
            f"SPLIT=FILE or SPLIT=FILE:KEY: {meaning}; may be repeated. Nothing is "
            "guessed for a split that is given",
            flag_values=values,
        )
    for name, meaning in (
        ("overwrite", "replace representations that are there"),
        ("dry_run", "only say what would be taken for what"),
    ):
        flags.DEFINE_boolean(name, False, meaning, flag_values=values)


def main(argv: list[str]) -> None:
    """Brings in what the command line names."""
    entry.expect_no_arguments(argv)
    bring_in(flags.FLAGS)


def bring_in(values: flags.FlagValues) -> None:
    """Finds, checks and writes what flags name.

    Raises:
        errors.InputError: something is missing, unclear or wrong; nothing is written.
    """
    if not (values["source"].value or "").strip("."):
        raise errors.InputError("--source is missing; give the source model a name.")
    if not values["dataset"].present:
        raise errors.InputError("--dataset is missing; whose representations are they?")
    options = data_set_flags.read(values)
    data_set = options.find()
    length = data_set.check_length(options.length)
    folder = store.folder_of(
        values["source"].value, pathlib.Path(values["representation_root"].value)
    )
    base = folder / data_set.name / str(length)
    writing.check_target(base, values["overwrite"].value)
    choice = choices.choose(
        _found(values), _given(values, names.parts(data_set)), data_set
    )
    own = source_flags.persons(options, data_set, length)
    plan = importing.plan(choice, data_set, length, own)
    _describe(plan, choice, options.data_root)
    if values["dry_run"].value:
        print(f"nothing written (--dry_run); it would be to {base}")
        return
    writing.write_all(folder, data_set.name, length, plan.splits())
    print(f"written to {base}")
    if plan.probes or not data_set.probes:
        probe = next(iter(plan.probes), None)
        persons = plan.parts[loading.TRAIN].persons
        command = source_flags.next_command(
            values, values["source"].value, data_set, probe, length, persons
        )
        print(f"next: {command}")


def _found(values: flags.FlagValues) -> list[tuple[tuple[str, ...], arrays.Stored]]:
    if values["input"].value:
        return arrays.find(pathlib.Path(values["input"].value))
    if values["features"].value:
        return []
    raise errors.InputError("--input is missing; expected a folder or a file.")


def _given(
    values: flags.FlagValues, parts: tuple[str, ...]
) -> dict[tuple[str, str], arrays.Stored]:
    """Arrays that --features and --persons name, by split and role."""
    folders = [pathlib.Path()]
    if values["input"].value and pathlib.Path(values["input"].value).is_dir():
        folders.append(pathlib.Path(values["input"].value))
    given: dict[tuple[str, str], arrays.Stored] = {}
    for role in (names.FEATURES, names.PERSONS):
        for text in values[role].value:
            flag = f"--{role} {text}"
            asked, _, file = text.partition("=")
            part = {part.lower(): part for part in parts}.get(asked.lower())
            if part is None or not file:
                raise errors.InputError(
                    f"{flag}: expected SPLIT=FILE or SPLIT=FILE:KEY, with one of the "
                    f"splits {', '.join(parts)}."
                )
            if (part, role) in given:
                raise errors.InputError(f"{flag}: {part} is given twice.")
            given[part, role] = arrays.named(file, folders, flag)
    return given


def _describe(
    plan: importing.Plan, choice: choices.Choice, data_root: pathlib.Path
) -> None:
    print(plan.text)
    if choice.ignored:
        print(choice.ignored_text)
    if plan.compared:
        print(f"persons are the data set's own: {', '.join(plan.compared)}")
    unseen = [part for part in plan.parts if part not in plan.compared]
    if unseen:
        print(
            f"note: {data_root} has no {plan.data_set.name} of length {plan.length} to "
            f"compare persons with: {', '.join(unseen)}"
        )
    if plan.missing:
        probes = [probe for probe in plan.data_set.probes if probe not in plan.probes]
        print(
            f"note: {', '.join(plan.missing)} missing; nothing can be evaluated with "
            f"--{data_set_flags.probe_flag(plan.data_set)} {' or '.join(probes)}"
        )


if __name__ == "__main__":
    define(flags.FLAGS)
    for module in (data_set_flags, source_flags):
        flags.adopt_module_key_flags(module)
    entry.run(main)
