"""Pictures of anything but digits: how many sure digits does `read` see there? docs/reader.md.

    python -m benchmarks.other_pictures

2,000 pictures, from four sources:

- clip art, of Debian's openclipart-png; stamps, photos and drawings, of tuxpaint-stamps-default.
  Both are fetched with apt into build/others/ (300 MB). Folders in which digits are usual (playing
  cards, money, road signs, ...) are left out.
- screenshots: paragraphs of licences, without their digits, in some fonts and colours.
- patterns: noise from fine to coarse, gratings, checks, rings.
"""

import io
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

from benchmarks.record import record
from digitscope.reading.read import read
from digitscope.reading.reader import load
from synthetic.glyphs import Generator

FOLDER, SEED = Path("build/others"), 0
PACKAGES = {"clip art": "openclipart-png", "stamps": "tuxpaint-stamps-default"}
WITH_DIGITS = re.compile(
    "cards|money|math|sign|symbol|clock|calendar|dice|number|digit|led|sport|time|keyboard|newyear|"
    "birthday|race|phone|ruler|geography|map|computer|shapes/stars"
)
COUNTS = {"clip art": 800, "stamps": 300, "screenshots": 500, "patterns": 400}
LICENCES = Path("/usr/share/common-licenses")
FONTS = ("serif", "sans-serif", "monospace", "cursive", "fantasy", "system-ui")


def fetched(kind: str) -> list[Path]:
    """The pictures of a package of Debian's."""
    package = PACKAGES[kind]
    place = FOLDER / package
    if not place.is_dir():
        FOLDER.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", "--quiet", package], cwd=FOLDER, check=True)
        (archive,) = FOLDER.glob(f"{package}_*.deb")
        subprocess.run(["dpkg-deb", "-x", archive, place], check=True)
    files = [path for suffix in ("png", "jpg") for path in place.rglob(f"*.{suffix}")]
    names = {path: path.relative_to(place).as_posix().lower() for path in files}
    return sorted(path for path in files if not WITH_DIGITS.search(names[path]))


def drawn(kind: str, rng: Generator) -> Iterator[tuple[str, np.ndarray]]:
    """Pictures of a package, on white."""
    files = fetched(kind)
    for index in rng.choice(len(files), COUNTS[kind], replace=False):
        picture = Image.open(files[index]).convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        yield files[index].name, np.asarray(Image.alpha_composite(white, picture).convert("RGB"))


def screenshots(rng: Generator) -> Iterator[tuple[str, np.ndarray]]:
    """Pages of text without a digit, as a browser shows them."""
    files = sorted(path for path in LICENCES.iterdir() if not path.is_symlink())
    texts = [re.sub(r"\d", "", path.read_text("utf-8")) for path in files]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch()
        page = browser.new_page(viewport={"width": 800, "height": 600})
        for number in range(COUNTS["screenshots"]):
            text = texts[rng.integers(len(texts))]
            start = int(rng.integers(max(1, len(text) - 4000)))
            dark, hue = rng.random() < 0.3, rng.integers(360)
            ink, paper = ("90%", "12%") if dark else ("20%", "94%")
            page.set_content("<p></p>")
            page.evaluate(
                "([text, style]) => { document.body.style = style;"
                " document.querySelector('p').textContent = text; }",
                [
                    text[start : start + 4000],
                    f"font: {rng.integers(9, 40)}px {rng.choice(FONTS)};"
                    f"color: hsl({hue} 40% {ink}); background: hsl({hue} 30% {paper});",
                ],
            )
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            yield f"screenshot {number}", np.asarray(picture)
        browser.close()


def patterns(rng: Generator) -> Iterator[tuple[str, np.ndarray]]:
    """Noise and regular patterns of some contrast and colour."""
    for number in range(COUNTS["patterns"]):
        wide, high = rng.integers(60, 900, 2).tolist()
        y, x = np.mgrid[:high, :wide].astype(np.float32)
        step = float(np.exp(rng.uniform(np.log(2), np.log(80))))
        name = ("noise", "grating", "checks", "rings")[number % 4]
        match name:
            case "noise":
                coarse = rng.normal(0, 1, (int(high / step) + 2, int(wide / step) + 2))
                values = cv2.resize(coarse, (wide, high), interpolation=cv2.INTER_CUBIC)
            case "grating":
                angle = rng.uniform(0, np.pi)
                values = np.sin((np.cos(angle) * x + np.sin(angle) * y) * 2 * np.pi / step)
            case "checks":
                values = np.sign(np.sin(x * np.pi / step) * np.sin(y * np.pi / step))
            case _:
                values = np.sin(np.hypot(x - wide / 2, y - high / 2) * 2 * np.pi / step)
        colour = rng.uniform(5, 60) * rng.uniform(0.5, 1, 3)
        picture = rng.uniform(60, 200) + values[..., None] * colour
        yield f"{name} {number}", np.clip(picture, 0, 255).astype(np.uint8)


def measured(kind: str) -> dict[str, Any]:
    """How many pictures there are, the sure digits on them, the pictures that have some."""
    rng, reader = np.random.default_rng(SEED), load()
    sources = {"screenshots": screenshots, "patterns": patterns}
    pictures = sources[kind](rng) if kind in sources else drawn(kind, rng)
    count, digits, slowest, where = 0, 0, 0.0, []
    for name, picture in pictures:
        started = time.perf_counter()
        sure = sum(one.status == "digit" for one in read(reader, picture).digits)
        slowest = max(slowest, time.perf_counter() - started)
        count, digits = count + 1, digits + sure
        where += [name] * bool(sure)
        print(f"\r{kind} {count}: {digits}", end="", flush=True)
    print()
    return {"pictures": count, "sure_digits": digits, "with_some": where, "slowest": slowest}


def main() -> None:
    """Read all pictures and write results/other_pictures.json."""
    record("other_pictures", {kind.replace(" ", "_"): measured(kind) for kind in COUNTS})


if __name__ == "__main__":
    main()
