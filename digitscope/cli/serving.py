"""The commands `serve`, the page and the reader over HTTP until Ctrl-C, and `export`."""

import errno
import socket
import threading
import webbrowser
from pathlib import Path
from typing import Annotated, Literal

import typer

from digitscope.cli.console import result, say
from digitscope.cli.flags import RUNS, RunName, RunsDir
from digitscope.errors import AddressError
from digitscope.runs.files import check_output

PORTS = 20  # are tried, from the first on, where none is asked for
FIRST_PORT = 8000


def serve(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN",
            help="The run to look at and to read with [the latest one to look at; the bundled "
            "reader to read with].",
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="The port [a free one from 8000 on].", metavar="PORT"),
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            help="The address to listen on; 0.0.0.0 lets other machines in.", metavar="ADDRESS"
        ),
    ] = "127.0.0.1",
    browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in the browser.")
    ] = True,
    allow_training: Annotated[
        bool, typer.Option("--allow-training", help="Let other machines train here.")
    ] = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Open a page where one draws a digit and sees the run's network think, and train there.

    It also answers POST /predict and POST /read; /docs says how. A training begun on the page ends
    with the server.
    """
    from digitscope.serving.app import create_app
    from digitscope.serving.guard import LOOPBACK
    from digitscope.serving.http import run_server

    listener = listen(host, port)
    is_here, is_everywhere = host in LOOPBACK, host in ("0.0.0.0", "::")
    name, port = socket.gethostname(), listener.getsockname()[1]
    hosts = LOOPBACK if is_here else (*LOOPBACK, host, name, f"{name}.local")
    app = create_app(run, runs_dir, hosts, allow_training, by_address=not is_here)
    address = url("localhost" if is_here or is_everywhere else host, port)
    say(f"{address}  (Ctrl-C ends it)")
    if is_everywhere:
        say(f"{url(name, port)}  from other machines, or this machine's IP address")
    if browser:
        threading.Timer(0.5, webbrowser.open, [address]).start()
    run_server(app, listener)


def export(
    run: RunName = "latest",
    form: Annotated[
        Literal["html"],
        typer.Option("--format", help="html: one page that needs no server.", metavar="html"),
    ] = "html",
    out: Annotated[Path | None, typer.Option(help="Where to [RUN.html].", metavar="FILE")] = None,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Write a run as a file to take home; `reader` is the bundled network.

    The page opens from a disk: draw, look inside, try kernels, see the errors.
    """
    from digitscope.exporting.html import export_html
    from digitscope.reading.reader import READER
    from digitscope.runs.folder import find_run

    found = None if run == READER else find_run(run, runs_dir)
    path = out or Path(f"{found.name if found else READER}.{form}")
    check_output(path, found.inputs if found else [])
    export_html(found, path)
    result(str(path))


def url(host: str, port: int) -> str:
    """The address of a page; an IPv6 address stands in brackets in it."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def listen(host: str, port: int | None) -> socket.socket:
    """A socket that listens, so that a port that is taken is known before anything starts."""
    ports = [port] if port else range(FIRST_PORT, FIRST_PORT + PORTS)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for one in ports:
        # The protocol is named, or asyncio leaves Nagle's algorithm on: 44 ms for each answer.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, one))
        except OSError as error:
            listener.close()
            reason = error.strerror or str(error)
            other = "--port" if error.errno in (errno.EADDRINUSE, errno.EACCES) else "--host"
        else:
            listener.listen(128)
            return listener
    place = url(host, one).removeprefix("http://")
    raise AddressError(f"{place} can't be listened on ({reason}): choose another {other}.")
