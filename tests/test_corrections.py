"""What owners of recordings can mend by flags."""

import dataclasses

import numpy as np
import pytest

from datasets import corrections, recordings, skeletons, synthetic
from datasets.corrections import Corrections
from simmc_tf import errors
from tests.test_preprocess_flags import FILE, NAME, preprocess_options


@pytest.fixture(scope="module")
def walks():
    return synthetic.generate(synthetic.Settings(persons=2, seed=3))


def mended(path, found, **asked):
    return Corrections(**asked).apply(path, found)


def test_axes_are_multiplied_by_minus_1(walks, tmp_path):
    found = mended(tmp_path, walks, flip=("y", "z"))
    np.testing.assert_array_equal(found.positions, walks.positions * [1, -1, -1])
    assert found.positions.dtype == np.float32


@pytest.mark.parametrize("skeleton", skeletons.SKELETONS.values(), ids=lambda s: s.name)
def test_every_joint_with_a_side_takes_its_counterparts_place(skeleton, tmp_path):
    count = len(skeleton.joints)
    positions = np.arange(count, dtype=np.float32)[None, :, None] * np.ones((1, 1, 3))
    found = recordings.Recordings(
        positions,
        np.array([0, 1]),
        np.array([0]),
        np.array(["a"]),
        np.array([30.0]),
        skeleton.joints,
    )
    order = mended(tmp_path, found, swap_sides=True).positions[0, :, 0].astype(int)

    def other(name):
        swaps = {"Left": "Right", "Right": "Left", "left": "right", "right": "left"}
        for one, opposite in swaps.items():
            if one in name:
                return name.replace(one, opposite)
        acclaim = {"l": "r", "r": "l"}.get(name[0], "") + name[1:]
        return acclaim if acclaim in skeleton.joints else name

    assert [skeleton.joints[i] for i in order] == [*map(other, skeleton.joints)]


def test_joints_are_left_out(walks, tmp_path):
    found = mended(tmp_path, walks, drop_joints=("Head", "FootLeft"))
    assert len(found.joint_names) == 18 and "Head" not in found.joint_names
    kept = [i for i, n in enumerate(walks.joint_names) if n in found.joint_names]
    np.testing.assert_array_equal(found.positions, walks.positions[:, kept])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"drop_joints": ("Tail",)}, "--drop_joints Tail: .* has HipCenter, "),
        ({"drop_joints": skeletons.KINECT_V1.joints[1:]}, "leaves 1 of 20"),
    ],
)
def test_what_cannot_be_mended_is_refused(walks, tmp_path, asked, message):
    with pytest.raises(errors.InputError, match=message):
        mended(tmp_path, walks, **asked)


def test_sides_that_names_do_not_tell_are_not_swapped(walks, tmp_path):
    names = tuple(f"marker{i}" for i in range(20))
    with pytest.raises(errors.InputError, match="--swap_sides: no joint"):
        mended(tmp_path, dataclasses.replace(walks, joint_names=names), swap_sides=True)


def test_only_joints_that_are_kept_need_be_there(walks, tmp_path):
    path = tmp_path / "walks.npz"
    positions = walks.positions.copy()
    positions[3, walks.joint_names.index("Head")] = np.nan
    recordings.write(path, dataclasses.replace(walks, positions=positions))
    found = corrections.read(path, None, Corrections(drop_joints=("Head",)))
    assert np.isfinite(found.positions).all()
    for asked in (Corrections(), Corrections(drop_joints=("FootLeft",))):
        with pytest.raises(errors.InputError, match="joint Head is not finite"):
            corrections.read(path, None, asked)


def test_the_command_line_says_what_to_mend_and_shows_the_same():
    flags = ("--flip", "Y,z", "--swap_sides", "--drop_joints", "Head,FootLeft")
    found = preprocess_options("6", *FILE, *NAME, *flags)
    assert found.source.mending == Corrections(("y", "z"), True, ("Head", "FootLeft"))
    for flag in ("--flip=Y,z", "--swap_sides", "--drop_joints=Head,FootLeft"):
        assert flag in found.show_command
    folder = ("--from", "kinect1", "--input", "in")
    found = preprocess_options("6", *folder, *NAME, "--flip", "x")
    assert found.source.mending == Corrections(("x",))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([*FILE, *NAME, "--flip", "w"], "--flip w: expected x, y or z"),
        ([*FILE, *NAME, "--flip", "x,x"], "--flip x,x: expected x, y or z"),
        ([*FILE, *NAME, "--flip", ""], "--flip is empty"),
        ([*FILE, *NAME, "--drop_joints", "a,"], "--drop_joints is empty"),
        (["--dataset", "KS20", "--flip", "y"], "--flip goes with --recordings"),
    ],
)
def test_bad_values_are_refused(arguments, message):
    with pytest.raises(errors.InputError, match=message):
        preprocess_options("6", *arguments)
