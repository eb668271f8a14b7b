"""Commands of the README and of docs exist and parse; links lead somewhere."""

import pathlib
import re
import shlex

import pytest
from absl import flags as absl_flags

from datasets import loading
from flags import evaluation, extract, run, source, tfds

ROOT = pathlib.Path(__file__).parents[1]
PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")))
}
TEXT = "\n".join(PAGES.values())
LINES = [
    line.strip().split("#")[0].split(">")[0].strip()
    for line in TEXT.splitlines()
    if re.match(r" {4}(python|bash) ", line)
]


def test_the_readme_has_commands():
    assert len(LINES) >= 8


def heading(text):
    """Headings' names in links, as GitHub makes them."""
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name):
    prose = re.sub(r"^ {4}.*$", "", PAGES[name], flags=re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if "://" in target:
            continue
        path, _, place = target.partition("#")
        found = (ROOT / name).parent / path if path else ROOT / name
        assert found.is_file(), target
        if place:
            titles = re.findall(r"^#+ (.*)$", found.read_text("utf-8"), re.MULTILINE)
            assert place in map(heading, titles), target


@pytest.mark.parametrize("line", LINES)
def test_what_a_command_starts_is_there(line):
    program, *words = shlex.split(line)
    if words[0] == "-m":
        path = ROOT / words[1].replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()
    else:
        assert program in ("python", "bash") and (ROOT / words[0]).is_file()


def define(program, values):
    """Defines the flags of SimMC.py, SimMC-UF.py or scripts.evaluate."""
    if program == "scripts.evaluate":
        evaluation.define(values)
        return
    run.define(values)
    if program == "SimMC.py":
        tfds.define(values)
    else:
        source.define(values, default="SM-SGE")
        extract.define_prepare(values)


@pytest.mark.parametrize(
    "line", [line for line in LINES if re.search(r" SimMC(-UF)?\.py ", line)]
)
def test_training_commands_name_data_probes_and_lengths_that_exist(line, tmp_path):
    values = absl_flags.FlagValues()
    define(shlex.split(line)[1], values)
    values(shlex.split(line)[1:])
    options = run.read(values)
    if options.dataset in ("MyPeople", "Large"):
        return
    data_set = loading.find(options.dataset, options.length, tmp_path)
    probe = options.choose_probe(data_set)
    length = data_set.check_length(options.length)
    assert options.config(data_set.name, probe, length).num_masked[0] < length


@pytest.mark.parametrize("line", [line for line in LINES if "scripts.evaluate" in line])
def test_evaluations_name_data_probes_and_lengths_that_exist(line, tmp_path):
    values = absl_flags.FlagValues()
    define("scripts.evaluate", values)
    values(shlex.split(line)[2:])
    options = evaluation.read(values)
    data_set = loading.find(options.dataset, options.length, tmp_path)
    assert set(options.chosen_probes(data_set)) <= set(data_set.probes)
    assert data_set.check_length(options.length)


# Of absl, and of the commands of tensorflow-datasets, Dask, Slurm and TensorBoard.
THEIRS = {
    *("help", "imports", "manual_dir", "overwrite", "data_dir", "config"),
    *("host", "local", "ntasks", "nthreads", "logdir"),
}


@pytest.mark.parametrize(
    "flag", sorted(set(re.findall(r"--([A-Za-z]\w*)", TEXT)) - THEIRS)
)
def test_flags_that_are_named_exist(flag):
    sources = [
        *ROOT.glob("*.py"),
        *ROOT.glob("flags/*.py"),
        *ROOT.glob("scripts/**/*.py"),
    ]
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    # A switch is turned off by no before its name.
    assert any(f'"{name}"' in text for name in (flag, flag.removeprefix("no")))
