"""Stick figures: where joints are drawn, how sides and missing joints look, GIFs."""

import re
import xml.etree.ElementTree

import numpy as np
import pytest
from PIL import Image

from simmc_tf.pictures import animation, figures, page, svg_file, views

# A body of four joints: root, above it, to its right (x), before it (z).
ROOT, ABOVE, BESIDE, BEFORE = range(4)
BODY = np.array([[0, 0, 0], [0, 1, 0], [0.5, 0, 0], [0, 0, 0.5]], float)
BONES = ((ROOT, ABOVE), (ROOT, BESIDE), (ROOT, BEFORE))


def view(**how):
    """Right, up and towards the viewer of the body's joints."""
    return views.projected(BODY, **how)


def parsed(svg):
    return xml.etree.ElementTree.fromstring(svg)


def dots(svg):
    """Places of the joints that are seen, in the order of the file."""
    found = []
    for path in re.findall(r'd="((?:M[-0-9. ]+h0)+)"', svg):
        found += [tuple(map(float, m)) for m in re.findall(r"M(\S+) (\S+?)h0", path)]
    return found


def lines(svg):
    """Bones as (start, end) places."""
    ends = re.findall(r"M(\S+) (\S+?)L([-0-9.]+) ([-0-9.]+)", svg)
    return [((float(a), float(b)), (float(c), float(d))) for a, b, c, d in ends]


def test_without_a_turn_x_grows_to_the_right_and_z_to_the_viewer():
    np.testing.assert_allclose(view(), BODY)


def test_a_turn_by_90_degrees_brings_what_was_before_to_the_right():
    seen = view(turn=90)
    np.testing.assert_allclose(seen[BEFORE], [0.5, 0, 0], atol=1e-12)
    np.testing.assert_allclose(seen[BESIDE], [0, 0, -0.5], atol=1e-12)
    np.testing.assert_allclose(seen[ABOVE], [0, 1, 0], atol=1e-12)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("sign", [1, -1])
def test_whichever_axis_is_up_nothing_is_mirrored(axis, sign):
    directions = views.projected(np.eye(3), turn=25, up=(axis, sign))
    assert directions[axis] @ [0, 1, 0] == pytest.approx(sign)
    assert np.linalg.det(directions) == pytest.approx(1)


def test_coordinates_of_images_are_seen_as_in_the_image():
    """Their y points down; x stays to the right."""
    np.testing.assert_allclose(
        views.projected(np.eye(3), up=(1, -1)), np.diag([1, -1, -1]), atol=1e-12
    )


def test_a_joint_above_another_is_drawn_above_it():
    svg = figures.strip(BODY[np.newaxis], BONES)
    root, above, beside, before = dots(svg)
    assert above[0] == root[0]
    assert above[1] < root[1]
    assert beside[0] > root[0]
    assert beside[1] == root[1]
    assert before == root
    assert lines(svg) == [(root, above), (root, beside), (root, before)]


def test_figures_stand_side_by_side_at_one_scale_wherever_people_walk():
    frames = np.stack([BODY, 2 * BODY + 7, BODY - 3])
    places = dots(figures.strip(frames, BONES))
    roots, tops = np.array(places[::4]), np.array(places[1::4])
    assert (np.diff(roots[:, 0]) > 0).all()
    assert np.ptp(roots[:, 1]) == 0
    heights = roots[:, 1] - tops[:, 1]
    assert heights[1] == pytest.approx(2 * heights[0], abs=0.2)
    assert heights[2] == heights[0]


def test_frames_can_be_left_out():
    frames = np.repeat(BODY[np.newaxis], 7, axis=0)
    assert len(dots(figures.strip(frames, BONES, every=3))) == 3 * len(BODY)
    assert len(dots(figures.strip(frames, BONES, only=[1, 6]))) == 2 * len(BODY)


def test_everything_is_drawn_inside():
    generator = np.random.default_rng(0)
    frames = generator.normal(size=(5, 9, 3))
    svg = figures.strip(frames, [(0, 1)], turn=33)
    width, height = map(float, parsed(svg).attrib["viewBox"].split()[2:])
    for x, y in dots(svg):
        assert 0 <= x <= width
        assert 0 <= y <= height


def test_one_glitch_does_not_make_everybody_small():
    frames = np.repeat(BODY[np.newaxis], 3, axis=0)
    spoilt = frames.copy()
    spoilt[1, ABOVE] = [0, 900, 0]
    assert (
        dots(figures.strip(spoilt, BONES))[:4] == dots(figures.strip(frames, BONES))[:4]
    )


def test_sides_have_colours_of_their_own():
    sides = (None, None, "left", "right")
    svg = figures.strip(BODY[np.newaxis], BONES, sides=sides)
    layers = {
        group.attrib["style"]: figures_in(group)
        for group in parsed(svg).iter("g")
        if "style" in group.attrib
    }
    assert layers == {
        f"stroke:{figures.stroke('--ink')}": 2,
        f"stroke:{figures.stroke('--c0')}": 1,
        f"stroke:{figures.stroke('--c1')}": 1,
    }


def figures_in(group):
    return len(dots(xml.etree.ElementTree.tostring(group, encoding="unicode")))


def test_what_is_nearer_covers_what_is_farther():
    sides = (None, None, "right", "left")
    front = figures.strip(BODY[np.newaxis], BONES, sides=sides)
    behind = figures.strip(BODY[np.newaxis], BONES, sides=sides, turn=180)
    assert front.index("--c0") > front.index("--c1")
    assert behind.index("--c0") < behind.index("--c1")


