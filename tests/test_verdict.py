"""What is said of a trained encoder beside what needs no training."""

import pytest

from simmc_tf import config as configs
from simmc_tf import evaluation, history, verdict, yardsticks

PUBLISHED, AUTO = configs.PUBLISHED, configs.AUTO
STANDARDISED = "mean joint distances, standardised"


def scores(top1, mean_ap):
    return evaluation.Scores(top1, 0.75, 1.0, mean_ap, 12, 34)


def lines(*arguments):
    return list(verdict.judge(*arguments).lines)


REFERENCE = {
    "untrained": scores(0.5, 0.125),
    "mean coordinates": scores(0.25, 0.5),
    "mean joint distances, raw": scores(0.375, 0.25),
    STANDARDISED: scores(0.5, 0.25),
}


@pytest.mark.parametrize(
    ("top1", "mean_ap", "beats"),
    [
        (0.75, 0.75, True),
        (0.5, 0.75, True),  # Level in one, ahead in the other.
        (0.5, 0.5, True),
        (0.375, 0.75, False),
        (0.75, 0.375, False),
        (0.25, 0.125, False),
    ],
)
def test_a_model_beats_what_is_ahead_of_it_in_nothing(top1, mean_ap, beats):
    assert verdict.beats(scores(top1, mean_ap), REFERENCE) is beats
    for preset in (PUBLISHED, AUTO):
        said = lines(scores(top1, mean_ap), REFERENCE, preset)
        assert any(line.startswith("warning: ") for line in said) is not beats


def test_what_is_level_in_both_is_not_beaten():
    reference = {"mean coordinates": scores(1.0, 1.0)}
    assert verdict.beats(scores(1.0, 1.0), reference) is False
    said = lines(scores(1.0, 1.0), reference, AUTO)
    assert said == [
        "all rows are level: these probes and this gallery tell nothing apart"
    ]


def test_one_that_is_level_among_others_is_named_as_level():
    reference = {"mean coordinates": scores(0.5, 0.5), "untrained": scores(0.25, 0.5)}
    said = lines(scores(0.5, 0.5), reference, AUTO)
    assert said[1] == "  mean coordinates is level"


def test_without_probes_nothing_is_beaten_and_nothing_is_not():
    assert verdict.beats(None, {}) is None
    assert verdict.beats(scores(0.5, 0.5), {}) is None
    assert lines(scores(0.5, 0.5), {}, AUTO) == []


def test_a_model_that_is_ahead_is_told_by_how_much():
    assert lines(scores(0.75, 0.625), REFERENCE, AUTO) == [
        "ahead of all rows that need no training: top-1 by 0.2500 over the best, "
        "untrained encoder; mAP by 0.1250 over the best, mean coordinates"
    ]


def test_a_figure_that_is_level_is_said_to_be():
    (line,) = lines(scores(0.5, 0.625), REFERENCE, AUTO)
    assert "top-1 level with the best, untrained encoder; mAP by 0.1250" in line


def test_all_that_training_did_not_beat_are_named_by_how_much():
    said = lines(scores(0.375, 0.1875), REFERENCE, PUBLISHED)
    assert said == [
        "warning: training did not beat what needs no training:",
        "  untrained encoder is ahead by 0.1250 in top-1",
        "  mean coordinates is ahead by 0.3125 in mAP",
        "  mean joint distances, raw is ahead by 0.0625 in mAP",
        f"  {STANDARDISED} is ahead by 0.1250 in top-1 and by 0.0625 in mAP",
        "  what to do: --preset auto needs neither labels nor settings",
    ]


@pytest.mark.parametrize(
    ("name", "made_by"),
    [
        ("mean coordinates", "--representation raw"),
        ("mean joint distances, raw", "--representation distances --nostandardise"),
        (STANDARDISED, "--representation distances"),
    ],
)
def test_under_auto_the_best_of_them_is_the_one_to_use(name, made_by):
    reference = {**REFERENCE, name: scores(0.9, 0.9)}
    said = lines(scores(0.375, 0.1875), reference, AUTO)
    assert said[-1] == (
        f"  what to do: use {name} instead (python -m scripts.evaluate {made_by}, with "
        "your flags for the data); the data may be too few or too noisy to learn more "
        "from"
    )


