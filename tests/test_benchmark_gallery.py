"""scripts.benchmark_gallery says what every kind of index takes and finds."""

import re

from scripts import benchmark_gallery
from scripts.benchmarks import enrolled
from simmc_tf.gallery import index
from tests import programs


def test_every_kind_and_the_gallery_get_their_lines(monkeypatch, capsys):
    monkeypatch.setattr(enrolled, "_PERSONS", 4)
    monkeypatch.setattr(enrolled, "_FITTED", 4)
    monkeypatch.setattr(index, "LISTS_FROM", 500)
    monkeypatch.setattr(benchmark_gallery, "_ALONE", 3)

    programs.run(benchmark_gallery, monkeypatch, "--rows", 600, "--queries", 40)

    lines = capsys.readouterr().out.splitlines()
    kinds = [line.split()[1] for line in lines if re.match(r" +600  \w", line)]
    assert kinds == ["exact", "lists", "ivf", "hnsw"]
    exact = next(line for line in lines if "  exact " in line).split()
    assert exact[5:7] == ["1.0000", "1.0000"]
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


def test_walkers_are_enrolled_person_after_person(monkeypatch):
    monkeypatch.setattr(enrolled, "_PERSONS", 4)
    monkeypatch.setattr(enrolled, "_FITTED", 4)

    found = enrolled.walkers(900, 20, lambda text: None)

    assert found.features.shape == (900, 256) and len(found.persons) == 900
    assert (found.persons[1:] >= found.persons[:-1]).all()
    assert set(found.query_persons) <= set(found.persons) and len(found.queries) <= 20
    assert found.counts.sum() == 900 and found.counts.max() <= 14
    # No recording is of two persons.
    starts = found.counts.cumsum()[:-1]
    changes = (found.persons[1:] != found.persons[:-1]).nonzero()[0] + 1
    assert set(changes) <= set(starts)
