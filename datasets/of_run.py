"""The data of a run again, by what its config.json says of them."""

import contextlib
import pathlib
from collections.abc import Iterator, Mapping

from datasets import catalog, loading, tfds_folder
from datasets.representations import store
from simmc_tf import errors

_ROOT = "--data_root names another folder of data sets"


def load(
    description: Mapping[str, object],
    data_root: pathlib.Path | None,
    representation_root: pathlib.Path | None = None,
) -> loading.Loaded:
    """Reads or generates what a run was trained and evaluated with.

    Args:
        description: config.json of the run.
        data_root: folder of all data sets; None for the one that the run had.
        representation_root: folder of all representations; None for where the run had
            them.

    Raises:
        errors.InputError: the data are not here, or nobody knows which they were.
    """
    name, probe, length = _which(description)
    if name == catalog.SYNTHETIC and "source" not in description:
        return loading.generate(
            *(length, _number(description, "synthetic_persons")),
            _number(description, "synthetic_seed"),
        )
    root = _root(description, data_root)
    with _advising(_ROOT):
        data_set = loading.find(name, length, root)
        chosen = None if probe is None else data_set.check_probe(probe)
        if "source" not in description:
            return loading.load(data_set, chosen, length, root)
    source = pathlib.Path(str(description["source"]))
    if representation_root is not None:
        source = representation_root / source.name
    with _advising("--representation_root names another folder of representations"):
        return store.load(source, data_set, chosen, length)


def built(
    description: Mapping[str, object], data_root: pathlib.Path | None
) -> tuple[tfds_folder.Built, str | None] | None:
    """What tensorflow-datasets has built and a run was trained with, and its probe.

    Args:
        description: config.json of the run.
        data_root: folder of all that is built; None for the one that the run had.

    Returns:
        None where a run had its data from elsewhere: `load` reads them.

    Raises:
        errors.InputError: it is not built here, or nobody knows which it was.
    """
    if "tfds_name" not in description:
        return None
    name, probe, length = _which(description)
    with _advising(_ROOT):
        found = tfds_folder.find(name, length, _root(description, data_root))
        if probe is not None:
            probe = found.data_set.check_probe(probe)
    return found, probe


def _which(description: Mapping[str, object]) -> tuple[str, str | None, int]:
    """Data set, probe and length."""
    name, probe, length = (description.get(k) for k in ("dataset", "probe", "length"))
    if not isinstance(name, str) or not isinstance(length, int):
        raise errors.InputError(
            "config.json does not tell with which data set and length; only runs of "
            "SimMC.py and SimMC-UF.py do."
        )
    return name, None if probe is None else str(probe), length


def _root(
    description: Mapping[str, object], given: pathlib.Path | None
) -> pathlib.Path:
    return given or pathlib.Path(str(description.get("data_root", "Datasets")))


@contextlib.contextmanager
def _advising(remedy: str) -> Iterator[None]:
    """Adds to an error of the block how to say where the data are by now."""
    try:
        yield
    except errors.InputError as error:
        raise errors.InputError(f"{str(error).rstrip('.')}; {remedy}.") from error


def _number(description: Mapping[str, object], name: str) -> int:
    found = description.get(name)
    if not isinstance(found, int):
        raise errors.InputError(
            f"config.json does not tell the {name} of the generated walkers."
        )
    return found
