"""scripts.evaluate: any representation, in a line of the same table."""

import csv
import json
import re
import shutil

import numpy as np
import pytest
from absl import flags

from datasets import catalog, descriptor, loading, npy_store, skeletons
from datasets.representations import store, writing
from flags import evaluation as evaluation_flags
from simmc_tf import checkpoints, errors, evaluation, experiment, yardsticks
from simmc_tf import config as configs
from simmc_tf import data as data_module
from tests import programs

LENGTH, BATCH = 4, 16
COUNTS = {"train": 40, "gallery": 24, "probe": 20}
TINY = ("--dataset", "Tiny")
CONFIG = configs.Config(
    *(16, 1, 1, 1),
    **{"eps": 0.7, "min_samples": 2, "k1": 8, "k2": 3},
    **{"batch_size": BATCH, "epochs": 1, "lr": 0.005},
)


def make_split(count, length, num_joints, seed):
    """Sequences of four bodies, whose frames differ as much as the bodies do."""
    bodies = np.random.default_rng(0).normal(size=(4, 1, num_joints, 3))
    generator = np.random.default_rng(seed)
    persons = np.arange(count) % 4
    noise = generator.normal(scale=2.0, size=(count, length, num_joints, 3))
    return data_module.Split(bodies[persons] + noise, persons)


@pytest.fixture(scope="module")
def data_root(tmp_path_factory):
    """Tiny, of Kinect v1's joints, and CASIA-B with few sequences of 40 skeletons."""
    root = tmp_path_factory.mktemp("Datasets")
    joints = skeletons.KINECT_V1.joints
    tiny = root / "Tiny" / str(LENGTH)
    for seed, (part, count) in enumerate(COUNTS.items()):
        split = make_split(count, LENGTH, len(joints), seed)
        folder = "train_npy_data" if part == "train" else f"test_npy_data/{part}"
        npy_store.write(tiny / folder, "Tiny", LENGTH, split)
    content = descriptor.Descriptor(
        "Tiny", LENGTH, joints, catalog.PROBE_GALLERY, made_by="a test"
    )
    descriptor.write(tiny, content)
    casia_b = root / "CASIA_B" / "40"
    parts = ("train_npy_data", *(f"test_npy_data/{c}" for c in ("nm", "cl", "bg")))
    for seed, part in enumerate(parts):
        npy_store.write(casia_b / part, "CASIA_B", 40, make_split(12, 40, 14, seed))
    return root


@pytest.fixture(scope="module")
def tiny(data_root):
    """What the data set Tiny comes to."""
    data_set = loading.find("Tiny", LENGTH, data_root)
    return loading.load(data_set, "probe", LENGTH, data_root)


@pytest.fixture(scope="module")
def sources(tiny, tmp_path_factory):
    """Representations that are the coordinates, under the name of a source model."""
    root = tmp_path_factory.mktemp("Representations")
    parts = zip(COUNTS, tiny.data.splits.values(), strict=True)
    for part, split in parts:
        writing.write(root / "Copy", part, "Tiny", LENGTH, split)
    return root


@pytest.fixture(scope="module")
def models(tiny, sources, tmp_path_factory):
    """Folder of models, and the results of SimMC and of SimMC-UF on the same data."""
    root = tmp_path_factory.mktemp("ReID_Models")
    folders = [root / "Tiny" / "probe", root / "UF" / "Copy" / "Tiny" / "probe"]
    mapped = store.load(sources / "Copy", tiny.data_set, "probe", LENGTH)
    results = [
        experiment.train(loaded.data, CONFIG, folder, loaded.about, lambda _: None)
        for folder, loaded in zip(folders, (tiny, mapped), strict=True)
    ]
    return root, *results


@pytest.fixture
def evaluate(data_root, sources, models, monkeypatch, tmp_path):
    """Runs the program; gives its rows: probe and representation -> figures."""
    program = programs.load("scripts/evaluate.py")

    def run(*arguments):
        programs.run(
            program,
            monkeypatch,
            *("--gpu", "-1", "--csv", tmp_path / "all.csv"),
            *("--data_root", data_root, "--model_root", models[0]),
            *("--representation_root", sources),
            *arguments,
        )
        return read(tmp_path / "all.csv")

    return run


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {(row.pop("probe"), row.pop("representation")): row for row in rows}


