"""Stick figures of skeletons side by side, as SVG whose colours are CSS variables."""

import dataclasses
import html
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from simmc_tf.pictures import page, views

Bones = Sequence[tuple[int, int]]
Sides = Sequence[str | None]

# Variables of `page.COLOURS`: of the limbs of each side.
LEFT, RIGHT = "--c0", "--c1"
OF_SIDE = {"left": LEFT, "right": RIGHT}

# Pixels: of a bone, a joint, a ring's radius, between figures.
_BONE, _DOT, _RING, _GAP = 2.2, 4.6, 2.8, 8.0


@dataclasses.dataclass(frozen=True)
class Drawing:
    """What is drawn, and how large it is in pixels.

    Attributes:
        content: SVG elements.
        width: of the picture.
        height: of the picture.
        title: what a screen reader says; may be empty.
    """

    content: str
    width: float
    height: float
    title: str = ""

    @property
    def svg(self) -> str:
        """An <svg> for a page, which may set the variables and never overflows."""
        said = html.escape(self.title)
        width, height = _number(self.width), _number(self.height)
        return (
            f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            'style="max-width:100%;height:auto" role="img"'
            + (f' aria-label="{said}"><title>{said}</title>' if said else ">")
            + f"{self.content}</svg>"
        )


def strip(frames: np.ndarray, bones: Bones, **view: Any) -> str:
    """An <svg> for a page of what `drawing` makes of the same arguments."""
    return drawing(frames, bones, **view).svg


def drawing(
    frames: np.ndarray,
    bones: Bones,
    *,
    missing: np.ndarray | None = None,
    turn: float = 0.0,
    up: views.Up | None = None,
    colour: str = "--ink",
    every: int = 1,
    only: Sequence[int] | np.ndarray | None = None,
    sides: Sides | None = None,
    height: float = 120.0,
    title: str = "",
) -> Drawing:
    """Draws skeletons from left to right, all at one scale, each around its root.

    A joint that is missing is a hollow ring where it was last seen (at the beginning:
    where it will be), its bones are dotted; one that is never seen is left out with its
    bones.

    Args:
        frames: [n, J, 3] positions in any unit; what is not finite is missing.
        bones: pairs of joint indices.
        missing: [n, J] bool, which others are.
        turn: degrees about the vertical, as `views.projected` says.
        up: which axis points up, y where None.
        colour: CSS variable, of `page.COLOURS`, of what has no side.
        every: draw each of so many frames.
        only: numbers of the frames to draw, instead.
        sides: [J] `left`, `right` or None; limbs are drawn in `LEFT` and `RIGHT`. None:
            all in `colour`.
        height: of the picture in pixels.
        title: what a screen reader says.
    """
    held, seen = views.rooted(frames, missing)
    chosen = np.arange(len(held))[::every] if only is None else np.asarray(only)
    places, seen = views.projected(held[chosen], turn, up), seen[chosen]
    reach, low, high = views.bounds(places)
    scale = (height - 2 * _GAP) / max(high - low, 2 * reach / 3)
    cell = 2 * reach * scale + 2 * _GAP
    middles = cell * (np.arange(len(places))[:, np.newaxis] + 0.5)
    points = np.stack(
        [
            middles + places[..., 0] * scale,
            height / 2 - (places[..., 1] - (low + high) / 2) * scale,
        ],
        axis=-1,
    )
    sides = sides or [None] * places.shape[1]
    figures = "".join(
        _figure(points[i], places[i, :, 2], seen[i], bones, sides, colour)
        for i in range(len(points))
    )
    content = (
        f'<g fill="none" stroke-linecap="round" stroke-width="{_BONE}">{figures}</g>'
    )
    return Drawing(content, max(cell * len(points), 1.0), height, title)


def stroke(variable: str) -> str:
    """The value of a CSS property: a variable, and a colour for where it is not set."""
    return f"var({variable},{page.COLOURS[variable][0]})"


def side_of(bone: tuple[int, int], sides: Sides) -> str | None:
    """The side that a bone is of: of either end, None where they contradict."""
    found = {sides[joint] for joint in bone} - {None}
    return found.pop() if len(found) == 1 else None


def _figure(
    points: np.ndarray,
    depth: np.ndarray,
    seen: np.ndarray,
    bones: Bones,
    sides: Sides,
    colour: str,
) -> str:
    """One skeleton; what is nearer to the viewer covers what is farther away."""
    there = np.isfinite(points).all(axis=1)
    layers = []
    for side in dict.fromkeys((None, "left", "right", *sides)):
        joints = [i for i, of in enumerate(sides) if of == side and there[i]]
        own = [bone for bone in bones if side_of(bone, sides) == side]
        own = [bone for bone in own if there[[*bone]].all()]
        if joints or own:
            near = np.mean(depth[joints or [joint for bone in own for joint in bone]])
            variable = OF_SIDE.get(side or "", colour)
            layers.append((near, _layer(points, seen, joints, own, variable)))
    drawn = "".join(layer for _, layer in sorted(layers, key=lambda each: each[0]))
    return f"<g>{drawn}</g>"


def _layer(
    points: np.ndarray, seen: np.ndarray, joints: list[int], bones: Bones, colour: str
) -> str:
    """Bones and joints of one colour."""
    x_y = [f"{_number(x)} {_number(y)}" for x, y in np.nan_to_num(points)]
    whole = [bone for bone in bones if seen[[*bone]].all()]
    dotted = [bone for bone in bones if bone not in whole]
    dots = "".join(f"M{x_y[i]}h0" for i in joints if seen[i])
    rings = "".join(_ring(*points[i]) for i in joints if not seen[i])
    parts = [
        _path((f"M{x_y[a]}L{x_y[b]}" for a, b in whole), ""),
        _path((f"M{x_y[a]}L{x_y[b]}" for a, b in dotted), ' stroke-dasharray="1 4"'),
        _path([dots], f' stroke-width="{_DOT}"'),
        rings,
    ]
    return f'<g style="stroke:{stroke(colour)}">{"".join(parts)}</g>'


def _path(steps: Iterable[str], more: str) -> str:
    line = "".join(steps)
    return f'<path d="{line}"{more}/>' if line else ""


def _ring(x: float, y: float) -> str:
    return (
        f'<circle cx="{_number(x)}" cy="{_number(y)}" r="{_RING}" stroke-width="1.2" '
        f'style="fill:{stroke("--paper")}"/>'
    )


def _number(value: float) -> str:
    """Tenths of a pixel."""
    return f"{value:.1f}".removesuffix(".0")
