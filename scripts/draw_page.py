"""Draw docs/figures/inside.png: the page, with a 3 drawn on it, inside the lesson's network.

digitscope train
python -m scripts.draw_page runs/0001-tutorial
"""

import argparse
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Page, sync_playwright

from digitscope.serving.app import create_app

OUT = Path("docs/figures/inside.png")
SIZE = {"width": 1240, "height": 860}
THREE = [(80, 70), (110, 50), (150, 45), (185, 65), (190, 95), (165, 125), (125, 133)]
THREE += [(165, 140), (195, 170), (195, 205), (165, 235), (120, 240), (80, 222)]


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """A server in a thread: its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}/"
    server.should_exit = True


def draw(page: Page) -> None:
    """The digit, on the pad."""
    box = page.locator("#pad").bounding_box()
    assert box
    part = box["width"] / 280
    for i, (x, y) in enumerate(THREE):
        page.mouse.move(box["x"] + x * part, box["y"] + y * part, steps=8)
        if i == 0:
            page.mouse.down()
    page.mouse.up()


def main() -> None:
    """Serve a run, draw on its page, and take the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    run = parser.parse_args().run
    with serving(create_app(run.name, run.parent)) as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = chromium.new_page(viewport=SIZE)  # type: ignore[arg-type]  # a dict of two
        page.goto(address)
        page.wait_for_selector("#run option", state="attached")
        draw(page)
        page.click("nav >> text=Inside")
        canvas = page.locator(".layer canvas").nth(3)
        canvas.hover(position={"x": 290, "y": 70})
        page.wait_for_timeout(500)
        page.screenshot(path=OUT)
        chromium.close()


if __name__ == "__main__":
    main()
