"""Compares settings over data sets and seeds: python -m scripts.ablate.

With --knob, one of the paper's hyperparameters is turned at a time: python -m
scripts.ablate --knob all --html knobs.html, or for a page on GitHub --plots docs/knobs
--update docs/knobs.md. Every run is a process of its own under the
strict protocol, on the CPU. Its result is kept in --output; started again, the command
does what is still to be done. Persons are read to evaluate, never to train or to choose
an epoch.
"""

from flags import quiet  # noqa: F401

# isort: split

import os
import pathlib

from absl import flags

from datasets import writable
from flags import entry
from scripts.ablations import (
    asked,
    budget,
    comparison,
    curves,
    data,
    knobs,
    origin,
    results,
    settings,
    tables,
    training,
)
from scripts.matrix import pages
from simmc_tf import atomic, errors

# Flags that decide figures, and so belong to the command below the tables.
_DECIDING = ("data", "setting", "knob", "seeds", "epochs")


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_multi_enum(
        "data",
        data.usual(),
        list(data.DATA),
        f"data set; may be repeated ({', '.join(data.usual())})",
        flag_values=values,
    )
    flags.DEFINE_multi_string(
        "setting",
        list(settings.NAMED),
        "what to compare; may be repeated (all; with --knob: published and auto): a "
        "name, then any field=value that its preset takes, f for skeletons a sequence, "
        "as in --setting 'auto lr=0.001 t=0.2'",
        flag_values=values,
    )
    flags.DEFINE_multi_string(
        "knob",
        [],
        "what to turn under every setting; may be repeated: "
        f"{', '.join(knobs.KNOBS)}, {knobs.ALL} of these, or values of your own as in "
        "--knob t=0.1,0.2",
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
    budget.define(values)
    for name, path, meaning in (
        ("output", "ReID_Models/ablations", "folder of results"),
        ("markdown", None, "file for the tables"),
        ("html", None, "with --knob: file for a page with a picture of each"),
        ("plots", None, "with --knob: folder for these pictures as SVG files"),
        (
            "update",
            None,
            f"with --knob: file of Markdown in which to replace what is below "
            f"{pages.BEGIN} by tables, and by the pictures of --plots",
        ),
    ):
        flags.DEFINE_string(name, path, meaning, flag_values=values)


def main(argv: list[str]) -> None:
    """Does all runs that are still to be done, and prints the tables."""
    entry.expect_no_arguments(argv)
    values = flags.FLAGS
    for name in ("html", "plots", "update"):
        if values[name].value is not None and not values.knob:
            raise errors.InputError(
                f"--{name}: there are pictures only of what --knob turns; give one of "
                f"these, or --knob {knobs.ALL}."
            )
    wanted = asked.find(
        values.data,
        values.setting if values["setting"].present or not values.knob else None,
        *(values.knob, values.seeds, values.epochs),
    )
    for line in wanted.told:
        print(line, flush=True)
    folder = pathlib.Path(values.output).resolve()
    with atomic.locked(folder, "--output"):
        for name in ("markdown", "html"):  # They may lie in the folder just made.
            if values[name].value is not None:
                path = pathlib.Path(values[name].value)
                writable.check_file(path, f"--{name} {path}")
        if values.plots is not None:
            writable.check(pathlib.Path(values.plots), f"--plots {values.plots}")
        if values.update is not None:
            pages.check_block(pathlib.Path(values.update), f"--update {values.update}")
        compared = comparison.Comparison(wanted.runs, folder, training.work())
        compared.work(values.workers, budget.seconds(values))
        _write(values, compared, wanted)
    if compared.left:
        of = f"{compared.left} of {len(wanted.runs)} runs"
        print(f"{of} are left; the same command goes on")
    if compared.failed:
        raise errors.InputError(
            f"{compared.failed} of {len(wanted.runs)} runs failed, as told above; the "
            "same command tries them again."
        )


def _write(
    values: flags.FlagValues,
    compared: comparison.Comparison[results.Run, results.Result],
    wanted: asked.Asked,
) -> None:
    notes = [origin.note(results.program(), "scripts.ablate", values, _DECIDING)]
    turned = curves.Curves(compared.found, wanted.data, wanted.lines, values.seeds)
    if wanted.lines:
        found = turned.all()
    else:
        found = tables.Tables(
            *(compared.found, wanted.data, wanted.settings, values.seeds)
        ).all()
    print("\n\n".join(["", *(table.text() for table in found), *notes]))
    if values.markdown is not None:
        written = "\n\n".join([*(table.markdown() for table in found), *notes])
        atomic.write_text(pathlib.Path(values.markdown), written + "\n")
    if values.html or values.plots or values.update:
        _draw(values, turned, notes)


def _draw(values: flags.FlagValues, turned: curves.Curves, notes: list[str]) -> None:
    from scripts.ablations import knob_page  # Not before: it draws.

    if values.html is not None:
        text = knob_page.make(turned, notes)
        atomic.write_text(pathlib.Path(values.html), text)
    drawn = list(knob_page.plots(turned)) if values.plots is not None else []
    for plot in drawn:
        atomic.write_text(pathlib.Path(values.plots) / plot.name, plot.text)
    if values.update is not None:
        path = pathlib.Path(values.update)
        folder = os.path.relpath(values.plots or ".", path.parent)
        text = knob_page.markdown(turned, notes, drawn, pathlib.Path(folder).as_posix())
        pages.replace_block(path, text, f"--update {path}")


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
