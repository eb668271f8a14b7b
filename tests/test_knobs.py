"""scripts.ablate --knob: values that are tried, other lengths, tables, a page."""

import math
import re
import statistics
from xml.etree import ElementTree

import pytest

from scripts.ablations import (
    asked,
    curves,
    data,
    knob_page,
    knobs,
    results,
    settings,
    tables,
    training,
)
from scripts.matrix import pages
from simmc_tf import config as configs
from simmc_tf import errors
from tests import ablations, programs


def lines(*texts, bases=("auto",)):
    """What is turned by these words, by setting."""
    found, told = knobs.lines([knob for t in texts for knob in knobs.find(t)], bases, 2)
    return {line.base: line.points for line in found}, told


def pair(top1, mean_ap, untrained):
    reference = {tables.UNTRAINED: untrained, "mean coordinates": (0.0, 0.0)}
    return ablations.result((top1, mean_ap), reference)


def test_a_settings_own_value_is_one_of_the_values_and_no_other_run():
    both = ("published", "auto t=0.2")
    found, told = lines("t=0.5,0.08", bases=both)
    assert [(p.label, p.setting, p.is_default) for p in found["published"]] == [
        ("0.08", "published", True),
        ("0.5", "published t=0.5", False),
    ]
    assert [(p.label, p.setting, p.is_default) for p in found["auto t=0.2"]] == [
        ("0.08", "auto t=0.2 t=0.08", False),
        ("0.2", "auto t=0.2", True),
        ("0.5", "auto t=0.2 t=0.5", False),
    ]
    assert settings.config("auto t=0.2 t=0.08", 0, None).t == 0.08
    assert told == []


def test_losses_are_left_out_by_lambda_and_neither_takes_no_run():
    points = lines("loss")[0]["auto"]
    assert [(point.label, point.setting) for point in points] == [
        ("MPC alone", "auto lambda=0"),
        ("both", "auto"),
        ("MIC alone", "auto lambda=1"),
        ("neither (untrained)", "auto"),
    ]
    assert [point.untrained for point in points] == [False, False, False, True]
    assert [settings.config(p.setting, 0, None).mic_weight for p in points[:3]] == [
        *(0.0, 0.5, 1.0)
    ]
    assert {p.setting for p in points} < {p.setting for p in lines("lambda")[0]["auto"]}


def test_what_a_preset_or_a_length_does_not_take_is_left_out_with_a_line():
    found, told = lines("eps", "mask_x", bases=("published", "auto f=4"))
    assert [point.label for point in found["auto f=4"]] == ["0", "1", "2", "3"]
    assert len(found["published"]) == 6
    assert [line.split(":")[0] for line in told] == [
        "eps under auto f=4 is left out",
        *2 * ["mask_x under auto f=4 is left out"],
    ]
    assert "auto takes none of --eps" in told[0]
    assert "--mask_x 4 would drop every skeleton" in told[1]
    with pytest.raises(
        errors.InputError, match="Nothing can be turned: eps under auto"
    ):
        lines("eps")
    with pytest.raises(errors.InputError, match="no value but its own is given"):
        lines("t=0.3")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("colour", "--knob colour: expected all, one of loss, mask_x, f, H, t, eps"),
        ("k1", "--knob k1: expected all, "),
        ("loss=1", "--knob loss=1: expected all, "),
        ("without=turning", "--knob without=turning: expected all, "),
        ("t=", "--knob t=: expected numbers with commas"),
        ("t=0.1,fast", "--knob t=0.1,fast: expected numbers"),
        ("t=nan", "--knob t=nan: expected numbers"),
    ],
)
def test_what_is_no_knob_is_refused(text, part):
    with pytest.raises(errors.InputError) as refused:
        knobs.find(text)
    assert str(refused.value).startswith(part)


