"""The flag that limits how long a comparison goes on."""

from absl import flags


def define(values: flags.FlagValues) -> None:
    """Defines the flag."""
    flags.DEFINE_float(
        "budget",
        None,
        "minutes; no run begins that would not end by then, as far as those that are "
        "done tell (no limit)",
        lower_bound=0.0,
        flag_values=values,
    )


def seconds(values: flags.FlagValues) -> float | None:
    """What it says; None: no limit."""
    return None if values.budget is None else 60 * values.budget
