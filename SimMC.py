"""Trains and evaluates SimMC: python SimMC.py --dataset KS20 --probe probe."""

from absl import flags

from datasets import catalog, loading
from flags import entry
from flags import run as run_flags
from simmc_tf import errors, startup


def main(argv: list[str]) -> None:
    """Wires the data set, the method and the folders together."""
    entry.expect_no_arguments(argv)
    options = run_flags.read(flags.FLAGS)
    data_set = loading.find(options.dataset, options.length, options.data_root)
    probe = options.choose_probe(data_set)
    length = data_set.check_length(options.length)
    config = options.config(data_set.name, probe, length)
    device = startup.prepare(options.gpu)
    # Not before: TensorFlow and faiss look for their GPU once, when they load.
    from simmc_tf import complexity, runs

    if options.model_size:
        size = data_set.skeleton_size
        if size is None:
            raise errors.InputError(f"{data_set.name} does not say how many joints.")
        print(complexity.measure(size, length, config.H, config.D).text)
        return

    if data_set.name == catalog.SYNTHETIC:
        loaded = loading.generate(
            length, options.synthetic_persons, options.synthetic_seed
        )
    else:
        loaded = loading.load(data_set, probe, length, options.data_root)
    folder = options.model_root / data_set.name / (probe or "train")
    generated = " (generated walkers)" if loaded.generated else ""
    print(f"SimMC on {data_set.name}{generated}, probe {probe}, {device}")
    if options.mode == "Eval":
        runs.evaluate(loaded.data, folder, options.check_architecture, print)
        return
    about = {
        "dataset": data_set.name,
        "generated": loaded.generated,
        "probe": probe,
        "length": length,
        "joint_names": data_set.joints,
    }
    runs.train(loaded.data, config, folder, about, print)


if __name__ == "__main__":
    run_flags.define(flags.FLAGS)
    flags.adopt_module_key_flags(run_flags)
    entry.run(main)
