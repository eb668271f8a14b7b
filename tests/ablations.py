"""Results of ablations that nobody trained for."""

from scripts.ablations import results


def result(chosen, reference=(), rows=(), preset="auto", run=None):
    """A result of hand-made figures."""
    figures = {name: results.Figures(*pair) for name, pair in dict(reference).items()}
    return results.Result(
        run=run or {"config": {"preset": preset}},
        seconds=10.0,
        seconds_an_epoch=0.5,
        seconds_without_labels=0.25,
        memory=1,
        cores=1,
        data_sha256={},
        chosen_epoch=1,
        chosen=results.Figures(*chosen),
        best_epoch=1,
        best=results.Figures(0.9, 0.8),
        reference=figures,
        rows=[
            dict(zip(("epoch", "silhouette", "top1", "mAP"), row, strict=True))
            for row in rows
        ],
    )
