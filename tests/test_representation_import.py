"""Arrays that people have: told apart by name and shape, refused where unclear."""

import dataclasses
import pathlib
import shlex

import numpy as np
import pytest
from absl import flags

from datasets import catalog, loading
from datasets.representations import store, writing
from datasets.representations.importing import names
from flags import run as run_flags
from flags import source as source_flags
from scripts import import_representations
from simmc_tf import errors
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
    import_representations.define(values)
    values(
        [
            *("program", "--source", source, "--dataset", dataset),
            *("--input", str(folder), "--representation_root", str(root)),
            *("--data_root", str(data_root or folder.parent / "nowhere")),
            *map(str, arguments),
        ]
    )
    import_representations.bring_in(values)
    return root / source


def read(source, data_set=KS20, probe="probe"):
    """What SimMC-UF.py reads, by split."""
    data = store.load(source, data_set, probe, LENGTH, {}).data
    probe_part, gallery_part = data_set.probes[probe]
    return {
        "train": data.train,
        gallery_part: data.matching.gallery,
        probe_part: data.matching.probe,
    }


def assert_imported(source, arrays, data_set=KS20, probe="probe"):
    found = read(source, data_set, probe)
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
    [
        *("{part}_{role}.npy", "{role}_{part}.npy", "{part}/{role}.npy"),
        *("{role}/{part}.npy", "{part}{role}.npy", "{role}{part}.npy"),
        *("SM-SGE_KS20_{part}_6/{role}.npy", "test_npy_data/{part}/t_{role}.npy"),
    ],
)
def test_split_and_role_are_named_in_either_order(arrays, pattern):
    if pattern.startswith("test"):
        arrays.save_all("{part}_{role}.npy")
        for part in ("gallery", "probe"):
            for role in "Xy":
                new = arrays.folder / pattern.format(part=part, role=role)
                new.parent.mkdir(parents=True, exist_ok=True)
                (arrays.folder / f"{part}_{role}.npy").rename(new)
    else:
        arrays.save_all(pattern)
    assert_imported(bring_in(arrays.folder), arrays)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_names_in_one_npz_count_too(arrays, save):
    content = {}
    for part, features in arrays.features.items():
        content[f"features_{part}"] = features
        content[f"{part}_labels"] = arrays.persons[part]
    path = arrays.folder / "SM-SGE_KS20.npz"
    save(path, **content)
    assert_imported(bring_in(path), arrays)


def test_an_npz_for_each_split_is_told_by_shapes_alone(arrays):
    for part, features in arrays.features.items():
        persons = arrays.persons[part]
        np.savez(arrays.folder / f"{part}.npz", arr_0=features, arr_1=persons)
    assert_imported(bring_in(arrays.folder), arrays)


@pytest.mark.parametrize(
    ("name", "parts", "role"),
    [
        ("train/features", ["train"], "features"),
        ("train_npy_data/frame_id_IAS_6", ["train"], "persons"),
        ("test_npy_data/A/t_feat_IAS_6", ["A"], "features"),
        ("test/A", ["A"], None),
        ("testA_labels", ["A"], "persons"),
        ("IAS-B/data", ["B"], "features"),
        ("X_tr", ["train"], "features"),
        ("xtrain", ["train"], "features"),
        ("val_2_y", ["A", "B"], "persons"),
        ("t_X", ["A", "B"], "features"),
        ("train_A_X", ["train", "A"], "features"),
        ("train/val_X", ["A", "B"], "features"),
        ("B/val_X", ["B"], "features"),
        ("adjacency", [], None),
    ],
)
def test_what_a_name_says(name, parts, role):
    meaning = names.read(name.split("/"), IAS)
    assert (list(meaning.parts), meaning.role) == (parts, role)


@pytest.mark.parametrize("name", ["BIWI/train/features", "train/source_x_IAS_6"])
def test_other_data_sets_and_coordinates_are_not_meant(name):
    assert names.read(name.split("/"), IAS).foreign


def test_the_b_of_casia_b_is_no_split():
    split_b = dataclasses.replace(catalog.find("CASIA_B"), probes={"b.nm": ("b", "nm")})
    assert names.read(["CASIA_B_nm_X"], split_b).parts == ("nm",)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f4", ">f8"])
