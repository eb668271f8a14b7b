"""Runs under the auto preset: what they rest on, repeat, and make of poor data."""

import dataclasses
import pathlib

import numpy as np
import pytest

from simmc_tf import (
    auto,
    checkpoints,
    errors,
    evaluation,
    experiment,
    history,
    labelling,
    memory,
    pipeline,
    runs,
    whitening,
    yardsticks,
)
from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf.sharded import embedding
from tests import recorded_walks
from tests.test_experiment import equal_weights, read_best, shuffled_persons, weights

CONFIG = configs.Config(
    H=16,
    mask_x=1,
    mask_x_2=1,
    eps=0.6,
    t=0.3,
    k1=8,
    k2=3,
    batch_size=16,
    epochs=3,
    lr=0.005,
    protocol=configs.STRICT,
    preset=configs.AUTO,
)


def train(data, folder, **changes):
    """Result of a run, and the lines that it printed."""
    lines = []
    config = dataclasses.replace(CONFIG, **changes)
    return experiment.train(data, config, folder, {}, lines.append), lines


def set_up(data, folder, **changes):
    lines = []
    config = dataclasses.replace(CONFIG, **changes)
    return auto.set_up(data, config, history.History(folder), lines.append), lines


def training_on(sequences, persons=None, like=None):
    """These sequences to train on, and probes of other walks."""
    like = recorded_walks.data() if like is None else like
    persons = np.zeros(len(sequences), np.int64) if persons is None else persons
    return dataclasses.replace(like, train=data_module.Split(sequences, persons))


@pytest.fixture(scope="module")
def walks():
    """12 recordings of 4 persons for training; others for probes and gallery."""
    return recorded_walks.data(scale=4.0)


@pytest.fixture(scope="module")
def trained(walks, tmp_path_factory):
    """Folder, result and printed lines of a run."""
    folder = tmp_path_factory.mktemp("auto")
    return folder, *train(walks, folder)


@pytest.fixture(scope="module")
def apart():
    """The same walks cut so that no window overlaps another."""
    return recorded_walks.data(scale=4.0, stride=recorded_walks.FRAMES)


@pytest.fixture(scope="module")
def trained_apart(apart, tmp_path_factory):
    """Folder, result and printed lines of a run on these."""
    folder = tmp_path_factory.mktemp("apart")
    return folder, *train(apart, folder)


KINDS = pytest.mark.parametrize(
    ("kind", "run"), [("walks", "trained"), ("apart", "trained_apart")]
)


def test_recordings_that_overlap_are_clustered_whole(walks, tmp_path):
    setting, lines = set_up(walks, tmp_path)

    np.testing.assert_array_equal(setting.tracks, np.arange(72) // 6)
    assert setting.halves is not None
    assert len(lines) == 1 and "recordings: 12, told by the frames" in lines[0]
    assert not setting.data.coordinates


def test_sequences_that_do_not_overlap_are_clustered_alone(apart, tmp_path):
    setting, lines = set_up(apart, tmp_path)

    assert (setting.tracks, setting.halves) == (None, None)
    assert "hardly share frames; all 36 sequences" in lines[0]
    _, lines = set_up(dataclasses.replace(apart, coordinates=False), tmp_path)
    assert "representations do not show which frames" in lines[0]


def test_without_tracks_nobody_looks_for_them(walks, tmp_path, monkeypatch):
    monkeypatch.setattr(auto.tracks, "find", lambda *_: pytest.fail())

    setting, _ = set_up(walks, tmp_path, without="tracks")

    assert (setting.tracks, setting.halves) == (None, None)
    assert setting.preparation is not None


@pytest.mark.parametrize("protocol", [configs.PUBLISHED, configs.STRICT])
def test_the_published_preset_leaves_data_as_they_are(protocol, walks, tmp_path):
    setting, lines = set_up(
        walks, tmp_path, preset=configs.PUBLISHED, protocol=protocol
    )

    assert setting == auto.Setting(walks) and setting.data is walks
    assert not lines


def overlapping(*counts):
    """Recordings of as many half overlapping windows as told."""
    walks = [
        recorded_walks.recordings(1, 1, 2 * count + 2, seed=number, body=number)[0][0]
        for number, count in enumerate(counts)
    ]
    return recorded_walks.split(walks, np.arange(len(walks)))[0]


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([6], "1 recording is too few; all 6 sequences"),
        ([6, 5], "2 recordings are too few; all 11 sequences"),
        ([1, 1, 1], "hardly share frames; all 3 sequences"),
        ([2, 2, 1, 1, 1], "hardly share frames; all 7 sequences"),
        ([2, 2, 2], None),
        ([1, 1, 4], None),
    ],
)
def test_where_tracks_say_little_each_sequence_is_clustered_alone(
    counts, said, tmp_path
):
    train = overlapping(*counts)

    setting, lines = set_up(data_module.ReidData(train, None), tmp_path)

    assert (setting.tracks is None) == (said is not None)
    assert (said or f"recordings: {len(counts)}, told") in lines[0]


