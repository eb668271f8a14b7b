"""2D joints go through somebody's network and come back as 3D."""

import json
import pathlib
import pickle
import sys

import numpy as np
import pytest

from datasets import descriptor, npy_store, skeletons
from datasets.raw import conversion, lifting, published
from datasets.raw.sets import casia_b
from simmc_tf import errors

onnx = pytest.importorskip("onnx", reason="onnx makes the networks of these tests")
pytest.importorskip("onnxruntime", reason="onnxruntime runs them")

WIDTH, HEIGHT = 320, 240
COCO, H36M = skeletons.COCO_17.joints, skeletons.H36M_17.joints
MIDDLE = (121, -121)  # Of the frames around each.
DEPTH = np.array([[1, 0, 1], [0, 1, 2]], np.float32)  # x, y, x + 2 y
NOT_ROOT = np.array([0] + [1] * 16, np.float32).reshape(1, 1, 17, 1)
# Where each joint of Human3.6M stands in COCO; of midpoints their left part.
LEFT_PARTS = {
    **{"HipCenter": "HipLeft", "Spine": "HipLeft", "Thorax": "ShoulderLeft"},
    "Head": "EyeLeft",
}
FROM_COCO = np.array([COCO.index(LEFT_PARTS.get(joint, joint)) for joint in H36M])


def save(
    path,
    nodes,
    shape,
    output=(1, None, 17, 3),
    kind="FLOAT",
    output_kind="FLOAT",
    **constants,
):
    """Writes a network from `in` to `out` and gives a lifter."""
    helper = onnx.helper
    graph = helper.make_graph(
        [helper.make_node(*node[:3], **node[3]) for node in nodes],
        "tiny",
        [helper.make_tensor_value_info("in", getattr(onnx.TensorProto, kind), shape)],
        [
            helper.make_tensor_value_info(
                "out", getattr(onnx.TensorProto, output_kind), output
            )
        ],
        [onnx.numpy_helper.from_array(np.asarray(v), n) for n, v in constants.items()],
    )
    opset = helper.make_opsetid("", 17)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), path)
    return lifting.Lifter(pathlib.Path(path), WIDTH, HEIGHT)


def by_context(path, frames=MIDDLE, mask=NOT_ROOT, order=None):
    """A network like VideoPose3D: T + 242 frames to T, [x, y, x + 2 y]."""
    return save(
        path,
        [
            ("Slice", ["in", "start", "end", "axis"], ["near"], {}),
            ("Gather", ["near", "order"], ["ordered"], {"axis": 2}),
            ("MatMul", ["ordered", "weights"], ["deep"], {}),
            ("Mul", ["deep", "mask"], ["out"], {}),
        ],
        (1, "frames", 17, 2),
        start=np.array([frames[0]]),
        end=np.array([frames[1]]),
        axis=np.array([1]),
        order=np.arange(17) if order is None else order,
        weights=DEPTH,
        mask=mask,
    )


def by_chunks(path, num_frames):
    """A network like MotionBERT that gives its input, and its number of frames."""
    first = np.zeros((1, 1, 17, 3), np.float32)
    first[0, 0, 1, 0] = 100  # Times the frames, added to x of joint 1.
    return save(
        path,
        [
            ("Mul", ["in", "mask"], ["kept"], {}),
            ("Shape", ["in"], ["shape"], {"start": 1, "end": 2}),
            ("Cast", ["shape"], ["number"], {"to": onnx.TensorProto.FLOAT}),
            ("Mul", ["number", "first"], ["where"], {}),
            ("Add", ["kept", "where"], ["out"], {}),
        ],
        (1, num_frames, 17, 3),
        mask=NOT_ROOT,
        first=first,
    )


def walk(num_frames, seed=0):
    """[T, 17, 2] pixels and [T, 17] confidence, all seen."""
    random = np.random.default_rng(seed)
    keypoints = random.uniform((40, 20), (280, 220), (num_frames, 17, 2))
    return keypoints, random.uniform(0.3, 1, (num_frames, 17))


