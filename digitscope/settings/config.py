"""Config: every choice that can change a run, with its default, range and help text.

The only home of a default: the command line's flags, the web form, the report's table and the
docs are generated from here.
"""

import difflib
import os
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    PlainSerializer,
    PrivateAttr,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from digitscope.errors import ConfigError
from digitscope.settings.layers import Layer, plan

VERSION = 1


def _as_list(value: Any) -> Any:
    """One value, a list, or the command line's `6,16` (or `none`), as a list."""
    if isinstance(value, str):
        value = [] if value in ("", "none") else value.split(",")
    return list(value) if isinstance(value, list | tuple) else [value]


def _is_zero(value: Any) -> bool:
    """Whether a setting is 0, in whatever way it is written."""
    try:
        return float(value) == 0
    except (TypeError, ValueError):
        return False


def _one_or_list(values: tuple[Any, ...]) -> Any:
    return values[0] if len(values) == 1 else list(values)


# One value for all layers, or one for each.
per_layer = (BeforeValidator(_as_list), PlainSerializer(_one_or_list), Field(min_length=1))
Size = Annotated[int, Field(ge=1, le=28)]
Pool = Annotated[int, Field(ge=0, le=28)]
Rate = Annotated[float, Field(ge=0, le=0.95)]
SizePerLayer = Annotated[tuple[Size, ...], *per_layer]
PoolPerLayer = Annotated[tuple[Pool, ...], *per_layer]
RatePerLayer = Annotated[tuple[Rate, ...], *per_layer]
# One layer for each entry; an empty list is no such layer.
Units = Annotated[int, Field(ge=1, le=4096)]
UnitsList = Annotated[tuple[Units, ...], BeforeValidator(_as_list), PlainSerializer(list)]


