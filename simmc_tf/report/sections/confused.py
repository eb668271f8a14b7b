"""Who is taken for whom."""

import html as escaping

from simmc_tf.pictures import page
from simmc_tf.report import finding, gathering, subject
from simmc_tf.report.sections import words

_SAID = (
    "The persons whose probes most often find somebody else first. A row is a "
    "person, a column whom the nearest gallery sequence shows; ✓ marks the right "
    "answer, and the stronger the colour, the more probes. One strong wrong column: "
    "these two are alike, or their recordings were mixed up; look at both with "
    "python -m scripts.show. A row that is spread evenly: this person's skeletons "
    "are noisy, or too few."
)
_NOBODY = "Every probe finds its person first: nobody is taken for anybody else."


def html(found: gathering.Findings) -> str:
    """A table, where there are probes."""
    if found.curve is None:
        return ""
    title = "The hardest persons"
    if found.confusion is None:
        return page.section(title, page.paragraph(_NOBODY))
    table = _table(found.confusion, found.subject)
    return page.section(title, table, page.paragraph(_SAID))


def _table(shown: finding.Confusion, about: subject.Subject) -> str:
    names = [words.name(answer, about) for answer in shown.answers]
    heads = ["", *names, "others", "found first"]
    rows = ["".join(f"<th>{escaping.escape(head)}</th>" for head in heads)]
    for number, person in enumerate(shown.persons):
        shares = shown.shares[number]
        cells = [
            _cell(float(share), answer == person)
            for share, answer in zip(shares, shown.answers, strict=True)
        ]
        rest = max(0.0, 1.0 - float(shares.sum()))
        who = words.person(person, about)
        rate, count = shown.rates[number], shown.num_probes[number]
        cells += [_cell(rest, False), f"<td>{words.share(rate)} of {count:,}</td>"]
        rows.append(f"<th>{escaping.escape(who)}</th>{''.join(cells)}")
    lines = "\n".join(f"<tr>{row}</tr>" for row in rows)
    caption = "Who is found first by the probes of each person, in percent"
    return page.scroll(
        f"<table>\n<caption><span>{caption}</span></caption>\n{lines}\n</table>"
    )


def _cell(share: float, right: bool) -> str:
    percent = round(100 * share)
    if not percent:
        return "<td>✓ 0</td>" if right else '<td class="soft">·</td>'
    name, sign = ("--right", "✓ ") if right else ("--wrong", "")
    # Letters stay readable on the darkest.
    depth = round(10 + 0.45 * percent)
    shade = f"color-mix(in srgb, var({name}) {depth}%, transparent)"
    return f'<td style="background: {shade}">{sign}{percent}</td>'
