"""Figures as tables that a person reads."""

import csv
import io
import pathlib
from collections.abc import Mapping, Sequence

from simmc_tf import atomic, evaluation, history, representation


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


# Column of a history's row -> what people call it.
CRITERIA = {
    "track_mAP": "recordings found again, mAP",
    "silhouette": "silhouette of the clusters",
    "quality": "quality: the lesser of both",
    "view_agreement": "agreement of the two views",
    "clusters_1": "clusters, first view",
    "clusters_2": "clusters, second view",
}


def criteria(untrained: history.Row, trained: history.Row) -> str:
    """What is known of a model without any label, beside the untrained one's.

    Args:
        untrained: row 0 of a run.
        trained: row of the epoch that was chosen.
    """
    width = max(map(len, CRITERIA.values()))
    lines = [f"{'':{width}}  untrained  trained"]
    for column, name in CRITERIA.items():
        before, after = (getattr(row, column) for row in (untrained, trained))
        if before is None or after is None:
            continue
        kind = "d" if isinstance(after, int) else ".4f"
        lines.append(f"{name:{width}}  {before:9{kind}}  {after:7{kind}}")
    return "\n".join(lines)


class Assessments:
    """How well representations tell persons apart, a line for each probe and name.

    Args:
        probes: names to come.
        names: of the representations to come.
    """

    def __init__(self, probes: Sequence[str], names: Sequence[str]) -> None:
        self._rows: list[tuple[str, str, representation.Assessment]] = []
        self._probe = max(map(len, ("probe", *probes)))
        self._name = max(map(len, ("representation", *names)))

    @property
    def heading(self) -> str:
        """Stands above the lines."""
        return (
            f"{'probe':{self._probe}}  {'representation':{self._name}}   top-1   top-5"
            "  top-10     mAP     mACT    mRCL   probes  gallery"
        )

    def add(self, probe: str, name: str, row: representation.Assessment) -> str:
        """Takes note, and gives the line."""
        self._rows.append((probe, name, row))
        scores = row.scores
        mact, mrcl = (
            f"{value:{size}.3f}" if value is not None else f"{'-':>{size}}"
            for value, size in ((row.mact, 7), (row.mrcl, 6))
        )
        return (
            f"{probe:{self._probe}}  {name:{self._name}}  {scores.top1:6.4f}  "
            f"{scores.top5:6.4f}  {scores.top10:6.4f}  {scores.mean_ap:6.4f}  {mact}  "
            f"{mrcl}  {scores.num_probes:7d}  {scores.num_gallery:7d}"
        )

    def write(self, path: pathlib.Path, settings: Mapping[str, object]) -> None:
        """Writes all that was added to a .csv, in full digits.

        Args:
            path: of the file.
            settings: more columns, the same in all rows.
        """
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        columns = ("top1", "top5", "top10", "mAP", "mACT", "mRCL")
        head = (*settings, "probe", "representation", *columns, "probes", "gallery")
        writer.writerow(head)
        for probe, name, row in self._rows:
            s = row.scores
            figures = (s.top1, s.top5, s.top10, s.mean_ap, row.mact, row.mrcl)
            which = (*settings.values(), probe, name)
            writer.writerow((*which, *figures, s.num_probes, s.num_gallery))
        atomic.write_text(path, text.getvalue())
