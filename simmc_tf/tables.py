"""Figures as tables that a person reads."""

from collections.abc import Mapping

from simmc_tf import evaluation


def scores(rows: Mapping[str, evaluation.Scores]) -> str:
    """Scores by name, one line each, under a heading."""
    width = max(map(len, rows), default=0)
    heading = f"{'':{width}}   top-1   top-5  top-10     mAP   probes  gallery"
    return "\n".join(
        [heading]
        + [
            f"{name:{width}}  {row.top1:6.4f}  {row.top5:6.4f}  {row.top10:6.4f}  "
            f"{row.mean_ap:6.4f}  {row.num_probes:7d}  {row.num_gallery:7d}"
            for name, row in rows.items()
        ]
    )
