"""Layouts: what people put on pages: tables, puzzles, forms, rows of numbers, text."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise, product

import numpy as np

from synthetic import drawn
from synthetic.canvas import Canvas
from synthetic.glyphs import Generator, scaled
from synthetic.pens import Pen, Supply, ink_colour, pen
from synthetic.samples import trimmed

Area = tuple[float, float, float, float]  # left, top, right, bottom
# How often letters are, in a word: those like digits are no rarer.
COMMON = "etaoinshrdlcumwfgypbvkxjqz" * 2 + "eeettaaooiinnsslrGDISBZOQTLAgqlIzsSboB"


def word(rng: Generator) -> str:
    """Letters that could be a word."""
    letters = "".join(rng.choice([*COMMON], int(rng.integers(2, 10))))
    return str(rng.choice([letters, letters.capitalize(), letters.upper()], p=[0.6, 0.25, 0.15]))


def number(rng: Generator, most: int = 5) -> str:
    """A number as people write them, with or without a sign."""
    text = "".join(map(str, rng.integers(0, 10, int(rng.integers(1, most + 1)))))
    match int(rng.integers(0, 20)):
        case 0:
            return f"{rng.choice([*'-+'])}{text}"
        case 1 | 2 | 3:
            point, minus = rng.choice([*"..,"]), rng.choice(["", "", "-"])
            return f"{minus}{text}{point}{rng.integers(0, 10 ** rng.integers(1, 4))}"
        case 4:
            separator = rng.choice([*"/-."])
            return str(separator.join(map(str, rng.integers((1, 1, 10), (32, 13, 2030)))))
        case 5:
            return f"{rng.integers(0, 24)}:{rng.integers(0, 60):02}"
        case 6:
            return f"{text}%"
        case 7:
            return f"{text}/{rng.integers(0, 100)}"
        case 8:
            return str(rng.choice([f"({text})", f"{text}.", f"${text}", f"{text}="]))
        case _:
            return text


def grid(canvas: Canvas, area: Area, supply: Supply, dark: bool, rng: Generator) -> None:
    """A table or a puzzle: cells with a digit, a number, a word, small notes, or nothing."""
    left, top, right, bottom = area
    cell = rng.uniform(17, 60)
    is_puzzle = rng.random() < 0.55
    high = cell if is_puzzle else cell * rng.uniform(0.6, 1)
    columns, rows = int((right - left) / cell), int((bottom - top) / high)
    if is_puzzle and rng.random() < 0.8:
        columns = rows = min(columns, rows, 9)
    columns, rows = min(columns, 12), min(rows, 14)
    if columns < 2 or rows < 1:
        return
    xs = left + cell * np.arange(columns + 1)
    if not is_puzzle and rng.random() < 0.6:
        steps = rng.uniform(0.7, 1.6, columns)
        xs = left + cell * columns * np.concatenate([[0], np.cumsum(steps) / steps.sum()])
    ys = top + high * np.arange(rows + 1)
    _tint(canvas, xs, ys, dark, rng)
    height = min(cell, high) * rng.uniform(0.38, 0.78)
    pens = [pen(supply, height, dark, rng) for _ in range(2)]
    _fill(canvas, xs, ys, pens, is_puzzle, rng)
    if rng.random() < 0.95:
        _rules(canvas, xs, ys, dark, is_puzzle, rng)


def _tint(canvas: Canvas, xs: np.ndarray, ys: np.ndarray, dark: bool, rng: Generator) -> None:
    """Some cells of another colour."""
    if rng.random() < 0.6:
        return
    share = rng.uniform(0.02, 0.5)
    low, high = (150, 255) if dark else (0, 90)
    tint = tuple(rng.uniform(low, high, 3).tolist())
    for y, below in pairwise(ys):
        for x, beside in pairwise(xs):
            if rng.random() < share:
                canvas.fill((x, y, beside, below), tint)


def _fill(
    canvas: Canvas, xs: np.ndarray, ys: np.ndarray, pens: list[Pen], one: bool, rng: Generator
) -> None:
    """Write into the cells."""
    full, notes, odd = rng.uniform(0, 1), 0.3 * (rng.random() < 0.2), 0.1 * (rng.random() < 0.3)
    words = 0.3 * (not one and rng.random() < 0.4)
    marked = 0.15 * (rng.random() < 0.2)
    for (y, below), (x, beside) in product(pairwise(ys), pairwise(xs)):
        middle, wide = (y + below) / 2, beside - x
        own = pens[int(rng.random() < 0.3)]
        shift = rng.uniform(-0.08, 0.08, 2) * own.height
        if rng.random() < odd:
            _oddity(canvas, (x, y, beside, below), own, rng)
        elif rng.random() < words:
            Pen(own.supply, own.font, False, own.colour, min(own.height, wide / 5)).text(
                canvas, word(rng)[: int(rng.integers(2, 7))], (x + 3, middle), rng
            )
        elif rng.random() < full:
            if rng.random() < marked:  # its colours are turned round
                canvas.fill((x, y, beside, below), own.colour)
                own = replace(own, colour=canvas.paper)
            most = 1 if one else max(1, int(wide / own.height / 0.9))
            text = str(rng.integers(0, 10)) if one else number(rng, min(most, 4))[:most]
            start = x + (wide - 0.62 * own.height * len(text)) / 2 + shift[0]
            own.text(canvas, text, (start, middle + shift[1]), rng)
        elif rng.random() < notes:
            _notes(canvas, (x, y, beside, below), own, rng)


def _notes(canvas: Canvas, cell: Area, own: Pen, rng: Generator) -> None:
    """Candidates of a puzzle: small digits, which are none of the table."""
    left, top, right, bottom = cell
    small = (bottom - top) * rng.uniform(0.16, 0.3)
    share = rng.choice([0.1, 0.35])
    if small < 4:
        return
    light = tuple(0.5 * part + 90 for part in own.colour)
    little = Pen(own.supply, own.font, own.by_hand and rng.random() < 0.4, light, small)
    before = len(canvas.symbols)
    for n in range(9):
        if rng.random() < share:
            x = left + (right - left) * (0.12 + 0.3 * (n % 3))
            little.text(canvas, str(n + 1), (x, top + (bottom - top) * (0.2 + 0.3 * (n // 3))), rng)
    for symbol in canvas.symbols[before:]:
        symbol.kind = "other"


def _oddity(canvas: Canvas, cell: Area, own: Pen, rng: Generator) -> None:
    """A dash, a tick, a cross, a drawing, a blot."""
    left, top, right, bottom = cell
    size = min(right - left, bottom - top) * rng.uniform(0.3, 0.8)
    middle = ((left + right) / 2, (top + bottom) / 2)
    if rng.random() < 0.3:
        own.text(
            canvas, str(rng.choice(["-", "–", "X", "x"])), (middle[0] - size / 3, middle[1]), rng
        )
        return
    make: list[Callable[[Generator], np.ndarray]] = [drawn.shape, drawn.scribble, drawn.doodle]
    ink = trimmed(make[rng.integers(3)](rng))
    if ink.size:
        ink = scaled(ink, size * min(1.0, len(ink) / ink.shape[1]))
        place = middle[0] - ink.shape[1] / 2, middle[1] - len(ink) / 2
        canvas.write(ink, place, own.colour, "", "other", size)


def _rules(
    canvas: Canvas, xs: np.ndarray, ys: np.ndarray, dark: bool, is_puzzle: bool, rng: Generator
) -> None:
    """The lines, thin and thick; sometimes faint, dashed, in colour, or some are missing."""
    usual = ink_colour(dark, rng, 0.4)
    thin = float(np.exp(rng.uniform(np.log(0.35), np.log(3))))
    thick = thin * rng.uniform(1, 4)
    every = 3 if is_puzzle and rng.random() < 0.8 else 99
    step = ys[1] - ys[0]
    dashes = (rng.uniform(0.05, 0.2) * step, rng.uniform(0.04, 0.1) * step)
    broken = rng.random() < 0.12
    missing = 0.15 * (rng.random() < 0.1)
    for places, others, upright in ((xs, ys, True), (ys, xs, False)):
        for n, place in enumerate(places):
            is_outer = n in (0, len(places) - 1)
            if not is_outer and rng.random() < missing:
                continue
            strong = n % every == 0 or (is_outer and rng.random() < 0.7)
            start, end = (place, others[0]), (place, others[-1])
            if not upright:
                start, end = start[::-1], end[::-1]
            canvas.rule(start, end, thick if strong else thin, usual,
                        dashes if broken and not strong else None)  # fmt: skip


def rows(canvas: Canvas, area: Area, supply: Supply, dark: bool, rng: Generator) -> None:
    """Rows of numbers, words among them, perhaps on ruled paper."""
    left, top, right, bottom = area
    own = pen(supply, rng.uniform(10, 44), dark, rng)
    line = own.height * rng.uniform(1.4, 2.6)
    words = rng.choice([0, 0, 0.3, 0.6])
    gap = own.height * rng.choice([0, 0, rng.uniform(-0.08, 0), rng.uniform(0, 1.5)])
    is_ruled = rng.random() < 0.25
    for y in np.arange(top + line / 2, bottom - line / 2, line):
        x = left + rng.uniform(0, 1) * own.height
        while x < right - 2 * own.height:
            text = word(rng) if rng.random() < words else number(rng)
            x = own.text(canvas, text, (x, y), rng, gap) + own.height * rng.uniform(0.5, 3)
        if is_ruled:
            below = y + line * rng.uniform(0.45, 0.5)
            canvas.rule((left, below), (right, below), rng.uniform(0.4, 1.5), (120, 130, 170))


def prose(canvas: Canvas, area: Area, supply: Supply, dark: bool, rng: Generator) -> None:
    """Lines of words, with hardly a number."""
    left, top, right, bottom = area
    own = pen(supply, rng.uniform(7, 26), dark, rng, bool(rng.random() < 0.15))
    line = own.height * rng.uniform(1.4, 2.4)
    for y in np.arange(top + line / 2, bottom - line / 2, line):
        x = left
        while x < right - 3 * own.height:
            text = number(rng) if rng.random() < 0.04 else word(rng)
            x = own.text(canvas, text, (x, y), rng) + own.height * rng.uniform(0.3, 0.7)


def boxes(canvas: Canvas, area: Area, supply: Supply, dark: bool, rng: Generator) -> None:
    """A form: words, and rows of boxes for digits, some empty."""
    left, top, right, bottom = area
    size = rng.uniform(18, 50)
    own = pen(supply, size * rng.uniform(0.45, 0.85), dark, rng)
    label = pen(supply, size * rng.uniform(0.25, 0.5), dark, rng, False)
    width, gap = rng.uniform(0.5, 3), float(rng.choice([0, 0, rng.uniform(2, 8)]))
    for y in np.arange(top, bottom - size, size * rng.uniform(1.2, 2.5)):
        x = label.text(canvas, word(rng), (left, y + size / 2), rng) + size * rng.uniform(0.2, 0.8)
        for _ in range(int(rng.integers(1, 8))):
            if x + size > right:
                break
            corners = [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]
            for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
                canvas.rule(start, end, width, own.colour if rng.random() < 0.1 else label.colour)
            if rng.random() < 0.1:
                _oddity(canvas, (x, y, x + size, y + size), own, rng)
            elif rng.random() < 0.7:
                place = x + size * rng.uniform(0.2, 0.4), y + size * rng.uniform(0.45, 0.55)
                own.text(canvas, str(rng.integers(0, 10)), place, rng)
            x += size + gap


def watermark(canvas: Canvas, area: Area, supply: Supply, dark: bool, rng: Generator) -> None:
    """Faint drawings and words behind all else, as on forms: nothing to read."""
    left, top, right, bottom = area
    change = rng.uniform(8, 40) * (-1 if dark else 1)
    colour = tuple(float(np.clip(part + change, 0, 255)) for part in canvas.paper)
    own = replace(pen(supply, rng.uniform(12, 60), dark, rng, False), colour=colour)
    for _ in range(int(rng.integers(4, 30))):
        x, y = rng.uniform((left, top), (right, bottom))
        if rng.random() < 0.5:
            own.text(canvas, word(rng), (x, y), rng)
        else:
            _oddity(canvas, (x, y, x + own.height, y + own.height), own, rng)
    canvas.symbols.clear()


def clutter(canvas: Canvas, area: Area, supply: Supply, dark: bool, rng: Generator) -> None:
    """Drawings, bars, plain shapes: nothing to read."""
    left, top, right, bottom = area
    for _ in range(int(rng.integers(1, 7))):
        x, y = rng.uniform((left, top), (right, bottom))
        size = rng.uniform(8, 90)
        if rng.random() < 0.4:
            tint = tuple(rng.uniform(0, 255, 3).tolist())
            canvas.fill((x, y, x + size, y + size * rng.uniform(0.2, 2)), tint)
        else:
            own = pen(supply, size, dark, rng, False)
            _oddity(canvas, (x, y, x + size, y + size), own, rng)
