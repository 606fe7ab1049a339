"""Train the network that finds symbols and lines in a photo: digitscope/models/finder.onnx.

    python -m scripts.scenes_data
    python -m scripts.finder [EPOCHS] [--further]

With `--further` the network that is there is trained on, at a lower rate. Of each epoch's network
the loss on photos with other fonts is told; the last one is kept.
"""

import argparse
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
import tensorflow as tf
from keras import layers

from digitscope.reading.finder import (
    BOX,
    HEAT,
    HEIGHT,
    KIND,
    LINE_STEP,
    LINES,
    OFFSET,
    PARTS,
    STEP,
    USUAL,
)
from scripts.from_onnx import take_weights
from scripts.scenes_data import OUT
from scripts.to_onnx import to_onnx

MODEL = Path("digitscope/models/finder.onnx")
SIDE = 256  # pixels: of a picture in training
SMALLEST, LARGEST = 8.0, 52.0  # pixels: a line's height, beyond which a symbol is not counted
SEEN = 9.0, 44.0  # what is asked for lies within
LARGER = 0.25  # of the views have symbols that may be larger than that
BATCH, RATE, RATE_FURTHER = 16, 2e-3, 8e-4
Tensor = Any  # Keras and TensorFlow have no types
WIDE, NEAR = 0.13, 0.4  # of a line's height, a centre's heat; from which heat on the rest counts
# A target is the wanted answer, then how much heat counts at a place, and how much the rest does.
COUNTS, COUNTS_ELSE = PARTS, PARTS + 1


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
    bias = np.zeros(PARTS, np.float32)
    bias[HEAT] = -4.0
    answer = layers.Conv2D(PARTS, 1, bias_initializer=keras.initializers.Constant(bias))(fine)
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
        is_large = rng.random() < LARGER
        low, high = (1.35, 2.6) if is_large else (0.6, 1.35)
        scale = float(np.exp(rng.uniform(np.log(low), np.log(high))))
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
        half[:, 2] /= LINE_STEP
        rules = _warped(self.rules[index], half, SIDE // LINE_STEP, 0)
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
    """The target of a picture, float32 (h, w, 15).

    Heat doesn't count where a symbol is cut off, or somewhat too small or too large.
    """
    side = SIDE // STEP
    target = np.zeros((side, side, PARTS + 2), np.float32)
    target[..., COUNTS] = 1
    lines = rules.reshape(side, 2, side, 2).transpose(0, 2, 1, 3).reshape(side, side, 4)
    target[..., LINES] = lines / 255
    boxes = np.concatenate([corners.min(1), corners.max(1)], 1) / STEP
    is_whole = np.all((boxes >= 0) & (boxes <= side), 1)
    for index in np.argsort(-height):
        tall = float(height[index])
        if is_whole[index] and SEEN[0] <= tall <= SEEN[1]:
            _put(target, boxes[index], tall, int(kind[index]))
        elif not is_whole[index] or SMALLEST * 0.7 <= tall <= LARGEST * 1.15:
            left, top = np.floor(boxes[index, :2]).astype(int).clip(0)
            right, bottom = np.ceil(boxes[index, 2:]).astype(int).clip(0)
            target[top:bottom, left:right, COUNTS] = 0
    return target


def _put(target: np.ndarray, box: np.ndarray, height: float, kind: int) -> None:
    """One symbol into a target; its box, left, top, right, bottom, in places of the answer."""
    side = len(target)
    x, y = (box[:2] + box[2:]) / 2
    column, row = min(int(x), side - 1), min(int(y), side - 1)
    sigma = max(0.7, WIDE * height / STEP)
    reach = int(3 * sigma) + 1
    top, left = max(0, row - reach), max(0, column - reach)
    own = target[top : row + reach + 1, left : column + reach + 1]
    ys, xs = np.mgrid[top : top + own.shape[0], left : left + own.shape[1]]
    away = (xs + 0.5 - x) ** 2 + (ys + 0.5 - y) ** 2
    heat = np.exp(-away / (2 * sigma**2)).astype(np.float32)  # as the target is, to compare with it
    heat[row - top, column - left] = 1
    own[..., HEAT] = np.maximum(own[..., HEAT], heat)
    near = (heat > NEAR) & (heat >= own[..., HEAT])
    own[near, COUNTS_ELSE] = heat[near]
    own[near, HEIGHT] = np.log2(height / USUAL)
    own[near, BOX] = np.log2(np.maximum(box[2:] - box[:2], 0.5) * STEP / USUAL)
    own[near, OFFSET] = np.stack([x - xs - 0.5, y - ys - 0.5], -1)[near]
    own[near, KIND] = np.eye(3)[kind]


def loss(target: Tensor, answer: Tensor) -> Tensor:
    """Of heat the focal loss of Law and Deng 2018 (CornerNet), of the others the plain ones."""
    heat, logit = target[..., HEAT], answer[..., HEAT]
    chance = tf.sigmoid(logit)
    is_centre = tf.cast(heat >= 0.999, tf.float32)
    missed = is_centre * (1 - chance) ** 2 * tf.nn.softplus(-logit)
    false = (1 - is_centre) * (1 - heat) ** 4 * chance**2 * tf.nn.softplus(logit)
    found = tf.reduce_sum(target[..., COUNTS] * (missed + false))
    near = target[..., COUNTS_ELSE]
    sizes = tf.abs(answer[..., HEIGHT : OFFSET.stop] - target[..., HEIGHT : OFFSET.stop])
    kinds = tf.nn.softmax_cross_entropy_with_logits(target[..., KIND], answer[..., KIND])
    told = tf.reduce_sum(near * (tf.reduce_sum(sizes, -1) + kinds))
    lines = tf.nn.sigmoid_cross_entropy_with_logits(target[..., LINES], answer[..., LINES])
    of_symbols = found / (tf.reduce_sum(is_centre) + 10) + 0.5 * told / (tf.reduce_sum(near) + 10)
    return of_symbols + 5 * tf.reduce_mean(lines)


def optimizer(rate: float, steps: int) -> keras.optimizers.Optimizer:
    """AdamW that warms up to a rate and cools down over so many steps."""
    cooling = keras.optimizers.schedules.CosineDecay(
        1e-4, steps, 0.01, warmup_target=rate, warmup_steps=200
    )
    return keras.optimizers.AdamW(cooling, weight_decay=1e-3, clipnorm=1.0)


def batches(stock: Stock, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Views of all photos once, in a random order, by chance turned, brightened, coloured."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(stock))
    for start in range(0, len(order) - BATCH + 1, BATCH):
        views = [stock.view(index, rng) for index in order[start : start + BATCH]]
        photos, targets = map(np.stack, zip(*views, strict=True))
        yield photos.astype(np.float32) / 255, targets


def ahead(made: Iterator[Any], count: int = 8) -> Iterator[Any]:
    """The same, so many of them made in a thread before they are asked for.

    `tf.data`'s own generators make the process give all memory back at once (M_TRIM_THRESHOLD),
    and a step took twice as long.
    """
    with ThreadPoolExecutor(1) as pool:
        waiting = deque(pool.submit(next, made, None) for _ in range(count))
        while (one := waiting.popleft().result()) is not None:
            waiting.append(pool.submit(next, made, None))
            yield one


def main() -> None:
    """Train and write the network."""
    parser = argparse.ArgumentParser()
    parser.add_argument("epochs", type=int, nargs="?", default=6)
    parser.add_argument("--further", action="store_true")
    flags = parser.parse_args()
    cv2.setNumThreads(1)
    train, test = Stock("train"), Stock("test")
    print(f"{len(train):,} photos, {len(train.height):,} symbols")
    keras.utils.set_random_seed(0)
    model = network()
    print(f"{model.count_params():,} weights")
    if flags.further:
        take_weights(model, MODEL, np.concatenate([p for p, _ in islice(batches(test, 1), 16)]))
    rate = RATE_FURTHER if flags.further else RATE
    adam = optimizer(rate, flags.epochs * (len(train) // BATCH))
    adam.build(model.trainable_variables)

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def step(photos: Tensor, targets: Tensor) -> Tensor:
        with tf.GradientTape() as tape:
            value = loss(targets, model(photos, training=True))
        gradients = tape.gradient(value, model.trainable_variables)
        adam.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return value

    for epoch in range(flags.epochs):
        started, values = time.perf_counter(), []
        for photos, targets in ahead(batches(train, epoch)):
            values.append(float(step(tf.constant(photos), tf.constant(targets))))
            if len(values) % 50 == 0:
                seconds = time.perf_counter() - started
                print(f"  {len(values)} {np.mean(values[-50:]):.4f} {seconds:.0f} s", flush=True)
        judged = [float(loss(t, model(p, training=False))) for p, t in batches(test, 0)]
        print(f"epoch {epoch + 1}: {np.mean(values):.4f}, test {np.mean(judged):.4f}", flush=True)
        MODEL.write_bytes(to_onnx(model, {}))
        model.save(OUT / "finder.keras")


if __name__ == "__main__":
    main()
