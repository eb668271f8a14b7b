"""Which of somebody's arrays is what: as they say, else by names and shapes."""

import dataclasses
from collections.abc import Mapping, Sequence

from datasets import catalog
from datasets.representations.importing import arrays as arrays_module
from datasets.representations.importing import names
from simmc_tf import errors

# Enough to see what somebody has.
_MOST_LISTED = 8


@dataclasses.dataclass(frozen=True)
class Choice:
    """What was taken for what.

    Attributes:
        taken: (split, `names.FEATURES` or `names.PERSONS`) -> array.
        given: splits that the user spoke of; nothing was guessed for them.
        ignored: arrays that were not taken, and why.
    """

    taken: Mapping[tuple[str, str], arrays_module.Stored]
    given: frozenset[str]
    ignored: Sequence[tuple[arrays_module.Stored, str]]

    @property
    def ignored_text(self) -> str:
        """The arrays that were not taken, on a line each."""
        return "\n".join(
            errors.one_line(f"ignored: {array.name} {array.described}, {why}")
            for array, why in self.ignored
        )


def choose(
    found: Sequence[tuple[tuple[str, ...], arrays_module.Stored]],
    given: Mapping[tuple[str, str], arrays_module.Stored],
    data_set: catalog.DataSet,
) -> Choice:
    """Decides which array is what.

    Args:
        found: arrays and the parts of their names, as `arrays.find`
            gives them.
        given: what the user said, like `Choice.taken`.
        data_set: whose representations they are.

    Raises:
        errors.InputError: a name leaves open of which split an array is, or several
            arrays could be one split's; says what to give.
    """
    splits_given = frozenset(part for part, _ in given)
    used = {(array.path.resolve(), array.key) for array in given.values()}
    ignored: list[tuple[arrays_module.Stored, str]] = []
    unclear: list[tuple[arrays_module.Stored, str, tuple[str, ...]]] = []
    candidates: dict[tuple[str, str], list[tuple[arrays_module.Stored, bool]]] = {}
    for components, array in found:
        if (array.path.resolve(), array.key) in used:
            continue
        meaning = names.read(components, data_set)
        role = meaning.role or _role_of_shape(array)
        why = _why_not(array, meaning, role, splits_given, data_set)
        if why:
            ignored.append((array, why))
        elif role is not None and len(meaning.parts) > 1:
            unclear.append((array, role, meaning.parts))
        elif role is not None:
            key = (meaning.parts[0], role)
            by_name = meaning.role is not None
            candidates.setdefault(key, []).append((array, by_name))
    if unclear:
        raise _unclear(unclear, data_set)
    taken = dict(given)
    for key, several in candidates.items():
        best = [array for array, by_name in several if by_name]
        best = best or [array for array, _ in several]
        if len(best) > 1:
            raise _several(key, best)
        taken[key] = best[0]
        ignored += [
            (array, f"as {best[0].name} is called {key[1]}")
            for array, _ in several
            if array is not best[0]
        ]
    return Choice(taken, splits_given, tuple(ignored))


def _role_of_shape(array: arrays_module.Stored) -> str | None:
    """What an array is whose name does not say it."""
    if array.dtype.kind == "f" and len(array.shape) in (2, 3):
        return names.FEATURES
    if array.dtype.kind in "iu" and len(array.shape) == 1:
        return names.PERSONS
    return None


def _why_not(
    array: arrays_module.Stored,
    meaning: names.Meaning,
    role: str | None,
    given: frozenset[str],
    data_set: catalog.DataSet,
) -> str:
    """Why an array is not taken for anything; empty where it is."""
    if meaning.foreign:
        return meaning.foreign
    if not meaning.parts:
        splits = ", ".join(names.parts(data_set))
        return f"as its name says no split of {data_set.name} ({splits})"
    if role is None:
        return "neither features nor persons by name and shape"
    if array.dtype.hasobject and role == names.PERSONS:
        return "as pickles are not read"
    if given & {*meaning.parts}:
        listed = " or ".join(meaning.parts)
        return f"as the flags say what {listed} is"
    return ""


def _unclear(
    unclear: Sequence[tuple[arrays_module.Stored, str, tuple[str, ...]]],
    data_set: catalog.DataSet,
) -> errors.InputError:
    parts = dict.fromkeys(part for *_, several in unclear for part in several)
    flags = [f"--{role} PART={array.name}" for array, role, _ in unclear]
    shown = " ".join(flags[:_MOST_LISTED])
    more = f" and {len(flags) - _MOST_LISTED} more" if flags[_MOST_LISTED:] else ""
    return errors.InputError(
        f"The names of arrays leave open of which split of {data_set.name} they are, "
        f"{' or '.join(parts)}. Say it, with its name for PART: {shown}{more}"
    )


def _several(
    key: tuple[str, str], arrays: Sequence[arrays_module.Stored]
) -> errors.InputError:
    part, role = key
    listed = ", ".join(f"{array.name} {array.described}" for array in arrays)
    return errors.InputError(
        f"{len(arrays)} arrays could be the {role} of {part}: {listed}. Say which: "
        f"--features {part}=FILE[:KEY] and --persons {part}=FILE[:KEY]"
    )
