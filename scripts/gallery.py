r"""Who is this? A gallery of people to search: python -m scripts.gallery COMMAND.

python -m scripts.gallery enrol --gallery GALLERY --model MODEL --recordings WHO.npz
python -m scripts.gallery search --gallery GALLERY --recordings NEW.npz --top 10
python -m scripts.gallery calibrate --gallery GALLERY --recordings HELD_OUT.npz \
    --false_accept_rate 0.01
python -m scripts.gallery calibrate --gallery GALLERY --leave_one_out \
    --false_accept_rate 0.1
python -m scripts.gallery list --gallery GALLERY [--person ID]
python -m scripts.gallery remove --gallery GALLERY --person ID
python -m scripts.gallery remove --gallery GALLERY --recording NAME
python -m scripts.gallery rename --gallery GALLERY --person OLD --to NEW [--merge]

Frames with a coordinate that is not finite, or all 0, are missing, and not looked at.
Of a model that was moved, give the new folder by --model; enrol and calibrate keep it.
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
from scripts import gallery_answers as answers
from simmc_tf import errors, meter, progress, startup
from simmc_tf.export import about as abouts
from simmc_tf.gallery import entries, snapshot, updates

# Seconds of work of which nothing is said.
_SHORT = 2.0
# What embeds [N, f, J, 3], and the model that it is.
Embedder = tuple[embedding.Embed, entries.Model]


def main(argv: list[str]) -> None:
    """Does what the command says."""
    options = gallery_flags.read(flags.FLAGS, argv)
    _COMMANDS[options.command](options)


def load(
    path: pathlib.Path, accept: Callable[[abouts.About], entries.Model]
) -> Embedder:
    """Loads an exported model, which is a program, once what it says is accepted.

    Args:
        path: of the export.
        accept: refuses a model that must not be loaded.

    Raises:
        errors.InputError: it is none, or is not accepted.
    """
    # Not before: TensorFlow and faiss look for their GPU once, when they load.
    from simmc_tf.export import embedder

    model = accept(embedder.find(path)[1])
    return embedder.load(path).embed, model


class _Notes:
    """Says what does not belong into a table, and keeps what JSON must tell, too."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    def __call__(self, text: str) -> None:
        line = errors.one_line(text)
        if line.startswith(("note: ", "warning: ")):
            self.kept.append(line)
        print(line, file=sys.stderr, flush=True)


def _enrol(options: gallery_flags.Options) -> None:
    startup.prepare(options.gpu)
    say = _Notes()
    with updates.writing(options.gallery, say, may_be_new=True) as writer:
        function, model = _embedder(options, writer.before, say)
        embedded = _embedded(options, function, model, say, labelled=True)
        found = writer.enrol(model, embedded)
    if found.known:
        say(
            f"note: enrolled already, with more of them now: {fitting.few(found.known)}"
        )
    if found.skipped:
        skipped = fitting.few(found.skipped)
        say(f"note: skipped, since they are enrolled already: {skipped}")
    _print(
        options,
        say,
        dataclasses.asdict(found),
        answers.added(found),
    )


def _search(options: gallery_flags.Options) -> None:
    startup.prepare(options.gpu)
    say = _Notes()
    gallery = snapshot.read(options.gallery)
    searching = gallery.searching(approximate=not options.exact)
    function, model = _embedder(options, gallery, say)
    embedded = _embedded(options, function, model, say)
    bounds = embedded.bounds(options.by)
    done = _meter("searched", f"{options.by}s", len(bounds) - 1)
    persons = searching.nearest(embedded.features, bounds, options.top, done)
    answer = answers.found(gallery, embedded, options.by, persons)
    note = answers.stale(gallery, options.by)
    _print(options, say, answer, answers.found_table(answer), last=note)


def _list(options: gallery_flags.Options) -> None:
    gallery = snapshot.read(options.gallery, embeddings=False)
    if options.person:
        answer = answers.of_person(gallery, options.person)
        _print(options, _Notes(), answer, answers.of_person_table(answer))
        return
    answer = answers.enrolled(gallery)
    _print(options, _Notes(), answer, answers.enrolled_table(answer))


