"""An export for other runtimes, and what is lost: python -m scripts.convert."""

from flags import quiet  # noqa: F401

# isort: split

import dataclasses
import functools
import json
import pathlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from absl import flags

from datasets import catalog
from flags import data_set as data_set_flags
from flags import entry
from simmc_tf import atomic, errors, evaluation, startup
from simmc_tf import data as data_module
from simmc_tf.export import about as abouts
from simmc_tf.export import layout

_KINDS = tuple(layout.CONVERTED)
_HEADING = f"{'':14}         bytes  differs by   top-1     mAP  lost: top-1      mAP"
# Sequences whose embeddings are compared.
_COMPARED = 2048


@dataclasses.dataclass(frozen=True)
class _Row:
    """What an embedder of some kind gives."""

    features: np.ndarray
    scores: evaluation.Scores | None


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    data_set_flags.define(values)
    flags.DEFINE_string(
        "model",
        None,
        "folder of a run with an export, or an export/, or a copy of it",
        flag_values=values,
    )
    flags.DEFINE_list(
        "to",
        None,
        f"some of {', '.join(_KINDS)} (all for which there is what it takes)",
        flag_values=values,
    )


def main(argv: list[str]) -> None:
    """Converts, and sets each beside the SavedModel."""
    entry.expect_no_arguments(argv)
    values = flags.FLAGS
    kinds = _asked(values["to"].value)
    if values["model"].value is None:
        raise errors.InputError("--model is missing: the folder of a run.")
    say = functools.partial(print, flush=True)
    startup.prepare(-1)
    # Only now may TensorFlow be loaded.
    from simmc_tf import checkpoints
    from simmc_tf.export import conversion, embedder, onnx

    folder, about = embedder.find(pathlib.Path(values["model"].value))
    about.note_labels(say)
    run, config = embedder.run_of(folder), {}
    if run is not None:
        embedder.check_current(run, about)
        config = json.loads((run / checkpoints.CONFIG).read_text(encoding="utf-8"))
    original = embedder.load(folder)
    if layout.ONNX in kinds:
        try:
            onnx.check()
        except errors.InputError as error:
            if values["to"].present:
                raise
            kinds.remove(layout.ONNX)
            say(f"left out: {error}")
    matching = _matching(values, about, config, say)
    compared = _compared(matching, about)

    def measure(found: embedder.Embedder) -> _Row:
        scores = None
        if matching is not None:
            scores = evaluation.match(matching, found.encode)
        return _Row(found.encode(compared), scores)

    reference = measure(original)
    num_bytes = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    say(f"{_HEADING}\n{_line('SavedModel', num_bytes, reference, None)}")
    paths = []
    for kind in kinds:
        content = conversion.convert(kind, folder, about)
        path = folder.parent / layout.CONVERTED[kind]
        atomic.write_bytes(path, content)
        # Not before: it could be replaced between.
        if embedder.find(folder)[1].digest != about.digest:
            path.unlink(missing_ok=True)
            raise errors.InputError(
                f"The export in {folder} was replaced while it was converted; convert "
                "the new one."
            )
        row = measure(conversion.load(kind, path, about))
        say(_line(kind, len(content), row, reference))
        paths.append(str(path))
    say(f"saved in {', '.join(paths)}")


def _asked(names: list[str] | None) -> list[str]:
    if names is None:
        return list(_KINDS)
    names = [name.strip() for name in names if name.strip()]
    for name in names:
        if name not in _KINDS:
            raise errors.InputError(
                f"--to {name}: expected some of {', '.join(_KINDS)}."
            )
    if not names:
        raise errors.InputError(f"--to: expected some of {', '.join(_KINDS)}.")
    return list(dict.fromkeys(names))


def _matching(
    values: flags.FlagValues,
    about: abouts.About,
    config: Mapping[str, Any],
    say: Callable[[str], None],
) -> data_module.Matching | None:
    """Probes and gallery of the model's data set, or of the one that is asked for."""
    options = data_set_flags.read(values)
    if not values["dataset"].present:
        if about.kind != abouts.JOINTS or about.dataset is None:
            say("no metrics: the model does not tell of skeletons; give --dataset")
            return None
        options = dataclasses.replace(options, dataset=about.dataset)
        if not options.length:
            options = dataclasses.replace(options, length=about.length or 0)
    try:
        data_set = options.find()
        if (options.probe, options.probe_type) == (None, None):
            probe = data_set.check_probe(about.probe)
        else:
            probe = options.choose_probe(data_set)
        length = data_set.check_length(options.length)
        if data_set.name == catalog.SYNTHETIC:
            options = _walkers(options, values, about, config, say)
        data = options.load(data_set, probe, length).data
    except errors.InputError as error:
        if values["dataset"].present:
            raise
        say(f"no metrics: {error}")
        return None
    size = data.train.sequences.shape[-1]
    if size != np.prod(about.skeleton):
        raise errors.InputError(
            f"--dataset {data_set.name}: its skeletons have {size} numbers, the model "
            f"takes {about.takes}."
        )
    return data.matching


def _walkers(
    options: data_set_flags.Options,
    values: flags.FlagValues,
    about: abouts.About,
    config: Mapping[str, Any],
    say: Callable[[str], None],
) -> data_set_flags.Options:
    """Those that the model was trained on, as far as its run tells; flags win."""
    trained = {}
    if about.dataset == catalog.SYNTHETIC:
        trained = {n: config[n] for n in data_set_flags.GENERATED if n in config}
    asked = {n: v for n, v in trained.items() if not values[n].present}
    options = dataclasses.replace(options, **asked)
    used = {name: getattr(options, name) for name in data_set_flags.GENERATED}
    shown = ", ".join(f"--{name} {value}" for name, value in used.items())
    known = "" if trained == used else "; not known to be those of its training"
    say(f"metrics: on walkers of {shown}{known}")
    return options


def _compared(matching: data_module.Matching | None, about: abouts.About) -> np.ndarray:
    """Sequences [N, f, d]: probes, or numbers at random."""
    if matching is not None:
        return matching.probe.sequences[:_COMPARED]
    shape = _COMPARED, about.length or 6, int(np.prod(about.skeleton))
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def _line(kind: str, num_bytes: int, row: _Row, reference: _Row | None) -> str:
    text = f"{kind:14}  {num_bytes:12,d}"
    if reference is None:
        text += f"  {'':10}"
    else:
        most = np.abs(reference.features).max()
        difference = np.abs(row.features - reference.features).max() / most
        text += f"  {difference:10.1e}"
    if row.scores is None:
        return text
    text += f"  {row.scores.top1:6.4f}  {row.scores.mean_ap:6.4f}"
    if reference is not None and reference.scores is not None:
        lost = (
            reference.scores.top1 - row.scores.top1,
            reference.scores.mean_ap - row.scores.mean_ap,
        )
        text += f"  {lost[0]:11.4f}  {lost[1]:7.4f}"
    return text


if __name__ == "__main__":
    define(flags.FLAGS)
    flags.adopt_module_key_flags(data_set_flags)
    entry.run(main)