def test_every_width_of_floats_is_read(arrays, dtype):
    for features in arrays.features.values():
        features[:] = features.astype(dtype)
    arrays.save_all(change=lambda array: array.astype(dtype))
    assert_imported(bring_in(arrays.folder), arrays)


@pytest.mark.parametrize(
    "change",
    [
        lambda array: array.reshape(-1, WIDTH),
        lambda array: np.asfortranarray(array.reshape(-1, WIDTH)),
        np.asfortranarray,
    ],
)
def test_frame_after_frame_and_orders_in_memory_are_read(arrays, change):
    arrays.save_all(change=change)
    assert_imported(bring_in(arrays.folder), arrays)


@pytest.mark.parametrize(
    "labels",
    [
        lambda persons: np.eye(3)[persons],
        lambda persons: np.eye(3, dtype=bool)[persons],
        lambda persons: np.repeat(persons, LENGTH),
        lambda persons: np.repeat(persons[:, np.newaxis], LENGTH, axis=1),
        lambda persons: np.eye(3, dtype=np.int8)[np.repeat(persons, LENGTH)],
        lambda persons: persons[:, np.newaxis],
        lambda persons: persons.astype(np.float32),
    ],
)
def test_persons_come_in_many_forms(arrays, labels):
    arrays.save_all()
    for part, persons in arrays.persons.items():
        arrays.save(f"{part}_y.npy", labels(persons))
    assert_imported(bring_in(arrays.folder), arrays)


def test_what_was_taken_for_what_is_said(arrays, capsys):
    arrays.save_all(change=lambda array: array.reshape(-1, WIDTH).astype(np.float64))
    arrays.save("adjacency.npy", np.zeros((4, 4)))
    arrays.save("train_loss.npy", np.zeros(3))
    bring_in(arrays.folder)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    path = str(arrays.folder / "train_X.npy")
    row = ["train", "features", path, "[54,", "5]", "float64", "[9,", "6,", "5]"]
    assert [*row, "float32"] in lines
    ignored = [line[1] for line in lines if line[0] == "ignored:"]
    assert [pathlib.Path(name).name for name in ignored] == [
        "adjacency.npy",
        "train_loss.npy",
    ]


def test_a_dry_run_writes_nothing(arrays, capsys):
    arrays.save_all()
    source = bring_in(arrays.folder, "--dry_run")
    assert "train_X.npy" in capsys.readouterr().out
    assert not source.parent.exists()


def test_a_missing_split_is_a_note(arrays, capsys):
    arrays.save_all()
    (arrays.folder / "probe_X.npy").unlink()
    source = bring_in(arrays.folder)
    out = capsys.readouterr().out
    assert "note: probe missing; nothing can be" in out and "next:" not in out
    assert sorted(p.name for p in source.glob("KS20/6/*")) == ["gallery", "train"]


def test_published_names_of_test_sets_that_leave_it_open_are_refused(arrays):
    for name in ("train", "val", "val_2"):
        arrays.save(f"{name}_X.npy", arrays.features["train"])
        arrays.save(f"{name}_y.npy", arrays.persons["train"])
    flag = f"--features PART={arrays.folder / 'val_2_X.npy'}"
    assert_refused(arrays.folder, "A or B", flag, dataset="IAS")


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
        np.savez(said.folder / f"{name}_y.npz", labels=labels, others=rows)
        arguments += ["--features", f"{part.lower()}={name}_X.npy"]
        arguments += [
            "--persons",
            f"{part}={said.folder / name}_y.npz:labels",
        ]
    assert_imported(
        bring_in(said.folder, *arguments, dataset="IAS"), said, IAS, probe="A"
    )


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ("train", ["SPLIT=FILE", "train"]),
        ("C=train_X.npy", ["train, probe, gallery"]),
        ("probe=nothing.npy", ["no file", "nothing.npy"]),
        ("probe=many.npz", ["a, b", "KEY"]),
        ("probe=many.npz:c", ["a, b"]),
        ("probe=notes.txt", [".npy or .npz"]),
    ],
)
def test_flags_that_name_no_array_are_refused(arrays, flag, words):
    arrays.save_all()
    np.savez(arrays.folder / "many.npz", a=np.zeros(3), b=np.zeros(3))
    (arrays.folder / "notes.txt").write_text("notes")
    assert_refused(arrays.folder, *words, arguments=["--features", flag])


