"""composed: photos of sheets full of digits, and what stands where on them; for benchmarks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import cv2
import numpy as np

Layout = Literal["rows", "ruled", "grid"]
Generator = np.random.Generator
COLUMNS = 4
RULED = 170  # of 255: how dark printed lines are, beside a digit's ink


@dataclass(frozen=True)
class Difficulty:
    """How bad a photo is.

    Attributes:
        tilt: degrees, up to which the sheet is turned.
        perspective: part of the shorter side, up to which a corner is moved.
        shade: part of the light that is missing, up to, in the darkest place.
        blur: standard deviation, as part of a digit's height.
        noise: standard deviation, in grey levels.
        touching: part of the neighbours in a number that touch.
        contrast: the least part of the paper's light that ink takes away.
    """

    tilt: float
    perspective: float
    shade: float
    blur: float
    noise: float
    touching: float
    contrast: float


DIFFICULTIES = {
    "easy": Difficulty(1, 0, 0.1, 0.005, 2, 0, 0.7),
    "moderate": Difficulty(4, 0.03, 0.35, 0.015, 5, 0.03, 0.5),
    "hard": Difficulty(9, 0.07, 0.55, 0.03, 9, 0.12, 0.35),
}


@dataclass
class Composed:
    """A sheet and what stands on it.

    Attributes:
        photo: uint8 (h, w, 3), red, green, blue.
        rows: the numbers of each row, such as ["407", "12"].
        digits: label, x and y of each digit: its centre of mass in the photo's pixels.
    """

    photo: np.ndarray
    rows: list[list[str]] = field(default_factory=list)
    digits: list[tuple[int, float, float]] = field(default_factory=list)


def composed(
    images: Sequence[np.ndarray],
    labels: Sequence[int],
    difficulty: Difficulty,
    layout: Layout,
    rng: Generator,
    height: int = 56,
) -> Composed:
    """Put digits on a sheet, in numbers of one to five, and photograph it.

    Args:
        images: uint8 (h, w), 0 = background .. 255 = ink.
        labels: 0 to 9, of each.
        difficulty: of DIFFICULTIES.
        layout: rows of numbers, also on ruled paper, or at most a number in each cell of a grid.
        rng: the only source of chance.
        height: of a usual digit, in pixels.
    """
    stock = list(zip(images, labels, strict=True))
    line, cell = round(2.2 * height), round(6.2 * height)
    most = len(stock) // 2 + 2  # rows; numbers have three digits in the mean
    ink = np.zeros((most * line + 2 * height, COLUMNS * cell + 2 * height), np.uint8)
    sheet, top = Composed(ink), height
    while stock:
        row: list[str] = []
        for column in range(COLUMNS):
            if stock and (layout == "rows" or rng.random() < 0.9):
                number = [stock.pop() for _ in range(min(int(rng.integers(1, 6)), len(stock)))]
                left = (1.4 + rng.uniform(0, 0.3)) * height + column * cell
                _write(sheet, number, (left, top + line / 2), height, difficulty.touching, rng)
                row.append("".join(str(label) for _, label in number))
        if row:
            sheet.rows.append(row)
        top += line
    sheet.photo = ink[: top + height]
    if layout != "rows":
        _rule(sheet.photo, range(height, top + 1, line), cell if layout == "grid" else 0, height)
    return _photographed(sheet, difficulty, height, rng)


def _write(
    sheet: Composed,
    number: Sequence[tuple[np.ndarray, int]],
    place: tuple[float, float],
    height: int,
    touching: float,
    rng: Generator,
) -> None:
    """Digits side by side, from a left end and around a middle line."""
    left, middle = place
    for image, label in number:
        x, y, wide, high = cv2.boundingRect((image > 24).astype(np.uint8))
        part = height * rng.uniform(0.85, 1.1) / max(high, 0.75 * wide)
        size = max(2, round(wide * part)), max(4, round(high * part))
        digit = cv2.resize(image[y : y + high, x : x + wide], size, interpolation=cv2.INTER_CUBIC)
        top = round(middle - size[1] / 2 + rng.uniform(-0.08, 0.08) * height)
        area = sheet.photo[top : top + size[1], round(left) : round(left) + size[0]]
        np.maximum(area, digit, out=area)
        mass = cv2.moments(digit)
        across, down = mass["m10"] / mass["m00"], mass["m01"] / mass["m00"]
        sheet.digits.append((label, left + across, top + down))
        left += size[0] + height * (-0.03 if rng.random() < touching else rng.uniform(0.12, 0.3))


def _rule(ink: np.ndarray, levels: range, cell: int, height: int) -> None:
    """Level lines, and upright ones, `cell` apart, where that isn't 0."""
    thick, right = max(1, round(0.05 * height)), height + COLUMNS * (cell or round(6.2 * height))
    areas = [ink[y : y + thick, height : right + thick] for y in levels]
    if cell:
        ends = slice(levels[0], levels[-1])
        areas += [ink[ends, x : x + thick] for x in range(height, right + 1, cell)]
    for area in areas:
        np.maximum(area, RULED, out=area)


def _photographed(sheet: Composed, difficulty: Difficulty, height: int, rng: Generator) -> Composed:
    """The sheet on a dark table, in uneven light, not quite from above."""
    high, wide = sheet.photo.shape
    margin = round(0.12 * max(high, wide))
    corners = np.array([(0, 0), (wide, 0), (wide, high), (0, high)], np.float64)
    angle = np.deg2rad(rng.uniform(-1, 1) * difficulty.tilt)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    moved = (corners - corners.mean(0)) @ turn + corners.mean(0) + margin
    moved += rng.uniform(-1, 1, (4, 2)) * difficulty.perspective * min(wide, high)
    change = cv2.getPerspectiveTransform(corners.astype(np.float32), moved.astype(np.float32))
    size = wide + 2 * margin, high + 2 * margin

    paper = rng.uniform(170, 245) * rng.uniform(0.94, 1, 3)
    depth = rng.uniform(difficulty.contrast, 0.9)
    shades = (paper * (1 - depth * (sheet.photo[..., None] / 255))).astype(np.float32)
    table = rng.uniform(20, 80, 3).tolist()
    photo = np.asarray(cv2.warpPerspective(shades, change, size, borderValue=table))
    photo = photo * _light(size, difficulty.shade, rng)[..., None]
    blurred = cv2.GaussianBlur(photo, (0, 0), max(0.3, difficulty.blur * height))
    noisy = blurred + rng.normal(0, difficulty.noise, photo.shape)
    points = cv2.perspectiveTransform(np.array([[(x, y) for _, x, y in sheet.digits]]), change)[0]
    placed = [(label, *at) for (label, *_), at in zip(sheet.digits, points.tolist(), strict=True)]
    return Composed(np.clip(noisy, 0, 255).astype(np.uint8), sheet.rows, placed)


def _light(size: tuple[int, int], shade: float, rng: Generator) -> np.ndarray:
    """Uneven light and the edge of a shadow: float32 (h, w), 1 = full."""
    x, y = np.meshgrid(*(np.linspace(-0.5, 0.5, side, dtype=np.float32) for side in size))
    angle = rng.uniform(0, 2 * np.pi)
    across = np.cos(angle) * x + np.sin(angle) * y
    even = 1 - shade * rng.random() * (across + 0.5).clip(0, 1)
    edge = 1 / (1 + np.exp(-40 * (across + rng.uniform(-0.3, 0.3))))
    light: np.ndarray = even * (1 - 0.6 * shade * edge)
    return light.astype(np.float32)
