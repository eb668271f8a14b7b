"""An exported model gives what the encoder in memory gives, wherever it is loaded."""

import functools
import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from simmc_tf import errors
from simmc_tf.export import embedder
from tests import exported_models

JOINTS = exported_models.JOINTS


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Function that exports a run of a kind, once; all are in one folder."""
    folder = tmp_path_factory.mktemp("runs")
    return functools.cache(lambda kind: exported_models.export(folder / kind, kind))


@pytest.fixture(scope="module", params=exported_models.CONFIGS)
def run(request, made):
    return made(request.param)


@pytest.fixture(scope="module")
def loaded(run):
    return embedder.load(run.folder)


def assert_equal(found, expected):
    """Within a millionth of the largest number."""
    assert found.shape == expected.shape and found.dtype == np.float32
    assert np.abs(expected).max() > 0
    assert np.abs(found - expected).max() <= 1e-6 * np.abs(expected).max()


@pytest.mark.parametrize(
    ("count", "length"), [(1, 1), (1, 4), (5, 4), (7, 9), (2100, 2)]
)
def test_an_export_embeds_any_number_of_sequences_of_any_length(
    run, loaded, count, length
):
    sequences = run.draw(count, length)

    assert_equal(loaded.embed(sequences), run.encode(sequences))


def test_what_is_not_visible_reaches_nothing(run, loaded):
    sequences = run.draw(6, 5)
    visible = np.ones((6, 5), bool)
    visible[:, 1] = visible[:3, 4] = False
    hidden = sequences.copy()
    hidden[~visible] = np.nan

    found = loaded.embed(hidden, visible)

    expected = [
        run.encode(sequence[np.newaxis, seen])[0]
        for sequence, seen in zip(sequences, visible, strict=True)
    ]
    assert_equal(found, np.stack(expected))


def test_who_is_never_visible_is_embedded_as_zeros(run, loaded):
    sequences = run.draw(3, 4)
    visible = np.ones((3, 4), bool)
    visible[1] = False
    sequences[1] = np.inf

    found = loaded.embed(sequences, visible)

    assert not found[1].any()
    assert found[0].any() and found[2].any()


def test_where_all_is_visible_nothing_changes(run, loaded):
    sequences = run.draw(5, 4)

    found = loaded.embed(sequences, np.ones((5, 4), bool))

    assert_equal(found, loaded.embed(sequences))


def test_a_skeleton_is_embedded_as_a_sequence_of_its_own(run):
    sequences = run.draw(3, 4)
    single = tf.saved_model.load(str(run.folder / "export" / "1")).signatures[
        "per_skeleton"
    ]
    name = "joints" if run.coordinates else "vectors"

    found = single(**{name: tf.constant(sequences)})["embedding"].numpy()

    expected = run.encode(sequences.reshape(12, 1, *sequences.shape[2:]))
    assert_equal(found.reshape(12, -1), expected)


def test_an_export_says_what_it_is(run, loaded):
    about = loaded.about
    config = json.loads((run.folder / "config.json").read_text(encoding="utf-8"))

    if run.coordinates:
        assert (about.kind, about.unit) == ("joints", "m")
        assert about.skeleton == (JOINTS, 3)
        assert about.joint_names == tuple(config["joint_names"])
    else:
        assert (about.kind, about.unit) == ("vectors", None)
        assert (about.skeleton, about.joint_names) == ((3 * JOINTS,), ())
    assert (about.size, about.length, about.best_epoch) == (16, 4, 3)
    assert (about.dataset, about.probe) == ("Mine", "probe")
    assert about.hyperparameters == config["hyperparameters"]
    assert about.versions == config["versions"]


def test_vectors_that_are_coordinates_are_not_centred(made):
    run = made("published_vectors")
    sequences = run.draw(2, 4)

    found = embedder.load(run.folder).embed(sequences)

    moved = embedder.load(run.folder).embed(sequences + 1000)
    assert np.abs(found - moved).max() > 1e-3 * np.abs(found).max()


PROGRAM = """
import sys
sys.modules["simmc_tf"] = None  # Then it cannot be imported.
try:
    import simmc_tf
except ImportError:
    pass
else:
    raise SystemExit("simmc_tf can be imported")
import numpy as np
import tensorflow as tf
import keras

folder, kinds = sys.argv[1], sys.argv[2:]
joints, visible = np.load(folder + "/joints.npy"), np.load(folder + "/visible.npy")
found = {}
for kind in kinds:
    model = tf.saved_model.load(f"{folder}/{kind}/export/1")
    whole, seen, single = (
        model.signatures[name]
        for name in ("serving_default", "with_visibility", "per_skeleton")
    )
    found[kind + "_whole"] = whole(joints=tf.constant(joints))["embedding"]
    hidden = np.where(visible[..., None, None], joints, np.float32(np.nan))
    found[kind + "_seen"] = seen(
        joints=tf.constant(hidden), visible=tf.constant(visible)
    )["embedding"]
    found[kind + "_single"] = single(joints=tf.constant(joints))["embedding"]
    stock = keras.models.load_model(f"{folder}/{kind}/export/embedder.keras")
    found[kind + "_keras"] = stock(joints)
    found[kind + "_one"] = stock(joints[:1, :1])
    with open(model.about.asset_path.numpy(), encoding="utf-8") as file:
        found[kind + "_about"] = np.array(file.read())
