"""What a run of the matrix is, what it came to, and where that is kept."""

import dataclasses
import hashlib
import json
import pathlib
from collections.abc import Mapping
from typing import Any

from scripts.ablations import results
from scripts.matrix import columns
from simmc_tf import atomic
from simmc_tf import config as configs

# What decides the weights of a source model beside its settings and its data.
OF_PRETEXTS = ("simmc_tf/sources/*.py", "datasets/body_parts.py")
_SOURCES = (
    *results.SOURCES,
    *OF_PRETEXTS,
    "datasets/representations/*.py",
    "datasets/npy_store.py",
    "scripts/matrix/training.py",
)


@dataclasses.dataclass(frozen=True)
class Run:
    """A method on a data set under a seed.

    Attributes:
        column: the data set.
        setting: the method.
        seed: of everything that is drawn.
        protocol: under which it is evaluated.
        config: of SimMC; None where the method has none of it.
        source: of a source model's pretext, by field of its settings; None: none.
    """

    column: columns.Column
    setting: str
    seed: int
    protocol: str
    config: configs.Config | None = None
    source: Mapping[str, Any] | None = dataclasses.field(default=None, hash=False)

    def __str__(self) -> str:
        return f"{self.data}, {self.setting}, seed {self.seed}"

    @property
    def data(self) -> str:
        """Name of the data and the protocol."""
        return name(self.column, self.protocol)

    @property
    def counted_batch(self) -> int:
        """Probes and gallery count in whole batches of this size (1: all count)."""
        batch = configs.Config.batch_size
        return batch if self.protocol == configs.PUBLISHED else 1

    @property
    def pretext(self) -> tuple[str, str, int] | None:
        """What no other run may train at the same time; None: nothing."""
        if self.source is None:
            return None
        return self.column.trained_on, self.source["model"], self.seed

    def path(self, folder: pathlib.Path) -> pathlib.Path:
        """Its result's file: another for all that somebody may ask for otherwise."""
        asked = digest(self._asked)[:8]
        words = (self.column.title, self.setting)
        names = (word.replace(" ", "_") for word in words)
        return folder.joinpath(*names) / f"{self.seed}-{asked}.json"

    def identity(self, program: str) -> dict[str, Any]:
        """All that decides its figures, as JSON has it."""
        return {"program": program, "versions": results.versions(), **self._asked}

    @property
    def _asked(self) -> dict[str, Any]:
        return {
            "column": self.column.identity(),
            "setting": self.setting,
            "seed": self.seed,
            "protocol": self.protocol,
            "config": self.config and dataclasses.asdict(self.config),
            "source": self.source and dict(self.source),
        }

    @classmethod
    def of(cls, identity: Mapping[str, Any]) -> "Run":
        """The run of an identity."""
        config = identity["config"]
        return cls(
            columns.Column.of(identity["column"]),
            identity["setting"],
            identity["seed"],
            identity["protocol"],
            config and configs.Config(**config),
            identity["source"],
        )


@dataclasses.dataclass(frozen=True)
class Result:
    """What a run came to.

    Attributes:
        run: its identity.
        seconds: that this run took, data included.
        seconds_of_method: that the method takes, with all of its pretext training,
            whichever run did that.
        memory: bytes that its process held at most.
        cores: processors that it had.
        data_sha256: of the sequences of every split.
        scores: fields of `evaluation.Scores`.
        parameters: of the encoder, as it is used; None where nothing is learnt.
        epochs: that the chosen weights were trained for: of the pretext, of SimMC.
    """

    run: dict[str, Any]
    seconds: float
    seconds_of_method: float
    memory: int
    cores: int
    data_sha256: dict[str, str]
    scores: dict[str, float]
    parameters: int | None
    epochs: dict[str, int]

    def write(self, path: pathlib.Path) -> None:
        """Writes its file, whole or not at all."""
        atomic.write_json(path, dataclasses.asdict(self))

    @property
    def line(self) -> str:
        """For people."""
        chosen = "".join(f"  {name} @{epoch}" for name, epoch in self.epochs.items())
        top1, mean_ap = self.scores["top1"], self.scores["mean_ap"]
        return f"top-1 {top1:.3f}  mAP {mean_ap:.3f}{chosen}"


def name(column: columns.Column, protocol: str) -> str:
    """What runs on a data set under a protocol are told by."""
    return f"{column.title}, {protocol} protocol"


def read(run: Run, folder: pathlib.Path, program: str) -> Result | None:
    """The result of a run, None where there is none of it, or of another program."""
    content = results.kept(run.path(folder), run.identity(program))
    try:
        return None if content is None else Result(**content)
    except TypeError:  # Not whole.
        return None


def program() -> str:
    """Version of the program, and a digest of the code that decides figures."""
    return results.program(_SOURCES)


def digest(content: Any) -> str:
    """SHA-256 of what JSON can tell."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