def test_pixels_are_scaled_by_the_width_and_the_network_gives_the_rest(tmp_path):
    lift = by_context(tmp_path / "net.onnx")
    keypoints, confidence = walk(3)
    keypoints[1, 5] = 240, 180
    keypoints[2, 16] = 0, 0
    found = lift(keypoints, confidence)
    assert found.shape == (3, 17, 3) and found.dtype == np.float32
    # 2 * 240 / 320 - 1 and 2 * 180 / 320 - 240 / 320
    np.testing.assert_allclose(found[1, 5], [0.5, 0.375, 1.25], atol=1e-6)
    np.testing.assert_allclose(found[2, 16], [-1, -0.75, -2.5], atol=1e-6)


def test_another_size_of_the_images_scales_otherwise(tmp_path):
    path = by_context(tmp_path / "net.onnx").path
    keypoints, confidence = walk(1)
    keypoints[0, 5] = 240, 180
    found = lifting.Lifter(path, 480, 360)(keypoints, confidence)
    np.testing.assert_allclose(found[0, 5], [0, 0, 0], atol=1e-6)


@pytest.mark.parametrize(
    ("frames", "nearest"),
    [
        ((0, -242), lambda t: max(t - 121, 0)),
        (MIDDLE, lambda t: t),
        ((242, 10**6), lambda t: min(t + 121, 149)),
    ],
)
def test_121_frames_are_around_each_and_the_ends_are_repeated(
    tmp_path, frames, nearest
):
    lift = by_context(tmp_path / "net.onnx", frames)
    keypoints, confidence = walk(150)
    found = lift(keypoints, confidence)
    for t in (0, 1, 120, 122, 149):
        x, y = keypoints[nearest(t), 7]
        expected = [x / 160 - 1, y / 160 - 0.75]
        np.testing.assert_allclose(found[t, 7, :2], expected, atol=1e-5)


def test_joints_are_relative_to_the_first(tmp_path):
    lift = by_context(tmp_path / "net.onnx", mask=np.ones((1, 1, 17, 1), np.float32))
    keypoints, confidence = walk(2)
    found = lift(keypoints, confidence)
    x, y = (keypoints[1, 4] - keypoints[1, 0]) / 160
    np.testing.assert_allclose(found[:, 0], 0)
    np.testing.assert_allclose(found[1, 4], [x, y, x + 2 * y], atol=1e-5)


def test_a_network_with_confidence_gets_the_square_around_the_walker(tmp_path):
    lift = by_chunks(tmp_path / "net.onnx", 2)
    keypoints, confidence = np.full((2, 17, 2), 100.0), np.full((2, 17), 0.5)
    # The square: 100 wide and 200 high around (150, 120), so 50..250 and 20..220.
    keypoints[0, COCO.index("WristLeft")] = 200, 20
    keypoints[1, COCO.index("AnkleRight")] = 100, 220
    keypoints[1, COCO.index("EyeLeft")] = 120, 60
    confidence[1, COCO.index("EyeLeft")] = 0.9
    found = lift(keypoints, confidence)
    by_name = {joint: found[:, i] for i, joint in enumerate(H36M)}
    np.testing.assert_allclose(by_name["WristLeft"][0], [0.5, -1, 0.5], atol=1e-6)
    np.testing.assert_allclose(by_name["AnkleRight"][1], [-0.5, 1, 0.5], atol=1e-6)
    # The middle of the eyes: (110, 80) with confidence 0.7.
    np.testing.assert_allclose(by_name["Head"][1], [-0.4, -0.4, 0.7], atol=1e-6)


def test_the_square_is_around_what_was_seen_and_the_rest_is_moved_into_it(tmp_path):
    lift = by_chunks(tmp_path / "net.onnx", 2)
    keypoints, confidence = np.full((2, 17, 2), 100.0), np.ones((2, 17))
    keypoints[1, COCO.index("Nose")] = 100, 50
    keypoints[1, COCO.index("AnkleLeft")] = 100, 150
    # Eyes are seen once, 40 above the nose; later that would be at 10.
    keypoints[0, 1:3] = 100, 60
    confidence[1, 1:3] = 0
    found = lift(keypoints, confidence)
    np.testing.assert_allclose(found[1, H36M.index("Nose")], [0, -1, 1], atol=1e-6)
    np.testing.assert_allclose(found[1, H36M.index("Head")], [0, -1, 0], atol=1e-6)


