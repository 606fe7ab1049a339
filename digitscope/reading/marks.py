"""marks_on: what stands on a sheet and may be digits; lines of grids and ruled paper are gone."""

from dataclasses import dataclass

import cv2
import numpy as np

from digitscope.errors import PictureError
from digitscope.reading.ruling import Ruling, ruling_of

FAINT, DARK = 80, 140  # of 255: a stroke has at least FAINT everywhere and DARK somewhere
LOWEST = 7  # pixels: what is lower is not read
SHORTEST, TALLEST = 0.006, 0.3  # of the sheet's long side: a digit's height
ON_LINE, THIN = 0.15, 0.3  # of that height: so near to a line, what is so thin is a piece of it
SPECK = 0.12  # of that height: what is neither as wide nor as high is dirt
SMALL, LARGE = 0.45, 3.0  # times that height: a digit, or several that touch
LONGEST = 8  # times that height: touching digits, side by side
OVERLAP = 0.5  # of the narrower one's width: two marks one above the other
NEAR = 0.25  # of the height, between parts of one digit
WHOLE = 1.3  # times the height, at most, has a digit of several parts
MOST = 4000  # parts of marks; a full page has half as many, and so many take some seconds


@dataclass(frozen=True)
class Mark:
    """Something of a digit's size.

    Attributes:
        box: left, top, width, height in the sheet's pixels.
        ink: uint8 (height, width), 0 = background .. 255 = ink; of this mark alone.
    """

    box: tuple[int, int, int, int]
    ink: np.ndarray


@dataclass(frozen=True)
class Marks:
    """What stands on a sheet.

    Attributes:
        marks: in no order.
        small: what is too low for a digit and too large for dirt: points, commas, minus signs.
        height: of a digit here, in pixels; 0 where there is none.
        level: y of the sheet's level lines, ascending.
        upright: x of its upright lines, ascending.
    """

    marks: list[Mark]
    small: list[Mark]
    height: float
    level: list[float]
    upright: list[float]


def marks_on(ink: np.ndarray, tallest: float = TALLEST) -> Marks:
    """Find the marks in the ink of a sheet whose lines are level.

    Args:
        ink: uint8 (h, w), 0 = background .. 255 = ink.
        tallest: part of the sheet's long side; what is higher is no digit.

    Raises:
        PictureError: there are too many.
    """
    dark = cv2.threshold(ink, FAINT - 1, 1, cv2.THRESH_BINARY)[1]
    height = _digit_height(dark, tallest)
    if not height:
        return Marks([], [], 0.0, [], [])
    ruling = ruling_of(dark, height)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ruling.rest, connectivity=8)
    full = np.bincount(labels[ink >= DARK], minlength=count) > 0
    large = np.maximum(stats[:, 2], stats[:, 3]) >= SPECK * height
    fits = (stats[:, 2] <= LONGEST * height) & (stats[:, 3] <= LARGE * height)
    parts = [n for n in range(1, count) if full[n] and large[n] and fits[n]]
    if len(parts) > MOST:
        raise PictureError(
            f"There are {len(parts):,} marks in the picture, and at most {MOST:,} can be read: it "
            "is noise, or too full a page. Cut out the part with the digits."
        )
    marks = [_mark(ink, labels, stats, group) for group in _groups(stats[:, :4], parts, height)]
    marks = [mark for mark in marks if not _of_line(mark, ruling, height)]
    small = [mark for mark in marks if mark.box[3] < SMALL * height]
    marks = [mark for mark in marks if mark.box[3] >= SMALL * height]
    return Marks(marks, small, height, ruling.level, ruling.upright)


def _of_line(mark: Mark, ruling: Ruling, height: float) -> bool:
    """Whether it is a piece that is left of a line."""
    x, y, width, high = mark.box
    along = (ruling.upright, x + width / 2, width), (ruling.level, y + high / 2, high)
    return any(
        thickness < THIN * height and any(abs(place - line) < ON_LINE * height for line in lines)
        for lines, place, thickness in along
    )


def _digit_height(dark: np.ndarray, tallest: float) -> float:
    """The usual height of a digit: the median of marks of a plausible size and shape."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    wide, high, area = stats[1:, 2], stats[1:, 3], stats[1:, 4]
    side = max(dark.shape)
    fits = (
        (high >= max(LOWEST, SHORTEST * side))
        & (high < tallest * side)
        & (wide < 2 * high)
        & (high < 8 * wide)
    )
    fits &= area > 0.08 * wide * high
    if not fits.any():
        return 0.0
    heights = np.sort(high[fits])
    tall = heights[heights > 0.5 * np.quantile(heights, 0.9)]  # without dots and dirt
    return float(np.median(tall))


def _groups(boxes: np.ndarray, parts: list[int], height: float) -> list[list[int]]:
    """Parts of one digit together: one above the other, near, and together no higher than one."""
    groups: list[list[int]] = []
    frames: list[list[int]] = []  # left, top, right, bottom of each group
    for part in sorted(parts, key=lambda n: -int(boxes[n, 2] * boxes[n, 3])):
        x, y, wide, high = boxes[part].tolist()
        for group, frame in zip(groups, frames, strict=True):
            across = min(x + wide, frame[2]) - max(x, frame[0])
            gap = max(y, frame[1]) - min(y + high, frame[3])
            top, bottom = min(y, frame[1]), max(y + high, frame[3])
            above = across >= OVERLAP * min(wide, frame[2] - frame[0]) and gap <= NEAR * height
            if above and bottom - top <= WHOLE * height:
                group.append(part)
                frame[:] = min(x, frame[0]), top, max(x + wide, frame[2]), bottom
                break
        else:
            groups.append([part])
            frames.append([x, y, x + wide, y + high])
    return groups


def _mark(ink: np.ndarray, labels: np.ndarray, stats: np.ndarray, group: list[int]) -> Mark:
    """Parts as a mark; the greys around them belong to it."""
    left, top = stats[group, :2].min(0) - 1
    right, bottom = (stats[group, :2] + stats[group, 2:4]).max(0) + 1
    left, top = max(left, 0), max(top, 0)
    area = slice(top, bottom), slice(left, right)
    mask = np.isin(labels[area], group).astype(np.uint8)
    own = cv2.multiply(ink[area], cv2.dilate(mask, np.ones((3, 3), np.uint8)))
    x, y, wide, high = cv2.boundingRect(own)
    return Mark((int(left + x), int(top + y), wide, high), own[y : y + high, x : x + wide])