def test_a_source_models_vectors_are_used_as_they_are():
    reference = {"mean representations": scores(0.9, 0.9)}
    said = lines(scores(0.5, 0.5), reference, AUTO)
    assert "use mean representations instead; the data may be too few" in said[-1]


@pytest.mark.parametrize(
    ("name", "title"),
    [("untrained", "untrained encoder"), (yardsticks.PREPARED, yardsticks.PREPARED)],
)
def test_nobody_is_told_to_use_what_no_command_gives(name, title):
    reference = {**REFERENCE, name: scores(0.9, 0.9)}
    said = lines(scores(0.75, 0.75), reference, AUTO)
    assert said[1:] == [
        f"  {title} is ahead by 0.1500 in top-1 and by 0.1500 in mAP",
        "  what to do: bring more or longer recordings; the data may be too few or too "
        "noisy to learn more from",
    ]


@pytest.mark.parametrize("preset", [PUBLISHED, AUTO])
def test_a_model_that_still_improves_wants_more_epochs(preset):
    trained = scores(0.375, 0.1875)
    said = list(verdict.judge(trained, REFERENCE, preset, rising=True).lines)
    assert said[:-1] == lines(trained, REFERENCE, preset)[:-1]
    assert said[-1] == (
        "  what to do: raise --epochs: the last one was the best, and quality still "
        "rose"
    )


@pytest.mark.parametrize(
    ("protocol", "columns", "best", "expected"),
    [
        (configs.STRICT, {"quality": [0.1, 0.2, 0.3]}, 2, True),
        (configs.STRICT, {"quality": [0.1, 0.2, 0.3]}, 1, False),
        (configs.STRICT, {"quality": [0.1, 0.2, 0.2]}, 2, False),
        (configs.STRICT, {"quality": [0.1, 0.2, 0.201]}, 2, False),
        (configs.STRICT, {"view_agreement": [0.1, 0.2, 0.3]}, 2, True),
        # Labels choose nothing there.
        (configs.STRICT, {"top1": [0.1, 0.2, 0.3]}, 2, False),
        (PUBLISHED, {"top1": [0.1, 0.2, 0.3], "quality": [0.3, 0.2, 0.1]}, 2, True),
        (PUBLISHED, {"view_agreement": [0.1, 0.2, 0.3]}, 2, False),
        (PUBLISHED, {"top1": [0.1, 0.2, 0.3]}, None, False),
    ],
)
def test_more_epochs_promise_more_where_the_last_one_still_rose(
    protocol, columns, best, expected
):
    config = configs.Config(protocol=protocol, epochs=2)

    def at(name, epoch):
        return columns[name][epoch] if name in columns else None

    assert verdict.rises(config, best, at) is expected


@pytest.mark.parametrize(
    ("before", "after", "warning"),
    [
        ({"track_mAP": 0.5}, {"track_mAP": 0.25}, "recordings are found again less"),
        ({"track_mAP": 0.5}, {"track_mAP": 0.5}, None),
        # Good training may lower it a little.
        ({"track_mAP": 0.5}, {"track_mAP": 0.495}, None),
        ({"track_mAP": 0.5}, {"track_mAP": 0.75}, None),
        ({"view_agreement": 0.5}, {"view_agreement": 0.25}, "the two views agree less"),
        ({"view_agreement": 0.5}, {"view_agreement": 0.75}, None),
        # What finds recordings again says more.
        (
            {"view_agreement": 0.5, "track_mAP": 0.25},
            {"view_agreement": 0.25, "track_mAP": 0.5},
            None,
        ),
        ({}, {}, None),
    ],
)
def test_without_labels_it_is_told_where_nothing_rose(before, after, warning):
    said = verdict.unlabelled(history.Row(0, **before), history.Row(3, **after))
    assert len(said) == (warning is not None)
    assert all(line.startswith(f"warning: {warning}") for line in said)
