"""digits_of: marks on a page -> digits; touching ones are cut apart where that reads best.

A mark that is too wide, or reads badly, is cut at columns of little ink in all ways that give
pieces of a digit's width; the pieces whose confidences have the largest product are kept.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from digitscope.errors import PictureError
from digitscope.pictures.preprocess import Preprocessed, centred, in_box
from digitscope.reading.layout import Part, rows_of
from digitscope.reading.marks import Mark, Marks
from digitscope.reading.reader import Prediction, Reader, no_digit

WIDE = 1.15  # times the height of a digit here, or its own: too wide for one
LOW = 0.85  # times that height: wider than a digit and so low is an m, not digits that touch
NARROW = 0.5  # times that height: too narrow for two
GRID = 0.12  # of that height: how far apart cuts are tried, each where there is the least ink
LEAST, MOST = 0.15, 1.7  # of that height: how wide a piece may be
CRUMB = 0.1  # of a piece's ink: smaller parts come from its neighbour
CUT_COST = 2.0  # of a cut through as much ink as a digit is high, as a logarithm of probability
PIECE_COST = 0.05  # of a piece, so that cuts which bring nothing are not made
LETTERS = 0.3  # of that height: letters farther apart are of two words
PAIR = 2  # pieces; of more at least half must be sure, or they are letters
MOST_PIECES = 20_000  # of all marks; two touching digits have some 50, and so many take seconds
REFUSED = 2.0  # by so much less counts a piece that is taken for no digit

Span = tuple[int, int]  # two of a mark's cuts


def digits_of(reader: Reader, found: Marks) -> list[Part]:
    """Read the marks of a page: digits, and words, each of which is one part.

    Raises:
        PictureError: too many of them may be digits that touch.
    """
    seen = [Part("digit", one) for one in _read(reader, found.marks)]
    rows = rows_of(seen, found.height, widest=LETTERS)
    words = [number for row in rows for number in row if _is_word(number, found.height)]
    parts = [Part("word", no_digit(_around(word), "it looks like a word")) for word in words]
    letters = {part for word in words for part in word}
    doubtful: list[Mark] = []
    for mark, part in zip(found.marks, seen, strict=True):
        if part in letters:
            continue
        width = mark.box[2] / max(found.height, mark.box[3])
        if width > (WIDE if part.said.status == "digit" else NARROW):
            doubtful.append(mark)
        else:
            parts.append(part)
    return parts + _cut(reader, doubtful, found.height)


def _is_word(number: list[Part], height: float) -> bool:
    """Whether at least half of what stands together, and more than one, resembles no digit."""
    letters = [
        part
        for part in number
        if part.said.status == "not_a_digit"
        and (part.box[2] <= WIDE * height or part.box[3] <= LOW * height)
    ]
    return len(letters) > 1 and 2 * len(letters) >= len(number)


def _around(word: list[Part]) -> tuple[int, int, int, int]:
    boxes = np.array([part.box for part in word])
    left, top = boxes[:, :2].min(0).tolist()
    right, bottom = (boxes[:, :2] + boxes[:, 2:]).max(0).tolist()
    return left, top, right - left, bottom - top


def _read(reader: Reader, marks: Sequence[Mark]) -> list[Prediction]:
    seen = [Preprocessed("digit", "", centred(in_box(m.ink)), m.box, {}) for m in marks]
    return reader.read(seen)


def _cut(reader: Reader, marks: Sequence[Mark], height: float) -> list[Part]:
    """The best pieces of each mark; all pieces of all marks are read at once."""
    cuts = [_places(mark, height) for mark in marks]
    spans = _all_spans(cuts, height)
    pieces = [
        _piece(mark, places[i], places[j])
        for mark, places, pairs in zip(marks, cuts, spans, strict=True)
        for i, j in pairs
    ]
    said = iter(_read(reader, pieces))
    parts: list[Part] = []
    for mark, places, pairs in zip(marks, cuts, spans, strict=True):
        read = {pair: next(said) for pair in pairs}
        ink = mark.ink.sum(0) / (255 * height)
        costs = [0.0, *(CUT_COST * float(ink[place]) for place in places[1:-1]), 0.0]
        best = [read[pair] for pair in _best(read, costs)]
        sure = sum(one.status == "digit" for one in best)
        is_guess = len(best) > PAIR and 2 * sure <= len(best)
        if is_guess:
            parts.append(Part("word", no_digit(mark.box, "it can't be cut into digits")))
        else:
            parts += [Part("digit", one) for one in best]
    return parts


def _places(mark: Mark, height: float) -> list[int]:
    """Columns where a mark may be cut, with its two ends."""
    width, step = mark.ink.shape[1], max(1, round(GRID * height))
    first, last = round(LEAST * height), width - round(LEAST * height)
    ink = mark.ink.sum(0, dtype=np.int64)
    starts = range(first, last, step)
    inner = {s + int(ink[s : min(s + step, last)].argmin()) for s in starts}
    return sorted({0, width} | inner)


def _spans(places: Sequence[int], height: float) -> list[Span]:
    """The pairs of places between which a piece may lie; at least neighbours."""
    pairs = [(i, j) for j in range(len(places)) for i in range(j)]
    most = MOST * height
    return [(i, j) for i, j in pairs if places[j] - places[i] <= most or j == i + 1]


def _all_spans(cuts: Sequence[Sequence[int]], height: float) -> list[list[Span]]:
    """Those of each mark.

    Raises:
        PictureError: together they are too many.
    """
    spans: list[list[Span]] = []
    count = 0
    for places in cuts:
        spans.append(_spans(places, height))
        count += len(spans[-1])
        if count > MOST_PIECES:
            raise PictureError(
                f"The picture is full of marks as wide as several digits: there are more than "
                f"{MOST_PIECES:,} ways to cut digits out of them. Cut out the part with the digits."
            )
    return spans


def _piece(mark: Mark, start: int, end: int) -> Mark:
    """A part of a mark, between two columns, without crumbs of what is cut off."""
    ink = np.ascontiguousarray(mark.ink[:, start:end])
    _, labels, stats, _ = cv2.connectedComponentsWithStats((ink > 64).astype(np.uint8))
    kept = stats[:, 4] >= CRUMB * stats[1:, 4].sum()
    kept[0] = True
    ink = np.where(kept[labels], ink, 0).astype(np.uint8)
    x, y, wide, high = cv2.boundingRect(ink)
    if not wide:
        return Mark(mark.box, mark.ink[:, start:end])
    left, top = mark.box[0] + start + x, mark.box[1] + y
    return Mark((left, top, wide, high), ink[y : y + high, x : x + wide])


def _best(read: dict[Span, Prediction], costs: Sequence[float]) -> list[Span]:
    """The way through all cuts with the largest product of confidences, less the costs."""
    best: list[tuple[float, list[Span]]] = [(0.0, [])]
    for end in range(1, len(costs)):
        ways = []
        for start in range(end):
            if (start, end) in read:
                value, way = best[start]
                gain = _worth(read[start, end]) - PIECE_COST - costs[end]
                ways.append((value + gain, [*way, (start, end)]))
        best.append(max(ways))
    return best[-1][1]


def _worth(said: Prediction) -> float:
    refused = REFUSED if said.status == "not_a_digit" else 0.0
    return float(np.log(max(said.confidence, 1e-6))) - refused
