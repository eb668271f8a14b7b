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
from datasets.representations import feature_file, functions, store
from flags import data_set as data_set_flags
from flags import entry
from flags import evaluation as evaluation_flags
from flags import source as source_flags
from simmc_tf import config as configs
from simmc_tf import data as data_module
from simmc_tf import errors, representation, startup, tables, yardsticks

_SIMMC, _UF = "simmc", "uf"


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
        if name.lower() == _SIMMC:
            folder = self.options.model_root / self.data_set.name / self.probe
            return self._model(folder, self._skeletons)
        if name.lower() == _UF:
            if flags.FLAGS.source is None:
                raise errors.InputError(f"--representation {name}: give --source too.")
            return self._fine_tuned(source_flags.find(flags.FLAGS))
        return self._stored(name)

    @functools.cached_property
    def _skeletons(self) -> data_module.ReidData:
        return self.options.load(self.data_set, self.probe, self.length).data

    @functools.cached_property
    def _persons(self) -> Mapping[str, store.Persons]:
        found = source_flags.persons(self.options, self.data_set, self.length)
        if not found:
            self.say(source_flags.unchecked(self.options, self.data_set, self.length))
        return found

    def _function(self, name: str) -> _Candidate:
        function = functions.find(
            name, self.data_set.joints, self.options.published_indices
        )
        return self._counted(
            self._skeletons, function.representation(self.options.standardise)
        )

    def _fine_tuned(self, source: pathlib.Path) -> _Candidate:
        folder = self.options.model_root / "UF" / source.name
        return self._model(
            folder / self.data_set.name / self.probe, self._representations(source)
        )

    def _model(self, folder: pathlib.Path, data: data_module.ReidData) -> _Candidate:
        startup.prepare(self.options.gpu)
        # Not before: TensorFlow and faiss look for their GPU once, when they load.
        from simmc_tf import pipeline, runs

        simmc, config, _ = runs.load(
            folder, data.train.sequences.shape[-1], self._check_length
        )
        encoder = pipeline.BulkEncoder(simmc.encoder)
        standardise = bool(self.options.standardise)
        encode = representation.Representation(encoder.whole, standardise)
        return self._counted(data, encode, config)

    def _check_length(
        self, config: configs.Config, about: Mapping[str, object]
    ) -> None:
        if about.get("length") != self.length:
            raise errors.InputError(
                f"--length {self.length}: the model was trained with --length "
                f"{about.get('length')}; evaluate it with that."
            )

    def _stored(self, name: str) -> _Candidate:
        """Representations of skeletons in a folder, or features in a file."""
        mean = representation.Representation(
            yardsticks.mean_numbers, bool(self.options.standardise)
        )
        if name.endswith(".npz"):
            train, matching = feature_file.load(
                pathlib.Path(name), self.data_set, self.probe, self._persons
            )
            batch_size = self.options.counted_batch()
            return _Candidate(train, matching, mean, batch_size)
        root = pathlib.Path(flags.FLAGS.representation_root)
        if not store.is_there(name, root):
            raise errors.InputError(
                f"--representation {name}: expected one of "
                f"{', '.join((*functions.NAMES, _SIMMC, _UF))}, a folder of {root}, or "
                "the path of a folder like those or of an .npz, which has a / in it or "
                "ends with .npz."
            )
        return self._counted(self._representations(store.find(name, root)), mean)

    def _representations(self, source: pathlib.Path) -> data_module.ReidData:
        return store.load(
            source, self.data_set, self.probe, self.length, self._persons
        ).data

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


def main(argv: list[str]) -> None:
    """Evaluates each representation for each probe, and prints a line each."""
    entry.expect_no_arguments(argv)
    say = functools.partial(print, flush=True)
    options = evaluation_flags.read(flags.FLAGS)
    data_set = options.find()
    probes = options.chosen_probes(data_set)
    length = data_set.check_length(options.length)
    for name in filter(None, map(functions.known, options.representation)):
        function = functions.find(name, data_set.joints, options.published_indices)
        for note in function.notes:
            say(f"{function.name}: {note}")
    say(options.title(data_set, length))
    table = tables.Assessments(probes, options.representation)
    say(table.heading)
    for probe in probes:
        task = _Task(options, data_set, probe, length, say)
        # All are found before any is evaluated, so that a wrong name costs no time.
        candidates = {name: task.candidate(name) for name in options.representation}
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
        table.write(options.csv)
        say(f"saved in {options.csv}")


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    evaluation_flags.define(values)


if __name__ == "__main__":
    evaluation_flags.define(flags.FLAGS)
    for module in (evaluation_flags, data_set_flags, source_flags):
        flags.adopt_module_key_flags(module)
    entry.run(main)
