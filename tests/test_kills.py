"""Trials that kill runs: what they compare, and, slow, that all survive."""

import pytest

from scripts.hardening import kills, left_over
from simmc_tf import resuming
from tests import programs

PAGE = "<tr><th>training</th><td>epochs 1 to 3 in 0:0{} (merging 40%)</td></tr>{}"


def leave(folder, **changes):
    files = {
        "metrics.csv": "epoch\n0\n1\n",
        "timings.csv": "epoch,total\n0,1.5\n1,2.5\n",
        "report.html": PAGE.format(3, ""),
        "export/1/saved_model.pb": "numbered anew",
        "export/1/assets/about.json": "{}",
    }
    for name, content in {**files, **changes}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


def test_what_is_of_its_own_for_every_run_may_differ(tmp_path):
    files = left_over.contents(leave(tmp_path / "one"))
    other = leave(
        tmp_path / "other",
        **{"timings.csv": "epoch,total\n0,2.5\n1,9\n"},
        **{"report.html": PAGE.format(9, ""), "export/1/saved_model.pb": "other"},
    )
    assert left_over.difference(files, other) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"metrics.csv": "epoch\n0\n2\n"}, "metrics.csv differs"),
        ({"timings.csv": "epoch,total\n0,1.5\n"}, "timings.csv differs"),
        ({"report.html": PAGE.format(3, "more")}, "report.html differs"),
        ({".writing-0state.npz": ""}, ".writing-0state.npz should not be there"),
    ],
)
def test_any_other_difference_is_found(changes, said, tmp_path):
    files = left_over.contents(leave(tmp_path / "one"))
    assert left_over.difference(files, leave(tmp_path / "other", **changes)) == said


def test_what_a_kill_hit_is_told_by_what_is_left(tmp_path):
    assert kills._hit(tmp_path, epochs=2) == "before the first epoch"
    for rows, expected in (
        (0, "before the first epoch"),
        (1, "before the first epoch"),
        (2, "in training"),
        (3, "in conclusion"),
    ):
        resuming.State({"description": {}}, [{"epoch": n} for n in range(rows)]).write(
            tmp_path
        )
        assert kills._hit(tmp_path, epochs=2) == expected
    (tmp_path / "state.npz").unlink()
    (tmp_path / "best.json").touch()
    assert kills._hit(tmp_path, epochs=2) == "after the end"


@pytest.mark.slow
@pytest.mark.parametrize(("program", "tries"), [("SimMC", 50), ("SimMC-UF", 10)])
def test_every_run_that_was_killed_survives(program, tries, capsys, monkeypatch):
    programs.run(kills, monkeypatch, "--program", program, "--tries", tries)

    rows = capsys.readouterr().out.splitlines()[1:]
    assert len(rows) == 2
    assert all(row.split()[-1] == "0" for row in rows)
