"""What a command line comes to; the table of defaults is copied from method.md."""

import pathlib

import pytest
from absl import flags

from datasets import catalog
from flags import asked_run, defaults, repeat, run, tfds
from simmc_tf import atomic, errors, resuming
from simmc_tf import config as configs

# Section 9: data set, probe -> mask_x, lambda, t, eps, min_samples.
TABLE = {
    ("KS20", "probe"): (2, 0.5, 0.08, 0.8, 2),
    ("KGBD", "probe"): (2, 0.5, 0.06, 0.6, 4),
    ("IAS", "A"): (2, 0.75, 0.08, 0.8, 2),
    ("IAS", "B"): (2, 0.5, 0.08, 0.8, 2),
    ("BIWI", "Walking"): (2, 0.25, 0.07, 0.8, 2),
    ("BIWI", "Still"): (2, 0.25, 0.07, 0.6, 2),
    ("CASIA_B", "nm.nm"): (10, 0.25, 0.075, 0.75, 2),
    ("CASIA_B", "cl.cl"): (10, 0.25, 0.075, 0.75, 2),
    ("CASIA_B", "bg.bg"): (10, 0.25, 0.075, 0.75, 2),
    ("CASIA_B", "cl.nm"): (10, 0.25, 0.075, 0.75, 2),
    ("CASIA_B", "bg.nm"): (10, 0.25, 0.075, 0.75, 2),
}


def options(*arguments):
    """Options of a command line of SimMC.py."""
    values = flags.FlagValues()
    run.define(values)
    values(["SimMC.py", *arguments])
    return run.read(values)


def config(*arguments, name="KS20", probe="probe", length=6):
    return options(*arguments).config(name, probe, length)


def given(*arguments):
    """Hyperparameters that the user is taken to have given."""
    found = dict(options(*arguments).given)
    return found


@pytest.mark.parametrize(("name", "probe"), list(TABLE))
def test_defaults_are_those_of_the_paper(name, probe):
    found = config(name=name, probe=probe, length=40 if name == "CASIA_B" else 6)
    table = (found.mask_x, found.mic_weight, found.t, found.eps, found.min_samples)
    assert table == TABLE[name, probe]
    assert found.mask_x_2 == found.mask_x
    general = (found.H, found.D, found.batch_size, found.lr, found.k1, found.k2)
    assert general == (256, 1, 256, 0.00035, 20, 6)
    assert found.patience == 100 and found.protocol == "published"


def test_the_table_knows_every_probe_of_every_published_data_set():
    probes = {
        (entry.name, probe) for entry in catalog.PUBLISHED for probe in entry.probes
    }
    assert probes == set(TABLE)


@pytest.mark.parametrize(
    ("length", "mask_x"), [(6, 2), (4, 1), (12, 4), (2, 1), (1, 0)]
)
def test_own_data_mask_a_third_of_their_skeletons(length, mask_x):
    found = defaults.config("Mine", "probe", length, {})
    assert found.mask_x == found.mask_x_2 == mask_x


@pytest.mark.parametrize(
    ("flag", "field", "value"),
    [
        ("H", "H", 64),
        ("D", "D", 3),
        ("mask_x", "mask_x", 1),
        ("mask_x_2", "mask_x_2", 3),
        ("lambda", "mic_weight", 0.125),
        ("t", "t", 0.5),
        ("lr", "lr", 0.01),
        ("eps", "eps", 0.55),
        ("min_samples", "min_samples", 5),
        ("k1", "k1", 30),
        ("k2", "k2", 3),
        ("batch_size", "batch_size", 32),
        ("epochs", "epochs", 7),
        ("patience", "patience", 9),
        ("seed", "seed", 11),
    ],
)
@pytest.mark.parametrize(("name", "probe"), [("KGBD", "probe"), ("CASIA_B", "nm.nm")])
def test_what_the_user_gives_wins(flag, field, value, name, probe):
    found = config(f"--{flag}", str(value), name=name, probe=probe, length=40)
    assert getattr(found, field) == value


@pytest.mark.parametrize("flag", ["lambda", "mask_lambda"])
@pytest.mark.parametrize("value", ["0", "0.0", "1"])
def test_lambda_may_be_0_or_1(flag, value):
    assert config(f"--{flag}", value).mic_weight == float(value)