def test_every_knob_of_the_paper_can_be_turned_under_either_preset():
    found, told = knobs.lines(knobs.find(knobs.ALL), ("published", "auto"), None)
    names = {base: [] for base in ("published", "auto")}
    for line in found:
        names[line.base].append(line.knob.name)
        assert sum(point.is_default for point in line.points) == 1
    assert names["published"] == list(knobs.KNOBS)
    assert set(knobs.KNOBS) - set(names["auto"]) == {"eps", "min_samples"}
    assert len(told) == 2


def test_f_is_the_datas_and_comes_to_a_runs_sequences(monkeypatch):
    wanted = asked.find(["syn", "peer_ks20"], ["auto"], ["f=12,9999"], 2, None)
    by_length = {(run.data, run.length, run.seed) for run in wanted.runs}
    here = {name for name in ("syn", "peer_ks20") if not data.DATA[name].missing()}
    usual = {(name, data.LENGTH, seed) for name in here for seed in (0, 1)}
    assert by_length == usual | {("syn", 12, seed) for seed in (0, 1)}
    assert wanted.runs[0].setting == "auto"
    lines_of = [line for line in wanted.told if line.startswith("syn with ")]
    assert lines_of == [
        "syn with f=9999 is left out: no recording for train and gallery and probe is "
        "so long"
    ]
    (run, *_) = [one for one in wanted.runs if one.length == 12]
    assert run.config == settings.config("auto f=12", 0, None)
    assert run.config.mask_x == 4  # A third.
    loaded = data.DATA["syn"].load(0, 12)
    for split in (loaded.train, loaded.matching.gallery, loaded.matching.probe):
        assert split.sequences.shape[1] == 12
    done = []
    monkeypatch.setattr(training, "train", lambda one, *rest: done.append(one))
    training._do(run.identity("1"), "folder", "1", print)
    assert done == [run] and run.identity("1") != results.Run(
        run.data, run.setting, run.config
    ).identity("1")


def test_archives_of_sequences_have_one_length(monkeypatch):
    fixed = data.Development(lambda seed, length: None, lambda: ())
    monkeypatch.setattr(data, "DATA", {"fixed": fixed})
    wanted = asked.find(["fixed"], ["auto"], ["f"], 1, None)
    assert [run.setting for run in wanted.runs] == ["auto"]
    assert wanted.told == [
        "fixed with f=4, 8, 10, 12 is left out: it comes in sequences of 6 skeletons "
        "alone"
    ]
    with pytest.raises(errors.InputError, match="nothing to do: fixed with f=8 is"):
        asked.find(["fixed"], ["auto f=8"], [], 1, None)


def test_data_on_which_runs_take_hours_are_named_and_not_usual():
    assert "peer_kgbd" in data.DATA and "peer_kgbd" not in data.usual()
    assert set(data.usual()) < set(data.DATA)


@pytest.fixture
def turned():
    """Scores of three seeds, two of them where the knob is turned."""
    found, _ = knobs.lines(knobs.find("t=0.5") + knobs.find("loss"), ["auto"], None)
    first = {0: pair(0.5, 0.2, (0.4, 0.1)), 1: pair(0.8, 0.4, (0.2, 0.1))}
    third = {2: pair(0.5, 0.3, (0.3, 0.1))}
    kept = {
        ("syn", "auto"): first | third,
        ("syn", "auto t=0.5"): first,
        ("cmu", "auto"): third,
    }
    return curves.Curves(kept, ["syn", "cmu"], found, num_seeds=3)


def test_tables_have_means_and_deviations_of_each_value(turned):
    over_t, over_loss = turned.all()
    assert over_t.title == (
        "t: temperature of MPC; auto; top-1 / mAP of the chosen epoch, mean ± standard "
        "deviation over 3 seeds"
    )
    three, two = statistics.stdev([0.5, 0.8, 0.5]), statistics.stdev([0.5, 0.8])
    assert over_t.rows == [
        ["", "syn", "cmu"],
        ["0.3 (default)", f"0.600 ± {three:.3f} / 0.300 ± 0.100", over_t.rows[1][2]],
        ["0.5", f"0.650 ± {two:.3f} / 0.300 ± 0.141 [2 of 3]", "-"],
    ]
    assert over_t.rows[1][2] == "0.500 / 0.300 [1 of 3]"
    assert over_loss.rows[1] == ["MPC alone", "-", "-"]
    assert over_loss.rows[4] == [
        *("neither (untrained)", "0.300 ± 0.100 / 0.100 ± 0.000"),
        "0.300 / 0.100 [1 of 3]",
    ]


