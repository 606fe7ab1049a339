"""Run a measure of `digitscope.read` on another program: `field_others.py NAME FIELD.py ...`.

It runs in an environment that has that program and not digitscope, for which it stands in: each
line of text that the program finds is a row, each word with a digit in it a number.
"""

import runpy
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

Piece = tuple[float, float, float, str]  # top, bottom, left in pixels, and what it says
Lines = Callable[[Any], list[Piece]]


def rapidocr() -> Lines:
    """RapidOCR, as it comes."""
    from rapidocr_onnxruntime import RapidOCR

    engine = RapidOCR()

    def lines(path: Any) -> list[Piece]:
        found, _ = engine(str(path))
        return [(box[0][1], box[3][1], box[0][0], text) for box, text, _ in found or []]

    return lines


def tesseract() -> Lines:
    """Debian's Tesseract, which finds out by itself how the page is laid out."""
    import pytesseract
    from PIL import Image

    def lines(path: Any) -> list[Piece]:
        image = Image.open(path).convert("RGB")
        found = pytesseract.image_to_data(image, output_type=pytesseract.Output.DICT)
        words = zip(found["text"], found["left"], found["top"], found["height"], strict=True)
        return [
            (top, top + height, left, text) for text, left, top, height in words if text.strip()
        ]

    return lines


def rows_of(pieces: list[Piece]) -> list[list[Piece]]:
    """Pieces of text beside each other in rows."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda one: one[0] + one[1]):
        middle = (piece[0] + piece[1]) / 2
        if rows and rows[-1][-1][0] < middle < rows[-1][-1][1]:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda one: one[2]) for row in rows]


def number(word: str) -> SimpleNamespace:
    """A word with a digit in it, as digitscope's Number; what else is in it are signs."""
    digits = [
        SimpleNamespace(digit=int(one) if one in "0123456789" else None, text=one, status="digit")
        for one in word
    ]
    return SimpleNamespace(digits=digits)


def reading(pieces: list[Piece]) -> SimpleNamespace:
    """The words with digits, as digitscope's Reading."""
    rows = [
        [
            number(word)
            for *_, text in row
            for word in str(text).split()
            if any(one in "0123456789" for one in word)
        ]
        for row in rows_of(pieces)
    ]
    return SimpleNamespace(rows=[row for row in rows if row])


def main() -> None:
    """Stand in for digitscope, and run the measure."""
    lines = {"RapidOCR": rapidocr, "Tesseract": tesseract}[sys.argv[1]]()
    stand_in: Any = SimpleNamespace(load=lambda: None, read=lambda _, path: reading(lines(path)))
    sys.modules["digitscope"] = stand_in
    del sys.argv[:2]
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
