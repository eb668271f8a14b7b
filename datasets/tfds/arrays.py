"""Arrays of a data set that tensorflow-datasets has built."""

import pathlib

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds
from google.protobuf import json_format
from tensorflow_datasets.core.proto import feature_pb2

from datasets import conditions, loading, tfds_folder
from datasets import recordings as recordings_module
from datasets.tfds import base
from simmc_tf import data as data_module
from simmc_tf import errors, json_file, whole_file

_BATCH = 1024
_FEATURES = "features.json"
_WHOLE, *_rest = (
    f"{each.__module__}.{each.__qualname__}"
    for each in (
        *(tfds.features.FeaturesDict, tfds.features.Scalar),
        *(tfds.features.Tensor, tfds.features.Text),
    )
)
_PARTS = frozenset(_rest)


def load(built: tfds_folder.Built, probe: str | None) -> loading.Loaded:
    """Reads a built data set: the same as `loading.load` gives of Pre-process.py's.

    Args:
        built: the data set.
        probe: one of its probes.

    Raises:
        errors.InputError: its files are missing or broken.
    """
    try:
        _check_files(built.folder)
        builder = tfds.builder_from_directory(built.folder)
    except Exception as error:  # What its parsers raise has no common kind.
        raise _damaged(built, error) from error

    told: dict[str, np.ndarray | None] = {}

    def split(part: str) -> data_module.Split:
        found, told[part] = _read(builder, part, built)
        return loading.centred(found)

    try:
        matching = None
        if probe is not None:
            probe_part, gallery_part = built.data_set.probes[probe]
            gallery = split(gallery_part)
            same = probe_part == gallery_part
            matching = data_module.Matching(
                gallery, gallery if same else split(probe_part), same
            )
        train = split(recordings_module.TRAIN)
    except errors.InputError:
        raise
    except (
        *(OSError, ValueError, KeyError, TypeError, MemoryError),
        tf.errors.OpError,
    ) as error:
        raise _damaged(built, error) from error
    data = data_module.ReidData(
        *(train, matching, built.data_set.balanced), names=built.data_set.person_names
    )
    return loading.Loaded(
        built.data_set,
        probe,
        built.data_set.lengths[0],
        data,
        origin={
            "source": "tfds",
            "tfds_name": built.name,
            "tfds_version": tfds.__version__,
        },
        conditions=conditions.by_split(
            data,
            None if probe is None else built.data_set.probes[probe],
            lambda part, _: told[part],
        ),
    )


def _check_files(folder: pathlib.Path) -> None:
    """Refuses pipes, and features of classes that no builder of ours has.

    TensorFlow would wait for the ones; the others would be imported from modules of any
    name, such as one beside the data.

    Raises:
        Exception: there is one, or features.json is damaged.
    """
    for path in folder.iterdir():
        if not path.is_dir():
            with whole_file.opened(path):
                pass
    # As tfds parses it, which knows each field by two names. What it takes besides is
    # refused here, as a `type` is, or leaves no parts, as a text of features does.
    found = json_format.ParseDict(
        json_file.read(folder / _FEATURES), feature_pb2.Feature()
    )
    names = {one.python_class_name for one in found.features_dict.features.values()}
    if found.python_class_name != _WHOLE or not names or not names <= _PARTS:
        raise ValueError(f"features {sorted(names)}")


def _read(
    builder: tfds.core.DatasetBuilder, part: str, built: tfds_folder.Built
) -> tuple[data_module.Split, np.ndarray | None]:
    """Sequences [n, f, J, 3], persons and conditions of a part, a batch at a time."""
    if part not in builder.info.splits:
        raise errors.InputError(f"{built.folder} has no part {part}.")
    (length,) = built.data_set.lengths
    shape = (length, len(built.data_set.joints), 3)
    found = builder.info.features[base.SKELETONS].shape
    if tuple(found) != shape:
        raise errors.InputError(
            f"{built.folder} holds sequences of {list(found)}; {built.data_set.name} "
            f"has {list(shape)}: frames, joints, coordinates."
        )
    num_sequences = builder.info.splits[part].num_examples
    sequences = np.empty((num_sequences, *shape), np.float32)
    persons = np.empty(num_sequences, np.int64)
    told: list[str] = []
    first = 0
    batches = builder.as_dataset(split=part, batch_size=_BATCH)
    for batch in batches.as_numpy_iterator():
        last = first + len(batch[base.PERSON])
        sequences[first:last] = batch[base.SKELETONS]
        persons[first:last] = batch[base.PERSON]
        told += [condition.decode() for condition in batch[base.CONDITION]]
        first = last
    if first != num_sequences:
        raise errors.InputError(
            f"{built.folder} has {first} of {num_sequences} sequences of {part}; build "
            "it again with --overwrite."
        )
    found = data_module.Split(sequences, persons)
    return found, np.array(told) if any(told) else None


def _damaged(built: tfds_folder.Built, error: Exception) -> errors.InputError:
    return errors.InputError(
        f"{built.folder} is damaged ({type(error).__name__}); build it again with "
        "--overwrite."
    )
