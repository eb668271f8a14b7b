"""Tables of figures: columns under their headings, and all digits in a file."""

import csv

from simmc_tf import evaluation, history, representation, tables

HALF = evaluation.Scores(0.5, 0.75, 1.0, 0.123456789, 12, 3456)


def test_scores_stand_under_their_headings():
    assert tables.scores({"all": HALF, "untrained": HALF}).splitlines() == [
        "            top-1   top-5  top-10     mAP   probes  gallery",
        "all        0.5000  0.7500  1.0000  0.1235       12     3456",
        "untrained  0.5000  0.7500  1.0000  0.1235       12     3456",
    ]


def test_what_needs_no_label_stands_beside_the_untrained_model():
    untrained = history.Row(0, view_agreement=0.25, silhouette=0.5, clusters_1=12)
    trained = history.Row(7, view_agreement=1.5, silhouette=None, clusters_1=3)
    for row in (untrained, trained):
        row.clusters_2 = 1234
    assert tables.criteria(untrained, trained).splitlines() == [
        "                             untrained  trained",
        "agreement of the two views      0.2500   1.5000",
        "clusters, first view                12        3",
        "clusters, second view             1234     1234",
    ]


def make_table():
    table = tables.Assessments(["nm.nm", "cl.nm"], ["raw", "Representations/MG-SCR"])
    known = representation.Assessment(HALF, 1.23456789, 12.5)
    unknown = representation.Assessment(HALF, None, None)
    lines = [table.heading]
    lines.append(table.add("nm.nm", "raw", known))
    lines.append(table.add("cl.nm", "Representations/MG-SCR", unknown))
    return table, lines


def test_assessments_stand_under_their_headings():
    _, lines = make_table()
    assert lines == [
        "probe  representation           top-1   top-5  top-10     mAP     mACT    mRCL"
        "   probes  gallery",
        "nm.nm  raw                     0.5000  0.7500  1.0000  0.1235    1.235  12.500"
        "       12     3456",
        "cl.nm  Representations/MG-SCR  0.5000  0.7500  1.0000  0.1235        -       -"
        "       12     3456",
    ]
    assert len(set(map(len, lines))) == 1


def test_short_names_leave_room_for_the_headings():
    table = tables.Assessments(["A"], ["raw"])
    line = table.add("A", "raw", representation.Assessment(HALF, 1.0, 2.0))
    assert line.startswith("A      raw             0.5000")
    assert len(line) == len(table.heading)


def test_a_file_has_every_digit_and_nothing_where_nothing_is_known(tmp_path):
    table, _ = make_table()
    settings = {"dataset": "CASIA_B", "standardise": None}
    table.write(tmp_path / "figures" / "all.csv", settings)

    with (tmp_path / "figures" / "all.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))

    assert rows == [
        [
            *("dataset", "standardise", "probe", "representation", "top1", "top5"),
            *("top10", "mAP", "mACT", "mRCL", "probes", "gallery"),
        ],
        [
            *("CASIA_B", "", "nm.nm", "raw", "0.5", "0.75", "1.0", "0.123456789"),
            *("1.23456789", "12.5", "12", "3456"),
        ],
        [
            *("CASIA_B", "", "cl.nm", "Representations/MG-SCR", "0.5", "0.75", "1.0"),
            *("0.123456789", "", "", "12", "3456"),
        ],
    ]


def test_a_name_with_a_comma_stays_one_cell(tmp_path):
    table = tables.Assessments(["A"], ["x, y.npz"])
    table.add("A", "x, y.npz", representation.Assessment(HALF, None, None))
    table.write(tmp_path / "all.csv", {})
    with (tmp_path / "all.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file))[1][1] == "x, y.npz"
