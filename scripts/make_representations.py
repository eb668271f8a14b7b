"""Functions of skeletons as representations: python -m scripts.make_representations.

Writes each skeleton's coordinates, D-13, D-16, joint distances or PoseGait's hand-made
features (without its supervised network) as a source model's representations are
stored, to try SimMC-UF.py without a source model. On coordinates it trains exactly as
SimMC.py does.
"""

from flags import quiet  # noqa: F401

# isort: split

from collections.abc import Iterator

from absl import flags

from datasets import loading
from datasets.representations import functions, provenance, store, writing
from flags import data_set as data_set_flags
from flags import entry
from flags import source as source_flags
from simmc_tf import data as data_module


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
    options = data_set_flags.read(flags.FLAGS)
    where = source_flags.read(flags.FLAGS)
    data_set = options.find()
    probe = options.choose_probe(data_set)
    length = data_set.check_length(options.length)
    function = functions.find(flags.FLAGS.representation, data_set.joints)
    source = function.name if where.source is None else where.source
    functions.check_free(source, function.name)
    folder = store.folder_of(source, where.representation_root)
    base = folder / data_set.name / str(length)
    writing.check_target(base, flags.FLAGS.overwrite)
    for note in function.notes:
        print(f"{function.name}: {note}")
    persons = {}

    def made() -> Iterator[tuple[str, data_module.Split]]:
        for part, split in options.splits(data_set, length):
            features = function.of_skeletons(split.sequences)
            persons[part] = split.persons
            print(f"{part}: {list(features.shape)}", flush=True)
            yield part, data_module.Split(features, split.persons)

    about = provenance.about(function.name, False)
    writing.write_all(folder, data_set.name, length, made(), about)
    print(f"written to {base}")
    train = persons[loading.TRAIN]
    command = where.next_command(source, data_set, probe, length, train)
    print(f"next: {command}")


if __name__ == "__main__":
    define(flags.FLAGS)
    for module in (data_set_flags, source_flags):
        flags.adopt_module_key_flags(module)
    entry.run(main)