def figures(scores):
    """As the file has them, but mACT and mRCL."""
    return {
        **{"top1": str(scores.top1), "top5": str(scores.top5)},
        **{"top10": str(scores.top10), "mAP": str(scores.mean_ap)},
        **{"probes": str(scores.num_probes), "gallery": str(scores.num_gallery)},
    }


def read_options(*arguments):
    """Options of a command line of scripts.evaluate."""
    values = flags.FlagValues()
    evaluation_flags.define(values)
    values(["scripts.evaluate", *arguments])
    return evaluation_flags.read(values)


def retrieval(row):
    names = ("top1", "top5", "top10", "mAP", "probes", "gallery")
    return {name: row[name] for name in names}


def expected(tiny, encode, batch_size=1, **options):
    """Figures of features, whole batches of them."""
    splits = []
    for split in (tiny.data.matching.gallery, tiny.data.matching.probe):
        count = len(split) // batch_size * batch_size
        splits += [encode(split.sequences)[:count], split.persons[:count]]
    return figures(evaluation.evaluate(*splits, **options))


def test_functions_are_evaluated_by_default(evaluate, tiny, capsys):
    rows = evaluate(*TINY, "--protocol", "strict")

    names = ["raw", "D-13", "D-16", "distances", "posegait"]
    assert [name for _, name in rows] == names
    assert retrieval(rows["probe", "raw"]) == expected(tiny, yardsticks.MEAN.encode)
    spread = yardsticks.JOINT_DISTANCES.encode(tiny.data.train.sequences).std(axis=0)
    assert retrieval(rows["probe", "distances"]) == expected(
        tiny, lambda sequences: yardsticks.JOINT_DISTANCES.encode(sequences) / spread
    )
    said = capsys.readouterr().out.splitlines()
    assert said[0] == (
        "Tiny, 4 skeletons a sequence; strict protocol, euclidean distance"
    )
    assert said[1].split() == [
        *("probe", "representation", "top-1", "top-5", "top-10"),
        *("mAP", "mACT", "mRCL", "probes", "gallery"),
    ]
    for line, ((probe, name), row) in zip(said[2:7], rows.items(), strict=True):
        numbers = [f"{float(row[n]):.4f}" for n in ("top1", "top5", "top10", "mAP")]
        numbers += [f"{float(row[n]):.3f}" for n in ("mACT", "mRCL")]
        assert line.split() == [probe, name, *numbers, "20", "24"]
    assert re.fullmatch(r"saved in .*all\.csv", said[7]) and len(said) == 8


def test_everything_in_one_table(evaluate, tiny, models, sources, tmp_path):
    # An .npz of mean coordinates, and a folder of coordinates by its name and its path.
    parts = zip(COUNTS, tiny.data.splits.values(), strict=True)
    means = {part: yardsticks.MEAN.encode(split.sequences) for part, split in parts}
    np.savez(tmp_path / "mine.npz", **means)
    path = f"{sources}/Copy"

    rows = evaluate(
        *(*TINY, "--source", "Copy", "--protocol", "published", "--batch_size", BATCH),
        "--representation",
        f"raw,D-13,D-16,distances,simmc,uf,Copy,{path},{tmp_path / 'mine.npz'}",
    )

    assert [name for _, name in rows] == [
        *("raw", "D-13", "D-16", "distances", "simmc", "uf", "Copy", path),
        str(tmp_path / "mine.npz"),
    ]
    raw = rows["probe", "raw"]
    assert retrieval(raw) == expected(tiny, yardsticks.MEAN.encode, BATCH)
    assert (raw["probes"], raw["gallery"]) == ("16", "16")
    for same in ("Copy", path, str(tmp_path / "mine.npz")):
        assert rows["probe", same] == raw
    _, simmc, uf = models
    assert retrieval(rows["probe", "simmc"]) == figures(simmc.scores)
    assert retrieval(rows["probe", "uf"]) == figures(uf.scores)
    assert rows["probe", "uf"] == rows["probe", "simmc"] != raw


def test_the_strict_protocol_counts_all(evaluate, models):
    rows = evaluate(
        *TINY, "--protocol", "strict", "--representation", "SimMC,uf", "--source=Copy"
    )
    assert retrieval(rows["probe", "SimMC"]) == figures(models[1].scores_all)
    assert rows["probe", "uf"] == rows["probe", "SimMC"]


