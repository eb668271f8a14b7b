"""Stick figures of a recording, and what may be wrong with it.

python -m scripts.show --recordings FILE.npz --person 3 [--gif out.gif]
python -m scripts.show --dataset KS20 --sequence 17
"""

from flags import quiet  # noqa: F401

# isort: split

import math
import pathlib
from collections.abc import Callable, Iterator

import numpy as np
from absl import flags

from datasets import (
    catalog,
    layouts,
    listing,
    npy_store,
    picture_target,
    shown,
)
from datasets.looks import look
from flags import data_set as data_set_flags
from flags import entry, sources
from flags import show as show_flags
from simmc_tf import atomic, errors, meter
from simmc_tf.pictures import figures, svg_file
from simmc_tf.report import drawn

# Degrees from the front: legs and arms do not cover each other.
_ASIDE = 30.0

define = show_flags.define


def main(argv: list[str]) -> None:
    """Reads what is asked for, draws it, and says what is odd about it."""
    entry.expect_no_arguments(argv)
    options = show_flags.read(flags.FLAGS)
    for path, kind in ((options.svg, "svg"), (options.gif, "gif")):
        if path is not None:
            picture_target.check(path, f"--{kind} {path}")
    if isinstance(options.source, data_set_flags.Options):
        lines, choose = _of_data_set(options, options.source)
    else:
        lines, choose = _of_recordings(options, options.source)
    if options.lists:
        for line in lines:
            print(errors.one_line(line))
        return
    one = choose()
    _say(one)
    _draw(one, options)


def _of_recordings(
    options: show_flags.Options, source: sources.RecordingsFile | sources.Folder
) -> tuple[Iterator[str], Callable[[], shown.Shown]]:
    """Lines that list somebody's recordings, and what chooses one."""
    if isinstance(source, sources.RecordingsFile):
        found = source.read(may_miss=True)
        metres: float | None = source.metres
        says_rate: tuple[bool, ...] = ()
    else:
        reader = source.reader
        read = source.read(meter.Meter(source.path.name, "recordings"))
        for note in source.notes(read, saved=True):
            print(errors.one_line(note))
        found, metres = read.recordings, reader.metres
        says_rate = () if reader.input_fps else read.says_rate
    return listing.recordings_list(found, says_rate), lambda: shown.of_recordings(
        *(source.path, found, options.person, options.recording, metres, says_rate)
    )


def _of_data_set(
    options: show_flags.Options, source: data_set_flags.Options
) -> tuple[Iterator[str], Callable[[], shown.Shown]]:
    """Lines that list the parts of a data set, and what chooses a sequence."""
    data_set = source.find()
    length = data_set.check_length(source.length)
    part = options.part(source, data_set)
    opened = _opener(source, data_set, length)

    def lines() -> Iterator[str]:
        for name in show_flags.parts_of(data_set):
            persons, names = opened(name)[0], data_set.person_names
            yield from listing.sequences_list(name, persons, length, names)

    return lines(), lambda: shown.of_sequences(
        data_set, part, *opened(part), options.person, options.sequence
    )


def _opener(
    source: data_set_flags.Options, data_set: catalog.DataSet, length: int
) -> Callable[[str], tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]]:
    """What gives a part's persons, and a function that reads some of its sequences."""
    joints = len(data_set.joints)
    if data_set.name == catalog.SYNTHETIC:
        generated = dict(source.splits(data_set, length))
        return lambda part: (
            generated[part].persons,
            lambda chosen: (
                generated[part]
                .sequences[chosen]
                .reshape(len(chosen), length, joints, 3)
            ),
        )
    folders = layouts.present(data_set, length, source.data_root)

    def opened(part: str) -> tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]:
        found = npy_store.open_split(folders[part], data_set.name, length, joints)
        return found.persons, found.sequences.skeletons

    return opened


def _say(one: shown.Shown) -> None:
    """What is shown, and what is odd about it or about the others."""
    pace = ""
    if one.fps is not None:
        pace = f", {listing.rate(one.fps, one.rate_is_known)}"
    frames = listing.count(len(one.frames), "frame")
    print(errors.one_line(f"{one.title}: {frames}{pace}"))
    size = ""
    if math.isfinite(one.height):
        length = look.metres(one.height, one.unit or "(no unit)")
        size = f", {length} from feet to head"
    axis, sign = one.up
    up = f"{'' if sign > 0 else '-'}{'xyz'[axis]}"
    known = "" if one.findings.up is not None else ", which is a guess"
    print(
        f"{len(one.anatomy.joints)} joints{size}; {up} points up{known}; unit "
        f"{one.unit or 'unknown'}"
    )
    own, others = one.findings.sorted_for(one.index)
    for line in own or ("no warning" + " of this one" * bool(others),):
        print(errors.one_line(line))
    if others:
        print("also:")
    for line in others:
        print(errors.one_line(f"  {line}"))


def _draw(one: shown.Shown, options: show_flags.Options) -> None:
    path = options.svg or pathlib.Path(f"{one.stem}.svg")
    picture_target.check(path, f"--svg {path}")
    front = one.front()
    turn = (front or 0.0) + _ASIDE if options.turn is None else options.turn
    view = f"--turn {turn % 360:.0f}"
    if options.turn is None and front is not None:
        view = f"seen from the front, {_ASIDE:.0f} degrees aside ({view})"
    chosen = drawn.evenly(len(one.frames), options.frames)
    # Places of missing joints are known from the frames between.
    drawing = figures.drawing(
        one.frames,
        one.anatomy.bones,
        missing=one.missing,
        turn=turn,
        up=one.up,
        only=chosen,
        sides=one.anatomy.sides,
        height=240.0,
        title=one.title,
    )
    listed = f"frames {', '.join(map(str, chosen))} of {len(one.frames):,}"
    legend = [
        ("left", figures.LEFT),
        (" and ", "--ink"),
        ("right", figures.RIGHT),
        ("; hollow: not tracked", "--ink"),
    ]
    if front is not None and options.turn is None:
        legend.insert(1, (" (from the front it belongs on the right)", "--ink"))
    text = svg_file.text(
        drawing, [[(one.title, "--ink")], [(f"{listed}; {view}", "--ink")], legend]
    )
    atomic.write_text(path, text)
    print(f"{path}: {listed}; {view}")
    if options.gif is not None:
        _animate(options.gif, one, turn)


def _animate(path: pathlib.Path, one: shown.Shown, turn: float) -> None:
    # Pillow is not needed for anything else.
    from simmc_tf.pictures import animation

    count = animation.write(
        path,
        one.frames,
        one.anatomy.bones,
        fps=one.fps,
        missing=one.missing,
        turn=turn,
        up=one.up,
        sides=one.anatomy.sides,
    )
    print(f"{path}: {count} frames of {len(one.frames):,}")


if __name__ == "__main__":
    define(flags.FLAGS)
    for module in (show_flags, data_set_flags, sources):
        flags.adopt_module_key_flags(module)
    entry.run(main)
