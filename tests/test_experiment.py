"""Whole runs on a few walkers: repeatability, protocols, stopping, faults."""

import contextlib
import dataclasses
import json
import shutil

import numpy as np
import pytest

from simmc_tf import checkpoints, errors, experiment, resuming, runs
from simmc_tf import config as configs
from simmc_tf import data as data_module

CONFIG = configs.Config(
    H=16,
    mask_x=1,
    mask_x_2=1,
    eps=0.7,
    min_samples=4,
    k1=8,
    k2=3,
    batch_size=12,
    epochs=3,
    lr=0.005,
)
STRICT = dataclasses.replace(CONFIG, protocol=configs.STRICT)


def train(data, folder, config=CONFIG, **changes):
    """Result of a run, and the lines that it printed."""
    lines = []
    config = dataclasses.replace(config, **changes)
    return experiment.train(data, config, folder, {}, lines.append), lines


def weights(folder):
    return checkpoints.load(folder)[0].get_weights()


def equal_weights(first, second):
    pairs = zip(weights(first), weights(second), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


def read_best(folder):
    return json.loads((folder / checkpoints.BEST).read_text(encoding="utf-8"))


def shuffled_persons(data):
    """The same sequences under persons dealt out at random, in all splits."""
    generator = np.random.default_rng(1)

    def shuffled(split):
        return data_module.Split(split.sequences, generator.permutation(split.persons))

    matching = data_module.Matching(
        shuffled(data.matching.gallery), shuffled(data.matching.probe)
    )
    return dataclasses.replace(data, train=shuffled(data.train), matching=matching)


def without_probes(data):
    persons = np.full(len(data.train), -1)
    return dataclasses.replace(
        data, train=data_module.Split(data.train.sequences, persons), matching=None
    )


@pytest.fixture(scope="module")
def published(walks, tmp_path_factory):
    """Folder, result and printed lines of a run under the published protocol."""
    folder = tmp_path_factory.mktemp("published")
    return folder, *train(walks, folder)


@pytest.fixture(scope="module")
def strict(walks, tmp_path_factory):
    """Folder, result and printed lines of a run under the strict protocol."""
    folder = tmp_path_factory.mktemp("strict")
    return folder, *train(walks, folder, STRICT)


def test_a_run_leaves_the_model_and_its_figures(published):
    folder, result, lines = published

    assert sorted(path.name for path in folder.iterdir()) == [
        *("best.json", "best.weights.h5", "config.json", "metrics.csv", "timings.csv")
    ]
    assert [row.epoch for row in result.run.rows] == [0, 1, 2, 3]
    assert len(lines) == 4
    assert result.run.rows[0].loss is None
    assert all(np.isfinite(row.loss) for row in result.run.rows[1:])


def test_the_loss_of_an_epoch_is_made_of_its_terms(published):
    for row in published[1].run.rows[1:]:
        expected = CONFIG.mic_weight * row.mic + (1 - CONFIG.mic_weight) * row.mpc
        assert row.loss == pytest.approx(expected, rel=1e-5)


def test_the_same_seed_repeats_a_run_bit_for_bit(published, walks, tmp_path):
    folder = published[0]

    train(walks, tmp_path)

    for name in ("metrics.csv", checkpoints.BEST, checkpoints.CONFIG):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()
    assert equal_weights(tmp_path, folder)


def test_another_seed_gives_another_run(published, walks, tmp_path):
    train(walks, tmp_path, seed=1)

    assert not equal_weights(tmp_path, published[0])
    assert (tmp_path / "metrics.csv").read_bytes() != (
        published[0] / "metrics.csv"
    ).read_bytes()


def test_training_changes_the_weights(published):
    initial = checkpoints.build(CONFIG, skeleton_size=9).get_weights()

    for before, after in zip(initial, weights(published[0]), strict=True):
        assert not np.array_equal(before, after)


def unlabelled(row):
    """What a row tells without any person."""
    return (
        *(row.epoch, row.loss, row.mpc, row.mic, row.clusters_1, row.clusters_2),
        *(row.outliers, row.view_agreement),
    )


def test_strict_training_and_selection_read_no_person_at_all(strict, walks, tmp_path):
    folder, expected, _ = strict

    result, _ = train(shuffled_persons(walks), tmp_path, STRICT)

    assert result.best_epoch == expected.best_epoch
    assert [unlabelled(row) for row in result.run.rows] == [
        unlabelled(row) for row in expected.run.rows
    ]
    assert equal_weights(tmp_path, folder)
    assert result.scores != expected.scores  # The persons did change.


def test_published_training_reads_the_persons(published, walks, tmp_path):
    _, expected, _ = published

    result, _ = train(shuffled_persons(walks), tmp_path)

    assert unlabelled(result.run.rows[0]) != unlabelled(expected.run.rows[0])
    assert not equal_weights(tmp_path, published[0])


def test_strict_selects_the_epoch_with_the_highest_view_agreement(strict):
    rows = strict[1].run.rows[1:]

    best = max(rows, key=lambda row: row.view_agreement)

    assert strict[1].best_epoch == best.epoch
    assert read_best(strict[0])["epoch"] == best.epoch


def test_published_selects_the_first_epoch_with_the_highest_top_1(published):
    rows = published[1].run.rows[1:]

    # `max` takes the first of equals.
    assert published[1].best_epoch == max(rows, key=lambda row: row.top1).epoch


@pytest.mark.parametrize("protocol", ["published", "strict"])
def test_evaluating_the_saved_model_repeats_the_figures_exactly(
    protocol, request, walks
):
    folder = request.getfixturevalue(protocol)[0]
    simmc, config, _ = checkpoints.load(folder)

    scores, scores_all = experiment.evaluate(walks, config, simmc)

    best = read_best(folder)
    assert dataclasses.asdict(scores) == best["scores"]
    assert dataclasses.asdict(scores_all) == best["scores_all_pairs"]


def test_the_saved_model_is_that_of_the_best_epoch(strict):
    folder, result, _ = strict
    row = result.run.rows[result.best_epoch]

    scores = read_best(folder)["scores"]

    assert checkpoints.load(folder)[2]["best_epoch"] == result.best_epoch
    assert (scores["top1"], scores["mean_ap"]) == (row.top1, row.mAP)


def test_published_scores_leave_out_the_last_partial_batch(published):
    # Batches of 12: 12 of 15 probes and 12 of 20 gallery sequences.
    best = read_best(published[0])

    partial, whole = best["scores"], best["scores_all_pairs"]
    assert (partial["num_probes"], partial["num_gallery"]) == (12, 12)
    assert (whole["num_probes"], whole["num_gallery"]) == (15, 20)


def test_strict_scores_count_every_sequence(strict):
    best = read_best(strict[0])

    assert best["scores"] == best["scores_all_pairs"]
    assert best["scores"]["num_probes"] == 15
    assert best["scores"]["num_gallery"] == 20


def test_fewer_sequences_than_a_batch_all_count(walks, tmp_path):
    result, _ = train(walks, tmp_path, batch_size=30, epochs=1)

    assert (result.scores.num_probes, result.scores.num_gallery) == (15, 20)


def test_a_run_stops_when_no_epoch_was_better_for_as_long_as_patience(walks, tmp_path):
    # With a learning rate of next to nothing top-1 stays what it is after epoch 1.
    result, _ = train(walks, tmp_path, epochs=50, patience=2, lr=1e-12)

    assert result.best_epoch == 1
    assert [row.epoch for row in result.run.rows] == [0, 1, 2, 3]


def test_no_cluster_is_a_warning_and_trains_by_mic_alone(walks, tmp_path):
    result, lines = train(walks, tmp_path, min_samples=1000, epochs=2)

    assert [row.clusters_1 for row in result.run.rows] == [0, 0, 0]
    assert [row.mpc for row in result.run.rows[1:]] == [0, 0]
    assert all(row.mic != 0 for row in result.run.rows[1:])
    assert sum("warning: 0 and 0 clusters" in line for line in lines) == 3
    assert all(np.isfinite(weight).all() for weight in weights(tmp_path))


def test_one_cluster_is_a_warning_and_trains_by_mic_alone(walks, tmp_path):
    # Neighbours that are all the others make one cluster of everybody.
    changes = {"k1": 60, "k2": 60, "eps": 0.999, "min_samples": 2}
    result, lines = train(walks, tmp_path, STRICT, epochs=2, **changes)

    assert [row.clusters_1 for row in result.run.rows] == [1, 1, 1]
    assert [row.mpc for row in result.run.rows[1:]] == [0, 0]
    assert sum("warning: 1 and 1 clusters" in line for line in lines) == 3
    assert all(np.isfinite(weight).all() for weight in weights(tmp_path))


def test_a_run_that_diverges_keeps_no_broken_model(walks, tmp_path):
    # Whether it ends with a message or goes on is not the point here.
    with contextlib.suppress(errors.InputError):
        train(walks, tmp_path, lr=1e30, epochs=2)

    if (tmp_path / checkpoints.WEIGHTS).exists():
        assert all(np.isfinite(weight).all() for weight in weights(tmp_path))


@pytest.mark.parametrize("flag", ["mask_x", "mask_x_2"])
@pytest.mark.parametrize("value", [4, 5])
def test_masks_that_would_drop_every_skeleton_are_refused(flag, value, walks, tmp_path):
    with pytest.raises(errors.InputError, match=rf"--{flag} {value} .*below 4"):
        train(walks, tmp_path, **{flag: value})


def test_published_without_probes_is_refused(walks, tmp_path):
    with pytest.raises(errors.InputError, match="--protocol strict"):
        train(without_probes(walks), tmp_path)


def test_strict_trains_without_probes_and_persons(strict, walks, tmp_path):
    result, lines = train(without_probes(walks), tmp_path, STRICT)

    assert (result.scores, result.scores_all, result.reference) == (None, None, {})
    assert read_best(tmp_path)["scores"] is None
    assert result.best_epoch == strict[1].best_epoch
    assert equal_weights(tmp_path, strict[0])
    assert not any("top-1" in line for line in lines)


def test_probes_whose_persons_are_nowhere_in_the_gallery_are_refused(walks):
    probe = walks.matching.probe
    strangers = data_module.Split(probe.sequences, probe.persons + 100)

    with pytest.raises(errors.InputError, match="No probe's person is in the gallery"):
        data_module.Matching(walks.matching.gallery, strangers)


def test_the_untrained_model_and_the_yardsticks_are_told_for_comparison(published):
    best = read_best(published[0])

    assert list(best["reference_all_pairs"]) == [
        *("untrained", "mean coordinates", "mean joint distances, raw"),
        "mean joint distances, standardised",
    ]


@pytest.mark.parametrize("protocol", ["published", "strict"])
def test_the_untrained_model_is_told_on_all_pairs(protocol, request, walks):
    folder, result, _ = request.getfixturevalue(protocol)
    _, config, _ = checkpoints.load(folder)
    untrained = checkpoints.build(config, skeleton_size=9)

    _, expected = experiment.evaluate(walks, config, untrained)

    assert result.reference["untrained"] == expected
    assert (expected.num_probes, expected.num_gallery) == (15, 20)
    if protocol == "strict":
        row = result.run.rows[0]
        assert (row.top1, row.mAP) == (expected.top1, expected.mean_ap)


def test_the_configuration_is_saved_with_the_model(published):
    _, config, description = checkpoints.load(published[0])

    assert config == CONFIG
    assert description["skeleton_size"] == 9
    assert set(description["data_sha256"]) == {"training", "gallery", "probe"}


def test_fingerprints_tell_sequences_apart_and_not_persons(walks):
    known = experiment.fingerprint(walks)
    other = walks.train.sequences.copy()
    other[0, 0, 0] += 1
    changed = dataclasses.replace(
        walks, train=data_module.Split(other, walks.train.persons)
    )

    assert experiment.fingerprint(shuffled_persons(walks)) == known
    assert experiment.fingerprint(changed)["training"] != known["training"]
    assert experiment.fingerprint(changed)["probe"] == known["probe"]


def accept(config, description):
    """Lets any model be evaluated."""


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(errors.InputError, match=r"no trained model.*--mode Train"):
        checkpoints.load(tmp_path / "nowhere")


@pytest.mark.parametrize("name", [checkpoints.WEIGHTS, checkpoints.CONFIG])
def test_half_a_model_is_refused_by_what_is_missing(name, tmp_path):
    checkpoints.save(tmp_path, *untrained())
    (tmp_path / name).unlink()

    with pytest.raises(errors.InputError, match=rf"{name} missing"):
        checkpoints.load(tmp_path)


def untrained():
    """A small model and its description."""
    description = {
        "hyperparameters": checkpoints.hyperparameters(CONFIG),
        "skeleton_size": 9,
        "best_epoch": 1,
        "data_sha256": {},
    }
    return checkpoints.build(CONFIG, skeleton_size=9), description


def test_a_model_that_was_saved_loads_with_the_same_weights(tmp_path):
    simmc, description = untrained()
    simmc.set_weights([weight + 1 for weight in simmc.get_weights()])
    checkpoints.save(tmp_path, simmc, description)

    for value, saved in zip(weights(tmp_path), simmc.get_weights(), strict=True):
        np.testing.assert_array_equal(value, saved)


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "null", "{}", '{"hyperparameters": 3}', "\x00\x01"),
        '{"hyperparameters": {"nonsense": 1}, "skeleton_size": 9}',
        '{"hyperparameters": {"H": 16}}',
        '{"hyperparameters": {"H": "many"}, "skeleton_size": 9}',
        '{"hyperparameters": {"H": 16}, "skeleton_size": null}',
        '{"hyperparameters": {"H": 16}, "skeleton_size": 12}',
        '{"hyperparameters": {"H": 32}, "skeleton_size": 9}',
        '{"hyperparameters": {"H": 16, "D": 2}, "skeleton_size": 9}',
    ],
)
def test_a_configuration_that_does_not_describe_the_model_is_refused(text, tmp_path):
    checkpoints.save(tmp_path, *untrained())
    (tmp_path / checkpoints.CONFIG).write_text(text, encoding="utf-8")

    with pytest.raises(errors.InputError, match="cannot be read"):
        checkpoints.load(tmp_path)


