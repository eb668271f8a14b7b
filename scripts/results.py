"""Measures methods on data sets: python -m scripts.results --dataset syn.

`--dataset all` is what is measured by default and the paper's data sets; those whose
data are not here have the published figures alone.

Every run is a process of its own on the CPU. Its result is kept in --output; stopped
and started again, the command does what is still to be done. Published figures stand
beside measured ones, and never among them.
"""

from flags import quiet  # noqa: F401

# isort: split

import pathlib

from absl import flags

from datasets import catalog, writable
from flags import data_set as data_set_flags
from flags import entry
from scripts.ablations import budget, comparison, data, origin
from scripts.matrix import (
    columns,
    methods,
    pages,
    planning,
    results,
    tables,
    training,
)
from simmc_tf import atomic, errors
from simmc_tf import config as configs

_ALL = "all"
# Flags that decide figures, and so belong to the command below the tables.
_DECIDING = (
    *("dataset", "method", "seeds", "epochs", "source_epochs", "protocol", "length"),
    *("data_root", *data_set_flags.GENERATED),
)


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_multi_string(
        "dataset",
        data.usual(),
        f"data set, with all its probes; may be repeated: {', '.join(data.DATA)}, one "
        f"of SimMC.py's, or {_ALL} for the default and the paper's (default: "
        f"{', '.join(data.usual())})",
        flag_values=values,
    )
    flags.DEFINE_multi_enum(
        "method",
        list(methods.NAMES),
        list(methods.NAMES),
        "what to measure; may be repeated (all)",
        case_sensitive=False,
        flag_values=values,
    )
    for name, number, least, meaning in (
        ("seeds", 3, 1, "runs of each method on each data set, from seed 0 on"),
        ("epochs", None, 1, "most epochs of SimMC (its preset's)"),
        ("source_epochs", None, 1, "most epochs of a source model (by data set)"),
        ("jobs", None, 0, "runs at a time (by cores and memory); 0: in this process"),
        ("length", 0, 0, "skeletons a sequence, f, of SimMC.py's data (0: as there)"),
        ("synthetic_persons", 30, None, "--dataset Synthetic: walkers"),
        ("synthetic_seed", 0, None, "--dataset Synthetic: seed"),
    ):
        flags.DEFINE_integer(
            name, number, meaning, lower_bound=least, flag_values=values
        )
    budget.define(values)
    flags.DEFINE_multi_enum(
        "protocol",
        None,
        [configs.PUBLISHED, configs.STRICT],
        "of all runs; may be repeated (published for the paper's data sets, strict for "
        "others)",
        flag_values=values,
    )
    for name, default, meaning in (
        ("data_root", "Datasets", "folder of all data sets"),
        ("output", "ReID_Models/results", "folder of results and of source models"),
        ("markdown", None, "file for the tables"),
        ("html", None, "file for the tables as a page"),
        ("update", None, f"file in which to replace what is below {pages.BEGIN}"),
    ):
        flags.DEFINE_string(name, default, meaning, flag_values=values)


def main(argv: list[str]) -> None:
    """Does all runs that are still to be done, and prints the tables."""
    entry.expect_no_arguments(argv)
    values = flags.FLAGS
    asked = [
        methods.Asked(values.epochs, values.source_epochs, protocol)
        for protocol in dict.fromkeys(values.protocol or [None])
    ]
    names = [name for given in values.dataset for name in _names(given)]
    found = columns.distinct(_options(values, name) for name in names)
    chosen = [name for name in methods.NAMES if name in values.method]
    runs, told = planning.plan(found, chosen, values.seeds, asked)
    for line in told:
        print(line, flush=True)
    folder = pathlib.Path(values.output).resolve()
    with atomic.locked(folder, "--output"):
        _check_files(values)
        compared = comparison.Comparison(runs, folder, training.work())
        compared.work(values.jobs, budget.seconds(values))
        shown = planning.shown(found, runs, asked)
        made = tables.Tables(compared.found, shown, chosen, runs)
        _write(values, made, any(compared.found.values()))
    if compared.left:
        print(f"{compared.left} of {len(runs)} runs are left; the same command goes on")
    if compared.failed:
        raise errors.InputError(
            f"{compared.failed} of {len(runs)} runs failed, as told above; the same "
            "command tries them again."
        )


def _names(given: str) -> list[str]:
    if given.lower() != _ALL:
        return [given]
    return [*data.usual(), *(entry.name for entry in catalog.PUBLISHED)]


def _options(values: flags.FlagValues, name: str) -> data_set_flags.Options:
    return data_set_flags.Options(
        name,
        *(None, None),
        values.length,
        pathlib.Path(values.data_root),
        *(values[flag].value for flag in data_set_flags.GENERATED),
    )


def _check_files(values: flags.FlagValues) -> None:
    for name in ("markdown", "html"):
        if values[name].value is not None:
            path = pathlib.Path(values[name].value)
            writable.check_file(path, f"--{name} {path}")
    if values.update is not None:
        pages.check_block(pathlib.Path(values.update), f"--update {values.update}")


def _write(values: flags.FlagValues, made: tables.Tables, measured: bool) -> None:
    overviews, each = made.overviews(), made.each()
    found = [*overviews, *each]
    notes = []
    if measured:
        program = results.program()
        notes.append(origin.note(program, "scripts.results", values, _DECIDING))
    if made.sources:
        notes.append(f"Published: {'; '.join(made.sources)}")
    print("\n\n".join(["", *(table.text() for table in found), *notes]))
    page = pages.markdown(overviews, each, notes)
    if values.markdown is not None:
        atomic.write_text(pathlib.Path(values.markdown), page)
    if values.html is not None:
        atomic.write_text(pathlib.Path(values.html), pages.page(overviews, each, notes))
    if values.update is not None:
        path = pathlib.Path(values.update)
        pages.replace_block(path, page, f"--update {path}")


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