def test_a_page_has_a_picture_of_each_knob_data_set_and_score(turned):
    text = knob_page.make(turned, ["by <this>"])
    assert text.count('<svg class="chart"') == 2 * 2 * 2
    assert ">top-1, syn</title>" in text and ">mAP, cmu</title>" in text
    # What a screen reader says.
    assert ">auto: 0.3 0.600, 0.5 0.650 (2 of 3 seeds)</desc>" in text
    assert ">auto: both 0.300, neither (untrained) 0.100</desc>" in text
    assert ">t under auto: top-1 / mAP, mean ± standard" in text
    assert "<td>0.650 ± " in text and ">by &lt;this&gt;</p>" in text
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(set(ids)) == len(ids)
    assert "<script" not in text and "src=" not in text


def test_a_picture_tells_which_means_lack_seeds(turned):
    (over_t,) = turned.lines(turned.turned[0])
    places = {data: turned.places(over_t, data) for data in turned.data}
    assert {k: [p.num_seeds for p in v] for k, v in places.items()} == {
        "syn": [3, 2],
        "cmu": [1],
    }
    (alone,) = places["cmu"]
    assert all(math.isnan(spread.deviation) for spread in alone.scores)
    text = knob_page.make(turned, [])
    assert (
        "either way; hollow where fewer are done, and without a bar where one" in text
    )
    first, *_, last = re.findall(r'<svg class="chart".*?</svg>', text, re.DOTALL)
    assert "var(--paper)" in first and "nan" not in first + last
    runs = {key: dict(list(of.items())[:1]) for key, of in turned._found.items()}
    whole = curves.Curves(runs, turned.data, [over_t], num_seeds=1)
    text = knob_page.make(whole, [])
    assert "hollow" not in text and "seeds)" not in text
    charts = re.findall(r'<svg class="chart".*?</svg>', text, re.DOTALL)
    assert charts and not any("var(--paper)" in chart for chart in charts)


@pytest.fixture
def ablate(monkeypatch, tmp_path):
    """Runs the program without training; gives settings and lengths of the runs."""
    done = []

    def train(run, folder, program, report):
        done.append((run.setting, run.length))
        rows = [(0, 0.1, 0.1, 0.1), (1, 0.5, 0.5, 0.25)]
        reference = {tables.UNTRAINED: (0.1, 0.1), "mean coordinates": (0.4, 0.3)}
        made = ablations.result((0.5, 0.25), reference, rows, run=run.identity(program))
        made.write(run.path(folder))

    monkeypatch.setattr(training, "train", train)
    monkeypatch.setattr(results, "program", lambda: "1")
    program = programs.load("scripts/ablate.py")

    def run(*arguments):
        del done[:]
        programs.run(
            *(program, monkeypatch, "--workers", 0, "--output", tmp_path / "out"),
            *("--seeds", 1, "--data", "syn", *arguments),
        )
        return list(done)

    return run


