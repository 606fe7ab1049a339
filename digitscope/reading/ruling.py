"""ruling_of: the lines of grids, boxes and ruled paper on a sheet, and the sheet without them."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from digitscope.pictures.lines import removed

LINE = 2.0  # times the height of a digit: what runs on for so long is a line
THIN = 0.3  # of that height: a line is thinner
ASKEW = 0.05  # of that height: how far a line may wander from its row
GAP, BROKEN = 0.1, 5.0  # of that height: a faint line may be broken for so long, if it is so long
LOWEST = 0.8  # times that height: a box for a digit, at least
REACH = 0.9  # of a low box's height: a wall stands in so much of it, and two are needed
STRAIGHT = 1.5  # times as thick as the level lines is a wall at most, and a stroke may be thicker


@dataclass(frozen=True)
class Ruling:
    """The lines of a sheet.

    Attributes:
        rest: uint8 (h, w), 0 or 1: the sheet without them.
        level: y of the level lines, ascending.
        upright: x of the upright lines, ascending.
    """

    rest: np.ndarray
    level: list[float]
    upright: list[float]


def ruling_of(dark: np.ndarray, height: float) -> Ruling:
    """Find the lines of a sheet, and take them off; strokes across them stay whole.

    Args:
        dark: uint8 (h, w), 0 or 1: where there is ink; lines are level, within a degree or so.
        height: of a digit, in pixels.
    """
    lying, level = _level_lines(dark, height)
    turned = np.ascontiguousarray(dark.T)
    standing, upright = _level_lines(turned, height)
    if not upright and len(level) > 1:
        walls, upright = _walls(dark, lying, level, height)
        standing = np.ascontiguousarray(walls.T)
    turned = np.ascontiguousarray(removed(dark, lying).T)
    rest = np.ascontiguousarray(removed(turned, cv2.min(standing, turned)).T)
    return Ruling(rest, level, upright)


def _level_lines(dark: np.ndarray, height: float) -> tuple[np.ndarray, list[float]]:
    """The part of the marks that is level lines, and where those are."""
    reach = max(8, round(LINE * height))
    if reach >= dark.shape[1]:
        return np.zeros_like(dark), []
    # A line that is not quite level stays in its row for longer.
    spread = cv2.dilate(dark, np.ones((_leeway(height), 1), np.uint8))
    runs = cv2.morphologyEx(spread, cv2.MORPH_OPEN, np.ones((1, reach), np.uint8))
    reach = round(BROKEN * height)
    if reach < dark.shape[1]:
        gap = 2 * round(GAP * height / 2) + 1
        whole = cv2.morphologyEx(spread, cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8))
        whole = cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((1, reach), np.uint8))
        runs = cv2.max(runs, whole)
    _, labels, stats, centres = cv2.connectedComponentsWithStats(runs, connectivity=8)
    thin = stats[:, 4] <= THIN * height * stats[:, 2]
    thin[0] = False
    return cv2.min(thin.astype(np.uint8)[labels], dark), _merged(centres[thin, 1], height)


def _walls(
    dark: np.ndarray, lying: np.ndarray, level: list[float], height: float
) -> tuple[np.ndarray, list[float]]:
    """Upright lines too short for `_level_lines`: the walls of a row of boxes as low as its digits.

    They reach from one level line to the next, and are as thin as those.
    """
    walls, places = np.zeros_like(dark), []
    thickest = STRAIGHT * 2 * float(cv2.distanceTransform(lying, cv2.DIST_C, 3).max())
    for top, bottom in pairwise(round(line) for line in level):
        if not LOWEST * height <= bottom - top <= LINE * height:
            continue
        row = dark[top:bottom]
        spread = cv2.dilate(row, np.ones((1, _leeway(height)), np.uint8))
        reach = max(1, round(REACH * (bottom - top)))
        runs = cv2.morphologyEx(spread, cv2.MORPH_OPEN, np.ones((reach, 1), np.uint8))
        _, labels, stats, centres = cv2.connectedComponentsWithStats(runs, connectivity=8)
        thin = stats[:, 2] <= thickest + _leeway(height)
        thin[0] = False
        if thin.sum() > 1:
            walls[top:bottom] = cv2.min(thin.astype(np.uint8)[labels], row)
            places += centres[thin, 0].tolist()
    return walls, _merged(np.array(places), height)


def _leeway(height: float) -> int:
    return 2 * round(ASKEW * height) + 1


def _merged(places: np.ndarray, height: float) -> list[float]:
    """Places nearer to each other than half a digit as one."""
    groups: list[list[float]] = []
    for place in np.sort(places).tolist():
        if groups and place - groups[-1][-1] < 0.5 * height:
            groups[-1].append(place)
        else:
            groups.append([place])
    return [float(np.mean(group)) for group in groups]
