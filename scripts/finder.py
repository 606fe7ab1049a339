"""Train the network that finds symbols and lines in a photo: digitscope/models/finder.onnx.

python -m scripts.scenes_data
python -m scripts.finder [EPOCHS]
"""

import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
import tensorflow as tf
from keras import layers

from scripts.scenes_data import OUT, STRIDE
from scripts.to_onnx import to_onnx

MODEL = Path("digitscope/models/finder.onnx")
SIDE, CELL = 256, 4  # pixels: of a picture in training; of a place in the answer
SMALLEST, LARGEST = 8.0, 52.0  # pixels: a line's height, beyond which a symbol is not counted
SEEN = 9.0, 44.0  # what is asked for lies within
BATCH, RATE = 16, 2e-3
Tensor = Any  # Keras and TensorFlow have no types
# The answer: heat, log2 of a line's height / 16, of the box's width and height / 16, the centre's
# offset, what kind (digit, sign, other), and four pixels of the picture of lines.
HEAT, HEIGHT, BOX, OFFSET, KIND, LINES = 0, 1, slice(2, 4), slice(4, 6), slice(6, 9), slice(9, 13)


def block(x: Tensor, width: int, stride: int = 1, size: int = 3) -> Tensor:
    """Convolution, normalisation, activation."""
    x = layers.Conv2D(width, size, stride, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization()(x))


def twice(x: Tensor, width: int) -> Tensor:
    """Two convolutions beside a way past them."""
    y = block(block(x, width), width)
    return layers.Add()([x, y])


def network() -> keras.Model:
    """The finder: a picture at three scales and back, as in a U-Net."""
    image = keras.Input((None, None, 3))
    half = block(block(image, 16, 2), 16)
    fine = twice(block(half, 32, 2), 32)
    middle = twice(twice(block(fine, 64, 2), 64), 64)
    coarse = twice(twice(block(middle, 96, 2), 96), 96)
    up = layers.UpSampling2D(2)(block(coarse, 64, size=1))
    middle = block(layers.Add()([middle, up]), 64)
    up = layers.UpSampling2D(2)(block(middle, 32, size=1))
    fine = twice(layers.Add()([fine, up]), 32)
    bias = np.zeros(13, np.float32)
    bias[HEAT] = -4.0
    answer = layers.Conv2D(13, 1, bias_initializer=keras.initializers.Constant(bias))(fine)
    return keras.Model(image, answer)