@pytest.mark.parametrize(
    ("takes", "num_frames", "chunks"),
    [
        (4, 10, [4, 4, 4, 4, 4, 4, 4, 4, 4, 4]),
        (4, 3, [4, 4, 4]),
        ("frames", 5, [5] * 5),
        ("frames", 250, [243] * 243 + [7] * 7),
    ],
)
def test_a_recording_goes_through_in_chunks(tmp_path, takes, num_frames, chunks):
    keypoints, confidence = walk(num_frames)
    found = by_chunks(tmp_path / "net.onnx", takes)(keypoints, confidence)
    # x itself is in [-1, 1].
    assert np.round(found[:, 1, 0] / 100).tolist() == chunks
    np.testing.assert_allclose(found[:, 10, 2], confidence[:, 1:3].mean(1), atol=1e-6)
    knee = keypoints[:, COCO.index("KneeLeft")]
    # The square is around the joints of Human3.6M: no ears, the eyes' middle.
    body = np.delete(keypoints, [1, 2, 3, 4], axis=1)
    low = np.minimum(body.min((0, 1)), keypoints[:, 1:3].mean(1).min(0))
    high = np.maximum(body.max((0, 1)), keypoints[:, 1:3].mean(1).max(0))
    expected = (2 * knee - low - high) / (high - low).max()
    np.testing.assert_allclose(
        found[:, H36M.index("KneeLeft"), :2], expected, atol=1e-5
    )


def straight(num_frames):
    """All joints at (10 t, 5 t + joint), all seen."""
    t = np.arange(num_frames, dtype=float)[:, np.newaxis]
    x = np.broadcast_to(10 * t, (num_frames, 17))
    return np.stack([x, 5 * t + np.arange(17)], axis=2), np.ones((num_frames, 17), bool)


def without(keypoints, seen, frames, joint):
    seen[frames, COCO.index(joint)] = False
    keypoints[~seen] = np.nan


def test_a_joint_goes_straight_between_where_it_was_seen():
    keypoints, seen = straight(6)
    keypoints[4, COCO.index("WristLeft")] = 100, 50
    without(keypoints, seen, slice(2, 4), "WristLeft")
    found = lifting.complete(keypoints, seen)[:, COCO.index("WristLeft")]
    # From (10, 14) to (100, 50) in three steps.
    np.testing.assert_allclose(found[1:5], [[10, 14], [40, 26], [70, 38], [100, 50]])


def test_a_joint_stays_before_it_is_seen_first_and_after_the_last():
    keypoints, seen = straight(5)
    without(keypoints, seen, [0, 1, 4], "KneeRight")
    found = lifting.complete(keypoints, seen)[:, COCO.index("KneeRight"), 0]
    np.testing.assert_allclose(found, [20, 20, 20, 30, 30])


def test_a_frame_without_anybody_is_between_its_neighbours():
    keypoints, seen = straight(5)
    whole = keypoints.copy()
    seen[2], keypoints[2] = False, np.nan
    np.testing.assert_allclose(lifting.complete(keypoints, seen), whole)


def test_an_ear_that_is_seen_once_goes_with_the_nose():
    keypoints, seen = straight(4)
    without(keypoints, seen, [0, 2, 3], "EarLeft")
    found = lifting.complete(keypoints, seen)[:, COCO.index("EarLeft")]
    np.testing.assert_allclose(found, straight(4)[0][:, COCO.index("EarLeft")])


@pytest.mark.parametrize(
    ("hidden", "joint", "taken"),
    [
        (["EarLeft"], "EarLeft", "EarRight"),
        (["EyeRight"], "EyeRight", "EyeLeft"),
        (["EyeLeft", "EyeRight"], "EyeLeft", "Nose"),
    ],
)
def test_an_eye_or_ear_that_is_never_seen_is_another_ones(hidden, joint, taken):
    keypoints, seen = straight(3)
    for name in hidden:
        without(keypoints, seen, slice(None), name)
    found = lifting.complete(keypoints, seen)
    np.testing.assert_allclose(
        found[:, COCO.index(joint)], straight(3)[0][:, COCO.index(taken)]
    )


