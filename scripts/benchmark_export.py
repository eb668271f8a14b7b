"""How fast exported models embed, beside their limit: -m scripts.benchmark_export."""

from flags import quiet  # noqa: F401

# isort: split

import os
import pathlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator

import numpy as np
from absl import flags

from flags import entry
from scripts.benchmarks import operations
from simmc_tf import config as configs
from simmc_tf import errors, startup
from simmc_tf.export import about as abouts
from simmc_tf.export import layout

# Sequences of so many skeletons to the matrix products that they take.
_Products = Callable[[int, int], list[operations.Product]]
_Embed = Callable[[np.ndarray], np.ndarray]

_HEADING = (
    f"{'':26}     bytes  sequences/s   limit/s  x limit  one: p50 ms   p99 ms  x limit"
)
_LEGEND = """\
Limit: the model's matrix products alone, as fast as this machine does them; sequences
in batches of 2,048. One: a sequence at a time."""


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_string(
        "model",
        None,
        "folder of a run with an export (none: untrained ones of both presets)",
        flag_values=values,
    )
    flags.DEFINE_list(
        "cores", None, "numbers of cores (1, and 2 if there are)", flag_values=values
    )
    for name, default, text in (
        ("sequences", 20_000, "to embed at a time"),
        ("length", 6, "skeletons a sequence, f"),
        ("joints", 20, "of the untrained models"),
        ("repeats", 5, "of which the fastest counts"),
        ("calls", 2_000, "with one sequence"),
    ):
        flags.DEFINE_integer(name, default, text, lower_bound=1, flag_values=values)


def main(argv: list[str]) -> None:
    """Measures with each number of cores, in a process of its own."""
    entry.expect_no_arguments(argv)
    processors = sorted(os.sched_getaffinity(0))
    counts = flags.FLAGS.cores
    if counts is None:
        counts = ["1", "2"][: len(processors)]
    for count in counts or [""]:
        if not count.isdecimal() or not 1 <= int(count) <= len(processors):
            raise errors.InputError(
                f"--cores {count}: expected numbers of 1 to {len(processors)} cores."
            )
    if len(counts) == 1:
        os.sched_setaffinity(0, processors[: int(counts[0])])
        _measure(int(counts[0]))
        return
    for count in counts:
        # TensorFlow counts cores once, when it starts.
        command = [*sys.argv[1:], "--cores", count]
        done = subprocess.run(
            [sys.executable, "-m", "scripts.benchmark_export", *command],
            check=False,
        )
        if done.returncode:
            sys.exit(done.returncode)
    print(_LEGEND)


def _measure(num_cores: int) -> None:
    startup.prepare(-1)
    # Only now may TensorFlow be loaded.
    from scripts.benchmarks import limits
    from simmc_tf.export import conversion, embedder

    values = flags.FLAGS
    machine = limits.Machine(values.repeats)
    print(f"{num_cores} core{'s' * (num_cores > 1)}\n{_HEADING}", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        for name, model in _models(pathlib.Path(temporary)):
            folder, about = embedder.find(model)
            found = embedder.load(model)
            layers = _layers(about)

            def limit(count: int, layers: _Products = layers) -> float:
                return machine.multiplying(layers(count, values.length), "").seconds

            candidates = {"SavedModel": (_size(folder), found)}
            for kind, file in layout.CONVERTED.items():
                path = folder.parent / file
                if path.is_file():
                    converted = conversion.load(kind, path, about)
                    candidates[kind] = path.stat().st_size, converted
            for kind, (num_bytes, candidate) in candidates.items():
                line = _line(candidate.embed, about.skeleton, limit)
                print(f"{name + ' ' + kind:26}{num_bytes:10,d}{line}", flush=True)


def _layers(about: abouts.About) -> _Products:
    """Matrix products of a model, of so many sequences of so many skeletons."""
    from simmc_tf import preparation

    config = configs.Config(**about.hyperparameters)
    size = int(np.prod(about.skeleton))
    frames, whole = [], [(config.H, config.H)]
    if config.preset == configs.AUTO:
        frames.append(preparation.sizes(size, about.kind == abouts.JOINTS))
        size = frames[-1][1]
        whole *= 2
    for _ in range(config.D):
        frames.append((size, config.H))
        size = config.H
    return lambda count, length: [
        *(operations.Product(count * length, *each) for each in frames),
        *(operations.Product(count, *each) for each in whole),
    ]


def _line(
    embed: _Embed, skeleton: tuple[int, ...], limit: Callable[[int], float]
) -> str:
    values = flags.FLAGS
    shape = values.sequences, values.length, *skeleton
    generator = np.random.default_rng(0)
    sequences = generator.normal(size=shape).astype(np.float32)
    embed(sequences)  # Compiles, and buffers.
    seconds = min(_seconds(embed, sequences) for _ in range(values.repeats))
    batch = operations.ENCODED_AT_ONCE
    least = limit(batch) / batch
    one = [
        _seconds(embed, sequences[n % len(sequences)][np.newaxis])
        for n in range(values.calls + 20)
    ][20:]
    median, slow = np.percentile(one, [50, 99])
    rate = len(sequences) / seconds
    return (
        f"{rate:13,.0f}{1 / least:10,.0f}{1 / (rate * least):9.1f}"
        f"{1e3 * median:13.3f}{1e3 * slow:9.3f}{median / limit(1):9.1f}"
    )


def _seconds(embed: _Embed, some: np.ndarray) -> float:
    start = time.perf_counter()
    embed(some)
    return time.perf_counter() - start


def _models(temporary: pathlib.Path) -> Iterator[tuple[str, pathlib.Path]]:
    """Names and folders of runs; untrained ones where none is asked for."""
    values = flags.FLAGS
    if values.model is not None:
        yield "", pathlib.Path(values.model)
        return
    from simmc_tf import atomic, checkpoints, preparation
    from simmc_tf.export import conversion, embedder, exporting, onnx

    shape = 1000, values.length, 3 * values.joints
    sequences = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    for preset in (configs.PUBLISHED, configs.AUTO):
        config = configs.Config(preset=preset, protocol=configs.STRICT)
        told: dict[str, object] = {}
        prepared = None
        if preset == configs.AUTO:
            tracks = np.arange(len(sequences)) // 10
            prepared = preparation.fit(sequences, tracks, True, config)
            told["preparation"] = prepared.get_config()
        simmc = checkpoints.build(config, shape[-1], preparation=prepared)
        told |= {
            "hyperparameters": checkpoints.hyperparameters(config),
            "skeleton_size": shape[-1],
            "best_epoch": 0,
            "data_sha256": {},
        }
        folder = temporary / preset
        checkpoints.save(folder, simmc, told)
        place = exporting.export(folder, True, {})
        version, about = embedder.find(place)
        for kind, file in layout.CONVERTED.items():
            if kind != layout.ONNX or onnx.missing() is None:
                content = conversion.convert(kind, version, about)
                atomic.write_bytes(place / file, content)
        yield preset, folder


def _size(folder: pathlib.Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
