"""How near the page's arithmetic is to Keras's: docs/inside.md.

    python -m benchmarks.page_engine

Networks are trained for an epoch, opened by the page from their run's files, and shown 1,000 test
images; so is the bundled reader. Keras computes the same from the same weights, in float32.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks.record import record
from digitscope.data.dataset import load_dataset
from digitscope.exporting import contents
from digitscope.network.model import build_model
from digitscope.network.weights import weights_from_bytes
from digitscope.reading.reader import READER
from digitscope.runs.run import Run
from digitscope.serving.app import create_app
from digitscope.settings.config import Config
from digitscope.training.train import train
from scripts.draw_page import serving

IMAGES = 1000
DROPOUT = {"recipe": "tutorial", "batch_norm": True, "dropout": 0.3, "filters": [16, 32]}
SETTINGS: dict[str, dict[str, Any]] = {
    "tutorial": {"recipe": "tutorial"},
    "lenet": {"recipe": "lenet"},
    "batch norm and dropout": DROPOUT,
}
ANSWERS = """async ([name, count]) => {
  const { openRun } = await import("/web/api.js");
  const { run } = await import("/web/engine/network.js");
  const { network } = await openRun(name);
  const response = await fetch(`/api/runs/${name}/digits?of=test&count=${count}`);
  const images = new Uint8Array(await response.arrayBuffer()).subarray(0, 784 * count);
  const image = (i) => images.subarray(784 * i, 784 * (i + 1));
  return Array.from({ length: count }, (_, i) => [...run(network, image(i))]);
}"""


def keras_answers(run: Run | None, images: np.ndarray) -> np.ndarray:
    """Probabilities, float (n, 10), from the weights that the page is sent."""
    config = Config(**contents.about(run).config)
    model = build_model(config)
    model.set_weights(weights_from_bytes(config.layers, contents.weights(run)))
    return np.asarray(model.predict(images[..., None], verbose=0))


def main() -> None:
    """Measure and write results/page_engine.json."""
    images = load_dataset().x_test[:IMAGES]
    worst = {}
    with tempfile.TemporaryDirectory() as folder:
        runs: dict[str, Run | None] = {
            name: train(**settings, epochs=1, runs_dir=folder, verbose=False)
            for name, settings in SETTINGS.items()
        }
        runs["the bundled reader"] = None
        with (
            serving(create_app(None, Path(folder))) as address,
            sync_playwright() as playwright,
        ):
            path = shutil.which("chromium")
            chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            page = chromium.new_page()
            page.goto(address)
            for name, run in runs.items():
                said = page.evaluate(ANSWERS, [run.name if run else READER, IMAGES])
                gaps = np.abs(np.array(said) - keras_answers(run, images))
                worst[name] = float(gaps.max())
            chromium.close()
    record("page_engine", {"images": IMAGES, "largest_difference": worst})


if __name__ == "__main__":
    main()