def test_one_command_turns_knobs_and_goes_on_where_its_time_was_up(
    ablate, tmp_path, capsys
):
    page, tabled = tmp_path / "knobs.html", tmp_path / "knobs.md"
    tried = ("--knob", "f=8", "--knob", "H=16", "--html", page, "--markdown", tabled)
    # Each is said to take 10 s.
    assert ablate(*tried, "--budget", 0.1) == [("published", 6)]
    assert "5 of 6 runs are left; the same command goes on" in capsys.readouterr().out
    assert ablate(*tried) == [
        *(("auto", 6), ("published f=8", 8), ("auto f=8", 8)),
        *(("published H=16", 6), ("auto H=16", 6)),
    ]
    text = tabled.read_text(encoding="utf-8")
    assert "| 6 (default) | 0.500 / 0.250 |\n| 8 | 0.500 / 0.250 |" in text
    command = "python -m scripts.ablate --data syn --knob f=8 --knob H=16 --seeds 1"
    assert text.endswith(f": {command}\n")
    assert command in re.sub("</?code>", "", page.read_text(encoding="utf-8"))
    assert "H: width of the representation; auto; top-1" in capsys.readouterr().out
    own = ("--setting", "auto lr=0.001", "--knob", "H=16")
    assert ablate(*own) == [("auto lr=0.001", 6), ("auto lr=0.001 H=16", 6)]


def test_a_page_of_markdown_is_kept_beside_its_pictures(ablate, tmp_path):
    page = tmp_path / "docs" / "knobs.md"
    page.parent.mkdir()
    page.write_text(f"# Knobs\n\n{pages.BEGIN}\nold\n{pages.END}\n\nEnd.\n")
    tried = ("--knob", "f=8", "--knob", "H=16", "--update", page)

    ablate(*tried, "--plots", tmp_path / "docs" / "knobs")

    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Knobs\n") and text.endswith("\n\nEnd.\n")
    assert "old" not in text and "## H: width of the representation\n" in text
    assert "| 6 (default) | 0.500 / 0.250 |\n| 8 | 0.500 / 0.250 |" in text
    links = re.findall(r"!\[(.*?)\]\((.*?)\)", text)
    assert links == [
        ("f: skeletons a sequence, on syn", "knobs/f-syn.svg"),
        ("H: width of the representation, on syn", "knobs/H-syn.svg"),
    ]
    for title, link in links:
        root = ElementTree.parse(page.parent / link).getroot()
        assert root.find("{*}title").text == title
        assert "prefers-color-scheme: dark" in root.find("{*}style").text
        charts = root.findall("{*}svg")
        titles = [chart.find("{*}title").text for chart in charts]
        assert titles == ["top-1, syn", "mAP, syn"]
        # One below the other, and none sticks out.
        sizes = [{k: float(c.get(k)) for k in ("y", "width", "height")} for c in charts]
        assert sizes[0]["y"] == 0 and sizes[1]["y"] == sizes[0]["height"]
        assert float(root.get("height")) == sum(size["height"] for size in sizes)
        assert float(root.get("width")) == max(size["width"] for size in sizes)
    ablate(*tried)
    assert "![" not in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("flag", ["html", "plots", "update"])
def test_pictures_without_knobs_are_refused(flag, ablate, tmp_path):
    said = f"^--{flag}: there are pictures only of"
    with pytest.raises(errors.InputError, match=said):
        ablate(f"--{flag}", tmp_path / "page.html")


def test_what_cannot_be_written_is_refused_before_anything_runs(ablate, tmp_path):
    (tmp_path / "page.md").write_text("no block")
    (tmp_path / "file").write_text("")
    for flag, name in (("update", "page.md"), ("plots", "file")):
        with pytest.raises(errors.InputError, match=rf"^--{flag} .*{name}: "):
            ablate("--knob", "H=16", f"--{flag}", tmp_path / name)
    with pytest.raises(
        errors.InputError, match=r"^--html .*absent/page.html: expected"
    ):
        ablate("--knob", "H=16", "--html", tmp_path / "absent" / "page.html")
    assert not (tmp_path / "out").exists()


def test_a_length_is_a_field_of_any_setting(ablate):
    assert ablate("--setting", "auto f=8", "--setting", "auto") == [
        *(("auto f=8", 8), ("auto", 6))
    ]
    assert settings.config("auto f=8", 0, None).mask_x == 2
    with pytest.raises(errors.InputError, match="mask_x 2 would drop every"):
        settings.config("published f=2", 0, None)
    assert settings.config("auto", 0, None).preset == configs.AUTO
