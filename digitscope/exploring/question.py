"""question: what an exploration is to find out, with a name that its study is found by."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from digitscope.exploring.space import Range, Settings, Space, Value
from digitscope.settings.config import Config
from digitscope.settings.recipes import RECIPES

NAME_LENGTH = 400  # Optuna's table has room for 512 characters


@dataclass(frozen=True)
class Question:
    """What an exploration is to find out.

    Attributes:
        base: the settings that stay, and the first seed.
        space: what varies.
        seeds: how many seeds each point of a grid is trained with.
        trials: how many to search for, one seed each; None: the whole grid.
    """

    base: Config
    space: Space
    seeds: int = 1
    trials: int | None = None

    @property
    def name(self) -> str:
        """The question in a line; whoever asks it again goes on with its study.

        Studies are found by it, and runs say by it which they belong to. So it is written here and
        nowhere else, and stays as it is: tests/old has studies of an earlier version.
        """
        recipe = RECIPES.get(self.base.recipe, Config())
        changed = {name: now for name, (_, now) in recipe.differences(self.base).items()}
        changed.pop("recipe", None)
        kind = "grid" if self.trials is None else "search"
        parts = [self.base.recipe]
        parts += [f"{name}={_written(value)}" for name, value in changed.items()]
        parts.append(f"{kind}:")
        parts += [f"{name}={_written_all(values)}" for name, values in self.space.items()]
        text = " ".join(parts)
        if len(text) <= NAME_LENGTH:
            return text
        return f"{text[:NAME_LENGTH]}... {hashlib.sha256(text.encode()).hexdigest()[:8]}"

    def config(self, settings: Settings, seed: int) -> Config:
        """The Config of a trial.

        Raises:
            ConfigError: the settings can't be combined.
        """
        return Config(**self.base.model_dump() | settings | {"seed": seed})


def _written(value: Any) -> str:
    """A setting, in the name of a study."""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _written_all(values: Sequence[Value] | Range) -> str:
    """What a setting is varied over, in the name of a study."""
    if isinstance(values, Range):
        return f"{values.low}..{values.high}"
    texts = [str(value) for value in values]
    return (";" if any("," in text for text in texts) else ",").join(texts)