def test_a_model_is_counted_in_its_own_batches_and_the_rest_in_256(evaluate):
    # 256 is more than there is: all count.
    rows = evaluate(*TINY, "--protocol", "published", "--representation", "raw,simmc")
    assert [row["gallery"] for row in rows.values()] == ["24", "16"]


def test_all_are_counted_by_default_where_the_data_are_not_published_ones(evaluate):
    rows = evaluate(*TINY, "--representation", "raw,simmc")
    assert [row["gallery"] for row in rows.values()] == ["24", "24"]
    assert {row["protocol"] for row in rows.values()} == {"strict"}


@pytest.mark.parametrize(
    ("arguments", "protocol"),
    [
        ([], "published"),
        (["--dataset", "CAISA_B"], "published"),
        (["--dataset", "KGBD", "--protocol", "strict"], "strict"),
        (["--dataset", "Synthetic"], "strict"),
        (["--dataset", "Tiny", "--protocol", "published"], "published"),
    ],
)
def test_the_protocol_is_that_of_the_data_set_unless_given(arguments, protocol):
    assert read_options(*arguments).protocol == protocol


def test_a_model_of_the_auto_preset_may_be_counted_as_published():
    auto = configs.Config(preset="auto", protocol="strict", batch_size=16)
    assert read_options("--protocol", "published").counted_batch(auto) == 16
    assert read_options("--protocol", "strict").counted_batch(auto) == 1


def test_cosine_is_another_distance(evaluate, tiny):
    both = [
        evaluate(
            *(*TINY, "--protocol", "strict", "--distance", distance),
            *("--representation", "raw,D-16"),
        )
        for distance in ("euclidean", "cosine")
    ]
    found = retrieval(both[1]["probe", "raw"])
    assert found == expected(tiny, yardsticks.MEAN.encode, distance=evaluation.COSINE)
    for key, row in both[0].items():
        assert row["mAP"] != both[1][key]["mAP"]


def test_any_numbers_can_be_standardised(evaluate, tiny):
    spread = yardsticks.MEAN.encode(tiny.data.train.sequences).std(axis=0)
    spread[:3] = 1  # The root, which never moves.
    asked = (*TINY, "--protocol", "strict", "--representation", "raw,Copy,distances")

    plain = evaluate(*asked, "--nostandardise")
    found = evaluate(*asked, "--standardise")

    assert retrieval(found["probe", "raw"]) == expected(
        tiny, lambda sequences: yardsticks.MEAN.encode(sequences) / spread
    )
    assert retrieval(found["probe", "Copy"]) == retrieval(found["probe", "raw"])
    assert retrieval(found["probe", "raw"]) != retrieval(plain["probe", "raw"])
    assert retrieval(plain["probe", "distances"]) == expected(
        tiny, yardsticks.JOINT_DISTANCES.encode
    )
    default = evaluate(*asked)["probe", "distances"]
    assert retrieval(found["probe", "distances"]) == retrieval(default)


def test_published_indices_are_another_descriptor(evaluate):
    asked = (*TINY, "--protocol", "strict", "--representation", "D-13,raw")
    mended, published = evaluate(*asked), evaluate(*asked, "--published_indices")
    assert retrieval(mended["probe", "D-13"]) != retrieval(published["probe", "D-13"])
    assert retrieval(mended["probe", "raw"]) == retrieval(published["probe", "raw"])


CONDITIONS = ["nm.nm", "cl.cl", "bg.bg", "cl.nm", "bg.nm"]


def test_all_conditions_of_casia_b(evaluate, data_root, capsys):
    rows = evaluate(
        *("--dataset", "CAISA_B", "--probe_type", "all", "--protocol", "strict"),
        *("--representation", "raw,D-13"),
    )

    assert [*rows] == [(p, name) for p in CONDITIONS for name in ("raw", "D-13")]
    # A probe is not searched for among itself.
    counts = [rows[probe, "raw"]["gallery"] for probe in CONDITIONS]
    assert counts == ["11", "11", "11", "12", "12"]
    data_set = loading.find("CASIA_B", 40, data_root)
    for probe in CONDITIONS:
        loaded = loading.load(data_set, probe, 40, data_root)
        assert retrieval(rows[probe, "raw"]) == expected(
            loaded,
            yardsticks.MEAN.encode,
            leave_self_out=loaded.data.matching.leave_self_out,
        )
        only = evaluate(
            *("--dataset", "CASIA_B", "--probe_type", probe, "--protocol", "strict"),
            *("--representation", "raw"),
        )
        assert only == {(probe, "raw"): rows[probe, "raw"]}
    said = capsys.readouterr().out
    assert said.startswith(
        "D-13: left out, for want of the joints: torso to right shoulder, torso, torso "
        "by right thigh, torso by left thigh\n"
        "D-13: stand-ins: Nose for Head, "
    )
    assert said.count("left out") == 1


