"""A skeleton that moves: a GIF that loops, at the pace at which it was recorded."""

import pathlib

import numpy as np
from PIL import Image, ImageColor, ImageDraw

from simmc_tf import atomic
from simmc_tf.pictures import figures, page, views

# Pixels: of the picture, around the skeleton, of a bone, of the radius of a joint and
# of a ring.
_HEIGHT, _MARGIN, _BONE, _DOT, _RING = 320, 16, 5, 5, 7
# Drawn so many times as large, and made smaller, so that lines are smooth.
_FINER = 2
# Viewers show frames that are shorter than this many seconds for longer.
_SHORTEST = 0.02
# Frames of a GIF, at most: some 1.5 MB.
MOST_FRAMES = 300
# Shades between the paper and each colour; Pillow confuses such as are much closer.
_SHADES = 12
# Pace where nobody knows the real one.
DEFAULT_FPS = 15.0


def write(
    path: pathlib.Path,
    frames: np.ndarray,
    bones: figures.Bones,
    *,
    fps: float | None = None,
    missing: np.ndarray | None = None,
    turn: float = 0.0,
    up: views.Up | None = None,
    sides: figures.Sides | None = None,
) -> int:
    """Writes skeletons as an animation, each around its root; as `figures` draws them.

    Faster recordings than GIFs can show leave frames out, and keep their pace; of long
    ones only the first `MOST_FRAMES` are shown.

    Args:
        path: of the GIF, which is replaced.
        frames: [n, J, 3] positions in any unit; what is not finite is missing.
        bones: pairs of joint indices.
        fps: frames a second, `DEFAULT_FPS` where None.
        missing: [n, J] bool, which others are.
        turn: degrees about the vertical, as `views.projected` says.
        up: which axis points up, y where None.
        sides: [J] `left`, `right` or None.

    Returns:
        How many frames are shown.

    Raises:
        OSError: it cannot be written.
    """
    rate = fps or DEFAULT_FPS
    every = max(1, round(rate * _SHORTEST + 0.4999))
    held, seen = views.rooted(frames, missing)
    places = views.projected(held, turn, up)[::every][:MOST_FRAMES]
    seen = seen[::every]
    pictures = _drawn(places, seen, bones, sides or [None] * places.shape[1])
    atomic.write(
        path,
        lambda temporary: pictures[0].save(
            temporary,
            format="GIF",
            save_all=True,
            append_images=pictures[1:],
            duration=_durations(len(pictures), rate / every),
            loop=0,
        ),
    )
    return len(pictures)


def _durations(count: int, fps: float) -> list[int]:
    """Milliseconds of each frame: whole hundredths of a second, as GIFs have them.

    Rounded so that the whole takes as long as it should.
    """
    ends = np.round(100 * np.arange(count + 1) / fps)
    return (10 * np.diff(ends)).astype(int).tolist()


def _drawn(
    places: np.ndarray, seen: np.ndarray, bones: figures.Bones, sides: figures.Sides
) -> list[Image.Image]:
    reach, low, high = views.bounds(places)
    scale = (_HEIGHT - 2 * _MARGIN) / max(high - low, 2 * reach / 3)
    width = round(2 * reach * scale) + 2 * _MARGIN
    points = np.stack(
        [
            width / 2 + places[..., 0] * scale,
            _HEIGHT / 2 - (places[..., 1] - (low + high) / 2) * scale,
        ],
        axis=-1,
    )
    palette = _palette()
    order = [_nearest_last(frame[:, 2], bones) for frame in places]
    return [
        _picture(width, points[i], seen[i], order[i], sides).quantize(
            palette=palette, dither=Image.Dither.NONE
        )
        for i in range(len(points))
    ]


def _nearest_last(depth: np.ndarray, bones: figures.Bones) -> list[tuple[int, int]]:
    return sorted(bones, key=lambda bone: float(depth[[*bone]].sum()))


def _picture(
    width: int,
    points: np.ndarray,
    seen: np.ndarray,
    bones: figures.Bones,
    sides: figures.Sides,
) -> Image.Image:
    paper = page.COLOURS["--paper"][0]
    large = Image.new("RGB", (width * _FINER, _HEIGHT * _FINER), paper)
    pen = ImageDraw.Draw(large)
    there = np.isfinite(points).all(axis=1)
    points = points * _FINER
    for one, other in bones:
        if there[[one, other]].all():
            colour = _colour(figures.side_of((one, other), sides))
            whole = bool(seen[[one, other]].all())
            _line(pen, points[one], points[other], colour, whole)
    for i in map(int, np.flatnonzero(there)):
        _joint(pen, points[i], _colour(sides[i]), bool(seen[i]))
    return large.reduce(_FINER)


def _palette() -> Image.Image:
    """All colours of a picture: that of one frame has not got both sides'."""
    paper = np.array(ImageColor.getrgb(page.COLOURS["--paper"][0]))
    pens = [ImageColor.getrgb(_colour(side)) for side in (None, *figures.OF_SIDE)]
    shares = np.linspace(0, 1, _SHADES)[:, np.newaxis]
    shades = [paper + (np.array(pen) - paper) * shares for pen in pens]
    palette = Image.new("P", (1, 1))
    palette.putpalette(np.concatenate(shades).round().astype(int).ravel().tolist())
    return palette


def _colour(side: str | None) -> str:
    return page.COLOURS[figures.OF_SIDE.get(side or "", "--ink")][0]


def _line(
    pen: ImageDraw.ImageDraw,
    start: np.ndarray,
    end: np.ndarray,
    colour: str,
    whole: bool,
) -> None:
    """A bone, dotted where an end is not seen."""
    if whole:
        pen.line([*start, *end], fill=colour, width=_BONE * _FINER)
        return
    gap = 2.5 * _BONE * _FINER
    count = min(int(np.hypot(*(end - start)) / gap) + 2, 200)
    for point in np.linspace(start, end, count):
        pen.circle([*point], _BONE * _FINER / 2, fill=colour)


def _joint(
    pen: ImageDraw.ImageDraw, point: np.ndarray, colour: str, seen: bool
) -> None:
    if seen:
        pen.circle([*point], _DOT * _FINER, fill=colour)
    else:
        paper = page.COLOURS["--paper"][0]
        pen.circle([*point], _RING * _FINER, paper, colour, width=2 * _FINER)