def test_no_mask_at_all_may_be_asked_for():
    found = config("--mask_x", "0")
    assert (found.mask_x, found.mask_x_2) == (0, 0)


def test_seed_0_is_given_like_any_other():
    assert given("--seed", "0") == {"seed": 0}


def test_a_value_equal_to_the_default_is_still_given():
    assert given("--lambda", "0.5", "--H", "256") == {"mic_weight": 0.5, "H": 256}


def test_without_flags_nothing_is_given():
    assert given() == {}


def test_the_second_mask_follows_the_first():
    found = config("--mask_x", "3")
    assert found.num_masked == (3, 3)


def test_the_second_mask_can_differ():
    assert config("--mask_x_2", "1").num_masked == (2, 1)
    assert config("--mask_x", "3", "--mask_x_2", "0").num_masked == (3, 0)


def test_the_strict_protocol_is_one_flag():
    assert config("--protocol", "strict").protocol == configs.STRICT


PUBLISHED, AUTO, STRICT = configs.PUBLISHED, configs.AUTO, configs.STRICT


@pytest.mark.parametrize("name", [entry.name for entry in catalog.PUBLISHED])
@pytest.mark.parametrize(
    ("arguments", "preset", "protocol"),
    [
        ([], PUBLISHED, PUBLISHED),
        (["--protocol", "strict"], PUBLISHED, STRICT),
        (["--preset", "published"], PUBLISHED, PUBLISHED),
        (["--preset", "auto"], AUTO, STRICT),
        (["--preset", "auto", "--protocol", "strict"], AUTO, STRICT),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value,
)
def test_published_data_take_the_published_preset(name, arguments, preset, protocol):
    found = config(*arguments, name=name, length=40)
    assert (found.preset, found.protocol) == (preset, protocol)


@pytest.mark.parametrize("name", ["Synthetic", "MyPeople"])
@pytest.mark.parametrize(
    ("arguments", "preset", "protocol"),
    [
        ([], AUTO, STRICT),
        (["--protocol", "strict"], AUTO, STRICT),
        (["--protocol", "published"], PUBLISHED, PUBLISHED),
        (["--preset", "published"], PUBLISHED, PUBLISHED),
        (["--preset", "published", "--protocol", "strict"], PUBLISHED, STRICT),
        (["--preset", "auto"], AUTO, STRICT),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value,
)
def test_all_other_data_take_what_needs_no_tuning(name, arguments, preset, protocol):
    found = config(*arguments, name=name)
    assert (found.preset, found.protocol) == (preset, protocol)


@pytest.mark.parametrize("more", [[], ["--protocol", "strict"]], ids=" ".join)
def test_the_published_preset_of_other_data_is_as_it_was(more):
    found = config("--preset", "published", *more, name="Mine")
    table = (found.mask_x, found.mic_weight, found.t, found.eps, found.min_samples)
    assert table == (2, 0.5, 0.08, 0.5, 2)


@pytest.mark.parametrize("name", ["KS20", "Mine"])
@pytest.mark.parametrize("mode", ["Train", "Eval"])
def test_no_label_is_read_by_auto_whatever_the_protocol(name, mode):
    with pytest.raises(errors.InputError, match=r"--protocol published.*--preset pub"):
        config(
            *("--preset", "auto", "--protocol", "published", "--mode", mode), name=name
        )


@pytest.mark.parametrize("name", ["KS20", "Mine"])
@pytest.mark.parametrize(
    ("flag", "value"), [("eps", 0.5), ("min_samples", 3), ("k1", 30), ("k2", 2)]
)
def test_what_auto_does_without_cannot_be_given(name, flag, value):
    with pytest.raises(
        errors.InputError,
        match=rf"^--{flag} {value}: --preset auto takes none of --eps, .*--preset publ",
    ):
        config(f"--{flag}", str(value), "--preset", "auto", name=name)
    found = config(f"--{flag}", str(value), "--preset", "published", name=name)
    assert getattr(found, flag) == value


@pytest.mark.parametrize("more", [[], ["--preset", "auto"]], ids=" ".join)
@pytest.mark.parametrize("given", ["--k1 3", "--k2 21", "--eps 2.0", "--min_samples 0"])
def test_what_auto_does_without_is_refused_before_its_value_is_looked_at(given, more):
    with pytest.raises(errors.InputError, match=f"^{given}: --preset auto") as caught:
        config(*given.split(), *more, name="Mine")
    assert "takes none of --eps, --min_samples, --k1 and --k2" in str(caught.value)
    with pytest.raises(errors.InputError, match=r"^--\w+ must be "):
        config(*given.split(), "--preset", "published", name="Mine")


def test_who_has_not_asked_for_auto_is_told_why_it_is():
    match = r"^--eps 0.5, --k1 9: --preset auto, the default for Mine, takes none"
    with pytest.raises(errors.InputError, match=match):
        config("--k1", "9", "--eps", "0.5", name="Mine")


def test_the_help_says_what_auto_does_not_take():
    values = flags.FlagValues()
    run.define(values)
    for flag in ("eps", "min_samples", "k1", "k2"):
        assert "not with --preset auto" in values[flag].help
    eps = config(name="Mine").eps
    assert f"takes {eps} where it clusters sequences one by one" in values["eps"].help
    for flag in ("lambda", "t", "mask_x", "batch_size"):
        assert "auto" not in values[flag].help
    assert "(1000; auto: 200)" in values["epochs"].help
    assert "(100; auto: 10)" in values["patience"].help


def test_defaults_of_everything_else():
    found = options()
    assert (found.mode, found.dataset, found.length, found.gpu) == (
        "Train",
        "KS20",
        0,
        (0,),
    )
    assert found.probe is None and found.probe_type is None
    assert found.data_root == pathlib.Path("Datasets")
    assert found.model_root == pathlib.Path("ReID_Models")
    assert found.model_size is False


@pytest.mark.parametrize("text", ["Eval", "eval", "EVAL"])
def test_case_of_the_mode_does_not_matter(text):
    assert options("--mode", text).mode == "Eval"


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--mode", "Test"], "Train"),
        (["--protocol", "fair"], "strict"),
        (["--t", "abc"], "abc"),
        (["--H", "2.5"], "2.5"),
        (["--length", "six"], "six"),
        (["--no_such_flag"], "no_such_flag"),
        (["--model_size=maybe"], "maybe"),
        (["--H"], "H"),
    ],
)
def test_what_a_flag_cannot_be_is_refused(arguments, part):
    with pytest.raises(flags.Error, match=part):
        options(*arguments)


