"""Losses, clusters, agreement and scores over the epochs."""

from collections.abc import Mapping

from simmc_tf import config as configs
from simmc_tf import tables
from simmc_tf.pictures import charts, page
from simmc_tf.report import gathering

_LOSSES = (
    "What training makes small. MPC: how badly sequences fit their own cluster; MIC: "
    "how little the two masked versions of a sequence resemble each other (below 0 "
    "is normal). Good: both fall and level off. If they jump or rise, lower --lr; if "
    "they still fall at the end, give more --epochs or --patience."
)
_CLUSTERS = (
    "Into how many groups each masked version of the training set falls; training "
    "takes each group for a person. Good: the number settles, near that of the "
    "persons if you know it. Far fewer: different people are taken for one; far "
    "more: one person for several, which harms less."
)
_OUTLIERS = (
    "Sequences that fit no group; an epoch leaves them out. Good: few, and ever "
    "fewer. If most are left out, {larger}more recordings of each person help."
)
_VIEWS = (
    "How much the groups of the two masked versions agree, in nats; no label is "
    "needed for it. Good: it rises and levels off."
)
_LABEL_FREE = (
    "What is known of the quality without any label: whether the second half of a "
    "recording is found by the first, and how clearly groups are apart; the lesser "
    "of both is the quality, which chooses the epoch. Good: all rise above epoch 0, "
    "the untrained encoder. If none does, recordings are too few, too short or too "
    "noisy."
)
_SCORES = (
    "How well probes find their persons after every epoch. Good: both rise above "
    "epoch 0, the untrained encoder, and stay there. If they fall again while the "
    "losses fall, groups have grown together that show different people."
)
_PERSONS = (
    "How far the groups are the true persons: 1 if they are, 0 if by chance "
    "(adjusted mutual information, outliers left out)."
)


def html(found: gathering.Findings) -> str:
    """The charts for which there are figures."""
    columns = found.epochs.columns
    if len(columns.get("epoch", ())) < 2:
        return ""
    larger = "" if found.config.preset == configs.AUTO else "a larger --eps or "
    drawn = [
        _chart(found, "Losses", "loss", {"mpc": "MPC", "mic": "MIC"}, _LOSSES),
        _chart(
            *(found, "Clusters", "clusters"),
            {"clusters_1": "first view", "clusters_2": "second view"},
            _CLUSTERS,
        ),
        _chart(
            *(found, "Outliers", "training sequences"),
            {"outliers": "in no cluster"},
            _OUTLIERS.format(larger=larger),
        ),
        _chart(
            *(found, "Agreement of the two views", "agreement, nats"),
            {"view_agreement": "agreement"},
            _VIEWS,
        ),
        _chart(
            *(found, "Quality without labels", "from 0 to 1"),
            {
                name: tables.CRITERIA[name].split(":")[0]
                for name in ("track_mAP", "silhouette", "quality")
            },
            _LABEL_FREE,
        ),
        _chart(
            *(found, "Scores of the probes", "from 0 to 1"),
            {"top1": "top-1", "mAP": "mAP"},
            _SCORES,
        ),
        _chart(
            *(found, "Clusters and persons", "agreement, from 0 to 1"),
            {"AMI_1": "first view", "AMI_2": "second view"},
            _PERSONS,
        ),
    ]
    return page.section("Over the epochs", page.grid(*filter(None, drawn)))


def _chart(
    found: gathering.Findings,
    title: str,
    y: str,
    names: Mapping[str, str],
    caption: str,
) -> str:
    known = {k: name for k, name in names.items() if found.epochs.has(k)}
    columns = found.epochs.columns
    if not known or known.keys() == {"outliers"} and not any(columns["outliers"]):
        return ""
    series = {name: (columns["epoch"], columns[k]) for k, name in known.items()}
    chart = charts.lines(title, "epoch", y, series, found.best_epoch, "best model")
    return page.figure(chart, caption)
