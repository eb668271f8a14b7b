"""What a command line of Pre-process.py may say, and what it comes to."""

import pathlib

import pytest
from absl import flags

from datasets.raw import lifting, published, sensors
from flags import preprocess, sources
from simmc_tf import errors


def preprocess_options(*arguments):
    """Options of a command line of Pre-process.py."""
    values = flags.FlagValues()
    preprocess.define(values)
    rest = values(["Pre-process.py", *arguments])[1:]
    return preprocess.read(values, rest)


FILE = ("--recordings", "walks.npz")
NAME = ("--dataset", "Mine")


def test_recordings_are_turned_into_every_length():
    found = preprocess_options("6", "8", *FILE, *NAME, "--seed", "3", "--unit", "mm")
    assert found.target.lengths == (6, 8) and found.dataset == "Mine"
    assert found.source == sources.RecordingsFile(pathlib.Path("walks.npz"), "mm")
    assert found.target.seed == 3


def test_lengths_may_follow_the_flags():
    assert preprocess_options(*FILE, *NAME, "6").target.lengths == (6,)


def test_without_a_seed_and_a_unit_it_is_0_and_what_the_file_says():
    found = preprocess_options("6", *FILE, *NAME)
    assert (found.target.seed, found.source.unit) == (0, None)
    assert found.target.data_root == pathlib.Path("Datasets")


def test_a_length_given_twice_counts_once():
    assert preprocess_options("8", "6", "8", *FILE, *NAME).target.lengths == (8, 6)


def test_without_recordings_all_published_data_sets_are_looked_for_here():
    found = preprocess_options("6")
    assert found.source == sources.Published(published.RAW, False, pathlib.Path("."))
    assert found.dataset is None


def test_data_sets_can_be_named_in_any_spelling():
    found = preprocess_options("6", "--dataset", "kgbd,CAISA_B, KGBD")
    assert [raw.name for raw in found.source.raw] == ["KGBD", "CASIA_B"]
    assert found.source.named


def test_casia_b_can_be_lifted_and_its_images_are_320_wide():
    for names in ([], ["--dataset", "KGBD,casia-b"]):
        found = preprocess_options("40", *names, "--lift", "net.onnx")
        assert found.source.lift == lifting.Lifter(pathlib.Path("net.onnx"), 320, 240)


def test_the_size_of_the_images_to_lift_can_be_said():
    found = preprocess_options("40", "--lift", "net.onnx", "--image_size", "1280x720")
    assert (found.source.lift.width, found.source.lift.height) == (1280, 720)


def test_nothing_is_lifted_unless_asked_for():
    assert preprocess_options("40").source.lift is None


@pytest.mark.parametrize(
    "size", ["320", "320x", "0x240", "-320x240", "320x240x3", "1e3x240", "320 x 240"]
)
def test_a_size_that_is_none_is_refused(size):
    with pytest.raises(errors.InputError, match="width and height in pixels") as caught:
        preprocess_options("40", "--lift", "net.onnx", "--image_size", size)
    assert repr(size) in str(caught.value)


def folder_options(*more):
    return preprocess_options(
        "6", "--from", "kinect2_csv", "--input", "people", *NAME, *more
    )


def test_a_folder_is_read_in_its_formats_own_unit_and_rate():
    source = folder_options().source
    sensor = sensors.SENSORS["kinect2_csv"]
    assert source.path == pathlib.Path("people") and source.naming is None
    assert source.reader.sensor is sensor
    assert (source.reader.metres, source.reader.assumed_fps) == (None, sensor.fps)
    assert source.reader.fps is None and source.reader.joints is None


def test_what_is_known_of_a_folder_can_be_said():
    source = folder_options(
        *("--unit", "mm", "--input_fps", "15", "--fps", "30", "--joints", "kinect_v1"),
        *("--pattern", r"(?P<person>\d+)"),
    ).source
    reader = source.reader
    assert (reader.metres, reader.input_fps, reader.fps) == (0.001, 15.0, 30.0)
    assert reader.joints == "kinect_v1" and source.naming.groups == 1


