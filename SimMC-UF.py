"""Fine-tunes a source model's representations: python SimMC-UF.py --source MG-SCR."""

from flags import quiet  # noqa: F401

# isort: split

from absl import flags

from datasets.representations import provenance, store
from flags import asked_run, entry, model, repeat
from flags import data_set as data_set_flags
from flags import extract as extract_flags
from flags import run as run_flags
from flags import source as source_flags


def main(argv: list[str]) -> None:
    """Wires the representations, the method and the folders together."""
    entry.expect_no_arguments(argv)
    again = repeat.read(flags.FLAGS, "SimMC-UF.py")
    options = run_flags.read(flags.FLAGS)
    data_set = options.find()
    asked = asked_run.AskedRun.on(data_set, options, again, coordinates=False)
    where = source_flags.read(flags.FLAGS)
    folder = asked.folder("UF", where.name)
    if options.mode == "Export":
        asked.export(folder)
        return
    extract_flags.ensure(flags.FLAGS.prepare, asked, where)
    source = where.find()
    expected = source_flags.known(options, data_set, asked.length)
    loaded = store.load(source, data_set, asked.probe, asked.length, expected)
    device = asked.prepare()
    if options.model_size:
        asked.tell_size(loaded.data.train.sequences.shape[-1])
        return
    say = asked_run.say
    say(f"SimMC-UF, {where.name} on {loaded.title}; {device}")
    if not expected:
        say(source_flags.unchecked(options, data_set, asked.length))
    labelled = provenance.of_origin(loaded.origin)
    if labelled is None:  # The run itself says where they did.
        say(provenance.note(where.name, labelled))
    asked.train_or_evaluate(loaded, folder, options.data_root, device)


if __name__ == "__main__":
    run_flags.define(flags.FLAGS)
    source_flags.define(flags.FLAGS, default="SM-SGE")
    extract_flags.define_prepare(flags.FLAGS)
    for module in (
        *(run_flags, data_set_flags, source_flags, extract_flags, model, repeat),
    ):
        flags.adopt_module_key_flags(module)
    entry.run(main)
