"""A training's whole state after an epoch, in one file: what resuming needs, and nothing else."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from digitscope.files import write_atomically
from digitscope.run import RunError


def save(path: Path, model: keras.Model, history: list[dict[str, float]]) -> None:
    """Write the weights, the optimizer, the random state and the history of the epochs so far.

    One file, replaced at once: a process that dies leaves this epoch's state or the one before.
    """
    arrays: dict[str, Any] = {
        f"state{i}": keras.ops.convert_to_numpy(value) for i, value in enumerate(_state(model))
    }
    buffer = io.BytesIO()
    np.savez(buffer, history=np.array(json.dumps(history)), **arrays)
    write_atomically(path, buffer.getvalue())


def restore(path: Path, model: keras.Model) -> list[dict[str, float]]:
    """Put the saved state into a compiled model; give the history, or [] if none was saved yet.

    Raises:
        RunError: the file is damaged, or another network's.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            variables = _state(model)
            for index, variable in enumerate(variables):
                variable.assign(file[f"state{index}"])
            return json.loads(str(file["history"]))
    except FileNotFoundError:
        return []
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
        raise RunError(f"The checkpoint {path} is damaged ({error}): start a new run.") from error


def _state(model: keras.Model) -> list[keras.Variable]:
    """Every variable that training changes, in a fixed order."""
    generators = [
        layer.seed_generator.state for layer in model.layers if hasattr(layer, "seed_generator")
    ]
    return [*model.weights, *generators, *model.optimizer.variables]
