"""Hyperparameters: what is refused, and how it is said."""

import dataclasses

import pytest

from simmc_tf import config as configs
from simmc_tf import errors

NAMES = ("H", "D", "min_samples", "k1", "k2", "batch_size", "epochs", "patience")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((name, 0) for name in NAMES),
        *((name, -3) for name in NAMES),
        *(("mask_x", -1), ("mask_x_2", -1)),
        *(("t", 0.0), ("t", -0.5), ("lr", 0.0), ("lr", -1e-3)),
        *(("eps", 0.0), ("eps", 1.0), ("eps", -0.2), ("eps", 7.5)),
        *(("seed", -1), ("seed", 2**31)),
        *(("radius", -0.1), ("radius", 2.1), ("radius", float("nan"))),
        *(("t", float("nan")), ("lr", float("nan")), ("eps", float("nan"))),
    ],
)
def test_an_invalid_value_is_refused_by_the_name_of_its_flag(field, value):
    with pytest.raises(errors.InputError) as caught:
        configs.Config(**{field: value})

    assert str(caught.value).startswith(f"--{field} must be ")
    assert str(value) in str(caught.value)


@pytest.mark.parametrize("value", [-0.01, 1.01, float("nan")])
def test_an_invalid_weight_of_mic_is_refused_as_lambda(value):
    with pytest.raises(errors.InputError, match=rf"^--lambda must be .*{value}"):
        configs.Config(mic_weight=value)


@pytest.mark.parametrize("field", ["t", "lr"])
def test_an_infinite_value_is_refused(field):
    with pytest.raises(errors.InputError, match=rf"^--{field} must be .*inf"):
        configs.Config(**{field: float("inf")})


@pytest.mark.parametrize(
    "values",
    [
        dict.fromkeys(NAMES, 1),
        {"mask_x": 0, "mask_x_2": 0},
        {"mic_weight": 0.0},
        {"mic_weight": 1.0},
        {"eps": 1e-6},
        {"eps": 0.999},
        {"seed": 0},
        {"seed": 2**31 - 1},
    ],
)
def test_values_at_the_bounds_are_taken(values):
    config = configs.Config(**values)

    assert {name: getattr(config, name) for name in values} == values


def test_the_defaults_are_those_of_ks20():
    config = configs.Config()

    # The method, section 9.
    assert (config.H, config.D, config.batch_size) == (256, 1, 256)
    assert (config.lr, config.k1, config.k2, config.patience) == (0.00035, 20, 6, 100)
    assert (config.mask_x, config.mic_weight, config.t) == (2, 0.5, 0.08)
    assert (config.eps, config.min_samples) == (0.8, 2)
    assert config.protocol == "published"


def test_either_mask_has_its_own_count():
    assert configs.Config(mask_x=1, mask_x_2=3).num_masked == (1, 3)


def test_a_configuration_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        configs.Config().H = 3


def test_the_error_is_a_value_error():
    with pytest.raises(ValueError, match="--H"):
        configs.Config(H=0)


def test_a_radius_is_for_the_auto_preset_alone():
    configs.Config(preset=configs.AUTO, protocol=configs.STRICT, radius=0.4)

    with pytest.raises(errors.InputError, match=r"^--radius 0.4: --preset published"):
        configs.Config(radius=0.4)
