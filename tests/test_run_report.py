"""report.html: its figures are those of the run, and the page needs nothing else."""

import csv
import dataclasses
import functools
import html
import json
import pathlib
import re
import shutil
import subprocess

import numpy as np
import pytest

from datasets import anatomy, loading, of_run, skeletons, writable
from simmc_tf import (
    atomic,
    checkpoints,
    errors,
    experiment,
    labelling,
    ranking,
    runs,
)
from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf.report import (
    after_training,
    drawn,
    epochs,
    finding,
    gathering,
    groups,
    retrieval,
    shapes,
    subject,
    writing,
)
from simmc_tf.report.sections import layout, strips
from simmc_tf.sources import names
from tests import programs, recorded_walks

AUTO = configs.Config(
    H=16, mask_x=1, mask_x_2=1, epochs=2, protocol=configs.STRICT, preset=configs.AUTO
)
PUBLISHED = configs.Config(
    H=16, mask_x=1, mask_x_2=1, eps=0.7, batch_size=12, k1=8, k2=3, epochs=1
)
SUBJECT = subject.Subject("Mine, probe probe", ((0, 1), (1, 2), (2, 3), (3, 4)))


def train(data, folder, config=AUTO, about=SUBJECT):
    lines = []
    after = runs.After(subject=about)
    result = runs.train(data, config, folder, {}, lines.append, after)
    return result, lines


def read(folder):
    return (folder / checkpoints.REPORT).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def walks():
    return recorded_walks.data()


@pytest.fixture(scope="module")
def auto(walks, tmp_path_factory):
    """Folder, result and printed lines of a run."""
    folder = tmp_path_factory.mktemp("auto")
    return folder, *train(walks, folder)


@pytest.fixture(scope="module")
def found(auto, walks):
    return gathering.gather(auto[0], walks, SUBJECT)


