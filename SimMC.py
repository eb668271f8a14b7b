"""Trains, evaluates and exports SimMC: python SimMC.py --dataset KS20 --probe probe."""

from flags import quiet  # noqa: F401

# isort: split

from absl import flags

from datasets import tfds_folder
from flags import asked_run, entry, model, repeat, tfds
from flags import data_set as data_set_flags
from flags import run as run_flags


def main(argv: list[str]) -> None:
    """Wires the data set, the method and the folders together."""
    entry.expect_no_arguments(argv)
    again = repeat.read(flags.FLAGS, "SimMC.py")
    options = run_flags.read(flags.FLAGS)
    tfds_dir = tfds.read(flags.FLAGS)
    if tfds_dir is None:
        built = None
        data_set = options.find()
    else:
        built = tfds_folder.find(options.dataset, options.length, tfds_dir)
        data_set = built.data_set
    asked = asked_run.AskedRun.on(data_set, options, again, coordinates=True)
    if options.model_size:
        asked.tell_size(data_set.skeleton_size)
        return
    folder = asked.folder()
    if options.mode == "Export":
        asked.export(folder)
        return
    if built is not None:
        device = asked.prepare()
        # Reads with TensorFlow, and so not before it is set up.
        from datasets.tfds import arrays

        loaded = arrays.load(built, asked.probe)
    else:
        loaded = options.load(data_set, asked.probe, asked.length)
        device = asked.prepare()
    asked_run.say(f"SimMC on {loaded.title}; {device}")
    data_root = tfds_dir or options.data_root
    asked.train_or_evaluate(loaded, folder, data_root, device)


if __name__ == "__main__":
    run_flags.define(flags.FLAGS)
    tfds.define(flags.FLAGS)
    for module in (run_flags, data_set_flags, tfds, model, repeat):
        flags.adopt_module_key_flags(module)
    entry.run(main)
