"""Which of somebody's arrays is what: as they say, else by names and shapes."""

from collections.abc import Iterable, Mapping, Sequence

from datasets import catalog, loading
from datasets.representations.importing import arrays, names
from simmc_tf import errors

# Enough to see what somebody has.
_MOST_LISTED = 8

# (split, `names.FEATURES` or `names.PERSONS`) -> array.
Taken = Mapping[tuple[str, str], arrays.Stored]


def given(
    said: Iterable[tuple[str, str]],
    found: Sequence[arrays.Stored],
    data_set: catalog.DataSet,
) -> Taken:
    """Arrays that the user names.

    Args:
        said: role and SPLIT=FILE or SPLIT=FILE:KEY of each.
        found: all arrays.
        data_set: whose representations they are.

    Raises:
        errors.InputError: there is no such split or array, or two are given for one.
    """
    parts = {part.lower(): part for part in names.parts(data_set)}
    named = {array.name: array for array in found}
    taken: dict[tuple[str, str], arrays.Stored] = {}
    for role, text in said:
        flag = f"--{role} {text}"
        asked, _, name = text.partition("=")
        part = parts.get(asked.lower())
        if part is None or name not in named:
            raise errors.InputError(
                f"{flag}: expected SPLIT=FILE or SPLIT=FILE:KEY, SPLIT being one of "
                f"{', '.join(parts.values())}, and FILE one of {_listed(named)}."
            )
        if (part, role) in taken:
            raise errors.InputError(f"{flag}: {part} is given twice.")
        taken[part, role] = named[name]
    return taken


def choose(
    found: Sequence[arrays.Stored], said: Taken, data_set: catalog.DataSet
) -> tuple[Taken, list[str]]:
    """Decides which array is what.

    Args:
        found: all arrays.
        said: what the user named; nothing else is taken for that.
        data_set: whose representations they are.

    Returns:
        What was taken for what, and what was not taken, and why, for people.

    Raises:
        errors.InputError: a name leaves open of which split an array is, or several
            arrays could be one split's, or none is to train on; says what to give.
    """
    ignored: list[str] = []
    unclear: list[str] = []
    candidates = {key: [array] for key, array in said.items()}
    for array in found:
        if array in said.values():
            continue
        role, parts = names.role(array), names.parts_of(array.name, data_set)
        other = names.other_data_set(array.name, data_set)
        if other:
            ignored.append(f"{array}, of {other} by its name")
        elif role is None:
            ignored.append(f"{array}, neither features nor persons by type and shape")
        elif not parts:
            ignored.append(f"{array}, as its name says no split of {data_set.name}")
        elif any((part, role) in said for part in parts):
            ignored.append(f"{array}, as --{role} says what {' or '.join(parts)} is")
        elif len(parts) > 1:
            unclear.append(f"--{role} {'/'.join(parts)}={array.name}")
        else:
            candidates.setdefault((parts[0], role), []).append(array)
    if unclear:
        raise errors.InputError(
            f"Names of arrays leave open of which split of {data_set.name} they are; "
            f"say it: {_listed(unclear, ' ')}"
        )
    for (part, role), several in candidates.items():
        if len(several) > 1:
            raise errors.InputError(
                f"{len(several)} arrays could be the {role} of {part}: "
                f"{_listed(several)}. Say which: --{role} {part}=FILE[:KEY]"
            )
        if (part, names.FEATURES) not in candidates:
            ignored.append(f"{several[0]}, as there are no features of {part}")
    if (loading.TRAIN, names.FEATURES) not in candidates:
        raise errors.InputError(
            "Found no features to train on; say where they are: --features "
            f"{loading.TRAIN}=FILE[:KEY]. Found: {_listed(ignored, '; ')}"
        )
    return {key: array for key, (array,) in candidates.items()}, ignored


def _listed(items: Iterable, separator: str = ", ") -> str:
    texts = [str(item) for item in items]
    more = f" and {len(texts) - _MOST_LISTED} more" if texts[_MOST_LISTED:] else ""
    return separator.join(texts[:_MOST_LISTED]) + more
