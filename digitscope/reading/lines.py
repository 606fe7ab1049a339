"""rows_of: symbols on a page -> lines of numbers, without words and specks.

Each symbol follows another one in its line; signs join the digit beside which they stand; what
stands close together and is mostly letters is a word, and goes.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

import numpy as np

from digitscope.reading.symbols import LEAST, Symbol

SAME_LINE = 0.5  # of a height: so far is a symbol above or below the one beside it
DRIFT = 0.03  # of the gap between two: so much more where they stand far apart
SPACE = 0.7  # of a height: a gap that parts two numbers, where the page shows no other
NARROW = 0.3  # of a height: a gap that never does
CLEAR = 0.15  # of a height: so far apart are the gaps in numbers and those between them
FEWEST = 8  # gaps that show how wide spaces are
WIDTH = 0.5  # of a height: as if at least so wide, a 1 stands no farther from its neighbours
LETTERS = 0.35  # of a height: nearer ones are of one word
RUN, CLEARLY = 4, 0.9  # so many digits, so certain, are a number though letters touch it: XX0041
# In heights of the digit beside it: so far below a digit's middle, from and to, a sign may be.
SIGNS = {"-": (-0.3, 0.4), ".": (0.0, 0.7), ",": (0.0, 0.9), ":": (-0.3, 0.4)}
BESIDE = 0.9  # of a height: so far from a digit's edge, at most, is the middle of its sign
TWICE = 1.8  # times as high: of another line
SPECK = 0.5  # of a digit's height, at most, is a speck


def rows_of(symbols: Sequence[Symbol], angle: float) -> list[list[list[Symbol]]]:
    """The numbers of each line, from top to bottom.

    Args:
        symbols: of a page, or a part of it.
        angle: by which its lines are turned, clockwise, in radians.
    """
    # Twice, as fields of a form are one row, whatever words of another height are between them.
    symbols = [
        one for line in _lines(symbols, angle) for piece in _pieces(line, angle) for one in piece
    ]
    pieces = [_pieces(line, angle) for line in _lines(symbols, angle)]
    space = _space(pieces, angle)
    return [numbers for line in pieces if (numbers := _numbers(line, space, angle))]


def numbers_of(symbols: Sequence[Symbol], angle: float) -> list[list[Symbol]]:
    """What stands close together and has a digit, line by line; arguments as of `rows_of`."""
    pieces = [piece for line in _lines(symbols, angle) for piece in _pieces(line, angle)]
    return [_without_specks(piece) for piece in pieces if any(one.is_digit for one in piece)]


def places_of(symbols: Sequence[Symbol], angle: float) -> np.ndarray:
    """Float (n, 2): x along the lines, y across them."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray(np.array([one.middle for one in symbols]).reshape(-1, 2) @ turn)


def _lines(symbols: Sequence[Symbol], angle: float) -> list[list[Symbol]]:
    """What follows each other from left to right, from top to bottom; then signs beside nothing."""
    lines = _chains([one for one in symbols if one.text not in SIGNS], angle)
    digits = [(one, line) for line in lines for one in line if one.is_digit]
    places = places_of([one for one, _ in digits], angle)
    sizes = np.array([one.size for one, _ in digits]).reshape(-1, 2)
    signs = [one for one in symbols if one.text in SIGNS]
    for sign, place in zip(signs, places_of(signs, angle), strict=True):
        across, below = (place - places).T / sizes[:, 1]
        low, high = SIGNS[sign.text]
        gaps = np.abs(across) - sizes[:, 0] / (2 * sizes[:, 1])
        gaps[(below < low) | (below > high)] = np.inf
        if gaps.min(initial=np.inf) <= BESIDE:
            digits[int(gaps.argmin())][1].append(sign)
        else:
            lines.append([sign])
    along = np.array([np.cos(angle), np.sin(angle)])
    return [sorted(line, key=lambda one: float(one.middle @ along)) for line in lines]