def test_a_configuration_out_of_range_is_refused(tmp_path):
    simmc, description = untrained()
    description["hyperparameters"]["H"] = 0
    checkpoints.save(tmp_path, simmc, description)

    with pytest.raises(errors.InputError, match="--H must be"):
        checkpoints.load(tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9], ids="{:.0%}".format)
def test_weights_that_are_cut_off_are_refused(share, tmp_path):
    checkpoints.save(tmp_path, *untrained())
    path = tmp_path / checkpoints.WEIGHTS
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])

    with pytest.raises(errors.InputError, match=r"cannot be read.*--mode Train"):
        checkpoints.load(tmp_path)


def test_weights_that_are_something_else_are_refused(tmp_path):
    checkpoints.save(tmp_path, *untrained())
    (tmp_path / checkpoints.WEIGHTS).write_text("not HDF5 " * 1000, encoding="utf-8")

    with pytest.raises(errors.InputError, match="cannot be read"):
        checkpoints.load(tmp_path)


def test_a_model_for_other_skeletons_is_refused(published, walks):
    split = data_module.Split(np.zeros((5, 4, 12), np.float32), np.arange(5))
    data = data_module.ReidData(split, data_module.Matching(split, split, True))

    with pytest.raises(errors.InputError, match=r"takes 9 numbers.*have 12"):
        runs.evaluate(data, published[0], accept, print)


