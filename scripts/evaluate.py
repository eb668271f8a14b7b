"""How well representations tell persons apart: python -m scripts.evaluate.

Matches probes to the gallery, as SimMC is evaluated. Recognition, where a classifier is
trained with the persons' labels, as in papers of the source models, is out of scope.
"""

from flags import quiet  # noqa: F401

# isort: split

import dataclasses
import functools
import pathlib
from collections.abc import Callable, Mapping

from absl import flags

from datasets import catalog
from datasets.representations import (
    agreement,
    feature_file,
    functions,
    provenance,
    store,
)
from flags import data_set as data_set_flags
from flags import entry, model
from flags import evaluation as evaluation_flags
from flags import run as run_flags
from flags import source as source_flags
from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf import errors, representation, startup, tables, yardsticks


@dataclasses.dataclass(frozen=True)
class _Candidate:
    """A representation, the sequences that it is of, and how they count."""

    train: data_module.Split | None
    matching: data_module.Matching
    representation: representation.Representation
    batch_size: int


@dataclasses.dataclass(frozen=True)
class _Task:
    """One probe of a data set, for which representations are to be evaluated."""

    options: evaluation_flags.Options
    data_set: catalog.DataSet
    probe: str
    length: int
    say: Callable[[str], None]

    def candidate(self, name: str) -> _Candidate:
        """What a name of --representation means.

        Raises:
            errors.InputError: nothing, or it is missing or broken.
        """
        function = functions.known(name)
        if function is not None:
            return self._function(function)
        if name.lower() == functions.SIMMC:
            folder = self.options.model_root / self.data_set.name / self.probe
            return self._model(folder, self._skeletons)
        if name.lower() == functions.UF:
            return self._fine_tuned(self.options.where.find())
        return self._stored(name)

    @functools.cached_property
    def _skeletons(self) -> data_module.ReidData:
        return self.options.load(self.data_set, self.probe, self.length).data

    @functools.cached_property
    def _persons(self) -> Mapping[str, agreement.Known]:
        found = source_flags.known(self.options, self.data_set, self.length)
        if not found:
            self.say(source_flags.unchecked(self.options, self.data_set, self.length))
        return found

    def _function(self, name: str) -> _Candidate:
        function = functions.find(
            name, self.data_set.joints, self.options.published_indices
        )
        encode = function.representation.asked(self.options.standardise)
        return self._counted(self._skeletons, encode)

    def _fine_tuned(self, source: pathlib.Path) -> _Candidate:
        folder = self.options.model_root / "UF" / source.name
        return self._model(
            folder / self.data_set.name / self.probe, self._representations(source)
        )

    def _model(self, folder: pathlib.Path, data: data_module.ReidData) -> _Candidate:
        startup.prepare(self.options.gpu[0])
        # Not before: TensorFlow and faiss look for their GPU once, when they load.
        from simmc_tf import pipeline, repeating, runs

        simmc, config, description = runs.load(
            folder, data.train.sequences.shape[-1], self._check_length
        )
        repeating.note_changes(data, description, self.say)
        encoder = pipeline.BulkEncoder(simmc.encoder, simmc.preparation)
        encode = representation.Representation(encoder.whole).asked(
            self.options.standardise
        )
        return self._counted(data, encode, config)

    def _check_length(
        self, config: configs.Config, about: Mapping[str, object]
    ) -> None:
        run_flags.check("length", self.length, about.get("length"))

    def _stored(self, name: str) -> _Candidate:
        """Representations of skeletons in a folder, or features in a file."""
        mean = yardsticks.MEAN.asked(self.options.standardise)
        if name.endswith(".npz"):
            train, matching = feature_file.load(
                pathlib.Path(name), self.data_set, self.probe, self._persons
            )
            batch_size = self.options.counted_batch()
            self._note_labels(name, provenance.of_files([pathlib.Path(name)]))
            return _Candidate(train, matching, mean, batch_size)
        root = self.options.where.representation_root
        if not store.folder_of(name, root).is_dir():
            raise errors.InputError(
                f"--representation {name}: expected one of "
                f"{', '.join((*functions.NAMES, *functions.OF_MODELS))}, a folder of "
                f"{root}, or the path of a folder like those or of an .npz, which has "
                "a / in it or ends with .npz."
            )
        return self._counted(self._representations(store.find(name, root)), mean)

    def _representations(self, source: pathlib.Path) -> data_module.ReidData:
        loaded = store.load(
            source, self.data_set, self.probe, self.length, self._persons
        )
        self._note_labels(source.name, provenance.of_origin(loaded.origin))
        return loaded.data

    def _note_labels(self, name: str, labelled: bool | None) -> None:
        note = provenance.note(name, labelled)
        if note is not None:
            self.say(note)

    def _counted(
        self,
        data: data_module.ReidData,
        encode: representation.Representation,
        config: configs.Config | None = None,
    ) -> _Candidate:
        if data.matching is None:
            raise RuntimeError("The data were read without a probe.")
        batch_size = self.options.counted_batch(config)
        return _Candidate(data.train, data.matching, encode, batch_size)


def _names(
    options: evaluation_flags.Options,
    data_set: catalog.DataSet,
    say: Callable[[str], None],
) -> list[str]:
    """What to evaluate, after saying what the data set's joints make of it."""
    names = []
    for name in options.representation or functions.NAMES:
        known = functions.known(name)
        try:
            if known is not None:
                joints = data_set.joints
                found = functions.find(known, joints, options.published_indices)
                for note in found.notes:
                    say(f"{known}: {note}")
        except errors.InputError as error:
            if options.representation:
                raise
            say(f"left out: {error}")
            continue
        names.append(name)
    return names


def main(argv: list[str]) -> None:
    """Evaluates each representation for each probe, and prints a line each."""
    entry.expect_no_arguments(argv)
    say = functools.partial(print, flush=True)
    options = evaluation_flags.read(flags.FLAGS)
    data_set = options.find()
    probes = options.chosen_probes(data_set)
    length = data_set.check_length(options.length)
    names = _names(options, data_set, say)
    table = tables.Assessments(probes, names)
    for probe in probes:
        task = _Task(options, data_set, probe, length, say)
        # All are found before any is evaluated, so that a wrong name costs no time.
        candidates = {name: task.candidate(name) for name in names}
        if probe == probes[0]:
            say(f"{options.title(data_set, length)}\n{table.heading}")
        for name, found in candidates.items():
            assessment = representation.assess(
                found.train,
                found.matching,
                found.representation,
                found.batch_size,
                options.distance,
            )
            say(table.add(probe, name, assessment))
    if options.csv is not None:
        table.write(options.csv, options.settings(data_set, length))
        say(f"saved in {options.csv}")


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    evaluation_flags.define(values)


if __name__ == "__main__":
    evaluation_flags.define(flags.FLAGS)
    for module in (evaluation_flags, data_set_flags, source_flags, model):
        flags.adopt_module_key_flags(module)
    entry.run(main)
