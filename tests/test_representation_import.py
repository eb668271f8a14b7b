"""Arrays that people have: told apart by name and shape, refused where unclear."""

import dataclasses
import pathlib
import shlex

import numpy as np
import pytest
from absl import flags

from datasets import catalog, loading
from datasets.representations import agreement, provenance, store, writing
from datasets.representations.importing import arrays as arrays_module
from datasets.representations.importing import names
from flags import importing as importing_flags
from flags import source as source_flags
from scripts import import_representations
from simmc_tf import errors
from simmc_tf.sources import names as source_names
from tests import programs
from tests.test_loading import save_published

LENGTH, WIDTH = 6, 5
# Split -> sequences; all numbers differ, and none is a multiple of another.
SIZES = {"train": 9, "gallery": 7, "probe": 8}
KS20, IAS = catalog.find("KS20"), catalog.find("IAS")


@dataclasses.dataclass
class Arrays:
    """Representations and persons of every split, and a folder to put them in."""

    features: dict
    persons: dict
    folder: pathlib.Path

    def save(self, name, array):
        """Writes one array below the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, array)

    def save_all(self, pattern="{part}_{role}.npy", change=lambda array: array):
        """Writes representations and persons of every split."""
        for part in self.features:
            self.save(pattern.format(part=part, role="X"), change(self.features[part]))
            self.save(pattern.format(part=part, role="y"), self.persons[part])


@pytest.fixture
def arrays(tmp_path):
    return made(tmp_path / "in")


def made(folder, sizes=SIZES):
    folder.mkdir()
    generator = np.random.default_rng(0)
    features = {
        part: generator.normal(size=(size, LENGTH, WIDTH)).astype(np.float32)
        for part, size in sizes.items()
    }
    persons = {part: np.arange(size) % 3 for part, size in sizes.items()}
    return Arrays(features, persons, folder)


def bring_in(folder, *arguments, dataset="KS20", data_root=None, source="SM-SGE"):
    """Runs the importer in this process; returns where it writes to."""
    root = folder.parent / "out"
    values = flags.FlagValues()
    importing_flags.define(values)
    values(
        [
            *("program", "--source", source, "--dataset", dataset),
            *("--input", str(folder), "--representation_root", str(root)),
            *("--data_root", str(data_root or folder.parent / "nowhere")),
            *map(str, arguments),
        ]
    )
    import_representations.bring_in(importing_flags.read(values))
    return root / source


def assert_imported(source, arrays, data_set=KS20, probe="probe"):
    """What SimMC-UF.py reads is what was there."""
    data = store.load(source, data_set, probe, LENGTH, {}).data
    probe_part, gallery_part = data_set.probes[probe]
    found = {
        "train": data.train,
        gallery_part: data.matching.gallery,
        probe_part: data.matching.probe,
    }
    assert set(found) == set(arrays.features)
    for part, split in found.items():
        assert split.sequences.dtype == np.float32
        np.testing.assert_array_equal(split.sequences, arrays.features[part])
        np.testing.assert_array_equal(split.persons, arrays.persons[part])


def assert_refused(folder, *words, arguments=(), **options):
    with pytest.raises(errors.InputError) as caught:
        bring_in(folder, *arguments, **options)
    for word in words:
        assert word in str(caught.value), str(caught.value)
    assert not (folder.parent / "out").exists()
    return str(caught.value)


@pytest.mark.parametrize(
    "pattern",
    ["{role}_{part}.npy", "{role}/{part}.npy", "SM-SGE_KS20_{part}_6/{role}.npy"],
)
def test_split_and_role_are_named_in_either_order(arrays, pattern):
    arrays.save_all(pattern)
    assert_imported(bring_in(arrays.folder), arrays)


def test_shapes_and_types_alone_tell_the_arrays_of_an_npz(arrays):
    for part, features in arrays.features.items():
        persons = arrays.persons[part]
        np.savez_compressed(arrays.folder / f"{part}.npz", features, persons)
    assert_imported(bring_in(arrays.folder), arrays)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("train_npy_data/frame_id_IAS_6", ["train"]),
        ("test_npy_data/A/t_feat_IAS_6", ["A"]),
        ("testA_labels", ["A"]),
        ("IAS-B/training_data", ["train", "B"]),
        ("train/val_X", ["train", "A", "B"]),
        ("adjacency", []),
    ],
)
def test_splits_that_a_name_may_mean(name, parts):
    assert list(names.parts_of(name, IAS)) == parts


@pytest.mark.parametrize(
    ("name", "shape", "dtype", "role"),
    [
        ("a", (9, 6, 5), "f4", names.FEATURES),
        ("a", (54, 5), "f2", names.FEATURES),
        ("a", (9,), "i8", names.PERSONS),
        ("a_labels", (9, 3), "f8", names.PERSONS),
        ("features/y", (9, 3), "f8", names.FEATURES),
        ("a", (9, 3), "?", None),
        ("a_loss", (9,), "f8", None),
        ("a_id", (), "O", None),
    ],
)
def test_roles_by_shape_and_type_before_names(name, shape, dtype, role):
    array = arrays_module.Stored(name, pathlib.Path(), "", shape, np.dtype(dtype))
    assert names.role(array) == role


@pytest.mark.parametrize("dtype", ["f2", "f8", ">f4"])
@pytest.mark.parametrize(
    "change", [np.asfortranarray, lambda array: array.reshape(-1, WIDTH)]
)
def test_types_shapes_and_orders_in_memory_are_read(arrays, dtype, change):
    for features in arrays.features.values():
        features[:] = features.astype(dtype)
    arrays.save_all(change=lambda array: change(array.astype(dtype)))
    assert_imported(bring_in(arrays.folder), arrays)


@pytest.mark.parametrize(
    "labels",
    [
        lambda persons: np.eye(3, dtype=bool)[persons],
        lambda persons: np.eye(3)[np.repeat(persons, LENGTH)],
        lambda persons: np.repeat(persons, LENGTH),
        lambda persons: np.repeat(persons[:, np.newaxis], LENGTH, axis=1),
        lambda persons: persons[:, np.newaxis].astype(np.float32),
    ],
)
def test_persons_come_in_many_forms(arrays, labels):
    arrays.save_all()
    for part, persons in arrays.persons.items():
        arrays.save(f"{part}_y.npy", labels(persons))
    assert_imported(bring_in(arrays.folder), arrays)


def test_what_was_taken_for_what_is_said(arrays, capsys):
    arrays.save_all(change=lambda array: array.reshape(-1, WIDTH).astype(np.float64))
    arrays.save("train_y.npy", np.eye(3)[arrays.persons["train"]])
    for name in ("adjacency.npy", "train_loss.npy", "BIWI/train_X.npy"):
        arrays.save(name, np.zeros((4, 4) if name == "adjacency.npy" else 3))
    bring_in(arrays.folder)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "train features train_X.npy [54, 5] float64 [9, 6, 5] float32" in lines
    assert "train persons train_y.npy [9, 3] float64 [9] int64" in lines
    ignored = [line.split()[1] for line in lines if line.startswith("ignored: ")]
    assert ignored == ["BIWI/train_X.npy", "adjacency.npy", "train_loss.npy"]
    (assumed,) = [line for line in lines if "one after another" in line]
    assert "train, probe, gallery" in assumed


def test_a_dry_run_writes_nothing(arrays, capsys):
    arrays.save_all()
    source = bring_in(arrays.folder, "--dry_run")
    out = capsys.readouterr().out
    assert "train_X.npy" in out and "one after another" not in out
    assert not source.parent.exists()


def test_a_missing_split_is_a_note(arrays, capsys):
    arrays.save_all()
    (arrays.folder / "probe_X.npy").unlink()
    source = bring_in(arrays.folder)
    out = capsys.readouterr().out
    assert "note: probe missing; nothing can be" in out and "next:" not in out
    assert "ignored: probe_y.npy" in out
    assert sorted(p.parent.name for p in source.glob(f"KS20/6/*/{store.FEATURES}")) == [
        "gallery",
        "train",
    ]


def test_said_splits_are_taken_as_they_are_said(arrays):
    named = {"train": "train", "A": "val", "B": "val_2"}
    said = made(
        arrays.folder.parent / "ias", dict(zip(named, SIZES.values(), strict=True))
    )
    arguments = []
    for part, name in named.items():
        # A row and a person for each skeleton, as AGE has it.
        rows = said.features[part].reshape(-1, WIDTH)
        said.save(f"{name}_X.npy", rows)
        labels = np.eye(3)[np.repeat(said.persons[part], LENGTH)]
        np.savez(said.folder / f"{name}_y.npz", labels=labels)
        arguments += ["--features", f"{part.lower()}={name}_X.npy"]
        arguments += ["--persons", f"{part}={name}_y.npz:labels"]
    words = ["--features A/B=val_2_X.npy", "--persons A/B=val_y.npz:labels"]
    assert_refused(said.folder, *words, dataset="IAS")
    source = bring_in(said.folder, *arguments, dataset="IAS")
    assert_imported(source, said, IAS, probe="A")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (["C=train_X.npy"], ["SPLIT=FILE", "train, probe, gallery"]),
        (["probe=nothing.npy"], ["gallery_X.npy, gallery_y.npy"]),
        (["train=train_X.npy", "train=probe_X.npy"], ["given twice"]),
    ],
)
def test_flags_that_name_no_array_are_refused(arrays, said, words):
    arrays.save_all()
    arguments = [f"--features={one}" for one in said]
    assert_refused(arrays.folder, said[-1], *words, arguments=arguments)


def test_what_a_mac_packs_beside_a_file_is_passed_over(arrays):
    arrays.save_all()
    for name in ("._train_X.npy", "__MACOSX/train_X.npy"):
        path = arrays.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"no array")
    assert_imported(bring_in(arrays.folder), arrays)


def test_two_arrays_for_one_thing_are_refused_until_one_is_named(arrays):
    arrays.save_all()
    arrays.save("train_features.npy", arrays.features["train"])
    words = "2 arrays", "train_X.npy", "train_features.npy", "--features train="
    assert_refused(arrays.folder, *words)
    said = "--features", "train=train_X.npy"
    assert_imported(bring_in(arrays.folder, *said), arrays)


def test_rows_and_persons_that_could_be_either_are_refused(arrays):
    arrays.save_all()
    arrays.save("train_X.npy", arrays.features["train"].reshape(54, WIDTH))
    arrays.save("train_y.npy", np.repeat(arrays.persons["train"], LENGTH))
    message = assert_refused(arrays.folder, "54 persons", "whole sequences")
    said = message.partition("say so: ")[2].split()
    assert_imported(bring_in(arrays.folder, *said), arrays)


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((6, 9, WIDTH), ["fits [f, N, d], as f is 6"]),
        ((9, 6, 6), ["fits [N, f, d] and [N, d, f], as f is 6", "--features train="]),
        ((9, 7, WIDTH), ["[9, 7, 5]", "no order"]),
        ((9, 6, 0), ["[9, 6, 0]", "[N, 6, d]"]),
        ((55, WIDTH), ["[55, 5]", "[N * 6, d]"]),
        ((9, 6 * WIDTH), ["[9, 30]", "not one for a whole sequence"]),
        ((10, 6, WIDTH), ["10 sequences", "9 persons"]),
    ],
)
def test_other_shapes_are_refused(arrays, shape, words):
    arrays.save_all()
    arrays.save("train_X.npy", np.zeros(shape))
    assert_refused(arrays.folder, "train_X.npy", *words)


def test_an_order_that_is_said_is_taken(arrays):
    for part, features in arrays.features.items():
        arrays.features[part] = np.repeat(features[..., :1], LENGTH, axis=2)
    arrays.save_all()
    said = [f"--features={part}={part}_X.npy" for part in SIZES]
    assert_imported(bring_in(arrays.folder, *said), arrays)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (np.ones((9, 6, WIDTH), int), ["floating-point", "int64"]),
        (np.array([{}, []], object), ["pickled objects"]),
    ],
)
def test_features_that_are_no_floats_are_refused(arrays, content, words):
    arrays.save_all()
    arrays.save("train_X.npy", content)
    assert_refused(arrays.folder, "no features to train on", "train_X.npy")
    said = ["--features", "train=train_X.npy"]
    assert_refused(arrays.folder, "train_X.npy", *words, arguments=said)


@pytest.mark.parametrize("value", [np.nan, 1e300])
def test_numbers_that_are_not_finite_are_refused(arrays, value):
    arrays.save_all()
    features = arrays.features["probe"].astype(np.float64)
    features[2, 3, 1] = value
    arrays.save("probe_X.npy", features)
    assert_refused(arrays.folder, "probe_X.npy", "sequence 2, skeleton 3, number 1")


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (np.arange(8), ["train_X.npy", "9 sequences", "8 persons"]),
        (np.arange(9) + 0.5, ["train_y.npy", "whole number"]),
        (np.ones((9, 3), int), ["whole number", "[9, 3]"]),
        (np.array(["a"] * 9), ["whole number", "<U1"]),
        (np.arange(54), ["train_y.npy", "sequence 0", "0, 1, 2, 3, 4, 5"]),
    ],
)
def test_persons_that_do_not_fit_are_refused(arrays, labels, words):
    arrays.save_all()
    arrays.save("train_y.npy", labels)
    said = ["--persons", "train=train_y.npy"]
    assert_refused(arrays.folder, *words, arguments=said)


def test_probes_of_nobody_in_the_gallery_are_refused(arrays):
    arrays.save_all()
    arrays.save("probe_y.npy", arrays.persons["probe"] + 10)
    assert_refused(arrays.folder, "No probe's person is in the gallery")


def test_splits_of_two_models_are_refused(arrays):
    arrays.save_all()
    arrays.save("probe_X.npy", np.zeros((8, 6, 4)))
    assert_refused(arrays.folder, "train 5, probe 4, gallery 5")


@pytest.mark.parametrize("name", ["nothing", "empty", "notes.txt"])
def test_an_input_without_arrays_is_refused(tmp_path, name):
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("notes")
    assert_refused(tmp_path / name, name)


def test_an_npz_that_is_damaged_inside_is_named(tmp_path):
    path = tmp_path / "train.npz"
    # More than is read of a header.
    np.savez(path, X=np.random.default_rng(0).normal(size=9000))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)
    (array,) = arrays_module.find(path)
    with pytest.raises(errors.InputError, match=r"train\.npz:X .* is damaged"):
        array.open()


@pytest.fixture
def published(arrays, tmp_path):
    """The data set itself, and representations of its sequences."""
    root = tmp_path / "Datasets"
    save_published(root, "KS20")
    generator = np.random.default_rng(1)
    for part, known in agreement.known(KS20, LENGTH, root).items():
        shape = (len(known.persons), LENGTH, WIDTH)
        arrays.features[part] = generator.normal(size=shape).astype(np.float32)
        arrays.persons[part] = known.persons
    return root


def test_missing_persons_are_the_data_sets_own(arrays, published, capsys):
    for part, features in arrays.features.items():
        arrays.save(f"{part}_X.npy", features.reshape(-1, WIDTH))
        # As the published layout has them beside the numbers.
        np.save(arrays.folder / f"ids_KS20_{part}.npy", {0: [0]})
    assert_imported(bring_in(arrays.folder, data_root=published), arrays)
    out = capsys.readouterr().out
    assert "persons are the data set's own: train, probe, gallery" in out
    with pytest.raises(errors.InputError, match="no persons of train"):
        bring_in(arrays.folder, "--overwrite")


def test_the_data_set_tells_sequences_from_skeletons(arrays, published):
    for part, features in arrays.features.items():
        arrays.save(f"{part}_X.npy", features.reshape(-1, WIDTH))
        arrays.save(f"{part}_y.npy", np.repeat(arrays.persons[part], LENGTH))
    assert_imported(bring_in(arrays.folder, data_root=published), arrays)


def test_other_persons_than_the_data_sets_are_refused(arrays, published):
    arrays.persons["probe"] = arrays.persons["probe"].copy()
    arrays.persons["probe"][3] += 1
    arrays.save_all()
    words = "probe_y.npy", "sequence 3 is of person 1", "of person 0"
    assert_refused(arrays.folder, *words, data_root=published)


def test_other_counts_than_the_data_sets_are_refused(arrays, published):
    for part, features in arrays.features.items():
        arrays.save(f"{part}_X.npy", features[1:])
    words = "train_X.npy", "2 sequences", "3 persons", str(published)
    assert_refused(arrays.folder, *words, data_root=published)


@pytest.mark.parametrize("with_persons", [False, True])
def test_vectors_of_whole_sequences_are_refused(arrays, monkeypatch, with_persons):
    """Also where their number is a multiple of f."""
    own = {part: agreement.Known(np.arange(12) % 3, "the data set") for part in SIZES}
    monkeypatch.setattr(source_flags, "known", lambda *_: own)
    for part in SIZES:
        arrays.save(f"{part}_X.npy", np.zeros((12, WIDTH)))
        if with_persons:
            arrays.save(f"{part}_y.npy", np.repeat([0, 1], 6))
    message = assert_refused(arrays.folder, "has 2 sequences")
    assert "the data set has 12" in message


def test_what_is_there_is_replaced_only_on_demand_and_whole(arrays, monkeypatch):
    arrays.save_all()
    source = bring_in(arrays.folder)
    arrays.save("train_X.npy", arrays.features["train"] + 1)
    with pytest.raises(errors.InputError, match="--overwrite"):
        bring_in(arrays.folder)
    write = writing.write

    def full(folder, part, *others):
        if part == "probe":
            raise OSError(28, "No space left on device")
        write(folder, part, *others)

    with monkeypatch.context() as patch:
        patch.setattr(writing, "write", full)
        with pytest.raises(OSError, match="No space"):
            bring_in(arrays.folder, "--overwrite")
    assert_imported(source, arrays)
    assert [path.name for path in (source / "KS20").iterdir()] == ["6"]
    bring_in(arrays.folder, "--overwrite")
    arrays.features["train"] += 1
    assert_imported(source, arrays)


@pytest.mark.parametrize("missing", ["source", "dataset", "input"])
def test_a_missing_flag_is_named(missing):
    """Also where it has a default, which would be a guess."""
    values = flags.FlagValues()
    importing_flags.define(values)
    given = {"source": "S", "dataset": "KS20", "input": "in"}
    del given[missing]
    values(["program", *(f"--{name}={value}" for name, value in given.items())])
    with pytest.raises(errors.InputError, match=f"--{missing} is missing"):
        importing_flags.read(values)


def test_a_npy_stays_in_its_file(arrays, monkeypatch):
    arrays.save_all(change=lambda array: array.reshape(-1, WIDTH))
    kinds = []
    monkeypatch.setattr(
        store,
        "check_finite",
        lambda _, features: kinds.append(isinstance(features, np.memmap)),
    )
    bring_in(arrays.folder)
    assert kinds == [True] * 3


def test_the_next_command_is_for_what_was_written(tmp_path, capsys):
    arrays = made(tmp_path / "in", {"train": 9, "nm": 7})
    arrays.persons["train"][:] = -1
    for part, features in arrays.features.items():
        arrays.features[part] = np.repeat(features, 10, axis=1)
    arrays.save_all()
    source = bring_in(arrays.folder, "--length", "60", dataset="CASIA-B")
    assert (source / "CASIA_B" / "60" / "nm").is_dir()
    command = shlex.split(capsys.readouterr().out.splitlines()[-1])
    assert command[:5] == ["next:", "python", "SimMC-UF.py", "--dataset", "CASIA_B"]
    said = dict(zip(command[3::2], command[4::2], strict=True))
    assert (said["--probe_type"], said["--length"]) == ("nm.nm", "60")
    assert (said["--source"], said["--protocol"]) == ("SM-SGE", "strict")
    assert said["--representation_root"] == str(source.parent)


def test_generated_walkers_are_compared_with(tmp_path, capsys):
    few = ["--synthetic_persons", "3", "--noidentity_labels"]
    walkers = loading.generate(LENGTH, 3, 0).data.splits
    shown = {
        part.replace("training", "train"): split.persons
        for part, split in walkers.items()
    }
    arrays = made(tmp_path / "in", {part: len(who) for part, who in shown.items()})
    arrays.persons = dict(shown)
    arrays.save_all()
    bring_in(arrays.folder, *few, dataset="Synthetic")
    out = capsys.readouterr().out
    assert "--synthetic_persons 3" in out.splitlines()[-1] and "note" not in out
    arrays.save("train_y.npy", shown["train"] * 0)
    with pytest.raises(errors.InputError, match="Synthetic's train"):
        bring_in(arrays.folder, *few, "--overwrite", dataset="Synthetic")


def test_the_program_says_what_is_wrong_in_one_line(arrays):
    arrays.save_all()
    arrays.save("test_X.npy", arrays.features["probe"])
    done = programs.start(
        *("-m", "scripts.import_representations", "--source", "S", "--dataset", "KS20"),
        *("--input", arrays.folder, "--representation_root", arrays.folder / "out"),
    )
    assert done.returncode == 2 and done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ") and "probe/gallery" in line


@pytest.mark.parametrize("how", ["one hot", "plus one"])
def test_classes_of_a_model_are_numbered_as_the_data_set(
    arrays, published, how, capsys
):
    arrays.save_all()
    own = arrays.persons["train"]
    classes, index = np.unique(own, return_inverse=True)
    labels = np.eye(len(classes))[::-1][index] if how == "one hot" else own + 1
    arrays.save("train_y.npy", labels)

    source = bring_in(arrays.folder, data_root=published)

    assert "in the data set's numbers" in capsys.readouterr().out
    assert_imported(source, arrays)


@pytest.mark.parametrize("source", ["raw", "D13", "simmc", "some/UF"])
def test_names_that_mean_something_else_are_refused(arrays, source):
    arrays.save_all()
    with pytest.raises(errors.InputError, match="for something else"):
        bring_in(arrays.folder, source=source)


def labels_of(source):
    """What is known of representations that were brought in."""
    return provenance.of_folder(source / "KS20" / str(LENGTH))


NOT_KNOWN = (
    "not known whether identity labels made these representations "
    "(--[no]identity_labels says it)"
)


@pytest.mark.parametrize(
    ("folder", "told", "flag", "expected"),
    [
        ("in", None, None, None),
        ("in", None, "--noidentity_labels", False),
        ("in", None, "--identity_labels", True),
        ("in", '{"identity_labels": true}', None, True),
        ("in", '{"identity_labels": false}', None, False),
        ("in", "[]", "--noidentity_labels", False),
        ("MG-SCR-labels", None, None, True),
    ],
)
def test_whether_labels_made_them_goes_with_what_is_brought_in(
    folder, told, flag, expected, tmp_path, capsys
):
    arrays = made(tmp_path / folder)
    # As representations lie: features in a folder for each split.
    arrays.save_all("KS20/6/{part}/{role}.npy")
    if told is not None:
        path = arrays.folder / "KS20" / "6" / provenance.ABOUT
        path.write_text(told, encoding="utf-8")
    source = bring_in(arrays.folder, *([flag] if flag else []))
    assert labels_of(source) is expected
    said = capsys.readouterr().out
    assert (source_names.MADE_WITH_LABELS in said) == (expected is True)
    assert (NOT_KNOWN in said) == (expected is None)


def test_labels_that_are_known_of_cannot_be_denied(arrays):
    arrays.save_all()
    path = arrays.folder / provenance.ABOUT
    path.write_text("[]", encoding="utf-8")
    assert_refused(arrays.folder, "about.json", "--[no]identity_labels says it")
    path.write_text('{"identity_labels": true}', encoding="utf-8")
    for source in ("mine", "MG-SCR-labels"):
        assert_refused(
            *(arrays.folder, "--noidentity_labels: "),
            arguments=["--noidentity_labels"],
            source=source,
        )
