"""Turns recordings into sequences: python Pre-process.py 6 --recordings FILE.npz."""

from absl import flags

from flags import entry
from flags import preprocess as preprocess_flags


def main(argv: list[str]) -> None:
    """Cuts the recordings once for every length on the command line."""
    options = preprocess_flags.read(flags.FLAGS, argv)
    from datasets import preparation
    from datasets import recordings as recordings_module

    found = recordings_module.read(options.recordings, options.unit)
    extent = recordings_module.extent(found)
    if not 0.2 < extent < 5:  # People are neither smaller nor larger, arms and all.
        print(
            f"warning: skeletons are typically {extent:.4g} m large; is --unit right?"
        )
    made = preparation.prepare(
        found,
        options.dataset,
        options.lengths,
        options.data_root,
        options.seed,
        made_by=f"Pre-process.py --recordings {options.recordings.name} "
        f"--seed {options.seed}",
    )
    for prepared in made:
        print(prepared.text)
    print(f"next: {options.next_command(made[0].report.counts())}")


if __name__ == "__main__":
    preprocess_flags.define(flags.FLAGS)
    flags.adopt_module_key_flags(preprocess_flags)
    entry.run(main)