def test_a_split_given_twice_is_refused(arrays):
    arrays.save_all()
    twice = ["--features", "train=train_X.npy"] * 2
    assert_refused(arrays.folder, "given twice", arguments=twice)


def test_a_file_that_lies_in_two_places_is_refused(arrays, monkeypatch):
    arrays.save_all()
    np.save(arrays.folder.parent / "probe_X.npy", arrays.features["probe"])
    monkeypatch.chdir(arrays.folder.parent)
    arguments = ["--features", "probe=probe_X.npy"]
    assert_refused(arrays.folder, "give a whole path", arguments=arguments)


def test_what_a_mac_packs_beside_a_file_is_passed_over(arrays):
    arrays.save_all()
    for name in ("._train_X.npy", "__MACOSX/train_X.npy"):
        path = arrays.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"no array")
    assert_imported(bring_in(arrays.folder), arrays)


def test_persons_without_features_are_refused(arrays):
    arrays.save_all()
    (arrays.folder / "probe_X.npy").unlink()
    arguments = ["--persons", "probe=probe_y.npy"]
    assert_refused(arrays.folder, "no features of probe", arguments=arguments)


def test_two_arrays_for_one_thing_are_refused(arrays):
    arrays.save_all()
    arrays.save("train_features.npy", arrays.features["train"])
    message = assert_refused(arrays.folder, "2 arrays", "train_X", "--features train=")
    assert "train_features.npy" in message


def test_a_name_goes_before_a_shape(arrays):
    arrays.save_all()
    arrays.save("train_attention.npy", np.zeros((4, 6, 6)))
    assert_imported(bring_in(arrays.folder), arrays)


def test_rows_and_persons_that_could_be_either_are_refused(arrays):
    arrays.save_all()
    arrays.save("train_X.npy", np.zeros((54, WIDTH)))
    arrays.save("train_y.npy", np.repeat(arrays.persons["train"], LENGTH))
    message = assert_refused(
        arrays.folder, "9 sequences of 6 skeletons", "54 sequences of one vector"
    )
    said = message.partition("say so: ")[2].split()
    arrays.features["train"][:] = 0
    assert_imported(bring_in(arrays.folder, *said), arrays)


def test_vectors_of_whole_sequences_are_refused(arrays):
    arrays.save_all()
    arrays.save("train_X.npy", np.zeros((9, 6 * WIDTH)))
    assert_refused(arrays.folder, "vectors of whole sequences", "[9, 30]")


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((6, 9, WIDTH), ["looks like [f, N, d]", "(1, 0, 2)"]),
        ((9, WIDTH, 6), ["looks like [N, d, f]", "(0, 2, 1)"]),
        ((9, 6, 6), ["could be [N, f, d] or [N, d, f]"]),
        ((6, 6, WIDTH), ["could be [N, f, d] or [f, N, d]"]),
        ((9, 7, WIDTH), ["[9, 7, 5]", "[N, 6, d]"]),
        ((9, 6, WIDTH, 1), ["[9, 6, 5, 1]", "[N, 6, d]"]),
        ((9, 6, 0), ["[9, 6, 0]"]),
        ((55, WIDTH), ["55 rows", "no multiple of 6"]),
        ((60, WIDTH), ["10 sequences", "9 persons"]),
        ((10, 6, WIDTH), ["10 sequences", "9 persons"]),
    ],
)
def test_other_shapes_are_refused(arrays, shape, words):
    arrays.save_all()
    arrays.save("train_X.npy", np.zeros(shape))
    assert_refused(arrays.folder, "train_X.npy", *words)


