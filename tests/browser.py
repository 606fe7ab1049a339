"""A server in a thread and a page in headless Chromium, for the tests of what people see."""

import shutil
import threading
import time
from contextlib import contextmanager

import pytest
import uvicorn

from digitscope.serving.app import create_app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",  # a camera, with a pattern that moves, and nobody is asked
    "--use-fake-device-for-media-stream",
]
SIZE = {"width": 1280, "height": 900}
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: no page is looked at")


@contextmanager
def served(*args, **options):
    """The address of a server with `create_app` of these arguments."""
    config = uvicorn.Config(create_app(*args, **options), port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://localhost:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


@contextmanager
def browser():
    """Chromium, without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield opened
        finally:
            opened.close()


def watched(chromium, url, size=SIZE):
    """A page, and what it complains of."""
    page, said = chromium.new_page(**({"viewport": size} if size else {})), []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else 0)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(url)
    until(page, "Boolean(globalThis.digitscope?.lesson.seen)")
    return page, said


def until(page, expression, seconds=10):
    """Wait until an expression is true; Playwright's own way needs an eval in the page."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        page.wait_for_timeout(30)


def go(page, title):
    page.click(f"nav >> text={title}")
