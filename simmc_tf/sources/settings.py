"""Which source model to train, and how."""

import dataclasses
from typing import ClassVar

from simmc_tf import errors
from simmc_tf.sources import age, graphs, mg_scr, names, pretext, ranges, sgela, sm_sge


@dataclasses.dataclass(frozen=True)
class Settings:
    """Hyperparameters of a source model's pretext training.

    Attributes:
        model: one of `names.NAMES`.
        length: f, frames a sequence.
        epochs: most epochs.
        patience: epochs without a lower training loss after which training ends.
        batch_size: B.
        lr: Adam's learning rate.
        units: of an LSTM layer.
        t: temperature of SGELA's contrast; others do not use it.
        teacher_forcing: AGE's and SGELA's decoders see the true frame before the one
            that they are to give; the published code feeds them zeros alone.
        seed: of initial weights, order and draws.
        supervised: whether identity labels are used.
    """

    supervised: ClassVar[bool] = False

    model: str
    length: int
    epochs: int
    patience: int
    batch_size: int
    lr: float
    units: int = 256
    t: float = 0.1
    teacher_forcing: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        """Checks the values.

        Raises:
            errors.InputError: one is out of range.
        """
        if self.model not in names.NAMES:
            raise errors.InputError(
                f"--source {self.model}: no source model; expected "
                f"{', '.join(names.NAMES)}."
            )
        ranges.check(dataclasses.asdict(self), self.supervised)


class Supervised(Settings):
    """Hyperparameters of a supervised stage, after the pretext."""

    supervised = True


def build(
    settings: Settings, num_joints: int, body: graphs.Body | None
) -> pretext.Pretext:
    """A source model with its initial weights.

    Args:
        settings: of its training.
        num_joints: J.
        body: which joint is where, for those `names.OF_GRAPHS`.
    """
    units, length, seed = settings.units, settings.length, 1_000 * settings.seed
    if settings.model == names.AGE:
        return age.AGE(num_joints, length, units, settings.teacher_forcing, seed)
    if settings.model == names.SGELA:
        return sgela.SGELA(
            num_joints, length, units, settings.t, settings.teacher_forcing, seed
        )
    if body is None:
        raise TypeError(f"{settings.model} needs a body.")
    if settings.model == names.MG_SCR:
        return mg_scr.MGSCR(body, length, units, seed)
    return sm_sge.SMSGE(body, length, units, seed)
