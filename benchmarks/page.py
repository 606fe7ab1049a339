"""How fast the page is, in headless Chromium: docs/inside.md.

    python -m benchmarks.page

A digit is drawn on the page of a network of `tutorial`, in the view Inside, a pointer move at a
time. The page itself measures from the move to the end of painting; the next frame it waits for is
in that. The engine alone, the first paint and the size of the files are measured too.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks.record import median_range, record
from digitscope.reading.reader import READER
from digitscope.serving.app import create_app
from digitscope.training.train import train
from scripts.draw_page import draw, serving

DIGITS, PAINTS = 5, 9  # drawn; how often the page is opened
ENGINE = """async (count) => {
  const { run } = await import("/web/engine/network.js");
  const { normalise } = await import("/web/pictures/normaliser.js");
  const { network } = digitscope.lesson.run;
  const { image28 } = digitscope.lesson.seen;
  const canvas = document.getElementById("pad");
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const timed = (act) => Array.from({ length: count }, () => {
    const start = performance.now();
    act();
    return performance.now() - start;
  }).sort((a, b) => a - b)[count >> 1];
  return { engine: timed(() => run(network, image28)), normaliser: timed(() => normalise(pixels)) };
}"""
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def drawn(page: Page) -> list[float]:
    """Milliseconds from a change of the drawing to its painting."""
    page.click("nav >> text=Inside")
    page.evaluate("digitscope.timings.length = 0")
    for _ in range(DIGITS):
        draw(page)
        page.wait_for_timeout(200)
        page.click("#clear")
    return list(page.evaluate("digitscope.timings"))


def measure(page: Page, address: str) -> dict[str, Any]:
    """All figures of a page."""
    paints = []
    for _ in range(PAINTS):
        page.goto("about:blank")
        page.goto(address)
        page.wait_for_selector("#run option", state="attached")
        page.wait_for_timeout(300)
        paints.append(page.evaluate(FIRST_PAINT))
    moves = drawn(page)
    draw(page)
    page.wait_for_timeout(200)
    alone = page.evaluate(ENGINE, 200)
    page.select_option("#run", READER)
    page.wait_for_timeout(500)
    reader = page.evaluate(ENGINE, 100)
    return {
        "move_to_painted_ms": median_range(moves),
        "engine_ms": alone["engine"],
        "normaliser_ms": alone["normaliser"],
        "engine_of_the_reader_ms": reader["engine"],
        "first_paint_ms": median_range(paints),
    }


def main() -> None:
    """Measure and write results/page.json."""
    web = Path("digitscope/web")
    with tempfile.TemporaryDirectory() as folder:
        train("tutorial", epochs=1, runs_dir=folder, verbose=False)
        app = create_app(None, Path(folder))
        with serving(app) as address, sync_playwright() as playwright:
            path = shutil.which("chromium")
            chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            page = chromium.new_page(viewport={"width": 1280, "height": 900})
            figures = measure(page, address)
            figures["browser"] = f"Chromium {chromium.version}"
            chromium.close()
    figures["page_bytes"] = sum(file.stat().st_size for file in web.rglob("*") if file.is_file())
    record("page", figures, "page")


if __name__ == "__main__":
    main()
