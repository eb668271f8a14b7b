"""Every hyperparameter of a run, frozen."""

import dataclasses
import math

from simmc_tf import errors

PUBLISHED = "published"
STRICT = "strict"
# A preset beside `PUBLISHED`: input, clustering and selection that need no tuning.
AUTO = "auto"
# What the auto preset does, and an ablation may leave out.
PARTS = (
    "turning",
    "distances",
    "whitened_input",
    "whitened_output",
    "tracks",
    "two_radii",
)


@dataclasses.dataclass(frozen=True)
class Config:
    """Hyperparameters of SimMC; the names are those of the flags.

    Attributes:
        H: width of the encoder's layers and of the representation.
        D: hidden layers of the encoder.
        mask_x: skeletons of a sequence that the first mask drops.
        mask_x_2: skeletons that the second mask drops.
        mic_weight: lambda, weight of the MIC loss; MPC has 1 - lambda.
        t: temperature of the MPC loss.
        lr: learning rate of Adam.
        eps: DBSCAN's radius, in Jaccard distance.
        min_samples: sequences, itself included, that make a sequence a core of DBSCAN.
        k1: neighbours that the k-reciprocal test looks at.
        k2: neighbours whose weights the local query expansion averages.
        batch_size: B.
        epochs: most epochs to train.
        patience: epochs without a better one after which training stops.
        seed: of weights, masks, draws and shuffles.
        protocol: `PUBLISHED` or `STRICT`.
        preset: `PUBLISHED`, the paper's method, or `AUTO`, which needs the strict
            protocol, and takes eps, min_samples, k1 and k2 only where it clusters
            sequences one by one.
        radius: cosine distance up to which the auto preset merges recordings; 0 lets
            the silhouette choose, every epoch.
        without: those of `PARTS`, with commas between them, that the auto preset is to
            leave out; empty for none, as under all other presets. No flag: for
            scripts.ablate alone.
    """

    H: int = 256
    D: int = 1
    mask_x: int = 2
    mask_x_2: int = 2
    mic_weight: float = 0.5
    t: float = 0.08
    lr: float = 0.00035
    eps: float = 0.8
    min_samples: int = 2
    k1: int = 20
    k2: int = 6
    batch_size: int = 256
    epochs: int = 1000
    patience: int = 100
    seed: int = 0
    protocol: str = PUBLISHED
    preset: str = PUBLISHED
    radius: float = 0.0
    without: str = ""

    def __post_init__(self) -> None:
        """Checks what can be checked without data.

        Raises:
            errors.InputError: names the flag, its value and what it may be.
        """
        for name in (
            *("H", "D", "min_samples", "k1", "k2", "batch_size", "epochs", "patience"),
        ):
            _expect(name, getattr(self, name), getattr(self, name) >= 1, "at least 1")
        for name, most in (("H", 65_536), ("D", 64)):
            value = getattr(self, name)
            _expect(name, value, value <= most, f"at most {most}")
        for name in ("mask_x", "mask_x_2"):
            _expect(name, getattr(self, name), getattr(self, name) >= 0, "0 or more")
        _expect("lambda", self.mic_weight, 0 <= self.mic_weight <= 1, "within [0, 1]")
        _expect("k2", self.k2, self.k2 <= self.k1, f"at most --k1, {self.k1}")
        for name in ("t", "lr"):
            _expect(
                name, getattr(self, name), 0 < getattr(self, name) < math.inf, "above 0"
            )
        _expect("eps", self.eps, 0 < self.eps < 1, "within (0, 1)")
        if self.preset == AUTO and self.protocol != STRICT:
            raise errors.InputError(
                f"--preset {AUTO} reads no label, --protocol {self.protocol} does; "
                f"give --protocol {STRICT}, or --preset {PUBLISHED}."
            )
        _expect("radius", self.radius, 0 <= self.radius <= 2, "within [0, 2]")
        if self.radius and self.preset != AUTO:
            raise errors.InputError(
                f"--radius {self.radius}: --preset {self.preset} merges no recordings; "
                f"leave it out, or give --preset {AUTO}."
            )
        for part in filter(None, self.without.split(",")):
            _expect("without", part, part in PARTS, f"some of {', '.join(PARTS)}")
        if self.without and self.preset != AUTO:
            raise errors.InputError(
                f"Nothing to leave out of preset {self.preset}: without={self.without} "
                f"is for {AUTO}."
            )
        _expect("seed", self.seed, 0 <= self.seed < 2**31, "within [0, 2^31)")

    def check_length(self, length: int) -> None:
        """Checks that masks leave something of a sequence.

        Args:
            length: f.

        Raises:
            errors.InputError: a mask would drop every skeleton.
        """
        for name, dropped in (("mask_x", self.mask_x), ("mask_x_2", self.mask_x_2)):
            if dropped >= length:
                raise errors.InputError(
                    f"--{name} {dropped} would drop every skeleton of a sequence of "
                    f"{length}; it must be below {length}."
                )

    def has(self, part: str) -> bool:
        """Whether this run does one of `PARTS`."""
        return self.preset == AUTO and part not in self.without.split(",")

    @property
    def num_masked(self) -> tuple[int, int]:
        """Skeletons that either mask drops."""
        return self.mask_x, self.mask_x_2

    @property
    def counted_batch(self) -> int:
        """Probes and gallery count in whole batches of this size (1: all count)."""
        return self.batch_size if self.protocol == PUBLISHED else 1


def _expect(name: str, value: object, holds: bool, expected: str) -> None:
    if not holds:
        raise errors.InputError(f"--{name} must be {expected}, not {value}.")
