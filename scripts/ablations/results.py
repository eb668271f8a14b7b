"""What a run of an ablation came to, and whether what lies there is that run's."""

import ast
import dataclasses
import functools
import hashlib
import json
import pathlib
from collections.abc import Sequence
from importlib import metadata
from typing import Any

import simmc_tf
from scripts.ablations import data as data_sets
from simmc_tf import atomic
from simmc_tf import config as configs

_ROOT = pathlib.Path(__file__).resolve().parents[2]
# What decides a run's figures beside its configuration.
SOURCES = (
    "simmc_tf/*.py",
    *(f"datasets/{name}.py" for name in ("loading", "recordings", "windows")),
    "datasets/synthetic/*.py",
    *(f"scripts/ablations/{name}.py" for name in ("data", "results", "training")),
    "scripts/peer_data.py",
)
_PACKAGES = ("numpy", "tensorflow", "keras", "scikit-learn", "scipy")


@dataclasses.dataclass(frozen=True)
class Run:
    """A setting on a data set under a seed.

    Attributes:
        data: name of the data set.
        setting: as given.
        config: hyperparameters, the seed among them.
        length: skeletons a sequence, f.
    """

    data: str
    setting: str
    config: configs.Config
    length: int = data_sets.LENGTH

    def __str__(self) -> str:
        return f"{self.data}, {self.setting}, seed {self.seed}"

    @property
    def seed(self) -> int:
        """Of the run."""
        return self.config.seed

    def path(self, folder: pathlib.Path) -> pathlib.Path:
        """Its result's file."""
        place = folder / self.data / self.setting.replace(" ", "_")
        return place / f"{self.seed}.json"

    def identity(self, program: str) -> dict[str, Any]:
        """All that decides its figures."""
        return {
            "program": program,
            "versions": versions(),
            "data": self.data,
            "setting": self.setting,
            "config": dataclasses.asdict(self.config),
            "length": self.length,
        }


@dataclasses.dataclass(frozen=True)
class Figures:
    """Of some model or yardstick, on all probes and the whole gallery."""

    top1: float
    mAP: float


@dataclasses.dataclass(frozen=True)
class Result:
    """What a run came to.

    Attributes:
        run: its identity.
        seconds: of the whole run, data included.
        seconds_an_epoch: median over the epochs from 2 on, or the only one.
        seconds_without_labels: likewise, without evaluation and diagnostics: what
            training takes where there are no labels.
        memory: bytes that its process held at most.
        cores: processors that it had.
        data_sha256: of the sequences of every split.
        chosen_epoch: the latest one about as good as the best by the criterion,
            which reads no labels.
        chosen: figures of that epoch.
        best_epoch: of the highest top-1, then mAP; nobody without labels can know it.
        best: figures of that epoch.
        reference: of the untrained model and the yardsticks, by name.
        rows: of metrics.csv.
    """

    run: dict[str, Any]
    seconds: float
    seconds_an_epoch: float
    seconds_without_labels: float
    memory: int
    cores: int
    data_sha256: dict[str, str]
    chosen_epoch: int
    chosen: Figures
    best_epoch: int
    best: Figures
    reference: dict[str, Figures]
    rows: list[dict[str, Any]]

    def write(self, path: pathlib.Path) -> None:
        """Writes its file, whole or not at all."""
        atomic.write_json(path, dataclasses.asdict(self))


def read(run: Run, folder: pathlib.Path, program: str) -> Result | None:
    """The result of a run.

    None where there is none, or one of another configuration, program or packages.
    """
    content = kept(run.path(folder), run.identity(program))
    if content is None:
        return None
    try:
        for name in ("chosen", "best"):
            content[name] = Figures(**content[name])
        content["reference"] = {
            name: Figures(**figures) for name, figures in content["reference"].items()
        }
        return Result(**content)
    except (KeyError, TypeError):  # Not whole.
        return None


def kept(path: pathlib.Path, identity: dict[str, Any]) -> dict[str, Any] | None:
    """What a result's file holds, None where that is not of the run.

    Args:
        path: of the file.
        identity: of the run.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # None, or not whole.
        return None
    is_of_run = isinstance(content, dict) and content.get("run") == identity
    return content if is_of_run else None


@functools.cache
def versions() -> dict[str, str]:
    """Of the packages that may move figures."""
    return {name: metadata.version(name) for name in _PACKAGES}


def program(sources: Sequence[str] = SOURCES) -> str:
    """Version of the program, and a digest of the code that decides figures.

    Comments, docstrings and layout do not count.

    Args:
        sources: patterns of the files that decide them.
    """
    digest = hashlib.sha256()
    for pattern in sources:
        for path in sorted(_ROOT.glob(pattern)):
            digest.update(str(path.relative_to(_ROOT)).encode())
            digest.update(code(path.read_text(encoding="utf-8")).encode())
    return f"{simmc_tf.__version__} {digest.hexdigest()[:16]}"


def code(source: str) -> str:
    """A source file without its comments, docstrings and layout."""
    return ast.dump(_WithoutText().visit(ast.parse(source)))


class _WithoutText(ast.NodeTransformer):
    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        """Drops a text that stands for itself."""
        value = node.value
        is_text = isinstance(value, ast.Constant) and isinstance(value.value, str)
        return None if is_text else node
