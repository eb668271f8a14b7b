"""Representations of a source model: python -m scripts.extract --source SM-SGE.

Trains AGE, SGELA, MG-SCR or SM-SGE on a data set's training sequences, without labels,
where that is not done yet, and writes what it makes of every skeleton of all splits for
SimMC-UF.py. A training that was stopped goes on. MG-SCR alone may then train on with
identity labels (--supervised), which everything that uses it says.
"""

from flags import quiet  # noqa: F401

# isort: split

import functools

from absl import flags

from flags import data_set as data_set_flags
from flags import entry, model
from flags import extract as extract_flags
from flags import source as source_flags
from simmc_tf import startup

define = extract_flags.define


def main(argv: list[str]) -> None:
    """Wires the data set, the source model and the folders together."""
    entry.expect_no_arguments(argv)
    say = functools.partial(print, flush=True)
    options = extract_flags.read(flags.FLAGS)
    data_set = options.find()
    probe = options.choose_probe(data_set)
    length = data_set.check_length(options.length)
    task = options.task(data_set, length)
    if options.model_size:
        startup.prepare(*options.used_gpus)
        say(options.size(task))
        return
    task.check()
    say(f"{task.title} on {data_set.name}; {startup.prepare(*options.used_gpus)}")
    # Not before: TensorFlow looks for its GPU once, when it loads.
    from datasets.representations import extraction

    persons = extraction.extract(task, say)
    where = options.where
    say(f"next: {where.next_command(task.title, data_set, probe, length, persons)}")


if __name__ == "__main__":
    define(flags.FLAGS)
    for module in (extract_flags, data_set_flags, source_flags, model):
        flags.adopt_module_key_flags(module)
    entry.run(main)
