"""The run that a command line of SimMC.py or SimMC-UF.py asks for."""

import dataclasses
import functools
import pathlib
from collections.abc import Mapping

from datasets import catalog, loading
from flags import repeat, run
from simmc_tf import config as configs
from simmc_tf import resuming, startup

say = functools.partial(print, flush=True)


@dataclasses.dataclass(frozen=True)
class AskedRun:
    """What is to be done with a data set, up to doing it.

    Attributes:
        options: of the command line.
        again: the run that it repeats, if it does.
        data_set: that is meant.
        probe: of it; None where nothing is evaluated.
        length: f.
        config: hyperparameters.
        coordinates: whether it is on coordinates of skeletons, not on vectors.
    """

    options: run.Options
    again: repeat.Repetition
    data_set: catalog.DataSet
    probe: str | None
    length: int
    config: configs.Config
    coordinates: bool

    @classmethod
    def on(
        cls,
        data_set: catalog.DataSet,
        options: run.Options,
        again: repeat.Repetition,
        coordinates: bool,
    ) -> "AskedRun":
        """What is asked for on a data set.

        Raises:
            errors.InputError: it has no such probe or length, or a hyperparameter is
                out of range.
        """
        probe = options.choose_probe(data_set)
        length = data_set.check_length(options.length)
        config = again.config(options.config(data_set.name, probe, length))
        return cls(options, again, data_set, probe, length, config, coordinates)

    def folder(self, *above: str) -> pathlib.Path:
        """The folder of the model.

        Args:
            above: folders between that of all models and that of the data set.

        Raises:
            errors.InputError: there is a run, and nobody says what is to become of it.
        """
        usual = self.options.model_root.joinpath(*above, self.data_set.name)
        found = self.again.folder(usual / (self.probe or "train"))
        self.options.check_folder(found)
        return found

    def prepare(self) -> str:
        """Loads TensorFlow, as `startup.prepare`; returns what will compute."""
        return startup.prepare(*self.options.used_gpus)

    # What follows loads TensorFlow and faiss only then: they look for their GPU once.

    def tell_size(self, size: int) -> None:
        """Prints parameters and operations, for skeletons of so many numbers."""
        self.prepare()
        from simmc_tf import complexity

        found = complexity.of_run(
            self.config, size, self.length, coordinates=self.coordinates
        )
        say(found.text)

    def export(self, folder: pathlib.Path) -> None:
        """Exports the model of its folder."""
        self.prepare()
        from simmc_tf import runs

        about = loading.about(self.data_set, self.probe, self.length)
        runs.export(folder, self.coordinates, about, self._check, say)

    def train_or_evaluate(
        self,
        loaded: loading.Loaded,
        folder: pathlib.Path,
        data_root: pathlib.Path,
        device: str,
    ) -> None:
        """Does what the mode says, and compares it with the run that it repeats.

        Args:
            loaded: sequences.
            folder: of the model.
            data_root: where the data set lies.
            device: what computes.
        """
        from simmc_tf import runs

        about = {
            **loaded.about,
            "data_root": str(data_root),
            "device": device,
            "command": self.again.told(self.data_set, self.probe, self.length),
        }
        config = self._in(folder)
        self.again.begin(loaded.data, config, about, say)
        runs.run(
            *(self.options.mode, loaded.data, config, folder),
            about=about,
            check=self._check,
            report=say,
            after=runs.After(
                self.options.export,
                self.options.tensorboard,
                loaded.subject if self.options.report else None,
            ),
            existing=self.options.existing,
        )
        self.again.conclude(folder, say)

    def _in(self, folder: pathlib.Path) -> configs.Config:
        """Hyperparameters, with the epochs of a run that goes on if none are given."""
        known = "epochs" in self.options.given or self.again.first is not None
        if known or not self.options.existing.resume:
            return self.config
        most = resuming.most_epochs(folder) or self.config.epochs
        return dataclasses.replace(self.config, epochs=most)

    def _check(self, trained: configs.Config, about: Mapping[str, object]) -> None:
        self.options.check_trained(trained, about, self.length)
