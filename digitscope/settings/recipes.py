"""RECIPES: settings under a name; configure: a Config from a recipe, a file and single settings."""

import json
from pathlib import Path
from typing import Any

from digitscope.errors import ConfigError
from digitscope.settings.config import Config, did_you_mean

# What makes one epoch enough; each was chosen on validation images, see docs/log.md.
QUICK: dict[str, Any] = {
    "batch_norm": True,
    "epochs": 1,
    "batch_size": 256,
    "learning_rate": 0.03,
    "beta_1": 0.7,
    "beta_2": 0.9,
    "schedule": "one_cycle",
    "label_smoothing": 0.1,
}

# Four convolutions, and how they learn for many epochs.
DEEP: dict[str, Any] = {
    "filters": (64, 64, 128, 128),
    "kernel_size": (5, 3, 3, 3),
    "strides": (2, 1, 1, 1),
    "pool": (0, 0, 2, 0),
    "batch_norm": True,
    "validation_fraction": 0.05,
    "keep": "last",
    "learning_rate": 0.01,
    "beta_2": 0.99,
    "schedule": "one_cycle",
    "weight_decay": 0.05,
}

RECIPES = {
    "tutorial": Config(),
    "lenet": Config(
        recipe="lenet", filters=(6, 16), kernel_size=5, dense_units=(120, 84), epochs=10
    ),
    "fast": Config(
        recipe="fast",
        filters=(16,),
        kernel_size=7,
        strides=2,
        **QUICK,
    ),
    "fast99": Config(
        recipe="fast99",
        filters=(16, 32),
        kernel_size=(5, 3),
        strides=(2, 1),
        pool=(0, 2),
        **QUICK,
    ),
    "accurate": Config(
        recipe="accurate",
        **DEEP,
        dropout=(0, 0, 0, 0.2, 0.4),
        epochs=50,
        label_smoothing=0.1,
        shift=2,
        rotate=10,
        scale=0.1,
        shear=0.1,
    ),
    "reader": Config(
        recipe="reader",
        **DEEP,
        dropout=(0, 0, 0, 0.1, 0.3),
        epochs=18,
        batch_size=256,
        label_smoothing=0.02,
        shift=1,
        rotate=5,
        scale=0.05,
        shear=0.05,
        elastic=0.3,
    ),
}


def configure(recipe: str | None = None, file: str | Path | None = None, **settings: Any) -> Config:
    """A Config from a recipe, a file and single settings; the later of them wins.

    Args:
        recipe: a name in RECIPES; without it the file's own recipe, or `tutorial`.
        file: a `config.json`, whole or in part. A whole one may name a recipe that is none here.
        **settings: fields of Config.

    Raises:
        ConfigError: what was received and what is possible.

    Example:
        >>> configure("lenet", epochs=3).epochs
        3
    """
    from_file = _read(Path(file)) if file else {}
    name = recipe or str(from_file.get("recipe", "tutorial"))
    if not recipe and from_file.keys() >= Config.model_fields.keys():
        return Config(**{**from_file, **settings})  # nothing is left for a recipe to say
    if name not in RECIPES:
        raise ConfigError(
            f"There is no recipe {name!r}{did_you_mean(name, RECIPES)}. "
            f"Possible: {', '.join(RECIPES)}."
        )
    base = RECIPES[name].model_dump(exclude_unset=True)
    if recipe:
        from_file.pop("recipe", None)
    return Config(**{**base, **from_file, **settings})


def _read(file: Path) -> dict[str, Any]:
    try:
        settings = json.loads(file.read_bytes())  # in any UTF, with a mark or without
    except OSError as error:
        raise ConfigError(f"The config {file} can't be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"The config {file} is not JSON: {error}.") from error
    if not isinstance(settings, dict):
        raise ConfigError(f"The config {file} must be a JSON object, like a run's config.json.")
    return settings
