"""Lines that people read while a run goes on."""

import pytest

from simmc_tf import history, progress


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00"),
        (0.4, "0:00"),
        (59.6, "1:00"),
        (61, "1:01"),
        (3599, "59:59"),
        (3600, "1:00:00"),
        (36_061, "10:01:01"),
        (100 * 3600, "100:00:00"),
    ],
)
def test_durations_are_hours_minutes_and_seconds(seconds, text):
    assert progress.duration(seconds) == text


def make_row(epoch, **values):
    values = {"loss": 1.0, "mpc": 3.14159, "mic": -0.5, "top1": 0.25, "mAP": 0.125} | (
        values
    )
    row = history.Row(epoch, **values)
    row.clusters_1, row.clusters_2, row.outliers = 12, 7, 34
    return row


def test_a_line_tells_losses_clusters_scores_and_the_best_epoch():
    best = make_row(3, top1=0.75)

    line = progress.line(make_row(8), best, 100, [1.0, 2.0])

    assert line.startswith("epoch   8/100  ")
    for part in (
        *("MPC  3.142", "MIC -0.500", "clusters   12/7", "outliers    34"),
        *("top-1 0.250", "mAP 0.125", "best 0.750 @3"),
    ):
        assert part in line


def test_the_line_of_the_untrained_model_has_no_losses_and_no_best():
    row = make_row(0, loss=None, mpc=None, mic=None)

    line = progress.line(row, None, 100, [1.0])

    assert "untrained" in line
    assert "MPC" not in line
    assert "@" not in line


def test_a_run_without_probes_names_the_best_epoch_alone():
    best = make_row(3, top1=None, mAP=None)

    line = progress.line(make_row(8, top1=None, mAP=None), best, 100, [1.0, 2.0])

    assert "top-1" not in line
    assert "best @3" in line


@pytest.mark.parametrize(
    ("criterion", "name"), [("view_agreement", "agree"), ("quality", "quality")]
)
def test_what_selects_the_model_is_told_where_it_is_not_top_1(criterion, name):
    row, best = make_row(8, **{criterion: 0.6789}), make_row(3, **{criterion: 0.7})

    line = progress.line(row, best, 100, [1.0, 2.0], criterion)

    assert f"top-1 0.250  mAP 0.125  {name} 0.679  best @3 " in line


@pytest.mark.parametrize("criterion", ["view_agreement", "quality"])
def test_what_selects_the_model_is_told_without_probes_and_before_any_epoch(criterion):
    values = {"top1": None, "mAP": None, criterion: 0.5}
    first = progress.line(make_row(0, loss=None, **values), None, 100, [1.0], criterion)
    later = progress.line(
        make_row(8, **values), make_row(8, **values), 100, [1.0, 1.0], criterion
    )

    assert " 0.500  best " in first and "@" not in first
    assert " 0.500  best @8 " in later and "top-1" not in later
    assert len(first) == len(later) - len("  at most 1:32 left")


@pytest.mark.parametrize("criterion", ["top1", "view_agreement", "quality"])
def test_lines_fit_a_wide_window(criterion):
    row = make_row(123, **{criterion: 0.5})
    row.clusters_1 = row.clusters_2 = 9999
    row.outliers = 99_999

    line = progress.line(row, make_row(122, **{criterion: 0.5}), 1000, [60.0] * 124)

    assert line.endswith("at most 14:37:00 left")
    assert len(line) < 160
    line = progress.line(
        row, make_row(122, **{criterion: 0.5}), 1000, [30.0] * 124, criterion
    )
    assert line.endswith("at most 7:18:30 left")
    assert len(line) < 160


def test_the_time_left_at_most_is_that_of_typical_trained_epochs():
    # The untrained model took 50 s, later ones 2, 2 and once 40: 2 s for each of the
    # 97 epochs to come, 194 s.
    line = progress.line(make_row(3), make_row(3), 100, [50.0, 2.0, 40.0, 2.0])

    assert line.endswith("  2.0 s  at most 3:14 left")


def test_the_untrained_model_tells_nothing_of_the_time_left():
    # Its time is compilation, and no training.
    line = progress.line(make_row(0, loss=None), None, 10, [3.0])

    assert line.endswith("  3.0 s")


def test_lines_of_a_run_are_equally_wide():
    first = progress.line(make_row(0, loss=None), None, 100, [1.0])
    later = progress.line(make_row(100), make_row(99), 100, [1.0, 1.0])

    assert len(first) == len(later) - len("  at most 0:00 left")


def test_no_clusters_ask_for_a_larger_eps():
    text = progress.few_clusters((0, 0), 0.5)

    assert text.startswith("warning: 0 and 0 clusters")
    assert "MIC alone" in text
    assert "a larger --eps than 0.5" in text


def test_one_cluster_asks_for_a_smaller_eps():
    text = progress.few_clusters((1, 1), 0.8)

    assert "MIC alone" in text
    assert "a smaller --eps than 0.8" in text


def test_nobody_is_asked_for_another_eps_who_cannot_choose_it():
    for counts in ((0, 0), (1, 1)):
        text = progress.few_clusters(counts, None)
        assert "eps" not in text
        assert "(more or longer recordings may help)" in text


def test_one_view_with_clusters_still_contrasts_with_those():
    assert "one view's prototypes" in progress.few_clusters((1, 9), 0.8)
