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
    for length in options.lengths:
        prepared = preparation.prepare(
            found,
            options.dataset,
            length,
            options.data_root,
            options.seed,
            made_by=f"Pre-process.py {length} --recordings {options.recordings.name} "
            f"--seed {options.seed}",
        )
        print(prepared.text)
        if not prepared.counts.get("probe", (0, 0))[0]:
            print("  no probes: train with --protocol strict; nothing is evaluated")
    print(f"next: python SimMC.py --dataset {options.dataset}")


if __name__ == "__main__":
    preprocess_flags.define(flags.FLAGS)
    flags.adopt_module_key_flags(preprocess_flags)
    entry.run(main)