@pytest.mark.parametrize(
    ("text", "gpus"),
    [("-1", (-1,)), ("0", (0,)), ("3", (3,)), ("0,1", (0, 1)), ("2, 0", (2, 0))],
)
def test_gpus_are_one_or_several_with_commas_between_them(text, gpus):
    assert options("--gpu", text).gpu == gpus


@pytest.mark.parametrize(
    "text", ["first", "", "0,", "0;1", "1.5", "-2", "0,0", "1,0,1", "0,-1", "-1,-1"]
)
def test_what_no_gpus_can_be_is_refused(text):
    with pytest.raises(errors.InputError, match=f"--gpu must be .*, not '{text}'"):
        options("--gpu", text)


@pytest.mark.parametrize(
    ("arguments", "gpus"),
    [([], (1, 0)), (["--mode", "Eval"], (1,)), (["--model_size"], (1,))],
    ids=["training", "evaluation", "size"],
)
def test_only_training_uses_several_gpus(arguments, gpus):
    assert options("--gpu", "1,0", *arguments).used_gpus == gpus


@pytest.mark.parametrize(
    "arguments",
    [
        *(["--H", "0"], ["--D", "-1"], ["--mask_x", "-1"], ["--mask_x_2", "-2"]),
        *(["--lambda", "1.5"], ["--lambda", "-0.1"], ["--lambda", "nan"]),
        *(["--t", "0"], ["--t", "nan"], ["--t", "inf"], ["--lr", "-1"]),
        *(["--lr", "inf"], ["--eps", "0"], ["--eps", "1"], ["--min_samples", "0"]),
        *(["--k1", "0"], ["--k2", "0"], ["--batch_size", "0"], ["--epochs", "0"]),
        *(["--patience", "0"], ["--seed", "-1"], ["--seed", "2147483648"]),
    ],
    ids=" ".join,
)
def test_numbers_out_of_range_are_refused_by_their_flag(arguments):
    with pytest.raises(errors.InputError, match=f"{arguments[0]} must be"):
        config(*arguments)


def test_the_message_names_lambda_and_not_its_field():
    with pytest.raises(errors.InputError, match=r"--lambda must be .* not 1\.5"):
        config("--mask_lambda", "1.5")