def test_all_probes_of_another_data_set(evaluate):
    rows = evaluate(*TINY, "--probe", "ALL", "--representation", "raw")
    assert [*rows] == [("probe", "raw")]


def test_features_with_their_persons_need_no_data_set(evaluate, tmp_path, capsys):
    generator = np.random.default_rng(0)
    persons = np.repeat([1, 2], 3)
    features = generator.normal(size=(2, 6, 5)) + 9 * persons[:, np.newaxis]
    arrays = dict(zip(("probe", "gallery"), features, strict=True))
    arrays |= {"probe_person": persons, "gallery_person": persons}
    np.savez(tmp_path / "mine.npz", **arrays)

    rows = evaluate("--representation", tmp_path / "mine.npz")

    row = rows["probe", str(tmp_path / "mine.npz")]
    assert (row["top1"], row["mACT"], row["mRCL"]) == ("1.0", "", "")
    said = capsys.readouterr().out
    assert "KS20, 6 skeletons a sequence" in said and NOT_KNOWN in said


NOT_KNOWN = ": not known whether identity labels made these representations"


def test_a_folder_needs_no_data_set(evaluate, tmp_path, capsys):
    generator = np.random.default_rng(0)
    for part in ("train", "gallery", "probe"):
        features = generator.normal(size=(8, 6, 5)).astype(np.float32)
        split = data_module.Split(features, np.arange(8) % 2)
        writing.write(tmp_path / "Mine", part, "KS20", 6, split)

    rows = evaluate("--representation", f"{tmp_path}/Mine")

    assert f"note: Mine{NOT_KNOWN}\n" in capsys.readouterr().out
    row = rows["probe", f"{tmp_path}/Mine"]
    assert (row["probes"], row["gallery"]) == ("8", "8") and float(row["mACT"]) > 0


def test_representations_of_other_sequences_are_refused(evaluate, tiny, tmp_path):
    for part, split in zip(COUNTS, tiny.data.splits.values(), strict=True):
        other = data_module.Split(split.sequences, 3 - split.persons)
        writing.write(tmp_path / "Copy", part, "Tiny", LENGTH, other)
    with pytest.raises(errors.InputError, match="sequence 0 is of person 3"):
        evaluate(*TINY, "--representation", f"{tmp_path}/Copy")


def test_an_unknown_representation_is_refused_with_what_there_is(evaluate, sources):
    with pytest.raises(errors.InputError) as refused:
        evaluate(*TINY, "--representation", "MG-SCR")
    assert str(refused.value) == (
        "--representation MG-SCR: expected one of raw, D-13, D-16, distances, "
        f"posegait, simmc, uf, a folder of {sources}, or the path of a folder like "
        "those or of an .npz, which has a / in it or ends with .npz."
    )


@pytest.mark.parametrize("name", ["", " , "])
def test_nothing_to_evaluate_is_refused(name, evaluate):
    with pytest.raises(errors.InputError, match="expected at least one"):
        evaluate(*TINY, "--representation", name)


def test_a_model_that_is_not_there_is_named(evaluate, tmp_path):
    with pytest.raises(errors.InputError) as refused:
        evaluate(*TINY, "--representation", "simmc", "--model_root", tmp_path)
    assert f"no trained model in {tmp_path / 'Tiny' / 'probe'}" in str(refused.value)
    # Not by the same command: this one does not train.
    assert "--mode Train of SimMC.py" in str(refused.value)


def test_a_model_of_another_length_is_refused(evaluate, models, tmp_path):
    shutil.copytree(models[0] / "Tiny", tmp_path / "Tiny")
    path = tmp_path / "Tiny" / "probe" / checkpoints.CONFIG
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["length"] == LENGTH
    path.write_text(json.dumps({**content, "length": 6}), encoding="utf-8")
    with pytest.raises(errors.InputError, match="trained with --length 6"):
        evaluate(*TINY, "--representation", "simmc", "--model_root", tmp_path)