np.savez(folder + "/found.npz", **found)
"""


def test_it_loads_where_there_is_nothing_of_this_repository(made, tmp_path):
    kinds = "published", "auto"
    runs = {kind: made(kind) for kind in kinds}
    for kind, run in runs.items():
        (tmp_path / kind).symlink_to(run.folder)
    joints = exported_models.sequences(5, 6)
    visible = np.arange(30).reshape(5, 6) % 4 > 0
    np.save(tmp_path / "joints.npy", joints)
    np.save(tmp_path / "visible.npy", visible)

    done = subprocess.run(
        [sys.executable, "-I", "-c", PROGRAM, str(tmp_path), *kinds],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    with np.load(tmp_path / "found.npz") as found:
        for kind, run in runs.items():
            own = embedder.load(run.folder)
            assert_equal(found[f"{kind}_whole"], run.encode(joints))
            assert_equal(found[f"{kind}_keras"], run.encode(joints))
            assert_equal(found[f"{kind}_one"], run.encode(joints[:1, :1]))
            assert_equal(found[f"{kind}_seen"], own.embed(joints, visible))
            single = run.encode(joints.reshape(30, 1, JOINTS, 3))
            assert_equal(found[f"{kind}_single"].reshape(30, -1), single)
            assert json.loads(str(found[f"{kind}_about"]))["digest"] == own.about.digest


@pytest.fixture(scope="module")
def embedding(made):
    return embedder.load(made("published").folder)


@pytest.mark.parametrize(
    ("shape", "part"),
    [
        ((2, 4, JOINTS + 1, 3), f"[2, 4, {JOINTS + 1}, 3]"),
        ((2, 4, JOINTS, 2), f"[N, f, {JOINTS}, 3]"),
        ((4, JOINTS, 3), f"[4, {JOINTS}, 3]"),
        ((2, 0, JOINTS, 3), "at least 1 frame"),
        ((), f"[N, f, {JOINTS}, 3]"),
    ],
)
def test_sequences_of_another_shape_are_refused(embedding, shape, part):
    with pytest.raises(errors.InputError) as refused:
        embedding.embed(np.zeros(shape))

    assert part in str(refused.value)


def test_what_is_not_finite_is_refused_by_its_place(embedding):
    sequences = exported_models.sequences(3, 4)
    sequences[1, 2, 3] = np.nan

    with pytest.raises(errors.InputError, match="Sequence 1, frame 2 .*`visible`"):
        embedding.embed(sequences)
    visible = np.ones((3, 4), bool)
    visible[0] = False
    with pytest.raises(errors.InputError, match="Sequence 1, frame 2 "):
        embedding.embed(sequences, visible)


def test_what_float32_cannot_hold_is_refused(embedding):
    with pytest.raises(errors.InputError, match="Sequence 0, frame 0 "):
        embedding.embed(np.full((1, 1, JOINTS, 3), 1e300))


def test_a_visibility_of_another_shape_is_refused(embedding):
    sequences = exported_models.sequences(3, 4)
    expected = r"expected truth values \[3, 4\]"
    with pytest.raises(
        errors.InputError, match=rf"visible has shape \[3\] .*{expected}"
    ):
        embedding.embed(sequences, np.ones(3, bool))
    with pytest.raises(errors.InputError, match=f"type <U3; {expected}"):
        embedding.embed(sequences, [["yes"] * 4] * 3)
    with pytest.raises(errors.InputError, match="visible is no array"):
        embedding.embed(sequences, [[True] * 4, [True] * 3, [True] * 4])


def test_sequences_of_different_lengths_are_refused(embedding):
    first, second = exported_models.sequences(2, 4)
    with pytest.raises(errors.InputError, match="differ in shape.*simmc_tf.cut"):
        embedding.embed([first, second[:3]])


def test_lists_are_taken(embedding):
    sequences = exported_models.sequences(2, 4).astype(np.float64)
    visible = [[True] * 4, [False] + [True] * 3]

    found = embedding.embed(sequences.tolist(), visible)

    assert np.array_equal(found, embedding.embed(sequences, np.array(visible)))


def test_words_are_refused(embedding):
    with pytest.raises(errors.InputError, match="type <U4; expected numbers"):
        embedding.embed(np.full((1, 1, JOINTS, 3), "left"))


def test_no_sequences_have_no_embeddings(embedding):
    assert embedding.embed(np.zeros((0, 4, JOINTS, 3))).shape == (0, 16)


def test_whole_numbers_and_float64_are_taken(embedding):
    sequences = np.round(exported_models.sequences(3, 4))

    found = embedding.embed(sequences.astype(np.int64))

    assert np.array_equal(found, embedding.embed(sequences.astype(np.float64)))
