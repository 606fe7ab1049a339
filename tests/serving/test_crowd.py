"""Many requests at once, large ones, and such that never end: what they may cost."""

import asyncio
import io
import json
import subprocess
import sys
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import anyio.to_thread
import cv2
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from digitscope.data import dataset
from digitscope.reading import reader
from digitscope.serving import guard, reading
from digitscope.serving.app import create_app
from tests.helpers import until

HOME = "http://localhost"
PNG = {"content-type": "image/png"}
DIGIT = {"image": [[0] * 28] * 28}
KINDS = ["image/png", "multipart/form-data; boundary=x", "application/json", "text/plain"]
PATHS = ["/predict", "/read", "/api/training/plan", "/api/training"]


@pytest.fixture
def app(tmp_path):
    return create_app(None, tmp_path)


@pytest.fixture
def client(app):
    with TestClient(app, HOME, raise_server_exceptions=False) as client:  # one loop for all
        yield client


def png(side=30):
    file = io.BytesIO()
    Image.new("L", (side, side), 255).save(file, "PNG")
    return file.getvalue()


class Slow:
    """A reader's `predict` that waits until it is let go, and counts who is in it."""

    def __init__(self, monkeypatch):
        self.real, self.inside, self.at_most, self.calls = reader.Reader.predict, 0, 0, 0
        self.go, self.lock = threading.Event(), threading.Lock()
        monkeypatch.setattr(reader.Reader, "predict", lambda *given: self(*given))

    def __call__(self, reader, given):
        with self.lock:
            self.inside, self.calls = self.inside + 1, self.calls + 1
            self.at_most = max(self.at_most, self.inside)
        self.go.wait(20)
        with self.lock:
            self.inside -= 1
        return self.real(reader, given)


def test_few_pictures_are_in_memory_at_once_and_all_are_answered(client, monkeypatch):
    slow = Slow(monkeypatch)
    with ThreadPoolExecutor(20) as pool:
        answers = [pool.submit(client.post, "/predict", json=DIGIT) for _ in range(20)]
        until(lambda: slow.inside == reading.AT_ONCE)
        time.sleep(0.2)  # for a third one to come in, if it may
        slow.go.set()
        assert [answer.result().status_code for answer in answers] == [200] * 20
    assert slow.at_most == reading.AT_ONCE


WIDE = {"image": ["a" * 20_000, *[""] * 2000]}  # as an array of NumPy 160 MB
ODD = [[[0] * 28] * 27 + [[0] * 27], [[True] * 28] * 28, [[float("nan")] * 28] * 28]
ODD += [[["7"] * 28] * 28, [[[0]] * 28] * 28, [[10**30] * 28] * 28, [[-1] * 28] * 28, {}, None]


@pytest.mark.parametrize("image", [WIDE["image"], *ODD])
def test_a_picture_in_json_is_checked_before_it_becomes_an_array(client, image):
    content, kind = json.dumps({"image": image}), {"content-type": "application/json"}
    client.get("/health")
    tracemalloc.start()
    answer = client.post("/predict", content=content, headers=kind)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (answer.status_code, "28 rows" in answer.json()["detail"]) == (400, True)
    assert most < 20 * 2**20


def test_json_is_parsed_in_turn_and_outside_the_event_loop(client, monkeypatch):
    found = []

    def loads(body):
        found.append((threading.get_ident(), client.app.state.turns.value))
        return json.loads(body)

    monkeypatch.setattr(reading, "json", SimpleNamespace(loads=loads))
    assert client.post("/predict", json=DIGIT).status_code == 200
    ((thread, free),) = found
    assert thread != client.portal.call(threading.get_ident)
    assert free == reading.AT_ONCE - 1


def test_health_waits_for_nothing(client, monkeypatch):
    def one_thread():
        anyio.to_thread.current_default_thread_limiter().total_tokens = 1

    client.portal.call(one_thread)
    slow = Slow(monkeypatch)
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(client.post, "/predict", json=DIGIT) for _ in range(4)]
        until(lambda: slow.inside == 1)
        health = pool.submit(client.get, "/health")
        answers.append(health)
        assert client.get("/health").json()["status"] == "ok"
        assert slow.inside == 1
        slow.go.set()
        assert [answer.result().status_code for answer in answers] == [200] * 5


def test_a_crowd_that_asks_for_digits_loads_a_data_set_once(finished, monkeypatch):
    loaded, at_once = [], [0]
    monkeypatch.setattr(dataset, "_kept", {})

    def read(path):
        loaded.append(path)
        at_once[0] = max(at_once[0], reading.AT_ONCE - client.app.state.turns.value)
        time.sleep(0.2)
        return read_npz(path)

    read_npz = dataset._read_npz
    monkeypatch.setattr(dataset, "_read_npz", read)
    app = create_app(None, finished.path.parent)
    with TestClient(app, HOME) as client, ThreadPoolExecutor(20) as pool:
        path = f"/api/runs/{finished.name}/digits?count=2&of="
        asked = [pool.submit(client.get, path + of) for of in ["test", "validation"] * 10]
        assert {answer.result().status_code for answer in asked} == {200}
    assert len(loaded) == 1
    assert 1 <= at_once[0] <= reading.AT_ONCE


def test_what_is_received_and_not_answered_is_bounded_and_given_back(client, monkeypatch):
    monkeypatch.setattr(guard, "MOST_RECEIVED", 100_000)
    body = png() + b"\0" * 60_000
    for _ in range(5):  # one after the other is no crowd
        assert client.post("/predict", content=body, headers=PNG).status_code == 200
        assert client.post("/predict", content=b"x" * 60_000, headers=PNG).status_code == 400
    refused = client.post("/read", content=b"x" * 100_001, headers=PNG)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert "again in a moment" in refused.json()["detail"]
    slow = Slow(monkeypatch)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.post, "/predict", content=body, headers=PNG)
        until(lambda: slow.inside == 1)
        second = client.post("/predict", content=body, headers=PNG)
        slow.go.set()
        assert (first.result().status_code, second.status_code) == (200, 503)
    assert client.post("/predict", content=body, headers=PNG).status_code == 200


NO_MEMORY = [
    MemoryError(),
    OSError("out of memory error when reading image file"),
    cv2.error("OpenCV(5.0.0) alloc.cpp:73: error: (-4:Insufficient memory) Failed to allocate"),
]


@pytest.mark.parametrize("error", NO_MEMORY, ids=["python", "pillow", "opencv"])
@pytest.mark.parametrize(
    "place", ["PIL.ImageFile.ImageFile.load", "digitscope.reading.reader.preprocess"]
)
def test_too_little_memory_is_no_damaged_picture(client, monkeypatch, error, place):
    def fail(*_):
        raise error

    body = png()
    monkeypatch.setattr(place, fail)
    answer = client.post("/predict", content=body, headers=PNG)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "memory" in answer.json()["detail"]
    assert "damaged" not in answer.text


LITTLE_MEMORY = """
import io, json, resource, sys
from PIL import Image
from digitscope.pictures.picture import open_picture

said = set()
for kind, mode in (("JPEG", "RGB"), ("PNG", "RGBA"), ("TIFF", "RGB"), ("GIF", "P"), ("BMP", "L")):
    file = io.BytesIO()
    Image.new("RGB", (3000, 4000), "white").convert(mode).save(file, kind)
    open_picture(file.getvalue())
    in_use = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    for megabytes in range(1, 100, 24):
        resource.setrlimit(resource.RLIMIT_AS, (in_use + megabytes * 2**20, -1))
        try:
            open_picture(file.getvalue())
            found = "read"
        except Exception as error:
            found = type(error).__name__
        resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
        said.add(found)
print(json.dumps(sorted(said)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits the memory of a process")
def test_a_process_with_little_memory_says_so_of_every_kind_of_picture():
    found = subprocess.run([sys.executable, "-c", LITTLE_MEMORY], capture_output=True, text=True)
    assert json.loads(found.stdout) == ["PictureMemoryError", "read"], found.stderr


def asked(app, messages, path="/predict", kind="image/png"):
    """What the application sends to a request of which it receives `messages`, then nothing."""
    sent, waiting = [], list(messages)

    async def receive():
        if waiting:
            return waiting.pop(0)
        return await asyncio.Future()

    async def send(message):
        sent.append(message)

    headers = [(b"host", b"localhost"), (b"content-type", kind.encode())]
    about = {"type": "http", "method": "POST", "path": path, "headers": headers, "scheme": "http"}
    about |= {"query_string": b"", "client": ("127.0.0.1", 5000), "raw_path": path.encode()}
    asyncio.run(app({**about, "root_path": "", "http_version": "1.1"}, receive, send))
    return sent


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", PATHS)
def test_an_upload_that_stalls_is_refused(app, monkeypatch, path, kind):
    monkeypatch.setattr(guard, "PATIENCE", 0.05)
    start, body = asked(app, [PIECE], path, kind)
    assert start["status"] == 408
    assert (b"connection", b"close") in start["headers"]
    assert "the body is not complete" in json.loads(body["body"])["detail"]


PIECE = {"type": "http.request", "body": b"--x", "more_body": True}
GONE = {"type": "http.disconnect"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", PATHS)
def test_an_upload_that_is_broken_off_is_no_fault(app, path, kind):
    asked(app, [PIECE, GONE], path, kind)  # raises nothing


def test_nothing_is_read_for_who_has_gone(app, monkeypatch):
    slow = Slow(monkeypatch)
    asked(app, [{**PIECE, "body": png(), "more_body": False}, GONE])
    assert slow.calls == 0
