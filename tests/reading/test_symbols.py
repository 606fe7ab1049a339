"""What is found on a photo, read upright: with a network that says what a test puts into it."""

import cv2
import numpy as np
import pytest

from digitscope.reading.finder import Found
from digitscope.reading.glyphs import EMPTY, OTHER, SYMBOLS, Glyphs, Trust, cut
from digitscope.reading.lattice import Lattice
from digitscope.reading.symbols import symbols_of

FONT = cv2.FONT_HERSHEY_DUPLEX


class Templates(Glyphs):
    """Reads by comparing with the digits of one font."""

    def __init__(self):
        self.trust = Trust()
        self.known = [self.template(digit) for digit in range(10)]

    @staticmethod
    def template(digit):
        return cut(page([(str(digit), 100, 100)]), np.array([100.0, 100.0]), 44.0, 0.0)

    def alike(self, pictures):
        return np.exp(
            [[-np.abs(p.astype(float) - k).mean() / 2 for k in self.known] for p in pictures]
        )

    def probabilities(self, pictures):
        found = np.full((len(pictures), EMPTY + 1), 1e-3)
        found[:, :10] = self.alike(pictures)
        return found / found.sum(1, keepdims=True)

    def turns(self, pictures):
        back = [[np.rot90(one, quarters) for one in pictures] for quarters in range(4)]
        best = np.stack([self.alike(turned).max(1) for turned in back], 1)
        return best / best.sum(1, keepdims=True)


class NoOpinion:
    """A reader that must not be asked, or finds all digits equally likely."""

    def calibrated(self, images):
        return np.full((len(images), 10), 0.1)


def page(digits, size=(200, 200)):
    """A photo, white, with digits 44 pixels high that have their middles somewhere."""
    photo = np.full((*size[::-1], 3), 255, np.uint8)
    for text, x, y in digits:
        (wide, high), _ = cv2.getTextSize(text, FONT, 2, 4)
        cv2.putText(photo, text, (round(x - wide / 2), round(y + high / 2)), FONT, 2, 0, 4)
    return photo


def found(places, heights=44.0, heat=0.95, sizes=(32.0, 44.0)):
    count = len(places)
    return Found(
        np.array(places, float).reshape(-1, 2),
        np.full(count, heights) if np.isscalar(heights) else np.array(heights, float),
        np.tile(sizes, (count, 1)).astype(float) if np.ndim(sizes) == 1 else np.array(sizes),
        np.full(count, heat) if np.isscalar(heat) else np.array(heat, float),
        np.tile([0.98, 0.01, 0.01], (count, 1)),
        np.zeros((10, 10)),
    )


@pytest.mark.parametrize("degrees", [0, 12, -9, 90, 178, 270, 282])
def test_a_page_is_read_upright_and_said_how_it_lies(degrees):
    places = [(x, y) for y in (100, 200, 300) for x in (100, 200, 300)]
    upright = page([(str(n + 1), *p) for n, p in enumerate(places)], (400, 400))
    turn = cv2.getRotationMatrix2D((200, 200), -degrees, 1.0)
    photo = cv2.warpAffine(upright, turn, (400, 400), borderValue=(255, 255, 255))
    there = np.array(places) @ turn[:, :2].T + turn[:, 2]
    symbols, angle = symbols_of(photo, found(there), [], Templates(), NoOpinion())
    off = (np.rad2deg(angle) - degrees + 180) % 360 - 180
    assert abs(off) < 2
    for symbol in symbols:
        nearest = np.linalg.norm(there - symbol.middle, axis=1).argmin()
        assert symbol.text == str(nearest + 1)
    assert len(symbols) == 9


def test_with_little_to_go_by_a_page_is_upright():
    photo = cv2.rotate(page([("7", 100, 100)]), cv2.ROTATE_180)
    _, angle = symbols_of(photo, found([(100, 100)]), [], Templates(), NoOpinion())
    assert angle == 0


def test_what_stands_in_a_cell_is_turned_as_the_cell_is():
    step = np.array([[60 * np.cos(0.2), 60 * np.sin(0.2)], [-60 * np.sin(0.2), 60 * np.cos(0.2)]])
    grid = np.stack(np.meshgrid(np.arange(4), np.arange(4)), -1) @ step + (150, 100)
    cells = (grid[1:, 1:] + grid[:-1, :-1]).reshape(-1, 2) / 2
    symbols, angle = symbols_of(
        page([], (500, 500)), found(cells), [Lattice(grid, 9)], Templates(), NoOpinion()
    )
    assert angle == pytest.approx(0.2, abs=1e-6)
    assert [one.angle for one in symbols] == pytest.approx([0.2] * 9)