class Stock:
    """All photos of one part, and what is on them."""

    def __init__(self, part: str):
        files = [np.load(path) for path in sorted((OUT / part).glob("[0-9]*[0-9].npz"))]
        self.photos = np.concatenate([file["photos"] for file in files])
        self.rules = np.concatenate([file["rules"] for file in files])
        count = np.cumsum([0, *(len(file["photos"]) for file in files)])
        self.scene = np.concatenate([f["scene"] + n for f, n in zip(files, count, strict=False)])
        self.corners, self.height, self.kind, self.label = (
            np.concatenate([file[name] for file in files])
            for name in ("corners", "height", "kind", "label")
        )
        self.first = np.searchsorted(self.scene, np.arange(len(self.photos) + 1))

    def __len__(self) -> int:
        return len(self.photos)

    def view(self, index: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """A part of a photo, turned and scaled by chance, and the wanted answer for it."""
        whole = self.photos.shape[1]
        quarter = rng.integers(4) * np.pi / 2
        scale = float(np.exp(rng.uniform(np.log(0.6), np.log(1.35))))
        a, b = scale * np.cos(quarter), scale * np.sin(quarter)
        room = max(0.0, whole * scale - SIDE) / 2
        shift = SIDE / 2 + rng.uniform(-room, room, 2)
        turn = np.array([[a, -b, 0], [b, a, 0]])
        turn[:, 2] = shift - turn[:, :2] @ [whole / 2, whole / 2]
        photo = _warped(self.photos[index], turn, SIDE, (127, 127, 127))
        own = slice(self.first[index], self.first[index + 1])
        corners = self.corners[own] @ turn[:, :2].T.astype(np.float32) + turn[:, 2].astype(
            np.float32
        )
        half = turn.copy()
        half[:, 2] /= STRIDE
        rules = _warped(self.rules[index], half, SIDE // STRIDE, 0)
        return photo, wanted(corners, self.height[own] * scale, self.kind[own], rules)


def _warped(picture: np.ndarray, turn: np.ndarray, side: int, border: Any) -> np.ndarray:
    middle = turn.copy()
    middle[:, 2] += turn[:, :2] @ [0.5, 0.5] - 0.5  # OpenCV counts from the middle of a pixel
    method = cv2.INTER_AREA if abs(np.linalg.det(turn[:, :2])) < 0.8 else cv2.INTER_LINEAR
    return np.asarray(
        cv2.warpAffine(picture, middle, (side, side), flags=method, borderValue=border)
    )


def wanted(
    corners: np.ndarray, height: np.ndarray, kind: np.ndarray, rules: np.ndarray
) -> np.ndarray:
    """Float32 (h, w, 15): heat, its weight, the weight of the others, height, ..., lines."""
    side = SIDE // CELL
    target = np.zeros((side, side, 15), np.float32)
    target[..., 1] = 1
    lines = rules.reshape(side, 2, side, 2).transpose(0, 2, 1, 3).reshape(side, side, 4)
    target[..., 11:] = lines / 255
    low, high = corners.min(1) / CELL, corners.max(1) / CELL
    whole = (low >= 0).all(1) & (high <= side).all(1)
    for k in np.argsort(-height):
        (x0, y0), (x1, y1) = low[k], high[k]
        columns, rows = (
            slice(max(0, int(a)), max(0, int(np.ceil(b)))) for a, b in ((x0, x1), (y0, y1))
        )
        if not (whole[k] and SEEN[0] <= height[k] <= SEEN[1]):
            if whole[k] and not SMALLEST * 0.7 <= height[k] <= LARGEST * 1.3:
                continue
            target[rows, columns, 1] = 0
            continue
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        column, row = min(int(x), side - 1), min(int(y), side - 1)
        sigma = max(0.7, 0.13 * height[k] / CELL)
        reach = int(3 * sigma) + 1
        top, left = max(0, row - reach), max(0, column - reach)
        area = slice(top, row + reach + 1), slice(left, column + reach + 1)
        own = target[area]
        ys, xs = np.mgrid[top : top + own.shape[0], left : left + own.shape[1]]
        heat = np.exp(-((xs + 0.5 - x) ** 2 + (ys + 0.5 - y) ** 2) / (2 * sigma**2))
        heat[row - top, column - left] = 1
        own[..., 0] = np.maximum(own[..., 0], heat)
        near = (heat > 0.4) & (heat >= own[..., 0])
        own[near, 2] = heat[near]
        own[near, 3] = np.log2(height[k] / 16)
        own[near, 4:6] = np.log2(np.maximum(high[k] - low[k], 0.5) * CELL / 16)
        own[near, 6] = (x - xs - 0.5)[near]
        own[near, 7] = (y - ys - 0.5)[near]
        own[near, 8:11] = np.eye(3)[kind[k]]
    return target


def loss(target: Tensor, answer: Tensor) -> Tensor:
    """Of heat the focal loss of Law and Deng 2018 (CornerNet), of the others the plain ones."""
    answer = tf.cast(answer, tf.float32)
    heat, weight, near = target[..., 0], target[..., 1], target[..., 2]
    logit = answer[..., 0]
    chance = tf.sigmoid(logit)
    is_centre = tf.cast(heat >= 0.999, tf.float32)
    missed = is_centre * (1 - chance) ** 2 * tf.nn.softplus(-logit)
    false = (1 - is_centre) * (1 - heat) ** 4 * chance**2 * tf.nn.softplus(logit)
    count = tf.reduce_sum(is_centre) + 10
    found = tf.reduce_sum(weight * (missed + false)) / count
    sizes = tf.abs(answer[..., 1:6] - target[..., 3:8])
    sized = tf.reduce_sum(near[..., None] * sizes) / (tf.reduce_sum(near) + 10)
    kinds = tf.nn.softmax_cross_entropy_with_logits(target[..., 8:11], answer[..., 6:9])
    named = tf.reduce_sum(near * kinds) / (tf.reduce_sum(near) + 10)
    lines = tf.nn.sigmoid_cross_entropy_with_logits(target[..., 11:15], answer[..., 9:13])
    ruled = tf.reduce_mean(lines)
    return found + 0.5 * sized + 0.5 * named + 5 * ruled


def batches(stock: Stock, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Views of all photos once, in a random order, by chance turned, brightened, coloured."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(stock))
    for start in range(0, len(order) - BATCH + 1, BATCH):
        views = [stock.view(index, rng) for index in order[start : start + BATCH]]
        photos, targets = map(np.stack, zip(*views, strict=True))
        yield photos.astype(np.float32) / 255, targets


def main(epochs: int = 6) -> None:
    """Train and write the network."""
    cv2.setNumThreads(1)
    train, test = Stock("train"), Stock("test")
    print(f"{len(train):,} photos, {len(train.height):,} symbols")
    keras.utils.set_random_seed(0)
    model = network()
    print(f"{model.count_params():,} weights")
    steps = epochs * (len(train) // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(
        1e-4, steps, 0.01, warmup_target=RATE, warmup_steps=200
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=1e-3, clipnorm=1.0)
    optimizer.build(model.trainable_variables)

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def step(photos: Tensor, targets: Tensor) -> Tensor:
        with tf.GradientTape() as tape:
            value = loss(targets, model(photos, training=True))
        gradients = tape.gradient(value, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return value

    signature = (
        tf.TensorSpec((BATCH, SIDE, SIDE, 3)),
        tf.TensorSpec((BATCH, SIDE // CELL, SIDE // CELL, 15)),
    )
    for epoch in range(epochs):
        started, values = time.perf_counter(), []
        data = tf.data.Dataset.from_generator(
            partial(batches, train, epoch), output_signature=signature
        )
        for photos, targets in data.prefetch(4):
            values.append(float(step(photos, targets)))
            if len(values) % 50 == 0:
                seconds = time.perf_counter() - started
                print(f"  {len(values)} {np.mean(values[-50:]):.4f} {seconds:.0f} s", flush=True)
        judged = [float(loss(t, model(p, training=False))) for p, t in batches(test, 0)]
        print(f"epoch {epoch + 1}: {np.mean(values):.4f}, test {np.mean(judged):.4f}", flush=True)
        MODEL.write_bytes(to_onnx(model, {}))
        model.save(OUT / "finder.keras")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
