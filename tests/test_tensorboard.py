"""What TensorBoard is given, read back from its event files."""

import collections
import contextlib
import csv
import dataclasses

import absl.flags
import numpy as np
import pytest
import tensorflow as tf

from flags import run as run_flags
from flags import tfds
from simmc_tf import checkpoints, experiment, history, pipeline, tensorboard
from simmc_tf import config as configs
from tests import programs

# Only the flag can be tested without it: test_flags.py.
pytest.importorskip("tensorboard", reason="see requirements-tensorboard.txt")

CONFIG = configs.Config(
    H=16,
    mask_x=1,
    mask_x_2=1,
    eps=0.7,
    min_samples=4,
    k1=8,
    k2=3,
    batch_size=12,
    epochs=2,
    lr=0.005,
)


def train(walks, folder, for_tensorboard=True, **changes):
    config = dataclasses.replace(CONFIG, **changes)
    return experiment.train(
        *(walks, config, folder, {"dataset": "Walks"}, lambda line: None),
        for_tensorboard=for_tensorboard,
    )


@pytest.fixture(scope="module")
def written(walks, tmp_path_factory):
    """Folder and result of a run."""
    folder = tmp_path_factory.mktemp("watched")
    return folder, train(walks, folder)


@pytest.mark.parametrize("probes", [True, False])
def test_points_of_persons_who_have_names_have_them(probes, written, walks, tmp_path):
    names = {0: "Ada", 1: "Bo\tor\nBob"}
    data = dataclasses.replace(
        walks, names=names, matching=walks.matching if probes else None
    )
    train(data, tmp_path, epochs=1, protocol=configs.STRICT)
    stems = ["training", *(["gallery_and_probes"] if probes else [])]
    for stem in stems:
        path = tmp_path / tensorboard.FOLDER / f"{stem}-metadata.tsv"
        with path.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        told = {row["person"]: row["name"] for row in rows}
        others = {str(p): str(p) for p in set(walks.train.persons.tolist()) - {0, 1}}
        assert told == {"0": "Ada", "1": "Bo or Bob", **others}
    file = written[0] / tensorboard.FOLDER / "training-metadata.tsv"
    assert "name" not in file.read_text(encoding="utf-8").splitlines()[0]


def event_files(folder):
    return list((folder / tensorboard.FOLDER).glob("events.out.tfevents.*"))


def events(folder):
    """Values of all event files by tag and step, and the metadata of each tag."""
    values, metadata = collections.defaultdict(dict), {}
    for path in event_files(folder):
        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
            event = tf.compat.v1.Event.FromString(record)
            for value in event.summary.value:
                values[value.tag][event.step] = tf.make_ndarray(value.tensor)
                metadata.setdefault(value.tag, value.metadata.plugin_data)
    return values, metadata


def test_every_column_has_a_group():
    grouped = [name for names in tensorboard.GROUPS.values() for name in names]

    assert sorted(["epoch", *grouped]) == sorted(
        field.name for field in dataclasses.fields(history.Row)
    )


def test_curves_have_the_numbers_of_the_csv_files(written):
    values, metadata = events(written[0])
    told = {
        tag.partition("/")[2]: steps
        for tag, steps in values.items()
        if not tag.startswith("best/")
    }
    for name in ("metrics.csv", "timings.csv"):
        with (written[0] / name).open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert [row.pop("epoch") for row in rows] == ["0", "1", "2"]
        for epoch, row in enumerate(rows):
            for column, text in row.items():
                if text == "":
                    assert epoch not in told.get(column, {})
                elif name == "metrics.csv":
                    assert told[column][epoch] == np.float32(text)
                else:
                    assert told[column][epoch] == pytest.approx(float(text), abs=1e-4)
    assert metadata["losses/mpc"].plugin_name == "scalars"


def test_the_best_figures_are_those_of_best_json(written):
    values, _ = events(written[0])
    folder, result = written

    assert values["best/mean_ap"] == {
        result.best_epoch: np.float32(result.scores_all.mean_ap)
    }


def test_histograms_count_all_clusters_of_either_view(written):
    values, metadata = events(written[0])
    for view in (1, 2):
        tag = f"cluster sizes/view {view}"
        assert metadata[tag].plugin_name == "histograms"
        for row in written[1].run.rows:
            # [buckets, 3]: from, to, how many.
            count = values[tag][row.epoch][:, 2].sum()
            assert count == getattr(row, f"clusters_{view}")


