"""Guard: what keeps other web pages and machines from using a server on one's own machine.

A page of another site can make the browser send requests here; the browser then names that site in
`Origin`. Or it can have its own name resolve to this machine (DNS rebinding); then `Host` has that
name. Both are refused, and so is a body that is too large, before it is read, that does not come,
or that is one too many: what has been received is in memory until it is answered.
"""

import asyncio
import re
from collections.abc import Collection
from ipaddress import ip_address

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "::1")
TAKE_PICTURES = ("/predict", "/read")
LARGEST_BODY = 8 * 2**20  # bytes, of a picture
LARGEST_SETTINGS = 2**16  # bytes, of any other body
MOST_RECEIVED = 16 * LARGEST_BODY  # bytes, of all requests that are not answered yet
PATIENCE = 15  # seconds without a byte of a body that has not come to its end
TOO_LARGE = "More than 8 MB were sent: make the picture smaller."
TOO_MUCH_ELSE = "More than 64 KB were sent: this address takes no pictures, only settings."
TOO_MANY = "Too many pictures at once: send this one again in a moment."
TOO_SLOW = f"Nothing came for {PATIENCE} seconds, and the body is not complete: send it again."
ENDED = "The server was ended before it could answer."
HEADERS = {
    # Nothing from elsewhere, nothing inline; pictures may come from the page itself.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data: blob:; media-src 'self' blob:; manifest-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
    "cache-control": "no-cache",
}


class Guard:
    """ASGI middleware: refuses foreign hosts and origins, and adds HEADERS to every answer.

    Args:
        app: what it guards.
        hosts: the names under which the server may be called, without port.
        by_address: also under any IP address, which no rebinding can take on.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str], by_address: bool = False):
        self.app = app
        self.hosts = {host.lower() for host in hosts}
        self.by_address = by_address
        self.received = 0  # bytes, of all requests that are not answered yet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Answer(send)
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        if refusal := self._refusal(headers):
            await JSONResponse({"detail": refusal}, 403)(scope, receive, answer.send)
        elif not length.isdecimal() or int(length) > _largest(scope)[0]:
            await JSONResponse({"detail": _largest(scope)[1]}, 413)(scope, receive, answer.send)
        else:
            await self._answer(scope, receive, answer)

    async def _answer(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        body = _Body(receive, self, *_largest(scope))
        try:
            await self.app(scope, body.receive, answer.send)
        except asyncio.CancelledError:  # the server ends
            if answer.begun:
                raise
            await JSONResponse({"detail": ENDED}, 503)(scope, receive, answer.send)
        finally:
            self.received -= body.received

    def _refusal(self, headers: Headers) -> str:
        """Why a request is refused; empty if it is not."""
        host = headers.get("host", "")
        name = _name(host)
        if name not in self.hosts and not (self.by_address and _is_address(name)):
            return f"This server is not called {name or 'nothing'}: open http://localhost instead."
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != host:
            return "Requests from other web pages are refused."
        return ""


class _Answer:
    """An answer on its way, to which HEADERS are added."""

    def __init__(self, send: Send):
        self._send = send
        self.begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)


class _Body:
    """The body of a request on its way in, of which no more is taken than there is room for."""

    def __init__(self, receive: Receive, guard: Guard, largest: int, too_large: str):
        self._receive, self._guard = receive, guard
        self._largest, self._too_large = largest, too_large
        self._is_whole = False
        self.received = 0

    async def receive(self) -> Message:
        if self._is_whole:  # what can still come is the end of the connection
            return await self._receive()
        try:
            async with asyncio.timeout(PATIENCE):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, TOO_SLOW, {"connection": "close"}) from None
        self._is_whole = not message.get("more_body", False)
        size = len(message.get("body", b""))
        self.received += size
        self._guard.received += size
        if self.received > self._largest:  # a body of unknown length
            raise HTTPException(413, self._too_large)
        if self._guard.received > MOST_RECEIVED:
            raise HTTPException(503, TOO_MANY, {"retry-after": "1"})
        return message


def _largest(scope: Scope) -> tuple[int, str]:
    """How many bytes a request may bring, and the sentence for more."""
    if scope["path"] in TAKE_PICTURES:
        return LARGEST_BODY, TOO_LARGE
    return LARGEST_SETTINGS, TOO_MUCH_ELSE


def _name(host: str) -> str:
    """The name in a Host header, without its port; empty where it is no name."""
    match = re.fullmatch(r"\[([0-9a-f:.]+)\](:\d+)?|([^:/@?#\[\]]+)(:\d+)?", host.lower())
    return (match[1] or match[3]) if match else ""


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
