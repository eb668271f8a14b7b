"""Fine-tunes a source model's representations: python SimMC-UF.py --source MG-SCR."""

from flags import quiet  # noqa: F401

# isort: split

import functools

from absl import flags

from datasets import loading
from datasets.representations import provenance, store
from flags import data_set as data_set_flags
from flags import entry, model, repeat
from flags import extract as extract_flags
from flags import run as run_flags
from flags import source as source_flags
from simmc_tf import startup


def main(argv: list[str]) -> None:
    """Wires the representations, the method and the folders together."""
    entry.expect_no_arguments(argv)
    say = functools.partial(print, flush=True)
    again = repeat.read(flags.FLAGS, "SimMC-UF.py")
    options = run_flags.read(flags.FLAGS)
    data_set = options.find()
    probe = options.choose_probe(data_set)
    length = data_set.check_length(options.length)
    config = again.config(options.config(data_set.name, probe, length))
    where = source_flags.read(flags.FLAGS)
    if options.mode != "Export":
        extract_flags.ensure(
            *(flags.FLAGS.prepare, options, where, data_set, probe, length),
            *(options.model_root, options.used_gpus, say),
        )
    source = where.find()
    folder = options.model_root / "UF" / source.name / data_set.name
    folder = again.folder(folder / (probe or "train"))
    options.check_folder(folder)
    check = functools.partial(options.check_trained, length=length)
    if options.mode == "Export":
        startup.prepare(*options.used_gpus)
        from simmc_tf import runs

        about = loading.about(data_set, probe, length)
        runs.export(folder, False, about, check, say)
        return
    expected = source_flags.known(options, data_set, length)
    loaded = store.load(source, data_set, probe, length, expected)
    device = startup.prepare(*options.used_gpus)
    # Not before: TensorFlow and faiss look for their GPU once, when they load.
    from simmc_tf import complexity, runs

    if options.model_size:
        size = loaded.data.train.sequences.shape[-1]
        say(complexity.of_run(config, size, length, coordinates=False).text)
        return
    say(f"SimMC-UF, {source.name} on {loaded.title}; {device}")
    if not expected:
        say(source_flags.unchecked(options, data_set, length))
    labelled = provenance.of_origin(loaded.origin)
    if labelled is None:  # The run itself says where they did.
        say(provenance.note(source.name, labelled))
    about = {
        **loaded.about,
        "data_root": str(options.data_root),
        "device": device,
        "command": again.told(flags.FLAGS, "SimMC-UF.py", data_set, probe, length),
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
    source_flags.define(flags.FLAGS, default="SM-SGE")
    extract_flags.define_prepare(flags.FLAGS)
    for module in (
        *(run_flags, data_set_flags, source_flags, extract_flags, model, repeat),
    ):
        flags.adopt_module_key_flags(module)
    entry.run(main)
