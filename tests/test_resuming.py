"""Runs that are stopped anywhere go on to the same files; none is lost unasked."""

import collections
import dataclasses
import json
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf

from simmc_tf import (
    atomic,
    checkpoints,
    data,
    errors,
    keeping,
    resuming,
    runs,
    state_file,
    stopping,
)
from simmc_tf import config as configs
from simmc_tf.export import about as abouts
from simmc_tf.export import layout
from simmc_tf.report import subject
from tests import programs, recorded_walks

PUBLISHED = configs.Config(
    **{"H": 16, "mask_x": 1, "mask_x_2": 1, "eps": 0.7, "min_samples": 4},
    **{"k1": 8, "k2": 3, "batch_size": 12, "epochs": 3, "lr": 0.005},
)
STRICT = dataclasses.replace(PUBLISHED, protocol=configs.STRICT)
AUTO = dataclasses.replace(STRICT, preset=configs.AUTO)
RESUME = resuming.Existing(resume=True)
OVERWRITE = resuming.Existing(overwrite=True)
# Of its own for every run.
TIMES = "timings.csv"
NOTHING = runs.After()


@pytest.fixture(autouse=True)
def every_epoch_is_kept(monkeypatch):
    """However long writing takes, so that a test may know where a run goes on."""
    monkeypatch.setattr(keeping, "SHARE", 1.0)


class Killed(BaseException):
    """Ends a run from within, past whatever catches errors."""


class Kill:
    """Ends a run when it has written a file, or half of it, for the n-th time."""

    def __init__(self, name, number=1, half=False):
        self.name, self.number, self.half = name, number, half

    def __repr__(self):
        return f"{'in' if self.half else 'after'} {self.name} {self.number}"

    def set(self, monkeypatch):
        """From now on, until it is undone."""
        write, left = atomic.write_all, self.number

        def writing(saves, without=()):
            nonlocal left
            folder = next(iter(saves)).parent
            now = self.name in [path.name for path in saves]
            left -= now
            if now and not left and self.half:
                # As SIGKILL leaves it.
                (folder / f"{atomic.PREFIX}0{self.name}").write_bytes(b"half")
                raise Killed
            write(saves, without)
            if now and not left:
                raise Killed

        monkeypatch.setattr(atomic, "write_all", writing)


def train(walks, folder, config=PUBLISHED, existing=resuming.NEW, after=NOTHING):
    """The result of a run, and its lines."""
    lines = []
    about = {"dataset": "Mine", "probe": "probe", "length": 4, "device": "CPU"}
    about["command"] = {"given": {"epochs": config.epochs}}
    result = runs.train(walks, config, folder, about, lines.append, after, existing)
    return result, lines


