"""Crowds of large pictures: what they cost a server in memory, and whether it still answers.

    python -m benchmarks.serve_crowd

60 clients post a JPEG of 12 megapixels each, twice, half of them to be read as a page; then 20 post
a PNG of 49 megapixels with transparency. Meanwhile the server's memory is looked at every 20 ms,
and how long /health takes, every 50 ms; and the memory once more when all is over.
"""

import io
import threading
import time
from collections import Counter
from http.client import HTTPConnection
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.record import median_range, record
from benchmarks.serve_load import PNG, megabytes, pngs, post, serving
from digitscope.data.dataset import load_dataset

SETTLED = 12  # seconds after a crowd; idle threads end after ten
PATHS = ("/predict", "/read")


def page(kind: str, width: int, height: int, mode: str = "RGB") -> bytes:
    """Test digits of MNIST, large, in rows on a page of that many pixels."""
    images = load_dataset().x_test
    rows = [np.hstack([np.kron(image, np.ones((8, 8), np.uint8)) for image in images[:8]])]
    picture = Image.new("L", (width, height), 255)
    for row, y in zip(rows * 8, range(100, height, height // 8), strict=False):
        picture.paste(Image.fromarray(255 - row), (100, y))
    file = io.BytesIO()
    picture.convert(mode).save(file, kind)
    return file.getvalue()


def crowd(port: int, pid: int, clients: int, rounds: int, body: bytes) -> dict[str, Any]:
    """Many clients that post a large picture at once: memory, and whether /health still answers."""
    before, at_most, health = megabytes(pid), [0.0], list[float]()
    said: list[tuple[float, int]] = []
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            at_most[0] = max(at_most[0], megabytes(pid))

    def ask() -> None:
        while not done.wait(0.05):
            answers: list[tuple[float, int]] = []
            send(port, "GET", "/health", None, answers)
            health.append(answers[0][0])

    def push(number: int) -> None:
        for _ in range(rounds):
            send(port, "POST", PATHS[number % 2], body, said)

    watchers = [threading.Thread(target=one) for one in (watch, ask)]
    pushers = [threading.Thread(target=push, args=(number,)) for number in range(clients)]
    for thread in watchers + pushers:
        thread.start()
    for thread in pushers:
        thread.join()
    done.set()
    time.sleep(SETTLED)
    return {
        "bytes": len(body),
        "answers": dict(Counter(str(status) for _, status in said)),
        "seconds": median_range([seconds for seconds, _ in said]),
        "health_seconds": median_range(health),
        "megabytes_before": before,
        "megabytes_at_most": at_most[0],
        "megabytes_settled": megabytes(pid),
    }


def send(
    port: int, method: str, path: str, body: bytes | None, said: list[tuple[float, int]]
) -> None:
    """One request over a connection of its own."""
    connection, started = HTTPConnection("localhost", port, timeout=300), time.perf_counter()
    connection.request(method, path, body, PNG if body else {})
    answer = connection.getresponse()
    answer.read()
    said.append((time.perf_counter() - started, answer.status))
    connection.close()


def main() -> None:
    """Measure and write results/serve_crowd.json."""
    with serving() as (port, process):
        post(port, pngs(8), time.perf_counter() + 1, [])
        figures = {
            "megapixels_12": crowd(port, process, 60, 2, page("JPEG", 3000, 4000)),
            "megapixels_49": crowd(port, process, 20, 1, page("PNG", 7000, 7000, "RGBA")),
        }
    record("serve_crowd", figures)


if __name__ == "__main__":
    main()
