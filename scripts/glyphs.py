"""Train the network that reads single symbols: digitscope/models/glyphs.onnx.

    python -m scripts.scenes_data
    python -m scripts.glyphs [STEPS] [--further]
    python -m scripts.trust    # how far it is believed, with the finder, on photos ...
    python -m scripts.second_look    # ... and on pictures of one digit

With `--further` the network that is there is trained on, at a lower rate. How often it is right on
photos with other fonts is told at the end.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import keras
import numpy as np
import tensorflow as tf
from keras import layers

from digitscope.reading.glyphs import EMPTY, OTHER, SIDE, TURNS, Trust, cut, normalised
from scripts.finder import Stock, Tensor, ahead, block, optimizer
from scripts.from_onnx import take_weights
from scripts.scenes_data import OUT
from scripts.to_onnx import to_onnx

MODEL = Path("digitscope/models/glyphs.onnx")
BATCH, RATE, RATE_FURTHER = 256, 3e-3, 1e-3
LOWEST = 7.0  # pixels: of lines whose symbols are cut out
SHARES = {"digit": 0.6, "sign": 0.05, "other": 0.19, "empty": 0.16}  # of a batch
TURNED = 0.2  # of the digits and letters lie on their side or on their head
ON_SIDE, ON_HEAD = (2, 3, 4, 5, 6, 7, 9), (3, 4, 7)  # digits that are none when so turned
UNKNOWN = -1  # a label that doesn't count
TIGHT = 0.25  # of what is cut out stands in a photo of nothing else
SCANNED = 0.25  # of these are in black and white, without a margin
LIKE, OFF = 1.8, 0.5  # times as large, and of a height: a symbol of another size, or elsewhere


def network() -> keras.Model:
    """Three stages of convolutions, then a dense layer."""
    image = x = keras.Input((SIDE, SIDE, 3))
    for width, count in ((24, 2), (48, 2), (96, 2)):
        for _ in range(count):
            x = block(x, width)
        x = layers.MaxPooling2D(2)(x)
    x = layers.Dropout(0.2)(layers.Flatten()(x))
    x = layers.ReLU()(layers.BatchNormalization()(layers.Dense(128, use_bias=True)(x)))
    return keras.Model(image, layers.Dense(EMPTY + 1 + TURNS)(layers.Dropout(0.2)(x)))


def loss(labels: Tensor, answer: Tensor) -> Tensor:
    """Of labels, int (n, 2), and what is answered, float (n, 22): see `Cutter.batch`."""
    kinds, turns = answer[:, : EMPTY + 1], answer[:, EMPTY + 1 :]
    return _crossentropy(labels[:, 0], kinds) + 0.5 * _crossentropy(labels[:, 1], turns)


def _crossentropy(labels: Tensor, logits: Tensor) -> Tensor:
    counts = tf.cast(labels > UNKNOWN, tf.float32)
    values = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.maximum(labels, 0), logits)
    return tf.reduce_sum(counts * values) / tf.reduce_sum(counts)


class Cutter:
    """Cuts symbols out of photos as a reader would find them: a little off, a little turned."""

    def __init__(self, stock: Stock):
        self.stock = stock
        fits = stock.height >= LOWEST
        of_digit, of_other = stock.label < 10, stock.label == OTHER
        self.places = {
            "digit": np.flatnonzero(fits & of_digit),
            "sign": np.flatnonzero(fits & ~of_digit & ~of_other),
            "other": np.flatnonzero(fits & of_other),
        }

    def batch(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Pictures, float32 (n, 32, 32, 3); what they show, and by how many quarters it is turned.

        Either label, int32 (n, 2), may be UNKNOWN.
        """
        kinds = rng.choice([*SHARES], BATCH, p=[*SHARES.values()])
        made = [self._empty(rng) if kind == "empty" else self._symbol(kind, rng) for kind in kinds]
        pictures, labels = zip(*made, strict=True)
        images = normalised(np.stack(pictures))
        images *= np.where(rng.random((BATCH, 1, 1, 1)) < 0.1, -1, 1)  # a negative
        return images.astype(np.float32), np.array(labels, np.int32)

    def _symbol(self, kind: str, rng: np.random.Generator) -> tuple[np.ndarray, tuple[int, int]]:
        index = int(rng.choice(self.places[kind]))
        corners = self.stock.corners[index]
        label = int(self.stock.label[index])
        turns = int(rng.integers(1, TURNS)) if kind != "sign" and rng.random() < TURNED else 0
        if turns:
            is_none = label in (ON_HEAD if turns == 2 else ON_SIDE)
            label = OTHER if is_none else UNKNOWN
        angle = slope(corners) + rng.normal(0, 0.07) - turns * np.pi / 2
        height = float(self.stock.height[index]) * np.exp(rng.normal(0, 0.12))
        middle = corners.mean(0) + rng.normal(0, 0.06, 2) * height
        photo = self.stock.photos[self.stock.scene[index]]
        if rng.random() < TIGHT:
            photo, middle = tight(photo, corners, middle, rng)
        labels = label, UNKNOWN if kind == "sign" else turns
        return cut(photo, middle, height, angle), labels

    def _empty(self, rng: np.random.Generator) -> tuple[np.ndarray, tuple[int, int]]:
        """A place and a height of which there is no symbol; perhaps smaller or larger ones."""
        stock = self.stock
        while True:
            index = int(rng.integers(len(stock)))
            own = slice(stock.first[index], stock.first[index + 1])
            heights = stock.height[own]
            if not len(heights):
                continue
            spread = rng.choice([0.2, 0.7])
            height = float(max(LOWEST, rng.choice(heights) * np.exp(rng.normal(0, spread))))
            place = rng.uniform(0, stock.photos.shape[1], 2)
            low, high = stock.corners[own].min(1), stock.corners[own].max(1)
            away = np.maximum(np.maximum(low - place, place - high), 0)
            off = np.abs((low + high) / 2 - place).max(1) / np.maximum(heights, height)
            unlike = np.maximum(heights, height) / np.minimum(heights, height) > LIKE
            is_clear = np.linalg.norm(away, axis=1) > 0.2 * height
            if (is_clear & (off > OFF) | unlike).all():
                angle = rng.integers(4) * np.pi / 2 + rng.normal(0, 0.07)
                photo = stock.photos[index]
                if rng.random() < TIGHT:
                    around = np.stack([place - height / 2, place + height / 2])
                    photo, place = tight(photo, around, place, rng)
                return cut(photo, place, height, angle), (EMPTY, UNKNOWN)


