"""Fine-tunes a source model's representations: python SimMC-UF.py --source MG-SCR."""

import pathlib

from absl import flags

from datasets import loading, representations
from flags import entry
from flags import run as run_flags
from simmc_tf import errors, startup


def define(values: flags.FlagValues) -> None:
    """Defines the flags that SimMC.py does not have."""
    flags.DEFINE_string(
        "source",
        "SM-SGE",
        "source model: a folder of --representation_root (SGELA, MG-SCR, SM-SGE, ...), "
        "or a path",
        flag_values=values,
    )
    flags.DEFINE_string(
        "representation_root",
        "Representations",
        "folder of all representations",
        flag_values=values,
    )


def main(argv: list[str]) -> None:
    """Wires the representations, the method and the folders together."""
    entry.expect_no_arguments(argv)
    options = run_flags.read(flags.FLAGS)
    data_set = loading.find(options.dataset, options.length, options.data_root)
    probe = options.choose_probe(data_set)
    length = data_set.check_length(options.length)
    options.config(data_set.name, probe, length)
    if options.model_size or probe is None:
        raise errors.InputError("--model_size and data without probes are SimMC.py's.")
    source = pathlib.Path(flags.FLAGS.source)
    if len(source.parts) == 1:
        source = pathlib.Path(flags.FLAGS.representation_root, source)
    loaded = representations.load(source, data_set, probe, length)
    device = startup.prepare(options.gpu)
    # Not before: TensorFlow and faiss look for their GPU once, when they load.
    from flags import program

    folder = options.model_root / "UF" / source.name / data_set.name / probe
    program.run(options, loaded, folder, f"SimMC-UF, {device}, {source.name}")


if __name__ == "__main__":
    run_flags.define(flags.FLAGS)
    define(flags.FLAGS)
    flags.adopt_module_key_flags(run_flags)
    entry.run(main)