def table(page):
    """Name -> cells of the first table."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]
    return {row[0]: row[1:] for row in cells}


def test_training_writes_a_report_and_names_it(auto):
    folder, _, lines = auto
    assert (folder / checkpoints.REPORT).is_file()
    assert lines[-1].startswith(f"{folder / checkpoints.REPORT}: ")


def test_a_run_is_the_same_with_a_report_and_without(auto, walks, tmp_path):
    runs.train(walks, AUTO, tmp_path, {}, lambda line: None)

    assert not (tmp_path / checkpoints.REPORT).exists()
    for name in ("metrics.csv", "best.json", checkpoints.CONFIG):
        assert (tmp_path / name).read_bytes() == (auto[0] / name).read_bytes()
    one, other = (checkpoints.load(folder)[0] for folder in (auto[0], tmp_path))
    for first, second in zip(one.weights, other.weights, strict=True):
        np.testing.assert_array_equal(first.numpy(), second.numpy())


def test_the_table_has_the_figures_of_the_run(auto):
    folder, result, _ = auto
    rows = table(read(folder))
    s = result.scores_all
    figures = [f"{x:.4f}" for x in (s.top1, s.top5, s.top10, s.mean_ap)]
    assert rows["trained encoder"] == [*figures, str(s.num_probes), str(s.num_gallery)]
    for name in ("untrained encoder", "mean coordinates", "mean prepared input"):
        key = name.removesuffix(" encoder")
        assert rows[name][3] == f"{result.reference[key].mean_ap:.4f}"


def test_figures_by_epoch_are_those_of_metrics_csv(auto, found):
    with (auto[0] / "metrics.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3
    for name, values in found.epochs.columns.items():
        for row, value in zip(rows, values, strict=True):
            assert (np.isnan(value) and not row[name]) or value == float(row[name])
    page = read(auto[0])
    first, last = (float(row["top1"]) for row in (rows[0], rows[-1]))
    assert f"top-1: from {first:.4g} to {last:.4g}" in page


def test_the_clusters_are_those_of_the_best_epoch(auto, found):
    row = auto[1].run.rows[auto[1].best_epoch]
    assert len(found.clusters.sizes) == row.clusters_1
    assert found.clusters.sizes.sum() == len(found.clusters.labels)
    assert f"{row.clusters_1} clusters of " in read(auto[0])


def test_the_clusters_of_the_published_preset_are_those_of_its_rows(walks, tmp_path):
    result, _ = train(walks, tmp_path, PUBLISHED)
    found = gathering.gather(tmp_path, walks, SUBJECT)

    row = result.run.rows[result.best_epoch]
    assert len(found.clusters.sizes) == row.clusters_1
    page = read(tmp_path)
    assert "trained encoder, whole batches" in table(page)
    assert "identity labels balance the training set" in page
    assert "to you alone" not in page and "for you alone" not in page


def test_the_curve_goes_through_the_scores(auto, found):
    scores = auto[1].scores_all
    assert found.curve[0] == scores.top1
    assert found.curve[4] == scores.top5
    assert found.curve[9] == scores.top10
    assert np.all(np.diff(found.curve) >= 0)


def test_under_the_strict_protocol_persons_are_said_to_be_for_the_reader_alone(auto):
    assert "where persons are shown on this page, it is for you alone" in read(auto[0])


def test_labels_that_made_representations_are_told(found):
    labelled = {**found.about, names.IDENTITY_LABELS: True}
    page = writing.text(dataclasses.replace(found, about=labelled))
    assert f"were {html.escape(names.MADE_WITH_LABELS)}" in page
    assert "for you alone" not in page


def test_where_nobody_knows_of_labels_the_page_says_so(found):
    unknown = {**found.about, names.IDENTITY_LABELS: None}
    page = writing.text(dataclasses.replace(found, about=unknown))
    assert "It is not known whether identity labels made" in page
    assert "not known whether identity" not in writing.text(found)


def test_the_page_needs_nothing_else(auto):
    page = read(auto[0])
    assert not re.findall(r"https?:|//[a-z]|<script|@import|\burl\((?!#)", page)
    assert set(re.findall(r'\b(?:src|href)="([^"]{0,5})', page)) <= {"data:", "#char"}
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids)) > 0
    assert set(re.findall(r'(?:href="|url\()#([^")]+)', page)) <= set(ids)
    assert "prefers-color-scheme: dark" in page and len(page) < 3_000_000


def test_no_colour_is_left_that_the_page_does_not_set(auto):
    page = read(auto[0])
    names = set(re.findall(r"var\((--\w+)", page))
    assert names <= set(re.findall(r"(--\w+):", page))
    assert "#0a0b" not in page


def test_every_chart_can_be_read_aloud(auto):
    charts = re.findall(r'<svg class="chart".*?</desc>', read(auto[0]), re.DOTALL)
    assert len(charts) >= 7
    for chart in charts:
        assert 'role="img"' in chart and re.search(r"<desc[^>]*>.+</desc>", chart)


def test_names_cannot_become_elements(found):
    hostile = '<script>alert("x")</script> & <b onclick=y>'
    about = dataclasses.replace(SUBJECT, title=hostile)
    told = {**found.about, "device": hostile}
    page = writing.text(
        dataclasses.replace(found, subject=about, about=told, notes=[hostile])
    )
    assert "<script" not in page and "<b " not in page
    assert page.count(html.escape(hostile)) >= 4


def test_a_model_that_is_replaced_loses_its_report(auto, walks, tmp_path):
    shutil.copytree(auto[0], tmp_path / "run")
    simmc, _, description = checkpoints.load(tmp_path / "run")

    checkpoints.save(tmp_path / "run", simmc, description)

    assert not (tmp_path / "run" / checkpoints.REPORT).exists()


FULL = "No space left on device: report.html"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(28, "No space left on device", "report.html"), FULL),
        (errors.InputError(FULL), FULL),
        (ValueError("odd"), "ValueError: odd"),
        (ImportError("no matplotlib"), "ImportError: no matplotlib"),
    ],
)
def test_a_report_that_cannot_be_written_is_a_warning(
    error, reason, auto, walks, monkeypatch
):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(writing, "write", fail)
    lines = []
    after_training.write(auto[0], walks, SUBJECT, lines.append)

    command = f"python -m scripts.report {auto[0]}"
    assert lines == [
        f"warning: there is no report.html: {reason}; to have it: {command}"
    ]


def test_all_else_is_kept_before_the_report(walks, tmp_path, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(writing, "write", stop)
    config = dataclasses.replace(AUTO, epochs=1)
    lines = []
    with pytest.raises(KeyboardInterrupt):
        runs.train(
            *(walks, config, tmp_path, {}, lines.append),
            runs.After(export=True, subject=SUBJECT),
        )
    assert (tmp_path / "export").is_dir()
    assert any("saved in" in line for line in lines)
    assert lines[-1] == (
        "warning: there is no report.html: stopped; to have it: "
        f"python -m scripts.report {tmp_path}"
    )


@pytest.fixture(scope="module")
def without_probes(walks, tmp_path_factory):
    """Folder, result and data of a run without probes, in which nobody is known."""
    unknown = data_module.Split(walks.train.sequences, np.full(len(walks.train), -1))
    data = dataclasses.replace(walks, train=unknown, matching=None)
    folder = tmp_path_factory.mktemp("without")
    return folder, train(data, folder)[0], data


def test_without_probes_the_page_tells_what_needs_none(without_probes):
    folder, result, _ = without_probes
    page = read(folder)
    assert "nobody can say how well this model tells people apart" in page
    first, chosen = result.run.rows[0], result.run.rows[result.best_epoch]
    assert table(page)["recordings found again, mAP"] == [
        f"{row.track_mAP:.4g}" for row in (first, chosen)
    ]
    for section in ("Finding persons", "The hardest persons", "What some probes find"):
        assert section not in page
    assert "Nobody told who is who" in page and "cluster 0" in page
    assert "person 0" not in page


def test_without_probes_persons_who_are_known_have_colours(without_probes, walks):
    folder, _, data = without_probes
    found = gathering.gather(
        folder, dataclasses.replace(data, train=walks.train), SUBJECT
    )
    page = layout.html(found)
    assert "person 0" in page and "Nobody told who is who" not in page
    assert "4 persons" in page


def test_one_person_alone_is_no_fault(auto):
    data = recorded_walks.data(num_persons=1, each=4)
    found = gathering.gather(auto[0], data, SUBJECT)

    assert found.distances is None and found.confusion is None
    page = writing.text(found)
    assert "nobody is taken for anybody else" in page
    assert ">Distances<" not in page and ">Sizes of clusters<" in page


def test_representations_have_no_skeletons(auto, walks):
    data = dataclasses.replace(walks, coordinates=False)
    found = gathering.gather(auto[0], data, subject.Subject("Mine"))

    page = strips.html(found)
    assert "this run saw representations" in page
    assert 'class="card' not in page


@functools.cache
def encoded(leave_self_out=False):
    """Features of 5 persons who overlap, and where they are found."""
    generator = np.random.default_rng(5)
    centres = generator.normal(size=(5, 3))
    persons = np.arange(60) % 5
    sequences = np.zeros((60, 2, 6), np.float32)

    def features():
        noise = generator.normal(scale=0.8, size=(60, 3))
        return (centres[persons] + noise).astype(np.float32)

    split = data_module.Split(sequences, persons)
    matching = data_module.Matching(split, split, leave_self_out)
    gallery = features()
    probe = gallery if leave_self_out else features()
    return finding.encoded(matching, gallery, probe)


def apart(found):
    """[P, G] distances, one by one."""
    return np.array(
        [[np.linalg.norm(p - g) for g in found.gallery] for p in found.probe]
    )


@pytest.mark.parametrize("leave_self_out", [False, True])
def test_the_nearest_are_those_of_all_distances(leave_self_out, monkeypatch):
    monkeypatch.setattr(ranking, "_GALLERY_AT_ONCE", 7)
    found = encoded(leave_self_out)
    distances = apart(found)
    if leave_self_out:
        np.fill_diagonal(distances, np.inf)
    chosen = np.array([3, 0, 59])

    index, nearest = found.nearest(chosen, 4)

    np.testing.assert_array_equal(index, distances[chosen].argsort(axis=1)[:, :4])
    expected = np.sort(distances[chosen], axis=1)[:, :4]
    np.testing.assert_allclose(nearest, expected, rtol=1e-4)


@pytest.mark.parametrize("leave_self_out", [False, True])
def test_distances_are_counted_of_all_pairs(leave_self_out):
    found = encoded(leave_self_out)
    persons = found.matching.probe.persons
    counted = ~np.eye(60, dtype=bool) if leave_self_out else np.ones((60, 60), bool)
    own = persons[:, np.newaxis] == persons
    same, different = (apart(found)[kind & counted] for kind in (own, ~own))

    shown = finding.distances(found)

    assert shown.same_mean == pytest.approx(same.mean())
    assert shown.different_mean == pytest.approx(different.mean())
    assert (shown.num_same, shown.num_different) == (len(same), len(different))
    np.testing.assert_allclose(shown.same.sum(), 1)
    np.testing.assert_allclose(shown.different.sum(), 1)
    nearer = (same[:, np.newaxis] < different).mean()
    np.testing.assert_allclose(shown.nearer, nearer, atol=1e-4)


def test_the_hardest_persons_are_found_least_often():
    found = encoded()
    persons = found.matching.probe.persons
    answers = persons[apart(found).argmin(axis=1)]
    rates = [np.mean(answers[persons == p] == p) for p in range(5)]

    shown = finding.confusion(found)

    assert list(shown.rates) == sorted(rate for rate in rates if rate < 1)
    for row, person in zip(shown.shares, shown.persons, strict=True):
        expected = [np.mean(answers[persons == person] == a) for a in shown.answers]
        np.testing.assert_allclose(row, expected)


def test_right_and_wrong_ones_are_told_by_signs():
    found = encoded()
    shown = retrieval.cases(found, SUBJECT)
    assert len(shown.cases) == 6
    for case in shown.cases:
        assert [hit.right for hit in case.hits] == [
            hit.person == case.person for hit in case.hits
        ]
        assert (case.rank == 1) == case.hits[0].right
        assert case.rank == found.before[case.number] + 1
    assert {case.rank == 1 for case in shown.cases} == {True, False}


def test_upside_down_skeletons_are_drawn_upright(walks):
    flipped = walks.matching.gallery.sequences.copy()
    flipped *= -1.0
    about = dataclasses.replace(SUBJECT, top=(4,), bottom=(0,))
    assert retrieval._up(walks.matching.gallery.sequences, about) == (1, 1)
    assert retrieval._up(flipped, about) == (1, -1)


def test_some_of_many_are_drawn_evenly():
    assert drawn.evenly(3, 5).tolist() == [0, 1, 2]
    assert drawn.evenly(101, 5).tolist() == [0, 25, 50, 75, 100]


def test_a_map_is_the_same_every_time_and_tells_how_many_it_leaves_out(monkeypatch):
    monkeypatch.setattr(groups, "MOST_ON_MAP", 40)
    found = encoded()
    persons = found.matching.gallery.persons
    points = groups.points(
        {"gallery": found.gallery, "probe": found.probe},
        {"gallery": persons, "probe": persons},
        "person",
    )
    assert (len(points.features), points.total) == (40, 120)
    for features, person, part in zip(
        points.features, points.group, points.part, strict=True
    ):
        own = (found.gallery, found.probe)[part]
        (row,) = np.flatnonzero((own == features).all(axis=1))
        assert persons[row] == person
    first, second = groups.lay_out(points), groups.lay_out(points)
    np.testing.assert_array_equal(first.places, second.places)


def page_of(found, conditions, parts=("gallery", "probe")):
    """The map's caption and the legend of a map of four signs a part."""
    features = np.random.default_rng(0).normal(size=(2, 4, 3))
    points = groups.points(
        dict(zip(parts, features, strict=False)),
        {part: np.arange(4) % 2 for part in parts},
        "person",
        conditions=conditions,
    )
    shown = dataclasses.replace(found, map=groups.lay_out(points), clusters=None)
    return layout.html(shown)