@pytest.mark.parametrize(
    ("name", "default"),
    [
        *(("KS20", "probe"), ("KGBD", "probe"), ("IAS", "A")),
        *(("BIWI", "Walking"), ("CASIA_B", "nm.nm")),
    ],
)
def test_without_a_probe_the_default_is_taken(name, default):
    assert options().choose_probe(catalog.find(name)) == default


@pytest.mark.parametrize(
    ("name", "arguments", "probe"),
    [
        ("IAS", ["--probe", "B"], "B"),
        ("BIWI", ["--probe", "still"], "Still"),
        ("CASIA_B", ["--probe_type", "cl.nm"], "cl.nm"),
        ("CAISA_B", ["--probe_type", "bg.bg"], "bg.bg"),
    ],
)
def test_the_probe_is_the_one_given(name, arguments, probe):
    assert options(*arguments).choose_probe(catalog.find(name)) == probe


def test_casia_b_does_not_take_probe():
    with pytest.raises(
        errors.InputError, match="--probe nm.nm: CASIA_B takes --probe_type"
    ):
        options("--probe", "nm.nm").choose_probe(catalog.find("CASIA_B"))


@pytest.mark.parametrize("name", ["KS20", "KGBD", "IAS", "BIWI"])
def test_only_casia_b_takes_probe_type(name):
    with pytest.raises(errors.InputError, match=f"{name} takes --probe, one of"):
        options("--probe_type", "nm.nm").choose_probe(catalog.find(name))


def test_a_wrong_probe_type_is_named_by_its_flag():
    with pytest.raises(errors.InputError, match="--probe_type x: .*cl.nm"):
        options("--probe_type", "x").choose_probe(catalog.find("CASIA_B"))


@pytest.mark.parametrize(
    ("arguments", "flag"),
    [
        (["--H", "64"], "--H 64"),
        (["--D", "2"], "--D 2"),
        (["--lambda", "0.9"], "--lambda 0.9"),
        (["--protocol", "strict"], "--protocol strict"),
        (["--preset", "auto"], "--preset auto: .* with --preset published"),
    ],
)
def test_a_model_is_not_evaluated_as_what_it_was_not_trained_as(arguments, flag):
    with pytest.raises(errors.InputError, match=flag):
        options(*arguments).check_trained(configs.Config(), {"length": 6}, 6)


def test_a_model_is_not_exported_as_what_it_was_not_trained_as():
    for flag in ("--H", "--length"):
        found = options("--mode", "Export", flag, "64")
        with pytest.raises(errors.InputError, match=f"{flag} 64: .*; export it with"):
            found.check_trained(configs.Config(), {"length": 6}, found.length or 6)


def test_an_export_that_is_not_to_be_made_is_refused():
    with pytest.raises(errors.InputError, match="--mode Export --noexport: "):
        options("--mode", "Export", "--noexport")
    assert not options("--mode", "Eval", "--noexport").export


def test_a_model_is_not_evaluated_on_another_length():
    with pytest.raises(errors.InputError, match="--length 8: .* --length 6"):
        options("--length", "8").check_trained(configs.Config(), {"length": 6}, 8)


def test_what_a_model_was_trained_with_need_not_be_given():
    trained = configs.Config(H=17, D=3, protocol="strict")
    options().check_trained(trained, {"length": 6}, 6)
    options("--H", "17").check_trained(trained, {"length": 6}, 6)


def test_a_model_is_evaluated_by_its_own_preset_where_none_is_given():
    auto = configs.Config(preset="auto", protocol="strict", mask_x=1)
    published = configs.Config(eps=0.7)
    for asked in (["--preset", "auto"], [], ["--protocol", "strict"]):
        options("--mode", "Eval", *asked).check_trained(auto, {"length": 6}, 6)
    # Nothing says in the command line that the model in Mine's folder is a published
    # one, so that eps is no contradiction.
    found = options("--mode", "Eval", "--eps", "0.7")
    found.config("Mine", "probe", 6)
    found.check_trained(published, {"length": 6}, 6)
    with pytest.raises(errors.InputError, match="--preset published: .* auto"):
        options("--preset", "published").check_trained(auto, {"length": 6}, 6)
    with pytest.raises(errors.InputError, match="--protocol published: .* strict"):
        options("--protocol", "published").check_trained(auto, {"length": 6}, 6)


