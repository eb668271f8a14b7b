"""How good the model is, and how it was made."""

from collections.abc import Mapping

from simmc_tf import config as configs
from simmc_tf import progress, tables, verdict
from simmc_tf.pictures import page
from simmc_tf.report import gathering
from simmc_tf.report.sections import words
from simmc_tf.sources import names

_HOW_READ = (
    "Each probe is a sequence of a person to be found; the gallery are sequences of "
    "known persons. top-1: the share of probes whose nearest gallery sequence shows "
    "their person; top-5 and top-10: the same among the nearest 5 and 10. mAP, mean "
    "average precision: 1 if all of a person's gallery sequences are nearer than "
    "anybody else's. The more, the better; the trained encoder should be ahead of all "
    "rows below it, which need no training."
)
_LABELS = (
    "Published protocol: identity labels balance the training set (except KGBD's) and "
    "the probes choose the epoch, as in the paper's tables. So these figures are a "
    "little better than they would be for people nobody has named."
)
_PACKAGES = ("simmc_tf", "tensorflow", "keras", "numpy", "faiss")
_ALONE = (
    "No identity label reached training, stopping or selection; where persons are "
    "shown on this page, it is for you alone."
)
_NOT_KNOWN = (
    "It is not known whether identity labels made the representations that it trained "
    "on; what follows is true of this training alone."
)
_NO_PROBES = (
    "These data have no probes, so nobody can say how well this model tells people "
    "apart. What is known without labels is below; to know more, keep recordings of "
    "some known persons as gallery and probes."
)


def html(found: gathering.Findings) -> str:
    """The final table, what to make of it, and facts."""
    parts = [page.paragraph(_sentence(note), "wrong") for note in found.notes]
    rows = found.headline.rows
    if rows:
        head = ["", "top-1", "top-5", "top-10", "mAP", "probes", "gallery"]
        cells = [
            [
                name,
                *(f"{x:.4f}" for x in (s.top1, s.top5, s.top10, s.mean_ap)),
                *(f"{n:,}" for n in (s.num_probes, s.num_gallery)),
            ]
            for name, s in rows.items()
        ]
        num_trained = len(rows) - len(found.headline.reference)
        parts += [
            *_verdict(found.headline.verdict),
            page.table([head, *cells], first=num_trained),
            page.paragraph(_HOW_READ),
        ]
    else:
        parts += [page.paragraph(_NO_PROBES), _without_labels(found)]
    parts += [page.paragraph(said) for said in _labels(found)]
    return page.section("How good it is", *parts, page.facts(_facts(found)))


def _labels(found: gathering.Findings) -> list[str]:
    """Where identity labels took part."""
    said = [_NOT_KNOWN] if found.may_be_made_with_labels else []
    if not found.reads_labels:
        return [*said, _ALONE]
    if found.made_with_labels:
        said.append(
            f"The representations that it trained on were {names.MADE_WITH_LABELS}."
        )
    if found.config.protocol == configs.PUBLISHED:
        said.append(_LABELS)
    return said


def _verdict(said: verdict.Verdict) -> list[str]:
    """Its lines as sentences; the first one tells how it went."""
    kind = {True: "right", False: "wrong", None: ""}[said.ahead]
    first = [page.paragraph(_sentence(line), kind) for line in said.lines[:1]]
    return first + [page.paragraph(_sentence(line)) for line in said.lines[1:]]


def _sentence(line: str) -> str:
    line = line.strip()
    return line[:1].upper() + line[1:] + ("" if line.endswith((":", ".")) else ".")


def _without_labels(found: gathering.Findings) -> str:
    rows = []
    for column, name in tables.CRITERIA.items():
        before, after = (found.epochs.at(column, e) for e in (0, found.best_epoch))
        # A run that was killed may have kept a model whose row it did not.
        if before is not None and after is not None:
            rows.append([name, f"{before:.4g}", f"{after:.4g}"])
    return page.table([["", "untrained", "trained"], *rows]) if rows else ""


def _facts(found: gathering.Findings) -> list[tuple[str, str]]:
    config, about = found.config, found.about
    sizes = ", ".join(f"{n:,} {name}" for name, n in found.sizes.items())
    best = "not known" if found.best_epoch is None else f"after {found.best_epoch}"
    versions = about.get("versions") or {}
    return [
        ("data", found.subject.title),
        ("sequences", f"{sizes}; {about.get('length', '?')} skeletons each"),
        (
            "preset, protocol, seed",
            f"{config.preset}, {config.protocol}, {config.seed}",
        ),
        ("best epoch", best),
        *_times(found),
        ("computed by", str(about.get("device", "not known"))),
        ("made with", _made_with(versions)),
    ]


def _made_with(versions: Mapping[str, str]) -> str:
    known = [f"{name} {versions[name]}" for name in _PACKAGES if name in versions]
    return ", ".join(known) or "not known"


def _times(found: gathering.Findings) -> list[tuple[str, str]]:
    seconds, phases = found.epochs.seconds[1:], found.epochs.phases
    if not seconds:
        return []
    longest = sorted(phases, key=lambda name: -phases[name])[:3]
    shares = ", ".join(
        f"{name} {words.share(phases[name] / sum(seconds))}" for name in longest
    )
    whole = progress.duration(sum(seconds))
    return [("training", f"epochs 1 to {len(seconds)} in {whole} ({shares})")]
