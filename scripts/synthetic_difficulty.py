"""How hard the generated walkers are: python -m scripts.synthetic_difficulty.

Prints, a line a seed, what the yardsticks without learning reach. On recorded Kinect
gait the nearest gallery sequence by mean coordinates is of the right person for about
half of the probes, by mean joint distances for about 0.6.
"""

import statistics

from absl import flags

from datasets import loading
from flags import entry
from simmc_tf import yardsticks


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_integer("persons", 30, "walkers", flag_values=values)
    flags.DEFINE_integer("seeds", 3, "data sets, from seed 0 on", flag_values=values)
    flags.DEFINE_integer("length", 6, "skeletons a sequence", flag_values=values)


def main(argv: list[str]) -> None:
    """Prints the table."""
    entry.expect_no_arguments(argv)
    table = []
    print("seed   coordinates top-1    mAP   distances top-1    mAP")
    for seed in range(flags.FLAGS.seeds):
        data = loading.generate(flags.FLAGS.length, flags.FLAGS.persons, seed).data
        if data.matching is None:
            raise TypeError("Generated walkers have probes.")
        reached = yardsticks.scores(data)
        scores = [
            reached[name]
            for name in ("mean coordinates", "mean joint distances, standardised")
        ]
        row = [figure for s in scores for figure in (s.top1, s.mean_ap)]
        table.append(row)
        print(_line(str(seed), row))
    print(
        _line("mean", [statistics.mean(column) for column in zip(*table, strict=True)])
    )


def _line(name: str, row: list[float]) -> str:
    return f"{name:6}" + "".join(
        f"{figure:{width}.3f}"
        for figure, width in zip(row, (18, 7, 18, 7), strict=True)
    )


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