def test_evaluating_without_probes_is_refused(published, walks):
    with pytest.raises(errors.InputError, match="no probes"):
        runs.evaluate(without_probes(walks), published[0], accept, print)


def test_evaluating_tells_the_best_epoch_and_the_scores(published, walks):
    folder, result, _ = published
    lines = []

    runs.evaluate(walks, folder, accept, lines.append)

    text = "\n".join(lines)
    assert f"best model: after {result.best_epoch} epoch" in text
    assert f"{result.scores_all.mean_ap:6.4f}" in text
    assert "differ from those of the training run" not in text


def test_evaluating_on_other_probes_than_in_training_is_told(published, walks):
    matching = data_module.Matching(walks.matching.probe, walks.matching.gallery)
    lines = []

    runs.evaluate(
        dataclasses.replace(walks, matching=matching),
        published[0],
        accept,
        lines.append,
    )

    assert any(line.startswith("note: gallery, probe data differ") for line in lines)


def test_evaluating_one_set_against_itself_leaves_each_out(published, walks):
    # Persons by chance, whom only the probe's own sequence tells for certain.
    gallery = shuffled_persons(walks).matching.gallery
    simmc, config, _ = checkpoints.load(published[0])

    def scores(leave_self_out):
        matching = data_module.Matching(gallery, gallery, leave_self_out)
        data = dataclasses.replace(walks, matching=matching)
        return experiment.evaluate(data, config, simmc)[1]

    assert scores(leave_self_out=False).num_gallery == 20
    assert scores(leave_self_out=False).top1 == 1
    assert scores(leave_self_out=True).num_gallery == 19
    assert scores(leave_self_out=True).mean_ap < scores(leave_self_out=False).mean_ap