def test_a_limb_that_is_never_seen_is_refused():
    keypoints, seen = straight(3)
    without(keypoints, seen, slice(None), "AnkleLeft")
    with pytest.raises(errors.InputError, match="AnkleLeft is never seen in its 3"):
        lifting.complete(keypoints, seen)


def test_a_joint_without_confidence_is_filled_in(tmp_path):
    lift = by_context(tmp_path / "net.onnx")
    keypoints, confidence = walk(3)
    keypoints[1, 9], confidence[1, 9] = (0, 0), 0
    x, y = keypoints[[0, 2], 9].mean(axis=0)
    found = lift(keypoints, confidence)
    np.testing.assert_allclose(
        found[1, 9, :2], [x / 160 - 1, y / 160 - 0.75], atol=1e-5
    )


@pytest.mark.parametrize("point", [(401, 100), (-81, 100), (100, 301), (100, -61)])
def test_a_point_far_outside_the_image_is_refused(tmp_path, point):
    lift = by_context(tmp_path / "net.onnx")
    keypoints, confidence = walk(2)
    keypoints[1, 3] = point
    with pytest.raises(errors.InputError) as caught:
        lift(keypoints, confidence)
    said = str(caught.value)
    assert f"({point[0]}, {point[1]})" in said and "320x240" in said
    assert "--image_size" in said


def test_a_point_a_little_outside_the_image_is_not(tmp_path):
    lift = by_context(tmp_path / "net.onnx")
    keypoints, confidence = walk(2)
    keypoints[:, 3] = (399, 299), (-79, -59)
    assert np.isfinite(lift(keypoints, confidence)).all()


def test_what_is_no_pixels_is_refused(tmp_path):
    lift = by_context(tmp_path / "net.onnx")
    keypoints, confidence = walk(2)
    with pytest.raises(errors.InputError, match="between -1 and 1"):
        lift(keypoints / 320, confidence)


def test_a_walker_in_one_point_is_refused(tmp_path):
    lift = by_chunks(tmp_path / "net.onnx", 4)
    with pytest.raises(errors.InputError, match="all keypoints are in one place"):
        lift(np.full((2, 17, 2), 50.0), np.ones((2, 17)))


def identity(path, shape, **more):
    return save(path, [("Identity", ["in"], ["out"], {})], shape, **more)


@pytest.mark.parametrize(
    ("shape", "more", "part"),
    [
        ((1, "frames", 16, 2), {}, "[1, 'frames', 16, 2]"),
        ((1, "frames", 17, 4), {}, "[1, 'frames', 17, 4]"),
        ((1, "frames", 51), {}, "[1, 'frames', 51]"),
        ((2, "frames", 17, 2), {}, "[2, 'frames', 17, 2]"),
        ((1, "frames", "joints", 2), {}, "'joints'"),
        ((1, 243, 17, 2), {}, "[1, 243, 17, 2]"),
        ((1, 10**9, 17, 3), {}, "[1, 1000000000, 17, 3]"),
        ((1, 0, 17, 3), {}, "[1, 0, 17, 3]"),
        ((1, "frames", 17, 2), {"kind": "DOUBLE"}, "tensor(double)"),
    ],
)
def test_a_network_of_another_kind_is_refused(tmp_path, shape, more, part):
    path = tmp_path / "net.onnx"
    cast = [("Cast", ["in"], ["out"], {"to": onnx.TensorProto.FLOAT})]
    lift = save(path, cast, shape, (None,) * len(shape), **more)
    with pytest.raises(errors.InputError) as caught:
        lift.check()
    said = str(caught.value)
    assert said.startswith(str(path)) and part in said and "\n" not in said
    assert "expected one float32 input [1, frames, 17, 2]" in said


