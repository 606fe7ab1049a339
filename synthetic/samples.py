"""Digits as pens, printers and cameras make them, for training; `drawn` has rare styles.

Everything is large, 112 x 112 pixels, uint8, 0 = background .. 255 = ink; `photographed` puts it on
paper and takes a picture, which goes through `preprocess` as a user's does.
"""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

LARGE = 112  # pixels: four times MNIST's
PEN = 10  # of these pixels: the usual width of a stroke in MNIST
FONT_SIZE = 88

Generator = np.random.Generator


def enlarged(image28: np.ndarray) -> np.ndarray:
    """An image of MNIST, uint8 (28, 28), as a large one."""
    return cv2.resize(image28, (LARGE, LARGE), interpolation=cv2.INTER_CUBIC)


@cache
def font_of(path: Path) -> ImageFont.FreeTypeFont:
    """A font, FONT_SIZE pixels large."""
    return ImageFont.truetype(path, FONT_SIZE)


def has_glyphs(path: Path, characters: str) -> bool:
    """Whether a font has pictures of its own for all characters."""
    missing = bytes(font_of(path).getmask("\uffff"))
    return all(bytes(font_of(path).getmask(one)) not in (b"", missing) for one in characters)


def glyph(path: Path, character: str) -> np.ndarray:
    """A printed character, in the middle of a large image."""
    canvas = Image.new("L", (LARGE, LARGE))
    centre = (LARGE // 2, LARGE // 2)
    ImageDraw.Draw(canvas).text(centre, character, 255, font_of(path), anchor="mm")
    return np.asarray(canvas)


def bent(ink: np.ndarray, rng: Generator, strength: float = 1.0) -> np.ndarray:
    """Turned, slanted, made wider or narrower and distorted at random; nothing is cut off."""
    side = 2 * LARGE
    angle, slant, aspect = rng.normal(0, (np.deg2rad(7), 0.13, 0.2)) * strength
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, -sin], [sin, cos]]) @ np.array([[1, slant], [0, 1]])
    turn = turn @ np.diag([np.exp(aspect / 2), np.exp(-aspect / 2)])
    y, x = np.mgrid[:side, :side].astype(np.float32) - side / 2
    knots = rng.standard_normal((2, 5, 5)).astype(np.float32) * 3 * strength
    waves = [cv2.resize(part, (side, side), interpolation=cv2.INTER_CUBIC) for part in knots]
    inverse = np.linalg.inv(turn).astype(np.float32)
    source_x = inverse[0, 0] * x + inverse[0, 1] * y + waves[0] + LARGE / 2
    source_y = inverse[1, 0] * x + inverse[1, 1] * y + waves[1] + LARGE / 2
    return cv2.remap(ink, source_x, source_y, cv2.INTER_LINEAR)


def with_pen(ink: np.ndarray, change: int) -> np.ndarray:
    """Strokes wider by `change` pixels, or narrower."""
    size = abs(change) + 1
    pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    changed = cv2.dilate(ink, pen) if change > 0 else cv2.erode(ink, pen)
    return changed if changed.any() else ink


def squared(ink: np.ndarray, most: float = 2.5) -> np.ndarray:
    """Made as wide as high, as some software does; at most so many times as wide or high."""
    ink = trimmed(ink)
    height, width = ink.shape
    side = max(ink.shape)
    size = min(side, round(most * width)), min(side, round(most * height))
    return np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_LINEAR))


def photographed(ink: np.ndarray, rng: Generator) -> np.ndarray:
    """A picture of a drawing: scanned in black and white, or on paper with all that a camera adds.

    Returns:
        uint8 (h, w, 3), red, green, blue.
    """
    ink = trimmed(ink)
    height = float(np.exp(rng.uniform(np.log(10), np.log(140))))
    part = height / max(ink.shape)
    size = [max(1, round(side * part)) for side in ink.shape[::-1]]
    method = cv2.INTER_AREA if part < 1 else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(ink, size, interpolation=method))
    if rng.random() < 0.2:
        scan = np.pad(small > rng.integers(70, 180), int(rng.integers(0, 4)))
        return np.where(scan, 0, 255).astype(np.uint8)[..., None].repeat(3, 2)
    margins = (height * rng.uniform(0.1, 0.7, (2, 2))).astype(int) + 1
    picture = _on_paper(np.pad(small, margins.tolist()).astype(np.float32) / 255, rng)
    blurred = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.2, 0.2 + 0.018 * height))
    noisy = blurred + rng.normal(0, rng.uniform(0, 7), blurred.shape)
    pixels = np.clip(noisy, 0, 255).astype(np.uint8)
    if rng.random() < 0.2:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 90))]
        encoded = cv2.imencode(".jpg", pixels, quality)[1]
        pixels = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE))
    colours: np.ndarray = pixels[..., None].repeat(3, 2)
    return colours


def trimmed(ink: np.ndarray) -> np.ndarray:
    """The part that has ink in it."""
    x, y, width, height = cv2.boundingRect((ink > 24).astype(np.uint8))
    return ink[y : y + height, x : x + width]


def _on_paper(ink: np.ndarray, rng: Generator) -> np.ndarray:
    """Ink, 0 to 1, on paper in uneven light, or chalk on a board: float32 (h, w), 0 to 255."""
    paper, contrast = rng.uniform(110, 255), rng.uniform(0.35, 1)
    coarse = rng.standard_normal([max(2, side // 3) for side in ink.shape]).astype(np.float32)
    grain = cv2.resize(coarse, ink.shape[::-1], interpolation=cv2.INTER_LINEAR)
    y, x = np.mgrid[: ink.shape[0], : ink.shape[1]] / max(ink.shape)
    light = 1 + (x - 0.5) * rng.uniform(-0.4, 0.4) + (y - 0.5) * rng.uniform(-0.4, 0.4)
    shades: np.ndarray = (paper + grain * rng.uniform(0, 5)) * light * (1 - contrast * ink)
    return (255 - shades if rng.random() < 0.25 else shades).astype(np.float32)
