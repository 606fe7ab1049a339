"""Glyphs: what a small picture of one place on a page shows: a digit, a sign, something else."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from digitscope.errors import ModelError
from digitscope.network.certainty import softmax
from digitscope.network.inference import open_session

SYMBOLS = "0123456789-.,/:%"
OTHER = len(SYMBOLS)  # letters, ticks, drawings
EMPTY = OTHER + 1
TURNS = 4  # ways up: by so many quarters, clockwise, something lies turned
SIDE = 32  # pixels of a glyph's picture
ROOM = 1.7  # times the height of a digit is what such a picture shows
FAINT = 6.0  # of 255: what varies less is not made to look like ink
BATCH = 64  # pictures at once


def cut(
    photo: np.ndarray,
    middle: np.ndarray,
    height: float,
    angle: float,
    side: int = SIDE,
    room: float = ROOM,
) -> np.ndarray:
    """A square around a place, uint8 (side, side, 3), made upright.

    Args:
        photo: uint8 (h, w, 3).
        middle: x, y in pixels.
        height: of a digit there, in pixels.
        angle: by so much what stands there is turned, clockwise, in radians.
        side: pixels of the square.
        room: times the height of a digit is what it shows.
    """
    scale = side / (room * height)
    a, b = scale * np.cos(angle), scale * np.sin(angle)
    turn = np.array([[a, b, 0], [-b, a, 0]])
    if scale < 0.6:  # blurred first, so that nothing is skipped
        left, top = (max(0, int(part - room * height)) for part in middle)
        right, bottom = (int(part + room * height) + 1 for part in middle)
        part = photo[top : max(bottom, top + 1), left : max(right, left + 1)]
        if part.size:
            photo = np.asarray(cv2.GaussianBlur(part, (0, 0), 0.4 / scale))
            middle = middle - (left, top)
    turn[:, 2] = side / 2 - 0.5 - turn[:, :2] @ (middle - 0.5)
    return np.asarray(cv2.warpAffine(photo, turn, (side, side), borderMode=cv2.BORDER_REPLICATE))


def normalised(pictures: np.ndarray) -> np.ndarray:
    """Pictures, uint8 (n, 32, 32, 3), with mean 0 and contrast 1: float32, of the same shape."""
    values = pictures.astype(np.float32)
    values -= values.mean((1, 2), keepdims=True)
    spread = np.sqrt((values**2).mean((1, 2, 3), keepdims=True))
    return np.asarray(values / np.maximum(spread, FAINT))


@dataclass(frozen=True)
class Trust:
    """How far what networks say is believed; fitted by scripts/trust.py and scripts/second_look.py.

    Attributes:
        weights: of the evidence, which is mostly the logarithms of odds.
        bias: what is added to them.
        sure: a digit of less certainty is `unsure`.
    """

    weights: tuple[float, ...] = (1.0, 0.0, 0.0)
    bias: float = 0.0
    sure: float = 0.9

    def certainty(self, evidence: np.ndarray) -> np.ndarray:
        """How likely each symbol is what it is taken for: float (...), of evidence (..., m)."""
        return np.asarray(1 / (1 + np.exp(-(evidence @ np.array(self.weights) + self.bias))))

    def as_metadata(self, name: str = "trust") -> dict[str, str]:
        """The same for a model's file."""
        return {name: json.dumps(asdict(self))}


class Glyphs:
    """Reads single symbols.

    Args:
        model: the file of the network, of `scripts/glyphs.py`.

    Attributes:
        trust: how far it is believed, of a photo: that it is this symbol, that there is one, that
            it is one of this kind.
        look: of a picture of one digit: see `second_look`.

    Raises:
        ModelError: it is not there, or damaged.
    """

    def __init__(self, model: Path):
        self._session = open_session(model)
        try:
            about = self._session.get_modelmeta().custom_metadata_map
            self.trust, self.look = (_trust(about[name]) for name in ("trust", "look"))
        except (KeyError, ValueError, TypeError) as error:
            raise ModelError(f"{model} is a model of something else, not of digitscope.") from error

    def probabilities(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        """Of each of SYMBOLS, something else, nothing: float32 (n, 18), of pictures of `cut`."""
        return softmax(self._answer(pictures)[:, : EMPTY + 1])

    def turns(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        """How likely each lies turned by 0, 1, 2, 3 quarters, clockwise: float32 (n, 4)."""
        return softmax(self._answer(pictures)[:, EMPTY + 1 :])

    def _answer(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        if not pictures:
            return np.zeros((0, EMPTY + 1 + TURNS), np.float32)
        images = normalised(np.stack(pictures))
        parts = [
            self._session.run(None, {"image": images[start : start + BATCH]})[0]
            for start in range(0, len(images), BATCH)
        ]
        return np.concatenate(parts)


def _trust(text: str) -> Trust:
    said = json.loads(text)
    return Trust(tuple(said["weights"]), said["bias"], said["sure"])


@cache
def bundled() -> Glyphs:
    """The network that comes with the package."""
    return Glyphs(Path(__file__).parent.parent / "models" / "glyphs.onnx")
