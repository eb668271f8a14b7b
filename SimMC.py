"""Trains and evaluates SimMC: python SimMC.py --dataset KS20 --probe probe."""

import functools

from absl import flags

from datasets import catalog, loading
from flags import entry
from flags import run as run_flags
from simmc_tf import startup


def main(argv: list[str]) -> None:
    """Wires the data set, the method and the folders together."""
    entry.expect_no_arguments(argv)
    options = run_flags.read(flags.FLAGS)
    data_set = loading.find(options.dataset, options.length, options.data_root)
    probe = options.choose_probe(data_set)
    length = data_set.check_length(options.length)
    config = options.config(data_set.name, probe, length)
    if options.model_size:
        startup.prepare(options.gpu)
        from simmc_tf import complexity

        size = data_set.skeleton_size
        print(complexity.measure(size, length, config.H, config.D).text)
        return
    if data_set.name == catalog.SYNTHETIC:
        persons, seed = options.synthetic_persons, options.synthetic_seed
        loaded = loading.generate(length, persons, seed)
    else:
        loaded = loading.load(data_set, probe, length, options.data_root)
    device = startup.prepare(options.gpu)
    # Not before: TensorFlow and faiss look for their GPU once, when they load.
    from simmc_tf import runs

    print(f"SimMC on {loaded.title}; {device}", flush=True)
    folder = options.model_root / data_set.name / (probe or "train")
    say = functools.partial(print, flush=True)
    check = functools.partial(options.check_trained, length=length)
    about = {**loaded.about, "device": device}
    runs.run(options.mode, loaded.data, config, folder, about, check, say)


if __name__ == "__main__":
    run_flags.define(flags.FLAGS)
    flags.adopt_module_key_flags(run_flags)
    entry.run(main)
