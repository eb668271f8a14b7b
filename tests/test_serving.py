"""The JSON that docs/deployment.md sends to TensorFlow Serving."""

import json
import pathlib
import re

import numpy as np
import pytest

from simmc_tf.export import embedder
from tests import exported_models, serving

ROOT = pathlib.Path(__file__).resolve().parents[1]
JOINTS = exported_models.sequences(2, 3)
VISIBLE = np.array([[True, False, True], [True, True, True]])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    exported_models.export(folder, "auto")
    return folder / "export"


@pytest.fixture(scope="module")
def expected(folder):
    found = embedder.load(folder)
    return found.embed(JOINTS), found.embed(JOINTS, VISIBLE)


def answer(folder, request):
    """Of the server that has export/ as the base path of a model."""
    return json.loads(serving.predict(folder / "1", json.dumps(request)))


def assert_equal(found, expected):
    # Decimal digits are not float32's.
    assert np.allclose(found, expected, rtol=0, atol=1e-6 * np.abs(expected).max())


def test_a_server_finds_one_version_by_its_number(folder):
    assert [path.name for path in folder.iterdir() if path.is_dir()] == ["1"]
    assert (folder / "1" / "saved_model.pb").is_file()
    assert (folder / "1" / "variables" / "variables.index").is_file()


@pytest.mark.parametrize(
    "request_of",
    [
        lambda joints: {"instances": joints},
        lambda joints: {"instances": [{"joints": each} for each in joints]},
        lambda joints: {"signature_name": "serving_default", "instances": joints},
    ],
    ids=["rows", "named rows", "named signature"],
)
def test_rows_of_sequences_are_answered_by_rows(folder, expected, request_of):
    found = answer(folder, request_of(JOINTS.tolist()))

    assert_equal(found["predictions"], expected[0])


@pytest.mark.parametrize("named", [True, False])
def test_columns_are_answered_by_columns(folder, expected, named):
    joints = JOINTS.tolist()

    found = answer(folder, {"inputs": {"joints": joints} if named else joints})

    assert_equal(found["outputs"], expected[0])


def test_missing_frames_are_told_by_another_signature(folder, expected):
    # JSON has no NaN.
    joints = np.where(VISIBLE[..., np.newaxis, np.newaxis], JOINTS, 0).tolist()
    visible = VISIBLE.tolist()
    rows = [
        {"joints": each, "visible": seen}
        for each, seen in zip(joints, visible, strict=True)
    ]

    by_row = answer(folder, {"signature_name": "with_visibility", "instances": rows})
    by_column = answer(
        folder,
        {
            "signature_name": "with_visibility",
            "inputs": {"joints": joints, "visible": visible},
        },
    )

    assert_equal(by_row["predictions"], expected[1])
    assert_equal(by_column["outputs"], expected[1])


def test_skeletons_are_answered_one_by_one(folder):
    joints = JOINTS.tolist()

    found = answer(folder, {"signature_name": "per_skeleton", "instances": joints})

    single = embedder.load(folder).embed(JOINTS.reshape(6, 1, *JOINTS.shape[2:]))
    assert_equal(np.reshape(found["predictions"], (6, -1)), single)


def test_the_requests_of_the_documentation_are_answered(folder):
    text = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    requests = re.findall(r"^ *(\{\"(?:instances|signature_name)\".*\})$", text, re.M)
    assert len(requests) >= 3
    skeleton = json.dumps(JOINTS[0, 0].tolist())
    for request in requests:
        # A skeleton is written S there.
        found = json.loads(
            serving.predict(folder / "1", re.sub(r"\bS\b", skeleton, request))
        )
        (rows,) = found.values()
        assert np.isfinite(rows).all() and np.shape(rows)[-1] == 16
