"""What is deprecated fails the tests wherever this project is what uses it."""

import warnings

import pytest


@pytest.mark.parametrize("room", ["simmc_tf", "datasets", "flags", "scripts", "tests"])
@pytest.mark.parametrize(
    "category", [DeprecationWarning, PendingDeprecationWarning, FutureWarning]
)
def test_a_warning_about_our_code_is_an_error(category, room):
    with pytest.raises(category):
        warnings.warn_explicit("old", category, "a.py", 1, module=f"{room}.tensorflow")


@pytest.mark.parametrize("category", [PendingDeprecationWarning, FutureWarning])
def test_of_other_packages_only_deprecations_are_let_pass(category):
    with pytest.raises(category):
        warnings.warn_explicit("old", category, "a.py", 1, module="keras.src.layers")
