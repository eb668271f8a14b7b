"""Which representations and which trained models are there, in short."""

import pathlib
from collections.abc import Iterator

from datasets import npy_store
from datasets.representations import store
from scripts.doctoring.findings import NOTE, OK, PROBLEM, WARNING, Finding, Options
from simmc_tf import errors, json_file, run_files

_MOST = 8


def check(options: Options) -> Iterator[Finding]:
    """Source models' representations, and models of SimMC.py and SimMC-UF.py."""
    yield from _representations(pathlib.Path(options.representation_root))
    yield from _models(pathlib.Path(options.model_root))


def _representations(root: pathlib.Path) -> Iterator[Finding]:
    files = sorted(root.glob(f"*/*/*/train/{store.FEATURES}"))
    if not files:
        yield Finding(NOTE, f"no source representations in {root}")
    sources: dict[str, list[str]] = {}
    for path in files:
        source, name, length = path.parts[-5:-2]
        try:
            shape = npy_store.read_array(path, "f", "representations").shape
        except errors.InputError as error:
            yield Finding(
                PROBLEM,
                str(error),
                f"remove {path.parents[1]}; SimMC-UF.py makes it again",
            )
            continue
        size = " x ".join(map(str, shape))
        sources.setdefault(source, []).append(f"{name}/{length} ({size})")
    for source, names in sources.items():
        yield Finding(OK, f"representations of {source}: {', '.join(names)}")


def _models(root: pathlib.Path) -> Iterator[Finding]:
    paths = sorted(
        root.glob(f"**/{run_files.WEIGHTS}"),
        key=lambda p: p.stat().st_mtime,
        reverse=True,
    )
    if not paths:
        yield Finding(NOTE, f"no trained model in {root}")
    for path in paths[:_MOST]:
        yield _model(root, path.parent)
    if len(paths) > _MOST:
        yield Finding(OK, f"{len(paths) - _MOST} older models")


def _model(root: pathlib.Path, folder: pathlib.Path) -> Finding:
    name = folder.relative_to(root)
    try:
        description = _read(folder / run_files.CONFIG)
        preset = description["hyperparameters"].get("preset", "published")
        epoch = description["best_epoch"]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return Finding(
            WARNING,
            f"the model in {folder} cannot be used: {run_files.CONFIG} is missing or "
            "damaged",
            "train it again, or remove the folder",
        )
    text = f"model {name}: preset {preset}, best epoch {epoch}"
    try:
        scores = _read(folder / run_files.BEST)["scores_all_pairs"]
        text += f", top-1 {scores['top1']:.3f}, mAP {scores['mean_ap']:.3f}"
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        text += ", no final figures (stopped before its end, or without probes)"
    return Finding(OK, text)


def _read(path: pathlib.Path) -> dict:
    return json_file.read(path)
