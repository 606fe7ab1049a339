"""Model: a run's model.onnx by ONNX Runtime, without Keras."""

import json
import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from pydantic import TypeAdapter, ValidationError

from digitscope.errors import ModelError
from digitscope.network.certainty import Certainty

# Images at once: 10,000 images take 0.12 s; in one call 2.5 s the first time, to claim the memory.
BATCH = 250


@dataclass(frozen=True)
class ModelCard:
    """What a model.onnx says of its network.

    Attributes:
        labels: what each of its outputs stands for.
        epoch: of its training, from 1; None where the file says none, as below.
        config: the settings it was trained with, but for the data's place.
        data_sha256: of the data it was trained with.
        history: the epoch's loss, accuracy, ... as in history.csv.
        normaliser: the version of `preprocess` that its pictures must come from.
        certainty: how sure it may be.
    """

    labels: tuple[int, ...] = ()
    epoch: int | None = None
    config: dict[str, Any] = field(default_factory=dict)
    data_sha256: str | None = None
    history: dict[str, float] = field(default_factory=dict)
    normaliser: int | None = None
    certainty: Certainty = Certainty()  # noqa: RUF009  # it is frozen


_CARD = TypeAdapter(ModelCard)


def open_session(source: Path | bytes, threads: int = 0) -> onnxruntime.InferenceSession:
    """ONNX Runtime with a model's file, or its content.

    Args:
        source: the file, or its content.
        threads: as for Model.

    Raises:
        ModelError: the file is not there, or damaged.
    """
    if isinstance(source, Path) and not os.path.isfile(source):
        raise ModelError(f"There is no model file {source}.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    try:
        return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors have no base class of their own
        place = source if isinstance(source, Path) else "The model"
        raise ModelError(f"{place} is damaged: {error}") from error


class Model:
    """A network in ONNX Runtime.

    Args:
        source: a model.onnx, or its content.
        threads: of ONNX Runtime; 0: one for each core. For single images 1 is faster.

    Attributes:
        card: what the file says of the network.

    Raises:
        ModelError: the file is not there, damaged, or not a network of digitscope.
    """

    def __init__(self, source: Path | bytes, threads: int = 0):
        place = source if isinstance(source, Path) else "The model"
        self.session = open_session(source, threads)
        try:
            texts = self.session.get_modelmeta().custom_metadata_map
            said = {name: json.loads(text) for name, text in texts.items()}
            self.card = _CARD.validate_python(said)
        except ValidationError as error:
            about = ".".join(map(str, error.errors()[0]["loc"]))
            raise ModelError(
                f"{place} is damaged: what it says of its {about} can't be."
            ) from error
        except ValueError as error:
            raise ModelError(f"{place} is damaged: {error}") from error
        images = [(one.name, one.shape[1:]) for one in self.session.get_inputs()]
        outputs = {one.name: one.shape[1:] for one in self.session.get_outputs()}
        if images != [("image", [28, 28, 1])] or outputs != {"logits": [10], "probabilities": [10]}:
            raise ModelError(f"{place} is a model of something else, not of digitscope.")

    def logits(self, images: np.ndarray) -> np.ndarray:
        """float32 (n, 10) from images uint8 (n, 28, 28), 0 = background .. 255 = ink."""
        return self._run("logits", images)

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """The softmax of the logits, not calibrated: float32 (n, 10)."""
        return self._run("probabilities", images)

    def _run(self, output: str, images: np.ndarray) -> np.ndarray:
        batches = (images[i : i + BATCH, ..., None] for i in range(0, max(len(images), 1), BATCH))
        parts = [self.session.run([output], {"image": b.astype(np.float32)})[0] for b in batches]
        return np.concatenate(parts)


def card_of(path: Path) -> ModelCard:
    """What a model.onnx says of its network; it is opened again only when it has changed.

    Raises:
        ModelError: as for Model.
    """
    try:
        about = path.stat()
    except OSError as error:
        raise ModelError(f"{path} can't be read: {error.strerror}.") from error
    return _card(path, about.st_mtime_ns, about.st_size, about.st_ino)


@lru_cache(maxsize=64)
def _card(path: Path, *_state: int) -> ModelCard:
    return Model(path, threads=1).card