def test_shapes_are_conditions_where_they_are_known(found):
    told = {"gallery": np.repeat("nm", 4), "probe": np.array(["cl", "cl", "bg", "bg"])}
    page = page_of(found, told)
    assert "Shapes are the conditions of the recordings, filled in the gallery" in page
    assert all(f">{name}<" in page for name in ("nm", "cl", "bg"))
    assert ">gallery<" not in page
    alone = page_of(found, {"gallery": told["probe"]}, ("gallery",))
    assert "Shapes are the conditions" in alone and "hollow" not in alone


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ({}, "nothing tells the conditions (view, clothing) of these recordings"),
        ({"gallery": np.repeat("nm", 4)}, "nothing tells the conditions"),
        (
            dict.fromkeys(("gallery", "probe"), np.repeat("frontal", 4)),
            "all were recorded under one condition, frontal",
        ),
    ],
)
def test_shapes_tell_gallery_from_probes_where_conditions_do_not(
    conditions, said, found
):
    page = page_of(found, conditions)
    assert f"Shapes tell gallery from probes: {said}" in page
    assert ">gallery<" in page and ">probe<" in page


def test_of_many_conditions_a_part_of_their_names_is_shown():
    names = [f"gc{s}-view{v}" for s in range(3) for v in range(5)]
    some = np.zeros((15, 2)), np.zeros(15), np.zeros(15, int), ["gallery"], 15
    points = groups.Points(*some, "person", 1, np.array(names))
    found = shapes.of(points)
    assert found.names == [f"view{v}" for v in range(5)]
    assert found.number.tolist() == [0, 1, 2, 3, 4] * 3
    assert "place 2 of their names" in found.said
    many = dataclasses.replace(points, condition=np.array([n[3:] for n in names]) + "x")
    assert shapes.of(many).of_conditions
    odd = np.array([f"n{i}" for i in range(15)])
    plain = shapes.of(dataclasses.replace(points, condition=odd))
    assert not plain.of_conditions and plain.names == ["gallery"]