def _chains(symbols: Sequence[Symbol], angle: float) -> list[list[Symbol]]:
    """Lines: each symbol with the next one to its right; from top to bottom."""
    if not symbols:
        return []
    places = places_of(symbols, angle)
    heights = np.array([one.height for one in symbols])
    after = [_next(index, places, heights) for index in range(len(symbols))]
    before = [_next(index, places * (-1, 1), heights) for index in range(len(symbols))]
    links = {i: j for i, j in enumerate(after) if j is not None and before[j] == i}
    starts = sorted(set(range(len(symbols))) - set(links.values()), key=lambda i: places[i, 1])
    chains = []
    for index in starts:
        chain = [index]
        while chain[-1] in links:
            chain.append(links[chain[-1]])
        chains.append([symbols[i] for i in chain])
    return chains


def _next(index: int, places: np.ndarray, heights: np.ndarray) -> int | None:
    """The symbol that follows in the same line."""
    dx, dy = (places - places[index]).T
    least = np.minimum(heights, heights[index])
    fits = (dx > 0.1 * least) & (np.abs(dy) <= SAME_LINE * least + DRIFT * dx)
    fits &= np.maximum(heights, heights[index]) < TWICE * least
    others = np.flatnonzero(fits)
    return int(others[np.argmin(dx[others] + np.abs(dy[others]))]) if len(others) else None


def _gap(one: Symbol, other: Symbol, angle: float) -> float:
    """Between two that follow each other, in parts of their height."""
    (start, _), (end, _) = places_of([one, other], angle)
    height = max(one.height, other.height)
    wide = [max(each.size[0], WIDTH * height * each.is_digit) for each in (one, other)]
    return float(end - start - sum(wide) / 2) / height


def _pieces(line: Sequence[Symbol], angle: float) -> list[list[Symbol]]:
    """What stands close together in a line; of words the numbers in them."""
    pieces: list[list[Symbol]] = [[line[0]]] if line else []
    for one, other in pairwise(line):
        if _gap(one, other, angle) < LETTERS:
            pieces[-1].append(other)
        else:
            pieces.append([other])
    return [part for piece in pieces for part in (_runs(piece) if _is_word(piece) else [piece])]


def _runs(word: Sequence[Symbol]) -> Iterator[list[Symbol]]:
    """The numbers in a word."""
    for is_clear, run in groupby(word, lambda one: one.is_digit and one.certainty >= CLEARLY):
        if is_clear and len(digits := list(run)) >= RUN:
            yield digits


def _is_word(piece: Sequence[Symbol]) -> bool:
    """Whether more of it is likely something else than is likely a digit."""
    digits = sum(one.certainty for one in piece if one.is_digit)
    letters = sum(one.certainty if one.is_other else 1 - one.certainty for one in piece)
    return letters > digits and not all(one.text for one in piece)


def is_drawn(one: Symbol) -> bool:
    """Whether it is a letter or a drawing, more likely than a speck."""
    return one.is_other and one.certainty >= LEAST


def _without_specks(number: Sequence[Symbol]) -> list[Symbol]:
    """Without what is low and doubtful; a mark of a digit's size stays, as one without a guess."""
    least = SPECK * max(one.size[1] for one in number if one.is_digit)
    return [one for one in number if not one.is_other or is_drawn(one) or one.size[1] >= least]


def _space(lines: Sequence[Sequence[list[Symbol]]], angle: float) -> float:
    """The gap from which on two numbers are parted: where the page's gaps leave the most room."""
    symbols = [[one for piece in line for one in piece] for line in lines]
    gaps = sorted(_gap(*pair, angle) for line in symbols for pair in pairwise(line))
    ways = [
        (high - low, (low + high) / 2)
        for low, high in pairwise(gaps)
        if high > NARROW and low < SPACE
    ]
    room, middle = max(ways, default=(0.0, SPACE))
    is_clear = room >= CLEAR and len(gaps) >= FEWEST
    return min(max(middle, NARROW), SPACE) if is_clear else SPACE


def _numbers(pieces: Sequence[list[Symbol]], space: float, angle: float) -> list[list[Symbol]]:
    """Pieces that stand closer than `space` are one number; only those with a digit are kept."""
    numbers: list[list[Symbol]] = []
    for piece in pieces:
        if numbers and _gap(numbers[-1][-1], piece[0], angle) < space:
            numbers[-1] += piece
        else:
            numbers.append(list(piece))
    return [_without_specks(number) for number in numbers if any(one.is_digit for one in number)]
