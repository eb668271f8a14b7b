"""Anyone's recordings: one .npz without pickles, checked before it is believed."""

import dataclasses
import errno
import io
import os
import zipfile

import numpy as np
import pytest
from numpy.lib import format as npy_format

from datasets import recordings
from simmc_tf import errors

JOINTS = ("Root", "Knee", "Foot")


def arrays(**changes):
    """Two recordings of 4 and 2 frames; None leaves an array out."""
    content = {
        "positions": np.arange(54, dtype=np.float32).reshape(6, 3, 3) / 7,
        "starts": np.array([0, 4, 6]),
        "person": np.array([3, -1]),
        "recording": np.array(["first", "second"]),
        "fps": np.array([30.0, 25.0]),
        "joint_names": np.array(JOINTS),
        **changes,
    }
    return {name: value for name, value in content.items() if value is not None}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "walks.npz"


def read(path, **changes):
    np.savez(path, **arrays(**changes))
    return recordings.read(path)


def refused(path, *parts, **changes):
    with pytest.raises(errors.InputError) as caught:
        read(path, **changes)
    for part in (str(path), *parts):
        assert part in str(caught.value)


def test_a_file_as_formats_md_describes_it_is_read(path):
    found = read(path)
    np.testing.assert_array_equal(found.positions, arrays()["positions"])
    assert found.positions.dtype == np.float32
    assert found.starts.tolist() == [0, 4, 6] and found.starts.dtype == np.int64
    assert found.person.tolist() == [3, -1] and len(found) == 2
    assert found.recording.tolist() == ["first", "second"]
    assert found.fps.tolist() == [30.0, 25.0]
    assert found.joint_names == JOINTS


def test_what_may_be_absent_is_none(path):
    found = read(path)
    assert found.condition is None and found.split is None


def test_frames_are_those_of_one_recording(path):
    found = read(path)
    np.testing.assert_array_equal(found.frames(0), arrays()["positions"][:4])
    np.testing.assert_array_equal(found.frames(1), arrays()["positions"][4:])


def test_what_is_written_is_read(path):
    content = arrays(
        condition=np.array(["nm", "côté"]), split=np.array(["train", "probe"])
    )
    content["joint_names"] = JOINTS
    recordings.write(path, recordings.Recordings(**content))
    found = recordings.read(path)
    np.testing.assert_array_equal(found.positions, content["positions"])
    assert found.condition.tolist() == ["nm", "côté"]
    assert found.split.tolist() == ["train", "probe"]
    assert found.person.tolist() == [3, -1]
    assert found.joint_names == JOINTS


def test_names_of_persons_are_kept(path):
    content = {**arrays(person_name=np.array(["anna", ""])), "joint_names": JOINTS}
    recordings.write(path, recordings.Recordings(**content))
    assert recordings.read(path).person_name.tolist() == ["anna", ""]
    assert read(path).person_name is None


def test_names_of_persons_are_one_a_recording(path):
    refused(path, "person_name", person_name=np.array(["anna"]))
    refused(path, "person_name", person_name=np.array([1, 2]))
    refused(path, "printed", person_name=np.array(["an\nna", "bob"]))


def test_the_digest_is_of_what_is_recorded_not_of_the_file(path, tmp_path):
    first = read(path)
    recordings.write(tmp_path / "again.npz", first)
    again = recordings.read(tmp_path / "again.npz")
    assert recordings.digest(again) == recordings.digest(first)
    wide = dataclasses.replace(first, recording=first.recording.astype("U99"))
    assert recordings.digest(wide) == recordings.digest(first)


