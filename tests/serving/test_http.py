"""HTTP itself: a server in a process of its own, and sockets."""

import os
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection

import pytest

# Its one page says from where it was asked.
SERVER = """
import socket
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from digitscope.serving import http

async def page(request):
    return PlainTextResponse(request.client.host)

http.IDLE = 1
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
http.run_server(Starlette(routes=[Route("/", page)]), listener)
"""
REQUEST = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def port():
    environment = {**os.environ, "FORWARDED_ALLOW_IPS": "*"}
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        yield int(process.stdout.readline())
        process.kill()


def test_no_header_says_where_a_request_comes_from(port):
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/", headers={"x-forwarded-for": "10.0.0.7"})
    assert connection.getresponse().read() == b"127.0.0.1"


@pytest.mark.parametrize("before", [b"", REQUEST], ids=["the first", "a second"])
@pytest.mark.parametrize("head", [b"", b"GET / HTTP/1.1\r\nx: "], ids=["no", "half a"])
def test_a_head_that_comes_byte_by_byte_ends_the_connection(port, before, head):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(before)
        if before:
            assert connection.recv(9999).startswith(b"HTTP/1.1 200")
        connection.settimeout(0.2)
        connection.sendall(head)
        assert seconds_until_closed(connection, b"x" if head else b"") < 10


def seconds_until_closed(connection, byte):
    """How long it stays open while a byte comes five times a second; 10 where it does not end."""
    started = time.monotonic()
    while time.monotonic() - started < 10:
        try:
            connection.sendall(byte)
            if connection.recv(9999) == b"":
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - started


def test_a_connection_serves_one_request_after_the_other(port):
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    for _ in range(8):  # longer than a head may take
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"127.0.0.1"
        first = connection.sock
        time.sleep(0.2)
    assert connection.sock is first
