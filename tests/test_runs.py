"""What a run says: by which preset, how good the model is, what to do if it is not."""

import dataclasses
import json

import numpy as np
import pytest

from simmc_tf import checkpoints, evaluation, runs, verdict
from simmc_tf import config as configs
from simmc_tf import data as data_module
from tests import recorded_walks

PUBLISHED = configs.Config(
    H=16, mask_x=1, mask_x_2=1, eps=0.7, batch_size=12, k1=8, k2=3, epochs=1
)
STRICT = dataclasses.replace(PUBLISHED, protocol=configs.STRICT)
AUTO = dataclasses.replace(STRICT, preset=configs.AUTO)
TENTH = evaluation.Scores(0.1, 0.1, 0.1, 0.1, 1, 1)
HEADING = "   top-1   top-5  top-10     mAP   probes  gallery"
NEEDS_NO_TRAINING = [
    *("untrained encoder", "mean coordinates", "mean joint distances, raw"),
    "mean joint distances, standardised",
]


@pytest.fixture(scope="module")
def walks():
    return recorded_walks.data()


def without_probes(data):
    persons = np.full(len(data.train), -1)
    return dataclasses.replace(
        data, train=data_module.Split(data.train.sequences, persons), matching=None
    )


def train(data, config, folder):
    """The result of a run and what it printed."""
    lines = []
    result = runs.train(data, config, folder, {"dataset": "Mine"}, lines.append)
    return result, "\n".join(lines).splitlines()


def table(lines):
    """Name -> figures of the final table, in its order."""
    (first,) = (n for n, line in enumerate(lines) if line.endswith(HEADING))
    width = len(lines[first]) - len(HEADING)
    rows = {}
    for line in lines[first + 1 :]:
        name, figures = line[:width].strip(), line[width:].split()
        if len(figures) != 6 or "." not in figures[0]:
            break
        rows[name] = figures
    return rows


@pytest.fixture(scope="module")
def auto(walks, tmp_path_factory):
    folder = tmp_path_factory.mktemp("auto")
    return folder, *train(walks, AUTO, folder)


def test_auto_says_that_it_reads_no_label(auto):
    (line,) = (line for line in auto[2] if line.startswith("auto preset: "))
    assert "no identity label is read anywhere" in line
    # The line that knows whether there are any says how recordings are told.
    assert "recordings" not in line
    assert sum(line.startswith("recordings: ") for line in auto[2]) == 1
    assert not any("protocol:" in line for line in auto[2])


@pytest.mark.parametrize("config", [PUBLISHED, STRICT], ids=["published", "strict"])
def test_the_table_has_the_trained_encoder_first_and_then_what_it_has_to_beat(
    config, walks, tmp_path
):
    result, lines = train(walks, config, tmp_path)

    assert any(line.startswith(f"{config.protocol} protocol: ") for line in lines)
    names = list(table(lines))
    if config.protocol == configs.PUBLISHED:
        assert names.pop(0) == "trained encoder, whole batches"
    assert names == ["trained encoder", *NEEDS_NO_TRAINING]
    assert table(lines)["trained encoder"][0] == f"{result.scores_all.top1:.4f}"


def test_auto_sets_the_trained_encoder_beside_what_it_has_to_beat(auto):
    _, result, lines = auto
    rows = table(lines)
    assert list(rows) == ["trained encoder", *NEEDS_NO_TRAINING, "mean prepared input"]
    assert rows["trained encoder"][3] == f"{result.scores_all.mean_ap:.4f}"
    assert (
        rows["untrained encoder"][3] == f"{result.reference['untrained'].mean_ap:.4f}"
    )


def test_evaluating_a_model_of_auto_again_repeats_its_row(auto, walks):
    folder, _, lines = auto
    again = []

    runs.evaluate(walks, folder, lambda *_: None, again.append)

    again = table("\n".join(again).splitlines())
    assert again == {"trained encoder": table(lines)["trained encoder"]}


def warned(lines):
    """Whether it was said that training was in vain; one of both must be said."""
    ahead = [
        line for line in lines if line.startswith("ahead of all rows that need no")
    ]
    behind = [line for line in lines if line.startswith("warning: training did not")]
    assert len(ahead) + len(behind) == 1
    return bool(behind)


@pytest.mark.parametrize(
    ("config", "remedy"),
    [
        (PUBLISHED, "--preset auto needs neither labels nor settings"),
        (AUTO, "the data may be too few or too noisy to learn more from"),
    ],
    ids=["published", "auto"],
)
def test_a_run_that_taught_nothing_is_said_to_have_failed(
    config, remedy, walks, tmp_path
):
    # For it had next to no learning rate.
    _, lines = train(walks, dataclasses.replace(config, lr=1e-12), tmp_path)

    assert warned(lines)
    (advice,) = (line for line in lines if line.startswith("  what to do: "))
    assert remedy in advice


def test_a_run_that_still_improves_is_told_to_go_on(walks, tmp_path, monkeypatch):
    best = dataclasses.replace(TENTH, top1=1.0, mean_ap=2.0)
    monkeypatch.setattr(
        runs.experiment, "_reference", lambda *_: {"mean coordinates": best}
    )
    monkeypatch.setattr(verdict.self_matching, "TOLERANCE", -1.0)

    _, lines = train(walks, AUTO, tmp_path)

    (advice,) = (line for line in lines if line.startswith("  what to do: "))
    assert "raise --epochs" in advice


def test_a_run_that_beats_all_says_by_how_much(walks, tmp_path, monkeypatch):
    # What it has to beat is made as bad as can be.
    worst = {"untrained": TENTH}
    monkeypatch.setattr(runs.experiment, "_reference", lambda *_: worst)

    result, lines = train(walks, AUTO, tmp_path)

    assert not warned(lines)
    lead = result.scores_all.top1 - TENTH.top1
    assert f"top-1 by {lead:.4f} over the best, untrained encoder" in "\n".join(lines)


@pytest.mark.parametrize("config", [STRICT, AUTO], ids=["strict", "auto"])
def test_without_probes_only_what_needs_no_label_is_told(config, walks, tmp_path):
    result, lines = train(without_probes(walks), config, tmp_path)

    start = next(n for n, line in enumerate(lines) if line.startswith("no probes: "))
    assert "nobody can say how well this model tells people apart" in lines[start]
    assert lines[start + 1].split() == ["untrained", "trained"]
    told = lines[start + 2 :]
    chosen = result.run.rows[result.best_epoch]
    clusters = next(line for line in told if line.startswith("clusters, first view"))
    first = result.run.rows[0]
    assert clusters.split()[-2:] == [str(first.clusters_1), str(chosen.clusters_1)]
    agreement = next(line for line in told if line.startswith("agreement of the two"))
    assert agreement.endswith(f" {chosen.view_agreement:.4f}")
    assert any("keep recordings of some known persons" in line for line in told)
    text = "\n".join(lines)
    for word in ("top-1", "trained encoder", "what to do", "ahead of all"):
        assert word not in text


def test_a_model_from_before_there_were_presets_is_a_published_one(walks, tmp_path):
    train(walks, PUBLISHED, tmp_path)
    path = tmp_path / checkpoints.CONFIG
    description = json.loads(path.read_text(encoding="utf-8"))
    for name in ("preset", "without"):
        del description["hyperparameters"][name]
    path.write_text(json.dumps(description), encoding="utf-8")
    lines = []

    runs.evaluate(walks, tmp_path, lambda *_: None, lines.append)

    assert checkpoints.load(tmp_path)[1] == PUBLISHED
    assert "trained encoder" in table("\n".join(lines).splitlines())
