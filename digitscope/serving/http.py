"""serve_http: an application over HTTP until Ctrl-C, by Uvicorn; nobody who dawdles delays it."""

import asyncio
import ctypes
import logging
import os
import socket
import sys

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from digitscope.errors import Interrupted

IDLE = 30  # seconds a connection stays open without a request, or with a part of one's head
LAST = 1  # second for the requests that are under way when the server ends
M_MMAP_THRESHOLD = -3  # of glibc's malloc.h
LARGE = 2**22  # bytes: what the system takes back as soon as it is free


def run_server(app: ASGIApp, listener: socket.socket) -> None:
    """Serve until Ctrl-C, which ends the process within two seconds."""
    _give_memory_back()
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)  # the answer says it
    config = uvicorn.Config(
        app,
        http=_Protocol,
        log_level="warning",
        server_header=False,
        proxy_headers=False,  # anybody can write in a header where a request comes from
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=LAST,
    )
    try:
        _Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        # An ordinary end would wait for the threads, of which one may read a picture for seconds.
        os._exit(Interrupted.exit_code)


def _give_memory_back() -> None:
    """Have glibc return large blocks at once; by itself it learns to keep them.

    After a crowd of large pictures a server kept 300 MB to 600 MB of them, and so keeps 160 MB.
    """
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(M_MMAP_THRESHOLD, LARGE)


class _Server(uvicorn.Server):
    """A server that does not complain of the requests which it cuts off when it ends."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End; requests have a second to come to theirs."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)


class _Protocol(H11Protocol):
    """HTTP/1.1 in which a connection is closed that does not bring the whole head of a request."""

    def connection_made(
        self,
        transport: asyncio.Transport,  # type: ignore[override]  # as H11Protocol has it
    ) -> None:
        super().connection_made(transport)
        self._expect_a_request()

    def data_received(self, data: bytes) -> None:
        # For Uvicorn a byte is as good as a request: it would wait for the next one anew.
        waiting, self.timeout_keep_alive_task = self.timeout_keep_alive_task, None
        super().data_received(data)
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if waiting and is_answering:
            waiting.cancel()
        elif waiting:
            self.timeout_keep_alive_task = waiting

    def _expect_a_request(self) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )
