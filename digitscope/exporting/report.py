"""report: run -> one self-contained report.html, which opens from a disk without a network."""

import base64
import shlex
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime

from digitscope.data.dataset import MNIST_SHA256, Dataset
from digitscope.errors import RunError
from digitscope.exporting.inline import inlined
from digitscope.exporting.places import without_folders
from digitscope.judging.evaluate import LABEL_ERRORS, evaluate, reliability
from digitscope.judging.robustness import measured_card, robustness
from digitscope.network.inference import Model
from digitscope.network.weights import weights_from_bytes
from digitscope.runs.files import write_atomically
from digitscope.runs.folder import as_run
from digitscope.runs.listing import changes
from digitscope.runs.records import read_predictions
from digitscope.runs.run import Run
from digitscope.settings.config import Config, value_text
from digitscope.settings.layers import KINDS, Layer
from digitscope.settings.recipes import RECIPES

MOST_ERRORS = 600  # with their pictures; a network that makes more is not worth a closer look
EXAMPLES = 12  # of digits read right, for each digit
TILES = 30  # pictures in a row of a sheet
MOST_MAPS = 64  # of a stage
TOP = 3  # guesses shown of each error


def report(run: Run | str) -> Path:
    """Write `report.html` into a run's folder, and what it needs: `evaluate`, `robustness`.

    In it: training curves, the confusion matrix with its digits, each class, the worst errors with
    the network's guesses, a reliability diagram, kernels and feature maps, the robustness card, the
    settings that differ from the recipe, and how to make it again.

    Args:
        run: a Run, or what `find_run` takes.

    Returns:
        The path of the page, of less than 3 MB.

    Raises:
        RunError: the run has no network yet, or its data has changed.
    """
    run = as_run(run)
    metrics = run.metrics if run.metrics and run.predictions.exists() else evaluate(run)
    data = run.load_data()
    probabilities, labels = read_predictions(run.predictions)
    if not np.array_equal(labels, data.y_test):
        raise RunError(
            f"{run.predictions} is not about these test images. This writes it anew: "
            f"digitscope evaluate {run.path}"
        )
    right = probabilities.argmax(1) == labels
    # The page goes to other people: where the data lie here is nothing to them.
    config = run.config.model_copy(update={"data": Path(run.config.data).name})
    status = replace(run.status, message=without_folders(run.status.message, run.path.parent))
    history = run.history
    content = {
        "name": run.name,
        "status": asdict(status),
        "config": config.model_dump(),
        "changed": changes(config) if config.recipe in RECIPES else None,
        "command": command(config),
        "environment": run.environment.as_json(),
        "layers": [_layer(layer) for layer in config.layers],
        "history": history,
        "kept_epoch": run.kept_of(history, config.keep),
        "metrics": {k: v for k, v in metrics.as_json().items() if k != "worst_errors"},
        "reliability": [*map(asdict, reliability(probabilities.max(1), right))],
        "digits": _digits(probabilities, data),
        "inside": _inside(run, data.x_test[_specimen(probabilities, labels)]),
        "robustness": _card(run, len(labels)),
    }
    path = run.path / "report.html"
    write_atomically(path, inlined("report.html", f"{run.name} · digitscope", content))
    return path


def command(config: Config) -> str:
    """The command line that trains a config anew."""
    flags = ["digitscope train", "--recipe", config.recipe]
    for name, (_, now) in changes(config).items():
        flag = name.replace("_", "-")
        if isinstance(now, bool):
            flags.append(f"--{flag}" if now else f"--no-{flag}")
        else:
            flags.append(f"--{flag} {shlex.quote(value_text(now))}")
    return " ".join(flags) if config.recipe in RECIPES else "digitscope train --config config.json"


def _layer(layer: Layer) -> dict[str, Any]:
    shape = " x ".join(map(str, layer.output_shape))
    what = {"name": layer.name, "kind": KINDS[layer.kind], "output": shape}
    return what | {"parameters": layer.parameters, "multiply_adds": layer.multiply_adds}


def _digits(probabilities: np.ndarray, data: Dataset) -> dict[str, Any]:
    """The errors, worst first, and some digits read right: their pictures, and what they are."""
    labels, answers = data.y_test, probabilities.argmax(1)
    wrong = np.flatnonzero(answers != labels)
    of_label = probabilities[wrong, labels[wrong]]
    wrong = wrong[np.argsort(of_label, kind="stable")][:MOST_ERRORS]
    right = [
        index
        for digit in range(10)
        for index in np.flatnonzero((labels == digit) & (answers == digit))[:EXAMPLES]
    ]
    doubtful = LABEL_ERRORS if data.sha256 == MNIST_SHA256 else ()
    shown = [*wrong.tolist(), *map(int, right)]
    return {
        "sheet": _sheet(data.x_test[shown]),
        "tiles": TILES,
        "items": [
            {
                "index": index,
                "label": int(labels[index]),
                "answer": int(answers[index]),
                "guesses": [
                    [int(digit), round(float(probabilities[index, digit]), 4)]
                    for digit in np.argsort(-probabilities[index])[:TOP]
                ],
                "doubtful": index in doubtful,
            }
            for index in shown
        ],
    }


