"""SimMC from a notebook: fit, embed, evaluate, save, load, and what they refuse."""

import dataclasses
import json
import pathlib
import re
import tempfile

import numpy as np
import pytest

import simmc_tf
from datasets import recordings as recordings_module
from datasets import synthetic
from simmc_tf import (
    checkpoints,
    errors,
    evaluation,
    experiment,
    heartbeat,
    keeping,
    keywords,
    presets,
    replicas,
    runs,
    verdict,
)
from simmc_tf import data as data_module
from simmc_tf import progress as lines
from simmc_tf.export import embedder
from tests import programs, recorded_walks

README = pathlib.Path(__file__).parents[1] / "README.md"
FRAMES, JOINTS = recorded_walks.FRAMES, recorded_walks.JOINTS
SMALL = {"H": 16, "epochs": 2, "batch_size": 12, "seed": 3}
NAMES = np.array(["Ada", "Bo", "Cy", "Di"])


def raw(split):
    """Sequences [N, f, J, 3] whose skeletons stand anywhere, and persons."""
    shape = (len(split), FRAMES, -1, 3)
    generator = np.random.default_rng(len(split))
    # Powers of two, which root-centring takes off without rounding much.
    places = 2.0 ** generator.integers(3, size=(len(split), FRAMES, 1, 3))
    return split.sequences.reshape(shape) + places.astype(np.float32), split.persons


@pytest.fixture(scope="module")
def walks():
    """Training sequences; gallery and probe, each with persons."""
    data = recorded_walks.data(joints=JOINTS)
    matching = data.matching
    return raw(data.train)[0], raw(matching.gallery), raw(matching.probe)


def fit(walks, **changes):
    train, gallery, probe = walks
    return simmc_tf.fit(
        train, **{"gallery": gallery, "probe": probe, **SMALL, **changes}
    )


@pytest.fixture(scope="module")
def fitted(walks, tmp_path_factory):
    """A model, its folder and the lines that were told."""
    folder, lines = tmp_path_factory.mktemp("fitted") / "model", []
    model = fit(walks, folder=folder, progress=lines.append, unit="mm")
    return model, folder, lines


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_importing_the_package_loads_no_library_and_bad_input_no_tensorflow():
    code = (
        "import sys, simmc_tf\n"
        "heavy = ('tensorflow', 'keras', 'faiss', 'numba', 'scipy', 'sklearn')\n"
        "loaded = lambda: [name for name in heavy if name in sys.modules]\n"
        "print(loaded(), {'fit', 'load', 'InputError'} <= set(dir(simmc_tf)))\n"
        "print(simmc_tf.InputError.__name__, loaded())\n"
        "for bad in ([1, 2], [[[[1.0] * 3] * 5] * 4] * 9):\n"
        "    try:\n"
        "        simmc_tf.fit(bad, eps=0.5)\n"
        "    except ValueError as error:\n"
        "        print(str(error)[:9], 'tensorflow' in sys.modules)\n"
    )
    done = programs.start("-c", code)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        *("[] True", "InputError []", "sequences False", "eps 0.5:  False")
    ]


def test_the_package_has_nothing_else():
    with pytest.raises(AttributeError, match="'simmc_tf' has no attribute 'fitt'"):
        simmc_tf.fitt  # noqa: B018


