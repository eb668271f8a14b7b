"""Charts and pages: what is drawn can be read, and is the page's own."""

import itertools
import re

import numpy as np

from simmc_tf.pictures import charts, page


def texts(chart):
    return re.findall(r"<text[^>]*>(.*?)</text>", chart)


def test_numbers_at_the_axes_keep_their_digits():
    values = [3.3411, 3.3452, 3.3433]
    chart = charts.lines("Title", "epoch", "nats", {"view": ([0, 1, 2], values)})
    ticks = [text for text in texts(chart) if text.startswith("3.3")]
    assert len(ticks) == len(set(ticks)) > 2
    assert not re.search(r"<path[^>]*\d\.\d{3}", chart)


def test_counts_have_whole_numbers():
    chart = charts.lines("Title", "epoch", "clusters", {"view": ([0, 1, 2], [3, 4, 3])})
    assert not [text for text in texts(chart) if "." in text]


def test_a_chart_says_what_it_shows():
    series = {"top-1 <b>": ([0, 1, 2], [0.25, np.nan, 0.5])}
    chart = charts.lines("A & B", "epoch", "share", series, 1, "best model")
    assert ">A &amp; B</title>" in chart
    said = re.search(r"<desc[^>]*>(.*?)</desc>", chart)[1]
    assert said.startswith("top-1 &lt;b&gt;: from 0.25 to 0.5 ")
    assert said.endswith("best model: 1")
    assert "top-1 &lt;b&gt;" in texts(chart) and "epoch" in texts(chart)


def test_two_charts_on_a_page_do_not_share_ids():
    one, other = (charts.lines("T", "x", "y", {"a": ([0], [1])}) for _ in range(2))
    ids = [set(re.findall(r'\bid="([^"]+)"', chart)) for chart in (one, other)]
    assert ids[0] and not ids[0] & ids[1]


def test_colours_are_the_pages_variables():
    chart = charts.lines("T", "x", "y", {"a": ([0, 1], [1, 2]), "b": ([0, 1], [2, 1])})
    found = set(re.findall(r"var\((--\w+)\)", chart))
    assert {"--c0", "--c1", "--ink", "--grid"} <= found <= set(page.COLOURS)
    assert not re.search(r"#[0-9a-f]{6}\b", chart)


def test_a_page_escapes_text_and_keeps_flags_whole():
    whole = page.page(
        "<i>",
        [
            page.section("<b>", page.paragraph("<u> give --eps 0.5 or a--b")),
            page.table([["", "<s>"], ["<q>", "1"]], "<em>", first=1),
            page.facts([("<tt>", "<kbd>")]),
        ],
    )
    assert not re.search(r"<(i|b|u|s|q|em|tt|kbd)>", whole)
    assert "<code>--eps</code> 0.5 or a--b" in whole
    assert '<tr class="first"><th>&lt;q&gt;</th><td>1</td></tr>' in whole


def test_colours_that_tell_things_apart_differ_in_light_and_dark():
    def lab(colour):
        parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        linear = np.where(parts > 0.04, ((parts + 0.055) / 1.055) ** 2.4, parts / 12.92)
        weights = np.array(  # sRGB to XYZ over its white, D65.
            [
                [0.4339, 0.3762, 0.1899],
                [0.2126, 0.7152, 0.0722],
                [0.0178, 0.1095, 0.8728],
            ]
        )
        x, y, z = np.cbrt(weights @ linear)
        return np.array([116 * y, 500 * (x - y), 200 * (y - z)])

    names = ["--right", "--wrong", *(f"--c{n}" for n in range(10))]
    for which in (0, 1):
        for one, other in itertools.combinations(names, 2):
            places = [lab(page.COLOURS[name][which]) for name in (one, other)]
            assert np.linalg.norm(places[0] - places[1]) > 15, (one, other, which)


def test_text_can_be_read_in_light_and_dark():
    def luminance(colour):
        parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        linear = ((parts + 0.055) / 1.055) ** 2.4
        return float(linear @ (0.2126, 0.7152, 0.0722))

    for which in (0, 1):
        paper = luminance(page.COLOURS["--paper"][which])
        for name, least in (("ink", 7), ("soft", 4.5), ("right", 4.5), ("wrong", 4.5)):
            ink = luminance(page.COLOURS[f"--{name}"][which])
            darker, lighter = sorted((ink, paper))
            assert (lighter + 0.05) / (darker + 0.05) >= least, name
