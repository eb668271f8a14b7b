"""What is to be clustered, how, and where its files are."""

import dataclasses
import json
import pathlib
from typing import Any

import numpy as np

from simmc_tf import atomic, errors, json_file
from simmc_tf import config as configs
from simmc_tf.sharded import archive, parts

_PLAN = "plan.json"


@dataclasses.dataclass(frozen=True)
class Plan:
    """All that decides the result, and its folder.

    Attributes:
        folder: absolute; all workers share it.
        source: sequences or features.
        model: folder of a model that encodes sequences; None for features.
        gpu: that workers encode on, -1 for the CPU.
        eps: DBSCAN's radius in Jaccard distance.
        min_samples: rows, itself included, that make a row a core.
        k1: neighbours that the k-reciprocal test looks at.
        k2: neighbours whose weights the query expansion averages.
        bounds: [shards + 1] first row of each shard, and N.
    """

    folder: pathlib.Path
    source: archive.Archive
    model: str | None
    gpu: int
    eps: float
    min_samples: int
    k1: int
    k2: int
    bounds: tuple[int, ...]

    def __post_init__(self) -> None:
        """Checks what is no matter of files.

        Raises:
            errors.InputError: names the flag, its value and what it may be.
        """
        configs.Config(
            eps=self.eps, min_samples=self.min_samples, k1=self.k1, k2=self.k2
        )
        sequences = len(self.source.shape) == 2
        if sequences and self.model is None:
            raise errors.InputError(
                "--input has sequences [N, f, d]: name a model's folder by --model."
            )
        if self.model is not None and not sequences:
            raise errors.InputError(
                f"--model {self.model} takes sequences [N, f, d], and --input has "
                "features [N, H]; leave --model out."
            )

    @property
    def num_rows(self) -> int:
        """N."""
        return self.bounds[-1]

    @property
    def num_shards(self) -> int:
        """Shards."""
        return len(self.bounds) - 1

    @property
    def num_neighbours(self) -> int:
        """Neighbours of a row, itself among them."""
        return min(self.k1, self.num_rows)

    def rows(self, shard: int) -> tuple[int, int]:
        """First row of a shard, and that of the next."""
        return self.bounds[shard], self.bounds[shard + 1]

    def part(self, step: str, *numbers: int) -> pathlib.Path:
        """Folder of the arrays that a step makes of some shards."""
        name = "-".join(f"{number:05d}" for number in numbers) or "all"
        return self.folder / "work" / step / name

    def parts(self, step: str) -> list[pathlib.Path]:
        """Folders of what a step makes of each shard."""
        return [self.part(step, shard) for shard in range(self.num_shards)]

    @property
    def made_features(self) -> pathlib.Path | None:
        """Folder of the features where they are made, None where they are given."""
        return None if self.source.ready else self.folder / "features"

    def features(self) -> np.ndarray:
        """[N, H] float32, mapped."""
        if self.made_features is None:
            return parts.mapped(pathlib.Path(self.source.files[0]))
        return parts.read(self.made_features, "features")

    def begin(self) -> None:
        """Writes the plan into its folder, or finds that it is there.

        Raises:
            errors.InputError: the folder was begun with another plan, or holds
                something else.
        """
        if not self.begun():
            atomic.write_json(self.folder / _PLAN, self._description())

    def begun(self) -> bool:
        """Whether the plan is in its folder already.

        Raises:
            errors.InputError: the folder was begun with another plan, or holds
                something else.
        """
        path = self.folder / _PLAN
        if not path.is_file():
            if any(not other.name.startswith(".") for other in self.folder.iterdir()):
                raise errors.InputError(
                    f"--output {self.folder} holds other files; expected a new folder, "
                    "or one that this program has begun."
                )
            return False
        mine = json.loads(json.dumps(self._description()))
        try:
            theirs = dict(json_file.read(path))
        except (ValueError, TypeError) as error:
            raise errors.InputError(
                f"{path} is damaged; give another --output."
            ) from error
        changed = [name for name in mine if mine[name] != theirs.get(name)]
        if changed:
            name = changed[0]
            raise errors.InputError(
                f"--output {self.folder} was begun with {name} "
                f"{_short(theirs.get(name))}, not {_short(mine[name])}; repeat that, "
                "or give another --output."
            )
        return True

    def _description(self) -> dict[str, object]:
        description = dataclasses.asdict(self)
        del description["folder"]
        description["shards"] = self.num_shards
        files = [] if self.model is None else pathlib.Path(self.model).rglob("*")
        description["files of the model"] = sorted(map(archive.stamp, files))
        # What people gave first, so that a difference is told in their words.
        names = ("shards", "eps", "min_samples", "k1", "k2", "model", "gpu")
        ordered = {name: description.pop(name) for name in names}
        return {**ordered, **description}


def load(folder: pathlib.Path) -> Plan:
    """The plan that a folder was begun with."""
    content = json_file.read(folder / _PLAN)
    names = {field.name for field in dataclasses.fields(Plan)}
    values = {name: _frozen(content[name]) for name in names & set(content)}
    source = {name: _frozen(value) for name, value in content["source"].items()}
    return Plan(**{**values, "source": archive.Archive(**source), "folder": folder})


def modified(folder: pathlib.Path) -> int:
    """When a folder was begun, in nanoseconds."""
    return (folder / _PLAN).stat().st_mtime_ns


def even_bounds(num_rows: int, num_shards: int) -> tuple[int, ...]:
    """[shards + 1] bounds of shards of about equally many rows.

    Raises:
        errors.InputError: there are more shards than rows, or none.
    """
    if not 1 <= num_shards <= num_rows:
        raise errors.InputError(
            f"--shards must be 1 to the number of rows, {num_rows:,}, not {num_shards}."
        )
    return tuple(np.linspace(0, num_rows, num_shards + 1).astype(int).tolist())


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."
