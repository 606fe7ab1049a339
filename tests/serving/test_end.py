"""How a server ends, and with it a training: real processes, signals and sockets."""

import io
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection

import numpy as np
import pytest
from PIL import Image

from digitscope.runs.folder import list_runs
from digitscope.runs.run import Run
from tests.helpers import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")

SOON = 5  # seconds; it takes two on a machine with nothing else to do
LONG = {"filters": [2], "dense_units": [4], "epochs": 500, "batch_size": 128}
UPLOAD = (
    "POST {} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {}\r\ncontent-length: 1000000\r\n\r\nxyz"
)


class Server:
    """`digitscope serve`, in a process of its own."""

    def __init__(self, runs_dir):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        options = ["--no-open", "--port", str(self.port), "--runs-dir", str(runs_dir)]
        command = [sys.executable, "-m", "digitscope", "serve", *options]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        until(self.answers)

    def answers(self):
        try:
            return self.ask("GET", "/health")["status"] == "ok"
        except OSError:
            return False

    def ask(self, method, path, body=None):
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        content = None if body is None else json.dumps(body)
        connection.request(method, path, content, {"content-type": "application/json"})
        return json.loads(connection.getresponse().read())

    def connect(self, text=""):
        connection = socket.create_connection(("127.0.0.1", self.port))
        connection.sendall(text.encode())
        return connection

    def end(self, sign=signal.SIGINT):
        """Seconds until its end, and what it said after its address."""
        started = time.monotonic()
        self.process.send_signal(sign)
        self.process.wait(60)
        seconds = time.monotonic() - started
        return seconds, self.process.stderr.read().splitlines()[1:]


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path)
    yield server
    server.process.kill()
    server.process.communicate()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_nobody_who_dawdles_delays_the_end(server, sign):
    kinds = ["image/png", "multipart/form-data; boundary=x", "application/json"]
    paths = ["/predict", "/read", "/api/training/plan"]
    texts = [UPLOAD.format(path, kind) for path in paths for kind in kinds]
    texts += ["", "GET /health HT", "GET /health HTTP/1.1\r\nhost: localhost\r\n"] * 20
    texts += ["GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n"] * 20
    connections = [server.connect(text) for text in texts]
    time.sleep(0.3)
    seconds, said = server.end(sign)
    assert seconds < SOON
    assert said == []
    for connection in connections:
        connection.close()


@pytest.fixture(scope="module")
def large(digits):
    """A photo of 40 megapixels, a page of 1,500 digits, which takes seconds to read."""
    rows = digits.x_train[:1500].reshape(30, 50, 28, 28).swapaxes(1, 2).reshape(840, 1400)
    ink = np.pad(rows, ((80, 80), (100, 100)))
    file = io.BytesIO()
    Image.fromarray(255 - ink).resize((8000, 5000)).save(file, "JPEG", quality=60)
    return file.getvalue()


def test_a_picture_that_is_being_read_does_not_delay_the_end(server, large):
    head = UPLOAD.format("/read", "image/png").replace("1000000", str(len(large)))
    connections = [server.connect(head.removesuffix("xyz")) for _ in range(8)]
    for connection in connections:
        connection.sendall(large)
    time.sleep(0.5)
    seconds, said = server.end()
    assert seconds < SOON
    assert said == []
    for connection in connections:
        connection.close()


def test_an_upload_that_is_broken_off_prints_nothing(server):
    for path in ("/predict", "/read", "/api/training/plan"):
        for kind in ("image/png", "multipart/form-data; boundary=x", "application/json"):
            for stop in (socket.SHUT_WR, socket.SHUT_RDWR):
                connection = server.connect(UPLOAD.format(path, kind))
                connection.shutdown(stop)
                connection.close()
    until(server.answers)
    assert server.end()[1] == []


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("moment", ["keras starts", "an epoch is done"])
def test_a_training_ends_with_the_server_and_can_go_on(server, tmp_path, sign, moment):
    server.ask("POST", "/api/training", {"settings": LONG})
    (run,) = list_runs(tmp_path)
    assert run.status.state == "running"
    if moment == "an epoch is done":
        until(lambda: run.history)
    seconds, said = server.end(sign)
    assert seconds < SOON
    if sign != signal.SIGKILL:
        assert said[-1].endswith(
            f"is interrupted. Go on with: digitscope train --resume {run.path}"
        )
        assert len(said) == 1
    until(lambda: run.status.state == "interrupted", 40)
    run.check_resumable()
    with run.locked():
        pass  # nobody trains it any more


def test_a_run_from_the_page_is_running_from_the_first_moment_on(server, tmp_path):
    seen, done = set(), threading.Event()

    def watch():
        while not done.is_set():
            seen.update(run.status.state for run in list_runs(tmp_path))

    watcher = threading.Thread(target=watch)
    watcher.start()
    name = server.ask("POST", "/api/training", {"settings": LONG})["run"]
    until(lambda: Run(tmp_path / name).history)
    done.set()
    watcher.join()
    assert seen == {"running"}
    assert server.ask("GET", f"/api/runs/{name}")["state"] == "running"


def test_a_training_obeys_where_the_shell_ignores_ctrl_c(tmp_path, monkeypatch):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a script's background job has it
    try:
        server = Server(tmp_path)
    finally:
        signal.signal(signal.SIGINT, before)
    server.ask("POST", "/api/training", {"settings": LONG})
    (run,) = list_runs(tmp_path)
    until(lambda: run.history)
    server.end(signal.SIGKILL)
    until(lambda: run.status.state == "interrupted", 10)
