"""Functions of skeletons as representations: python -m scripts.make_representations.

Writes each skeleton's coordinates, D-13, D-16 or joint distances as a source model's
representations are stored, to try SimMC-UF.py without a source model. On coordinates it
trains exactly as SimMC.py does.
"""

from flags import quiet  # noqa: F401

# isort: split

import pathlib
from collections.abc import Iterator

from absl import flags

from datasets import loading
from datasets.representations import functions, store, writing
from flags import data_set as data_set_flags
from flags import entry
from flags import source as source_flags
from simmc_tf import data as data_module
from simmc_tf import errors


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    data_set_flags.define(values)
    source_flags.define(values, default=None)
    flags.DEFINE_enum(
        "representation",
        functions.RAW,
        functions.NAMES,
        "function of a skeleton; --source is its name unless you give another",
        case_sensitive=False,
        flag_values=values,
    )
    flags.DEFINE_boolean(
        "overwrite", False, "replace what is there", flag_values=values
    )


def main(argv: list[str]) -> None:
    """Writes the function of every skeleton of a data set."""
    entry.expect_no_arguments(argv)
    values = flags.FLAGS
    options = data_set_flags.read(values)
    data_set = options.find()
    probe = options.choose_probe(data_set)
    length = data_set.check_length(options.length)
    function = functions.find(values["representation"].value, data_set.joints)
    source = values["source"].value or function.name
    if not source.strip("."):
        raise errors.InputError(f"--source {source}: expected a name or a path.")
    folder = store.folder_of(source, pathlib.Path(values["representation_root"].value))
    base = folder / data_set.name / str(length)
    writing.check_target(base, values["overwrite"].value)
    for note in function.notes:
        print(f"{function.name}: {note}")
    persons = {}

    def made() -> Iterator[tuple[str, data_module.Split]]:
        for part, split in options.splits(data_set, length):
            features = function.of_skeletons(split.sequences)
            persons[part] = split.persons
            print(f"{part}: {list(features.shape)}", flush=True)
            yield part, data_module.Split(features, split.persons)

    writing.write_all(folder, data_set.name, length, made())
    print(f"written to {base}")
    command = source_flags.next_command(
        values, source, data_set, probe, length, persons[loading.TRAIN]
    )
    print(f"next: {command}")


if __name__ == "__main__":
    define(flags.FLAGS)
    for module in (data_set_flags, source_flags):
        flags.adopt_module_key_flags(module)
    entry.run(main)
