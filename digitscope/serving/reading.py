"""POST /predict and /read: a picture in, what was read out."""

import base64
import json
from collections.abc import Callable
from typing import Any

import anyio
import numpy as np
from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect

from digitscope import __version__
from digitscope.pictures.picture import Picture, lacks_memory
from digitscope.reading.read import Reading, read
from digitscope.reading.reader import Prediction, Reader
from digitscope.serving.lookup import RunParameter, name_of, network_called

AT_ONCE = 2  # pictures; one of 12 megapixels takes up to 200 MB while it is read
PICTURE = {"schema": {"type": "string", "format": "binary"}}
JSON_PICTURE = {
    "type": "object",
    "required": ["image"],
    "properties": {
        "image": {
            "description": "A data URL, or 28 rows of 28 numbers from 0 to 255.",
            "anyOf": [
                {"type": "string", "pattern": "^data:image/"},
                {
                    "type": "array",
                    "minItems": 28,
                    "maxItems": 28,
                    "items": {
                        "type": "array",
                        "minItems": 28,
                        "maxItems": 28,
                        "items": {"type": "integer", "minimum": 0, "maximum": 255},
                    },
                },
            ],
        }
    },
}
BODY = {
    "requestBody": {
        "required": True,
        "description": "A picture: its file as it is, a form with it, or JSON.",
        "content": {
            "image/png": PICTURE,
            "image/jpeg": PICTURE,
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
            "application/json": {"schema": JSON_PICTURE},
        },
    }
}


class DigitAnswer(BaseModel):
    """What a picture shows: digitscope.Prediction."""

    digit: int | None
    text: str
    status: str
    confidence: float
    probabilities: list[float] | None
    reason: str
    box: list[int] | None


class PredictionAnswer(DigitAnswer):
    """What a picture shows, and the network that says so: `reader`, or the name of a run."""

    network: str


class NumberAnswer(BaseModel):
    """Digits that stand together."""

    text: str
    digits: list[DigitAnswer]


class RegionAnswer(BaseModel):
    """A table, or what stands in none: its rows go from the first number up to the second."""

    is_table: bool
    rows: tuple[int, int]


class ReadingAnswer(BaseModel):
    """What a page says: rows of numbers; in a table, null for an empty place."""

    network: str
    is_table: bool
    turned: float
    rows: list[list[NumberAnswer | None]]
    regions: list[RegionAnswer]


class Health(BaseModel):
    """That the server lives, its version, and what it reads with: `reader`, or a run's name."""

    status: str
    version: str
    run: str


routes = APIRouter(tags=["read digits"])


@routes.post("/predict", openapi_extra=BODY)
async def predict(request: Request, run: RunParameter = None) -> PredictionAnswer:
    """Read the one digit in a picture."""
    return PredictionAnswer(**await _in_turn(request, run, Reader.predict))


@routes.post("/read", openapi_extra=BODY)
async def read_sheet(request: Request, run: RunParameter = None) -> ReadingAnswer:
    """Read all digits in a photo of a page or form."""
    return ReadingAnswer(**await _in_turn(request, run, read))


async def _in_turn(
    request: Request, run: str | None, read_with: Callable[..., Prediction | Reading]
) -> dict[str, Any]:
    """What a request's picture says, read when its turn comes; few are in memory at once."""
    kind, body = await _received(request)
    async with request.app.state.turns:
        if await request.is_disconnected():  # while it waited
            raise ClientDisconnect
        name, reader = await run_in_threadpool(network_called, request.app, run)
        try:
            said = await run_in_threadpool(lambda: read_with(reader, _picture(kind, body)))
        except Exception as error:
            if lacks_memory(error):
                raise MemoryError from error
            raise
    return {"network": name, **said.as_json()}


def turns() -> anyio.Semaphore:
    """What the pictures of a server wait for."""
    return anyio.Semaphore(AT_ONCE)


@routes.head("/health", include_in_schema=False)
@routes.get("/health")
async def health(request: Request) -> Health:
    """Whether the server lives, and what it reads with; it waits for nothing."""
    return Health(status="ok", version=__version__, run=name_of(request.app.state.served))


async def _received(request: Request) -> tuple[str, bytes]:
    """The body of a request and of what type it is; of a form the file in it."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        return kind, await request.body()
    async with request.form() as form:
        files = [value for value in form.values() if isinstance(value, UploadFile)]
        if not files:
            raise HTTPException(400, "There is no file in the form.")
        return "application/octet-stream", await files[0].read()


def _picture(kind: str, body: bytes) -> Picture:
    """The picture in a body, not yet decoded."""
    if kind == "application/json":
        return _json_picture(body)
    if kind.startswith("image/") or kind == "application/octet-stream":
        return body
    if kind == "text/plain":
        return _data_url(body.decode("utf-8", "replace"))
    raise HTTPException(
        415, f"{kind or 'No content type'}: send image/png, image/jpeg, a form or JSON."
    )


def _json_picture(body: bytes) -> Picture:
    try:
        image = json.loads(body)["image"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise HTTPException(400, 'The body is not JSON with an "image".') from None
    if isinstance(image, str):
        return _data_url(image)
    if not (_are_28(image) and all(_are_28(row) and all(map(_is_grey, row)) for row in image)):
        raise HTTPException(400, "The image must be 28 rows of 28 numbers from 0 to 255.")
    return np.array(image).astype(np.uint8)


def _are_28(values: Any) -> bool:
    return isinstance(values, list) and len(values) == 28


def _is_grey(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= 255  # to Python True is a number too


def _data_url(text: str) -> bytes:
    head, _, content = text.strip().partition(",")
    if not (head.startswith("data:image/") and head.endswith(";base64")):
        raise HTTPException(400, "The text is not a data URL such as data:image/png;base64,...")
    try:
        return base64.b64decode(content, validate=True)
    except ValueError:
        raise HTTPException(400, "The data URL's content is not base64.") from None