def slope(corners: np.ndarray) -> float:
    """By how much a symbol is turned, clockwise, in radians; of its corners, float (4, 2)."""
    down = corners[3] + corners[2] - corners[0] - corners[1]
    return float(np.arctan2(-down[0], down[1]))


def tight(
    photo: np.ndarray, corners: np.ndarray, middle: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A photo that ends near a symbol, as that of a single digit does; and where its middle is."""
    low, high = corners.min(0), corners.max(0)
    is_scanned = rng.random() < SCANNED
    room = rng.uniform(0.02, 0.5, 4) * float((high - low).max()) * (not is_scanned)
    left, top = np.maximum(low - room[:2], 0).astype(int)
    right, bottom = np.ceil(high + room[2:]).astype(int)
    part = photo[top:bottom, left:right]
    if is_scanned:
        _, black = cv2.threshold(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), 0, 255, cv2.THRESH_OTSU)
        part = cv2.cvtColor(black, cv2.COLOR_GRAY2RGB)
    return part, middle - (left, top)


def batches(part: str, seed: int, count: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """So many batches."""
    cutter, rng = Cutter(Stock(part)), np.random.default_rng(seed)
    for _ in range(count):
        yield cutter.batch(rng)


def trained(model: keras.Model, steps: int, rate: float) -> None:
    """Train, and say now and then how far it is."""
    adam = optimizer(rate, steps)
    adam.build(model.trainable_variables)

    @tf.function  # type: ignore[untyped-decorator]
    def step(images: Tensor, labels: Tensor) -> Tensor:
        with tf.GradientTape() as tape:
            value = loss(labels, model(images, training=True))
        gradients = tape.gradient(value, model.trainable_variables)
        adam.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return value

    started = time.perf_counter()
    values: list[float] = []
    for images, labels in ahead(batches("train", steps, steps)):  # a seed of each training's own
        values.append(float(step(tf.constant(images), tf.constant(labels))))
        if len(values) % 100 == 0:
            seconds = time.perf_counter() - started
            print(f"  {len(values)} {np.mean(values[-100:]):.4f} {seconds:.0f} s", flush=True)


def main() -> None:
    """Train and write the network."""
    parser = argparse.ArgumentParser()
    parser.add_argument("steps", type=int, nargs="?", default=8000)
    parser.add_argument("--further", action="store_true")
    flags = parser.parse_args()
    cv2.setNumThreads(1)
    keras.utils.set_random_seed(0)
    model = network()
    print(f"{model.count_params():,} weights")
    if flags.further:
        take_weights(model, MODEL, np.concatenate([own for own, _ in batches("test", 1, 8)]))
    trained(model, flags.steps, RATE_FURTHER if flags.further else RATE)
    test = [*batches("test", 0, 40)]
    images, labels = (np.concatenate(part) for part in zip(*test, strict=True))
    said = model.predict(images, verbose=0)
    kinds, is_told = labels[:, 0], labels[:, 1] > UNKNOWN
    is_right = said[:, : EMPTY + 1].argmax(1) == kinds
    parts = {
        "digit": (kinds > UNKNOWN) & (kinds < 10),
        "sign": (kinds >= 10) & (kinds < OTHER),
        "other": kinds == OTHER,
        "empty": kinds == EMPTY,
    }
    for name, own in parts.items():
        print(f"{name}: {is_right[own].mean():.4f} of {own.sum():,}")
    way = (said[:, EMPTY + 1 :].argmax(1) == labels[:, 1])[is_told].mean()
    print(f"way up: {way:.4f} of {is_told.sum():,}")
    no_trust = Trust().as_metadata() | Trust((0.0, 1.0, 0.0, 0.0, 0.0)).as_metadata("look")
    MODEL.write_bytes(to_onnx(model, no_trust))
    model.save(OUT / "glyphs.keras")


if __name__ == "__main__":
    main()