def test_a_model_of_other_skeletons_is_refused(evaluate, tiny, sources, tmp_path):
    for part, split in zip(COUNTS, tiny.data.splits.values(), strict=True):
        narrow = data_module.Split(split.sequences[:, :, :7], split.persons)
        writing.write(tmp_path / "Copy", part, "Tiny", LENGTH, narrow)
    with pytest.raises(errors.InputError, match="takes 60 numbers .* have 7"):
        evaluate(*TINY, "--representation", "uf", "--source", f"{tmp_path}/Copy")


def test_fine_tuning_needs_a_source(evaluate):
    with pytest.raises(errors.InputError, match="--source is missing"):
        evaluate(*TINY, "--representation", "uf")
    with pytest.raises(errors.InputError, match="--source SGELA: .* has Copy"):
        evaluate(*TINY, "--representation", "uf", "--source", "SGELA")


def test_files_without_a_training_set_are_not_standardised(evaluate, tiny, tmp_path):
    parts = {"probe": tiny.data.matching.probe, "gallery": tiny.data.matching.gallery}
    means = {part: yardsticks.MEAN.encode(s.sequences) for part, s in parts.items()}
    np.savez(tmp_path / "mine.npz", **means)
    with pytest.raises(errors.InputError, match="no training set .* standardise"):
        evaluate(*TINY, "--standardise", "--representation", tmp_path / "mine.npz")


def test_a_probe_that_is_not_there_is_refused(evaluate):
    with pytest.raises(errors.InputError, match="expected one of probe"):
        evaluate(*TINY, "--probe", "gallery")
    with pytest.raises(errors.InputError, match="CASIA_B takes --probe_type"):
        evaluate("--dataset", "CASIA_B", "--probe", "cl.nm")


def test_positional_arguments_are_refused(evaluate):
    with pytest.raises(errors.InputError, match="unexpected argument 'raw'"):
        evaluate(*TINY, "raw")


def test_the_program_starts(tmp_path):
    done = programs.start(
        *("-m", "scripts.evaluate", "--dataset", "Synthetic"),
        *("--synthetic_persons", 4, "--csv", tmp_path / "all.csv"),
    )
    assert done.returncode == 0 and done.stderr == ""
    rows = read(tmp_path / "all.csv")
    names = ["raw", "D-13", "D-16", "distances", "posegait"]
    assert [name for _, name in rows] == names
    assert all(0 < float(row["mAP"]) <= 1 for row in rows.values())


def test_a_table_says_how_it_was_made(evaluate, capsys):
    rows = evaluate(
        *(*TINY, "--representation", "D-13", "--distance", "cosine"),
        *("--standardise", "--published_indices"),
    )
    (row,) = rows.values()
    made = {"dataset": "Tiny", "length": "4", "protocol": "strict"}
    made |= {"distance": "cosine", "standardise": "True", "published_indices": "True"}
    assert made.items() <= row.items()
    title = capsys.readouterr().out.splitlines()[0]
    assert title.endswith("cosine distance, standardised, published indices")


def test_functions_that_do_not_fit_the_joints_are_left_out_unless_asked_for(
    evaluate, tiny, data_root, tmp_path, capsys
):
    shutil.copytree(data_root / "Tiny", tmp_path / "data" / "Odd")
    for path in sorted((tmp_path / "data" / "Odd").rglob("*Tiny*")):
        path.rename(path.with_name(path.name.replace("Tiny", "Odd")))
    for path in (tmp_path / "data" / "Odd").rglob("dataset.json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        joints = [f"j{n}" for n in range(len(content["joint_names"]))]
        content |= {"name": "Odd", "joint_names": joints}
        path.write_text(json.dumps(content), encoding="utf-8")
    odd = ("--data_root", tmp_path / "data", "--dataset", "Odd", "--length", "4")

    rows = evaluate(*odd, "--protocol", "strict")

    assert [name for _, name in rows] == ["raw", "distances"]
    assert "left out: D-13 needs joints" in capsys.readouterr().out
    with pytest.raises(errors.InputError, match="D-13 needs joints"):
        evaluate(*odd, "--representation", "raw,D-13")
