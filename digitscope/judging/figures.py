"""Pictures: the confusion matrix and the worst errors of a run, what only one of two got wrong."""

import io
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Rectangle

from digitscope.data.dataset import Dataset
from digitscope.judging.comparison import Comparison
from digitscope.judging.robustness import RobustnessCard
from digitscope.reading.reader import shown
from digitscope.runs.files import write_atomically
from digitscope.runs.metrics import Metrics, WrongAnswer
from digitscope.runs.run import Run

SHOWN, COLUMNS = 28, 7  # digits of each side of a comparison

INK, ACCENT = "#1b2733", "#1f5f99"


def draw(run: Run, metrics: Metrics, x_test: np.ndarray) -> None:
    """Write confusion.png and, where there are errors, errors.png into the run folder."""
    confusion = confusion_figure(np.array(metrics.confusion), run.name)
    write_atomically(run.path / "confusion.png", png(confusion))
    if metrics.worst_errors:
        errors = errors_figure(metrics.worst_errors, x_test, run.name)
        write_atomically(run.path / "errors.png", png(errors))


def png(figure: Figure) -> bytes:
    """A figure as the content of a PNG file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150)
    return buffer.getvalue()


def confusion_figure(confusion: np.ndarray, title: str) -> Figure:
    """Counts (10, 10), rows the true digits; the colour shows errors as a part of their row."""
    figure = Figure(figsize=(7, 6.6), layout="constrained")
    axes = figure.subplots()
    errors = confusion / np.maximum(confusion.sum(1, keepdims=True), 1)
    np.fill_diagonal(errors, 0)
    axes.imshow(errors, cmap="Oranges", vmin=0, vmax=max(errors.max() * 1.4, 1e-9))
    for (row, column), count in np.ndenumerate(confusion):
        on_diagonal = row == column
        if on_diagonal:
            axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, color=ACCENT))
        axes.text(
            column,
            row,
            f"{count:,}" if count else "·",
            ha="center",
            va="center",
            color="white" if on_diagonal else INK if count else "#b8bfc6",
            fontsize=10,
        )
    _digit_axes(axes)
    right = np.trace(confusion) / confusion.sum()
    axes.set_title(f"{title}: {right:.2%} of {confusion.sum():,} test digits read right", pad=12)
    return figure


def _digit_axes(axes: Axes) -> None:
    axes.set_xticks(range(10))
    axes.set_yticks(range(10))
    axes.set_xlabel("the network's answer")
    axes.set_ylabel("the true digit")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def errors_figure(worst: Sequence[WrongAnswer], x_test: np.ndarray, title: str) -> Figure:
    """The worst errors as pictures: label, answer, and how sure the network was."""
    rows = -(-len(worst) // 5)
    figure = Figure(figsize=(8, 1.85 * rows + 0.5), layout="constrained")
    figure.suptitle(f"{title}: the test images it got most wrong", fontsize=12)
    for axes, error in zip(figure.subplots(rows, 5, squeeze=False).flat, worst, strict=False):
        axes.imshow(x_test[error.index], cmap="gray_r", vmin=0, vmax=255)
        axes.set_title(
            f"{error.index}: {error.label} read as {error.answer}, {shown(error.confidence)} sure",
            fontsize=7.5,
        )
    _bare(figure)
    return figure


def _bare(figure: Figure | SubFigure) -> None:
    for axes in figure.axes:
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)


def only_wrong_figure(found: Comparison, data: Dataset) -> Figure:
    """The test digits that only one of two groups of a comparison got wrong, each on its side."""
    sides = found.only_wrong
    pictured = {name: indices[:SHOWN] for name, indices in sides.items()}
    rows = max(1, -(-max(map(len, pictured.values())) // COLUMNS))
    figure = Figure(figsize=(11, 0.95 * rows + 0.5), layout="constrained")
    halves = figure.subfigures(1, 2, wspace=0.04, squeeze=False).flat
    for half, (name, indices) in zip(halves, pictured.items(), strict=True):
        total = len(sides[name])
        some = f", {len(indices)} of them" if len(indices) < total else ""
        half.suptitle(f"only {name} got wrong: {total}{some}", fontsize=11)
        grid = half.subplots(rows, COLUMNS, squeeze=False).flat
        for axes, index in zip(grid, indices, strict=False):
            axes.imshow(data.x_test[index], cmap="gray_r", vmin=0, vmax=255)
            axes.set_title(f"{index}: {data.y_test[index]}", fontsize=7.5, pad=2)
        _bare(half)
    return figure


def robustness_figure(card: RobustnessCard, title: str) -> Figure:
    """Accuracy against each growing change, and on the kinds of corruption, the worst below."""
    figure = Figure(figsize=(10, 7), layout="constrained")
    mean = card.mean_corrupted_accuracy
    figure.suptitle(
        f"{title}: {card.clean:.2%} on clean digits, {mean:.1%} on corrupted ones", fontsize=12
    )
    left, right = figure.subfigures(1, 2, width_ratios=(1.15, 1), squeeze=False).flat
    grid = left.subplots(3, 2, sharey=True).flat
    for axes, (name, curve) in zip(grid, card.curves.items(), strict=False):
        accuracy = 100 * np.array(curve.accuracy)
        axes.plot(curve.amounts, accuracy, color=ACCENT, marker="o", markersize=3)
        axes.set_xlabel(f"{name}, {curve.unit}")
        axes.set_ylim(0, 102)
        axes.grid(color="#e3e6e9")
        axes.spines[["top", "right"]].set_visible(False)
    grid[-1].axis("off")
    left.supylabel("accuracy in percent", fontsize=10)
    _bars(right.subplots(), card.corruptions)
    return figure


def _bars(axes: Axes, corruptions: dict[str, float]) -> None:
    ranked = sorted(corruptions.items(), key=lambda item: item[1])
    places = range(len(ranked))
    axes.barh(places, [100 * accuracy for _, accuracy in ranked], color=ACCENT)
    axes.set_yticks(places, [name for name, _ in ranked])
    axes.set_xlim(0, 112)
    axes.set_xlabel("accuracy in percent, MNIST-C-like")
    for place, (_, accuracy) in enumerate(ranked):
        axes.text(100 * accuracy + 1.5, place, f"{100 * accuracy:.1f}", va="center", fontsize=9)
    axes.tick_params(length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