@pytest.mark.parametrize(
    "changes",
    [
        {"positions": np.zeros((6, 3, 3))},
        {"starts": np.array([0, 3, 6])},
        {"person": np.array([3, 4])},
        {"recording": np.array(["first", "third"])},
        {"fps": np.array([30.0, 26.0])},
        {"joint_names": np.array(["Root", "Knee", "Toe"])},
        {"split": np.array(["train", "train"])},
        {"condition": np.array(["train", "train"])},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_other_recordings_have_another_digest(path, changes):
    digests = {recordings.digest(read(path, **one)) for one in ({}, changes)}
    assert len(digests) == 2


def test_a_file_that_declares_more_than_fits_into_memory_is_refused(path):
    head = io.BytesIO()
    shape = (10**14, 3, 3)
    npy_format.write_array_header_1_0(
        head, {"descr": "<f8", "fortran_order": False, "shape": shape}
    )
    np.savez(path, **arrays(positions=None))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("positions.npy", head.getvalue())
    with pytest.raises(errors.InputError, match=r"walks\.npz"):
        recordings.read(path)


def test_a_rate_without_end_is_refused(path):
    for fps in (np.inf, np.nan, 0.0, -30.0, 1000.1, 3e10):
        refused(path, "fps", "at most 1000", fps=np.array([30.0, fps]))


def test_what_is_written_says_its_unit(path):
    content = {**arrays(), "joint_names": JOINTS}
    recordings.write(path, recordings.Recordings(**content))
    with np.load(path, allow_pickle=False) as archive:
        assert str(archive["unit"]) == "m"


@pytest.mark.parametrize(("unit", "metres"), [("m", 1), ("cm", 1e-2), ("mm", 1e-3)])
def test_positions_become_metres(path, unit, metres):
    found = read(path, unit=np.array(unit))
    np.testing.assert_allclose(
        found.positions, arrays()["positions"].astype(np.float64) * metres, rtol=1e-6
    )


def test_the_callers_unit_wins_over_that_of_the_file(path):
    np.savez(path, **arrays(unit=np.array("mm")))
    found = recordings.read(path, "cm")
    np.testing.assert_allclose(found.positions, arrays()["positions"] / 100, rtol=1e-6)


def test_an_unknown_unit_is_refused(path):
    refused(path, "ft", "m, cm, mm", unit=np.array("ft"))


def test_integer_positions_are_read(path):
    found = read(path, positions=np.arange(54).reshape(6, 3, 3))
    assert found.positions.dtype == np.float32 and found.positions[0, 0, 1] == 1


def test_additional_arrays_do_no_harm(path):
    assert len(read(path, action=np.array(["walk", "run"]))) == 2


@pytest.mark.parametrize("name", list(arrays()))
def test_a_missing_array_is_named(path, name):
    refused(path, f"{name} missing", **{name: None})


@pytest.mark.parametrize(
    "positions",
    [
        np.zeros((6, 9)),
        np.zeros((6, 3, 2)),
        np.zeros((6, 1, 3)),
        np.zeros((1, 6, 3, 3)),
    ],
    ids=lambda array: str(array.shape),
)
def test_positions_of_another_shape_are_refused(path, positions):
    refused(
        path, str(list(positions.shape)), "[frames, joints, 3]", positions=positions
    )


@pytest.mark.parametrize(
    "names",
    [["Root", "Knee"], ["Root", "Knee", "Knee"], ["Root", "Knee", "Foot", "Toe"]]
    + [[["Root", "Knee", "Foot"]]],
    ids=str,
)
def test_joint_names_that_do_not_name_every_joint_are_refused(path, names):
    refused(path, "joint_names", "expected", joint_names=np.array(names))


@pytest.mark.parametrize(
    "starts",
    [[0, 4, 7], [0, 4], [0, 2, 4, 6], [1, 4, 6], [0, 6, 6], [0, 5, 4], [[0, 4, 6]], 0]
    + [[-2, 4, 6], [0, 7, 6]],
    ids=str,
)
def test_starts_that_do_not_cut_the_frames_are_refused(path, starts):
    refused(path, "starts", "expected", starts=np.array(starts))


@pytest.mark.parametrize("person", [3, [[3, -1]], [], [3]], ids=str)
def test_persons_that_are_not_one_a_recording_are_refused(path, person):
    refused(path, person=np.array(person, dtype=int))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("recording", np.array(["first"])),
        ("recording", np.array([["first", "second"]])),
        ("fps", np.array(30.0)),
        ("fps", np.array([30.0, 25.0, 25.0])),
        ("condition", np.array(["nm"])),
        ("split", np.array(["train"])),
    ],
)
def test_arrays_that_are_not_one_a_recording_are_refused(path, name, value):
    refused(path, name, "expected", **{name: value})


def test_two_recordings_of_one_name_are_refused(path):
    refused(path, "first names 2 recordings", recording=np.array(["first", "first"]))


