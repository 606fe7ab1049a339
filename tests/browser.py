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
