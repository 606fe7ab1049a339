"""A training from the page: its form, its layers, start, stop, resume."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, Field

from digitscope.environment import require
from digitscope.errors import ConfigError, RunError
from digitscope.exporting.places import without_folders
from digitscope.serving.lookup import run_called
from digitscope.settings.config import Config, did_you_mean
from digitscope.settings.layers import KINDS, Layer
from digitscope.settings.recipes import RECIPES, configure

SETTABLE = tuple(name for name in Config.model_fields if name not in ("version", "recipe", "data"))

routes = APIRouter(prefix="/api/training", tags=["train"])


class Settings(BaseModel):
    """Settings by name, on top of a recipe."""

    recipe: str = Field("tutorial", max_length=40)
    settings: dict[str, Any] = {}


@dataclass(frozen=True)
class Schema:
    """What can be set.

    Attributes:
        schema: Config's JSON schema.
        recipes: name -> its settings, as JSON values.
    """

    schema: dict[str, Any]
    recipes: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class PlannedLayer:
    """A layer that settings stand for.

    Attributes:
        name: unique in the network.
        kind: in words.
        output_shape: without the batch axis.
        parameters: numbers it holds.
        multiply_adds: for one image.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int


@dataclass(frozen=True)
class Plan:
    """What settings stand for.

    Attributes:
        layers: input to output; none where there is an error.
        error: why the settings can't be; else empty.
    """

    layers: list[PlannedLayer]
    error: str = ""


@dataclass(frozen=True)
class TrainingState:
    """How far the training from the page is.

    Attributes:
        running: whether one is under way.
        error: why the last one failed; else empty.
        run: the name of its run; None where there is none, or it was deleted.
        history: a row for each finished epoch.
        allowed: whether who asks may train here.
    """

    running: bool
    error: str
    run: str | None
    history: list[dict[str, float]]
    allowed: bool


@routes.get("/schema")
def schema() -> Schema:
    """What can be set: Config's JSON schema, and the recipes."""
    recipes = {name: recipe.model_dump() for name, recipe in RECIPES.items()}
    return Schema(Config.model_json_schema(), recipes)


@routes.post("/plan")
def planned(wanted: Settings) -> Plan:
    """The layers that settings stand for, with their cost; or `error`, why there are none."""
    try:
        config = _configured(wanted)
    except ConfigError as error:  # while one types, that is no error of the request
        return Plan([], str(error))
    return Plan([_described(layer) for layer in config.layers])


def _configured(wanted: Settings) -> Config:
    """A Config of what a page may choose, and of nothing else that `configure` takes."""
    for name in wanted.settings:
        if name == "data":
            raise ConfigError("data: a page can't choose files; use `digitscope train --data`.")
        if name not in SETTABLE:
            name = name[:40]
            raise ConfigError(
                f"There is no setting {name!r} that a page can choose"
                f"{did_you_mean(name, SETTABLE)}. Possible: {', '.join(SETTABLE)}."
            )
    return configure(wanted.recipe, **wanted.settings)


def _described(layer: Layer) -> PlannedLayer:
    return PlannedLayer(
        layer.name, KINDS[layer.kind], layer.output_shape, layer.parameters, layer.multiply_adds
    )


@routes.get("")
def training_state(request: Request) -> TrainingState:
    """Whether a training is under way, of which run, and its epochs so far."""
    trainer = request.app.state.trainer
    run = trainer.run if trainer.run and trainer.run.path.is_dir() else None
    return TrainingState(
        running=trainer.is_running,
        error=without_folders(trainer.error, trainer.runs_dir),
        run=run.name if run else None,
        history=run.history if run else [],
        allowed=_may_train(request),
    )


@routes.post("")
def start_training(request: Request, wanted: Settings) -> TrainingState:
    """Begin a training: one at a time."""
    _check_may_train(request)
    require("train")
    request.app.state.trainer.start(_configured(wanted))
    return training_state(request)


@routes.post("/stop")
def stop_training(request: Request) -> TrainingState:
    """End the training; what is done is kept."""
    _check_may_train(request)
    request.app.state.trainer.stop()
    return training_state(request)


@routes.post("/resume")
def resume_training(request: Request, run: str) -> TrainingState:
    """Go on with an interrupted run."""
    _check_may_train(request)
    require("train")
    found = run_called(request.app, run)
    if found is None:
        raise RunError("The bundled reader can't be trained on.")
    try:
        request.app.state.trainer.resume(found)
    except RunError as error:
        raise HTTPException(409, str(error)) from None
    return training_state(request)


def _may_train(request: Request) -> bool:
    return request.app.state.allow_training or _is_loopback(request)


def _is_loopback(request: Request) -> bool:
    """Whether the request comes from this machine."""
    try:
        address = ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    # A socket for IPv6 and IPv4 says ::ffff:127.0.0.1, which older Pythons don't call loopback.
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _check_may_train(request: Request) -> None:
    if not _may_train(request):
        raise HTTPException(
            403, "Only this machine may train; `digitscope serve --allow-training` lets others."
        )
