"""Functions of skeletons by name, and what they make of whole sequences."""

import math

import numpy as np
import pytest

from datasets import skeletons
from datasets.representations import functions, handcrafted
from simmc_tf import data as data_module
from simmc_tf import errors

JOINTS = skeletons.KINECT_V1.joints
EVERY_NAME = pytest.mark.parametrize("name", functions.NAMES)


def make_sequences(num_sequences=7):
    generator = np.random.default_rng(0)
    shape = (num_sequences, 3, 3 * len(JOINTS))
    return generator.normal(size=shape).astype(np.float32)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        *(("raw", "raw"), ("RAW", "raw"), ("coordinates", "raw")),
        *(("D-13", "D-13"), ("d-13", "D-13"), ("D13", "D-13"), ("d16", "D-16")),
        *(("posegait", "posegait"), ("PoseGait", "posegait")),
        *(("D-16", "D-16"), ("distances", "distances"), ("Distances", "distances")),
        *(("simmc", None), ("", None), ("D-14", None), ("Representations/raw", None)),
    ],
)
def test_spellings(spelling, name):
    assert functions.known(spelling) == name


def test_every_name_is_a_spelling_of_itself():
    assert [functions.known(name) for name in functions.NAMES] == [*functions.NAMES]


@pytest.mark.parametrize("name", [n for n in functions.NAMES if n != "posegait"])
def test_a_sequence_has_the_mean_of_its_skeletons(name):
    function = functions.find(name, JOINTS)
    sequences = make_sequences(4)

    found = function.representation.encode(sequences)

    for sequence, feature in zip(sequences, found, strict=True):
        alone = [function.of_skeletons(frame[None, None])[0, 0] for frame in sequence]
        mean = [math.fsum(column) / 3 for column in np.transpose(alone).tolist()]
        np.testing.assert_allclose(feature, mean, rtol=1e-5, atol=1e-6)


@EVERY_NAME
@pytest.mark.parametrize("at_once", [1, 3, 7])
def test_pieces_give_what_the_whole_gives(name, at_once, monkeypatch):
    function = functions.find(name, JOINTS)
    sequences = make_sequences()
    expected = function.of_skeletons(sequences).mean(axis=1)

    monkeypatch.setattr(data_module, "_SEQUENCES_AT_ONCE", at_once)

    np.testing.assert_array_equal(function.representation.encode(sequences), expected)


def test_raw_leaves_coordinates_as_they_are():
    sequences = make_sequences()
    assert functions.find("raw", JOINTS).of_skeletons(sequences) is sequences
    np.testing.assert_array_equal(
        functions.find("raw", JOINTS).representation.encode(sequences),
        sequences.mean(axis=1),
    )


def test_descriptors_are_those_of_the_joints_and_their_notes_are_told():
    joints = skeletons.OPENPOSE_14.joints
    function = functions.find("D-13", joints)
    descriptor = handcrafted.Descriptor("D-13", joints)
    sequences = make_sequences()[:, :, : 3 * len(joints)]
    np.testing.assert_array_equal(
        function.of_skeletons(sequences), descriptor(sequences)
    )
    assert function.notes == tuple(descriptor.notes) != ()
    assert functions.find("D-13", JOINTS).notes == ()


def test_published_indices_reach_the_descriptor():
    sequences = make_sequences()
    for name in ("D-13", "D-16"):
        found = functions.find(name, JOINTS, published_indices=True)
        expected = handcrafted.Descriptor(name, JOINTS, published=True)(sequences)
        np.testing.assert_array_equal(found.of_skeletons(sequences), expected)
        assert not np.array_equal(
            functions.find(name, JOINTS).of_skeletons(sequences), expected
        )


def test_what_has_several_units_or_sizes_is_standardised_unless_one_asks():
    found = {
        name: functions.find(name, JOINTS).representation.standardised
        for name in functions.NAMES
    }
    assert {name for name, standardised in found.items() if standardised} == {
        *("distances", "posegait")
    }


@EVERY_NAME
@pytest.mark.parametrize("asked", [True, False])
def test_one_may_ask_for_standardised_numbers(name, asked):
    function = functions.find(name, JOINTS)
    assert function.representation.asked(asked).standardised is asked
    assert function.representation.asked(None) == function.representation


def test_one_joint_has_no_distances():
    with pytest.raises(errors.InputError, match="1 joint has no distances"):
        functions.find("distances", ("Head",))


def test_what_a_skeleton_lacks_is_told():
    with pytest.raises(errors.InputError, match="D-16 needs joints of these names"):
        functions.find("D-16", ("a", "b"))