class Says(Glyphs):
    """Says the same of each picture, in the order of what was found."""

    def __init__(self, *said, trust=Trust((1.0, 0.0, 0.0), 0.0, 0.9)):  # noqa: B008  # it is frozen
        self.trust = trust
        self.said = np.full((len(said), EMPTY + 1), 1e-6)
        for row, (text, chance) in zip(self.said, said, strict=True):
            place = EMPTY if text == " " else SYMBOLS.find(text) if text in SYMBOLS else OTHER
            row[place] = chance
            row[(place + 1) % 10] += 1 - chance

    def probabilities(self, pictures):
        return self.said[: len(pictures)].copy()

    def turns(self, pictures):
        return np.full((len(pictures), 4), 0.25)


def read(places, *said, **more):
    symbols, _ = symbols_of(
        page([], (400, 400)), found(places, **more), [], Says(*said), NoOpinion()
    )
    return sorted((one.text, round(float(one.middle[0]))) for one in symbols)


def test_letters_stay_as_something_and_what_is_empty_goes():
    places = [(50, 50), (150, 50), (250, 50)]
    assert read(places, ("4", 0.99), ("a", 0.99), (" ", 0.99)) == [("", 150), ("4", 50)]


def test_a_digit_inside_of_another_is_none():
    places, said = [(100, 100), (104, 100), (200, 100)], [("1", 0.999), ("1", 0.98), ("7", 0.99)]
    assert read(places, *said) == [("1", 100), ("7", 200)]
    assert read(places[::-1], *said[::-1]) == [("1", 100), ("7", 200)]


def test_a_point_beside_a_digit_stays_and_an_o_inside_of_a_percent_sign_goes():
    sizes = np.array([(32.0, 44.0), (6.0, 6.0)])
    assert read([(100, 100), (112, 118)], ("2", 0.99), (".", 0.99), sizes=sizes) == [
        (".", 112),
        ("2", 100),
    ]
    sizes = np.array([(60.0, 44.0), (14.0, 16.0)])
    assert read([(100, 100), (85, 90)], ("%", 0.99), ("0", 0.98), sizes=sizes) == [("%", 100)]


@pytest.mark.parametrize("sizes", [[(8.0, 30.0), (8.0, 24.0)], [(4.0, 5.0), (4.0, 5.0)]])
def test_a_colon_is_one_though_both_its_points_are_taken_for_it(sizes):
    said = (":", 0.99), (":", 0.97), ("3", 0.99)
    places, sizes = [(100, 100), (101, 110), (140, 100)], [*sizes, (32.0, 44.0)]
    assert read(places, *said, sizes=sizes) == [("3", 140), (":", 100)]


class Opinion:
    """A reader that is sure of a 1."""

    def __init__(self):
        self.asked = 0

    def calibrated(self, images):
        self.asked += len(images)
        return np.eye(10)[[1] * len(images)] * 0.98 + 0.002


@pytest.mark.parametrize(
    ("said", "text", "asked"),
    [(("1", 0.99), "1", 0), (("0", 0.6), "1", 1), (("9", 0.95), "9", 1), (("x", 0.99), "", 0)],
)
def test_where_there_is_a_doubt_another_network_is_asked(said, text, asked):
    photo, other = page([("1", 100, 100)]), Opinion()
    symbols, _ = symbols_of(photo, found([(100, 100)]), [], Says(said), other)
    assert [one.text for one in symbols] == [text]
    assert other.asked == asked


def test_what_is_found_counts_as_its_trust_says():
    trust = Trust((0.5, 2.0, 0.0), -1.0, 0.9)
    symbols, _ = symbols_of(
        page([], (400, 400)),
        found([(50, 50)], heat=0.8),
        [],
        Says(("4", 0.999), trust=trust),
        NoOpinion(),
    )
    odds = 0.5 * np.log(0.999 / 0.001) + 2 * np.log(4) - 1
    assert symbols[0].certainty == pytest.approx(1 / (1 + np.exp(-odds)), abs=1e-3)


def test_of_nothing_nothing_is_said():
    assert symbols_of(page([]), found([]), [], Says(), NoOpinion()) == ([], 0.0)


def test_a_box_is_around_what_is_turned():
    symbols, _ = symbols_of(
        page([], (400, 400)), found([(100, 200)], sizes=(20.0, 40.0)), [], Says(("1", 0.99)),
        NoOpinion(),
    )  # fmt: skip
    assert symbols[0].box == (90, 180, 20, 40)