def test_more_recordings_than_distances_fit_are_clustered_alone(
    walks, tmp_path, monkeypatch
):
    monkeypatch.setattr(auto.merging, "MOST_TRACKS", 11)

    setting, lines = set_up(walks, tmp_path)

    assert setting.tracks is None
    assert "12 recordings are more than 11; all 72 sequences" in lines[0]


def test_a_run_trains_and_keeps_its_figures(trained):
    folder, result, lines = trained

    assert all(np.isfinite(row.loss) for row in result.run.rows[1:])
    assert all(row.outliers == 0 for row in result.run.rows)
    assert all(row.clusters_1 >= row.clusters_2 >= 2 for row in result.run.rows)
    assert read_best(folder)["preset"] == "auto"
    assert "whole recordings are clustered" in lines[0]
    assert result.scores.top1 > 0.7


@KINDS
def test_the_untrained_reference_is_row_0(kind, run, request):
    folder, result, _ = request.getfixturevalue(run)
    data = request.getfixturevalue(kind)
    reference = result.reference["untrained"]
    row = result.run.rows[0]

    assert (row.top1, row.top5, row.top10, row.mAP) == (
        *(reference.top1, reference.top5, reference.top10, reference.mean_ap),
    )
    best = read_best(folder)
    assert best["reference_all_pairs"]["untrained"] == dataclasses.asdict(reference)
    counts = (len(data.matching.probe), len(data.matching.gallery))
    assert (reference.num_probes, reference.num_gallery) == counts


@KINDS
def test_the_untrained_reference_is_whitened_as_the_trained_model_is(
    kind, run, request, tmp_path
):
    data, result = request.getfixturevalue(kind), request.getfixturevalue(run)[1]
    setting, _ = set_up(data, tmp_path)
    simmc = checkpoints.build(CONFIG, 15, preparation=setting.preparation)
    past = history.History(tmp_path)
    past.begin_epoch()
    sequences = setting.data.train.sequences
    found = labelling.cluster_views(
        *(pipeline.BulkEncoder(simmc.encoder), sequences, np.arange(len(sequences))),
        *(0, CONFIG, past, None, setting.tracks),
    )
    simmc.encoder.set_whitening(found.whitening)

    scores, _ = experiment.evaluate(data, CONFIG, simmc)

    assert scores == result.reference["untrained"]


@KINDS
def test_what_the_encoder_sees_is_a_yardstick_too(kind, run, request, tmp_path):
    data, result = request.getfixturevalue(kind), request.getfixturevalue(run)[1]
    seen = set_up(data, tmp_path)[0].data.matching
    means = [part.sequences.mean(axis=1) for part in (seen.gallery, seen.probe)]
    expected = evaluation.evaluate(
        *(means[0], seen.gallery.persons, means[1], seen.probe.persons),
        distance=evaluation.COSINE,
    )
    found = result.reference[yardsticks.PREPARED]
    assert dataclasses.asdict(found) == pytest.approx(dataclasses.asdict(expected))


def test_recordings_found_again_select_where_they_overlap(trained, trained_apart):
    assert read_best(trained[0])["selected_by"] == "quality"
    rows = trained[1].run.rows
    assert all(0 < row.track_mAP <= 1 for row in rows)
    assert all(row.quality == min(row.track_mAP, row.silhouette) for row in rows)
    assert read_best(trained_apart[0])["selected_by"] == "view_agreement"
    assert all(row.track_mAP is None for row in trained_apart[1].run.rows)
    assert all(row.quality is None for row in trained_apart[1].run.rows)


@KINDS
def test_the_same_seed_repeats_a_run_bit_for_bit(kind, run, request, tmp_path):
    folder = request.getfixturevalue(run)[0]

    train(request.getfixturevalue(kind), tmp_path)

    for name in ("metrics.csv", checkpoints.BEST, checkpoints.CONFIG):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()
    assert equal_weights(tmp_path, folder)


def test_another_seed_gives_another_run(trained, walks, tmp_path):
    train(walks, tmp_path, seed=1, epochs=1)

    assert not equal_weights(tmp_path, trained[0])


LABELLED = ("top1", "top5", "top10", "mAP", "MI_1", "MI_2", "AMI_1", "AMI_2")