def test_recordings_can_be_saved_without_cutting_them():
    found = preprocess_options(*FILE, "--save", "out.npz")
    assert found.save == pathlib.Path("out.npz")
    assert found.dataset is None and found.target.lengths == ()


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([*FILE, *NAME], "no sequence length"),
        (["0", *FILE, *NAME], "'0'"),
        (["six", *FILE, *NAME], "'six'"),
        (["6.5", *FILE, *NAME], "'6.5'"),
        (["²", *FILE, *NAME], "'²'"),
        (["6", "", *FILE, *NAME], "''"),
        (["1000000", *FILE, *NAME], "'1000000'"),
        ([], "python Pre-process.py 6"),
        (["6", *NAME], "--recordings FILE.npz, or --from FORMAT"),
        (["6", *FILE, *NAME, "--input", "people"], "exclude each other"),
        (["6", *NAME, "--input", "people"], "--from is missing"),
        (["6", *NAME, "--from", "kinect2_csv"], "--from goes with --input"),
        (["6", *FILE, *NAME, "--fps", "30"], "--fps goes with --input"),
        (["6", *FILE, *NAME, "--raw_root", "raw"], "--raw_root is for published"),
        (["6", "--unit", "mm"], "--unit goes with"),
        (["6", "--save", "out.npz"], "--save goes with"),
        (["6", "--splits", "splits.json"], "--dataset KGBD"),
        (["6", "--dataset", "KGBD,KS20", "--splits", "s.json"], "of one data set"),
        (["6", "--dataset", "KGBD,Mine"], "--dataset Mine: no published data set"),
        (["6", *FILE], "--dataset is missing"),
        (["6", *FILE, "--dataset", ""], "--dataset is missing"),
        (["6", *FILE, "--dataset", "../up"], "'../up'"),
        (["6", *FILE, "--dataset", "a/b"], "'a/b'"),
        (["6", *FILE, "--dataset", "KS20"], "KS20 is the name of a known"),
        (["6", *FILE, "--dataset", "caisa_b"], "caisa_b is the name of a known"),
        (["6", *FILE, "--dataset", "Synthetic"], "Synthetic is the name of a known"),
        (["6", "--image_size", "320x240"], "--image_size goes with --lift"),
        (["6", "--dataset", "KGBD", "--lift", "a.onnx"], "name CASIA_B in --dataset"),
        (["6", *FILE, *NAME, "--lift", "a.onnx"], "raw CASIA_B alone"),
        (["6", *FILE, *NAME, "--image_size", "1x1"], "--image_size goes with --lift"),
        (["6", *FILE, *NAME, "--seed", "-1"], "--seed must be 0 or more"),
    ],
)
def test_a_command_that_cannot_be_followed_says_why(arguments, part):
    with pytest.raises(errors.InputError) as caught:
        preprocess_options(*arguments)
    assert part in str(caught.value)


@pytest.mark.parametrize("unit", ["feet", "0.0254", ""])
def test_a_recordings_file_has_a_known_unit(unit):
    with pytest.raises(errors.InputError, match="expected m, cm, mm"):
        preprocess_options("6", *FILE, *NAME, "--unit", unit)


def test_a_folders_unit_may_be_a_number_of_metres():
    assert folder_options("--unit", "0.0254").source.reader.metres == 0.0254


@pytest.mark.parametrize("unit", ["feet", "0", "-1", "inf", "nan"])
def test_a_folders_unit_is_not_anything(unit):
    with pytest.raises(errors.InputError, match="as a number above 0"):
        folder_options("--unit", unit)


def test_the_ends_of_a_folders_recordings_can_be_left_out():
    assert folder_options().source.reader.clip == 0
    assert folder_options("--clip", "5").source.reader.clip == 5


@pytest.mark.parametrize("flag", ["--fps", "--input_fps"])
@pytest.mark.parametrize("value", ["0", "-1", "inf", "nan", "1e9", "1001", "0.001"])
def test_a_frame_rate_that_cannot_be_is_refused(flag, value):
    with pytest.raises(errors.InputError, match="1 to 1000 frames a second") as caught:
        folder_options(flag, value)
    assert flag in str(caught.value)


@pytest.mark.parametrize("value", ["1", "1000", "59.94"])
def test_a_frame_rate_of_any_sensor_is_taken(value):
    reader = folder_options("--fps", value, "--input_fps", value).source.reader
    assert reader.fps == reader.assumed_fps == float(value)


@pytest.mark.parametrize(
    "arguments",
    [
        ["6", "--raw_root", ""],
        ["6", *NAME, "--recordings", ""],
        ["6", *NAME, "--from", "kinect2_csv", "--input", ""],
        ["40", "--lift", ""],
    ],
)
def test_an_empty_path_is_not_the_current_folder(arguments):
    with pytest.raises(errors.InputError, match=f"{arguments[-2]} is empty"):
        preprocess_options(*arguments)


def test_an_unknown_format_is_refused_with_those_there_are():
    with pytest.raises(flags.Error, match="kinect1_csv"):
        folder_options("--from", "crayons")
