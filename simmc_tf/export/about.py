"""What an exported model says of itself, as JSON beside its graph."""

import dataclasses
import hashlib
import json
import pathlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from simmc_tf import errors, json_file, whole_file
from simmc_tf.sources import names as source_names

FILE = "simmc.json"
# Of this JSON and of the signatures that it tells of.
FORMAT = 1
_AT_ONCE = 1 << 20
JOINTS, VECTORS = "joints", "vectors"


@dataclasses.dataclass(frozen=True)
class About:
    """Describes an exported model.

    Attributes:
        kind: `JOINTS` [B, f, J, 3] or `VECTORS` [B, f, d]; also the input's name.
        skeleton: (J, 3) or (d,).
        size: H, of an embedding.
        digest: SHA-256 over the weights and constants that the SavedModel keeps; equal
            ones embed alike.
        joint_names: J names in their order; empty for vectors, or where not known.
        unit: of the coordinates; None where not known, and for vectors.
        length: f that it was trained with; any other is taken too.
        dataset: that it was trained on.
        probe: with which it was evaluated, None without one.
        best_epoch: epochs that it was trained for.
        hyperparameters: of the run.
        metrics: content of the run's best.json; empty where there is none.
        config_sha256: of the run's config.json.
        identity_labels: whether these made what it was trained on, None where nobody
            knows; False in exports of earlier versions, which do not tell.
        versions: of the run, by package.
        files: SHA-256 of what the SavedModel is loaded from, by path in its folder;
            those of two exports of one model may differ. Empty before it is written,
            and in exports of earlier versions.
        format: of this JSON.
    """

    kind: str
    skeleton: tuple[int, ...]
    size: int
    digest: str
    joint_names: tuple[str, ...] = ()
    unit: str | None = None
    length: int | None = None
    dataset: str | None = None
    probe: str | None = None
    best_epoch: int | None = None
    hyperparameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    metrics: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    config_sha256: str = ""
    identity_labels: bool | None = False
    versions: Mapping[str, str] = dataclasses.field(default_factory=dict)
    files: Mapping[str, str] = dataclasses.field(default_factory=dict, compare=False)
    format: int = FORMAT

    @property
    def text(self) -> str:
        """As JSON, indented and with a line end."""
        return json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False) + "\n"

    @property
    def takes(self) -> str:
        """Shape of the input, for people."""
        return f"[N, f, {', '.join(map(str, self.skeleton))}]"

    def note_labels(self, report: Callable[[str], None]) -> None:
        """Says where identity labels made what it was trained on, or may have."""
        if self.identity_labels:
            made = source_names.MADE_WITH_LABELS
            report(f"note: what this model was trained on was {made}")
        elif self.identity_labels is None:
            report(
                "note: it is not known whether identity labels made what this model "
                "was trained on"
            )


def read(path: pathlib.Path) -> About:
    """Reads an About from its JSON.

    Raises:
        errors.InputError: it is missing, broken, or of a later version.
    """
    try:
        content = json_file.read(path)
        number = int(content["format"])
        if number > FORMAT:
            raise errors.InputError(
                f"{path} is of format {number}, and this program knows {FORMAT}; use a "
                "later simmc_tf."
            )
        known = {field.name for field in dataclasses.fields(About)}
        fields = {name: value for name, value in content.items() if name in known}
        _check(fields)
        found = About(
            **{
                **fields,
                "skeleton": tuple(fields["skeleton"]),
                "joint_names": tuple(fields["joint_names"]),
            }
        )
    except errors.InputError:
        raise
    except (
        *(OSError, ValueError, KeyError, TypeError, AttributeError),
        OverflowError,
    ) as error:
        raise errors.InputError(
            f"{path} does not tell of an exported model ({error}); export it again "
            "with --mode Export of SimMC.py, or of SimMC-UF.py."
        ) from error
    return found


def _check(fields: Mapping[str, Any]) -> None:
    """Refuses what no export tells.

    Raises:
        ValueError: a value is of another type or size.
        KeyError: one that is needed is missing.
    """
    skeleton, names = fields["skeleton"], fields["joint_names"]
    is_joints = fields["kind"] == JOINTS
    texts = ("unit", "dataset", "probe")
    fits = {
        "kind": fields["kind"] in (JOINTS, VECTORS),
        "skeleton": isinstance(skeleton, list)
        and all(map(_is_count, skeleton))
        and len(skeleton) == (2 if is_joints else 1)
        and (not is_joints or skeleton[1] == 3),
        "size": _is_count(fields["size"]),
        "digest": isinstance(fields["digest"], str),
        "joint_names": isinstance(names, list) and all(map(_is_text, names)),
        "length": fields.get("length") is None or _is_count(fields["length"]),
        **{name: _is_text(fields.get(name, "") or "") for name in texts},
        "config_sha256": isinstance(fields.get("config_sha256", ""), str),
        "identity_labels": isinstance(
            fields.get("identity_labels", False), bool | None
        ),
        **{
            name: isinstance(fields.get(name, {}), dict)
            for name in ("hyperparameters", "metrics", "versions", "files")
        },
    }
    for name, is_right in fits.items():
        if not is_right:
            raise ValueError(f"{name} {fields.get(name)!r:.60}")
    for name in fields.get("files", {}):
        # Its content is looked at, and may be anything: /dev/zero has no end.
        if pathlib.PurePosixPath(name).is_absolute() or ".." in name.split("/"):
            raise ValueError(f"files {name!r:.60}")
    if names and len(names) != (skeleton[0] if is_joints else 0):
        raise ValueError(f"joint_names {names!r} for skeleton {skeleton}")


def _is_text(value: object) -> bool:
    """Whether it can be printed, too."""
    return isinstance(value, str) and value.isprintable()


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def digest(arrays: Iterable[np.ndarray]) -> str:
    """SHA-256 over arrays, their types and shapes."""
    found = hashlib.sha256()
    for array in arrays:
        found.update(f"{array.dtype} {array.shape}".encode())
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def digest_of_file(path: pathlib.Path) -> str:
    """SHA-256 of a file; of a folder or device it raises OSError or InputError."""
    found = hashlib.sha256()
    with whole_file.opened(path) as file:
        while piece := file.read(_AT_ONCE):
            found.update(piece)
    return found.hexdigest()
