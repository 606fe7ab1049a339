"""serve: the page, and the reader over HTTP.

`POST /predict` and `POST /read` take a picture and answer as `predict` and `read` do. What stands
under `/api` is for the page.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from digitscope import __version__
from digitscope.errors import DigitscopeError
from digitscope.exporting.inline import WEB
from digitscope.exporting.places import without_folders
from digitscope.serving import reading, runs, training
from digitscope.serving.guard import LOOPBACK, Guard
from digitscope.serving.lookup import served_run
from digitscope.serving.trainer import Trainer

RETRY = {"retry-after": "1"}  # seconds
NO_MEMORY = "There is not enough memory to answer this now: try again, or send a smaller picture."


class Refusal(BaseModel):
    """Why there is no answer, in a sentence."""

    detail: str


REFUSED: dict[int | str, dict[str, Any]] = {
    code: {"model": Refusal, "description": description}
    for code, description in {
        400: "What was sent is no picture, or no such run can be used.",
        403: "The request comes from another page, or may not do this.",
        404: "There is no such run.",
        408: "The body stopped coming.",
        409: "Not now: a training is under way, or the run can't go on.",
        413: "More was sent than 8 MB of a picture, or 64 KB of settings.",
        415: "The body is of a type that can't be read.",
        422: "A parameter is not what it must be.",
        503: "Not now: too many pictures at once, or no memory for this one. Try again.",
    }.items()
}


def create_app(
    run: str | None = None,
    runs_dir: Path = Path("runs"),
    hosts: tuple[str, ...] = LOOPBACK,
    allow_training: bool = False,
    by_address: bool = False,
) -> FastAPI:
    """The page and the reader as an ASGI application.

    Args:
        run: what it reads with: `reader`, the bundled network, or what `find_run` takes. None:
            the bundled reader too, and the page opens with the latest run, if there is one.
        runs_dir: the folder of the run folders; of files outside it a request reads those of the
            package, of `run`, and the data that a run was made with, and no others.
        hosts: the names under which the server may be called.
        allow_training: also from other machines.
        by_address: whether it may be called under any IP address too.

    Raises:
        RunError: there is no such run.
    """
    app = FastAPI(
        title="digitscope",
        version=__version__,
        description=__doc__,
        docs_url=None,
        redoc_url=None,
        responses=REFUSED,
        lifespan=_lifespan,
    )
    app.state.runs_dir, app.state.run = runs_dir, run
    app.state.served, app.state.turns = served_run(run, runs_dir), reading.turns()
    app.state.trainer, app.state.allow_training = Trainer(runs_dir), allow_training
    app.add_middleware(Guard, hosts=hosts, by_address=by_address)
    app.include_router(reading.routes)
    app.include_router(runs.routes)
    app.include_router(training.routes)
    app.mount("/web", StaticFiles(directory=WEB), name="web")
    app.add_exception_handler(DigitscopeError, _answer_error)
    app.add_exception_handler(MemoryError, _answer_no_memory)
    app.add_exception_handler(ClientDisconnect, _answer_nobody)
    app.add_exception_handler(RequestValidationError, _answer_wrong_parameter)
    app.add_exception_handler(HTTPException, _answer_in_a_sentence)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """End what the server has begun when the server ends."""
    yield
    if sentence := await run_in_threadpool(app.state.trainer.end):
        print(sentence, file=sys.stderr, flush=True)


async def _answer_error(request: Request, error: Exception) -> JSONResponse:
    """What a user has caused, in its own sentence; where files lie here it does not say."""
    assert isinstance(error, DigitscopeError)
    code = error.http_status
    detail = without_folders(str(error), request.app.state.runs_dir)
    return JSONResponse({"detail": detail}, code, RETRY if code == 503 else None)


async def _answer_no_memory(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": NO_MEMORY}, 503, RETRY)


async def _answer_nobody(_: Request, error: Exception) -> Response:
    """Who asked has gone: there is nobody to hear this."""
    return Response(status_code=400)


async def _answer_wrong_parameter(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    return JSONResponse({"detail": f"{name}: {first['msg']}."}, 422)


async def _answer_in_a_sentence(request: Request, error: Exception) -> JSONResponse:
    """What the framework refuses in a word or two, in a sentence."""
    assert isinstance(error, HTTPException)
    sentences = {
        "Not Found": "There is nothing at this address; /docs lists what there is.",
        "Method Not Allowed": f"This address does not take {request.method}; see /docs.",
    }
    detail = sentences.get(error.detail, error.detail)
    detail = without_folders(detail, request.app.state.runs_dir)
    detail = detail if detail.endswith((".", "?")) else f"{detail}."
    return JSONResponse({"detail": detail}, error.status_code, error.headers)