def unlabelled(row):
    """What a row tells without any person."""
    labelled = (*LABELLED, "mACT", "mRCL")
    return {k: v for k, v in dataclasses.asdict(row).items() if k not in labelled}


@KINDS
def test_no_label_reaches_training_or_selection(kind, run, request, tmp_path):
    folder, expected, _ = request.getfixturevalue(run)

    result, _ = train(shuffled_persons(request.getfixturevalue(kind)), tmp_path)

    assert result.best_epoch == expected.best_epoch
    assert list(map(unlabelled, result.run.rows)) == list(
        map(unlabelled, expected.run.rows)
    )
    assert equal_weights(tmp_path, folder)
    assert result.scores != expected.scores  # The persons did change.


@pytest.mark.parametrize("probes", [True, False])
def test_without_persons_or_probes_the_weights_are_the_same(
    probes, trained, walks, tmp_path
):
    unknown = np.full(len(walks.train), -1)
    data = training_on(walks.train.sequences, unknown, like=walks)
    if not probes:
        data = dataclasses.replace(data, matching=None)

    result, _ = train(data, tmp_path)

    assert result.best_epoch == trained[1].best_epoch
    assert equal_weights(tmp_path, trained[0])
    assert result.scores == (trained[1].scores if probes else None)


@KINDS
def test_evaluating_the_saved_model_repeats_the_figures_exactly(kind, run, request):
    data = request.getfixturevalue(kind)
    folder, result, _ = request.getfixturevalue(run)
    simmc, config, _ = checkpoints.load(folder)
    lines = []

    scores, scores_all = experiment.evaluate(data, config, simmc)
    runs.evaluate(data, folder, lambda *_: None, lines.append)

    assert scores == scores_all == result.scores == result.scores_all
    assert dataclasses.asdict(scores) == read_best(folder)["scores"]
    assert f"{scores.mean_ap:6.4f}" in "\n".join(lines)
    row = result.run.rows[result.best_epoch]
    assert (row.top1, row.mAP) == (
        pytest.approx(scores.top1),
        pytest.approx(scores.mean_ap),
    )


def test_a_model_that_was_saved_embeds_as_before_to_the_last_bit(walks, tmp_path):
    setting, _ = set_up(walks, tmp_path)
    simmc = checkpoints.build(CONFIG, 15, preparation=setting.preparation)
    generator = np.random.default_rng(0)
    simmc.encoder.set_whitening(
        whitening.Whitening(*(generator.normal(size=size) for size in (16, (16, 16))))
    )
    description = {
        "hyperparameters": checkpoints.hyperparameters(CONFIG),
        "skeleton_size": 15,
        "best_epoch": 1,
        "data_sha256": {},
        "preparation": setting.preparation.get_config(),
    }
    checkpoints.save(tmp_path, simmc, description)

    loaded = checkpoints.load(tmp_path)[0]

    sequences = walks.matching.probe.sequences
    found, expected = (
        pipeline.BulkEncoder(model.encoder, model.preparation).whole(sequences)
        for model in (loaded, simmc)
    )
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize(
    "kept", [None, {}, 3, "x", {"size": "many"}, {"size": 7}, {"sizes": 25}]
)
def test_a_preparation_that_is_not_described_is_refused(kept, trained, tmp_path):
    simmc, _, description = checkpoints.load(trained[0])
    checkpoints.save(tmp_path, simmc, {**description, "preparation": kept})

    with pytest.raises(errors.InputError, match="cannot be read"):
        checkpoints.load(tmp_path)


def test_the_encoder_of_shards_embeds_raw_sequences_alike(trained, walks):
    simmc, _, _ = checkpoints.load(trained[0])
    sequences = walks.matching.gallery.sequences

    found = embedding.encoder(str(trained[0]), 15, -1)(sequences)

    expected = pipeline.BulkEncoder(simmc.encoder, simmc.preparation).whole(sequences)
    np.testing.assert_array_equal(found, expected)
    with pytest.raises(errors.InputError, match="takes 15 numbers"):
        embedding.encoder(str(trained[0]), 25, -1)


@KINDS
def test_data_too_large_to_hold_give_the_same_run(
    kind, run, request, tmp_path, monkeypatch
):
    data = request.getfixturevalue(kind)
    folder = request.getfixturevalue(run)[0]
    filed = {
        name: data_module.Split(recorded_walks.Filed(split.sequences), split.persons)
        for name, split in data.splits.items()
    }
    matching = data_module.Matching(filed["gallery"], filed["probe"])
    monkeypatch.setattr(memory, "is_large", lambda num_bytes: True)

    train(data_module.ReidData(filed["training"], matching), tmp_path)

    for name in ("metrics.csv", checkpoints.BEST):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()
    assert equal_weights(tmp_path, folder)
    assert {path.name for path in tmp_path.iterdir()} == {
        path.name for path in folder.iterdir()
    }


