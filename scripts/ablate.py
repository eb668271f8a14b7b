"""Compares settings over data sets and seeds: python -m scripts.ablate.

Every run is a process of its own under the strict protocol, on the CPU. Its result is
kept in --output; started again, the command does what is still to be done. Persons are
read to evaluate, never to train or to choose an epoch.
"""

from flags import quiet  # noqa: F401

# isort: split

import pathlib
from collections.abc import Sequence

from absl import flags

from datasets import writable
from flags import entry
from scripts.ablations import (
    comparison,
    data,
    results,
    settings,
    tables,
    training,
)
from simmc_tf import atomic, errors


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_multi_enum(
        "data",
        list(data.DATA),
        list(data.DATA),
        "data set; may be repeated (all)",
        flag_values=values,
    )
    flags.DEFINE_multi_string(
        "setting",
        list(settings.NAMED),
        "what to compare; may be repeated (all): a name, then any field=value that its "
        "preset takes, as in --setting 'auto lr=0.001 t=0.2'",
        flag_values=values,
    )
    for name, default, least, meaning in (
        ("seeds", 3, 1, "runs of each setting on each data set, from seed 0 on"),
        ("epochs", None, 1, "most epochs of a run (the preset's)"),
        (
            "workers",
            None,
            0,
            "runs at a time (by cores and memory); 0: in this process",
        ),
    ):
        flags.DEFINE_integer(
            name, default, meaning, lower_bound=least, flag_values=values
        )
    flags.DEFINE_string(
        "output", "ReID_Models/ablations", "folder of results", flag_values=values
    )
    flags.DEFINE_string("markdown", None, "file for the tables", flag_values=values)


def main(argv: list[str]) -> None:
    """Does all runs that are still to be done, and prints the tables."""
    entry.expect_no_arguments(argv)
    values = flags.FLAGS
    names, chosen = (list(dict.fromkeys(values[n].value)) for n in ("data", "setting"))
    chosen = list(dict.fromkeys(" ".join(setting.split()) for setting in chosen))
    configs = {
        (setting, seed): settings.config(setting, seed, values.epochs)
        for seed in range(values.seeds)
        for setting in chosen
    }
    names = _present(names)
    # A seed at a time, so that there is soon something to compare.
    runs = [
        results.Run(name, setting, configs[setting, seed])
        for seed in range(values.seeds)
        for name in names
        for setting in chosen
    ]
    folder = pathlib.Path(values.output).resolve()
    with atomic.locked(folder, "--output"):
        if values.markdown is not None:  # It may lie in the folder that was just made.
            path = pathlib.Path(values.markdown)
            writable.check_file(path, f"--markdown {path}")
        compared = comparison.Comparison(runs, folder, training.work())
        compared.work(values.workers)
    found = tables.Tables(compared.found, names, chosen, values.seeds).all()
    print("\n\n".join(["", *(table.text() for table in found)]))
    if values.markdown is not None:
        pages = "\n\n".join(table.markdown() for table in found)
        atomic.write_text(pathlib.Path(values.markdown), pages + "\n")
    if compared.failed:
        raise errors.InputError(
            f"{compared.failed} of {len(runs)} runs failed, as told above; the same "
            "command tries them again."
        )


def _present(names: Sequence[str]) -> list[str]:
    reasons = {name: data.DATA[name].missing() for name in names}
    for name, reason in reasons.items():
        if reason is not None:
            print(f"{name} is left out: {reason}", flush=True)
    present = [name for name, reason in reasons.items() if reason is None]
    if not present:
        raise errors.InputError(
            "None of the chosen data sets is here; --data syn is generated."
        )
    return present


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
