"""sheet_of: a sheet of paper, cut out of its photo, seen from above, its lines level."""

from dataclasses import dataclass

import cv2
import numpy as np

from digitscope.pictures.ink import ink_of

LONGEST = 2400  # pixels: larger photos are made smaller first
SMALL = 500  # pixels: at this size the sheet is looked for
LEVELLING = 900  # pixels: at this size the slope of lines is measured
SHEET = 0.25  # of the photo, at least, is a sheet on a table
LEVELS = 24  # of brightness that are tried, between table and paper
RIM = 0.015  # of the way to the middle: so much is cut off, with what shows of the table
AT_EDGE = 6  # pixels to both sides of the sheet's edge
BRIGHTER = 1.3  # times as bright as the table is a sheet, along each of its sides
SMOOTH = 0.9  # of its hull, at least, a sheet's four corners span
STEEPEST, STEP = 15.0, 0.25  # degrees: the slopes that are tried, and between two of them
CLEARLY = 1.1  # times as sharp as level lines are those that are not level


@dataclass(frozen=True)
class Sheet:
    """A sheet, upright.

    Attributes:
        picture: uint8 (h, w, 3), red, green, blue.
        to_photo: float (3, 3): the homography from the sheet's pixels to those of the photo.
    """

    picture: np.ndarray
    to_photo: np.ndarray


def sheet_of(photo: np.ndarray) -> Sheet:
    """The sheet of paper in a photo, or all of it where there is no sheet on something darker.

    Args:
        photo: uint8 (h, w, 3), red, green, blue.
    """
    reduced, part = reduced_to(photo, LONGEST)
    change, size = np.eye(3), (reduced.shape[1], reduced.shape[0])
    corners = _sheet(reduced)
    if corners is not None:
        change, size = _from_above(corners + RIM * (corners.mean(0) - corners))
    picture = _warped(reduced, change, size)
    degrees = _slope(picture)
    if degrees:
        turn, size = _level(degrees, size)
        change = turn @ change
        picture = _warped(reduced, change, size)
    return Sheet(picture, np.linalg.inv(change @ np.diag([part, part, 1])))


def reduced_to(picture: np.ndarray, longest: int) -> tuple[np.ndarray, float]:
    """A picture of at most so many pixels on its long side, and by what it was scaled."""
    height, width = picture.shape[:2]
    part = min(1.0, longest / max(height, width))
    if part == 1:
        return picture, part
    size = max(1, round(width * part)), max(1, round(height * part))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA)), part


def _warped(picture: np.ndarray, change: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if np.array_equal(change, np.eye(3)):
        return picture
    border = cv2.BORDER_REPLICATE
    return np.asarray(cv2.warpPerspective(picture, change, size, borderMode=border))


def _sheet(picture: np.ndarray) -> np.ndarray | None:
    """The corners of a bright sheet on something darker, clockwise from top left: (4, 2)."""
    small, part = reduced_to(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), SMALL)
    plain = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))  # no writing
    darkest, brightest = np.maximum(np.quantile(plain, (0.05, 0.95)), 1)
    sheets = [_rectangle(plain, level) for level in np.geomspace(darkest, brightest, LEVELS)]
    steps = [(_step(plain, corners), corners) for corners in sheets if corners is not None]
    step, corners = max(steps, key=lambda one: one[0], default=(0.0, None))
    return None if corners is None or step < BRIGHTER else corners / part


def _rectangle(plain: np.ndarray, level: float) -> np.ndarray | None:
    """The corners of what is brighter than `level`, if that is large: float (4, 2), clockwise."""
    bright = (plain > level).astype(np.uint8)
    outlines, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    hull = max((cv2.convexHull(one) for one in outlines), key=cv2.contourArea, default=None)
    if hull is None or cv2.contourArea(hull) < SHEET * plain.size:
        return None
    corners = cv2.approxPolyDP(hull, 0.03 * cv2.arcLength(hull, True), True).reshape(-1, 2)
    if len(corners) != 4 or cv2.contourArea(corners) < SMOOTH * cv2.contourArea(hull):
        return None
    total, gap = corners.sum(1), corners[:, 1] - corners[:, 0]
    order = [total.argmin(), gap.argmin(), total.argmax(), gap.argmax()]
    return corners[order].astype(np.float64)


def _step(plain: np.ndarray, corners: np.ndarray) -> float:
    """How many times as bright it is within as without, at the side where that is the least.

    A side along the photo's own edge is left out; 0 where there are two of those.
    """
    inward = (corners.mean(0) - corners) / np.linalg.norm(corners.mean(0) - corners, axis=1)[
        :, None
    ]
    height, width = plain.shape
    levels = []
    for distance in (AT_EDGE, -AT_EDGE):
        moved = corners + distance * inward
        along = np.linspace(0.05, 0.95, 50)
        sides = moved[:, None] + along[:, None] * (np.roll(moved, -1, 0) - moved)[:, None]
        x, y = np.round(sides).astype(int).transpose(2, 0, 1)
        there = (x >= 0) & (y >= 0) & (x < width) & (y < height)
        brightness = plain[y.clip(0, height - 1), x.clip(0, width - 1)].astype(float)
        levels.append(np.where(there, brightness, np.nan))
    known = np.isfinite(levels).all(0).mean(1) > 0.5
    if known.sum() < 3:
        return 0.0
    inside, outside = (np.nanmedian(level[known], 1) for level in levels)
    return float((inside / np.maximum(outside, 1)).min())


def _from_above(corners: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
    """The homography that makes a rectangle of four corners, and the rectangle's size."""
    sides = np.linalg.norm(corners - np.roll(corners, -1, 0), axis=1)
    width, height = round(max(sides[0], sides[2])), round(max(sides[1], sides[3]))
    target = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    return cv2.getPerspectiveTransform(corners.astype(np.float32), target), (width, height)


def _level(degrees: float, size: tuple[int, int]) -> tuple[np.ndarray, tuple[int, int]]:
    """The homography that turns a picture back by `degrees`, and the size that holds all of it."""
    width, height = size
    turn = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1), (0, 0, 1)])
    cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
    wide, high = round(width * cos + height * sin), round(width * sin + height * cos)
    turn[:2, 2] += ((wide - width) / 2, (high - height) / 2)
    return turn, (wide, high)


def _slope(picture: np.ndarray) -> float:
    """By how many degrees lines of writing, or of a grid, fall to the right; 0 where unclear.

    It is the slope along which the sums of pixels differ the most from line to line. Postl 1986,
    "Detection of linear oblique structures and skew scan in digitized documents".
    """
    small, _ = reduced_to(picture, LEVELLING)
    y, x = np.nonzero(ink_of(small, "sheet").image >= 128)
    if len(y) < 2:
        return 0.0
    angles = np.arange(-STEEPEST, STEEPEST + STEP, STEP)
    sharpness = []
    for tangent in np.tan(np.deg2rad(angles)):
        rows = (y - tangent * x).round().astype(np.int64)
        counts = np.bincount(rows - rows.min()).astype(np.float64)
        sharpness.append(float((np.diff(counts) ** 2).sum()))
    level = sharpness[len(angles) // 2]
    best = int(np.argmax(sharpness))
    return float(angles[best]) if sharpness[best] > CLEARLY * level else 0.0