class Config(BaseModel, frozen=True, extra="forbid", allow_inf_nan=False):
    """Every choice that can change a run. Frozen; a wrong setting raises a ConfigError.

    The convolutional part is one block for each entry of `filters`: convolution, batch norm,
    activation, pooling, dropout. Then the head, the hidden dense layers, and ten probabilities.

    Example:
        >>> Config(filters=(6, 16), kernel_size=5).epochs
        5
    """

    version: int = Field(VERSION, ge=1, le=VERSION, description="version of this list of settings")
    recipe: str = Field(
        "tutorial",
        pattern="^[a-z0-9][a-z0-9_-]{0,39}$",
        description="name of the recipe the settings started from",
    )
    data: str = Field(
        "mnist", description="mnist, or the path of an npz file, an IDX folder or a picture folder"
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="of weights, order, split, dropout")
    validation_fraction: float = Field(
        0.1, ge=0, le=0.5, description="part of the training images held back to choose on"
    )

    filters: UnitsList = Field(
        (32,), max_length=12, description="kernels of each convolution layer, in order"
    )
    kernel_size: SizePerLayer = Field((3,), description="side of the kernels, in pixels")
    strides: SizePerLayer = Field((1,), description="step of the kernels, in pixels")
    padding: Literal["valid", "same"] = Field(
        "valid", description="at the border: valid shrinks the image, same adds zeros"
    )
    pool: PoolPerLayer = Field((2,), description="side of the max pooling; 0 = none")
    batch_norm: bool = Field(False, description="batch norm after every hidden layer")
    activation: Literal["relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid"] = Field(
        "relu", description="non-linearity of every hidden layer"
    )
    dropout: RatePerLayer = Field(
        (0.0,), description="part of the outputs silenced: one rate, or filters' then dense_units'"
    )
    head: Literal["flatten", "global_average"] = Field(
        "flatten", description="from maps to a list of numbers: all of them, or a mean for each map"
    )
    dense_units: UnitsList = Field(
        (128,), max_length=8, description="neurons of each hidden dense layer, in order"
    )

    epochs: int = Field(5, ge=1, le=1000, description="passes over the training images")
    batch_size: int = Field(128, ge=1, le=8192, description="images for one step")
    optimizer: Literal["adam", "sgd", "rmsprop"] = Field(
        "adam", description="how a step is made; sgd has Nesterov momentum 0.9"
    )
    learning_rate: float = Field(0.001, gt=0, le=10, description="size of a step (its peak)")
    beta_1: float = Field(0.9, ge=0, lt=1, description="adam's memory of gradients")
    beta_2: float = Field(0.999, ge=0, lt=1, description="adam's memory of their squares")
    schedule: Literal["constant", "linear", "cosine", "one_cycle"] = Field(
        "constant",
        description="learning rate over the run: to zero by a line or a cosine; one_cycle rises "
        "for 30 % of the steps first",
    )
    weight_decay: float = Field(
        0.0, ge=0, le=1, description="pull of the weights to zero; with adam this is AdamW"
    )
    label_smoothing: float = Field(
        0.0, ge=0, le=0.5, description="probability taken from the right class and spread over all"
    )
    early_stopping: int = Field(
        0, ge=0, le=1000, description="stop after so many epochs without a better val_loss; 0 = off"
    )
    keep: Literal["best", "last"] = Field(
        "best", description="weights to keep: of the epoch with the best val_loss, or the last"
    )

    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto",
        description="of products in training: auto is bfloat16 where the processor multiplies it",
    )

    shift: float = Field(0.0, ge=0, le=10, description="augmentation: up to so many pixels")
    rotate: float = Field(0.0, ge=0, le=180, description="augmentation: up to so many degrees")
    scale: float = Field(0.0, ge=0, le=0.5, description="augmentation: 0.1 = 90 to 110 %")
    shear: float = Field(0.0, ge=0, le=0.5, description="augmentation: up to this slope")
    elastic: float = Field(
        0.0, ge=0, le=4, description="augmentation: smooth bends of so many pixels (rms)"
    )

    _layers: tuple[Layer, ...] = PrivateAttr(())

    def __init__(self, **settings: Any):
        try:
            super().__init__(**settings)
        except ValidationError as error:
            raise ConfigError(_sentence(error.errors()[0])) from None

    @model_validator(mode="before")
    @classmethod
    def _prepare(cls, settings: dict[str, Any]) -> dict[str, Any]:
        version = settings.get("version", VERSION)
        if isinstance(version, int) and version > VERSION:
            raise ValueError(
                f"These settings are of version {version}, made by a newer digitscope; this one "
                f"reads up to version {VERSION}: upgrade digitscope"
            )
        if _is_zero(settings.get("validation_fraction")):
            settings = {"keep": "last", **settings, "validation_fraction": 0.0}
        data = settings.get("data", "mnist")
        if isinstance(data, str | Path) and str(data) != "mnist":
            settings = {**settings, "data": absolute_data(data)}
        return settings

    @model_validator(mode="after")
    def _check(self) -> "Config":
        if self.validation_fraction == 0 and (self.keep == "best" or self.early_stopping):
            instead = "early_stopping=0" if self.early_stopping else "keep=last"
            raise ValueError(
                "validation_fraction is 0, so there is no val_loss to choose by: "
                f"use {instead}, or a validation_fraction such as 0.1"
            )
        if self.optimizer != "adam" and (self.beta_1, self.beta_2) != (0.9, 0.999):
            raise ValueError(
                f"beta_1 and beta_2 are adam's, and the optimizer is {self.optimizer}: "
                "leave them out, or use optimizer=adam"
            )
        self._layers = plan(self)  # type: ignore[misc]  # private ones can be set, frozen or not
        return self

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers that these settings stand for, input to output."""
        return self._layers

    @property
    def num_parameters(self) -> int:
        """How many numbers the network holds."""
        return sum(layer.parameters for layer in self._layers)

    def differences(self, other: "Config") -> dict[str, tuple[Any, Any]]:
        """Settings in which two configs differ: name -> (here, there), as in the JSON."""
        here, there = self.model_dump(), other.model_dump()
        return {name: (here[name], there[name]) for name in here if here[name] != there[name]}


def absolute_data(data: str | Path) -> str:
    """The path of a data set as configs have it. A ~ that is nobody's home stays as it is."""
    return str(Path(os.path.expanduser(data)).absolute())


