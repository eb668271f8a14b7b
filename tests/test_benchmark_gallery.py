"""scripts.benchmark_gallery says what every kind of index takes and finds."""

import re

import pytest

from scripts import benchmark_gallery
from scripts.benchmarks import enrolled, indices
from simmc_tf import errors
from simmc_tf.gallery import index
from tests import programs


def test_every_kind_and_the_gallery_get_their_lines(monkeypatch, capsys):
    monkeypatch.setattr(enrolled, "_PERSONS", 4)
    monkeypatch.setattr(enrolled, "_FITTED", 4)
    monkeypatch.setattr(index, "LISTS_FROM", 500)
    monkeypatch.setattr(indices, "ALONE", 3)

    sizes = "--rows", "600", "--rows", "300", "--lists", "1,4", "--probed", "2,8"
    programs.run(benchmark_gallery, monkeypatch, *sizes, "--queries", 40)

    lines = capsys.readouterr().out.splitlines()
    rows = [line.split() for line in lines if re.match(r" +[36]00  \w", line)]
    inverted = [["24", "2"], ["24", "8"], ["97", "2"], ["97", "8"]]
    assert [row[1:4] for row in rows[:10]] == [
        ["exact", "-", "-"],
        *(["lists", *numbers] for numbers in inverted),
        *(["ivf", *numbers] for numbers in inverted),
        ["hnsw", "-", "-"],
    ]
    assert [row[0] for row in rows] == ["600"] * 10 + ["300"] * 10
    assert rows[0][7:9] == ["1.0000", "1.0000"]
    assert int(rows[0][9].replace(",", "")) > 600 * 256 * 4
    # The more lists are searched the more is found.
    assert all(rows[i][8] <= rows[i + 1][8] for i in range(1, 9, 2))
    text = "\n".join(lines)
    for part in (
        "enrol all but one recording",
        "enrol one recording more",
        "lists.faiss: 0.",
        "read, with checksums",
        "exact: a sequence alone",
        "lists: a sequence alone",
        "remove a person",
    ):
        assert part in text
    same = re.search(r"same nearest person of (\d\.\d+)", text)
    assert float(same.group(1)) > 0.9
    # Below the size from which on a gallery has lists they are searched, too.
    assert text.count("17 lists, 8 probed: a sequence alone") == 1
    assert text.count("    same nearest person of ") == 8


@pytest.mark.parametrize(
    ("words", "match"),
    [
        (("--rows", "10,x"), "--rows x: expected whole numbers"),
        (("--probed", "0"), "--probed 0: expected"),
        (("--beside", "lists,lsh"), "--beside lsh: expected some of lists, ivf, hnsw"),
    ],
)
def test_what_cannot_be_measured_is_one_line(monkeypatch, words, match):
    with pytest.raises(errors.InputError, match=match):
        programs.run(benchmark_gallery, monkeypatch, *words)


def test_walkers_are_enrolled_person_after_person(monkeypatch):
    monkeypatch.setattr(enrolled, "_PERSONS", 4)
    monkeypatch.setattr(enrolled, "_FITTED", 4)

    found = enrolled.walkers(900, 20, lambda text: None)

    assert found.features.shape == (900, 256) and len(found.persons) == 900
    assert (found.persons[1:] >= found.persons[:-1]).all()
    assert set(found.query_persons) <= set(found.persons)
    assert found.counts.sum() == 900 and found.counts.max() <= 14
    # No recording is of two persons.
    starts = found.counts.cumsum()[:-1]
    changes = (found.persons[1:] != found.persons[:-1]).nonzero()[0] + 1
    assert set(changes) <= set(starts)


def test_who_is_searched_for_is_enrolled_in_a_small_gallery_too(monkeypatch):
    monkeypatch.setattr(enrolled, "_PERSONS", 4)
    monkeypatch.setattr(enrolled, "_FITTED", 4)

    found = enrolled.walkers(100, 20, lambda text: None)

    assert len(found.queries) == 20
    assert set(found.query_persons) <= set(found.persons) < set(range(4))