def contents(folder):
    """What must be the same, by name."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != TIMES
    }


def killed(kill, monkeypatch, *arguments, **options):
    """Begins a run that is killed."""
    with monkeypatch.context() as patched:
        kill.set(patched)
        with pytest.raises(Killed):
            train(*arguments, **options)


def shown(folder):
    """How often TensorBoard is told of a curve at an epoch."""
    return collections.Counter(
        (value.tag, event.step)
        for path in folder.glob("tensorboard/events.*")
        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator()
        for event in [tf.compat.v1.Event.FromString(record)]
        for value in event.summary.value
    )


CASES = {
    "published": (PUBLISHED, recorded_walks.data),
    "strict": (STRICT, recorded_walks.data),
    "auto": (AUTO, recorded_walks.data),
}
_UNTOUCHED = {}


@pytest.fixture
def case(request, tmp_path_factory):
    """Data, configuration and what an untouched run leaves."""
    if request.param not in _UNTOUCHED:
        config, make = CASES[request.param]
        folder = tmp_path_factory.mktemp("untouched")
        walks = make()
        train(walks, folder, config)
        _UNTOUCHED[request.param] = walks, config, contents(folder)
    return _UNTOUCHED[request.param]


QUICK = [
    ("auto", Kill("state.npz", 4)),
    ("published", Kill("best.weights.h5", half=True)),
]
SLOW = [
    (name, kill)
    for name in CASES
    for kill in (
        *(Kill("state.npz", number) for number in range(1, 6)),
        *(Kill("state.npz", number, half=True) for number in range(2, 6)),
        *(Kill("best.weights.h5"), Kill("best.weights.h5", half=True)),
        *(Kill("metrics.csv", 1), Kill("metrics.csv", 3), Kill("timings.csv", 2)),
        *(Kill("best.json"), Kill("best.json", half=True)),
    )
    if (name, repr(kill)) not in [(n, repr(k)) for n, k in QUICK]
]


@pytest.mark.parametrize(
    ("case", "kill"),
    [*QUICK, *(pytest.param(*each, marks=pytest.mark.slow) for each in SLOW)],
    indirect=["case"],
    ids=str,
)
def test_a_run_that_was_killed_comes_to_the_same_files(
    case, kill, tmp_path, monkeypatch
):
    walks, config, untouched = case
    killed(kill, monkeypatch, walks, tmp_path, config)
    has_row = bool(resuming.read(tmp_path).rows)

    _, lines = train(walks, tmp_path, config, RESUME)

    assert contents(tmp_path) == untouched
    assert any(line.startswith("going on after ") for line in lines) == has_row


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, indirect=True)
def test_a_run_that_was_killed_after_every_epoch_comes_to_the_same_files(
    case, tmp_path, monkeypatch
):
    walks, config, untouched = case
    # The first state is of a run that has only begun, the next of its first row.
    for number in (1, 2, 1, 1, 1):
        options = {"existing": RESUME, "config": config}
        killed(Kill("state.npz", number), monkeypatch, walks, tmp_path, **options)

    train(walks, tmp_path, config, RESUME)

    assert contents(tmp_path) == untouched


@pytest.mark.slow
def test_a_run_on_sequences_in_files_comes_to_the_same_files(tmp_path, monkeypatch):
    walks = recorded_walks.data()
    split = data.Split(recorded_walks.Filed(walks.train.sequences), walks.train.persons)
    filed = dataclasses.replace(walks, train=split)
    train(filed, tmp_path / "untouched", AUTO)
    killed(Kill("state.npz", 3), monkeypatch, filed, tmp_path / "killed", AUTO)

    train(filed, tmp_path / "killed", AUTO, RESUME)

    assert contents(tmp_path / "killed") == contents(tmp_path / "untouched")


@pytest.mark.slow
def test_a_run_that_patience_has_ended_is_not_trained_further(tmp_path, monkeypatch):
    walks = recorded_walks.data()
    # With a learning rate of next to nothing top-1 stays what it is after epoch 1.
    config = dataclasses.replace(PUBLISHED, epochs=50, patience=2, lr=1e-12)
    train(walks, tmp_path / "untouched", config)
    killed(Kill("best.json"), monkeypatch, walks, tmp_path / "killed", config)

    result, _ = train(walks, tmp_path / "killed", config, RESUME)

    assert [row.epoch for row in result.run.rows] == [0, 1, 2, 3]
    assert contents(tmp_path / "killed") == contents(tmp_path / "untouched")


# Of the published run the first epoch stays the best one.
OTHER_EPOCHS = [
    ("published", 2, [Kill("best.json")]),
    *(
        pytest.param(*each, marks=pytest.mark.slow)
        for each in (
            ("strict", 2, [Kill("state.npz", 4)]),
            ("auto", 2, [Kill("state.npz", 3)]),
            ("auto", 5, [Kill("state.npz", 4)]),
            # Before and after its config.json tells of the new number.
            ("published", 2, [Kill("best.json", half=True), Kill("config.json")]),
            ("published", 5, [Kill("state.npz", 3), Kill("config.json", half=True)]),
            # Its files have told of an epoch that is not to be.
            ("published", 5, [Kill("state.npz", 6, half=True)]),
        )
    ),
]


@pytest.mark.parametrize(
    ("case", "begun", "kills"), OTHER_EPOCHS, indirect=["case"], ids=str
)
def test_a_run_goes_on_to_another_number_of_epochs_as_if_begun_with_it(
    case, begun, kills, tmp_path, monkeypatch
):
    walks, config, untouched = case
    asked = dataclasses.replace(config, epochs=begun), resuming.NEW
    for kill in kills:
        killed(kill, monkeypatch, walks, tmp_path, *asked)
        asked = config, RESUME

    _, lines = train(walks, tmp_path, config, RESUME)

    assert contents(tmp_path) == untouched
    assert f"note: at most 3 epochs, where it began with {begun}" in lines


@pytest.mark.slow
def test_a_run_that_was_killed_between_two_files_of_a_pair_comes_to_the_same_files(
    tmp_path, monkeypatch
):
    walks, model = recorded_walks.data(), tmp_path / "killed" / checkpoints.WEIGHTS
    train(walks, tmp_path / "untouched", AUTO)
    killed(Kill("best.weights.h5"), monkeypatch, walks, model.parent, AUTO)
    earlier = model.read_bytes()
    killed(Kill("best.weights.h5"), monkeypatch, walks, model.parent, AUTO, RESUME)
    model.write_bytes(earlier)

    train(walks, model.parent, AUTO, RESUME)

    assert contents(model.parent) == contents(tmp_path / "untouched")


@pytest.mark.slow
def test_what_tensorboard_shows_goes_on(tmp_path, monkeypatch):
    pytest.importorskip("tensorboard")
    walks, after = recorded_walks.data(), runs.After(tensorboard=True)
    config = dataclasses.replace(AUTO, epochs=2)
    train(walks, tmp_path / "untouched", config, after=after)
    # Epoch 2 is written already, and comes again.
    kill, folder = Kill("state.npz", 4, half=True), tmp_path / "killed"
    killed(kill, monkeypatch, walks, folder, config, after=after)
    (before,) = folder.glob("tensorboard/events.*")

    train(walks, folder, config, RESUME, after)

    assert before.is_file() and len(list(folder.glob("tensorboard/events.*"))) == 2
    assert shown(folder) == shown(tmp_path / "untouched")
    without_events = [
        {name: content for name, content in files.items() if "events." not in name}
        for files in (contents(folder), contents(tmp_path / "untouched"))
    ]
    assert without_events[0] == without_events[1]
    assert "tensorboard/projector_config.pbtxt" in without_events[0]


@pytest.mark.slow
def test_a_run_that_was_killed_in_its_report_writes_it(walks, tmp_path, monkeypatch):
    after = runs.After(subject=subject.Subject("walkers"))
    config = dataclasses.replace(STRICT, epochs=1)
    killed(
        Kill("report.html", half=True),
        monkeypatch,
        walks,
        tmp_path,
        config,
        after=after,
    )
    before = contents(tmp_path)

    train(walks, tmp_path, config, RESUME, after)

    now = contents(tmp_path)
    assert b"<html" in now.pop("report.html")
    assert now == {
        name: content
        for name, content in before.items()
        if name != state_file.NAME and not name.startswith(".")
    }


DESCRIPTION = {
    "dataset": "Mine",
    "length": 4,
    "hyperparameters": {"H": 16, "mic_weight": 0.5, "seed": 0, "epochs": 9},
    "unit": "m",
    "joint_names": ["Head", "Hip"],
    "data_sha256": {"training": "a", "probe": "b"},
    "persons_sha256": {"training": "c", "probe": "d"},
    "versions": {"keras": "3", "python": "3.11.4"},
    "device": "2 CPU cores",
}
MADE_OF = resuming.made_of(DESCRIPTION)
ROWS = [{"epoch": 0}, {"epoch": 1}, {"epoch": 2}]


def unfinished(folder, rows=ROWS):
    folder.mkdir(exist_ok=True)
    if len(rows) > 1:
        (folder / checkpoints.WEIGHTS).touch()
        atomic.write_json(folder / checkpoints.CONFIG, {**DESCRIPTION, "best_epoch": 1})
    best = 1 if len(rows) > 1 else None
    resuming.State(MADE_OF, rows, best=best).write(folder)


def finished(folder):
    folder.mkdir(exist_ok=True)
    for name, content in (
        *((checkpoints.WEIGHTS, ""), (checkpoints.BEST, '{"epoch": 7}')),
        (checkpoints.CONFIG, json.dumps(DESCRIPTION)),
    ):
        (folder / name).write_text(content, encoding="utf-8")


def half_a_model(folder):
    finished(folder)
    (folder / checkpoints.BEST).unlink()


def stopped_as_its_first_epoch_ended(folder):
    half_a_model(folder)
    unfinished(folder, rows=ROWS[:1])


TODAY = time.strftime("%Y-%m-%d ")


@pytest.mark.parametrize(
    ("make", "existing", "parts"),
    [
        (finished, resuming.NEW, ["finished run (best epoch 7, ended ", TODAY]),
        (
            unfinished,
            resuming.NEW,
            ["unfinished run (after epoch 2, best 1", "--resume"],
        ),
        (
            stopped_as_its_first_epoch_ended,
            resuming.NEW,
            ["unfinished run (after epoch 0, ", "--resume"],
        ),
        (half_a_model, resuming.NEW, ["not of a finished run"]),
        (half_a_model, RESUME, ["cannot go on"]),
    ],
    ids=[
        "finished",
        "unfinished",
        "its first epoch",
        "a model alone",
        "a model alone to go on with",
    ],
)
def test_no_run_is_lost_unasked(make, existing, parts, tmp_path):
    folder = tmp_path / "run"
    make(folder)
    before = contents(folder)

    with pytest.raises(errors.InputError) as refused:
        existing.check(folder)

    for part in (str(folder), "--overwrite", "--model_root", *parts):
        assert part in str(refused.value)
    assert contents(folder) == before
    OVERWRITE.check(folder)


def test_of_a_run_that_had_only_begun_nothing_is_lost(tmp_path):
    for rows in (ROWS[:1], []):
        unfinished(tmp_path, rows=rows)
        resuming.NEW.check(tmp_path)
    # Nor is there anything that would have to be the same.
    other = resuming.made_of({**DESCRIPTION, "length": 6})
    assert resuming.RunKeeper(tmp_path, other, RESUME).found is None


def test_a_run_that_was_to_be_overwritten_goes_on_as_that(tmp_path):
    finished(tmp_path)
    asked = resuming.made_of({**DESCRIPTION, "length": 6})
    with atomic.locked(tmp_path):
        resuming.RunKeeper(tmp_path, asked, OVERWRITE).begin(print)

    keeper = resuming.RunKeeper(tmp_path, asked, RESUME)

    assert not keeper.finished
    assert keeper.description["length"] == 6
    with pytest.raises(errors.InputError, match="finished run"):
        resuming.NEW.check(tmp_path)


@pytest.mark.parametrize(
    ("changed", "tensorboard", "message"),
    [
        (
            {"hyperparameters": {"H": 16, "mic_weight": 0.5, "seed": 5, "epochs": 9}},
            False,
            "--seed 5",
        ),
        (
            {"hyperparameters": {"H": 16, "mic_weight": 1, "seed": 0, "epochs": 9}},
            False,
            "--lambda 1",
        ),
        ({"length": 6}, False, r"--length 6 \(there 4\)"),
        ({"data_sha256": {"training": "a", "probe": "z"}}, False, "in probe data;"),
        ({"persons_sha256": {"training": "z", "probe": "d"}}, False, "of training;"),
        (
            {"versions": {"keras": "4", "python": "3.11.4"}},
            False,
            r"in keras 4 \(there 3\); it goes on with",
        ),
        (
            {"versions": {"keras": "3", "python": "3.12.4"}},
            False,
            r"in python 3.12.4 \(there 3.11.4\);",
        ),
        ({"unit": "mm"}, False, "in unit;"),
        ({"joint_names": ["Head", "Foot"]}, False, "in joint names;"),
        ({}, True, "in --tensorboard"),
    ],
)
def test_a_run_of_something_else_does_not_go_on(
    changed, tensorboard, message, tmp_path
):
    unfinished(tmp_path)
    asked = resuming.made_of({**DESCRIPTION, **changed}, tensorboard)

    with pytest.raises(errors.InputError, match=message) as refused:
        resuming.RunKeeper(tmp_path, asked, RESUME)

    assert "--overwrite" in str(refused.value) and "--model_root" in str(refused.value)


def test_a_run_that_has_ended_stays_one_after_an_upgrade(tmp_path):
    finished(tmp_path)
    asked = {**DESCRIPTION, "versions": {"keras": "4", "python": "3.12.0"}}

    assert resuming.RunKeeper(tmp_path, resuming.made_of(asked), RESUME).finished
    asked["length"] = 6
    with pytest.raises(errors.InputError, match="--length 6"):
        resuming.RunKeeper(tmp_path, resuming.made_of(asked), RESUME)


def test_going_on_by_another_device_is_told(tmp_path):
    unfinished(tmp_path)
    asked = resuming.made_of({**DESCRIPTION, "device": "GPU 0"})
    lines = []

    keeper = resuming.RunKeeper(tmp_path, asked, RESUME)
    keeper.begin(lines.append)

    assert keeper.kept().startswith(
        "the run is kept up to epoch 2; go on with: python "
    )
    assert keeper.kept().endswith(" --resume")
    assert lines[0] == "going on after epoch 2, where it was stopped"
    assert lines[1].startswith("note: device not as when it began")
    assert keeper.description == DESCRIPTION


def test_going_on_by_another_patch_release_of_python_is_told(tmp_path):
    unfinished(tmp_path)
    versions = {"keras": "3", "python": "3.11.5"}
    asked = resuming.made_of({**DESCRIPTION, "versions": versions})
    lines = []

    keeper = resuming.RunKeeper(tmp_path, asked, RESUME)
    keeper.begin(lines.append)

    assert lines[1].startswith("note: Python's patch release not as when it began")
    assert keeper.description == DESCRIPTION


def to_epochs(number):
    hyperparameters = {**DESCRIPTION["hyperparameters"], "epochs": number}
    return resuming.made_of({**DESCRIPTION, "hyperparameters": hyperparameters})


@pytest.mark.parametrize("best", [1, 3])
def test_a_run_does_not_go_on_to_fewer_epochs_than_it_has_behind_it(best, tmp_path):
    unfinished(tmp_path)
    config = {**DESCRIPTION, "best_epoch": best}
    atomic.write_json(tmp_path / checkpoints.CONFIG, config)
    done = max(2, best)
    before = contents(tmp_path)

    with pytest.raises(errors.InputError, match=f"--epochs {done - 1}: .*--overwrite"):
        resuming.RunKeeper(tmp_path, to_epochs(done - 1), RESUME)

    assert contents(tmp_path) == before
    assert resuming.RunKeeper(tmp_path, to_epochs(done), RESUME).found is not None


def test_a_run_that_has_ended_does_not_go_on_to_more_epochs(tmp_path):
    finished(tmp_path)
    # Of which nothing is told: it may be a pipe.
    (tmp_path / "metrics.csv").write_text("epoch\n0\n1\n2\n", encoding="utf-8")
    message = r"--epochs 20: .* ended \(at most 9 epochs\), .*--overwrite"
    with pytest.raises(errors.InputError, match=message):
        resuming.RunKeeper(tmp_path, to_epochs(20), RESUME)


@pytest.mark.parametrize("case", ["published"], indirect=True)
@pytest.mark.parametrize("there", [[], ["report.html"], ["report.html", "export/1"]])
def test_of_a_run_that_has_ended_only_what_is_missing_is_made(
    case, there, tmp_path, monkeypatch
):
    walks, config, untouched = case
    for name, content in untouched.items():
        (tmp_path / name).write_bytes(content)
    for name in there:
        (tmp_path / name).mkdir(parents=True)
    made = []
    monkeypatch.setattr(runs, "export", lambda *_: made.append("export"))
    page = lambda *_: made.append("report.html")  # noqa: E731
    monkeypatch.setattr(runs.after_training, "write", page)
    after = runs.After(export=True, subject=subject.Subject("walkers"))

    result, (line,) = train(walks, tmp_path, config, RESUME, after)

    assert made == ["export", "report.html"][: 2 - len(there)]
    left = f"left to do: {', '.join(made)}" if made else "there is nothing left to do"
    assert line == f"the run in {tmp_path} has ended; {left}"
    assert result is None


@pytest.mark.parametrize("case", ["published"], indirect=True)
@pytest.mark.parametrize("wanted", [True, False])
def test_a_run_that_has_ended_has_no_export_while_it_is_an_earlier_models(
    case, wanted, tmp_path, monkeypatch
):
    walks, config, untouched = case
    for name, content in untouched.items():
        (tmp_path / name).write_bytes(content)
    about = tmp_path / layout.FOLDER / layout.VERSION / "assets" / abouts.FILE
    about.parent.mkdir(parents=True)
    about.write_text("of another config.json")
    digest = abouts.digest_of_file(tmp_path / checkpoints.CONFIG)
    monkeypatch.setattr(runs, "export", lambda *_: about.write_text(digest))

    _, lines = train(walks, tmp_path, config, RESUME, runs.After(export=wanted))

    if wanted:
        assert about.read_text() == digest
        assert lines == [f"the run in {tmp_path} has ended; left to do: export"]
    else:
        assert lines[0].endswith("; there is nothing left to do")
        assert "is still of the earlier model; replace it" in lines[1]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_state_that_is_damaged_is_refused(share, tmp_path):
    unfinished(tmp_path)
    path = tmp_path / state_file.NAME
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])

    with pytest.raises(errors.InputError, match=r"cannot be read; --overwrite"):
        resuming.RunKeeper(tmp_path, MADE_OF, RESUME)


@pytest.mark.parametrize(
    "told",
    [
        {"made_of": 3},
        {"made_of": {"description": 3}},
        {"made_of": {"description": {"versions": 5}}, "rows": ROWS},
        {"made_of": {}, "rows": ROWS},
        {"made_of": MADE_OF, "rows": 5},
        {"made_of": MADE_OF, "rows": [1, 2]},
        *(
            {"made_of": MADE_OF, "rows": ROWS, "events": events}
            for events in ("x", None, -1, {"a": -1}, {"a": "x"}, {"a": 1.5})
        ),
    ],
    ids=str,
)
def test_a_state_that_tells_something_else_is_refused(told, tmp_path):
    state_file.write(tmp_path, told, {})

    resuming.NEW.check(tmp_path)
    with pytest.raises(errors.InputError, match=r"cannot be read; --overwrite"):
        resuming.RunKeeper(tmp_path, MADE_OF, RESUME)


@pytest.mark.parametrize("told", [[5], {"hyperparameters": 5}, {"data_sha256": "x"}])
def test_a_finished_run_that_tells_something_else_is_refused(told, tmp_path):
    finished(tmp_path)
    atomic.write_json(tmp_path / checkpoints.CONFIG, told)
    assert resuming.most_epochs(tmp_path) is None
    with pytest.raises(errors.InputError, match=r"config\.json cannot be read; --over"):
        resuming.RunKeeper(tmp_path, MADE_OF, RESUME)


@pytest.mark.parametrize("best", [0, 2, None, "x"])
def test_a_run_does_not_go_on_to_the_model_of_another(best, tmp_path):
    unfinished(tmp_path)
    config = {**DESCRIPTION, "best_epoch": best}
    atomic.write_json(tmp_path / checkpoints.CONFIG, config)

    with pytest.raises(errors.InputError, match="not its best model.*--overwrite"):
        resuming.RunKeeper(tmp_path, MADE_OF, RESUME)

    # Where it was stopped between its best model and its state.
    atomic.write_json(tmp_path / checkpoints.CONFIG, {**config, "best_epoch": 3})
    assert resuming.RunKeeper(tmp_path, MADE_OF, RESUME).found is not None
    (tmp_path / checkpoints.WEIGHTS).unlink()
    with pytest.raises(errors.InputError, match="not its best model"):
        resuming.RunKeeper(tmp_path, MADE_OF, RESUME)


def test_no_run_goes_on_into_a_model_that_took_its_place(tmp_path):
    unfinished(tmp_path)
    simmc = checkpoints.build(PUBLISHED, 6)

    checkpoints.replace(tmp_path, simmc, {**DESCRIPTION, "best_epoch": 1})

    assert not (tmp_path / state_file.NAME).exists()


def test_the_command_to_go_on_does_not_replace(monkeypatch):
    words = ["/bin/python", "SimMC.py", "--overwrite=true", "--epochs", "-1"]
    monkeypatch.setattr(sys, "orig_argv", words)

    told = stopping.command("--resume", without="--overwrite")

    assert told == "python SimMC.py --epochs -1 --resume"
    assert stopping.command() == "python SimMC.py --overwrite=true --epochs -1"


def test_floats_of_a_state_come_back_as_they_were(tmp_path):
    told = {"rows": [0.1 + 0.2, 1e-320, float("inf"), np.float64(1 / 3), np.int64(2)]}
    arrays = {
        "weights": [np.float32([1 / 3])] * 12,
        "none": [],
        "empty": [np.zeros((0, 3))],
    }
    state_file.write(tmp_path, told, arrays)

    again, found = state_file.read(tmp_path)

    assert again == {"rows": [float(x) for x in told["rows"]]}
    assert "none" not in found and found["empty"][0].shape == (0, 3)
    for one, two in zip(found["weights"], arrays["weights"], strict=True):
        assert one.dtype == two.dtype and one == two


def test_to_go_on_and_to_replace_contradict_each_other():
    with pytest.raises(errors.InputError, match="--resume .*--overwrite .*leave one"):
        resuming.Existing(resume=True, overwrite=True)


HOLD = """
import sys, pathlib, time
from simmc_tf import atomic
with atomic.locked(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_folder_is_held_while_its_process_lives_and_no_longer(tmp_path):
    folder = tmp_path / "run"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, folder], cwd=programs.ROOT, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(errors.InputError, match="Another run .*--model_root"):
            RESUME.check(folder)
    finally:
        holder.kill()
        holder.communicate()
    assert (folder / ".lock").is_file()  # Which now holds nobody.
    RESUME.check(folder)
    assert not folder.exists()


def test_states_that_take_long_to_write_are_written_at_the_end(
    walks, tmp_path, monkeypatch
):
    """And a run whose last epochs were not kept trains them again."""
    monkeypatch.setattr(keeping, "SHARE", 1e-9)
    write, kept = resuming.State.write, []

    def writing(state, folder):
        kept.append(len(state.rows))
        write(state, folder)

    monkeypatch.setattr(resuming.State, "write", writing)
    reference, again = tmp_path / "reference", tmp_path / "again"
    train(walks, reference)
    assert kept == [0, 1, 4]  # The beginning, row 0, and all.
    with monkeypatch.context() as patch:
        Kill("metrics.csv", 2).set(patch)
        with pytest.raises(Killed):
            train(walks, again)
    _, lines = train(walks, again, existing=RESUME)
    assert any("going on after epoch 0" in line for line in lines)
    assert contents(again) == contents(reference)
