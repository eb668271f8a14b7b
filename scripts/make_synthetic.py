"""Generated walkers on disk: python -m scripts.make_synthetic --like CASIA_B."""

import pathlib

from absl import flags

from datasets import catalog, preparation, synthetic
from datasets import recordings as recordings_module
from flags import entry
from simmc_tf import errors


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    flags.DEFINE_string(
        "like",
        None,
        "published data set to imitate: KS20, KGBD, IAS, BIWI or CASIA_B",
        flag_values=values,
    )
    flags.DEFINE_integer(
        "length",
        0,
        "skeletons a sequence (0: 6, CASIA_B 40)",
        lower_bound=0,
        flag_values=values,
    )
    flags.DEFINE_integer(
        "persons", None, "walkers (as many as the data set)", flag_values=values
    )
    flags.DEFINE_integer("seed", 0, "of everything", flag_values=values)
    flags.DEFINE_string(
        "data_root", "Datasets", "folder of all data sets", flag_values=values
    )
    flags.DEFINE_string(
        "recordings",
        None,
        "write whole recordings to this .npz instead, for Pre-process.py",
        flag_values=values,
    )


def main(argv: list[str]) -> None:
    """Generates and writes."""
    entry.expect_no_arguments(argv)
    values = flags.FLAGS
    if values.like is None:
        if values.recordings is None:
            raise errors.InputError("--like NAME or --recordings FILE is needed.")
        persons = 30 if values.persons is None else values.persons
        settings = synthetic.Settings(persons=persons, seed=values.seed)
        _write_recordings(settings, values.recordings)
        return
    data_set = catalog.find(values.like)
    if data_set is None:
        known = ", ".join(entry.name for entry in catalog.PUBLISHED)
        raise errors.InputError(f"--like {values.like}: expected one of {known}.")
    length = data_set.check_length(values.length)
    settings = synthetic.like(data_set.name, values.persons, values.seed)
    if values.recordings is not None:
        _write_recordings(settings, values.recordings)
        return
    (prepared,) = preparation.prepare(
        synthetic.generate(settings),
        data_set.name,
        [length],
        pathlib.Path(values.data_root),
        values.seed,
        made_by=f"scripts.make_synthetic --like {data_set.name} --length {length} "
        f"--persons {settings.persons} --seed {values.seed}",
        rules=preparation.Rules(data_set.probes),
        generated=True,
    )
    print(prepared.text)


def _write_recordings(settings: synthetic.Settings, path: str) -> None:
    walkers = synthetic.generate(settings)
    recordings_module.write(pathlib.Path(path), walkers)
    print(f"{path}: {len(walkers)} recordings of {settings.persons} persons")


if __name__ == "__main__":
    define(flags.FLAGS)
    entry.run(main)
