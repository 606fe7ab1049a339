"""space: what an exploration varies: values of settings, or ranges to search in."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digitscope.errors import ConfigError
from digitscope.settings.config import Config, did_you_mean, field_schema, field_value, value_text

FIXED = {
    "version": "it is the same for all",
    "recipe": "explore one recipe, then the other",
    "data": "runs on different data can't be compared",
    "seed": "use --seeds, and every setting is trained with all of them",
    "validation_fraction": "all trials are ranked on the same validation images",
}
LOG_FACTOR = 10  # a range whose ends differ by this factor is searched on a logarithmic scale
MOST_POINTS = 10_000

Value = bool | int | float | str  # a setting in Optuna's types: a list is its text, `6,16`
Settings = dict[str, Value]


@dataclass(frozen=True)
class Range:
    """All numbers between two ends, both included.

    Attributes:
        low, high: whole numbers if the setting is one.
    """

    low: float
    high: float

    @property
    def is_log(self) -> bool:
        """Whether factors count, not differences."""
        return self.low > 0 and self.high / self.low >= LOG_FACTOR

    def __str__(self) -> str:
        return f"{self.low}..{self.high}"


Space = Mapping[str, Sequence[Value] | Range]


def parse(specs: Sequence[str]) -> Space:
    """What the command line's `--vary` says: `filters=16,32`, `filters=32;6,16`, `dropout=0..0.5`.

    Args:
        specs: NAME=VALUES, for each setting once. Values are parted by commas, or by semicolons
            where one of them is a list; LOW..HIGH is a range.

    Raises:
        ConfigError: nothing to vary, an unknown setting, or a value that can't be.
    """
    space: dict[str, Sequence[Value] | Range] = {}
    for spec in specs:
        name, _, text = (part.strip() for part in spec.partition("="))
        name = name.replace("-", "_")
        if name not in Config.model_fields:
            hint = did_you_mean(name, Config.model_fields)
            raise ConfigError(f"There is no setting {name!r} to vary{hint}.")
        if name in FIXED:
            raise ConfigError(f"{name} can't be varied: {FIXED[name]}.")
        if name in space:
            raise ConfigError(f"{name} is varied twice: give all its values at once.")
        if not text:
            raise ConfigError(f"{name}: no values to try; write {name}=VALUE,VALUE or LOW..HIGH.")
        space[name] = _range(name, text) if ".." in text else _values(name, text)
    if not space:
        raise ConfigError("There is nothing to vary: give at least one --vary NAME=VALUE,VALUE.")
    return space


def _values(name: str, text: str) -> list[Value]:
    """Every value once, as Optuna takes it."""
    parts = [part.strip() for part in text.split(";" if ";" in text else ",")]
    if not all(parts):
        raise ConfigError(f"{name}: a value is missing in {text!r}.")
    values = [field_value(name, part) for part in parts]
    as_text = [value_text(value) if isinstance(value, tuple) else value for value in values]
    return list(dict.fromkeys(as_text))


def _range(name: str, text: str) -> Range:
    schema = field_schema(name)
    if schema.get("items", schema).get("type") not in ("integer", "number") or "," in text:
        raise ConfigError(f"{name} has no range to search: give its values one by one.")
    ends = [field_value(name, end.strip()) for end in text.split("..", 1)]
    low, high = (end[0] if isinstance(end, tuple) else end for end in ends)
    if not low < high:
        raise ConfigError(f"{name}: a range goes from the smaller to the larger, unlike {text}.")
    return Range(low, high)


def grid(space: Space, base: Config) -> list[Settings]:
    """All combinations of the values, the last setting changing fastest.

    Raises:
        ConfigError: there is a range, too many combinations, or one that can't be.
    """
    for name, values in space.items():
        if isinstance(values, Range):
            raise ConfigError(
                f"{name}={values} is a range, and a grid takes values: list them, or use --search."
            )
    lists = [values for values in space.values() if not isinstance(values, Range)]
    count = math.prod(map(len, lists))
    if count > MOST_POINTS:
        raise ConfigError(f"{count:,} combinations are more than {MOST_POINTS:,}: use --search.")
    points = [dict(zip(space, values, strict=True)) for values in itertools.product(*lists)]
    for point in points:
        try:
            Config(**base.model_dump() | point)
        except ConfigError as error:
            settings = " ".join(f"{name}={value}" for name, value in point.items())
            raise ConfigError(f"{settings} can't be combined. {error}") from error
    return points


def key_of(settings: Settings) -> tuple[tuple[str, Value], ...]:
    """The settings as a key of a dictionary; their order doesn't count."""
    return tuple(sorted(settings.items()))
