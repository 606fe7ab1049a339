"""serve: the page, and the reader over HTTP.

`POST /predict` and `POST /read` take a picture and answer as `predict` and `read` do. What stands
under `/api` is for the page.
"""

from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from digitscope import __version__
from digitscope.errors import (
    BusyError,
    ConfigError,
    DataError,
    MissingError,
    ModelError,
    PictureError,
    RunError,
)
from digitscope.exporting import contents
from digitscope.serving import reading, runs, training
from digitscope.serving.guard import LOOPBACK, Guard
from digitscope.serving.trainer import Trainer

CODES: dict[type[Exception], int] = {
    PictureError: 400,
    ModelError: 400,
    ConfigError: 400,
    DataError: 400,
    MissingError: 400,
    RunError: 404,
    BusyError: 409,
}


class Refusal(BaseModel):
    """Why there is no answer, in a sentence."""

    detail: str


REFUSED: dict[int | str, dict[str, Any]] = {
    code: {"model": Refusal, "description": description}
    for code, description in {
        400: "What was sent is no picture, or no such run can be used.",
        403: "The request comes from another page, or may not do this.",
        404: "There is no such run.",
        409: "Not now: a training is under way, or the run can't go on.",
        413: "More than 8 MB were sent.",
        415: "The body is of a type that can't be read.",
        422: "A parameter is not what it must be.",
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
        run: what `find_run` takes; None: the latest run, or the bundled reader if there is none.
        runs_dir: the folder of the run folders; nothing outside it can be read.
        hosts: the names under which the server may be called.
        allow_training: also from other machines.
        by_address: whether it may be called under any IP address too.
    """
    app = FastAPI(
        title="digitscope",
        version=__version__,
        description=__doc__,
        docs_url=None,
        redoc_url=None,
        responses=REFUSED,
    )
    app.state.runs_dir, app.state.run = runs_dir, run
    app.state.trainer, app.state.allow_training = Trainer(runs_dir), allow_training
    app.add_middleware(Guard, hosts=hosts, by_address=by_address)
    app.include_router(reading.routes)
    app.include_router(runs.routes)
    app.include_router(training.routes)
    app.mount("/web", StaticFiles(directory=contents.WEB), name="web")
    for error, code in CODES.items():
        app.add_exception_handler(error, _answer_with(code))
    app.add_exception_handler(RequestValidationError, _answer_wrong_parameter)
    app.add_exception_handler(HTTPException, _answer_in_a_sentence)
    return app


def _answer_with(code: int) -> Any:
    """An error's sentence as an answer."""

    async def handle(_: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, code)

    return handle


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
    detail = detail if detail.endswith((".", "?")) else f"{detail}."
    return JSONResponse({"detail": detail}, error.status_code, error.headers)