def test_an_order_that_is_said_is_taken(tmp_path):
    arrays = made(tmp_path / "in")
    for part, features in arrays.features.items():
        arrays.features[part] = np.repeat(features[..., :1], LENGTH, axis=2)
    arrays.save_all()
    message = assert_refused(arrays.folder, "--features train=")
    assert "[N, d, f]" in message
    said = []
    for part in SIZES:
        said += ["--features", f"{part}={part}_X.npy"]
        said += ["--persons", f"{part}={part}_y.npy"]
    assert_imported(bring_in(arrays.folder, *said), arrays)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (np.full((9, 6, WIDTH), 1), ["floating-point", "int64"]),
        (np.array([{}, []], object), ["pickled objects", "without pickles"]),
        (np.zeros((9, 6, WIDTH), "c8"), ["complex64"]),
    ],
)
def test_features_that_are_no_floats_are_refused(arrays, content, words):
    arrays.save_all()
    arrays.save("train_X.npy", content)
    assert_refused(arrays.folder, "train_X.npy", *words)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
@pytest.mark.parametrize("name", ["probe_X.npy", "probe.npz"])
def test_numbers_that_are_not_finite_are_refused(arrays, value, name):
    arrays.save_all()
    features = arrays.features["probe"].astype(np.float64)
    features[2, 3, 1] = value
    (arrays.folder / "probe_X.npy").unlink()
    if name.endswith(".npz"):
        np.savez(arrays.folder / name, X=features)
    else:
        arrays.save(name, features)
    assert_refused(arrays.folder, name, "sequence 2, skeleton 3, number 1")


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (np.arange(8), ["train_X.npy", "8 persons", "9 or 54"]),
        (np.arange(9) + 0.5, ["train_y.npy", "whole number"]),
        (np.full(9, np.nan), ["whole number"]),
        (np.ones((9, 3)), ["whole number", "[9, 3]"]),
        (np.array(["a"] * 9), ["<U1"]),
        (np.arange(54), ["train_y.npy", "sequence 0", "0, 1, 2, 3, 4, 5"]),
    ],
)
def test_persons_that_do_not_fit_are_refused(arrays, labels, words):
    arrays.save_all()
    arrays.save("train_y.npy", labels)
    assert_refused(arrays.folder, *words)


def test_probes_of_nobody_in_the_gallery_are_refused(arrays):
    arrays.save_all()
    arrays.save("probe_y.npy", arrays.persons["probe"] + 10)
    assert_refused(arrays.folder, "No probe's person is in the gallery")


def test_splits_of_two_models_are_refused(arrays):
    arrays.save_all()
    arrays.save("probe_X.npy", np.zeros((8, 6, 4)))
    assert_refused(arrays.folder, "train 5, probe 4, gallery 5")


def test_without_training_representations_nothing_is_usable(arrays):
    arrays.save("gallery_X.npy", arrays.features["gallery"])
    arrays.save("features.npy", arrays.features["train"])
    assert_refused(arrays.folder, "--features train=", "features.npy")


@pytest.mark.parametrize("name", ["nothing", "empty", "notes.txt"])
def test_an_input_without_arrays_is_refused(tmp_path, name):
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("notes")
    assert_refused(tmp_path / name, name)


@pytest.mark.parametrize("name", ["train_X.npy", "train_X.npz"])
def test_a_damaged_file_is_named(arrays, name):
    arrays.save_all()
    (arrays.folder / name).write_bytes(b"version https://git-lfs.github.com/spec/v1")
    assert_refused(arrays.folder, name, "damaged")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_an_npz_that_is_damaged_inside_is_named(arrays, save):
    for part, features in arrays.features.items():
        # More than is read of a header.
        arrays.features[part] = np.tile(features, 900)
    arrays.save_all()
    (arrays.folder / "train_X.npy").unlink()
    path = arrays.folder / "train.npz"
    noise = np.random.default_rng(0).normal(size=(9, LENGTH, 900 * WIDTH))
    save(path, X=noise)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)
    assert_refused(arrays.folder, "train.npz:X", "damaged")


def test_pickled_persons_are_not_read(arrays):
    arrays.save_all()
    for part, persons in arrays.persons.items():
        np.save(arrays.folder / f"ids_KS20_{part}.npy", {0: persons.tolist()})
    assert_imported(bring_in(arrays.folder), arrays)
    (arrays.folder / "train_y.npy").unlink()
    with pytest.raises(errors.InputError, match="no persons of train"):
        bring_in(arrays.folder, source="Other")