def test_few_persons_are_seen_beside_many_clusters(found):
    sizes, persons = np.arange(200, 0, -1), np.array([9, 8])
    many = dataclasses.replace(found.clusters, sizes=sizes, persons=persons)
    page = layout.html(dataclasses.replace(found, clusters=many, map=None))
    # An axis of powers of ten, whose numbers can be read.
    assert all(f">{number}<" in page for number in (1, 10, 100))
    assert "mathdefault" not in page and ">200 clusters<" in page


def test_too_many_sequences_are_not_clustered_again(auto, walks, monkeypatch):
    monkeypatch.setattr(groups, "MOST_ROWS", 10)
    found = gathering.gather(auto[0], walks, SUBJECT)
    assert found.clusters is None
    assert f"to cluster {len(walks.train)} sequences again" in layout.html(found)


def test_figures_that_are_damaged_are_named(auto, walks, tmp_path):
    shutil.copytree(auto[0], tmp_path / "run")
    (tmp_path / "run" / "best.json").write_text("[]")
    with pytest.raises(errors.InputError, match="best.json is damaged"):
        gathering.gather(tmp_path / "run", walks, SUBJECT)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("epoch,loss\n0,x\n", "could not convert"),
        ("", "not enough values"),
        ("\0\1", "its last line is cut"),
        ("epoch,loss\n", "no row of epoch 0"),
        ("epoch,loss\n0,\n1,2.5\n2,2", "its last line is cut"),
        ("epoch,loss\n0,\n1\n", "row 1 has 1 fields, its head 2"),
        ("epoch,loss\n0,\n1,2,3\n", "row 1 has 3 fields, its head 2"),
        ("epoch,loss\n0,\n2,2\n", "row 1 is of epoch '2'"),
        ("epoch,loss\n1,2\n2,2\n", "row 0 is of epoch '1'"),
        ("loss,epoch\n0,0\n", "its columns are"),
        ("epoch,loss,loss\n0,,\n", "its columns are"),
    ],
)
@pytest.mark.parametrize("name", [epochs.METRICS, epochs.TIMINGS])
def test_figures_by_epoch_that_are_damaged_are_named(name, text, said, tmp_path):
    (tmp_path / name).write_text(text)
    with pytest.raises(errors.InputError, match=f"{name} is damaged") as caught:
        epochs.read(tmp_path)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_metrics_have_no_column_that_nobody_knows(tmp_path):
    (tmp_path / epochs.METRICS).write_text("epoch,gloss\n0,1\n")
    with pytest.raises(errors.InputError, match="its columns are 'epoch, gloss'"):
        epochs.read(tmp_path)


