"""What SimMC.py and SimMC-UF.py do alike once their data are loaded."""

import pathlib

from datasets import loading
from flags import run as run_flags
from simmc_tf import runs


def run(
    options: run_flags.Options,
    loaded: loading.Loaded,
    folder: pathlib.Path,
    title: str,
) -> None:
    """Trains or evaluates.

    Args:
        options: of the command line.
        loaded: data set.
        folder: of the model.
        title: what runs on what, for the first line.
    """
    name = loaded.data_set.name
    generated = " (generated walkers)" if loaded.generated else ""
    print(f"{title} on {name}{generated}, probe {loaded.probe}", flush=True)
    if options.mode == "Eval":
        runs.evaluate(loaded.data, folder, options.check_architecture, _say)
        return
    about = {
        "dataset": name,
        "generated": loaded.generated,
        "probe": loaded.probe,
        "length": loaded.length,
        "joint_names": loaded.data_set.joints,
    }
    config = options.config(name, loaded.probe, loaded.length)
    runs.train(loaded.data, config, folder, about, _say)


def _say(line: str) -> None:
    print(line, flush=True)