@pytest.mark.parametrize("width", [7, 400])
def test_representations_train(width, walks, tmp_path):
    mixing = np.random.default_rng(0).normal(size=(15, width))

    def split(raw):
        return data_module.Split(np.tanh(raw.sequences @ mixing / 500), raw.persons)

    matching = data_module.Matching(
        split(walks.matching.gallery), split(walks.matching.probe)
    )
    data = data_module.ReidData(split(walks.train), matching, coordinates=False)

    result, lines = train(data, tmp_path, epochs=2)

    assert data.train.sequences.dtype == np.float64
    assert "recordings: 12" in lines[0]
    simmc, config, description = checkpoints.load(tmp_path)
    assert description["preparation"]["size"] == min(width, 320)
    assert experiment.evaluate(data, config, simmc)[0] == result.scores


@pytest.mark.parametrize(
    "without", [",".join(configs.PARTS[::2]), ",".join(configs.PARTS[1::2])]
)
def test_parts_can_be_left_out(without, walks, tmp_path):
    result, _ = train(walks, tmp_path, without=without, epochs=2)

    assert np.isfinite(result.run.rows[-1].loss)
    simmc, config, _ = checkpoints.load(tmp_path)
    assert experiment.evaluate(walks, config, simmc)[0] == result.scores


def some_zeros():
    sequences = recorded_walks.data().train.sequences.copy()
    sequences[::3, 1] = 0
    sequences[[0, 5]] = 0
    return sequences


def one_joint_still():
    """Told in coordinates that nobody's facing changes, so that it stays still."""
    sequences = recorded_walks.data().train.sequences.copy()
    sequences[:, :, 6:9] = [0.0, 333.3, 0.0]
    return sequences


def first(number):
    return recorded_walks.data().train.sequences[:number]


POOR = {
    "all identical": lambda: np.repeat(first(1), 30, axis=0),
    "copies": lambda: np.repeat(first(72)[::6], 3, axis=0),
    "all zeros": lambda: 0 * first(30),
    "some zeros": some_zeros,
    "a joint that never moves": one_joint_still,
    "nobody moves": lambda: recorded_walks.data(scale=0.0).train.sequences,
    "one track": lambda: overlapping(19).sequences,
    "three tracks": lambda: overlapping(10, 5, 9).sequences,
    "two sequences": lambda: first(72)[[0, 20]],
    "two sequences of a track": lambda: first(2),
}


@pytest.mark.parametrize("kind", POOR)
def test_poor_data_end_in_a_model_of_finite_numbers(kind, tmp_path):
    data = training_on(POOR[kind]().astype(np.float32))

    result, _ = train(data, tmp_path, epochs=2)

    assert [row.epoch for row in result.run.rows] == [0, 1, 2]
    assert all(np.isfinite(weight).all() for weight in weights(tmp_path))
    assert all(np.isfinite(row.loss) for row in result.run.rows[1:])
    simmc, _, _ = checkpoints.load(tmp_path)
    found = pipeline.BulkEncoder(simmc.encoder, simmc.preparation).whole(
        data.matching.probe.sequences
    )
    assert np.isfinite(found).all()


@pytest.mark.parametrize(
    "changes",
    [
        {"frames": 2},
        {"frames": 1, "mask_x": 0, "mask_x_2": 0},
        {"joints": 2},
        {"batch_size": 500},
    ],
    ids=str,
)
def test_odd_sizes_train(changes, tmp_path):
    sizes = {k: v for k, v in changes.items() if k in ("frames", "joints")}
    data = recorded_walks.data(**sizes)
    others = {k: v for k, v in changes.items() if k not in sizes}

    result, _ = train(data, tmp_path, epochs=2, **others)

    assert all(np.isfinite(row.loss) for row in result.run.rows[1:])
    assert all(np.isfinite(weight).all() for weight in weights(tmp_path))
    assert result.scores.top1 > 0.5


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_sequences_are_refused_in_one_line(count, walks, tmp_path):
    with pytest.raises(errors.InputError, match=f"{count}") as raised:
        train(training_on(first(count)), tmp_path / "run")

    assert "\n" not in str(raised.value)
    assert "--batch_size" not in str(raised.value)  # It would not help.
    assert not pathlib.Path(tmp_path / "run").exists()