def test_a_network_with_another_output_than_floats_is_refused(tmp_path):
    text = [("Cast", ["in"], ["out"], {"to": onnx.TensorProto.STRING})]
    shape = (1, "frames", 17, 3)
    lift = save(tmp_path / "net.onnx", text, shape, output_kind="STRING")
    with pytest.raises(errors.InputError, match=r"outputs tensor\(string\)"):
        lift.check()


def test_a_network_with_two_inputs_is_refused(tmp_path):
    lift = by_chunks(tmp_path / "net.onnx", 4)
    model = onnx.load(lift.path)
    model.graph.input.append(onnx.helper.make_tensor_value_info("more", 1, (1,)))
    onnx.save(model, lift.path)
    with pytest.raises(errors.InputError, match=r"inputs .*, tensor\(float\) \[1\] "):
        lift.check()


@pytest.mark.parametrize(
    ("make", "part"),
    [
        # As many frames as it gets: no context is used up.
        (lambda path: by_context(path, (0, 10**6)), "[1, 245, 17, 3]"),
        (
            lambda path: identity(
                path, (1, "frames", 17, 2), output=(1, None, None, None)
            ),
            "[1, 245, 17, 2]",
        ),
        (
            lambda path: save(
                path,
                [("Slice", ["in", "start", "end", "axis"], ["out"], {})],
                (1, "frames", 17, 3),
                (1, None, None, None),
                start=np.array([0]),
                end=np.array([16]),
                axis=np.array([2]),
            ),
            "[1, 3, 16, 3]",
        ),
        (
            lambda path: save(
                path,
                [("Reshape", ["in", "to"], ["out"], {})],
                (1, "frames", 17, 3),
                to=np.array([1, 7, 17, 3]),
            ),
            "fails on an input [1, 3, 17, 3]",
        ),
        (
            lambda path: save(
                path, [("Log", ["in"], ["out"], {})], (1, "frames", 17, 3)
            ),
            "not finite numbers",
        ),
    ],
)
def test_a_network_that_gives_something_else_is_refused(tmp_path, make, part, capfd):
    lift = make(tmp_path / "net.onnx")
    with pytest.raises(errors.InputError) as caught:
        lift(*walk(3))
    said = str(caught.value)
    assert said.startswith(str(lift.path)) and part in said and "\n" not in said
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "content", [b"", b"no network", b"\x08\x08" * 50, b"\xff" * 99]
)
def test_a_damaged_file_is_refused_in_one_line(tmp_path, content, capfd):
    path = tmp_path / "net.onnx"
    path.write_bytes(content)
    with pytest.raises(errors.InputError, match="no network that onnxruntime") as error:
        lifting.Lifter(path, WIDTH, HEIGHT).check()
    assert "\n" not in str(error.value) and str(path) in str(error.value)
    assert capfd.readouterr() == ("", "")