@pytest.mark.parametrize("name", [epochs.METRICS, epochs.TIMINGS])
def test_the_best_epoch_has_a_row(name, tmp_path):
    (tmp_path / name).write_text(
        "epoch,loss\n0,\n1,2\n".replace(
            "loss", {epochs.METRICS: "loss", epochs.TIMINGS: "total"}[name]
        )
    )
    epochs.read(tmp_path, 1, finished=True)
    # The model is saved before its row is.
    epochs.read(tmp_path, 2)
    for best, finished in ((2, True), (3, False)):
        with pytest.raises(errors.InputError, match="no row of epoch 2"):
            epochs.read(tmp_path, best, finished=finished)


@pytest.mark.parametrize(
    ("name", "left_out"),
    [
        (epochs.METRICS, "figures by epoch cannot be shown"),
        (epochs.TIMINGS, "how long training took cannot be shown"),
    ],
)
def test_a_missing_file_is_told_on_the_page(name, left_out, auto, walks, tmp_path):
    shutil.copytree(auto[0], tmp_path / "run")
    (tmp_path / "run" / name).unlink()
    found = gathering.gather(tmp_path / "run", walks, SUBJECT)
    (note,) = found.notes
    assert note == f"note: there is no {name}, so {left_out}"
    assert f'<p class="wrong">N{html.escape(note[1:])}.' in writing.text(found)
    assert not gathering.gather(auto[0], walks, SUBJECT).notes


@pytest.mark.parametrize("config", [AUTO, PUBLISHED], ids=["auto", "published"])
def test_a_run_that_was_stopped_has_all_that_it_has_to_beat(config, walks, tmp_path):
    result = experiment.train(walks, config, tmp_path, {}, lambda _: None)
    whole = gathering.gather(tmp_path, walks, SUBJECT).headline
    (tmp_path / checkpoints.BEST).unlink()

    found = gathering.gather(tmp_path, walks, SUBJECT)

    assert found.headline == whole
    assert found.headline.reference == result.reference
    (note,) = found.notes
    done = f"did not finish ({config.epochs} of at most {config.epochs} epochs)"
    assert done in note and done in writing.text(found)


def test_a_stopped_run_is_not_clustered_for_what_it_has_written_down(
    walks, tmp_path, monkeypatch
):
    result = experiment.train(walks, AUTO, tmp_path, {}, lambda _: None)
    (tmp_path / checkpoints.BEST).unlink()
    monkeypatch.setattr(groups, "MOST_ROWS", 10)

    def refuse(*_, **__):
        raise AssertionError("clustered again")

    monkeypatch.setattr(labelling, "cluster_first_view", refuse)

    found = gathering.gather(tmp_path, walks, SUBJECT)

    assert found.headline.reference == result.reference
    others = recorded_walks.data(body=1)
    with pytest.raises(AssertionError, match="clustered again"):
        gathering.gather(tmp_path, others, SUBJECT)  # Row 0 is of other data.


def folder_best(folder):
    return checkpoints.load(folder)[2]["best_epoch"]