@pytest.fixture
def published(arrays, tmp_path):
    """The data set itself, and representations of its sequences."""
    root = tmp_path / "Datasets"
    save_published(root, "KS20")
    own = store.persons(KS20, LENGTH, root)
    generator = np.random.default_rng(1)
    for part, shown in own.items():
        size = len(shown.persons)
        shape = (size, LENGTH, WIDTH)
        arrays.features[part] = generator.normal(size=shape).astype(np.float32)
        arrays.persons[part] = shown.persons
    return root


def test_missing_persons_are_the_data_sets_own(arrays, published, capsys):
    for part, features in arrays.features.items():
        arrays.save(f"{part}_X.npy", features.reshape(-1, WIDTH))
    assert_imported(bring_in(arrays.folder, data_root=published), arrays)
    out = capsys.readouterr().out
    assert "(the data set's own)" in out
    assert "persons are the data set's own: train, probe, gallery" in out


def test_the_data_set_tells_sequences_from_skeletons(arrays, published):
    for part, features in arrays.features.items():
        arrays.save(f"{part}_X.npy", features.reshape(-1, WIDTH))
        arrays.save(f"{part}_y.npy", np.repeat(arrays.persons[part], LENGTH))
    assert_imported(bring_in(arrays.folder, data_root=published), arrays)


def test_other_persons_than_the_data_sets_are_refused(arrays, published):
    arrays.persons["probe"] = arrays.persons["probe"].copy()
    arrays.persons["probe"][3] += 1
    arrays.save_all()
    words = "probe_y.npy: sequence 3 is of person 1", "of person 0"
    assert_refused(arrays.folder, *words, data_root=published)


def test_other_counts_than_the_data_sets_are_refused(arrays, published):
    for part, features in arrays.features.items():
        arrays.save(f"{part}_X.npy", features[1:])
    words = "train_X.npy", "2 sequences", "3 persons", str(published)
    assert_refused(arrays.folder, *words, data_root=published)


def test_vectors_of_the_data_sets_sequences_are_refused(arrays, published):
    for part, features in arrays.features.items():
        arrays.save(f"{part}_X.npy", features[:, 0])
    assert_refused(arrays.folder, "vectors of whole sequences", data_root=published)


def test_without_persons_and_data_set_nobody_knows(arrays):
    arrays.save_all()
    (arrays.folder / "gallery_y.npy").unlink()
    assert_refused(arrays.folder, "no persons of gallery", "--persons gallery=")


def test_what_is_there_is_replaced_only_on_demand(arrays):
    arrays.save_all()
    source = bring_in(arrays.folder)
    arrays.save("train_X.npy", arrays.features["train"] + 1)
    with pytest.raises(errors.InputError, match="--overwrite"):
        bring_in(arrays.folder)
    assert_imported(source, arrays)
    bring_in(arrays.folder, "--overwrite")
    arrays.features["train"] += 1
    assert_imported(source, arrays)


def test_a_file_of_somebody_elses_is_not_lost(arrays):
    arrays.save_all()
    source = bring_in(arrays.folder)
    notes = source / "KS20" / "6" / "notes.txt"
    notes.write_text("notes")
    with pytest.raises(errors.InputError, match=r"notes\.txt"):
        bring_in(arrays.folder, "--overwrite")
    assert notes.is_file()


def test_a_failure_while_writing_keeps_what_was_there(arrays, monkeypatch):
    arrays.save_all()
    source = bring_in(arrays.folder)
    write = writing.write

    def full(folder, part, *others):
        if part == "probe":
            raise OSError(28, "No space left on device")
        write(folder, part, *others)

    monkeypatch.setattr(writing, "write", full)
    arrays.save("train_X.npy", arrays.features["train"] + 1)
    with pytest.raises(OSError, match="No space"):
        bring_in(arrays.folder, "--overwrite")
    assert_imported(source, arrays)
    assert [path.name for path in (source / "KS20").iterdir()] == ["6"]


