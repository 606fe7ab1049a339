"""The lesson in plain Keras, on the images a recipe trains on: what the rest is measured by."""

import keras
import numpy as np

from digitscope.data.dataset import Dataset, stratified_split
from digitscope.settings.config import Config

Arrays = tuple[np.ndarray, np.ndarray]


def arrays(data: Dataset, config: Config) -> tuple[Arrays, Arrays]:
    """Images 0..1 and one-hot labels to train on and to validate on, split as `config` says."""
    first, second = (
        (
            data.x_train[part, :, :, None] / np.float32(255),
            keras.utils.to_categorical(data.y_train[part], 10),
        )
        for part in stratified_split(data.y_train, config.validation_fraction, config.seed)
    )
    return first, second


def fit(training: Arrays, validation: Arrays | None = None) -> keras.Model:
    """The lesson's network after the lesson's five epochs."""
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
    cnn.fit(*training, batch_size=128, epochs=5, validation_data=validation, verbose=0)
    return cnn
