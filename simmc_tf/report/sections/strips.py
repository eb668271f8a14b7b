"""Probes and the gallery sequences that they find, as stick figures."""

import html as escaping

import numpy as np

from simmc_tf.pictures import figures, page
from simmc_tf.report import gathering, retrieval, subject
from simmc_tf.report.sections import words

# Skeletons of a sequence that are drawn.
_DRAWN = 3
_SAID = (
    "Some probes, half of them found at once where there are such, and the five "
    "gallery sequences nearest to each, nearest first: ✓ and a solid line for the "
    "same person, ✗ and a dashed line for another one, and how far it is. All are "
    "drawn equally high, so that sizes cannot be compared. Where a wrong one looks "
    "like the probe to you as well, the skeletons do not tell these two apart; where "
    "skeletons are torn or crumpled, the sensor is at fault (look at more with "
    "python -m scripts.show)."
)
_NO_SKELETONS = (
    "There are no skeletons to draw here: this run saw representations, not "
    "coordinates."
)


def html(found: gathering.Findings) -> str:
    """A row of sequences for every probe, where there are any."""
    title = "What some probes find"
    if found.curve is None:
        return ""
    if found.cases is None:
        return page.section(title, page.paragraph(_NO_SKELETONS))
    said = page.paragraph(_SAID)
    rows = [_case(case, found.cases.up, found.subject) for case in found.cases.cases]
    return page.section(title, said, *rows)


def _case(case: retrieval.Case, up: tuple[int, int], about: subject.Subject) -> str:
    if case.rank is None:
        outcome = "✗ is not in the gallery"
    elif case.rank == 1:
        outcome = "✓ found at once"
    else:
        outcome = f"✗ first found at place {case.rank:,}"
    kind = "right" if case.rank == 1 else "wrong"
    who = words.person(case.person, about)
    cards = [_card(f"the probe: {who}", "", case.frames, up, about)]
    for place, hit in enumerate(case.hits, start=1):
        sign, kind_of = ("✓", "right") if hit.right else ("✗", "wrong")
        label = (
            f"{place}. {sign} {words.person(hit.person, about)}, at {hit.distance:.2f}"
        )
        cards.append(_card(label, kind_of, hit.frames, up, about))
    head = (
        f"<h3>Probe {case.number}, {escaping.escape(who)}: "
        f'<span class="{kind}">{outcome}</span></h3>'
    )
    inner = "\n".join(cards)
    return f'{head}\n<div class="cards">\n{inner}\n</div>'


def _card(
    label: str,
    kind: str,
    frames: np.ndarray,
    up: tuple[int, int],
    about: subject.Subject,
) -> str:
    picture = figures.strip(
        frames,
        about.bones,
        up=up,
        colour=f"--{kind}" if kind else "--ink",
        every=-(-len(frames) // _DRAWN),
        title=label,
    )
    marked = f" is-{kind}" if kind else ""
    return f'<div class="card{marked}">{picture}{escaping.escape(label)}</div>'