def test_an_unknown_split_is_refused(path):
    refused(path, "test", "train, gallery, probe", split=np.array(["train", "test"]))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("positions", np.zeros((6, 3, 3), bool)),
        ("positions", np.zeros((6, 3, 3), complex)),
        ("positions", np.full((6, 3, 3), "x")),
        ("starts", np.array([0.0, 4.0, 6.0])),
        ("person", np.array([0.0, 1.0])),
        ("person", np.array(["anna", "ben"])),
        ("fps", np.array(["30", "25"])),
        ("recording", np.array([1, 2])),
        ("joint_names", np.array([1, 2, 3])),
        ("split", np.array([1, 2])),
    ],
)
def test_arrays_of_another_kind_are_refused(path, name, value):
    refused(path, name, str(value.dtype), **{name: value})


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_position_that_is_not_finite_is_located(path, value):
    positions = arrays()["positions"]
    positions[5, 2, 0] = value
    refused(path, "recording second", "frame 1", "joint Foot", positions=positions)


def test_missing_joints_may_be_nan_that_processors_signal(path):
    positions = arrays()["positions"].astype(np.float32)
    positions.view(np.uint32)[2, 1] = 0x7FA00000
    np.savez(path, **arrays(positions=positions))
    found = recordings.read(path, may_miss=True).positions
    assert np.argwhere(np.isnan(found).any(axis=2)).tolist() == [[2, 1]]


def test_a_position_too_large_for_float32_is_located(path):
    positions = arrays()["positions"].astype(np.float64)
    positions[0, 1, 2] = 1e300
    refused(path, "recording first", "frame 0", "joint Knee", positions=positions)


def test_names_in_utf8_bytes_are_read_or_refused(path):
    names = np.array(["première".encode(), b"second"])
    try:
        found = read(path, recording=names)
    except errors.InputError:
        return
    assert found.recording.tolist() == ["première", "second"]


@pytest.mark.parametrize(
    "name", ["positions", "recording", "joint_names", "condition", "split", "unit"]
)
def test_object_arrays_are_refused(path, name):
    boxed = np.empty(2, object)
    boxed[:] = [{"any": 1}, None]
    refused(path, "pickles", **{name: boxed})


@pytest.mark.parametrize("name", ["recording", "positions", "unit", "condition"])
def test_a_member_that_is_no_array_is_refused(path, name):
    np.savez(path, **arrays(**{name: None}))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(f"{name}.npy", b"no NumPy array")
    with pytest.raises(errors.InputError, match=r"walks\.npz"):
        recordings.read(path)


@pytest.mark.parametrize("content", [b"", b"some text", b"PK\x03\x04", b"\x80\x04N."])
def test_a_file_that_is_no_archive_is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(errors.InputError, match=r"walks\.npz"):
        recordings.read(path)


def test_messages_do_not_advise_to_load_pickles(path):
    path.write_text("some text")
    with pytest.raises(errors.InputError) as caught:
        recordings.read(path)
    assert "allow_pickle=" not in str(caught.value)


def test_a_single_array_in_place_of_an_archive_is_refused(path):
    with path.open("wb") as file:
        np.save(file, np.zeros((6, 3, 3)))
    with pytest.raises(errors.InputError, match=r"walks\.npz"):
        recordings.read(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_truncated_file_is_refused(path, share):
    np.savez(path, **arrays())
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(errors.InputError, match=r"walks\.npz"):
        recordings.read(path)


def test_a_damaged_file_is_refused(path):
    np.savez_compressed(
        path, **arrays(positions=np.random.default_rng(0).random((6, 3, 3)))
    )
    content = bytearray(path.read_bytes())
    for index in range(80, 200):
        content[index] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(errors.InputError, match=r"walks\.npz"):
        recordings.read(path)


def test_a_file_that_may_not_be_read_is_not_called_damaged(path, monkeypatch):
    np.savez(path, **arrays())

    def forbidden(*_):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    # The tests may run as root, who may read everything.
    monkeypatch.setattr(os, "open", forbidden)
    with pytest.raises(errors.InputError) as caught:
        recordings.read(path)
    assert str(caught.value) == f"{path} cannot be read: Permission denied."


@pytest.mark.parametrize("name", ["nowhere.npz", "."])
def test_a_file_that_is_not_there_is_named(tmp_path, name):
    with pytest.raises(errors.InputError, match="no recordings file") as caught:
        recordings.read(tmp_path / name)
    assert str(tmp_path) in str(caught.value)


@pytest.mark.data
def test_the_motion_capture_file_is_read(shared):
    found = recordings.read(shared / "data" / "cmu_kinect20.npz")
    assert len(found) == 149 and found.positions.shape == (35_847, 20, 3)
    assert len(np.unique(found.person[found.person >= 0])) == 17
    assert set(found.fps.tolist()) == {30.0}
    # Metres: hips of standing people are about 0.9 m above the floor.
    assert 0.7 < np.median(found.positions[:, 0, 1]) < 1.1
