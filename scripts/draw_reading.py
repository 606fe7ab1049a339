"""Draw the figures of docs/reading.md: a form, the form read, and the way of a digit.

python -m scripts.draw_reading
"""

from pathlib import Path

import numpy as np
from PIL import Image

from digitscope.data.dataset import load_dataset
from digitscope.pictures.preprocess import preprocess
from digitscope.reading.drawing import film, line_of, overlay
from digitscope.reading.read import read
from digitscope.reading.reader import load
from synthetic import drawn, samples
from synthetic.sheets import DIFFICULTIES, composed

FIGURES = Path("docs/figures")
WIDTH = 1000  # pixels of the form


def main() -> None:
    """Write form.jpg, form-read.jpg, seven.png and film.png."""
    rng, data, reader = np.random.default_rng(6), load_dataset(), load()
    chosen = rng.choice(len(data.x_train), 40, replace=False)
    images, labels = list(data.x_train[chosen]), data.y_train[chosen].tolist()
    page = composed(images, labels, DIFFICULTIES["moderate"], "grid", rng)
    form = Image.fromarray(page.photo)
    form = form.resize((WIDTH, round(WIDTH * form.height / form.width)))
    form.save(FIGURES / "form.jpg", quality=85)
    overlaid = overlay(np.asarray(form), read(reader, FIGURES / "form.jpg"))
    overlaid.save(FIGURES / "form-read.jpg", quality=85)

    seven = 255 - samples.enlarged(data.x_train[15])
    Image.fromarray(seven).save(FIGURES / "seven.png", optimize=True)
    ink = samples.enlarged(data.x_train[11])
    photo = preprocess(samples.photographed(ink, np.random.default_rng(24)))
    letter = preprocess(255 - drawn.doodle(np.random.default_rng(3)))
    seen = (("a photo", photo), ("?", letter))
    lines = [line_of(name, one, reader.read([one])[0]) for name, one in seen]
    film(lines).save(FIGURES / "film.png", optimize=True)


if __name__ == "__main__":
    main()
