"""People who are too large, or whose bones are no people's."""

import math
from collections.abc import Iterator

import numpy as np

from datasets import anatomy as anatomy_module
from datasets import recordings as recordings_module
from datasets.looks import look as look_module

# Metres from feet to head, in the upper decile over frames: of children to giants.
_SMALLEST, _LARGEST, _TYPICAL = 0.6, 2.4, 1.6
# In one unit and taken for another, coordinates are so many times too large.
_CONFUSED = {
    (real, taken): metres / recordings_module.UNITS[real]
    for real in recordings_module.UNITS
    for taken, metres in recordings_module.UNITS.items()
    if real != taken
}
# Bones as fractions of the same height: medians of CMU's motion capture.
_PROPORTIONS = {"thigh": 0.27, "shin": 0.285, "upper arm": 0.19, "forearm": 0.13}
# Times those; noise of 30 mm, or of lifted poses, lengthens none beyond 1.6 times.
_SHORT, _LONG = 0.4, 2.2
# Bones of the two sides differ by 1 %, and by 12 % in files that are known to be good;
# noise adds to it.
_ASYMMETRY = 0.25
# 90th less 10th percentile of a bone's length, of its median: of forearms with 30 mm of
# noise 0.8. Here even the steadiest bone varies so.
_WILD = 1.25


def size(look: look_module.Look) -> Iterator[look_module.Remark]:
    """People who are no people's size: another unit than was said."""
    sizes = np.array([one.height for one in look.measures])
    least, most, what = _SMALLEST, _LARGEST, "from feet to head"
    if not look.anatomy.is_whole:
        sizes = np.full(len(sizes), recordings_module.extent(look.recordings))
        least, most = recordings_module.SMALLEST, recordings_module.LARGEST
        what = "large"
    wrong = (sizes <= least) | (sizes >= most)
    if not wrong.any():
        return
    typical = float(np.median(sizes[wrong]))
    text = f"people are {look_module.metres(typical)} {what}{look.where(wrong)}: "
    fitting = [
        pair
        for pair, times in _CONFUSED.items()
        if least < typical / times < most
        and look.metres in (None, recordings_module.UNITS[pair[1]])
    ]
    if not fitting:
        yield look.remark(
            text + "is --unit of Pre-process.py right, or unit in the file?", wrong
        )
        return
    real, taken = min(
        fitting, key=lambda pair: abs(math.log(typical / _CONFUSED[pair] / _TYPICAL))
    )
    if wrong.all():
        text += (
            f"the numbers seem to be {real}, taken for {taken}; say --unit {real} to "
            "Pre-process.py, or unit in the file"
        )
    else:
        text += (
            f"there {real} seem to be taken for {taken}; write all files in one unit"
        )
    yield look.remark(text, wrong)


def order(look: look_module.Look) -> Iterator[look_module.Remark]:
    """Bones that are no bones of people: names in another order than positions."""
    odd = []
    for name, typical in _PROPORTIONS.items():
        bones = [one.bones[name] for one in look.measures if name in one.bones]
        shares = [bone.share for bone in bones if not math.isnan(bone.share)]
        share = float(np.median(shares)) if shares else typical
        if look.anatomy.is_whole and not _SHORT < share / typical < _LONG:
            odd.append(f"{name} {share:.2f} (of people: {typical:g})")
    if odd:
        yield look_module.Remark(
            f"bones are no people's: of the height from feet to head {', '.join(odd)}; "
            "names are probably in another order than the joints of positions: look it "
            "up in the sensor's manual; of files, choose another --from"
        )


def asymmetry(look: look_module.Look) -> Iterator[look_module.Remark]:
    """Bones of one side that are much longer than those of the other."""
    for name in anatomy_module.MEASURED:
        differs = [
            name in one.bones
            and one.bones[name].asymmetry > _ASYMMETRY + one.bones[name].spread
            for one in look.measures
        ]
        if any(differs):
            first = look.measures[differs.index(True)].bones[name].lengths
            sides = ", ".join(
                f"{look_module.metres(size)} {side}" for side, size in first.items()
            )
            text = (
                f"the two sides' {name}s differ: {sides}{look.where(differs)}; a joint "
                "of one side is misplaced, or two names are swapped: look at the "
                "picture and at the joints' names, or leave one out: --drop_joints "
                "NAME to Pre-process.py"
            )
            yield look.remark(text, differs)


def wild(look: look_module.Look) -> Iterator[look_module.Remark]:
    """Bones that no skeleton has: all of them grow and shrink from frame to frame."""
    steadiest = np.array(
        [
            min((b.spread for b in one.bones.values()), default=0)
            for one in look.measures
        ]
    )
    wild = steadiest > _WILD
    if wild.any():
        text = (
            f"bones vary from frame to frame by {np.median(steadiest[wild]):.0%} of "
            f"their length or more{look.where(wild)}: joints are mixed up, frames of "
            "several people are in one recording, or each frame has a scale of its "
            "own; look at the picture"
        )
        yield look.remark(text, wild)