def test_a_model_that_is_not_what_was_asked_for_is_refused_by_the_caller(
    published, walks
):
    def refuse(config, description):
        raise errors.InputError(f"H is {config.H}")

    with pytest.raises(errors.InputError, match="H is 16"):
        runs.evaluate(walks, published[0], refuse, print)


class Stopped(Exception):
    """Ends a run from within."""


def stop_after(num_lines):
    """Takes lines of progress and ends the run after so many."""
    lines = []

    def report(line):
        lines.append(line)
        if len(lines) == num_lines:
            raise Stopped

    return report


def test_an_earlier_run_stays_whole_until_the_new_one_has_a_model(
    published, walks, tmp_path
):
    shutil.copytree(published[0], tmp_path, dirs_exist_ok=True)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    with pytest.raises(Stopped):
        experiment.train(
            walks, dataclasses.replace(CONFIG, seed=1), tmp_path, {}, stop_after(1)
        )

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_figures_of_an_earlier_run_do_not_stand_beside_a_new_model(
    published, walks, tmp_path
):
    shutil.copytree(published[0], tmp_path, dirs_exist_ok=True)

    with pytest.raises(Stopped):
        experiment.train(
            walks, dataclasses.replace(CONFIG, seed=1), tmp_path, {}, stop_after(2)
        )

    assert not (tmp_path / checkpoints.BEST).exists()
    _, config, description = checkpoints.load(tmp_path)
    assert (config.seed, description["best_epoch"]) == (1, 1)
    metrics = (tmp_path / "metrics.csv").read_text(encoding="utf-8")
    assert len(metrics.splitlines()) == 3  # A heading, epochs 0 and 1.


def test_training_again_says_that_the_model_will_be_replaced(walks, tmp_path):
    lines = []
    config = dataclasses.replace(CONFIG, epochs=1)
    checkpoints.save(tmp_path, *untrained())

    overwrite = resuming.Existing(overwrite=True)
    runs.train(walks, config, tmp_path, {}, lines.append, existing=overwrite)

    assert any("will be replaced" in line for line in lines)
    assert any(line.startswith("published protocol: identity labels") for line in lines)
