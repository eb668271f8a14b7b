"""Exports the best model of a run, whole or not at all."""

import contextlib
import pathlib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import tensorflow as tf

from simmc_tf import atomic, checkpoints, errors, folders, json_file
from simmc_tf import config as configs
from simmc_tf.export import about as abouts
from simmc_tf.export import graph as graphs
from simmc_tf.export import layout, saved_model
from simmc_tf.sources import names as source_names

# Which operation of TensorFlow failed is nobody's business.
_OF_OPERATIONS = re.compile(r"\{\{[^}]*\}\}\s*|\s*\[Op:\w*\]")


def export(
    folder: pathlib.Path,
    coordinates: bool,
    more: Mapping[str, Any],
    accept: Callable[[configs.Config, Mapping[str, Any]], None] = lambda *_: None,
) -> pathlib.Path:
    """Exports the best model of a run; a former export stays until this one is whole.

    Args:
        folder: of the run.
        coordinates: whether it was trained on coordinates, not on vectors.
        more: what is known of the data, where config.json does not tell.
        accept: raises where the model, by its configuration and config.json, is not
            the one that somebody means.

    Returns:
        The folder of the export.

    Raises:
        errors.InputError: there is no model, another run writes to the folder, or the
            export cannot be written.
    """
    if not folder.is_dir():
        checkpoints.load(folder)  # Says what is missing.
    with atomic.locked(folder, again=True):
        loaded = checkpoints.load(folder)
        accept(*loaded[1:])
        return _export(folder, loaded, coordinates, more)


def _export(
    folder: pathlib.Path,
    loaded: checkpoints.Loaded,
    coordinates: bool,
    more: Mapping[str, Any],
) -> pathlib.Path:
    simmc, _, description = loaded
    check(folder)
    graph = graphs.build(simmc, coordinates)
    about = _about(folder, graph, {**more, **description})
    place = folder / layout.FOLDER
    folders.clear(folder)
    try:
        with folders.replaced(place) as new:
            saved_model.write(new / layout.VERSION, graph, about)
            graph.whole.save(new / layout.KERAS)
    except (OSError, tf.errors.OpError) as error:
        raise errors.InputError(
            f"{place} cannot be written ({_reason(error)}); what was there before is "
            "left as it was."
        ) from error
    return place


def _reason(error: OSError | tf.errors.OpError) -> str:
    """Why files cannot be written, without names of temporary ones."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    text = str(error.message).partition("\n")[0]
    return _OF_OPERATIONS.sub("", text.rpartition("; ")[2])


def check(folder: pathlib.Path) -> None:
    """Refuses to replace files that no export makes.

    Args:
        folder: of the run.

    Raises:
        errors.InputError: its export has such a file.
    """
    place = folder / layout.FOLDER
    if not place.exists() and not place.is_symlink():
        return
    if place.is_symlink() or not place.is_dir():
        raise errors.InputError(f"{place} is no folder of ours; move it away.")
    known = {layout.VERSION, layout.KERAS, *layout.CONVERTED.values()}
    foreign = sorted({path.name for path in place.iterdir()} - known)
    if foreign:
        raise errors.InputError(
            f"{place / foreign[0]} was not made here and would be lost with what is "
            "replaced; move it away."
        )


def stale(folder: pathlib.Path) -> str | None:
    """What is wrong with the export of a run that has another model by now.

    Args:
        folder: of the run.

    Returns:
        For a note; None where there is no export, or that of its model.
    """
    place, config = folder / layout.FOLDER, folder / checkpoints.CONFIG
    about = place / layout.VERSION / "assets" / abouts.FILE
    if not (about.is_file() and config.is_file()):
        return None
    if abouts.digest_of_file(config).encode() in about.read_bytes():
        return None
    return f"the export in {place} is still of the earlier model"


@contextlib.contextmanager
def noting_stale(
    folder: pathlib.Path, report: Callable[[str], None], remedy: str
) -> Iterator[None]:
    """Says after the block, also if it was interrupted, that an export is stale.

    Args:
        folder: of the run, whose model the block replaces.
        report: takes the line.
        remedy: how to replace the export.
    """
    try:
        yield
    finally:
        if found := stale(folder):
            report(f"note: {found}; {remedy}")


def _about(
    folder: pathlib.Path, graph: graphs.Graph, known: Mapping[str, Any]
) -> abouts.About:
    """What is known of a run's model."""
    of_joints = graph.kind == abouts.JOINTS
    names = ("unit", "length", "dataset", "probe", "best_epoch")
    told: dict[str, Any] = {name: known.get(name) for name in names}
    if not of_joints:
        told["unit"] = None
    return abouts.About(
        **told,
        kind=graph.kind,
        skeleton=graph.skeleton,
        size=graph.size,
        digest=saved_model.digest(graph),
        joint_names=tuple(known.get("joint_names") or ()) if of_joints else (),
        hyperparameters=dict(known["hyperparameters"]),
        metrics=_figures(folder / checkpoints.BEST),
        config_sha256=abouts.digest_of_file(folder / checkpoints.CONFIG),
        identity_labels=known.get(source_names.IDENTITY_LABELS, False),
        versions=dict(known.get("versions") or {}),
    )


def _figures(path: pathlib.Path) -> dict[str, Any]:
    """Content of best.json; empty where there is none."""
    if not path.is_file():
        return {}
    try:
        return dict(json_file.read(path))
    except (ValueError, TypeError) as error:
        raise errors.InputError(
            f"{path} cannot be read ({error}); remove it, and the export goes without "
            "its figures."
        ) from error
