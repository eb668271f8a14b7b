"""The published data sets, by the tables of method.md."""

import pytest

from datasets import catalog
from simmc_tf import errors


@pytest.mark.parametrize(
    ("name", "num_joints", "lengths", "probes"),
    [
        ("KS20", 25, [6, 4, 8, 10, 12], {"probe": ("probe", "gallery")}),
        ("KGBD", 20, [6, 4, 8, 10, 12], {"probe": ("probe", "gallery")}),
        ("IAS", 20, [6, 4, 8, 10, 12], {"A": ("A", "B"), "B": ("B", "A")}),
        (
            *("BIWI", 20, [6, 4, 8, 10, 12]),
            {"Walking": ("Walking", "Still"), "Still": ("Still", "Walking")},
        ),
        (
            *("CASIA_B", 14, [40, 50, 60]),
            {
                "nm.nm": ("nm", "nm"),
                "cl.cl": ("cl", "cl"),
                "bg.bg": ("bg", "bg"),
                "cl.nm": ("cl", "nm"),
                "bg.nm": ("bg", "nm"),
            },
        ),
    ],
)
def test_every_published_data_set_is_as_method_md_says(
    name, num_joints, lengths, probes
):
    entry = catalog.find(name)
    assert entry.name == name
    assert entry.skeleton_size == 3 * num_joints
    assert list(entry.lengths) == lengths
    assert entry.probes == probes


def test_there_are_five_published_data_sets():
    names = [entry.name for entry in catalog.PUBLISHED]
    assert names == ["KS20", "KGBD", "IAS", "BIWI", "CASIA_B"]


def test_only_kgbd_is_not_balanced():
    unbalanced = [entry.name for entry in catalog.PUBLISHED if not entry.balanced]
    assert unbalanced == ["KGBD"]


@pytest.mark.parametrize(
    "spelling", ["CASIA_B", "CAISA_B", "CASIA-B", "casia_b", "caisa_b", "casia-b"]
)
def test_casia_b_has_several_spellings(spelling):
    assert catalog.find(spelling).name == "CASIA_B"


@pytest.mark.parametrize("spelling", ["ks20", "Kgbd", "ias", "biwi"])
def test_case_does_not_matter(spelling):
    assert catalog.find(spelling).name == spelling.upper()


@pytest.mark.parametrize("name", ["", "KS2", "KS200", "Synthetic", "CASIA"])
def test_other_names_are_not_published(name):
    assert catalog.find(name) is None


@pytest.mark.parametrize(
    ("name", "default"),
    [("KS20", 6), ("KGBD", 6), ("IAS", 6), ("BIWI", 6), ("CASIA_B", 40)],
)
def test_length_0_is_the_published_default(name, default):
    assert catalog.find(name).check_length(0) == default


@pytest.mark.parametrize("length", [4, 6, 8, 10, 12])
def test_published_lengths_are_taken(length):
    assert catalog.find("BIWI").check_length(length) == length


@pytest.mark.parametrize("length", [-6, 1, 5, 7, 40])
def test_other_lengths_are_refused_with_those_that_there_are(length):
    with pytest.raises(errors.InputError, match=f"{length}: KS20 .* 4, 6, 8, 10, 12"):
        catalog.find("KS20").check_length(length)


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("KS20", "probe"),
        ("KGBD", "probe"),
        ("IAS", "A"),
        ("BIWI", "Walking"),
        ("CASIA_B", "nm.nm"),
    ],
)
def test_without_a_probe_the_first_one_is_taken(name, default):
    assert catalog.find(name).check_probe(None) == default


@pytest.mark.parametrize(
    ("name", "given", "probe"),
    [("IAS", "b", "B"), ("BIWI", "still", "Still"), ("CASIA_B", "CL.nm", "cl.nm")],
)
def test_case_of_a_probe_does_not_matter(name, given, probe):
    assert catalog.find(name).check_probe(given) == probe


@pytest.mark.parametrize(
    ("name", "probe", "allowed"),
    [
        ("KS20", "gallery", "probe"),
        ("IAS", "C", "A, B"),
        ("BIWI", "", "Walking, Still"),
        ("CASIA_B", "nm.cl", r"nm\.nm, cl\.cl, bg\.bg, cl\.nm, bg\.nm"),
    ],
)
def test_other_probes_are_refused_with_those_that_there_are(name, probe, allowed):
    with pytest.raises(errors.InputError, match=f"--probe {probe}: .*{allowed}"):
        catalog.find(name).check_probe(probe)


def test_the_message_names_the_flag_that_was_used():
    with pytest.raises(errors.InputError, match="--probe_type xx"):
        catalog.find("CASIA_B").check_probe("xx", "probe_type")


def test_a_data_set_without_probes_has_none_and_says_so():
    entry = catalog.DataSet("Mine", ("a", "b"), (6,), {})
    assert entry.check_probe(None) is None
    with pytest.raises(errors.InputError, match="none"):
        entry.check_probe("probe")


@pytest.mark.parametrize(("given", "length"), [(0, 6), (4, 4), (17, 17)])
def test_generated_walkers_come_in_any_length(given, length):
    assert catalog.synthetic(given).check_length(given) == length
