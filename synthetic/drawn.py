"""drawn: digits in styles that are rare in MNIST, and what is no digit, stroke by stroke.

As large as those of `samples`: uint8 (112, 112), 0 = background .. 255 = ink.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from synthetic.samples import LARGE, PEN, Generator, trimmed


def barred_seven(ink: np.ndarray, rng: Generator) -> np.ndarray:
    """A large 7 with a bar across its stem, as much of the world writes it."""
    _, y, _, height = cv2.boundingRect((ink > 128).astype(np.uint8))
    level = y + round(height * rng.uniform(0.42, 0.6))
    stem = np.flatnonzero(ink[level] > 128)
    if not len(stem):
        return ink
    half, tilt = height * rng.uniform(0.14, 0.4), rng.uniform(-0.3, 0.2)
    middle = stem.mean() + half * rng.uniform(-0.3, 0.5)
    start, end = ((middle + side * half, level + side * tilt * half) for side in (-1, 1))
    return _with_line(ink, start, end)


def upright_one(ink: np.ndarray, rng: Generator) -> np.ndarray:
    """A large 1 with a flag at its top, a foot, or both."""
    marks = ink > 128
    rows = np.flatnonzero(marks.any(1))
    if len(rows) < LARGE // 3:
        return ink
    height, flag, foot = len(rows), rng.random() < 0.7, rng.random() < 0.5
    joint = rows[2 + (0 if rng.random() < 0.5 else round(rng.uniform(0, 0.45) * height))]
    top, bottom = (np.flatnonzero(marks[row]).mean() for row in (joint, rows[-3]))
    if flag or not foot:
        length, angle = height * rng.uniform(0.15, 1), np.deg2rad(rng.uniform(15, 60))
        ink = _with_curve(ink, _flag((top, float(joint)), length, angle, rng), PEN - 1)
    if foot:
        half, level = height * rng.uniform(0.14, 0.3), float(rows[-3])
        ink = _with_line(ink, (bottom - half, level), (bottom + half, level))
    return ink


def _flag(start: tuple[float, float], length: float, angle: float, rng: Generator) -> np.ndarray:
    """A stroke down to the left, straight or hanging a little: float (n, 2)."""
    t = np.linspace(0, 1, 20)
    sag = rng.uniform(-0.05, 0.2) * length * np.sin(np.pi * t)
    x = start[0] - length * np.cos(angle) * t
    return np.stack([x, start[1] + length * np.sin(angle) * t + sag], 1)


def hooked_nine(ink: np.ndarray, rng: Generator) -> np.ndarray:
    """A large 9 whose stem turns to the left at the bottom, as an S does."""
    rows = np.flatnonzero((ink > 128).any(1))
    foot, height = rows[-3], len(rows)
    end = float(np.flatnonzero(ink[foot] > 128).mean())
    length, drop = height * rng.uniform(0.25, 0.9), height * rng.uniform(-0.05, 0.15)
    t = np.linspace(0, 1, 20)
    x = end - length * t
    y = foot + drop * (1 - (1 - t) ** 2) - height * rng.uniform(0, 0.15) * t**3
    return _with_curve(ink, np.stack([x, y], 1), PEN - 1)


def curled_nine(rng: Generator) -> np.ndarray:
    """A 9 as a g: a ring, not always closed, and a tail from it that swings down to the left."""
    middle, radius = rng.uniform((0.35, 0.2), (0.6, 0.3)), rng.uniform((0.15, 0.13), (0.35, 0.24))
    start, gap = rng.uniform(-0.7, 0.5), rng.uniform(-0.3, 0.7)  # radians, from the right upwards
    around = np.linspace(start, start + 2 * np.pi - gap, 30)
    ring = middle + radius * np.stack([np.cos(around), -np.sin(around)], 1)
    swing = np.array([ring[-1], (rng.uniform(0.65, 1.05), rng.uniform(0.45, 0.8))])
    foot = rng.uniform((0.3, 0.9), (0.8, 1))
    tip = (foot[0] - rng.uniform(0.1, 0.6), foot[1] - rng.uniform(-0.05, 0.2))
    return _drawn((ring, _smooth(np.array([*swing, foot, tip]))), int(rng.integers(6, 13)))


def wavy_seven(rng: Generator) -> np.ndarray:
    """A 7 whose top is a wave that begins with a hook, nearly always with a bar."""
    low, high = rng.uniform(0.1, 0.35), rng.uniform(0, 0.1)
    right, foot = (rng.uniform(0.8, 1), rng.uniform(0, 0.15)), (rng.uniform(0.15, 0.6), 1.0)
    top = [(rng.uniform(0, 0.2), low), (rng.uniform(0.1, 0.25), high)]
    top += [(rng.uniform(0.45, 0.65), rng.uniform(0.05, 0.2)), right]
    bend = (np.mean([right[0], foot[0]]) + rng.uniform(-0.15, 0.05), 0.5)
    lines = [_smooth(np.array(top)), _smooth(np.array([right, bend, foot]))]
    if rng.random() < 0.85:
        level, tilt = rng.uniform(0.42, 0.65), rng.uniform(-0.08, 0.08)
        left, end = bend[0] - rng.uniform(0.15, 0.5), bend[0] + rng.uniform(0.15, 0.5)
        lines.append(np.array([(left, level + tilt), (end, level - tilt)]))
    return _drawn(lines, int(rng.integers(6, 13)))


def _smooth(knots: np.ndarray) -> np.ndarray:
    """A curve through the neighbourhood of points: float32 (60, 2)."""
    points = knots[:, None].astype(np.float32)
    return np.asarray(cv2.resize(points, (1, 60), interpolation=cv2.INTER_CUBIC)[:, 0])


def open_four(rng: Generator) -> np.ndarray:
    """A 4 of two strokes: down and to the right, and, crossing it, down."""
    corner, bar, stem = rng.uniform(0.05, 0.25), rng.uniform(0.5, 0.75), rng.uniform(0.55, 0.95)
    start = (rng.uniform(corner, stem), rng.uniform(0, 0.1))
    first = np.array([start, (corner, bar), (rng.uniform(0.85, 1), bar + rng.uniform(-0.15, 0.1))])
    top = bar + 0.02 - rng.uniform(0, bar - 0.08) * rng.random()  # a short stroke is as common
    second = np.array([(stem, top), (stem + rng.uniform(-0.25, 0.1), 1)])
    if rng.random() < 0.5:  # a round corner
        t = np.linspace(0, 1, 20)[:, None]
        reach = 2 * first[1] - (first[0] + first[2]) / 2
        first = (1 - t) ** 2 * first[0] + 2 * t * (1 - t) * reach + t**2 * first[2]
    return _drawn((first, second), int(rng.integers(6, 13)))


def _drawn(lines: Sequence[np.ndarray], width: int) -> np.ndarray:
    """Lines through points, float (n, 2) from 0 to 1."""
    ink = np.zeros((LARGE, LARGE), np.uint8)
    for line in lines:
        ink = _with_curve(ink, 0.15 * LARGE + 0.7 * LARGE * line, width)
    return ink


def _with_curve(ink: np.ndarray, points: np.ndarray, width: int) -> np.ndarray:
    sixteenths = (16 * points).round().astype(np.int32)
    return cv2.polylines(ink.copy(), [sixteenths], False, 255, width, cv2.LINE_AA, shift=4)


def _with_line(
    ink: np.ndarray, start: tuple[float, float], end: tuple[float, float], width: int = PEN - 1
) -> np.ndarray:
    ends = [(round(16 * x), round(16 * y)) for x, y in (start, end)]  # in sixteenths of a pixel
    return cv2.line(ink.copy(), ends[0], ends[1], 255, width, cv2.LINE_AA, shift=4)


def scribble(rng: Generator) -> np.ndarray:
    """One to three smooth random strokes, with more turns than a digit has."""
    ink = np.zeros((LARGE, LARGE), np.uint8)
    strokes = int(rng.integers(1, 4))
    for _ in range(strokes):
        turns = int(rng.integers(10 - 2 * strokes, 13))
        points = LARGE * _smooth(rng.uniform(0.1, 0.9, (turns, 2)))
        ink = _with_curve(ink, points, int(rng.integers(4, 13)))
    return ink


def shape(rng: Generator) -> np.ndarray:
    """A polygon, filled or not, a star, an arrow, a tick, a cross, some strokes side by side."""
    ink = np.zeros((LARGE, LARGE), np.uint8)
    width, middle, radius = int(rng.integers(4, 13)), LARGE / 2, LARGE * rng.uniform(0.25, 0.42)
    kind = rng.integers(0, 6)
    if kind == 0:  # triangle to hexagon
        corners = int(rng.integers(3, 7))
        angles = np.sort(rng.uniform(0, 0.5, corners) + np.arange(corners) * 2 * np.pi / corners)
        points = middle + radius * np.stack([np.cos(angles), np.sin(angles)], 1)
        cv2.polylines(ink, [points.astype(np.int32)], True, 255, width, cv2.LINE_AA)
    elif kind == 1:  # a filled blob
        angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
        reach = radius * rng.uniform(0.5, 1.1, 12)
        points = middle + reach[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)
        cv2.fillPoly(ink, [points.astype(np.int32)], 255, cv2.LINE_AA)
    else:
        lines = {
            2: [(0.1, 0.5, 0.9, 0.5), (0.65, 0.25, 0.9, 0.5), (0.65, 0.75, 0.9, 0.5)],
            3: [(0.1, 0.55, 0.4, 0.85), (0.4, 0.85, 0.9, 0.15)],
            4: [(0.5, 0.1, 0.5, 0.9), (0.1, 0.5, 0.9, 0.5)],
            5: [(x, 0.15, x, 0.85) for x in np.linspace(0.15, 0.85, int(rng.integers(2, 6)))],
        }[int(kind)]
        for line in lines:
            x1, y1, x2, y2 = np.array(line) * LARGE + rng.normal(0, 3, 4)
            ink = _with_line(ink, (x1, y1), (x2, y2), width)
        if kind != 3:  # a tick on its head is a 1 or a 7
            ink = np.ascontiguousarray(np.rot90(ink, int(rng.integers(0, 4))))
    return ink


def doodle(rng: Generator) -> np.ndarray:
    """Three to six lines, arcs and rings between the points of a grid, as letters may be."""
    ink, width = np.zeros((LARGE, LARGE), np.uint8), int(rng.integers(4, 11))
    grid = LARGE * (0.15 + 0.7 * np.stack(np.meshgrid([0, 0.5, 1], [0, 0.5, 1]), -1).reshape(-1, 2))
    for _ in range(rng.integers(3, 7)):
        start, end = grid[rng.choice(9, 2, replace=False)] + rng.normal(0, 4, (2, 2))
        t, kind = np.linspace(0, 1, 24)[:, None], rng.random()
        points = start + t * (end - start)
        if kind < 0.3:  # an arc
            points = points + np.sin(np.pi * t) * (end - start)[::-1] * rng.uniform(-0.5, 0.5)
        elif kind < 0.4:  # a ring
            around = 2 * np.pi * t
            points = start + rng.uniform(6, 20) * np.hstack([np.cos(around), np.sin(around)])
        ink = _with_curve(ink, points, width)
    return ink


def blotches(rng: Generator) -> np.ndarray:
    """Noise, coarse or fine, above a level."""
    cells = int(rng.integers(9, 40))
    noise = cv2.resize(rng.standard_normal((cells, cells)).astype(np.float32), (LARGE, LARGE))
    return (noise > rng.uniform(0.3, 1.3)).astype(np.uint8) * 255


def turned_digit(ink: np.ndarray, label: int, rng: Generator) -> np.ndarray:
    """A large digit lying, on its head or mirrored, so that it is none; nothing, of 0, 8, ..."""
    ways: list[tuple[str, Callable[[np.ndarray], np.ndarray]]] = [
        ("1234567", np.rot90),
        ("1234567", lambda image: np.rot90(image, 3)),
        ("347", lambda image: np.rot90(image, 2)),
        ("34679", np.fliplr),
    ]
    fitting = [way for digits, way in ways if str(label) in digits]
    if not fitting:
        return np.zeros_like(ink)
    return np.ascontiguousarray(fitting[rng.integers(len(fitting))](ink))


def side_by_side(left: np.ndarray, right: np.ndarray, rng: Generator) -> np.ndarray:
    """Two large digits that touch or overlap, in one image."""
    left, right = trimmed(left), trimmed(right)
    width = left.shape[1] + right.shape[1] - int(rng.integers(0, 14))
    ink = np.zeros(
        (max(len(left), len(right)), max(width, left.shape[1], right.shape[1])), np.uint8
    )
    ink[: len(left), : left.shape[1]] = left
    place = ink[: len(right), -right.shape[1] :]
    np.maximum(place, right, out=place)
    part = 0.9 * LARGE / max(ink.shape)
    ink = cv2.resize(ink, None, fx=part, fy=part, interpolation=cv2.INTER_AREA)
    y, x = LARGE - ink.shape[0], LARGE - ink.shape[1]
    return cv2.copyMakeBorder(ink, y // 2, y - y // 2, x // 2, x - x // 2, cv2.BORDER_CONSTANT)


# Styles that are rare in MNIST: of a digit of MNIST's, changed, and drawn anew.
RESTYLED = {1: upright_one, 7: barred_seven, 9: hooked_nine}
DRAWN = {4: open_four, 7: wavy_seven, 9: curled_nine}
