"""POST /predict and /read: a picture in, what was read out."""

import base64
import json
from typing import Any

import numpy as np
from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from digitscope import __version__
from digitscope.pictures.picture import Picture
from digitscope.reading.read import read
from digitscope.serving.lookup import RunParameter, name_of, reader_called

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


class PredictionAnswer(BaseModel):
    """What a picture shows: digitscope.Prediction."""

    digit: int | None
    status: str
    confidence: float
    probabilities: list[float] | None
    reason: str
    box: list[int] | None


class NumberAnswer(BaseModel):
    """Digits that stand together."""

    text: str
    digits: list[PredictionAnswer]


class ReadingAnswer(BaseModel):
    """What a page says: rows of numbers; in a table, null for an empty place."""

    is_table: bool
    rows: list[list[NumberAnswer | None]]


routes = APIRouter(tags=["read digits"])


@routes.post("/predict", response_model=PredictionAnswer, openapi_extra=BODY)
async def predict(request: Request, run: RunParameter = None) -> dict[str, Any]:
    """Read the one digit in a picture."""
    picture = await _picture(request)
    reader = await run_in_threadpool(reader_called, request.app, run)
    said = await run_in_threadpool(reader.predict, picture)
    return said.as_json()


@routes.post("/read", response_model=ReadingAnswer, openapi_extra=BODY)
async def read_page(request: Request, run: RunParameter = None) -> dict[str, Any]:
    """Read all digits in a photo of a page or form."""
    picture = await _picture(request)
    reader = await run_in_threadpool(reader_called, request.app, run)
    return (await run_in_threadpool(read, reader, picture)).as_json()


@routes.head("/health", include_in_schema=False)
@routes.get("/health")
def health(request: Request) -> dict[str, Any]:
    """Whether the server lives, and what it reads with."""
    return {"status": "ok", "version": __version__, "run": name_of(request.app, None)}


async def _picture(request: Request) -> Picture:
    """The picture in a request's body, not yet decoded."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        async with request.form() as form:
            files = [value for value in form.values() if isinstance(value, UploadFile)]
            if not files:
                raise HTTPException(400, "There is no file in the form.")
            return await files[0].read()
    body = await request.body()
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
    try:
        pixels = np.array(image)
        fits = pixels.shape == (28, 28) and pixels.dtype.kind in "iuf"
        fits = fits and pixels.min() >= 0 and pixels.max() <= 255
    except (ValueError, OverflowError):
        fits = False
    if not fits:
        raise HTTPException(400, "The image must be 28 rows of 28 numbers from 0 to 255.")
    return pixels.astype(np.uint8)


def _data_url(text: str) -> bytes:
    head, _, content = text.strip().partition(",")
    if not (head.startswith("data:image/") and head.endswith(";base64")):
        raise HTTPException(400, "The text is not a data URL such as data:image/png;base64,...")
    try:
        return base64.b64decode(content, validate=True)
    except ValueError:
        raise HTTPException(400, "The data URL's content is not base64.") from None