def test_fit_trains_as_programs_do_on_the_same_sequences(walks, fitted, tmp_path):
    def split(sequences, persons):
        centred = sequences - sequences[:, :, :1]
        return data_module.Split(centred.reshape(*centred.shape[:2], -1), persons)

    train, gallery, probe = walks
    data = data_module.ReidData(
        split(train, np.full(len(train), -1)),
        data_module.Matching(split(*gallery), split(*probe)),
    )
    config = presets.config("auto", FRAMES, SMALL, {})

    result = experiment.train(data, config, tmp_path, {}, lambda line: None)

    model, folder, _ = fitted
    assert model.config == config and model.epoch == result.best_epoch
    assert model.scores == result.scores_all
    for name in ("metrics.csv", "best.json"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_fit_tells_an_epoch_a_line_and_the_scores(fitted):
    model, _, lines = fitted
    assert sum(line.startswith("epoch ") for line in lines) == 3
    text = "\n".join(lines)
    assert f"{model.scores.top1:.4f}" in text and "mean coordinates" in text
    assert "5 joints -> 16 numbers" in repr(model)


def test_without_a_folder_and_progress_nothing_is_left_and_nothing_said(
    walks, fitted, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    model = fit(walks, progress=None)
    assert capsys.readouterr() == ("", "")
    assert not list(tmp_path.iterdir())
    probe = walks[2][0]
    np.testing.assert_array_equal(model.embed(probe), fitted[0].embed(probe))


def test_an_embedding_does_not_hang_on_where_somebody_stands(walks, fitted):
    model, probe = fitted[0], walks[2][0]
    features = model.embed(probe)
    assert features.shape == (len(probe), 16) and features.dtype == np.float32
    moved = probe + np.array([512.0, -64.0, 2048.0])
    np.testing.assert_allclose(model.embed(moved), features, atol=1e-4)


@pytest.mark.parametrize("shape", [(0, FRAMES), (3, 1), (2, 9)])
def test_any_number_of_sequences_and_frames_is_embedded(shape, fitted):
    sequences = np.random.default_rng(0).normal(size=(*shape, JOINTS, 3))
    assert fitted[0].embed(sequences).shape == (shape[0], 16)
    assert np.isfinite(
        fitted[0].embed(sequences.tolist() if shape[0] else sequences)
    ).all()


def test_evaluate_repeats_the_scores_of_training(walks, fitted):
    _, (gallery, shown), (probe, wanted) = walks
    model = fitted[0]
    scores = model.evaluate(gallery, shown, probe, wanted)
    assert scores == model.scores
    assert (scores.num_probes, scores.num_gallery) == (len(probe), len(gallery))


@pytest.mark.parametrize("kind", [str, object], ids=["texts", "objects"])
def test_persons_may_have_names(kind, walks, fitted):
    _, (gallery, shown), (probe, wanted) = walks
    shown, wanted = NAMES[shown].astype(kind), NAMES[wanted].astype(kind)
    assert fitted[0].evaluate(gallery, shown, probe, wanted) == fitted[0].scores
    assert fitted[0].evaluate(gallery, list(shown), probe, wanted) == fitted[0].scores


def test_a_saved_model_is_the_same_when_loaded(walks, fitted, tmp_path):
    model, folder, _ = fitted

    model.save(tmp_path / "again")
    again = simmc_tf.load(str(tmp_path / "again"))

    assert contents(tmp_path / "again").keys() == contents(folder).keys()
    for name in (*checkpoints.FIGURES, checkpoints.CONFIG):
        assert contents(tmp_path / "again")[name] == contents(folder)[name]
    probe = walks[2][0]
    np.testing.assert_array_equal(again.embed(probe), model.embed(probe))
    assert (again.config, again.scores, again.epoch) == (
        *(model.config, model.scores, model.epoch),
    )


def test_a_model_is_replaced_only_if_one_says_so(walks, fitted, tmp_path):
    model = fitted[0]
    model.save(tmp_path / "mine")
    before = contents(tmp_path / "mine")
    for replace in (
        lambda **changes: model.save(tmp_path / "mine", **changes),
        lambda **changes: fit(walks, folder=tmp_path / "mine", **changes),
    ):
        with pytest.raises(
            errors.InputError, match=r"(model|run).*overwrite=True"
        ) as refused:
            replace()
        assert str(tmp_path / "mine") in str(refused.value)
        assert contents(tmp_path / "mine") == before
        replace(overwrite=True)
        assert simmc_tf.load(tmp_path / "mine").scores == model.scores


def test_a_run_that_has_ended_is_loaded(walks, fitted):
    model, folder, _ = fitted
    before, lines = contents(folder), []

    again = fit(walks, folder=folder, resume=True, unit="mm", progress=lines.append)

    assert lines == [f"the run in {folder} has ended; there is nothing left to do"]
    assert contents(folder) == before
    np.testing.assert_array_equal(again.embed(walks[2][0]), model.embed(walks[2][0]))
    with pytest.raises(
        errors.InputError, match=r"seed 5 \(there 3\); it .*overwrite=True"
    ):
        fit(walks, folder=folder, resume=True, unit="mm", seed=5)


def test_a_run_that_was_interrupted_tells_how_to_go_on_and_does(
    walks, fitted, tmp_path, monkeypatch
):
    monkeypatch.setattr(keeping, "SHARE", 1.0)  # Every epoch is kept.
    folder, lines = tmp_path / "model--seed", []  # No flag.

    def stop(line):
        lines.append(line)
        if line.startswith("epoch 2/2"):  # Which is not kept yet.
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(walks, folder=folder, unit="mm", progress=stop)

    call = f"simmc_tf.fit(..., folder={str(folder)!r}, resume=True)"
    said = f"stopped; the run is kept up to epoch 1; go on with: {call}"
    assert lines[-1] == said
    fit(walks, folder=folder, resume=True, unit="mm", progress=lines.append)
    assert "going on after epoch 1, where it was stopped" in lines
    now, then = contents(folder), contents(fitted[1])
    for name in ("best.weights.h5", "metrics.csv", "best.json", "config.json"):
        assert now[name] == then[name]


def test_what_differs_is_named_as_it_was_given():
    told = keywords.in_text("--probe probe (there None), --length 8 (there 6)")

    assert told == "probe probe (there None), length 8 (there 6)"


def test_nothing_goes_on_without_a_folder(walks):
    with pytest.raises(errors.InputError, match="resume=True: without folder"):
        fit(walks, resume=True)


def test_eval_and_fit_agree_on_a_folder(walks, fitted):
    model, folder, _ = fitted
    train, (gallery, shown), (probe, wanted) = walks
    splits = [
        data_module.Split(data_module.centred(some), who)
        for some, who in ((train, shown), (gallery, shown), (probe, wanted))
    ]
    data = data_module.ReidData(splits[0], data_module.Matching(*splits[1:]))
    lines = []
    runs.evaluate(data, folder, lambda *_: None, lines.append)
    assert f"{model.scores.mean_ap:.4f}" in lines[-1] and "differ" not in str(lines)
    about = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert (about["unit"], about["length"], about["probe"]) == ("mm", FRAMES, "probe")


def test_an_exported_model_embeds_the_same_without_this_package(
    walks, fitted, tmp_path
):
    model, probe = fitted[0], walks[2][0]

    model.export(tmp_path / "mine")

    found = embedder.load(tmp_path / "mine")
    about, scores = found.about, dataclasses.asdict(model.scores)
    assert np.abs(found.embed(probe) - model.embed(probe)).max() < 1e-6
    assert (about.kind, about.unit, about.length) == ("joints", "mm", FRAMES)
    assert about.metrics["scores_all_pairs"] == scores
    assert simmc_tf.load(tmp_path / "mine").scores == model.scores


def test_an_export_is_replaced_only_if_one_says_so(fitted, tmp_path):
    model = fitted[0]
    model.save(tmp_path)
    before = contents(tmp_path)
    with pytest.raises(errors.InputError, match=r"model in .*overwrite=True"):
        model.export(tmp_path)
    assert contents(tmp_path) == before
    model.export(tmp_path, overwrite=True)
    (tmp_path / "export" / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / checkpoints.WEIGHTS).write_bytes(b"of another")

    with pytest.raises(errors.InputError, match="notes.txt was not made here"):
        model.export(tmp_path, overwrite=True)

    assert (tmp_path / checkpoints.WEIGHTS).read_bytes() == b"of another"


def test_an_export_of_an_earlier_model_is_named(walks, fitted, tmp_path):
    model, lines = fitted[0], []
    model.export(tmp_path)
    fit(walks, folder=tmp_path, overwrite=True, seed=4, progress=lines.append)
    expected = (
        f"the export in {tmp_path / 'export'} is still of the earlier model; replace "
        "it by Model.export"
    )
    assert lines[-1] == f"note: {expected}"
    simmc_tf.load(tmp_path).export(tmp_path, overwrite=True)

    # A warning, which here is an error; other libraries' are left alone.
    with pytest.raises(UserWarning, match=re.escape(expected)):
        model.save(tmp_path, overwrite=True)


@pytest.mark.parametrize("place", ["README.md", "README.md/model", "/proc/q"])
def test_a_folder_that_cannot_be_written_to_is_refused(place, walks, fitted, tmp_path):
    (tmp_path / "README.md").write_text("mine", encoding="utf-8")
    folder = tmp_path / place
    for call in (
        lambda: fit(walks, folder=folder, progress=None),
        lambda: fitted[0].save(folder),
        lambda: fitted[0].export(folder),
    ):
        with pytest.raises(errors.InputError) as refused:
            call()
        text = str(refused.value)
        assert text.startswith(f"{folder} is no folder that can be written to (")
        assert "\n" not in text
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == "mine"


def test_a_fault_of_somebodys_progress_stays_what_it_is(walks, tmp_path):
    def progress(_):
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        fit(walks, folder=tmp_path, progress=progress)


def test_masks_are_not_left_unread(walks, fitted):
    _, (gallery, shown), (probe, wanted) = walks
    masked = np.ma.masked_greater(probe, 3.0)
    for call, name in (
        (lambda: fitted[0].embed(masked), "sequences"),
        (lambda: fitted[0].embed(list(masked)), "sequences"),
        (lambda: simmc_tf.fit(masked), "sequences"),
        (lambda: simmc_tf.cut([probe[0], masked[1]]), r"recordings\[1\]"),
        (
            lambda: fitted[0].evaluate(gallery, shown, masked, wanted),
            "probe",
        ),
    ):
        with pytest.raises(errors.InputError, match=f"^{name} has masked values"):
            call()
    whole = np.ma.masked_array(probe)
    np.testing.assert_array_equal(fitted[0].embed(whole), fitted[0].embed(probe))


def test_fit_trains_on_the_first_gpu_whatever_was_made_visible(
    walks, tmp_path, monkeypatch
):
    given = []

    def train(data, config, folder, about, say, devices, silent, keeper):
        given.extend(devices)
        raise KeyboardInterrupt

    monkeypatch.setattr(replicas, "visible_gpus", lambda: ["GPU:0", "GPU:1"])
    monkeypatch.setattr(experiment, "train", train)
    with pytest.raises(KeyboardInterrupt):
        fit(walks, folder=tmp_path)

    assert given == ["GPU:0"]


def test_who_wants_silence_is_not_told_of_long_epochs_either(
    walks, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(heartbeat.Heartbeat, "_run", heartbeat.Heartbeat.beat)
    monkeypatch.setattr(lines, "standing", lambda run: "at work")

    fit(walks, folder=tmp_path / "silent", progress=None)
    assert capsys.readouterr() == ("", "")
    fit(walks, folder=tmp_path / "loud")
    assert capsys.readouterr().err == "at work\n"


def test_an_interrupt_leaves_the_best_model_so_far(walks, tmp_path):
    def progress(line):
        if line.startswith("epoch 2"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(walks, folder=tmp_path, progress=progress)
    model = simmc_tf.load(tmp_path)
    assert model.epoch in (1, 2) and model.scores is None


def test_the_published_preset_takes_what_auto_does_not(walks):
    settings = {"preset": "published", "protocol": "strict", "eps": 0.7, "k1": 8}
    model = fit(walks, **settings, k2=np.int64(3), lr=1, epochs=1, progress=None)
    config = dataclasses.asdict(model.config)
    assert config.items() >= {**settings, "k2": 3, "lr": 1.0, "epochs": 1}.items()
    assert type(config["k2"]) is int and type(config["lr"]) is float


def test_a_run_can_be_had_as_a_page(walks, tmp_path, capfd):
    lines = []
    path = tmp_path / "pages" / "run.html"
    train, *others = walks
    names = np.array(["Ada", "Bo", "Cy", "<Di>"])
    gallery, probe = ((sequences, names[who].tolist()) for sequences, who in others)
    named = (train, gallery, probe)
    folder = tmp_path / "run"
    fit(named, report=path, folder=folder, progress=lines.append)
    page = path.read_text(encoding="utf-8")
    assert f"{path}: the run as a page for a browser" in lines
    assert "SimMC on skeletons" in page and ", Ada" in page and ", &lt;Di&gt;" in page
    assert "<Di>" not in page and "writes this page again" not in page
    assert 'class="card' in page
    capfd.readouterr()

    fit(walks, gallery=None, probe=None, report=path, progress=None)
    assert "These data have no probes" in path.read_text(encoding="utf-8")
    assert capfd.readouterr() == ("", "")


def test_a_page_that_cannot_be_written_costs_no_model(walks, tmp_path):
    (tmp_path / "file").write_text("")
    lines = []
    fit(walks, report=tmp_path / "file" / "run.html", progress=lines.append)
    (line,) = [line for line in lines if "there is no" in line]
    assert line.startswith(f"warning: there is no {tmp_path / 'file'}")
    assert "scripts.report" not in line
    with pytest.raises(simmc_tf.InputError, match="ends in .html, not"):
        fit(walks, report=tmp_path, folder=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_joint_names_are_kept(walks):
    names = [f"joint {n}" for n in range(JOINTS)]
    train = walks[0]
    model = simmc_tf.fit(train, joint_names=names, progress=None, **SMALL)
    assert model.joint_names == tuple(names) and model.scores is None


def broken(walks, **changes):
    """Arguments of fit, some of them broken."""
    train, gallery, probe = walks
    given = {"sequences": train, "gallery": gallery, "probe": probe, **SMALL}
    return {**given, **changes}


def with_nan(sequences):
    sequences = sequences.copy()
    sequences[4, 2, 1, 0] = np.nan
    return sequences


BROKEN = {
    "no array": ({"sequences": "walks.npz"}, r"sequences has shape \[\] and type <U9"),
    "flat": ({"sequences": np.zeros((9, 4, 15))}, r"\[9, 4, 15\].*\[N, f, J, 3\]"),
    "two axes": ({"sequences": np.zeros((9, 4, 5, 2))}, r"numbers \[N, f, J, 3\]"),
    "one joint": ({"sequences": np.zeros((9, 4, 1, 3))}, "2 joints"),
    "no frame": ({"sequences": np.zeros((9, 0, 5, 3))}, "1 frame"),
    "none": ({"sequences": np.zeros((0, 4, 5, 3))}, "sequences has no sequence"),
    "complex": ({"sequences": np.zeros((9, 4, 5, 3), complex)}, "complex128"),
    "too large": ({"sequences": np.full((9, 4, 5, 3), 1e39)}, "joint 0 is inf"),
    "ragged": (
        {"sequences": [np.zeros((4, 5, 3)), np.zeros((3, 5, 3))]},
        "simmc_tf.cut",
    ),
    "persons": ({"persons": [1, 2]}, "sequences has .* and 2 persons"),
    "gallery alone": ({"probe": None}, "probe is missing"),
    "no pair": ({"gallery": np.zeros((9, 4, 5, 3))}, "gallery must be a pair"),
    "field": ({"epoch": 5}, "no setting epoch; expected one of H, D"),
    "text": ({"epochs": "5"}, "epochs must be a whole number, not '5'"),
    "fraction": ({"epochs": 2.5}, "epochs must be a whole number, not 2.5"),
    "truth": ({"lr": True}, "lr must be a number, not True"),
    "range": ({"mic_weight": 2}, "^mic_weight must be within"),
    "mask": ({"mask_x": 4}, "^mask_x 4 would drop every skeleton"),
    "preset": ({"preset": "best"}, "preset must be auto or published, not 'best'"),
    "not with auto": ({"eps": 0.5}, "^eps 0.5: preset auto, the default, takes none"),
    "batch": (
        {"preset": "published", "protocol": "strict", "batch_size": 5000},
        "^There are .*; give batch_size",
    ),
    "no persons": (
        {"protocol": "published", "batch_size": 9},
        "give protocol strict",
    ),
    "joint names": ({"joint_names": ["a"]}, "joint_names has 1 names"),
    "a text": ({"joint_names": "abcde"}, "a list of names, not 'abcde'"),
    "no list": ({"joint_names": 5}, "a list of names, not 5"),
    "twice": ({"joint_names": list("abcda")}, "joint_names has a more than once"),
    "unit": ({"unit": 7}, "unit must be m, cm, mm or None, not 7"),
    "inches": ({"unit": "in"}, "unit must be m, cm, mm or None, not 'in'"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_fit_refuses_in_one_line_and_writes_nothing(name, walks, tmp_path):
    changes, pattern = BROKEN[name]
    folder = tmp_path / "model"
    with pytest.raises(ValueError, match=pattern) as caught:
        simmc_tf.fit(**broken(walks, **changes), folder=folder)
    assert isinstance(caught.value, simmc_tf.InputError)
    assert "\n" not in str(caught.value) and "--" not in str(caught.value)
    assert not folder.exists()


def test_a_coordinate_that_is_no_number_is_named_by_its_place(walks, fitted):
    sequences = with_nan(walks[0])
    pattern = f"sequence 4, frame 2, joint 1 is nan .1 of {len(sequences)} "
    with pytest.raises(errors.InputError, match=f"sequences: {pattern}"):
        simmc_tf.fit(sequences)
    with pytest.raises(errors.InputError, match=pattern):
        fitted[0].embed(sequences)
    _, (_, shown), (probe, wanted) = walks
    with pytest.raises(errors.InputError, match=f"gallery: {pattern}"):
        fitted[0].evaluate(sequences, np.zeros(len(sequences), int), probe, wanted)


def test_other_joints_and_persons_are_refused(walks, fitted):
    _, (gallery, shown), (probe, wanted) = walks
    evaluate = fitted[0].evaluate
    for call, pattern in (
        (lambda: fitted[0].embed(probe[:, :, :4]), r"expected numbers \[N, f, 5, 3\]"),
        (lambda: evaluate(gallery, shown, probe[:, :, :4], wanted), "probe has shape"),
        (lambda: evaluate(gallery, shown[:2], probe, wanted), "2 persons"),
        (lambda: evaluate(gallery, [[1], [2, 3]], probe, wanted), "persons is no arr"),
        (lambda: evaluate(gallery, shown, probe, NAMES[wanted]), "different kinds"),
        (lambda: evaluate(gallery, shown * 1.0, probe, wanted), "float64"),
        (lambda: evaluate(gallery, shown, probe, wanted - 1), "have no person"),
        (
            lambda: evaluate(gallery, shown, probe, wanted + 9),
            "show 9, 10, 11, 12, the",
        ),
        (
            lambda: evaluate(gallery, NAMES[shown], probe, ["Eve"] * len(probe)),
            "probes show Eve, the gallery shows Ada, Bo",
        ),
    ):
        with pytest.raises(errors.InputError, match=pattern):
            call()


def test_advice_names_no_programs():
    def scores(value):
        return evaluation.Scores(value, value, value, value, 9, 9)

    ahead = {name: scores(0.9) for name in ("mean coordinates", "untrained")}
    lines = verdict.judge(scores(0.5), ahead, "auto").lines
    assert "scripts.evaluate --representation raw" in lines[-1]

    advice = keywords.in_text(lines[-1])

    assert "use mean coordinates instead; the data may" in advice
    assert "--" not in advice and "python" not in advice


def test_load_says_that_there_is_no_model_or_a_broken_one(fitted, tmp_path):
    pattern = "no trained model in .*nowhere.* train one by simmc_tf.fit.$"
    with pytest.raises(errors.InputError, match=pattern):
        simmc_tf.load(tmp_path / "nowhere")
    fitted[0].save(tmp_path / "broken")
    weights = tmp_path / "broken" / checkpoints.WEIGHTS
    weights.write_bytes(weights.read_bytes()[:100])
    pattern = "cannot be read .*; train it again by simmc_tf.fit.$"
    with pytest.raises(errors.InputError, match=pattern):
        simmc_tf.load(tmp_path / "broken")


@pytest.mark.parametrize(
    ("size", "preset"), [(16, "published"), (15, "auto")], ids=["width", "preparation"]
)
def test_a_model_of_vectors_is_refused(size, preset, tmp_path, monkeypatch):
    generator = np.random.default_rng(0)
    sequences = generator.normal(size=(30, 4, size)).astype(np.float32)
    data = data_module.ReidData(
        data_module.Split(sequences, np.full(30, -1)), None, coordinates=False
    )
    given = {**SMALL, "protocol": "strict", "epochs": 1}
    config = presets.config(preset, 4, given, presets.published(4))
    about = {"joint_names": list("abcde")}
    experiment.train(data, config, tmp_path, about, lambda line: None)
    with pytest.raises(errors.InputError, match="takes vectors of .*SimMC-UF.py"):
        simmc_tf.load(tmp_path)


def test_a_model_of_which_not_everything_is_known_is_loaded(walks, fitted, tmp_path):
    fitted[0].save(tmp_path)
    path = tmp_path / checkpoints.CONFIG
    about = json.loads(path.read_text(encoding="utf-8"))
    about |= {"best_epoch": None, "data_sha256": None}
    path.write_text(json.dumps(about), encoding="utf-8")
    (tmp_path / checkpoints.BEST).write_text("{}", encoding="utf-8")

    model = simmc_tf.load(tmp_path)

    assert model.epoch is None and model.scores is None and "unknown" in repr(model)
    probe = walks[2][0]
    np.testing.assert_array_equal(model.embed(probe), fitted[0].embed(probe))


@pytest.mark.parametrize(
    ("length", "step", "stride"), [(6, None, 3), (1, None, 1), (5, 5, 5), (4, 7, 7)]
)
def test_recordings_are_cut_as_by_hand(length, step, stride):
    generator = np.random.default_rng(0)
    recordings = [generator.normal(size=(n, 2, 3)) for n in (13, 3, 6, 0, 20)]

    sequences, numbers = simmc_tf.cut(recordings, length, step)

    expected = [
        (number, recording[start : start + length])
        for number, recording in enumerate(recordings)
        for start in range(len(recording))
        if start % stride == 0 and start + length <= len(recording)
    ]
    assert numbers.tolist() == [number for number, _ in expected]
    np.testing.assert_array_equal(sequences, np.float32([some for _, some in expected]))


@pytest.mark.parametrize(
    ("recordings", "settings", "pattern"),
    [
        (
            [np.zeros((5, 2, 3))],
            {},
            "No recording has 6 frames: the longest of 1 has 5",
        ),
        ([], {}, "longest of 0 has 0"),
        ([np.zeros((5, 2, 3))], {"length": 0}, "length must be .* at least 1, not 0"),
        ([np.zeros((5, 2, 3))], {"length": 3.0}, "a whole number .*, not 3.0"),
        ([np.zeros((5, 2, 3))], {"length": "3"}, "a whole number .*, not '3'"),
        ([np.zeros((5, 2, 3))], {"step": 0}, "step must be .* at least 1, not 0"),
        ([np.zeros((5, 2, 3))], {"step": 1.5}, "step must be a whole number"),
        (5, {}, "recordings must be arrays .*, not 5"),
        ([[[1.0, 2.0], [3.0]]], {}, r"recordings\[0\] is no array"),
        ([np.zeros((9, 2))], {}, r"recordings\[0\] has shape \[9, 2\]"),
        (
            [np.zeros((9, 2, 3)), np.zeros((9, 3, 3))],
            {},
            r"recordings\[1\] has 3 joints, recordings\[0\] has 2",
        ),
        (
            [np.zeros((9, 2, 3)), np.full((9, 2, 3), 1e39)],
            {},
            r"recordings\[1\]: frame 0 .* \(9 of 9 frames have such\)",
        ),
        (
            [np.where(np.arange(9) == 4, np.nan, 0)[:, None, None] + np.zeros((2, 3))],
            {},
            r"recordings\[0\]: frame 4 has .* \(1 of 9 frames",
        ),
    ],
)
def test_recordings_that_cannot_be_cut_are_refused(recordings, settings, pattern):
    with pytest.raises(errors.InputError, match=pattern):
        simmc_tf.cut(recordings, **settings)


def test_the_readmes_example_runs(tmp_path, monkeypatch, capsys):
    blocks = re.findall(
        r"(?:^(?: {4}.*)?\n)+", README.read_text(encoding="utf-8"), re.MULTILINE
    )
    (example,) = (block for block in blocks if "simmc_tf.fit(" in block)
    lines = [line.removeprefix("    ") for line in example.strip("\n").splitlines()]
    assert len(lines) <= 15
    monkeypatch.chdir(tmp_path)
    settings = synthetic.Settings(persons=3, frames=30)
    recordings_module.write(tmp_path / "walks.npz", synthetic.generate(settings))

    exec("\n".join(lines), names := {})  # noqa: S102

    assert 0 <= names["model"].scores.top1 <= 1
    assert "Scores(top1=" in capsys.readouterr().out
    assert simmc_tf.load(tmp_path / "MyModel").scores == names["model"].scores
