"""A second network that looks at pictures of one digit: when it is asked, and what it changes."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from digitscope.pictures.preprocess import preprocess
from digitscope.reading import reader as reading
from digitscope.reading.glyphs import EMPTY, Glyphs, Trust
from digitscope.reading.reader import Reader, load
from digitscope.reading.second_look import second_look
from tests.helpers import printed

MODEL = Path(reading.BUNDLED).with_name("glyphs.onnx")


class Sees(Glyphs):
    """Says what it is told, wherever it looks, and remembers the pictures."""

    def __init__(self, digit, chance, sure=0.9):
        self.look = Trust((0.0, 1.0, 0.0, 0.0, 0.0), 0.0, sure)
        self.said = np.full(EMPTY + 1, 1e-6)
        self.said[[digit, EMPTY]] = chance, 1 - chance
        self.pictures = []

    def probabilities(self, pictures):
        self.pictures += pictures
        return np.repeat(self.said[None], len(pictures), 0)


def drawing(text, height=60, side=112):
    """Something printed on white paper."""
    picture = np.full((side, side, 3), 255, np.uint8)
    ink = printed(text, height)
    top, left = (side - len(ink)) // 2, (side - ink.shape[1]) // 2
    picture[top : top + len(ink), left : left + ink.shape[1]] -= ink[..., None]
    return picture


def predicted(monkeypatch, picture, glyphs):
    monkeypatch.setattr(reading, "bundled", lambda: glyphs)
    return load().predict(picture)


BLANK = np.full((60, 60, 3), 200, np.uint8)


@pytest.mark.parametrize(
    ("picture", "sees", "expected"),
    [
        (drawing("M"), (7, 0.99), ("digit", 7)),
        (drawing("M"), (7, 0.7), ("unsure", 7)),
        (drawing("M"), (7, 0.2), ("not_a_digit", None)),
        (drawing("48", 50), (7, 0.99), ("digit", 7)),
        (drawing("48", 50), (7, 0.8), ("several_digits", None)),
        (BLANK, (7, 0.99), ("digit", 7)),
        (BLANK, (7, 0.7), ("blank", None)),
    ],
)
def test_what_was_none_becomes_a_digit_or_a_guess(monkeypatch, picture, sees, expected):
    said = predicted(monkeypatch, picture, Sees(*sees))
    assert (said.status, said.digit) == expected
    assert (said.reason == "") == (said.status == "digit")
    if said.digit is not None:
        assert said.confidence == pytest.approx(sees[1], abs=0.01)
        assert said.probabilities.argmax() == said.digit
        left, top, width, height = said.box
        assert left >= 0 <= top
        assert left + width <= picture.shape[1]
        assert top + height <= picture.shape[0]


def test_where_there_is_a_digit_nobody_is_asked(monkeypatch):
    glyphs = Sees(7, 0.99)
    assert predicted(monkeypatch, drawing("4"), glyphs).digit == 4
    assert not glyphs.pictures


@pytest.mark.parametrize("corner", [np.s_[:, :], np.s_[::-1, :], np.s_[:, ::-1]])
@pytest.mark.parametrize("width", [1, 3])
def test_a_bit_of_a_border_in_an_empty_cell_is_no_digit(corner, width):
    cell = np.full((150, 130), 250, np.uint8)
    cell[118:, :width] = 120
    picture = np.ascontiguousarray(cell[corner])
    assert load().first_look([preprocess(picture)])[0].status == "digit"
    said = load().predict(picture)
    assert said.status in ("blank", "unsure")
    assert said.status == "unsure" or ("edge" in said.reason and said.box is None)


@pytest.mark.parametrize(
    ("chance", "expected"), [(0.99, ("digit", 1)), (0.7, ("unsure", 1)), (0.2, ("blank", None))]
)
def test_ink_at_the_edge_is_a_digit_only_if_another_network_is_sure(monkeypatch, chance, expected):
    cell = np.full((150, 130), 250, np.uint8)
    cell[118:, :2] = 120
    said = predicted(monkeypatch, cell, Sees(1, chance))
    assert (said.status, said.digit) == expected


def test_a_digit_that_reaches_the_edge_is_one():
    picture = np.full((120, 120, 3), 255, np.uint8)
    ink = printed("1", 50)
    picture[70:, : ink.shape[1]][: len(ink)] -= ink[:50, :, None]
    assert load().predict(picture).digit == 1


def test_a_network_of_ones_own_answers_alone(finished, monkeypatch):
    monkeypatch.setattr(reading, "bundled", None)
    assert len(Reader(finished.path / "model.onnx").predict([drawing("M"), BLANK])) == 2


def test_the_ink_is_looked_at_too_and_large_pictures_are_made_smaller():
    picture = np.full((1200, 1600, 3), 255, np.uint8)
    small = drawing("4", 200, 300)
    picture[890:1190, 1290:1590] = small
    glyphs = Sees(4, 0.9)
    seen = preprocess(picture)
    second_look(seen, np.full(10, 0.1), glyphs)
    dark = [cut.min() for cut in glyphs.pictures]
    assert min(dark[:2]) > 128 > max(dark[-3:])  # nothing is in the middle
    assert preprocess(BLANK).box is None
    assert second_look(preprocess(BLANK), None, glyphs).evidence.shape == (10, 5)


@pytest.mark.parametrize("gap", [30, 60])
@pytest.mark.parametrize("pair", ["13", "31", "71", "48", "96"])
def test_of_two_digits_side_by_side_neither_is_the_digit(pair, gap):
    picture = np.full((112, 260, 3), 255, np.uint8)
    one, other = (printed(digit, 80) for digit in pair)
    right = 130 - gap // 2
    picture[16 : 16 + len(one), right - one.shape[1] : right] -= one[..., None]
    picture[16 : 16 + len(other), right + gap : right + gap + other.shape[1]] -= other[..., None]
    assert load().predict(picture).status == "several_digits"


@pytest.mark.parametrize("digit", [3, 5])
def test_a_digit_in_a_window_with_two_borders_is_read(digit):
    picture = np.full((90, 60, 3), 120, np.float32)
    ink = printed(str(digit), 50) / np.float32(255)
    top, left = (90 - len(ink)) // 2, (60 - ink.shape[1]) // 2
    picture[top : top + len(ink), left : left + ink.shape[1]] -= 60 * ink[..., None]
    picture[:6] = picture[:, :6] = 20
    picture[:, -6:] = 220
    photo = cv2.GaussianBlur(picture, (0, 0), 1).astype(np.uint8)
    assert load().first_look([preprocess(photo)])[0].digit != digit
    assert load().predict(photo).digit == digit


def test_the_file_says_how_far_a_second_look_is_believed():
    assert len(Glyphs(MODEL).look.weights) == 5
