"""Fine-tunes a source model's representations: python SimMC-UF.py --source MG-SCR."""

import functools
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
    if options.model_size:
        raise errors.InputError("--model_size: give it to SimMC.py.")
    if probe is None:
        raise errors.InputError(f"{data_set.name} has no probes to evaluate with.")
    config = options.config(data_set.name, probe, length)
    source = pathlib.Path(flags.FLAGS.source)
    if len(source.parts) == 1:
        source = pathlib.Path(flags.FLAGS.representation_root, source)
    loaded = representations.load(source, data_set, probe, length)
    device = startup.prepare(options.gpu)
    # Not before: TensorFlow and faiss look for their GPU once, when they load.
    from simmc_tf import runs

    print(f"SimMC-UF, {source.name} on {loaded.title}; {device}", flush=True)
    folder = options.model_root / "UF" / source.name / data_set.name / probe
    say = functools.partial(print, flush=True)
    check = functools.partial(options.check_trained, length=length)
    about = {**loaded.about, "device": device}
    runs.run(options.mode, loaded.data, config, folder, about, check, say)


if __name__ == "__main__":
    run_flags.define(flags.FLAGS)
    define(flags.FLAGS)
    flags.adopt_module_key_flags(run_flags)
    entry.run(main)
