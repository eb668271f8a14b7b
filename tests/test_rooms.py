"""Which package may import which: the method knows nothing of data sets and flags."""

import ast
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
PACKAGES = ("simmc_tf", "datasets", "flags", "scripts")
PROGRAMS = ("SimMC.py", "SimMC-UF.py", "Pre-process.py")
# What each room may import of this project.
MAY_IMPORT = {
    "simmc_tf": {"simmc_tf"},
    "datasets": {"simmc_tf", "datasets"},
    "flags": {"simmc_tf", "datasets", "flags"},
    "programs": {"simmc_tf", "datasets", "flags"},
    "scripts": {"simmc_tf", "datasets", "flags", "scripts"},
}
MAX_LINES = 320
# The builders for tensorflow-datasets, and the programs that read what they built.
TFDS = ROOT / "datasets" / "tfds"
MAY_READ_TFDS = (ROOT / "SimMC.py", ROOT / "scripts" / "report.py")
# Dask is optional, and only hands out the steps of clustering by shards.
ENGINE = pathlib.Path("simmc_tf", "sharded", "engine.py")

FILES = sorted(
    [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    + [ROOT / name for name in PROGRAMS if (ROOT / name).is_file()]
)
EVERY_FILE = pytest.mark.parametrize(
    "path", FILES, ids=lambda path: str(path.relative_to(ROOT))
)


def room(path):
    first = path.relative_to(ROOT).parts[0]
    return first if first in PACKAGES else "programs"


def imported(tree):
    """Dotted names of all modules that a file imports, wherever it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")
            if node.module and not node.level:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def test_every_room_is_looked_at():
    assert {room(path) for path in FILES} == set(MAY_IMPORT)
    assert len(FILES) > 30


def test_this_test_sees_every_kind_of_import():
    code = (
        "import a.b\nfrom c import d\ndef f():\n    from . import e\n    import g as h"
    )
    assert set(imported(ast.parse(code))) == {"a.b", "c", "c.d", ".", "g"}


@EVERY_FILE
def test_a_room_imports_only_rooms_to_its_left(path):
    own = {*PACKAGES, "tests"} & {name.split(".")[0] for name in imported(parsed(path))}
    assert own <= MAY_IMPORT[room(path)]


@EVERY_FILE
def test_imports_are_absolute(path):
    assert not [name for name in imported(parsed(path)) if name.startswith(".")]


@EVERY_FILE
def test_flags_stop_at_the_door(path):
    if room(path) in ("simmc_tf", "datasets"):
        names = set(imported(parsed(path)))
        assert not names & {"absl", "absl.flags", "absl.app", "argparse"}


@EVERY_FILE
def test_tensorflow_is_no_business_of_data_sets_and_flags(path):
    if room(path) in ("datasets", "flags") and TFDS not in path.parents:
        names = {name.split(".")[0] for name in imported(parsed(path))}
        assert not names & {"tensorflow", "keras", "faiss"}


@EVERY_FILE
def test_tensorflow_datasets_is_the_business_of_its_builders_alone(path):
    if TFDS not in path.parents:
        names = set(imported(parsed(path)))
        assert not [name for name in names if name.startswith("tensorflow_datasets")]
        found = [name for name in names if f"{name}.".startswith("datasets.tfds.")]
        assert not found or path in MAY_READ_TFDS


@pytest.mark.parametrize("path", MAY_READ_TFDS, ids=lambda path: path.name)
def test_tensorflow_datasets_is_loaded_only_where_it_is_asked_for(path):
    tree = parsed(path)
    at_once = ast.Module([n for n in tree.body if not isinstance(n, ast.FunctionDef)])
    assert not [name for name in imported(at_once) if name.startswith("datasets.tfds.")]


@EVERY_FILE
def test_dask_is_the_business_of_the_engine_alone(path):
    if path.relative_to(ROOT) != ENGINE:
        names = {name.split(".")[0] for name in imported(parsed(path))}
        assert not names & {"dask", "distributed"}


@EVERY_FILE
def test_shards_are_no_business_of_training(path):
    if room(path) == "simmc_tf" and ENGINE.parent not in path.relative_to(ROOT).parents:
        names = set(imported(parsed(path)))
        assert not [name for name in names if name.startswith("simmc_tf.sharded")]


@EVERY_FILE
def test_nothing_is_left_to_be_implemented(path):
    names = {node.id for node in ast.walk(parsed(path)) if isinstance(node, ast.Name)}
    assert not names & {"NotImplementedError", "NotImplemented"}


@EVERY_FILE
def test_no_file_is_long(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


@EVERY_FILE
def test_no_star_imports(path):
    names = [
        alias.name
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    assert "*" not in names
