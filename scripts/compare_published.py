"""Scores beside the published code's: python -m scripts.compare_published.

The published code was made to run on a current stack and measured on these data with
its own settings and protocol; its figures are constants here, ours are measured.
"""

import pathlib
import statistics
import tempfile

from absl import flags

from flags import entry
from scripts import peer_data
from simmc_tf import config as configs
from simmc_tf import startup

# Best top-1 and its mAP over the seeds, 15 epochs, the untrained model excluded.
_PUBLISHED_CODE = {
    "ks20": ((0.922, 0.930, 0.925), (0.364, 0.366, 0.356)),
    "cmu_ias": ((0.756, 0.761), (0.338, 0.342)),
}


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_integer("seeds", 3, "runs a data set", flag_values=values)
    flags.DEFINE_integer("epochs", 15, "of each run", flag_values=values)
    flags.DEFINE_enum(
        "protocol",
        configs.PUBLISHED,
        [configs.PUBLISHED, configs.STRICT],
        "of our runs",
        flag_values=values,
    )
    flags.DEFINE_boolean(
        "batch_masks",
        False,
        "one pair of masks for each 256 rows, as the published code draws them",
        flag_values=values,
    )
    flags.DEFINE_multi_enum(
        "data",
        list(_PUBLISHED_CODE),
        list(_PUBLISHED_CODE),
        "which data sets",
        flag_values=values,
    )


def main(argv: list[str]) -> None:
    """Trains on each data set and prints the table."""
    entry.expect_no_arguments(argv)
    print(startup.prepare(0))
    from simmc_tf import experiment, masking

    if flags.FLAGS.batch_masks:
        # Only here, to measure what it changes: the product has no such switch.
        draw_by_row = masking.draw
        masking.draw = lambda seed, epoch, rows, *rest: draw_by_row(
            seed, epoch, rows // 256, *rest
        )
    lines = []
    for name in flags.FLAGS.data:
        peer = peer_data.PEERS[name]
        data = peer.load()
        best: list[tuple[float, float]] = []
        for seed in range(flags.FLAGS.seeds):
            config = peer.config(
                seed=seed, epochs=flags.FLAGS.epochs, protocol=flags.FLAGS.protocol
            )
            with tempfile.TemporaryDirectory() as folder:
                result = experiment.train(data, config, pathlib.Path(folder), {})
            if result.scores is not None:
                best.append((result.scores.top1, result.scores.mean_ap))
        top1, mean_ap = zip(*best, strict=True)
        for label, figures in (
            (f"{name:8} here          ", (top1, mean_ap)),
            (f"{'':8} published code", _PUBLISHED_CODE[name]),
        ):
            lines.append("  ".join([label, *map(_figures, figures)]))
    print("\nbest top-1 and its mAP: mean (each seed); published code: its protocol")
    print("\n".join(lines))


def _figures(values: tuple[float, ...]) -> str:
    each = " ".join(f"{value:.3f}" for value in values)
    return f"{statistics.mean(values):.4f} ({each})"


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
