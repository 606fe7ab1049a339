"""Draw the figures of docs/tutorial.md from the data and from a network trained for it.

    python scripts/draw_tutorial.py

It trains the recipe `tutorial` for 12 epochs, so that over-fitting shows: a minute or two.
"""

import json
import tempfile
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from digitscope.data.dataset import Dataset, load_dataset
from digitscope.judging.evaluate import evaluate
from digitscope.judging.figures import ACCENT, INK, confusion_figure
from digitscope.network.weights import weights_from_bytes
from digitscope.runs.run import Run
from digitscope.training.train import train

FOLDER = Path(__file__).parent.parent / "docs" / "figures"
ORANGE, GREY = "#d9641e", "#5b6770"


def main() -> None:
    """Train, and draw every figure."""
    data = load_dataset()
    with tempfile.TemporaryDirectory() as folder:
        run = train(epochs=12, seed=1, runs_dir=folder)
        metrics = evaluate(run)
        kernel, bias = trained_kernels(run)
        save(digits_figure(data), "digits")
        save(numbers_figure(data.x_train[0]), "numbers")
        save(convolution_figure(data.x_train[0], kernel, bias), "convolution")
        save(pooling_figure(data.x_train[0], kernel, bias), "pooling")
        save(curves_figure(run.history), "curves")
        save(confusion_figure(np.array(metrics.confusion), "tutorial, 12 epochs"), "confusion")
    save(functions_figure(), "functions")


def save(figure: Figure, name: str) -> None:
    """Write a figure as a PNG that is sharp on a dense screen and small in the repository."""
    FOLDER.mkdir(exist_ok=True)
    figure.savefig(FOLDER / f"{name}.png", dpi=110)


def trained_kernels(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """The first layer's kernels (3, 3, 32) and biases (32,)."""
    weights = weights_from_bytes(run.config.layers, (run.path / "weights.bin").read_bytes())
    assert json.loads((run.path / "network.json").read_text())["layers"][1]["name"] == "conv1"
    return weights[0][:, :, 0], weights[1]


def bare(axes: Axes, title: str = "") -> None:
    """No ticks, no frame."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.set_title(title, fontsize=9, color=INK)


def show(axes: Axes, image: np.ndarray, title: str = "", signed: bool = False) -> None:
    """An image, dark for ink; with `signed`, blue for negative and orange for positive."""
    if signed:
        limit = np.abs(image).max()
        axes.imshow(image, cmap="PuOr_r", vmin=-limit, vmax=limit)
    else:
        axes.imshow(image, cmap="gray_r")
    bare(axes, title)


def digits_figure(data: Dataset) -> Figure:
    """Twelve examples of each digit."""
    figure = Figure(figsize=(8, 6.4), layout="constrained")
    axes = figure.subplots()
    rows = [np.hstack(data.x_train[data.y_train == digit][:12]) for digit in range(10)]
    show(axes, np.vstack(rows))
    return figure


def numbers_figure(image: np.ndarray) -> Figure:
    """A digit as a picture, and a part of it as the numbers it is."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    show(left, image, "28 x 28 pixels")
    left.plot([11.5, 19.5, 19.5, 11.5, 11.5], [3.5, 3.5, 11.5, 11.5, 3.5], color=ORANGE, lw=2)
    part = image[4:12, 12:20]
    show(right, part, "the part in the frame")
    for (row, column), value in np.ndenumerate(part):
        color = "white" if value > 128 else INK
        right.text(column, row, value, ha="center", va="center", fontsize=9, color=color)
    return figure


def feature_maps(image: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """What the first layer gives before ReLU: (26, 26, 32)."""
    windows = np.lib.stride_tricks.sliding_window_view(image / 255, (3, 3))
    maps: np.ndarray = np.einsum("ijhw,hwk->ijk", windows, kernel) + bias
    return maps


def liveliest(maps: np.ndarray, count: int) -> np.ndarray:
    """The maps that vary most over the image."""
    return np.argsort(-maps.std((0, 1)))[:count]


def convolution_figure(image: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> Figure:
    """Learned kernels, the maps they make of a digit, and the maps after ReLU."""
    maps = feature_maps(image, kernel, bias)
    figure = Figure(figsize=(8, 3.9), layout="constrained")
    columns = figure.subplots(3, 7).T
    for axes in columns[0][1:]:
        axes.set_visible(False)
    show(columns[0][0], image, "image")
    for column, k in zip(columns[1:], liveliest(maps, 6), strict=True):
        show(column[0], kernel[:, :, k], f"kernel {k}", signed=True)
        show(column[1], maps[:, :, k], signed=True)
        show(column[2], np.maximum(maps[:, :, k], 0))
    columns[1][1].set_ylabel("its map", fontsize=9)
    columns[1][2].set_ylabel("after ReLU", fontsize=9)
    return figure


def pooling_figure(image: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> Figure:
    """A map before and after max pooling, with four pixels followed through it."""
    maps = np.maximum(feature_maps(image, kernel, bias), 0)
    k = liveliest(maps, 1)[0]
    pooled = maps[:, :, k].reshape(13, 2, 13, 2).max((1, 3))
    figure = Figure(figsize=(8, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    show(left, maps[:, :, k], "26 x 26 after ReLU")
    show(right, pooled, "13 x 13 after pooling")
    row, column = np.unravel_index(np.argmax(pooled), pooled.shape)
    for axes, size in ((left, 2), (right, 1)):
        x, y = column * size - 0.5, row * size - 0.5
        axes.plot([x, x + size, x + size, x, x], [y, y, y + size, y + size, y], color=ORANGE, lw=2)
    return figure


def curves_figure(history: list[dict[str, float]]) -> Figure:
    """Loss and val_loss, accuracy and val_accuracy, epoch by epoch."""
    figure = Figure(figsize=(8, 3.4), layout="constrained")
    for axes, name in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        epochs = [row["epoch"] for row in history]
        for key, color in ((name, ACCENT), (f"val_{name}", ORANGE)):
            values = [row[key] for row in history]
            axes.plot(epochs, values, color=color, marker="o", markersize=4)
            axes.annotate(
                key,
                (epochs[-1], values[-1]),
                xytext=(6, 0),
                textcoords="offset points",
                color=color,
                va="center",
            )
        axes.set_xlabel("epoch")
        axes.set_xticks(epochs)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_xlim(0.5, len(epochs) + 3.2)
        axes.set_title(name, fontsize=10)
    return figure


def functions_figure() -> Figure:
    """ReLU, and what softmax makes of ten scores."""
    figure = Figure(figsize=(8, 3), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    x = np.linspace(-3, 3, 100)
    left.plot(x, np.maximum(x, 0), color=ACCENT)
    left.set_title("ReLU", fontsize=10)
    scores = np.array([-1.5, -2.0, 0.5, 3.5, -3.0, 2.0, -2.5, 0.0, 1.0, -0.5])
    powers = np.exp(scores)
    for axes, heights, title in (
        (middle, scores, "ten scores"),
        (right, powers / powers.sum(), "their softmax"),
    ):
        axes.bar(range(10), heights, color=[ORANGE if i == 3 else "#b8c7d6" for i in range(10)])
        axes.set_xticks(range(10))
        axes.set_title(title, fontsize=10)
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
        axes.axhline(0, color=GREY, lw=0.8)
    return figure


if __name__ == "__main__":
    main()
