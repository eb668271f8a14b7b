"""Which epoch is kept, and when training stops, over columns that are made up."""

import types

import pytest

from simmc_tf import callbacks, history


def select(values, tolerance=0.0, patience=100, untrained=0.0):
    """Epochs that were saved, the one that is kept, and the last one, of these values.

    Args:
        values: of the criterion after epochs 1, 2, ...
        tolerance: of the selection.
        patience: of the selection.
        untrained: the criterion's value before the first epoch.
    """
    saved = []
    model = types.SimpleNamespace(stop_training=False)
    selection = callbacks.Selection(
        None, "silhouette", patience, lambda row: saved.append(row.epoch), tolerance
    )
    selection.set_model(model)
    epoch = 0
    for epoch, value in enumerate([untrained, *values]):
        selection.assess(history.Row(epoch, silhouette=value))
        if model.stop_training:
            break
    best = selection.best
    assert (best and best.epoch) == (saved[-1] if saved else None)
    return saved, best and best.epoch, epoch


def test_the_first_of_the_highest_is_kept():
    assert select([0.1, 0.3, 0.2, 0.3, 0.25]) == ([1, 2], 2, 5)


@pytest.mark.parametrize("tolerance", [0.0, 0.02])
def test_the_untrained_model_is_never_kept(tolerance):
    assert select([0.1, 0.2, 0.1], tolerance, untrained=0.9) == ([1, 2], 2, 3)
    assert select([], tolerance) == ([], None, 0)


def test_of_models_about_as_good_the_latest_is_kept():
    assert select([0.5, 1.0, 0.985, 0.97, 0.981, 0.5], 0.02) == ([1, 2, 3, 5], 5, 6)


def test_the_tolerance_is_of_the_highest_and_does_not_creep():
    # Each but the second is within 2% of the one before, and none of the highest.
    assert select([1.0, 0.981, 0.965, 0.95], 0.02) == ([1, 2], 2, 4)


def test_a_higher_value_wins_over_those_that_were_about_as_good():
    assert select([1.0, 0.99, 1.1, 1.05], 0.02) == ([1, 2, 3], 3, 4)


@pytest.mark.parametrize("tolerance", [0.0, 0.02])
def test_values_below_zero_rise_as_others_do(tolerance):
    values = [-1.0, -0.5, -0.8, -0.6]
    assert select(values, tolerance, untrained=-2.0) == ([1, 2], 2, 4)


def test_values_below_zero_may_fall_short_by_their_share():
    assert select([-1.0, -1.015, -1.03, -0.99], 0.02) == ([1, 2, 4], 4, 4)
    assert select([-1.0, -1.015, -1.03], 0.02) == ([1, 2], 2, 3)


def test_from_below_zero_to_above():
    assert select([-0.01, 0.0, 0.01, 0.0, -0.01], 0.02) == ([1, 2, 3], 3, 5)


@pytest.mark.parametrize("value", [0.7, 0.0, -0.7])
@pytest.mark.parametrize(("tolerance", "kept"), [(0.0, 1), (0.02, 4)])
def test_a_plateau_ends_training_once_patience_is_over(tolerance, kept, value):
    # What is as good as the best is kept, but is no reason to go on.
    found = select([value] * 50, tolerance, patience=3)

    assert found[1:] == (kept, 4)


@pytest.mark.parametrize("tolerance", [0.0, 0.02])
def test_patience_counts_from_the_highest(tolerance):
    values = [0.5, 1.0, 0.99, 0.5, 1.01, 0.5, 1.0, 0.5, 2.0]
    assert select(values, tolerance, patience=3)[2] == 8
    assert select(values, tolerance, patience=4)[1:] == (9, 9)


def test_what_creeps_up_goes_on():
    values = [1 + 0.001 * epoch for epoch in range(20)]
    assert select(values, 0.02, patience=2)[1:] == (20, 20)
