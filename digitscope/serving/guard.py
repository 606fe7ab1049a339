"""Guard: what keeps other web pages and machines from using a server on one's own machine.

A page of another site can make the browser send requests here; the browser then names that site in
`Origin`. Or it can have its own name resolve to this machine (DNS rebinding); then `Host` has that
name. Both are refused, and so is a body that is too large, before it is read.
"""

import re
from collections.abc import Collection
from ipaddress import ip_address

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "::1")
LARGEST_BODY = 8 * 2**20  # bytes
TOO_LARGE = "More than 8 MB were sent: make the picture smaller."
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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        received = 0

        async def receive_some() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > LARGEST_BODY:  # a body of unknown length
                raise HTTPException(413, TOO_LARGE)
            return message

        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        if refusal := self._refusal(headers):
            await JSONResponse({"detail": refusal}, 403)(scope, receive, send_with_headers)
        elif not length.isdecimal() or int(length) > LARGEST_BODY:
            await JSONResponse({"detail": TOO_LARGE}, 413)(scope, receive, send_with_headers)
        else:
            await self.app(scope, receive_some, send_with_headers)

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
