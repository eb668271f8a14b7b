"""Brings in a model that the published code trained, with TensorFlow 1.

    python -m scripts.import_checkpoint best.ckpt --dataset KS20 --probe probe

The checkpoint is named by best.ckpt, one of its files, or their folder. Flags tell what
it does not: data set, probe, length, and the hyperparameters where they were not the
published ones. `SimMC.py --mode Eval` then evaluates the model. Needs --dataset.
"""

from flags import quiet  # noqa: F401

# isort: split

import pathlib
import shlex
from collections.abc import Collection, Iterator

from absl import flags

from datasets import catalog, writable
from flags import checkpoint as checkpoint_flags
from flags import data_set as data_set_flags
from flags import entry, model, training
from flags import run as run_flags
from simmc_tf import config as configs
from simmc_tf import errors, startup


def main(argv: list[str]) -> None:
    """Brings in what the command line names."""
    bring_in(checkpoint_flags.read(flags.FLAGS, argv))


def bring_in(options: checkpoint_flags.Options) -> None:
    """Reads, checks and writes a model.

    Raises:
        errors.InputError: something is missing, damaged or does not fit; nothing is
            written.
    """
    data_set = options.find()
    probe = options.choose_probe(data_set)
    folder = options.model_root / data_set.name / (probe or "train")
    startup.prepare(-1)
    # Not before: TensorFlow and faiss look for their GPU once, when they load.
    from simmc_tf import checkpoints, tf1_checkpoint
    from simmc_tf.export import exporting

    checkpoints.check_free(folder, options.overwrite, "--overwrite")
    writable.check(folder, f"--model_root {options.model_root}")
    prefix = tf1_checkpoint.find(
        options.checkpoint, ("best.ckpt", f"{probe}_best.ckpt")
    )
    weights = tf1_checkpoint.read(prefix)
    _check_skeletons(weights.skeleton_size, data_set, prefix)
    graph = tf1_checkpoint.graph(prefix)
    options = options.agreed(
        {
            "H": weights.hidden_size,
            "D": weights.depth,
            "batch_size": graph.batch_size,
            "length": graph.length,
        }
    )
    data_set = options.find()
    length = data_set.check_length(options.length)
    config = options.config(data_set, probe, length)
    description = {
        "dataset": data_set.name,
        "generated": False,
        "probe": probe,
        "length": length,
        "joint_names": data_set.joints,
        **tf1_checkpoint.describe(prefix, weights, graph, config),
        "unknown": options.unknown(),
    }
    simmc = tf1_checkpoint.to_model(weights, config)
    checkpoints.replace(folder, simmc, description)
    for line in _summary(prefix.name, weights.others, config, options.unknown()):
        print(errors.one_line(line))
    values = {"length": length, "batch_size": config.batch_size}
    assumed = [f"--{name} {values[name]}" for name in options.assumed()]
    if assumed:
        print(
            "assumed, as neither the checkpoint nor a flag tells it, and the "
            f"evaluation depends on it: {', '.join(assumed)}"
        )
    print(f"written to {folder}")
    words = training.command(data_set.name, probe, length, options.data_root)
    if options.model_root != pathlib.Path(model.ROOT):
        words += ["--model_root", str(options.model_root)]
    if stale := exporting.stale(folder):
        command = shlex.join([*words, "--mode", "Export"])
        print(f"note: {stale}; replace it with: {command}")
    print(f"next: {shlex.join([*words, '--mode', 'Eval'])}")


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    checkpoint_flags.define(values)


def _check_skeletons(
    size: int, data_set: catalog.DataSet, prefix: pathlib.Path
) -> None:
    if size != data_set.skeleton_size:
        joints = f", {size // 3} joints" if size % 3 == 0 else ""
        raise errors.InputError(
            f"The checkpoint {prefix} takes {size} numbers a skeleton{joints}; "
            f"{data_set.name} has {len(data_set.joints)} joints, "
            f"{data_set.skeleton_size} numbers: give the --dataset that it was "
            "trained on."
        )


def _summary(
    name: str, others: Collection[str], config: configs.Config, unknown: Collection[str]
) -> Iterator[str]:
    yield (
        f"{name}: H {config.H}, D {config.D}, published protocol in batches of "
        f"{config.batch_size}"
    )
    if unknown:
        yield (
            "not told by the checkpoint, nor by a flag, and not needed to evaluate it: "
            f"{', '.join(unknown)}"
        )
    if others:
        yield f"note: left out, as SimMC has no such variables: {', '.join(others)}"


if __name__ == "__main__":
    checkpoint_flags.define(flags.FLAGS)
    for module in (data_set_flags, run_flags, checkpoint_flags, model):
        flags.adopt_module_key_flags(module)
    entry.run(main)
