"""Pages that are made for training: what they say is on them must be there."""

from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pytest

from synthetic.canvas import Canvas
from synthetic.glyphs import LIT, Digits, segments
from synthetic.pens import Pen, Supply
from synthetic.scenes import MARGIN, scene, seen_from_somewhere

FONT = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
SIDE = 320


@pytest.fixture(scope="module")
def supply(digits):
    return Supply(Digits(digits.x_train[:2000], digits.y_train[:2000]), [FONT], [])


@pytest.fixture(scope="module")
def scenes(supply):
    return [scene(supply, SIDE, np.random.default_rng(seed)) for seed in range(30)]


def test_a_seed_makes_the_same_photo_twice(supply):
    one, other = (scene(supply, SIDE, np.random.default_rng(5)) for _ in range(2))
    assert one.photo.shape == (SIDE, SIDE, 3)
    assert np.array_equal(one.photo, other.photo)
    assert [s.text for s in one.symbols] == [s.text for s in other.symbols]


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
@pytest.mark.parametrize("seed", range(5))
def test_symbols_are_said_to_be_where_the_camera_sees_them(quarters, seed):
    canvas = Canvas.of((SIDE + 2 * MARGIN,) * 2, (255.0,) * 3)
    for x, y in np.ndindex(9, 9):
        ink = np.full((10, 14), 255, np.uint8)
        canvas.write(ink, (20 + 45 * x, 20 + 45 * y), (0.0,) * 3, "1", "digit", 10)
    seen = seen_from_somewhere(canvas, quarters, np.random.default_rng(seed))
    dark = (seen.paint[..., 0] < 128).astype(np.uint8)
    *_, stats, centres = cv2.connectedComponentsWithStats(dark)
    right, bottom = stats[:, 0] + stats[:, 2], stats[:, 1] + stats[:, 3]
    whole = (stats[:, :2].min(1) > 2) & (np.maximum(right, bottom) < SIDE - 2)
    assert len(seen.symbols) >= whole.sum() > 20
    for symbol in seen.symbols:
        gaps = np.linalg.norm(centres + 0.5 - symbol.corners.mean(0), axis=1)  # of pixels' middles
        assert gaps.min() < 1
        sides = np.linalg.norm(symbol.corners - np.roll(symbol.corners, 1, 0), axis=1)
        assert symbol.height == pytest.approx(10 * np.sqrt(sides.prod() ** 0.5 / 140), rel=0.05)
    along = np.mean([symbol.corners[1] - symbol.corners[0] for symbol in seen.symbols], 0)
    clockwise = np.deg2rad(90 * quarters)
    expected = 14 * np.array([np.cos(clockwise), np.sin(clockwise)])
    assert along == pytest.approx(expected, abs=6)


def test_symbols_are_whole_in_the_photo_and_of_all_kinds(scenes):
    symbols = [symbol for made in scenes for symbol in made.symbols]
    corners = np.array([symbol.corners for symbol in symbols])
    assert corners.min() >= 0
    assert corners.max() <= SIDE
    assert {symbol.text for symbol in symbols if symbol.kind == "digit"} == set("0123456789")
    assert {"sign", "other"} < {symbol.kind for symbol in symbols}
    assert {made.quarters for made in scenes} == {0, 1, 2, 3}


def test_a_page_says_where_its_lines_are():
    canvas = Canvas.of((300, 200), (240.0, 240.0, 240.0))
    canvas.rule((20, 50), (280, 50), 2, (0.0, 0.0, 0.0), dashes=(6, 4))
    drawn = canvas.paint[49, :, 0] < 128
    assert 0.5 < drawn[20:280].mean() < 0.85  # dashed, and one line all the same
    assert (canvas.rules[49:52, 21:280].max(0) > 128).all()
    assert not canvas.rules[:40].any()


def test_text_stands_where_it_is_said_to(supply):
    canvas = Canvas.of((400, 80), (255.0, 255.0, 255.0))
    own = Pen(supply, FONT, False, (0.0, 0.0, 0.0), 20)
    own.text(canvas, "-4 ab7.5", (20, 40), np.random.default_rng(0))
    kinds = [(symbol.text, symbol.kind) for symbol in canvas.symbols]
    assert kinds == [
        ("-", "sign"), ("4", "digit"), ("a", "other"), ("b", "other"), ("7", "digit"),
        (".", "sign"), ("5", "digit"),
    ]  # fmt: skip
    four = canvas.symbols[1].corners
    assert np.ptp(four[:, 1]) == pytest.approx(20, abs=2)
    assert four[:, 1].mean() == pytest.approx(40, abs=2)
    dark = np.argwhere(canvas.paint[:, :, 0] < 100)
    assert dark[:, 1].min() == pytest.approx(canvas.symbols[0].corners[:, 0].min(), abs=1)
    assert dark[:, 1].max() == pytest.approx(canvas.symbols[-1].corners[:, 0].max(), abs=2.5)


def test_a_display_lights_the_segments_that_make_a_digit():
    rng = np.random.default_rng(0)
    lit = [int((segments(d, 96, rng, 0, 0) > 128).sum()) for d in range(10)]
    assert np.argmax(lit) == 8
    assert np.argmin(lit) == 1
    assert [len(places) for places in LIT] == [6, 2, 5, 5, 4, 5, 6, 3, 7, 6]
