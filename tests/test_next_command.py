"""The command that Pre-process.py prints last works as it is printed."""

import functools
import json
import pathlib
import shlex

import numpy as np
import pytest
from absl import flags

from datasets import catalog, loading, preparation, recordings, synthetic
from datasets.raw import conversion, published
from flags import preprocess, run, source, sources
from scripts import raw_trees
from simmc_tf import config as configs
from simmc_tf import errors, sampling

RAW = {raw.name: raw for raw in published.RAW}


def next_command(made, data_root):
    raw = sources.Published(published.RAW, False, pathlib.Path("."))
    target = conversion.Target((made.report.length,), data_root)
    return preprocess.Options(raw, None, target, None).next_command(made)


def followed(text):
    """Data and configuration of a command, read as SimMC.py does."""
    program, *arguments = shlex.split(text.splitlines()[0].removeprefix("python "))
    assert program == "SimMC.py"
    values = flags.FlagValues()
    run.define(values)
    assert values([program, *arguments]) == [program]
    options = run.read(values)
    data_set = loading.find(options.dataset, options.length, options.data_root)
    probe = options.choose_probe(data_set)
    length = data_set.check_length(options.length)
    config = options.config(data_set.name, probe, length)
    data = loading.load(data_set, probe, length, options.data_root).data
    # The auto preset takes fewer sequences than a batch as one.
    fewest = 2 if config.preset == configs.AUTO else config.batch_size
    assert len(sampling.training_rows(data, config)) >= fewest
    assert data.matching is not None or config.protocol == configs.STRICT
    return data, config


def own(persons=3, each=4, frames=30, **changes):
    generator = np.random.default_rng(0)
    count = persons * each
    content = {
        "positions": generator.normal(size=(count * frames, 5, 3)).astype("f4"),
        "starts": np.arange(count + 1) * frames,
        "person": np.repeat(np.arange(persons), each),
        "recording": np.array([f"walk{n}" for n in range(count)]),
        "fps": np.full(count, 30.0),
        "joint_names": tuple("abcde"),
        **changes,
    }
    return recordings.Recordings(**content)


@pytest.mark.parametrize("length", [1, 2, 6, 30])
def test_ones_own_data_can_be_trained_on(tmp_path, length):
    root = tmp_path / "my data"
    (made,) = preparation.prepare(own(), "Mine", [length], root, 0, "a test")
    data, _ = followed(next_command(made, root))
    assert data.matching is not None


def test_ones_own_data_are_trained_on_without_any_choice(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    root = pathlib.Path("Datasets")
    made = preparation.prepare(own(), "Mine", [4, 6], root, 0, "a test")
    texts = [next_command(one, root) for one in made]
    assert texts == [
        "python SimMC.py --dataset Mine --length 4",
        "python SimMC.py --dataset Mine",
    ]
    for length, text in zip((4, 6), texts, strict=True):
        data, config = followed(text)
        assert data.train.sequences.shape[1] == length
        assert (config.preset, config.protocol) == (configs.AUTO, configs.STRICT)


def test_a_single_sequence_is_said_to_be_too_few(tmp_path):
    found = own(1, 1)
    (made,) = preparation.prepare(found, "Mine", [30], tmp_path, 0, "a test")
    text = next_command(made, tmp_path)
    assert "(a single training sequence is too few to train on)" in text.splitlines()
    with pytest.raises(errors.InputError, match="Training sequences: 1; .*recordings"):
        followed(text)


def test_two_sequences_are_not_said_to_be_too_few(tmp_path):
    (made,) = preparation.prepare(own(2, 1), "Mine", [30], tmp_path, 0, "a test")
    text = next_command(made, tmp_path)
    assert "too few" not in text
    assert len(followed(text)[0].train) == 2


def test_training_on_unknown_persons_is_by_the_strict_protocol(tmp_path):
    person = np.repeat([0, 1, -1], 4)
    found = own(person=person)
    (made,) = preparation.prepare(found, "Mine", [6], tmp_path, 0, "a test")
    data, config = followed(next_command(made, tmp_path))
    assert config.protocol == configs.STRICT and data.matching is not None


def test_without_probes_it_says_so_and_trains_by_the_strict_protocol(tmp_path):
    (made,) = preparation.prepare(own(each=2), "Mine", [6], tmp_path, 0, "a test")
    text = next_command(made, tmp_path)
    data, _ = followed(text)
    assert data.matching is None
    assert text.splitlines()[1:] == ["(no probes: nothing will be evaluated)"]


@pytest.mark.parametrize(
    ("data_set", "expected"),
    [
        (catalog.synthetic(6), "--dataset Synthetic --probe probe --source raw"),
        (
            catalog.synthetic(8),
            "--dataset Synthetic --probe probe --source raw --length 8",
        ),
        (
            catalog.find("KS20"),
            "--dataset KS20 --probe probe --source raw --batch_size 7",
        ),
    ],
    ids=["own", "own, longer", "published"],
)
def test_representations_of_ones_own_data_are_trained_on_without_any_choice(
    data_set, expected
):
    options = source.Options(None, pathlib.Path("Representations"))
    train = np.repeat([0, 1], 15)[:29]
    length = data_set.lengths[0]
    said = options.next_command("raw", data_set, "probe", length, train)
    assert said == f"python SimMC-UF.py {expected}"


WRITERS = {
    "KS20": raw_trees.write_ks20,
    "KGBD": raw_trees.write_kgbd,
    "IAS": raw_trees.write_ias,
    "BIWI": raw_trees.write_biwi,
    "CASIA_B": functools.partial(raw_trees.write_casia_b, num_training=1),
}


def convert(name, root, *lengths, only=None, **more):
    """Converts a few walkers, of some conditions if those are named."""
    walkers = synthetic.generate(synthetic.like(name, 3, 0, 60))
    if not (root / name).exists():
        WRITERS[name](root / name, walkers)
    for path in (root / name).iterdir() if only else ():
        if not any(condition in path.name for condition in only):
            path.unlink()
    target = conversion.Target(lengths, root / "data", **more)
    return conversion.convert_published(RAW[name], root, target, lambda *_: None)


@pytest.mark.parametrize("name", sorted(RAW))
def test_published_data_can_be_trained_on_in_every_length(tmp_path, name):
    lengths = (catalog.find(name).lengths[0], 6, 2)
    for made in convert(name, tmp_path, *dict.fromkeys(lengths)):
        data, config = followed(next_command(made, tmp_path / "data"))
        assert data.matching is not None and max(config.num_masked) < made.report.length


def test_the_masks_are_the_published_ones_where_they_fit(tmp_path):
    long, short = convert("CASIA_B", tmp_path, 40, 6)
    assert "--mask_x" not in next_command(long, tmp_path / "data")
    assert "--mask_x 2" in next_command(short, tmp_path / "data")


def test_a_published_data_set_of_which_a_split_has_no_probes_can_be_trained_on(
    tmp_path,
):
    (made,) = convert("KS20", tmp_path, 6)
    listed = json.loads((made.folder / "splits.json").read_text())
    for one in listed["recordings"]:
        one["split"] = "train"
    (tmp_path / "splits.json").write_text(json.dumps(listed))
    (made,) = convert("KS20", tmp_path, 6, splits=tmp_path / "splits.json")
    data, _ = followed(next_command(made, tmp_path / "data"))
    assert data.matching is None


def test_a_probe_is_named_that_was_made(tmp_path):
    (made,) = convert("CASIA_B", tmp_path, 40, only=("001", "bg"))
    text = next_command(made, tmp_path / "data")
    assert "--probe_type bg.bg" in text
    assert followed(text)[0].matching.leave_self_out