def _remove(options: gallery_flags.Options) -> None:
    say = _Notes()
    with updates.writing(options.gallery, say) as writer:
        if options.person:
            found = writer.remove(options.person)
        else:
            found = writer.remove_recording(options.recording)
    _print(options, say, dataclasses.asdict(found), answers.removed(found))


def _rename(options: gallery_flags.Options) -> None:
    say = _Notes()
    with updates.writing(options.gallery, say) as writer:
        found = writer.rename(options.person, options.to, options.merge)
    if found.telling:
        say(
            f"note: names of recordings still have {found.person!r} in them: "
            f"{fitting.few(found.telling)}"
        )
    _print(options, say, dataclasses.asdict(found), answers.renamed(found))


def _calibrate(options: gallery_flags.Options) -> None:
    startup.prepare(options.gpu)
    say = _Notes()
    with updates.writing(options.gallery, say) as writer:
        gallery, model = writer.existing(), None
        rate = options.false_accept_rate

        def searched(unit: str, count: int) -> Callable[[int], None]:
            return _meter("searched", f"{unit}s", count)

        if options.leave_one_out:
            found = gallery.calibrated_by_itself(rate, searched, say)
        else:
            function, model = _embedder(options, gallery, say)
            embedded = _embedded(options, function, model, say, labelled=True)
            found = gallery.calibrated(embedded, rate, searched)
        writer.calibrate(found, model)
    answer = answers.calibrated(found)
    _print(options, say, answer, answers.calibrated_table(answer))


_COMMANDS = {
    gallery_flags.ENROL: _enrol,
    gallery_flags.SEARCH: _search,
    gallery_flags.LIST: _list,
    gallery_flags.REMOVE: _remove,
    gallery_flags.RENAME: _rename,
    gallery_flags.CALIBRATE: _calibrate,
}


def _embedder(
    options: gallery_flags.Options, gallery: snapshot.Snapshot | None, say: _Notes
) -> Embedder:
    """The model that is given, or else the one that the gallery was built with."""
    path = options.model
    if path is None:
        if gallery is None:
            raise errors.InputError("--model is missing; a new gallery needs one.")
        path = pathlib.Path(gallery.database.model.path)
        if not path.exists():
            raise errors.InputError(
                f"The model of {options.gallery} is no more in {path}; say where it is "
                "by --model NEW, which enrol and calibrate remember."
            )
        say(f"note: embedding by {path}, the model that the gallery names")

    def accept(about: abouts.About) -> entries.Model:
        kept = None if gallery is None else gallery.database.model.unit
        model = fitting.model(about, path, options.unit, kept)
        if gallery is not None:
            gallery.check(model)
        about.note_labels(say)
        return model

    return load(path, accept)


def _embedded(
    options: gallery_flags.Options,
    function: embedding.Embed,
    model: entries.Model,
    say: _Notes,
    labelled: bool = False,
) -> entries.Embedded:
    """The recordings that are given, embedded.

    Args:
        options: name them.
        function: embeds.
        model: what it takes.
        say: told what was done to them.
        labelled: they must have persons, and f frames.
    """
    fitted = fitting.read(options.recordings, model, options.split, say)
    if labelled:
        fitting.labelled(fitted, options.recordings)
        fitted = fitting.whole(fitted, model.length, options.recordings, say)
    else:
        fitting.note_short(fitted, model.length, say)
    fitted = embedding.seen(fitted, model.length, options.recordings, say)
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


def _print(
    options: gallery_flags.Options,
    say: _Notes,
    answer: dict[str, Any],
    table: str,
    last: str | None = None,
) -> None:
    """Prints an answer, in JSON with the notes, and says a last note below it."""
    notes = [*say.kept, *([] if last is None else [last])]
    whole = {"gallery": str(options.gallery), **answer, "notes": notes}
    print(json.dumps(whole, ensure_ascii=False) if options.json else table)
    if last is not None:
        say(last)


def define(values: flags.FlagValues) -> None:
    """Defines the flags."""
    gallery_flags.define(values)


if __name__ == "__main__":
    gallery_flags.define(flags.FLAGS)
    flags.adopt_module_key_flags(gallery_flags)
    entry.run(main)
