"""Who is this? A gallery of people to search: python -m scripts.gallery COMMAND.

python -m scripts.gallery enrol --gallery GALLERY --model MODEL --recordings WHO.npz
python -m scripts.gallery search --gallery GALLERY --recordings NEW.npz --top 10
python -m scripts.gallery calibrate --gallery GALLERY --recordings HELD_OUT.npz
python -m scripts.gallery list --gallery GALLERY
python -m scripts.gallery remove --gallery GALLERY --person ID
"""

from flags import quiet  # noqa: F401

# isort: split

import dataclasses
import json
import pathlib
import sys
import time
from collections.abc import Callable
from typing import Any

from absl import flags

from datasets import embedding, fitting
from flags import entry
from flags import gallery as gallery_flags
from simmc_tf import errors, meter, progress, startup
from simmc_tf.gallery import answers, entries, snapshot, updates

# Seconds of work of which nothing is said.
_SHORT = 2.0
# What embeds [N, f, J, 3], and the model that it is.
Embedder = tuple[embedding.Embed, entries.Model]


def main(argv: list[str]) -> None:
    """Does what the command says."""
    options = gallery_flags.read(flags.FLAGS, argv)
    _COMMANDS[options.command](options)


def load(path: pathlib.Path, gpu: int) -> Embedder:
    """Loads an exported model.

    Raises:
        errors.InputError: it is none, or not of joints.
    """
    startup.prepare(gpu)
    # Not before: TensorFlow and faiss look for their GPU once, when they load.
    from simmc_tf.export import embedder

    found = embedder.load(path)
    return found.embed, entries.model(found.about, path, _say)


def _say(text: str) -> None:
    """Notes do not get among the answer."""
    print(text, file=sys.stderr, flush=True)


def _enrol(options: gallery_flags.Options) -> None:
    startup.prepare(options.gpu)
    with updates.writing(options.gallery, _say) as writer:
        function, model = _embedder(options, writer.before)
        embedded = _embedded(options, function, model, labelled=True)
        found = writer.enrol(model, embedded)
    if found.known:
        _say(
            f"note: enrolled already, with more of them now: {fitting.few(found.known)}"
        )
    if found.skipped:
        skipped = fitting.few(found.skipped)
        _say(f"note: skipped, since they are enrolled already: {skipped}")
    _print(
        options,
        dataclasses.asdict(found),
        f"{found.recordings} recordings ({found.sequences} sequences) enrolled, of "
        f"{len(found.new)} new persons and {len(found.known)} known ones",
    )


def _search(options: gallery_flags.Options) -> None:
    startup.prepare(options.gpu)
    gallery = snapshot.read(options.gallery)
    searching = gallery.searching(approximate=not options.exact)
    function, model = _embedder(options, gallery)
    embedded = _embedded(options, function, model)
    bounds = embedded.bounds(options.by)
    done = _meter("searched", f"{options.by}s", len(bounds) - 1)
    persons = searching.nearest(embedded.features, bounds, options.top, done)
    answer = answers.found(gallery, embedded, options.by, persons)
    _print(options, answer, answers.found_table(answer))
    note = answers.stale(gallery, options.by)
    if note is not None:
        _say(note)


def _list(options: gallery_flags.Options) -> None:
    gallery = snapshot.read(options.gallery, embeddings=False)
    answer = answers.enrolled(gallery)
    _print(options, answer, answers.enrolled_table(answer))


def _remove(options: gallery_flags.Options) -> None:
    with updates.writing(options.gallery, _say) as writer:
        count = writer.remove(options.person)
    answer = {"person": options.person, "sequences": count}
    _print(options, answer, f"{options.person} removed, with {count} sequences")


def _calibrate(options: gallery_flags.Options) -> None:
    startup.prepare(options.gpu)
    with updates.writing(options.gallery, _say) as writer:
        gallery = writer.existing()
        function, model = _embedder(options, gallery)
        embedded = _embedded(options, function, model, labelled=True)
        found = gallery.calibrated(
            embedded,
            options.false_accept_rate,
            lambda unit, count: _meter("searched", f"{unit}s", count),
            _say,
        )
        writer.calibrate(found)
    answer = answers.calibrated(found)
    _print(options, answer, answers.calibrated_table(answer))


_COMMANDS = {
    gallery_flags.ENROL: _enrol,
    gallery_flags.SEARCH: _search,
    gallery_flags.LIST: _list,
    gallery_flags.REMOVE: _remove,
    gallery_flags.CALIBRATE: _calibrate,
}


def _embedder(
    options: gallery_flags.Options, gallery: snapshot.Snapshot | None
) -> Embedder:
    """The model that is given, or else the one that the gallery was built with."""
    path = options.model
    if path is None:
        if gallery is None:
            raise errors.InputError("--model is missing; a new gallery needs one.")
        path = pathlib.Path(gallery.database.model.path)
        if not path.exists():
            raise errors.InputError(
                f"The model of {options.gallery} is no more in {path}; give --model."
            )
    function, model = load(path, options.gpu)
    if gallery is not None:
        gallery.check(model)
    return function, model


def _embedded(
    options: gallery_flags.Options,
    function: embedding.Embed,
    model: entries.Model,
    labelled: bool = False,
) -> entries.Embedded:
    """The recordings that are given, embedded.

    Args:
        options: name them.
        function: embeds.
        model: what it takes.
        labelled: they must have persons, and f frames.
    """
    fitted = fitting.read(options.recordings, model, options.split, _say)
    if labelled:
        fitting.labelled(fitted, options.recordings)
        fitted = fitting.whole(fitted, model.length, options.recordings, _say)
    else:
        fitting.note_short(fitted, model.length, _say)
    done = _meter("embedded", "sequences", embedding.count(fitted, model.length))
    return embedding.embed(fitted, model.length, function, done)


def _meter(label: str, unit: str, total: int) -> Callable[[int], None]:
    """Says how far a job is that takes long."""
    start = time.monotonic()
    told = meter.Meter(label, unit)

    def done(count: int) -> None:
        elapsed = time.monotonic() - start
        if elapsed > _SHORT:
            told(count, total, progress.duration(elapsed / count * (total - count)))

    return done


def _print(options: gallery_flags.Options, answer: Any, table: str) -> None:
    print(json.dumps(answer, ensure_ascii=False) if options.json else table)


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    gallery_flags.define(values)


if __name__ == "__main__":
    gallery_flags.define(flags.FLAGS)
    flags.adopt_module_key_flags(gallery_flags)
    entry.run(main)
