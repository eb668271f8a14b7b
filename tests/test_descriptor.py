"""dataset.json: written, read, and refused when broken."""

import json

import pytest

from datasets import descriptor
from simmc_tf import errors

CONTENT = descriptor.Descriptor(
    name="Mine",
    length=8,
    joint_names=("Root", "Knee", "Füße"),
    probes={"probe": ("probe", "gallery")},
    made_by="Pre-process.py 8 --recordings walks.npz --seed 0",
    generated=True,
)


def broken(tmp_path, change):
    """Writes a good file with one entry changed; None leaves it out."""
    descriptor.write(tmp_path, CONTENT)
    path = tmp_path / "dataset.json"
    content = {**json.loads(path.read_text(encoding="utf-8")), **change}
    content = {name: value for name, value in content.items() if value is not None}
    path.write_text(json.dumps(content), encoding="utf-8")


def test_what_is_written_is_read(tmp_path):
    folder = tmp_path / "Mine" / "8"
    descriptor.write(folder, CONTENT)
    assert descriptor.read(folder) == CONTENT
    assert descriptor.require(folder) == CONTENT


def test_it_is_plain_json_that_people_can_read(tmp_path):
    descriptor.write(tmp_path, CONTENT)
    text = (tmp_path / "dataset.json").read_text(encoding="utf-8")
    assert "Füße" in text
    assert json.loads(text) == {
        "name": "Mine",
        "length": 8,
        "joint_names": ["Root", "Knee", "Füße"],
        "probes": {"probe": ["probe", "gallery"]},
        "made_by": "Pre-process.py 8 --recordings walks.npz --seed 0",
        "generated": True,
        "training": "half",
    }


def test_it_gives_the_entry_that_loads_it():
    entry = CONTENT.data_set()
    assert entry.name == "Mine" and entry.lengths == (8,)
    assert entry.joints == ("Root", "Knee", "Füße")
    assert entry.probes == {"probe": ("probe", "gallery")} and entry.balanced


def test_data_that_were_not_made_here_have_none(tmp_path):
    assert descriptor.read(tmp_path) is None


def test_where_one_is_needed_its_absence_names_the_path(tmp_path):
    with pytest.raises(errors.InputError) as caught:
        descriptor.require(tmp_path)
    assert str(tmp_path / "dataset.json") in str(caught.value)
    assert "Pre-process.py" in str(caught.value)


def test_without_a_word_on_it_walkers_are_not_generated(tmp_path):
    folder = tmp_path / "Mine" / "8"
    folder.mkdir(parents=True)
    broken(folder, {"generated": None})
    assert descriptor.require(folder).generated is False


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "3", '"text"', "\x00", '{"name": "Mine"}']
)
def test_a_file_that_is_no_description_is_refused(tmp_path, text):
    (tmp_path / "dataset.json").write_text(text)
    with pytest.raises(errors.InputError, match=r"dataset\.json cannot be read"):
        descriptor.read(tmp_path)


def test_a_file_in_no_known_encoding_is_refused(tmp_path):
    (tmp_path / "dataset.json").write_bytes(b'{"name": "\xff\xfe"}')
    with pytest.raises(errors.InputError, match=r"dataset\.json cannot be read"):
        descriptor.read(tmp_path)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "it is no JSON"),
        ("[" * 10**5, "it is no JSON"),
        ('{"name": "Mine"}', '"length" is missing'),
        ("[]", "a value is of another kind"),
        ('{"name": "Mine", "length": "six"}', "a value is of another kind"),
    ],
    ids=["cut", "deep", "missing", "array", "text"],
)
def test_what_is_wrong_is_said_in_terms_of_json(tmp_path, text, reason):
    (tmp_path / "dataset.json").write_text(text)
    with pytest.raises(errors.InputError) as caught:
        descriptor.read(tmp_path)
    assert reason in str(caught.value) and "Error" not in str(caught.value)


@pytest.mark.parametrize("name", ["name", "length", "joint_names", "probes", "made_by"])
def test_a_missing_entry_is_refused_and_named(tmp_path, name):
    broken(tmp_path, {name: None})
    with pytest.raises(errors.InputError, match=name):
        descriptor.read(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"length": "six"},
        {"length": [8]},
        {"joint_names": 3},
        {"probes": ["probe"]},
        {"probes": {"probe": "gallery"}},
        {"probes": {"probe": ["probe"]}},
        {"probes": {"probe": 3}},
    ],
    ids=str,
)
def test_an_entry_of_another_kind_is_refused(tmp_path, change):
    broken(tmp_path, change)
    with pytest.raises(errors.InputError, match=r"dataset\.json cannot be read"):
        descriptor.read(tmp_path)


@pytest.mark.parametrize("joints", [[], ["Root"]], ids=len)
def test_skeletons_of_which_nothing_is_left_without_the_root_are_refused(
    tmp_path, joints
):
    broken(tmp_path, {"joint_names": joints})
    expected = f"expected 2 or more joint_names, found {len(joints)}: joint 0 is"
    with pytest.raises(errors.InputError, match=expected):
        descriptor.read(tmp_path)
