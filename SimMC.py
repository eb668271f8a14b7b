"""Trains, evaluates and exports SimMC: python SimMC.py --dataset KS20 --probe probe."""

from flags import quiet  # noqa: F401

# isort: split

import functools

from absl import flags

from datasets import loading, tfds_folder
from flags import data_set as data_set_flags
from flags import entry, model, repeat, tfds
from flags import run as run_flags
from simmc_tf import startup


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
    probe = options.choose_probe(data_set)
    length = data_set.check_length(options.length)
    config = again.config(options.config(data_set.name, probe, length))
    if options.model_size:
        startup.prepare(*options.used_gpus)
        from simmc_tf import complexity

        size = data_set.skeleton_size
        print(complexity.of_run(config, size, length, coordinates=True).text)
        return
    folder = again.folder(options.model_root / data_set.name / (probe or "train"))
    say = functools.partial(print, flush=True)
    options.check_folder(folder)
    check = functools.partial(options.check_trained, length=length)
    if options.mode == "Export":
        startup.prepare(*options.used_gpus)
        from simmc_tf import runs

        about = loading.about(data_set, probe, length)
        runs.export(folder, True, about, check, say)
        return
    if built is not None:
        device = startup.prepare(*options.used_gpus)
        # Reads with TensorFlow, and so not before it is set up.
        from datasets.tfds import arrays

        loaded = arrays.load(built, probe)
    else:
        loaded = options.load(data_set, probe, length)
        device = startup.prepare(*options.used_gpus)
    # Not before: TensorFlow and faiss look for their GPU once, when they load.
    from simmc_tf import runs

    print(f"SimMC on {loaded.title}; {device}", flush=True)
    about = {
        **loaded.about,
        "data_root": str(tfds_dir or options.data_root),
        "device": device,
        "command": again.told(flags.FLAGS, "SimMC.py", data_set, probe, length),
    }
    again.begin(loaded.data, config, about, say)
    runs.run(
        options.mode,
        loaded.data,
        config,
        folder,
        about=about,
        check=check,
        report=say,
        after=runs.After(
            options.export,
            options.tensorboard,
            loaded.subject if options.report else None,
        ),
        existing=options.existing,
    )
    again.conclude(folder, say)


if __name__ == "__main__":
    run_flags.define(flags.FLAGS)
    tfds.define(flags.FLAGS)
    for module in (run_flags, data_set_flags, tfds, model, repeat):
        flags.adopt_module_key_flags(module)
    entry.run(main)