def test_a_model_without_its_row_has_no_row_in_the_table(without_probes, tmp_path):
    folder, _, data = without_probes
    shutil.copytree(folder, tmp_path / "run")
    path = tmp_path / "run" / "metrics.csv"
    best = folder_best(folder)
    path.write_text("".join(path.read_text().splitlines(keepends=True)[: best + 1]))
    (tmp_path / "run" / checkpoints.BEST).unlink()

    page = writing.text(gathering.gather(tmp_path / "run", data, SUBJECT))

    assert "nobody can say how well" in page and ">untrained<" not in page
    assert f"did not finish ({best} of at most 2 epochs)" in page


def test_a_model_does_not_stand_beside_figures_of_an_earlier_one(walks, tmp_path):
    (tmp_path / "metrics.csv").write_text("epoch,loss\n0,1\n")
    seen, save = [], checkpoints.save

    def save_and_stop(folder, *given, **more):
        save(folder, *given, **more)
        seen.append((folder / "metrics.csv").exists())
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(checkpoints, "save", save_and_stop)
        experiment.train(walks, AUTO, tmp_path, {}, lambda _: None)
    assert seen == [False]


def test_training_counts_without_the_untrained_model(tmp_path):
    (tmp_path / "timings.csv").write_text("epoch,a,total\n0,50,90\n1,2,4\n2,3,6\n")
    found = epochs.read(tmp_path)
    assert (found.phases, list(found.seconds)) == ({"a": 5.0}, [90.0, 4.0, 6.0])
    (tmp_path / "timings.csv").write_text("epoch,a,total\n0,1,1\n1,inf,1\n2,-inf,1\n")
    assert np.isnan(epochs.read(tmp_path).phases["a"])


def test_equally_far_sequences_are_found_as_they_are_ranked(monkeypatch):
    monkeypatch.setattr(ranking, "_GALLERY_AT_ONCE", 64)
    features = np.random.default_rng(1).normal(size=(7, 48)).astype(np.float32)
    persons = np.random.default_rng(2).integers(0, 9, 200)
    copies = features[np.random.default_rng(3).integers(0, 7, 200)]
    sequences = np.zeros((200, 2, 6), np.float32)
    split = data_module.Split(sequences, persons)
    for itself in (False, True):
        matching = data_module.Matching(split, split, itself)
        found = finding.encoded(matching, copies, copies)
        nearest, _ = found.nearest(np.arange(200), 1)
        right = persons[nearest[:, 0]] == persons
        np.testing.assert_array_equal(right, found.before == 0)


def test_purity_counts_those_in_a_cluster_of_mostly_their_person():
    labels = np.array([0, 0, 0, 1, 1, -1, -1])
    persons = np.array([4, 4, 9, 9, 9, 9, 4])
    purity, sizes = groups._persons(labels, persons)
    assert (purity, sizes.tolist()) == (4 / 5, [4, 3])
    assert groups._persons(np.full(7, -1), persons)[0] is None
    persons[0] = -1
    assert groups._persons(labels, persons) == (None, None)


def test_a_map_of_many_persons_shows_a_few_of_them_well():
    persons = np.repeat(np.arange(164), 300)
    persons[:50] = -1
    rows, number = groups.chosen(persons, [7, 160, 3])
    shown, counts = np.unique(persons[rows], return_counts=True)
    assert number == 164 and len(rows) == groups.MOST_ON_MAP
    assert len(shown) == 11 and {-1, 3, 7, 160} <= set(shown)
    assert counts[1:].min() > 100


def test_those_that_belong_to_none_are_in_the_legend(found):
    group = found.map.points.group.copy()
    group[:2] = -1
    for by, name in (("person", "unknown"), ("cluster", "outliers")):
        points = dataclasses.replace(found.map.points, group=group, by=by)
        shown = dataclasses.replace(found.map, points=points)
        assert f">{name}<" in layout.html(dataclasses.replace(found, map=shown))


def test_too_many_unknown_sequences_have_one_colour(without_probes, monkeypatch):
    folder, _, data = without_probes
    monkeypatch.setattr(groups, "MOST_ROWS", 10)
    page = layout.html(gathering.gather(folder, data, SUBJECT))
    assert "all have one colour" in page
    assert "0 person" not in page and "each colour" not in page


def test_no_report_is_written_while_a_training_lives(generated, program):
    with (
        atomic.locked(generated[0]),
        pytest.raises(errors.InputError, match="Another run is writing"),
    ):
        program(generated[0], "--gpu", "-1")


