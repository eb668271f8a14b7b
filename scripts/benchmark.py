"""What every phase costs, beside what it must: python -m scripts.benchmark."""

import functools
import pathlib
import sys
import tempfile

from absl import flags

from flags import entry
from scripts import peer_data
from scripts.benchmarks import data_sets, memory, results, tables
from simmc_tf import config as configs
from simmc_tf import errors, startup

_LEGEND = """\
Wall s and CPU s: medians, CPU of all threads. Peak MB (10^6 bytes): above what was
there when the phase began ({method}), in a repetition
that is not timed. Limit s: of the same multiply-adds as matrix products of those
shapes, in the fastest of several ways, or of moving the bytes that come in and go out
once at the speed of a copy. x limit, and ratios: of the fastest repetitions, which
others disturbed least; x CPU: of CPU seconds. Load: from the page cache. Features: of
both views, gallery and probes. First epoch, extra: time up to its end beyond the same
work later."""


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_list(
        "data",
        None,
        f"recorded data sets: {', '.join(peer_data.PEERS)} (kgbd, or none with "
        "--sizes)",
        flag_values=values,
    )
    flags.DEFINE_list(
        "sizes", [], "training sequences of generated data sets", flag_values=values
    )
    flags.DEFINE_list("phases", None, "what to measure (all)", flag_values=values)
    for name, default, least, text in (
        ("repeats", 5, 1, "of each phase"),
        ("epochs", 6, 3, "of a whole run"),
        ("reference", 3_000, 0, "rows of a naive computation beside it, 0 for none"),
        ("seed", 0, 0, "of generated data and of runs"),
        ("gpu", 0, -1, "that computes where there is one, -1 for the CPU"),
    ):
        flags.DEFINE_integer(name, default, text, least, flag_values=values)
    flags.DEFINE_boolean(
        "cold",
        False,
        "measure the first epoch also with nothing compiled before",
        flag_values=values,
    )
    flags.DEFINE_string("json", None, "file to write", flag_values=values)
    flags.DEFINE_string(
        "against", None, "file of an earlier call, to compare with", flag_values=values
    )


def main(argv: list[str]) -> None:
    """Measures and prints."""
    entry.expect_no_arguments(argv)
    values = flags.FLAGS
    names, sizes = _data(values.data, values.sizes)
    earlier = None
    if values.against is not None:
        path = pathlib.Path(values.against)
        earlier = results.read(path)
        given = [*names, *map(data_sets.generated_name, sizes)]
        results.check_same_data(earlier, given, path)
    device = startup.prepare(values.gpu)
    # Only now may TensorFlow and faiss be loaded.
    from scripts.benchmarks import limits, measure

    phases = _phases(values.phases, measure.NAMES)
    _say("speed of the machine")
    machine = limits.Machine(values.repeats)
    report = _report(device, machine.speeds())
    with tempfile.TemporaryDirectory() as folder:
        options = measure.Options(
            *(phases, values.repeats, values.epochs, values.reference),
            *(values.cold, values.seed, pathlib.Path(folder)),
        )
        for source in data_sets.sources(
            names, sizes, values.seed, pathlib.Path(folder), _say
        ):
            say = functools.partial(_say, label=f"{source.name}: ")
            data = source.load()
            run = results.Run(source.name, source.title(data), measure.digest(data))
            before = None if earlier is None else results.matching_run(earlier, run)
            measure.measure(source, data, run, options, machine, say)
            report.runs.append(run)
            if values.json is not None:  # After each: the next may take long.
                report.write(pathlib.Path(values.json))
            _print(run)
            if earlier is not None:
                print(f"\n{run.name} against {values.against}:")
                print(_comparison(report, run, earlier, before), flush=True)
    print(f"\n{_LEGEND.format(method=memory.method())}")


def _report(device: str, speeds: dict[str, float]) -> results.Report:
    """A report without runs, of which it prints the machine."""
    machine = {**results.machine(), "device": device, **speeds}
    listed = ", ".join(f"{value:g} {name}" for name, value in speeds.items())
    print(f"{machine['processor']}, {device}: {listed}", flush=True)
    values = flags.FLAGS
    settings = {name: values[name].value for name in ("repeats", "epochs", "seed")}
    return results.Report(machine, {**settings, "memory": memory.method()})


def _data(names: list[str] | None, sizes: list[str]) -> tuple[list[str], list[int]]:
    if names is None:
        names = [] if sizes else ["kgbd"]
    for name in names:
        if name not in peer_data.PEERS:
            known = ", ".join(peer_data.PEERS)
            raise errors.InputError(f"--data {name}: expected some of {known}.")
    least = configs.Config.batch_size
    for size in sizes:
        if not size.isdecimal() or int(size) < least:
            raise errors.InputError(
                f"--sizes {size}: expected numbers of at least {least} sequences, a "
                "batch, such as 10000,30000."
            )
    return list(dict.fromkeys(names)), list(dict.fromkeys(map(int, sizes)))


def _phases(given: list[str] | None, known: tuple[str, ...]) -> tuple[str, ...]:
    for name in given or []:
        if name not in known:
            raise errors.InputError(
                f"--phases {name}: expected some of {', '.join(known)}."
            )
    return known if given is None else tuple(given)


def _say(text: str, label: str = "") -> None:
    print(f"{label}{text}", file=sys.stderr, flush=True)


def _print(run: results.Run) -> None:
    print(f"\n{run.name}: {run.title}\n{tables.table(run)}")
    if run.memory:
        print(tables.memory(run))
    if run.reference is not None:
        print(tables.reference(run.reference))
    for target in tables.targets(run):
        print(f"target: {target.line}")
    sys.stdout.flush()


def _comparison(
    report: results.Report,
    run: results.Run,
    earlier: results.Report,
    before: results.Run | None,
) -> str:
    if before is None:
        return "not measured there"
    notes = [f"note: {line}" for line in results.differences(report, earlier)]
    return "\n".join([*notes, tables.comparison(run, before)])


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
