"""32 clients posting digits to a server for 30 seconds, then 10,000 malformed bodies.

    python -m benchmarks.serve_load

The server is `digitscope serve` in a process of its own, on this machine, with the bundled reader.
"""

import io
import json
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.record import record
from digitscope.data.dataset import load_dataset

CLIENTS, SECONDS, BODIES = 32, 30, 10_000
SEED = 0


def pngs(count: int) -> list[bytes]:
    """Test digits of MNIST, ten times as large, dark on light."""
    made = []
    for image in load_dataset().x_test[:count]:
        file = io.BytesIO()
        Image.fromarray(255 - np.kron(image, np.ones((10, 10), np.uint8))).save(file, "PNG")
        made.append(file.getvalue())
    return made


def megabytes(pid: int) -> float:
    """Memory of a process that is in use now."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def post(port: int, bodies: list[bytes], until: float, said: list[tuple[float, int]]) -> None:
    """One client: a digit after the other over one connection."""
    connection, number = HTTPConnection("localhost", port, timeout=30), 0
    while time.perf_counter() < until:
        started = time.perf_counter()
        connection.request("POST", "/predict", bodies[number % len(bodies)], PNG)
        answer = connection.getresponse()
        answer.read()
        said.append((time.perf_counter() - started, answer.status))
        number += 1
    connection.close()


PNG = {"content-type": "image/png"}


def load(port: int, bodies: list[bytes]) -> dict[str, Any]:
    """All clients at once: throughput, and how long an answer takes."""
    said: list[tuple[float, int]] = []
    until = time.perf_counter() + SECONDS
    threads = [
        threading.Thread(target=post, args=(port, bodies[i::CLIENTS], until, said))
        for i in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ms = sorted(1000 * seconds for seconds, _ in said)
    return {
        "requests": len(said),
        "per_second": len(said) / SECONDS,
        "p50_ms": statistics.median(ms),
        "p99_ms": ms[int(0.99 * len(ms))],
        "answers": dict(Counter(str(status) for _, status in said)),
    }


def malformed(rng: random.Random, whole: bytes) -> tuple[bytes, str]:
    """A body that is no picture, or hardly one, and what it claims to be."""
    kinds = ["image/png", "image/jpeg", "application/json", "multipart/form-data; boundary=x", ""]
    kinds += ["text/plain", "text/html", "application/octet-stream", "multipart/form-data"]
    match rng.randrange(5):
        case 0:
            body = rng.randbytes(rng.randrange(200))
        case 1:
            body = whole[: rng.randrange(len(whole) // 2)]
        case 2:
            body = b"--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n"
            body += rng.randbytes(rng.randrange(60)) + rng.choice([b"\r\n--x--", b""])
        case 3:
            image: Any = rng.choice(
                ["data:", None, [], {}, [[1]], [[-1] * 28] * 28, 1e400, "x" * 99]
            )
            body = json.dumps({"image": image}).encode()[: rng.randrange(400)]
        case _:
            body = rng.choice([b"{" * 999, b"[" * 9999, b'{"image":' * 500, b"\xff\xfe", b"null"])
    return body, rng.choice(kinds)


def attack(port: int) -> dict[str, Any]:
    """Malformed bodies, one after the other; each must be answered with a sentence."""
    rng, answers, silent = random.Random(SEED), Counter[str](), 0
    whole, connection = pngs(1)[0], HTTPConnection("localhost", port, timeout=30)
    for _ in range(BODIES):
        body, kind = malformed(rng, whole)
        path = rng.choice(["/predict", "/read"])
        connection.request("POST", path, body, {"content-type": kind})
        answer = connection.getresponse()
        content = answer.read()
        answers[str(answer.status)] += 1
        if answer.status >= 400 and not isinstance(json.loads(content)["detail"], str):
            silent += 1
    return {"bodies": BODIES, "answers": dict(answers), "without_a_sentence": silent}


@contextmanager
def serving() -> Iterator[tuple[int, int]]:
    """A server in a process of its own, with the bundled reader: its port and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        options = ["--no-open", "--port", str(port), "--runs-dir", folder]
        command = [sys.executable, "-m", "digitscope", "serve", *options]
        server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            while True:
                try:
                    HTTPConnection("localhost", port, timeout=1).request("GET", "/health")
                    break
                except OSError:
                    time.sleep(0.1)
            yield port, server.pid
        finally:
            server.terminate()
            server.wait(10)


def main() -> None:
    """Measure and write results/serve_load.json."""
    bodies = pngs(256)
    with serving() as (port, process):
        post(port, bodies, time.perf_counter() + 1, [])
        before = megabytes(process)
        figures = load(port, bodies)
        figures |= {"megabytes_before": before, "megabytes_after": megabytes(process)}
        figures["malformed"] = attack(port)
        alive: list[tuple[float, int]] = []
        post(port, bodies, time.perf_counter() + 0.1, alive)
        figures["lives"] = all(status == 200 for _, status in alive)
    record("serve_load", figures, "serve_load")


if __name__ == "__main__":
    main()