def _sheet(pictures: np.ndarray) -> str:
    """Pictures uint8 (n, height, width), or with four channels, as one PNG, TILES in a row."""
    count, height, width = pictures.shape[:3]
    rows = -(-count // TILES) or 1
    sheet = np.zeros((rows * TILES, *pictures.shape[1:]), np.uint8)
    sheet[:count] = pictures
    sheet = sheet.reshape(rows, TILES, height, width, *pictures.shape[3:]).swapaxes(1, 2)
    return _png(sheet.reshape(rows * height, TILES * width, *pictures.shape[3:]))


def _png(picture: np.ndarray) -> str:
    """A picture, grey or BGR, as a data URL."""
    _, encoded = cv2.imencode(".png", picture)
    return "data:image/png;base64," + base64.b64encode(encoded.tobytes()).decode()


def _specimen(probabilities: np.ndarray, labels: np.ndarray) -> int:
    """The first 5 that is read right, or any first digit: it has lines, a curve and a corner."""
    fives = np.flatnonzero((labels == 5) & (probabilities.argmax(1) == 5))
    return int(fives[0]) if len(fives) else 0


def _inside(run: Run, image: np.ndarray) -> dict[str, Any]:
    """The kernels of the first convolution, and the maps of every stage for one image."""
    layers = run.config.layers
    weights = weights_from_bytes(layers, run.weights())
    convolves = any(layer.kind == "convolution" for layer in layers)
    kernels = weights[0][:, :, 0].transpose(2, 0, 1)[:MOST_MAPS] if convolves else ()
    return {
        "image": _png(image),
        "kernels": [_signed(kernel) for kernel in kernels],
        "stages": [
            {
                "name": name,
                "size": maps.shape[1],
                "count": len(maps),
                "maps": [_grey(part) for part in maps[:MOST_MAPS]],
            }
            for name, maps in feature_maps(run, image)
        ],
    }


def _signed(kernel: np.ndarray) -> str:
    """Weights as a picture: blue below 0, white at 0, orange above."""
    part = np.clip(kernel / max(np.abs(kernel).max(), 1e-12), -1, 1)[..., None]
    blue, orange = np.array([159, 95, 31]), np.array([14, 111, 230])  # BGR
    colour = np.where(part < 0, blue, orange)
    return _png(np.rint(255 + np.abs(part) * (colour - 255.0)).astype(np.uint8))


def _grey(part: np.ndarray) -> str:
    """A feature map, its least value white and its greatest black."""
    low, high = part.min(), part.max()
    return _png(np.rint(255 - 255 * (part - low) / max(high - low, 1e-12)).astype(np.uint8))


def feature_maps(run: Run, image: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """What each convolution and each pooling of a run's network gives for an image.

    Args:
        run: with a model.onnx.
        image: uint8 (28, 28).

    Returns:
        (name, float32 (channels, height, width)) for each, after batch norm and activation.
    """
    Model(run.path / "model.onnx")  # refuses what is damaged, or another's
    model = onnx.load(run.path / "model.onnx")
    nodes = list(model.graph.node)
    made_by = {node.output[0]: node.op_type for node in nodes}
    takers = ("Conv", "MaxPool", "Flatten", "GlobalAveragePool")
    taken = [node.input[0] for node in nodes if node.op_type in takers]
    finished = [name for name in taken[1:] if made_by[name] != "GlobalAveragePool"]  # 0: the image
    if not finished:
        return []
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in finished)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    found = session.run(finished, {"image": image[None, ..., None].astype(np.float32)})
    names, counts = [], {"convolution": 0, "pooling": 0}
    for name in finished:
        kind = "pooling" if made_by[name] == "MaxPool" else "convolution"
        counts[kind] += 1
        names.append(f"{kind} {counts[kind]}")
    return list(zip(names, (maps[0] for maps in found), strict=True))


def _card(run: Run, num_images: int) -> dict[str, Any]:
    """The robustness card on all test images, as it was measured, or measured now."""
    card = measured_card(run)
    if card is None or card.num_images != num_images:
        card = robustness(run)
    return card.as_json()
