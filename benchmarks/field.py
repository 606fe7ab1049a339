"""How digits are read in pictures that other people made: docs/reader.md.

    python -m benchmarks.field --pictures FOLDER [--only-ours]

The pictures are not part of the project, as they are not ours to pass on. FOLDER holds them, and
`field.py`, which measures `predict` and `read` on them: `single` digits, `multi`: rows, tables and
forms, and `sudoku`. The same measure is taken of two general programs that read text: RapidOCR, in
an environment of its own in build/ocr/, and Debian's Tesseract. They know no tables, so they are
measured on `multi` alone.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scipy.stats import binomtest

from benchmarks.record import record

OCR = Path("build/ocr")
OTHERS = {"RapidOCR": "rapidocr-onnxruntime==1.4.4", "Tesseract": "pytesseract==0.3.13"}
Row = dict[str, Any]


def measured(python: str | Path, script: list[str | Path], *words: str) -> list[Row]:
    """What field.py counts in each picture, run as a script by a Python."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.json"
        subprocess.run([python, *script, *words, "--json", file], check=True, stdout=sys.stderr)
        rows: list[Row] = json.loads(file.read_text("utf-8"))
    return rows


def share(right: float, count: float) -> dict[str, float]:
    """A part of all, with its 95 % interval (Wilson)."""
    right, count = int(right), int(count)
    interval = binomtest(right, count).proportion_ci(method="wilson")
    return {"right": right, "n": count, "low": interval.low, "high": interval.high}


def singles(rows: list[Row]) -> dict[str, Any]:
    """One digit a picture, or none."""
    count = total(rows)
    return share(count["right"], len(rows)) | {
        name.replace(" ", "_"): count[name] for name in ("silently wrong", "unsure", "refused")
    }


def multis(rows: list[Row]) -> dict[str, Any]:
    """Rows, tables, forms, and pages of words."""
    count = total(rows)
    words = total([row for row in rows if not row["digits"]])
    return {
        "digits": share(count["right"], count["digits"]),
        "rows": share(count["rows right"], count["rows"]),
        "wrong": count["wrong"],
        "made_up": count["made up"],
        "made_up_on_pages_of_words": words["made up"],
    }


def sudokus(rows: list[Row]) -> dict[str, Any]:
    """Puzzles, and their cells."""
    count = total(rows)
    return {
        "whole": share(count["whole"], len(rows)),
        "digits": share(count["right"], count["digits"]),
        "wrong": count["wrong"],
        "made_up": count["made up"],
    }


def total(rows: list[Row]) -> Counter[str]:
    """The sums of all counts."""
    found: Counter[str] = Counter()
    for row in rows:
        found.update({name: value for name, value in row.items() if not isinstance(value, str)})
    return found


def ours(script: Path) -> dict[str, Any]:
    """`predict` and `read`."""
    rows = measured(sys.executable, [script])
    kinds: dict[str, tuple[str, str | None, Callable[[list[Row]], dict[str, Any]]]] = {
        "single": ("single", None, singles),
        "multi": ("multi", None, multis),
        "sudokus in newspapers": ("sudoku", "newspaper sudokus", sudokus),
        "sudokus on screens and paper": ("sudoku", "alexdej/sudoku-ocr", sudokus),
    }
    return {
        name: of([row for row in rows if row["kind"] == kind and source in (None, row["source"])])
        for name, (kind, source, of) in kinds.items()
    }


def theirs(script: Path) -> dict[str, Any]:
    """The other programs, on `multi`."""
    python = OCR / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", OCR], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *OTHERS.values()], check=True)
    stand_in = Path(__file__).with_name("field_others.py")
    return {
        name: multis(measured(python, [stand_in, name, script], "--only", "multi", "--sudoku", ""))
        for name in OTHERS
    }


def main() -> None:
    """Measure and write results/field.json."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=Path, required=True)
    parser.add_argument("--only-ours", action="store_true")
    flags = parser.parse_args()
    script = flags.pictures / "field.py"
    figures = {"digitscope": ours(script)}
    if not flags.only_ours:
        figures |= theirs(script)
    record("field", figures, "field --pictures FOLDER")


if __name__ == "__main__":
    main()