def test_a_model_that_was_brought_in_is_evaluated(auto, walks, tmp_path):
    shutil.copytree(auto[0], tmp_path / "run")
    for name in checkpoints.FIGURES:
        (tmp_path / "run" / name).unlink()
    found = gathering.gather(tmp_path / "run", walks, SUBJECT)
    assert found.headline.rows["trained encoder"] == auto[1].scores_all
    assert "mean coordinates" in found.headline.reference
    assert "Over the epochs" not in writing.text(found)


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """A run on generated walkers, as SimMC.py keeps it, without a report."""
    folder = tmp_path_factory.mktemp("generated")
    loaded = loading.generate(4, 4, 7)
    about = {**loaded.about, "data_root": "Datasets"}
    config = dataclasses.replace(AUTO, epochs=1)
    return folder, experiment.train(loaded.data, config, folder, about, lambda _: None)


@pytest.fixture
def program(monkeypatch):
    """scripts.report in this process."""
    return functools.partial(
        programs.run, programs.load("scripts/report.py"), monkeypatch
    )


def test_a_report_can_be_had_later(generated, program, capsys):
    folder, result = generated

    program(folder, "--gpu", "-1")

    said = capsys.readouterr().out
    assert re.fullmatch(r".*report\.html written in \d+\.\d s\n", said)
    page = read(folder)
    assert "Synthetic (generated walkers), probe probe" in page
    assert table(page)["trained encoder"][0] == f"{result.scores_all.top1:.4f}"
    # A strip of the probe and five of the gallery, of several probes.
    assert page.count('class="card') >= 12


def test_other_data_than_the_runs_are_noted_on_the_page(
    generated, program, capsys, tmp_path
):
    shutil.copytree(generated[0], tmp_path / "run")
    path = tmp_path / "run" / checkpoints.CONFIG
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, "synthetic_seed": 8}), encoding="utf-8")

    program(tmp_path / "run", "--gpu", "-1")

    said, shown = capsys.readouterr().out, read(tmp_path / "run")
    other = "figures that the run kept are of the original data; all that is computed"
    for text in (said, shown):
        assert "differ from those of the training run" in text and other in text
    head = shown[: shown.index("<table")]
    assert f'<p class="wrong">Warning: {other}' in head


def test_data_that_are_not_there_are_named_in_one_line(generated, program, tmp_path):
    shutil.copytree(generated[0], tmp_path / "run")
    path = tmp_path / "run" / checkpoints.CONFIG
    content = json.loads(path.read_text(encoding="utf-8"))
    for changes, said in (
        ({"dataset": "KS20", "length": 6}, "There is no folder "),
        ({"dataset": None}, "does not tell with which data set"),
        (
            {"tfds_name": "ks20/f6:1.0.0", "dataset": "KS20", "length": 6},
            "tensorflow-datasets has not built",
        ),
        ({"source": str(tmp_path / "none")}, str(tmp_path / "none")),
        ({"synthetic_seed": None}, "synthetic_seed"),
    ):
        path.write_text(json.dumps({**content, **changes}), encoding="utf-8")
        with pytest.raises(errors.InputError, match="data of this run are not") as e:
            program(tmp_path / "run", "--data_root", tmp_path, "--gpu", "-1")
        assert said in str(e.value) and "\n" not in str(e.value)


def test_what_is_no_run_is_refused(program, tmp_path):
    with pytest.raises(errors.InputError, match="is not the folder of a run"):
        program(tmp_path)
    with pytest.raises(errors.InputError, match="expected the folder of a run"):
        program()
    path = tmp_path / "config.json"
    path.write_text("{}")
    with pytest.raises(errors.InputError, match="config.json is damaged .hyperparam"):
        program(tmp_path)
    with pytest.raises(errors.InputError, match=f"is a file; .*, as {tmp_path}"):
        program(path)


def test_a_folder_that_cannot_be_written_is_told_at_once(
    generated, program, monkeypatch
):
    monkeypatch.setattr(of_run, "load", None)
    monkeypatch.setattr(writable.os, "access", lambda *_: False)
    with pytest.raises(errors.InputError, match="the report of .*; choose another"):
        program(generated[0])


def test_a_picture_is_named_and_what_a_run_left_out_too(
    generated, program, capsys, tmp_path
):
    shutil.copytree(generated[0], tmp_path / "run")
    (tmp_path / "run" / checkpoints.BEST).unlink()
    picture = tmp_path / "some.svg"

    program(tmp_path / "run", "--gpu", "-1", "--picture", picture)

    note, drawn_line, _ = capsys.readouterr().out.splitlines()
    assert "this run did not finish (1 of at most 1 epochs)" in note
    assert drawn_line == f"{picture} written" and picture.is_file()


def test_persons_are_said_to_be_for_the_reader_once(auto):
    assert read(auto[0]).count("for you alone") == 1


