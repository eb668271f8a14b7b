"""What an array is: its split by its name, features or persons by its shape and type.

Folders, the file and the name inside an .npz count alike: `test/gallery/features.npy`,
`X_train.npy`, `KS20.npz:train_y`.
"""

import re

from datasets import catalog, loading
from datasets.representations.importing import arrays

FEATURES, PERSONS = "features", "persons"

# Where shape and type leave it open.
_FEATURE_WORDS = "x|feat(ure)?s?|rep(resentation)?s?"
_PERSON_WORDS = "y|labels?|ids?|persons?"
_TRAIN_WORDS = "train|training"
# Words of test sets that do not say of which.
_TEST_WORDS = "test|val|query"
# wordsLikeThis.
_INNER_CAPITAL = re.compile("(?<=[a-z])(?=[A-Z])")


def parts(data_set: catalog.DataSet) -> tuple[str, ...]:
    """All splits of a data set, training first."""
    tested = (part for pair in data_set.probes.values() for part in pair)
    return tuple(dict.fromkeys((loading.TRAIN, *tested)))


def says(name: str, words: str) -> bool:
    """Whether a name has one of the words.

    Args:
        name: of an array.
        words: pattern, in small letters.
    """
    text = _INNER_CAPITAL.sub("_", name).lower()
    return re.search(f"(?<![a-z])({words})(?![a-z])", text) is not None


def parts_of(name: str, data_set: catalog.DataSet) -> tuple[str, ...]:
    """Splits of a data set that a name may mean; none where it says nothing."""
    _, *tested = parts(data_set)
    found = [part for part in tested if says(name, re.escape(part.lower()))]
    if not found and says(name, _TEST_WORDS):
        found = tested
    return (*([loading.TRAIN] if says(name, _TRAIN_WORDS) else ()), *found)


def other_data_set(name: str, data_set: catalog.DataSet) -> str | None:
    """The published data set that a name has, where it is not this one."""
    for entry in catalog.PUBLISHED:
        spellings = "|".join(map(re.escape, (entry.name, *entry.aliases))).lower()
        if entry.name != data_set.name and says(name, spellings):
            return entry.name
    return None


def role(array: arrays.Stored) -> str | None:
    """`FEATURES`, `PERSONS`, or None for what can be neither."""
    kind, num_axes = array.dtype.kind, len(array.shape)
    persons = says(array.name, _PERSON_WORDS) and not says(array.name, _FEATURE_WORDS)
    if (kind in "iu" and num_axes == 1) or (
        kind in "iufb" and num_axes in (1, 2) and persons
    ):
        return PERSONS
    return FEATURES if kind == "f" and num_axes in (2, 3) else None