@cache
def _schema() -> dict[str, Any]:
    return Config.model_json_schema()


def field_schema(name: str) -> dict[str, Any]:
    """The JSON schema of a field."""
    schema: dict[str, Any] = _schema()["properties"][name]
    return schema


def field_value(name: str, value: Any) -> Any:
    """A value of one field, checked for itself: 16 from "16", (6, 16) from "6,16".

    Raises:
        ConfigError: it can't be, whatever the other settings are.
    """
    field = Config.model_fields[name]
    kind: Any = Annotated[field.annotation, field]
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(_sentence({**first, "loc": (name, *first["loc"])})) from None


def possible(name: str) -> str:
    """In words, what a field can be: `a whole number from 1 to 1000`, `valid or same`."""
    schema = field_schema(name)
    item = schema.get("items", schema)
    if "enum" in item:
        return " or ".join(item["enum"])
    kinds = {"integer": "a whole number", "number": "a number", "boolean": "true or false"}
    text = kinds.get(item.get("type", ""), "text")
    low, high = item.get("minimum"), item.get("maximum")
    if "exclusiveMinimum" in item:
        text += f" above {item['exclusiveMinimum']:g} up to {high:g}"
    elif "exclusiveMaximum" in item:
        text += f" from {low} to below {item['exclusiveMaximum']:g}"
    elif low is not None:
        text += f" from {low} to {high}"
    return f"{text}, or a list of them" if "items" in schema else text


def settings_text(settings: dict[str, Any]) -> str:
    """`filters=8 dropout=0.3`."""
    return " ".join(f"{name}={value_text(value)}" for name, value in settings.items())


def value_text(value: Any) -> str:
    """A setting as the command line takes it: `6,16`, or `none` for no layers."""
    return ",".join(map(str, value)) or "none" if isinstance(value, list | tuple) else str(value)


def did_you_mean(word: str, known: Any) -> str:
    """In brackets the nearest of the known words, or nothing if none is near."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _sentence(error: Any) -> str:
    """One of pydantic's errors as a sentence: what was received, what is possible, the nearest."""
    kind, received = error["type"], error["input"]
    if kind == "value_error":
        return f"{error['ctx']['error']}."
    name = str(error["loc"][0])
    if not (isinstance(received, str) and received.lstrip("-").isdigit()):
        received = repr(received)
    if kind == "extra_forbidden":
        hint = did_you_mean(name, Config.model_fields)
        return f"There is no setting {name!r}{hint}; `digitscope train --help` lists them all."
    if kind in ("too_long", "too_short"):
        limit = error["ctx"].get("max_length") or error["ctx"].get("min_length")
        bound = "at most" if kind == "too_long" else "at least"
        return f"{name}: received {error['ctx']['actual_length']} values, {bound} {limit} possible."
    if name == "recipe":
        return f"recipe: received {received}; possible: up to 40 of a-z, 0-9, - and _."
    return f"{name}: received {received}; possible: {possible(name)}{_nearest(error)}."


def _nearest(error: Any) -> str:
    """The nearest valid choice, where there is one."""
    context, received = error.get("ctx", {}), error["input"]
    if error["type"] == "literal_error":
        choices = field_schema(error["loc"][0]).get("enum", [])
        close = difflib.get_close_matches(str(received), choices, n=1, cutoff=0.4)
        return f"; nearest: {close[0]}" if close else ""
    bound = context.get("ge", context.get("le"))
    return f"; nearest: {bound}" if bound is not None else ""