def test_hyperparameters_are_told(written):
    from tensorboard.plugins.hparams import plugin_data_pb2

    _, metadata = events(written[0])
    content = metadata["_hparams_/session_start_info"].content
    told = plugin_data_pb2.HParamsPluginData.FromString(content)
    hparams = told.session_start_info.hparams
    assert hparams["dataset"].string_value == "Walks"
    assert hparams["lr"].number_value == 0.005


def points(folder, name):
    """Embeddings, and a dictionary of each of their lines of metadata."""
    place = folder / tensorboard.FOLDER
    with (place / f"{name}-metadata.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return np.loadtxt(place / f"{name}-tensors.tsv"), rows


def test_the_projector_has_the_best_models_embeddings(written, walks):
    simmc, _, _ = checkpoints.load(written[0])
    encoder = pipeline.BulkEncoder(simmc.encoder)
    gallery, probe = walks.matching.gallery, walks.matching.probe

    features, rows = points(written[0], "gallery_and_probes")

    expected = [encoder.whole(split.sequences) for split in (gallery, probe)]
    np.testing.assert_allclose(features, np.concatenate(expected), rtol=1e-4)
    assert [row["split"] for row in rows] == ["gallery"] * 20 + ["probe"] * 15
    assert [int(row["person"]) for row in rows] == [*gallery.persons, *probe.persons]
    features, rows = points(written[0], "training")
    expected = encoder.whole(walks.train.sequences)
    np.testing.assert_allclose(
        features, expected[[int(row["sequence"]) for row in rows]], rtol=1e-4
    )
    assert [int(row["person"]) for row in rows] == walks.train.persons.tolist()
    best = written[1].run.rows[written[1].best_epoch]
    assert len({row["cluster, view 1"] for row in rows} - {"-1"}) == best.clusters_1
    text = (written[0] / "tensorboard" / "projector_config.pbtxt").read_text()
    for name in ("training", "gallery_and_probes"):
        assert f'tensor_path: "{name}-tensors.tsv"' in text
        assert f'metadata_path: "{name}-metadata.tsv"' in text


def test_writing_for_tensorboard_changes_no_bit_of_the_run(written, walks, tmp_path):
    train(walks, tmp_path, for_tensorboard=False)

    for name in ("metrics.csv", checkpoints.BEST, checkpoints.CONFIG):
        assert (tmp_path / name).read_bytes() == (written[0] / name).read_bytes()
    weights = [checkpoints.load(f)[0].get_weights() for f in (tmp_path, written[0])]
    for first, second in zip(*weights, strict=True):
        np.testing.assert_array_equal(first, second)
    assert not (tmp_path / tensorboard.FOLDER).exists()


class Stopped(Exception):
    """Ends a run from within."""


def stop(line):
    raise Stopped


def test_another_run_replaces_event_files_once_it_has_a_model(walks, tmp_path):
    train(walks, tmp_path, epochs=1)
    before = event_files(tmp_path)
    with pytest.raises(Stopped):
        experiment.train(walks, CONFIG, tmp_path, {}, stop, for_tensorboard=True)
    assert event_files(tmp_path) == before
    own = tmp_path / tensorboard.FOLDER / "notes.txt"
    own.touch()

    train(walks, tmp_path, epochs=1, seed=1)

    (after,) = event_files(tmp_path)
    assert [after] != before
    assert set(events(tmp_path)[0]["losses/mpc"]) == {1}

    train(walks, tmp_path, for_tensorboard=False, epochs=1)

    assert list(own.parent.iterdir()) == [own]  # Somebody's own file.


def test_what_was_written_after_the_state_is_cut_off(tmp_path):
    place = tmp_path / tensorboard.FOLDER
    place.mkdir()
    first, second = (place / f"events.out.tfevents.{number}" for number in (1, 2))
    first.write_bytes(b"12")
    run = history.History(tmp_path)
    run.go_on([{"epoch": 0}, {"epoch": 1}], [{}, {}])
    with contextlib.ExitStack() as opened:
        board = tensorboard.Board(run, {}, None, None, opened)
        sizes = board.sizes()
        first.write_bytes(b"123")
        second.write_bytes(b"3")

        board.go_on([], sizes)

        assert first.read_bytes() == b"12" and not second.exists()
        assert len(event_files(tmp_path)) == 2


def gone_on(folder, sizes):
    """Sizes of a run's event files, as it goes on from a state that tells others."""
    run = history.History(folder)
    run.go_on([{"epoch": 0}, {"epoch": 1}], [{}, {}])
    with contextlib.ExitStack() as opened:
        board = tensorboard.Board(run, {}, None, None, opened)
        before = board.sizes()
        board.go_on([], sizes)
        return before


def test_of_a_state_without_sizes_all_is_left(tmp_path):
    """As versions before have written it."""
    place = tmp_path / tensorboard.FOLDER
    place.mkdir()
    first = place / "events.out.tfevents.1"
    first.write_bytes(b"12")

    gone_on(tmp_path, {})

    assert first.read_bytes() == b"12" and len(event_files(tmp_path)) == 2


@pytest.mark.parametrize("linked", ["file", "folder", "nothing"])
def test_nothing_is_cut_off_through_links(linked, tmp_path):
    name = "events.out.tfevents.1"
    other, place = tmp_path / "other" / name, tmp_path / "run" / tensorboard.FOLDER
    other.parent.mkdir()
    other.write_bytes(b"of value")
    place.parent.mkdir()
    if linked == "folder":
        place.symlink_to(other.parent)
    else:
        place.mkdir()
        (place / name).symlink_to(other if linked == "file" else tmp_path / "no")

    assert gone_on(place.parent, {name: 0, "another": 0}) == {}
    gone_on(place.parent, {"another": 0})
    tensorboard.remove(place.parent)

    assert other.read_bytes() == b"of value"


def test_a_file_that_became_a_link_is_not_cut_off(tmp_path):
    other, path = tmp_path / "other", tmp_path / "events.out.tfevents.1"
    other.write_bytes(b"of value")
    path.symlink_to(other)
    with pytest.raises(OSError, match="symbolic links"):
        tensorboard._cut(path, 0)
    assert other.read_bytes() == b"of value"


def test_an_event_file_is_closed_when_an_error_ends_the_run(
    walks, tmp_path, monkeypatch
):
    real, closed = tf.summary.create_file_writer, []

    def create(folder):
        writer = real(folder)
        close = writer.close
        monkeypatch.setattr(writer, "close", lambda: closed.append(close()))
        return writer

    monkeypatch.setattr(tf.summary, "create_file_writer", create)

    def stop_later(line):
        if line.startswith("epoch 2/2"):
            raise Stopped

    with pytest.raises(Stopped):
        experiment.train(walks, CONFIG, tmp_path, {}, stop_later, for_tensorboard=True)

    assert len(closed) == 1


def test_strict_runs_without_probes_have_training_embeddings_alone(
    walks, tmp_path, monkeypatch
):
    monkeypatch.setattr(tensorboard, "_MOST_POINTS", 7)
    data = dataclasses.replace(walks, matching=None)

    train(data, tmp_path, protocol=configs.STRICT, epochs=1)

    assert (
        "gallery" not in (tmp_path / "tensorboard/projector_config.pbtxt").read_text()
    )
    assert "scores/top1" not in events(tmp_path)[0]
    # More than a browser bears: thinned evenly.
    chosen = [int(row["sequence"]) for row in points(tmp_path, "training")[1]]
    last = len(walks.train) - 1
    np.testing.assert_allclose(chosen, [n * last / 6 for n in range(7)], atol=0.5)


def test_the_program_writes_it_where_the_flag_asks_for_it(
    tmp_path, monkeypatch, capsys
):
    values = absl.flags.FlagValues()
    run_flags.define(values)
    tfds.define(values)
    values(
        [
            *("SimMC.py", "--dataset", "Synthetic", "--synthetic_persons", "4"),
            *("--epochs", "1", "--gpu", "-1", "--noexport", "--tensorboard"),
            *("--H", "16", "--model_root", str(tmp_path)),
        ]
    )
    monkeypatch.setattr(absl.flags, "FLAGS", values)

    programs.load("SimMC.py").main([])

    folder = tmp_path / "Synthetic" / "probe"
    assert f"to look on: tensorboard --logdir {folder}\n" in capsys.readouterr().out
    assert set(events(folder)[0]["losses/mpc"]) == {1}
