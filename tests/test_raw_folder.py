"""Who is who in a folder of recordings."""

import pytest

from datasets.raw import folder, natural
from simmc_tf import errors


@pytest.fixture
def tree(tmp_path):
    def make(*names):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        return tmp_path

    return make


def people(takes):
    return {one.name: (one.person, one.label) for one in takes}


def test_the_first_folder_is_the_person_and_keeps_its_number(tree):
    takes = folder.find(tree("12/a.csv", "3/b.csv", "3/day 2/c.csv"), (".csv",))
    assert people(takes) == {
        "3/b": (3, "3"),
        "3/day 2/c": (3, "3"),
        "12/a": (12, "12"),
    }


def test_persons_with_names_are_numbered_in_natural_order(tree):
    takes = folder.find(tree("p10/a.csv", "p9/a.csv", "Bob/a.csv"), (".csv",))
    assert people(takes) == {
        "Bob/a": (0, "Bob"),
        "p9/a": (1, "p9"),
        "p10/a": (2, "p10"),
    }


def test_files_straight_in_the_folder_are_of_unknown_persons(tree):
    takes = folder.find(tree("b.csv", "a.csv"), (".csv",))
    assert people(takes) == {"a": (-1, ""), "b": (-1, "")}


def test_takes_come_in_natural_order(tree):
    takes = folder.find(tree("1/10.csv", "1/9.csv", "1/x.csv"), (".csv",))
    assert [one.name for one in takes] == ["1/9", "1/10", "1/x"]


def test_suffixes_in_capitals_are_taken_and_hidden_files_are_not(tree):
    found = tree("1/a.CSV", "1/.b.csv", ".trash/c.csv", "1/d.txt")
    assert [one.name for one in folder.find(found, (".csv",))] == ["1/a"]


def test_two_files_of_one_stem_keep_their_suffixes(tree):
    takes = folder.find(tree("1/a.csv", "1/a.json"), (".csv", ".json"))
    assert [one.name for one in takes] == ["1/a.csv", "1/a.json"]


def test_a_stem_that_is_shared_anywhere_leaves_all_suffixes(tree):
    found = tree("p/x.npy", "p/x.json", "p/x.npy.npy", "q/y.npy")
    names = [one.name for one in folder.find(found, (".npy", ".json"))]
    assert names == ["p/x.json", "p/x.npy", "p/x.npy.npy", "q/y.npy"]


def test_a_pattern_names_person_condition_and_split(tree):
    naming = folder.pattern(
        r"(?P<person>\d+)_(?P<condition>[a-z]+)_(?P<split>\w+)\.csv"
    )
    takes = folder.find(tree("07_bag_probe.csv", "08_nm_train.csv"), (".csv",), naming)
    assert [(one.person, one.condition, one.part) for one in takes] == [
        (7, "bag", "probe"),
        (8, "nm", "train"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(", "no regular expression"),
        (r"(\d+)", "found none"),
        (r"(?P<person>\d)(?P<day>\d)", "day"),
    ],
)
def test_a_pattern_that_cannot_name_a_person_is_refused(text, said):
    with pytest.raises(errors.InputError, match=said):
        folder.pattern(text)


@pytest.mark.parametrize(
    ("names", "text", "said"),
    [
        (["a.csv"], r"(?P<person>\d+)", "does not fit a.csv"),
        (["1_test.csv"], r"(?P<person>\d+)_(?P<split>\w+)\.", "split test"),
        (["1.csv", "01.csv"], r"(?P<person>\d+)", "01 and 1 have one number"),
    ],
)
def test_a_path_that_does_not_fit_is_named(tree, names, text, said):
    with pytest.raises(errors.InputError, match=said):
        folder.find(tree(*names), (".csv",), folder.pattern(text))


def test_a_folder_without_such_files_is_refused(tree):
    with pytest.raises(errors.InputError, match=r"no file that ends in \.bvh or \.amc"):
        folder.find(tree("1/a.csv"), (".bvh", ".amc"))


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(errors.InputError, match="no folder"):
        folder.find(tmp_path / "nowhere", (".csv",))


def test_natural_order_takes_numbers_as_numbers():
    names = ["a10", "a9", "10", "9", "B1", "a", ""]
    assert sorted(names, key=natural.key) == ["", "9", "10", "a", "a9", "a10", "B1"]


def test_names_that_differ_in_capitals_or_zeros_have_one_order():
    names = ["anna", "Anna", "a1", "a01"]
    ordered = ["a01", "a1", "Anna", "anna"]
    for start in range(4):
        turned = names[start:] + names[:start]
        assert sorted(turned, key=natural.key) == ordered


def test_linked_folders_are_looked_into_and_loops_are_not(tree, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "a.csv").touch()
    found = tree("1/a.csv")
    (found / "2").symlink_to(elsewhere)
    (found / "1" / "loop").symlink_to(found)
    assert [one.name for one in folder.find(found, (".csv",))] == ["1/a", "2/a"]
