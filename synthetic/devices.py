"""Devices: what shows digits without paper: seven-segment displays, the wheels of meters."""

from dataclasses import replace

import cv2
import numpy as np

from synthetic.canvas import Canvas
from synthetic.glyphs import Generator, printed, segments
from synthetic.layouts import Area
from synthetic.pens import Pen, Supply, ink_colour, pen
from synthetic.samples import trimmed


def display(canvas: Canvas, area: Area, supply: Supply, dark: bool, rng: Generator) -> None:
    """A seven-segment display, perhaps in a panel of its own colour."""
    left, top, right, bottom = area
    height = rng.uniform(14, min(60, bottom - top - 2)) if bottom - top > 18 else 14
    if rng.random() < 0.4:
        dark = _panel(canvas, area, height, rng)
    colour = ink_colour(dark, rng, 0.1)
    glow = rng.uniform(0.2, 0.9) * (rng.random() < 0.3)
    lit = tuple((part + 255) / 2 for part in colour) if glow and not dark else colour
    slant, unlit = float(rng.choice([0, rng.uniform(0, 0.2)])), int(rng.choice([0, 0, 25]))
    style = int(rng.integers(1 << 32))  # of all its digits
    x, y = left + 4, top + (bottom - top - height) / 2
    while x < right - height:
        digit = int(rng.integers(0, 10))
        ink = segments(digit, height, np.random.default_rng(style), slant, unlit)
        shift = 0.35 * height if digit == 1 and not unlit else 0
        if glow:
            canvas.put(_glow(ink, height, glow), (x + shift - height / 2, y - height / 2), colour)
        canvas.write(ink, (x + shift, y), lit, str(digit), "digit", height)
        x += 0.75 * height * rng.uniform(0.95, 1.3)
        if rng.random() < 0.1:
            canvas.write(np.full((max(2, int(height / 9)),) * 2, 255, np.uint8),
                         (x - 0.15 * height, y + 0.88 * height), colour, ".", "sign",
                         height)  # fmt: skip


def _panel(canvas: Canvas, area: Area, height: float, rng: Generator) -> bool:
    """Where a display's digits will stand; gives whether they are to be darker than it."""
    left, top, right, bottom = area
    dark, middle = bool(rng.random() < 0.7), (top + bottom) / 2
    shade = rng.uniform(110, 210) if dark else rng.uniform(0, 60)
    tint = tuple((shade + rng.uniform((-25, -15, -45), (15, 25, 10))).clip(0, 255).tolist())
    for reach, colour in ((rng.uniform(0.8, 1.3), (rng.uniform(0, 255),) * 3), (0.7, tint)):
        high = reach * height
        canvas.fill((left, max(top, middle - high), right, min(bottom, middle + high)), colour)
    return dark


def _glow(ink: np.ndarray, height: float, strength: float) -> np.ndarray:
    """The light around a lit digit: ink that is half a height larger on each side."""
    around = np.pad(ink, round(height / 2))
    return np.asarray(cv2.GaussianBlur(around, (0, 0), height / 8) * strength, np.uint8)


def wheels(canvas: Canvas, area: Area, supply: Supply, dark: bool, rng: Generator) -> None:
    """A meter: digits on wheels, each in its window; some are just turning to the next."""
    left, top, right, bottom = area
    own = pen(supply, rng.uniform(12, 46), dark, rng, False)
    wide, high = own.height * rng.uniform(0.8, 1.3), own.height * rng.uniform(1.15, 1.8)
    gap, pitch = wide * rng.choice([0, rng.uniform(0.05, 0.5)]), own.height * rng.uniform(1.3, 1.7)
    is_bright = rng.random() < 0.3
    shade = rng.uniform(190, 255) if is_bright else rng.uniform(0, 70)
    ink, face = ink_colour(is_bright, rng, 0.15), (shade,) * 3
    x, y = left + 2, top + rng.uniform(0, max(0.0, bottom - top - high))
    if y + high > bottom:
        return
    while x + wide < right:
        window = x, y, x + wide, y + high
        canvas.fill(window, face)
        turned = rng.uniform(-0.5, 0.5) if rng.random() < 0.3 else rng.normal(0, 0.04)
        _wheel(canvas, window, replace(own, colour=ink), turned * pitch, pitch, rng)
        if rng.random() < 0.05:  # a comma, before the places that are red
            own.text(canvas, ",", (x + wide, y + high - own.height / 2), rng)
            ink, face = ink_colour(True, rng, 0), tuple(rng.uniform((150, 0, 0), (255, 90, 90)))
        x += wide + gap


def _wheel(
    canvas: Canvas, window: Area, own: Pen, turned: float, pitch: float, rng: Generator
) -> None:
    """The digit in a window and its neighbours, `pitch` apart; what the window cuts is none."""
    left, top, right, bottom = window
    middle, digit = (top + bottom) / 2 + turned, int(rng.integers(0, 10))
    for step in (-1, 0, 1):
        line = printed(own.font, str((digit + step) % 10), own.height)
        ink = trimmed(line.ink)
        y = round(middle + step * pitch - len(ink) / 2)
        cut = ink[max(0, round(top) - y) : max(0, round(bottom) - y)]
        place = (left + right - ink.shape[1]) / 2, max(y, round(top))
        if len(cut) > 1:
            is_whole = len(cut) > 0.92 * len(ink)
            text = str((digit + step) % 10) if is_whole else ""
            canvas.write(cut, place, own.colour, text, "digit" if is_whole else "other", own.height)
