"""flags: the arguments that commands share, and one flag for each setting of Config."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from digitscope.settings.config import Config, field_schema, possible, value_text
from digitscope.settings.recipes import RECIPES

RUNS = Path("runs")
RunsDir = Annotated[Path, typer.Option(help="The folder of the run folders.", metavar="FOLDER")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RunName = Annotated[
    str, typer.Argument(metavar="RUN", help="A run's name or its beginning, number, path; latest.")
]
RecipeName = Annotated[
    str | None,
    typer.Option(help=f"Settings to start from: {', '.join(RECIPES)}.", metavar="NAME"),
]
ConfigFile = Annotated[
    Path | None, typer.Option(help="A config.json, whole or in part.", metavar="FILE")
]


def _settings() -> list[inspect.Parameter]:
    """One flag for each setting of Config; None means not given."""
    parameters = []
    for name, field in Config.model_fields.items():
        if name in ("version", "recipe"):
            continue
        flag = f"--{name.replace('_', '-')}"
        shown = value_text(RECIPES["tutorial"].model_dump()[name])
        if field.annotation is bool:
            kind: Any = bool | None
            flag, text = f"{flag}/--no-{flag[2:]}", field.description
        else:
            kind, text = str | None, f"{field.description}; {possible(name)}"
        option = typer.Option(flag, help=f"{text} [{shown}]", metavar=_metavar(name))
        parameters.append(
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=None,
                annotation=Annotated[kind, option],
            )
        )
    return parameters


def _metavar(name: str) -> str:
    schema = field_schema(name)
    if "items" in schema:
        return "LIST"
    if "enum" in schema:
        return "NAME"
    return {"integer": "INT", "number": "NUMBER"}.get(schema["type"], "PATH")  # of data


def with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command that takes **settings one flag for each of Config's fields."""
    parameters = inspect.signature(command).parameters.values()
    own = [one for one in parameters if one.kind is not one.VAR_KEYWORD]
    signature = inspect.Signature([*own, *_settings()])
    function: Any = command  # no type of Python's has a signature that can be set
    function.__signature__ = signature
    function.__annotations__ = {one.name: one.annotation for one in signature.parameters.values()}
    return command
