"""Reader: a model file + pictures -> Predictions. ONNX Runtime alone; neither Keras nor training.

A picture of one digit goes through `preprocess`, then through the network, and what the network
says is believed as far as the certainty in its file goes.
"""

import glob
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from digitscope.errors import ModelError, PictureError, reason_of
from digitscope.network.inference import Model
from digitscope.pictures.picture import Picture, picture_suffixes
from digitscope.pictures.preprocess import VERSION, Preprocessed, preprocess
from digitscope.reading.glyphs import bundled
from digitscope.reading.second_look import second_look
from digitscope.settings.layers import NUM_CLASSES

if TYPE_CHECKING:  # the bundled network is read without what runs need, in 25 ms less
    from digitscope.runs.run import Run

BUNDLED = Path(__file__).parent.parent / "models" / "reader.onnx"
HALF = 0.5  # certainty, from which on two networks together make a guess
READER = "reader"  # the bundled network's name, where a run's is expected
Status = Literal["digit", "blank", "not_a_digit", "several_digits", "unsure"]


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a picture shows.

    Attributes:
        digit: 0 to 9; where the status is `unsure` the best guess; else None.
        status: `digit`, or why there is none: `blank`, `not_a_digit`, `several_digits`; `unsure`.
        confidence: how likely the answer is right, calibrated; 0 where there is none.
        probabilities: float (10,), of each digit; None for `blank`. Where the bundled network for
            photos has a say (in `read`, and in `predict` where there is no sure digit without it,
            or one at the edge), they are not calibrated; what is missing to 1 is that it is none.
        reason: in words, why the status is not `digit`; else empty.
        image28: uint8 (28, 28), 0 = background .. 255 = ink: what the reader's network saw, zeros
            if it saw no ink; of `read` with the bundled one, whose networks see colours, something
            like it.
        box: of the ink in the picture: left, top, width, height in pixels; None for `blank`.
        sign: what it is, where it is one of -.,/:%; else empty.
    """

    digit: int | None
    status: Status
    confidence: float
    probabilities: np.ndarray | None
    reason: str
    image28: np.ndarray
    box: tuple[int, int, int, int] | None
    sign: str = ""

    @property
    def text(self) -> str:
        """How it is written: 4, 4? where it is unsure, the sign, or ? where there is no guess."""
        if self.digit is None:
            return self.sign or "?"
        return f"{self.digit}?" if self.status == "unsure" else str(self.digit)

    def as_json(self) -> dict[str, Any]:
        """The same in JSON values; without the image."""
        probabilities = self.probabilities
        return {
            "digit": self.digit,
            "text": self.text,
            "status": self.status,
            "confidence": round(self.confidence, 6),
            "probabilities": None
            if probabilities is None
            else probabilities.astype(float).round(6).tolist(),
            "reason": self.reason,
            "box": self.box and list(self.box),
        }


def shown(confidence: float) -> str:
    """A confidence for people, in percent; never 100."""
    return f"{min(confidence, 0.999):.1%}"


class Reader:
    """Reads digits.

    Args:
        model: a model.onnx of digitscope.

    Attributes:
        is_bundled: whether it is the network that comes with the package.
        about: what the file says of its network: its config, the sum of its data, certainty, ...
        certainty: how sure it may be.

    Raises:
        ModelError: the file is not there, damaged, or of a digitscope that prepared pictures in
            another way.

    Example:
        >>> import numpy as np
        >>> from digitscope.mnist import load_data
        >>> Reader(BUNDLED).predict(load_data()[1][0][0]).digit
        7
    """

    def __init__(self, model: str | Path):
        self.is_bundled = Path(model) == BUNDLED
        self._model = Model(Path(model), threads=1)
        self.about, self.certainty = self._model.card, self._model.card.certainty
        made_for = self.about.normaliser
        if made_for != VERSION:
            raise ModelError(
                f"{model} is made for pictures prepared in way {made_for}, and here is way "
                f"{VERSION}: train it anew, or use the version of digitscope that made it."
            )
        try:
            seen = self.calibrated(np.zeros((1, 28, 28), np.uint8))
        except Exception as error:  # ONNX Runtime's errors have no base class of their own
            raise ModelError(f"{model} is no network of digitscope: {str(error)[:200]}.") from error
        if seen.shape != (1, NUM_CLASSES):
            raise ModelError(f"{model} answers {seen.shape}; (1, {NUM_CLASSES}) is needed.")

    @overload
    def predict(self, pictures: Picture) -> Prediction: ...
    @overload
    def predict(self, pictures: list[Any] | tuple[Any, ...]) -> list[Prediction]: ...
    def predict(
        self, pictures: Picture | list[Any] | tuple[Any, ...]
    ) -> Prediction | list[Prediction]:
        """Read a picture of one digit, or a list of such pictures.

        Args:
            pictures: a picture, or a list of them: each a path, the bytes of a file, a Pillow
                image or an array, of any size, dark on light or light on dark; see `open_picture`.

        Returns:
            A Prediction; for a list a list.

        Raises:
            PictureError: a picture can't be read.
        """
        if isinstance(pictures, list | tuple):
            return self.read([preprocess(picture) for picture in pictures])
        return self.read([preprocess(pictures)])[0]

    def read(self, prepared: Sequence[Preprocessed]) -> list[Prediction]:
        """Read what `preprocess` has made of pictures.

        Where the bundled network sees no digit, is unsure, or sees one at the picture's edge, the
        one for photos looks too.
        """
        said = self.first_look(prepared)
        if not self.is_bundled:
            return said
        return [
            one if one.status == "digit" and not _is_aside(seen) else _looked_at(seen, one)
            for seen, one in zip(prepared, said, strict=True)
        ]

    def first_look(self, prepared: Sequence[Preprocessed]) -> list[Prediction]:
        """What this network alone makes of it."""
        if not prepared:
            return []
        probabilities = self.calibrated(np.stack([one.image28 for one in prepared]))
        return [self._prediction(*row) for row in zip(prepared, probabilities, strict=True)]

    def calibrated(self, images: np.ndarray) -> np.ndarray:
        """Calibrated probabilities, float (n, 10), of images uint8 (n, 28, 28) as MNIST's are."""
        return self.certainty.calibrated(self._model.logits(images))

    def _prediction(self, seen: Preprocessed, probabilities: np.ndarray) -> Prediction:
        if seen.status == "blank":
            return Prediction(None, "blank", 0.0, None, seen.reason, seen.image28, None)
        best, confidence = int(probabilities.argmax()), float(probabilities.max())
        status: Status = seen.status
        reason, digit = seen.reason, None
        if status == "digit":
            status = self.certainty.verdict(confidence)
            digit = None if status == "not_a_digit" else best
            reason = self._reason(status, best, confidence, probabilities)
        return Prediction(digit, status, confidence, probabilities, reason, seen.image28, seen.box)

    def _reason(
        self, status: Status, best: int, confidence: float, probabilities: np.ndarray
    ) -> str:
        if status == "not_a_digit":
            return "it resembles none of the digits"
        if status == "unsure":
            second = int(np.argsort(probabilities)[-2])
            return f"perhaps a {best} ({shown(confidence)}), perhaps a {second}"
        return ""


