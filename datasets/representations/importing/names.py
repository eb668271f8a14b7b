"""What the name of an array says: of which split it is, and features or persons.

The folder, the file and the name inside an .npz count, the inner ones first:
`test/gallery/features.npy`, `val_X.npy`, `features_train.npy`, `KS20.npz:train_y`.
"""

import dataclasses
import re
from collections.abc import Sequence

from datasets import catalog, loading

FEATURES, PERSONS = "features", "persons"

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_TRAIN = {"train", "training", "trn", "tr"}
_TEST = {
    *("test", "testing", "tst", "te", "val", "valid", "validation"),
    *("eval", "evaluation", "query", "probe", "gallery"),
}
# The published test files begin with it.
_TEST_PREFIX = "t"
_ALSO = {"query": "probe", "queries": "probe", "probes": "probe", "gal": "gallery"}
_ROLES = {
    FEATURES: {
        *("x", "feature", "features", "feat", "feats", "rep", "reps", "repr"),
        *("representation", "representations", "embedding", "embeddings", "emb"),
        *("vector", "vectors", "age", "ages", "cage", "cages"),
    },
    PERSONS: {
        *("y", "id", "ids", "pid", "pids", "frameid", "label", "labels", "person"),
        *("persons", "subject", "subjects", "identity", "identities", "class"),
        *("classes", "target", "targets"),
    },
}
# Also in names of folders (`train_npy_data`), where it says nothing.
_WEAK_FEATURES = "data"
# xtrain, trainy: words that are written together.
_JOINABLE = "train|test|val|tr|te|gallery|probe|query"
_JOINED = re.compile(f"([xy])({_JOINABLE})|({_JOINABLE})([xy])")
_AXES, _OF_AXES = {"x", "y", "z"}, {"source", "target"}


@dataclasses.dataclass(frozen=True)
class Meaning:
    """What a name says.

    Attributes:
        parts: splits that it may be of; none where the name says nothing.
        role: `FEATURES`, `PERSONS`, or None where the name does not say it.
        foreign: why it cannot be meant at all, or empty.
    """

    parts: tuple[str, ...]
    role: str | None
    foreign: str = ""


def parts(data_set: catalog.DataSet) -> tuple[str, ...]:
    """All splits of a data set, training first."""
    tested = (part for pair in data_set.probes.values() for part in pair)
    return tuple(dict.fromkeys((loading.TRAIN, *tested)))


def read(components: Sequence[str], data_set: catalog.DataSet) -> Meaning:
    """Reads a name.

    Args:
        components: folders, file without its suffix, and name inside it.
        data_set: whose splits there are.
    """
    words = [_words(component) for component in components]
    for entry in catalog.PUBLISHED:
        others = [_words(name) for name in (entry.name, *entry.aliases)]
        if entry.name == data_set.name:
            # Not CASIA-B's B, if there ever is a split of that name.
            words = [_without(some, others) for some in words]
        elif any(_contains(some, name) for some in words for name in others):
            return Meaning((), None, f"of {entry.name} by its name")
    inner = words[-2:]
    if any(_AXES & {*some} and _OF_AXES & {*some} for some in inner):
        return Meaning((), None, "coordinates by its name")
    return Meaning(_parts(words, data_set), _role(words))


def _words(text: str) -> tuple[str, ...]:
    """Words of a name, which may be written_so, so-or.so, orSo, xtrain."""
    found: list[str] = []
    for word in _WORD.findall(text):
        word = word.lower()
        match = _JOINED.fullmatch(word)
        found += [part for part in match.groups() if part] if match else [word]
    return tuple(found)


def _contains(words: tuple[str, ...], name: tuple[str, ...]) -> bool:
    size = len(name)
    return any(words[at : at + size] == name for at in range(len(words) - size + 1))


def _without(
    words: tuple[str, ...], names: Sequence[tuple[str, ...]]
) -> tuple[str, ...]:
    for name in names:
        for at in range(len(words) - len(name) + 1):
            if words[at : at + len(name)] == name:
                return words[:at] + words[at + len(name) :]
    return words


def _parts(
    words: Sequence[tuple[str, ...]], data_set: catalog.DataSet
) -> tuple[str, ...]:
    """The innermost name decides; outer ones only among what it leaves open."""
    candidates: tuple[str, ...] = ()
    for some in reversed(words):
        said = _parts_of_one(some, data_set)
        both = tuple(part for part in candidates if part in said)
        candidates = (both or candidates) if candidates else said
        if len(candidates) == 1:
            break
    return candidates


def _parts_of_one(words: tuple[str, ...], data_set: catalog.DataSet) -> tuple[str, ...]:
    _, *tested = parts(data_set)
    also = tuple(_ALSO.get(word, word) for word in words)
    own = [
        part
        for part in tested
        if _contains(words, _words(part)) or _contains(also, _words(part))
    ]
    if not own and (_TEST & {*also} or words[:1] == (_TEST_PREFIX,)):
        own = tested
    if _TRAIN & {*words}:
        own = [loading.TRAIN, *own]
    return tuple(own)


def _role(words: Sequence[tuple[str, ...]]) -> str | None:
    for some in reversed(words):
        said = [role for role, known in _ROLES.items() if known & {*some}]
        if said:
            return said[0] if len(said) == 1 else None
    # Not the folders.
    return FEATURES if any(_WEAK_FEATURES in some for some in words[-2:]) else None