def test_how_long_training_may_take_can_differ_in_evaluation():
    options("--epochs", "3", "--patience", "2").check_trained(
        configs.Config(), {"length": 6}, 6
    )


def tfds_dir(*arguments):
    """What a command line of SimMC.py says of tensorflow-datasets."""
    values = flags.FlagValues()
    run.define(values)
    tfds.define(values)
    values(["SimMC.py", *arguments])
    return tfds.read(values)


def test_arrays_are_read_where_nothing_else_is_asked():
    assert tfds_dir() is None
    assert tfds_dir("--source", "npy") is None


def test_tensorflow_datasets_keeps_its_data_where_the_environment_says(monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", "/somewhere")
    assert tfds_dir("--source", "tfds") == pathlib.Path("/somewhere")


def test_tensorflow_datasets_keeps_its_data_at_home_otherwise(monkeypatch):
    monkeypatch.delenv("TFDS_DATA_DIR", raising=False)
    assert tfds_dir("--source", "tfds") == pathlib.Path.home() / "tensorflow_datasets"


def test_the_folder_of_tensorflow_datasets_can_be_given(monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", "/somewhere")
    found = tfds_dir("--source", "tfds", "--tfds_dir", "/elsewhere")
    assert found == pathlib.Path("/elsewhere")


def test_a_folder_that_would_not_be_read_is_refused():
    with pytest.raises(errors.InputError, match="--tfds_dir /elsewhere: .*--source"):
        tfds_dir("--tfds_dir", "/elsewhere")


def test_another_source_is_refused():
    with pytest.raises(flags.Error, match="npy"):
        tfds_dir("--source", "SM-SGE")


@pytest.mark.parametrize("installed", [True, False])
def test_tensorboard_is_refused_where_it_is_not_installed(installed, monkeypatch):
    monkeypatch.setattr(
        run.importlib.util, "find_spec", lambda name: "there" if installed else None
    )
    assert not options().tensorboard
    if installed:
        assert options("--tensorboard").tensorboard
        return
    with pytest.raises(errors.InputError, match="-r requirements-tensorboard.txt"):
        options("--tensorboard")


@pytest.mark.parametrize("mode", ["Eval", "Export"])
def test_what_trains_nothing_has_nothing_for_tensorboard(mode):
    with pytest.raises(errors.InputError, match=f"--mode {mode} trains nothing"):
        options("--tensorboard", "--mode", mode)


@pytest.mark.parametrize("mode", ["Eval", "Export"])
@pytest.mark.parametrize("flag", ["resume", "overwrite"])
def test_what_trains_nothing_has_no_run_to_go_on_with(flag, mode):
    with pytest.raises(errors.InputError, match=f"--{flag} .*--mode {mode} trains"):
        options(f"--{flag}", "--mode", mode)


@pytest.mark.parametrize(
    ("arguments", "number"),
    [([], None), (["--resume"], 7), (["--resume", "--epochs", "9"], 9)],
    ids=str,
)
@pytest.mark.parametrize("ended", [False, True])
def test_who_goes_on_and_says_no_number_of_epochs_means_that_of_the_run(
    arguments, number, ended, tmp_path
):
    told = {"hyperparameters": {"epochs": 7}}
    if ended:
        atomic.write_json(tmp_path / "config.json", told)
    else:
        resuming.State(resuming.made_of(told)).write(tmp_path)
    ks20 = catalog.find("KS20")
    own = repeat.Repetition(flags.FlagValues(), "SimMC.py")
    asked = asked_run.AskedRun.on(ks20, options(*arguments), own, True)
    usual = asked.config.epochs
    assert asked._in(tmp_path).epochs == (usual if number is None else number)
    assert asked._in(tmp_path / "none").epochs == usual


def test_a_run_goes_on_or_is_replaced(tmp_path):
    assert options("--resume").existing.resume
    assert options("--overwrite").existing.overwrite
    with pytest.raises(errors.InputError, match="leave one out"):
        options("--resume", "--overwrite")
    (tmp_path / "best.weights.h5").touch()
    (tmp_path / "best.json").touch()
    for free in (["--mode", "Eval"], ["--model_size"], ["--overwrite"], ["--resume"]):
        options(*free).check_folder(tmp_path)
    with pytest.raises(errors.InputError, match="holds a finished run"):
        options().check_folder(tmp_path)