def _is_aside(seen: Preprocessed) -> bool:
    """Whether the ink reaches the picture's edge, and not its middle, as bits of borders do."""
    if seen.box is None:
        return False
    start, size = np.array(seen.box).reshape(2, 2)
    sides = np.array(seen.stages["picture"].shape[1::-1])
    is_at_edge = (start <= 0).any() or (start + size >= sides).any()
    return bool(is_at_edge and (np.abs(2 * start + size - sides) > size).any())


def _looked_at(seen: Preprocessed, said: Prediction) -> Prediction:
    """What is known of a picture after another network has looked at it as well.

    It makes a sure digit of what was none, or a better guess of what was none or unsure; and of a
    digit at the edge, of which it is not sure, a guess or nothing.
    """
    glyphs = bundled()
    look = second_look(seen, said.probabilities, glyphs)
    certainty = glyphs.look.certainty(look.evidence)
    if said.status == "digit" and certainty.max() < HALF:
        nothing = np.zeros_like(said.image28)
        return Prediction(None, "blank", 0.0, None, "there is ink at the edge alone", nothing, None)
    best, confidence = int(certainty.argmax()), float(certainty.max())
    is_sure = confidence >= glyphs.look.sure
    is_guess = said.status in ("not_a_digit", "unsure", "digit") and confidence >= HALF
    if not is_sure and not is_guess:
        return said
    return replace(
        said,
        digit=best,
        status="digit" if is_sure else "unsure",
        confidence=confidence,
        probabilities=certainty / max(1.0, certainty.sum()),
        reason="" if is_sure else f"perhaps a {best} ({shown(confidence)}), perhaps none",
        box=said.box if seen.status == "digit" else look.box,
    )


def find_pictures(names: Sequence[str]) -> list[str]:
    """The files that `names` mean: files, folders (the pictures in it), patterns such as *.png.

    Raises:
        PictureError: a folder or pattern holds nothing, or can't be looked into.
    """
    found, suffixes = [], picture_suffixes()
    for name in names:
        files = [name]
        try:
            if os.path.isdir(name):
                named = [p for p in sorted(Path(name).iterdir()) if p.name[0] != "."]
                files = [str(p) for p in named if p.suffix.lower() in suffixes]
            elif set("*?[") & set(name) and not os.path.exists(name):
                files = sorted(glob.glob(name, recursive=True))
        except (OSError, ValueError) as error:
            raise PictureError(f"{name} can't be read: {reason_of(error)}.") from error
        if not files:
            raise PictureError(f"There are no pictures in {name!r}.")
        found += files
    return found


def read_file(reader: Reader, name: str) -> tuple[Preprocessed, Prediction]:
    """What a file holds, or standard input where `name` is -, prepared and read.

    Raises:
        PictureError: it can't be read.
    """
    seen = preprocess(content_of(name))
    return seen, reader.read([seen])[0]


def content_of(name: str) -> str | bytes:
    """The name of a picture's file; the bytes of standard input where it is -.

    Raises:
        PictureError: nothing comes from standard input.
    """
    if name != "-":
        return name
    content = sys.stdin.buffer.read()
    if not content:
        raise PictureError("Standard input is empty: 0 bytes.")
    return content


def load(run: "str | Run | None" = None, runs_dir: str | Path = "runs") -> Reader:
    """The Reader of a run's network, or the bundled one.

    Args:
        run: a Run, or what `find_run` takes, such as `latest`; None: the bundled network.
        runs_dir: where runs are looked for.

    Raises:
        RunError: there is no such run.
        ModelError: its model.onnx can't be used.
    """
    if run is None:
        return Reader(BUNDLED)
    from digitscope.runs.folder import find_run
    from digitscope.runs.run import Run

    found = run if isinstance(run, Run) else find_run(run, runs_dir)
    return Reader(found.path / "model.onnx")
