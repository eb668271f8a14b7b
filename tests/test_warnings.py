"""What is deprecated fails the tests wherever this project is what uses it."""

import contextlib
import warnings

import pytest
from tensorflow.python.util import deprecation


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


@pytest.mark.parametrize(
    ("caller", "ours"),
    [(__file__, True), ("/tmp/generated.py", True), ("/a/site-packages/k.py", False)],
)
def test_what_tensorflow_only_logs_is_an_error_where_we_call_it(caller, ours):
    call = compile("old()", caller, "exec")
    old = deprecation.deprecated(None, "new")(lambda: None)
    with pytest.raises(DeprecationWarning) if ours else contextlib.nullcontext():
        exec(call, {"old": old})
