"""What the page shows: itself, the runs with their weights, digits to look at."""

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import FileResponse, Response
from starlette.concurrency import run_in_threadpool

from digitscope.errors import RunError
from digitscope.exporting import contents
from digitscope.exporting.inline import WEB
from digitscope.runs.listing import Summary, summary
from digitscope.serving.lookup import first_shown, name_of, own_runs, run_called

MOST_DIGITS = 1000  # of a data set, in one answer

routes = APIRouter(tags=["look inside"])


@routes.head("/", include_in_schema=False)
@routes.get("/", include_in_schema=False)
def page() -> FileResponse:
    """The page."""
    return FileResponse(WEB / "index.html")


@routes.get("/docs", include_in_schema=False)
def docs() -> FileResponse:
    """What the server understands, from /openapi.json."""
    return FileResponse(WEB / "docs.html")


@dataclass(frozen=True)
class Runs:
    """The runs there are.

    Attributes:
        served: the name of the one that the page opens with, or of the bundled reader.
        runs: each in a line, by number; without damaged ones, which `digitscope runs` tells of.
    """

    served: str
    runs: list[Summary]


@routes.get("/api/runs")
def runs(request: Request) -> Runs:
    """The runs, and which of them the page opens with."""
    found = []
    for run in own_runs(request.app.state.runs_dir):
        with suppress(RunError):  # being deleted, or damaged
            found.append(_shown(summary(run)))
    return Runs(name_of(first_shown(request.app)), found)


def _shown(line: Summary) -> Summary:
    """A run in a line, which does not say where its data lie."""
    changed = line.changed or {}
    if "data" in changed:
        changed = {**changed, "data": Path(changed["data"]).name}
    return replace(line, changed=changed)


@routes.get("/api/runs/{name}")
def run_details(request: Request, name: str) -> contents.About:
    """A run: its settings, layers, certainty, epochs and judgement; also while it is trained."""
    return contents.about(run_called(request.app, name))


@routes.get("/api/runs/{name}/weights", response_class=Response)
def weights(
    request: Request, name: str, epoch: Annotated[int | None, Query(ge=1, le=10_000)] = None
) -> Response:
    """The weights, laid out as the layers say: of the epoch that is kept, or of another one."""
    return _binary(contents.weights(run_called(request.app, name), epoch))


@routes.get("/api/runs/{name}/errors")
def errors(request: Request, name: str) -> contents.Errors:
    """The confusion matrix on the test images (rows: true digit), and the errors.

    Each error is [index, true digit, answer, probability of the answer].
    """
    return contents.errors(run_called(request.app, name))


@routes.get("/api/runs/{name}/digits", response_class=Response)
async def digits(
    request: Request,
    name: str,
    of: Literal["test", "validation"],
    index: Annotated[list[int] | None, Query(max_length=MOST_DIGITS)] = None,
    count: Annotated[int, Query(ge=1, le=MOST_DIGITS)] = 500,
) -> Response:
    """Images of a run's data: those with these indices, or the first `count`.

    n images of 784 bytes, then n bytes, their labels. Validation images are the run's own. The
    bundled reader has none here: these are MNIST's training digits, and it knows most of them.
    """

    def found() -> bytes:
        return contents.digits(run_called(request.app, name), of, index, count)

    try:
        async with request.app.state.turns:  # a data set takes memory, as a picture does
            return _binary(await run_in_threadpool(found))
    except IndexError as error:
        raise HTTPException(400, str(error)) from None


def _binary(content: bytes) -> Response:
    return Response(content, media_type="application/octet-stream")