def test_a_file_that_was_cut_off_is_refused(tmp_path):
    lift = by_context(tmp_path / "net.onnx")
    content = lift.path.read_bytes()
    lift.path.write_bytes(content[: len(content) // 2])
    with pytest.raises(errors.InputError, match="no network that onnxruntime"):
        lift.check()


def test_a_missing_file_is_named(tmp_path):
    path = tmp_path / "net.onnx"
    for where in (path, tmp_path):
        with pytest.raises(
            errors.InputError, match=f"no network {where}; docs/published"
        ):
            lifting.Lifter(where, WIDTH, HEIGHT).check()


def test_without_onnxruntime_it_is_said_how_to_get_it(tmp_path, monkeypatch):
    lift = by_context(tmp_path / "net.onnx")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(errors.InputError, match="pip install onnxruntime"):
        lift.check()


def test_the_network_is_read_once(tmp_path):
    lift = by_context(tmp_path / "net.onnx")
    lift.check()
    lift.path.unlink()
    assert lift(*walk(2)).shape == (2, 17, 3)


def test_a_lifter_in_use_goes_to_another_process(tmp_path):
    lift = by_context(tmp_path / "net.onnx")
    keypoints, confidence = walk(2)
    found = lift(keypoints, confidence)
    again = pickle.loads(pickle.dumps(lift))
    np.testing.assert_array_equal(again(keypoints, confidence), found)


def openpose_folder(folder, keypoints, hidden=()):
    """OpenPose's frames [T, 25, 2]; hidden: pairs of a frame and a joint."""
    folder.mkdir(parents=True)
    for t, frame in enumerate(keypoints):
        confidence = np.array(
            [(t, joint) not in hidden for joint in skeletons.OPENPOSE_25.joints], float
        )
        values = np.concatenate(
            [frame * confidence[:, np.newaxis], confidence[:, np.newaxis]], axis=1
        )
        content = {"people": [{"pose_keypoints_2d": values.ravel().tolist()}]}
        (folder / f"{t:04d}_keypoints.json").write_text(json.dumps(content))


def keypoints_25(num_frames, seed):
    random = np.random.default_rng(seed)
    return random.uniform((40, 20), (280, 220), (num_frames, 25, 2))


def expected_of(keypoints):
    """The 14 joints that `by_context` in the order of COCO makes of 25, by name."""
    index = {joint: i for i, joint in enumerate(skeletons.OPENPOSE_25.joints)}
    found = []
    for joint in skeletons.OPENPOSE_14.joints:
        # Human3.6M's thorax becomes the neck; this network puts the shoulder there.
        source = "ShoulderLeft" if joint == "Neck" else joint
        x, y = ((keypoints[:, index[source]] - keypoints[:, index["HipLeft"]]) / 160).T
        found.append(np.stack([x, y, x + 2 * y], axis=1))
    return np.stack(found, axis=1)


def named_network(path):
    return by_context(path, mask=np.ones((1, 1, 17, 1), np.float32), order=FROM_COCO)


def test_openposes_frames_become_14_joints_in_3d(tmp_path):
    keypoints = keypoints_25(6, 0)
    # The far ear is never seen, a knee not once: that frame is left out.
    hidden = {(2, "KneeLeft"), *((t, "EarRight") for t in range(6))}
    openpose_folder(tmp_path / "001-nm-01-090", keypoints, hidden)
    (one,) = casia_b.find(tmp_path)
    found = casia_b.read(one, named_network(tmp_path / "net.onnx"))
    assert (found.read, found.dropped) == (6, 1)
    expected = expected_of(np.delete(keypoints, 2, axis=0))
    np.testing.assert_allclose(found.positions, expected, atol=1e-5)


def quiet(*_):
    pass


CASIA_B = next(raw for raw in published.RAW if raw.name == "CASIA_B")


def converted(tmp_path, lift):
    target = conversion.Target((4,), tmp_path / "Datasets")
    raw = published.lifted(CASIA_B, lift)
    return conversion.convert_published(raw, tmp_path, target, quiet)


def test_casia_b_is_lifted_into_sequences(tmp_path):
    for seed, name in enumerate(("001-nm-01-090", "063-nm-01-090", "063-cl-01-090")):
        openpose_folder(tmp_path / "CASIA_B" / name, keypoints_25(4, seed))
    lift = named_network(tmp_path / "my net.onnx")
    (made,) = converted(tmp_path, lift)
    folder = made.folder / npy_store.TEST_FOLDER / "cl"
    (found,) = npy_store.read(folder, "CASIA_B", 4, 14).sequences
    np.testing.assert_allclose(found, expected_of(keypoints_25(4, 2)), atol=1e-5)
    command = descriptor.read(made.folder).made_by
    assert command.endswith(f"--lift '{lift.path}' --image_size 320x240")


def test_keypoints_that_cannot_be_lifted_name_their_recording(tmp_path):
    folder = tmp_path / "CASIA_B" / "001-nm-01-090"
    openpose_folder(folder, keypoints_25(4, 0) * 4)
    with pytest.raises(errors.InputError, match="--image_size") as caught:
        converted(tmp_path, named_network(tmp_path / "net.onnx"))
    assert str(caught.value).startswith(f"{folder}: a keypoint is at")


def test_a_missing_network_is_said_before_anything_is_read(tmp_path):
    with pytest.raises(errors.InputError, match="There is no network"):
        converted(tmp_path, lifting.Lifter(tmp_path / "net.onnx", WIDTH, HEIGHT))
