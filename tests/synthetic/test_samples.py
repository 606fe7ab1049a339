import cv2
import numpy as np
import pytest
from matplotlib import font_manager

from digitscope.pictures.preprocess import preprocess
from synthetic import drawn, samples

FONT = font_manager.findfont("DejaVu Sans")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def large(digits):
    """A large training digit of each kind."""
    return [samples.enlarged(digits.x_train[digits.y_train == d][0]) for d in range(10)]


def test_a_photograph_of_a_drawing_holds_it(large, rng):
    for ink in large:
        expected = preprocess(ink).image28.astype(int)
        seen = [preprocess(samples.photographed(ink, rng)) for _ in range(10)]
        assert sum(one.status == "digit" for one in seen) >= 9
        gaps = [np.abs(one.image28 - expected).mean() for one in seen]
        assert np.median(gaps) < 25


def test_bending_keeps_the_drawing_whole(large, rng):
    for ink in large:
        bent = samples.bent(ink, rng)
        assert bent.shape == (2 * samples.LARGE, 2 * samples.LARGE)
        assert not bent[[0, -1]].any()
        assert not bent[:, [0, -1]].any()
        assert int(bent.sum()) == pytest.approx(int(ink.sum()), rel=0.5)
    assert np.array_equal(
        samples.bent(ink, np.random.default_rng(5)), samples.bent(ink, np.random.default_rng(5))
    )


def test_a_pen_can_be_wider_or_finer(large):
    for ink in large:
        areas = [(samples.with_pen(ink, change) > 128).sum() for change in (-3, 0, 4)]
        assert areas == sorted(areas)
        assert areas[0] < areas[2]


def test_restyled_digits_have_more_ink_and_keep_what_was_there(large, rng):
    for restyle, digit in ((drawn.barred_seven, 7), (drawn.upright_one, 1), (drawn.hooked_nine, 9)):
        changed = restyle(large[digit], rng)
        assert (changed >= large[digit].clip(0, 254)).mean() > 0.99
        assert (changed > 128).sum() > (large[digit] > 128).sum()


@pytest.mark.parametrize(
    "draw", [drawn.scribble, drawn.shape, drawn.doodle, drawn.blotches, drawn.open_four]
)
def test_drawings_are_drawn(draw, rng):
    for _ in range(40):
        ink = draw(rng)
        assert (ink.shape, ink.dtype) == ((samples.LARGE, samples.LARGE), np.uint8)
        assert draw is drawn.blotches or ink.max() > 200


def test_glyphs_of_a_font():
    assert samples.has_glyphs(FONT, "0123456789")
    assert not samples.has_glyphs(FONT, "1\uffff")
    eight = samples.glyph(FONT, "8")
    holes = cv2.connectedComponents((eight < 128).astype(np.uint8))[0] - 2
    assert holes == 2


def test_turned_digits_are_others(large, rng):
    for digit, ink in enumerate(large):
        turned = drawn.turned_digit(ink, digit, rng)
        assert turned.any() == (digit not in (0, 8))
        assert not np.array_equal(turned, ink)


def test_two_digits_side_by_side(large, rng):
    pair = drawn.side_by_side(large[3], large[1], rng)
    assert pair.shape == (samples.LARGE, samples.LARGE)
    _, _, width, height = cv2.boundingRect((pair > 24).astype(np.uint8))
    assert max(width, height) == pytest.approx(0.9 * samples.LARGE, abs=4)
