"""python -m scripts.benchmark_export: what it measures, and what it refuses."""

import re

import pytest

from scripts import benchmark_export
from simmc_tf import errors
from tests import programs


def test_it_measures_untrained_models_of_both_presets():
    done = programs.start(
        *("-m", "scripts.benchmark_export", "--cores", "1", "--sequences", "40"),
        *("--length", "3", "--joints", "4", "--repeats", "1", "--calls", "3"),
    )

    assert done.returncode == 0, done.stderr
    rows = dict(
        re.findall(r"^(\w+ \w+) +((?:[\d,.]+ *){7})$", done.stdout, re.MULTILINE)
    )
    kinds = "SavedModel", "tflite", "tflite_dynamic"
    for preset in ("published", "auto"):
        assert {f"{preset} {kind}" for kind in kinds} <= set(rows)
    for row in rows.values():
        size, rate, limit, *_ = (float(f.replace(",", "")) for f in row.split())
        assert size > 1000 and rate > 0 and limit > 0


def test_the_limit_is_of_the_products_that_a_model_needs():
    about = benchmark_export.abouts.About(
        *("joints", (4, 3), 256, ""), hyperparameters={"H": 8, "D": 2}
    )

    products = benchmark_export._layers(about)(5, 6)

    # 30 skeletons through two hidden layers, 5 means through the last one.
    adds = sum(product.multiply_adds for product in products)
    assert adds == 30 * (12 * 8 + 8 * 8) + 5 * 8 * 8


def test_the_auto_preset_also_prepares_and_whitens():
    hyperparameters = {"H": 8, "preset": "auto", "protocol": "strict"}
    about = benchmark_export.abouts.About(
        *("joints", (4, 3), 256, ""), hyperparameters=hyperparameters
    )

    products = benchmark_export._layers(about)(5, 6)

    # 12 coordinates and 6 distances.
    adds = sum(product.multiply_adds for product in products)
    assert adds == 30 * (18 * 18 + 18 * 8) + 5 * 2 * 8 * 8


@pytest.mark.parametrize("cores", ["0", "9999", "two", ""])
def test_other_numbers_of_cores_are_refused(cores, monkeypatch):
    with pytest.raises(errors.InputError, match="--cores"):
        programs.run(benchmark_export, monkeypatch, "--cores", cores)