def test_captions_advise_no_flag_that_the_preset_refuses(found):
    few = {**found.epochs.columns, "outliers": [1.0, 2.0, 1.0]}
    for preset, advised in ((configs.AUTO, False), (configs.PUBLISHED, True)):
        config = dataclasses.replace(found.config, preset=preset)
        page = writing.text(
            dataclasses.replace(
                found,
                config=config,
                epochs=dataclasses.replace(found.epochs, columns=few),
            )
        )
        page = re.sub("<[^>]*>", "", page)  # Flags have an element of their own.
        assert "longer recordings may help" in page and "Outliers" in page
        assert ("lower --eps" in page) is advised
        assert ("larger --eps" in page) is advised
        assert ("--eps" in page) is advised
        assert "Pre-process.py makes them" in page


def test_the_page_asks_for_more_epochs_as_the_run_does(auto, walks, monkeypatch):
    asked, judge = [], gathering.verdict.judge

    def told(*arguments, rising):
        asked.append(rising)
        return judge(*arguments, rising=rising)

    monkeypatch.setattr(gathering.verdict, "rises", lambda _, best, at: (best, at))
    monkeypatch.setattr(gathering.verdict, "judge", told)
    found = gathering.gather(auto[0], walks, SUBJECT)

    ((best, at),) = asked
    row = auto[1].run.rows[auto[1].best_epoch]
    assert best == auto[1].best_epoch and at("quality", best) == row.quality
    assert any("raise --epochs" in line for line in found.headline.verdict.lines) is (
        found.headline.verdict.ahead is False
    )


def test_persons_have_their_names(found):
    hostile = "<b>Ann"
    names_of = {n: f"{hostile}{n}" for n in range(50)}
    about = dataclasses.replace(SUBJECT, names=names_of)
    confusion = finding.Confusion(
        [1], [1, 2, -1], np.array([[0.5, 0.25, 0]]), [0.5], [4]
    )
    page = writing.text(dataclasses.replace(found, subject=about, confusion=confusion))
    assert "<b>" not in page
    # The hardest persons, what probes find, and the map.
    assert (
        "<th>person 1, &lt;b&gt;Ann1</th>" in page and "<th>&lt;b&gt;Ann2</th>" in page
    )
    assert re.search(r"Probe \d+, person \d+, &lt;b&gt;Ann", page)
    assert "person 0, &lt;b&gt;Ann0<" in layout.html(
        dataclasses.replace(found, subject=about)
    )


def test_the_data_of_a_run_are_found_where_it_had_them(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(of_run.loading, "find", lambda *a: asked.append(a))
    about = {"dataset": "KS20", "length": 6, "data_root": "elsewhere"}
    for root in (None, tmp_path):
        with pytest.raises(AttributeError):
            of_run.load(about, root)
    assert [a[2] for a in asked] == [pathlib.Path("elsewhere"), tmp_path]


def test_representations_that_were_moved_are_read_where_they_are(tmp_path, monkeypatch):
    about = {"dataset": "KS20", "length": 6, "source": "Representations/AGE"}
    said = "KS20/6: .*; --representation_root names another folder of representations"
    with pytest.raises(errors.InputError, match=f"folder Representations/AGE/{said}"):
        of_run.load(about, None)
    with pytest.raises(errors.InputError, match=f"folder {tmp_path}/AGE/{said}"):
        of_run.load(about, None, tmp_path)
    with pytest.raises(errors.InputError, match="; --data_root names another folder"):
        of_run.load({"dataset": "KS20", "length": 6}, tmp_path)


def test_what_is_known_of_the_joints_reaches_the_report():
    found = loading.generate(4, 4, 7).subject
    assert found.bones == skeletons.KINECT_V1.bone_indices
    joints = skeletons.KINECT_V1.joints
    assert [joints[i] for i in found.top] == ["Head"]
    assert set(found.bottom) == set(anatomy.of(joints).bottom) != set()


def test_programs_start_without_what_draws():
    code = (
        "import runpy, sys; runpy.run_path('SimMC.py'); "
        "runpy.run_path('scripts/report.py'); "
        "print([n for n in ('matplotlib', 'PIL', 'sklearn') if n in sys.modules])"
    )
    done = programs.start("-c", code)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


@pytest.mark.browser
def test_a_browser_shows_the_page_without_complaint(auto, tmp_path):
    found = [shutil.which(name) for name in ("chromium", "chromium-browser", "chrome")]
    browser = next(filter(None, [*found, shutil.which("google-chrome")]), None)
    if browser is None:
        pytest.skip("there is no chromium or chrome on PATH")
    page = auto[0] / checkpoints.REPORT

    done = subprocess.run(
        [
            *(browser, "--headless", "--no-sandbox", "--disable-gpu"),
            *("--enable-logging=stderr", f"--user-data-dir={tmp_path}"),
            *("--dump-dom", page.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )

    assert "CONSOLE" not in done.stderr
    assert done.stdout.count("<svg") == read(auto[0]).count("<svg") > 20
    assert done.stdout.count("<path") > 100