def test_one_colour_for_all_can_be_chosen():
    svg = figures.strip(BODY[np.newaxis], BONES, colour="--wrong")
    assert "var(--wrong," in svg
    assert "--ink" not in svg


def test_a_missing_joint_is_a_ring_where_it_was_last_seen():
    frames = np.stack([BODY, BODY + 1, BODY])
    missing = np.zeros((3, 4), bool)
    missing[1, ABOVE] = True
    svg = figures.strip(frames, BONES, missing=missing)
    (ring,) = parsed(svg).iter("circle")
    whole = np.array(dots(figures.strip(frames, BONES)))
    place = float(ring.attrib["cx"]), float(ring.attrib["cy"])
    assert place == pytest.approx(tuple(whole[4 + ABOVE]), abs=0.11)
    assert svg.count("stroke-dasharray") == 1
    assert len(dots(svg)) == 3 * 4 - 1


def test_a_joint_that_is_seen_later_is_a_ring_where_it_will_be():
    frames = np.stack([BODY, BODY])
    frames[0, BESIDE] = np.nan
    (ring,) = parsed(figures.strip(frames, BONES)).iter("circle")
    first, second = dots(figures.strip(np.stack([BODY, BODY]), BONES))[BESIDE::4]
    assert float(ring.attrib["cx"]) == pytest.approx(first[0], abs=0.11)
    assert first[0] < second[0]


def test_a_joint_that_is_never_seen_is_left_out_with_its_bones():
    frames = np.stack([BODY, BODY])
    frames[:, BESIDE] = np.inf
    svg = figures.strip(frames, BONES)
    assert len(dots(svg)) == 2 * 3
    assert len(lines(svg)) == 2 * 2
    assert "circle" not in svg


@pytest.mark.parametrize(
    "frames", [np.zeros((2, 4, 3)), np.full((2, 4, 3), np.nan), np.zeros((1, 4, 3))]
)
def test_skeletons_without_a_size_are_drawn_without_an_error(frames):
    assert "nan" not in figures.strip(frames, BONES)


def test_titles_are_escaped():
    svg = figures.strip(BODY[np.newaxis], BONES, title='<b> & "c"')
    root = parsed(svg)
    assert root.attrib["aria-label"] == root.find("title").text == '<b> & "c"'


def test_a_file_is_whole_and_light_or_dark():
    drawing = figures.drawing(BODY[np.newaxis], BONES, title="one & only")
    text = svg_file.text(drawing, [[("<left>", figures.LEFT), (" & right", "--ink")]])
    root = parsed(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "<left> & right" in "".join(root.itertext())
    assert "prefers-color-scheme: dark" in text
    assert page.COLOURS["--ink"][1] in text
    assert text.count("http") == 1  # The namespace: nothing is fetched.


def walk(count):
    """The body, whose joint swings to and fro."""
    frames = np.repeat(BODY[np.newaxis], count, axis=0)
    frames[:, BESIDE, 0] += 0.3 * np.sin(np.arange(count))
    return frames


def durations(path):
    with Image.open(path) as picture:
        found = []
        for number in range(picture.n_frames):
            picture.seek(number)
            found.append(picture.info["duration"])
        return found, picture.info.get("loop")


def test_an_animation_loops_for_ever_at_the_pace_of_the_recording(tmp_path):
    path = tmp_path / "a.gif"
    assert animation.write(path, walk(30), BONES, fps=30.0) == 30
    found, loop = durations(path)
    assert loop == 0
    assert len(found) == 30
    assert sum(found) == 1000
    assert set(found) == {30, 40}


def test_a_fast_recording_leaves_frames_out_and_keeps_its_pace(tmp_path):
    path = tmp_path / "a.gif"
    assert animation.write(path, walk(120), BONES, fps=120.0) == 40
    found, _ = durations(path)
    assert sum(found) == 1000
    assert min(found) >= 20


def test_a_long_recording_is_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(animation, "MOST_FRAMES", 5)
    path = tmp_path / "a.gif"
    assert animation.write(path, walk(9), BONES) == 5
    assert len(durations(path)[0]) == 5


def test_a_single_frame_is_an_animation_too(tmp_path):
    assert animation.write(tmp_path / "a.gif", walk(1), BONES) == 1


def test_an_animation_is_upright_and_has_the_colours_of_the_sides(tmp_path):
    path = tmp_path / "a.gif"
    sides = (None, "left", "right", None)
    animation.write(path, walk(2), BONES, sides=sides)
    with Image.open(path) as picture:
        pixels = np.array(picture.convert("RGB")).astype(int)
    left, right = (middle(pixels, page.COLOURS[name][0]) for name in ("--c0", "--c1"))
    assert left[1] < right[1]  # Above.
    assert left[0] < right[0]
    assert (pixels[0, 0] == 255).all()


def middle(pixels, colour):
    """Mean (x, y) of the pixels that have nearly that colour."""
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    rows, columns = np.nonzero(np.abs(pixels - wanted).max(axis=2) < 20)
    assert len(rows) > 20
    return columns.mean(), rows.mean()


def test_missing_joints_change_an_animation(tmp_path):
    frames, spoilt = walk(3), walk(3)
    spoilt[1, BESIDE] = np.nan
    for name, each in (("a.gif", frames), ("b.gif", spoilt)):
        animation.write(tmp_path / name, each, BONES)
    assert (tmp_path / "a.gif").read_bytes() != (tmp_path / "b.gif").read_bytes()
