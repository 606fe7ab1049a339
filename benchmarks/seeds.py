"""The recipe `tutorial` against plain Keras `fit`, ten seeds of each on the same images.

    python -m benchmarks.seeds

Plain Keras is the lesson's code: float images divided by 255, `fit` with its own shuffling, the
weights of the last epoch. Both train on the same 54,000 images and are judged on the test images.
"""

import tempfile

import keras
import numpy as np

from benchmarks.record import mean_interval, record
from digitscope.config import configure
from digitscope.dataset import load_dataset, stratified_split
from digitscope.evaluate import evaluate
from digitscope.train import train

SEEDS = range(10)


def plain_keras(x: np.ndarray, y: np.ndarray, seed: int) -> keras.Model:
    """The lesson's network after the lesson's five epochs."""
    keras.utils.set_random_seed(seed)
    cnn = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(32, (3, 3), activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    cnn.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    cnn.fit(x, keras.utils.to_categorical(y, 10), batch_size=128, epochs=5, verbose=0)
    return cnn


def main() -> None:
    """Train, judge, compare."""
    data = load_dataset()
    x_test = data.x_test[..., None].astype("float32") / 255
    rows = []
    for seed in SEEDS:
        config = configure("tutorial", seed=seed)
        with tempfile.TemporaryDirectory() as folder:
            ours = evaluate(train(config, runs_dir=folder))["accuracy"]
        part, _ = stratified_split(data.y_train, config.validation_fraction, seed)
        cnn = plain_keras(
            data.x_train[part, :, :, None] / np.float32(255), data.y_train[part], seed
        )
        answers = cnn.predict(x_test, batch_size=250, verbose=0).argmax(1)
        plain = float((answers == data.y_test).mean())
        rows.append({"seed": seed, "tutorial": ours, "plain_keras": plain})
        print(rows[-1], flush=True)
    points = {
        name: mean_interval([100 * row[name] for row in rows])
        for name in ("tutorial", "plain_keras")
    }
    gaps = mean_interval([100 * (row["tutorial"] - row["plain_keras"]) for row in rows])
    record("seeds", {"accuracy_percent": points, "difference_points": gaps, "rows": rows})


if __name__ == "__main__":
    main()