@pytest.mark.parametrize("source", ["", "..", "."])
def test_a_source_without_a_name_is_refused(arrays, source):
    arrays.save_all()
    with pytest.raises(errors.InputError, match="--source is missing"):
        bring_in(arrays.folder, source=source)


def test_a_source_may_be_a_path(arrays):
    arrays.save_all()
    path = arrays.folder.parent / "my" / "model"
    bring_in(arrays.folder, source=str(path))
    assert_imported(path, arrays)


@pytest.mark.parametrize("missing", ["source", "dataset", "input"])
def test_a_missing_flag_is_named(arrays, missing):
    """Also where it has a default, which would be a guess."""
    values = flags.FlagValues()
    import_representations.define(values)
    given = {"source": "S", "dataset": "KS20", "input": str(arrays.folder)}
    del given[missing]
    values(["program", *(f"--{name}={value}" for name, value in given.items())])
    with pytest.raises(errors.InputError, match=f"--{missing} is missing"):
        import_representations.bring_in(values)


def test_a_npy_stays_in_its_file(arrays, monkeypatch):
    arrays.save_all(change=lambda array: array.reshape(-1, WIDTH))
    kinds = []
    check = store.check_finite

    def note(path, features):
        kinds.append(isinstance(features, np.memmap))
        check(path, features)

    monkeypatch.setattr(store, "check_finite", note)
    bring_in(arrays.folder)
    assert kinds == [True] * 3


def followed(text):
    """Data and configuration of the next command, read as SimMC-UF.py does."""
    program, *arguments = shlex.split(text.removeprefix("next: python "))
    assert program == "SimMC-UF.py"
    values = flags.FlagValues()
    run_flags.define(values)
    source_flags.define(values, default="SM-SGE")
    assert values([program, *arguments]) == [program]
    options = run_flags.read(values)
    data_set = loading.find(options.dataset, options.length, options.data_root)
    probe = options.choose_probe(data_set)
    length = data_set.check_length(options.length)
    config = options.config(data_set.name, probe, length)
    source = source_flags.find(values)
    own = store.persons(data_set, length, options.data_root)
    loaded = store.load(source, data_set, probe, length, own)
    assert config.batch_size <= len(loaded.data.train)
    return loaded, config


def test_the_next_command_trains_on_what_was_written(arrays, capsys):
    arrays.save_all()
    bring_in(arrays.folder)
    loaded, config = followed(capsys.readouterr().out.splitlines()[-1])
    np.testing.assert_array_equal(loaded.data.train.sequences, arrays.features["train"])
    assert config.protocol == "published"


def test_the_next_command_of_other_lengths_and_unknown_persons(tmp_path, capsys):
    arrays = made(tmp_path / "in", {"train": 9, "nm": 7})
    arrays.persons["train"][:] = -1
    for part, features in arrays.features.items():
        arrays.features[part] = np.repeat(features, 10, axis=1)
    arrays.save_all()
    source = bring_in(arrays.folder, "--length", "60", dataset="CASIA-B")
    assert (source / "CASIA_B" / "60" / "nm").is_dir()
    loaded, config = followed(capsys.readouterr().out.splitlines()[-1])
    assert (loaded.probe, loaded.length) == ("nm.nm", 60)
    assert config.protocol == "strict"


def test_generated_walkers_are_compared_with(tmp_path, capsys):
    few = ["--synthetic_persons", "3"]
    walkers = loading.generate(LENGTH, 3, 0).data.splits
    sizes = {
        part.replace("training", "train"): len(split) for part, split in walkers.items()
    }
    arrays = made(tmp_path / "in", sizes)
    arrays.persons["train"] = walkers["training"].persons
    arrays.persons["gallery"] = walkers["gallery"].persons
    arrays.persons["probe"] = walkers["probe"].persons
    arrays.save_all()
    bring_in(arrays.folder, *few, dataset="Synthetic")
    out = capsys.readouterr().out
    assert "--synthetic_persons 3" in out.splitlines()[-1] and "note" not in out
    arrays.save("train_y.npy", np.zeros(sizes["train"], int))
    with pytest.raises(errors.InputError, match=r"Synthetic \(train\)"):
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
    assert line.startswith("error: ") and "probe or gallery" in line
