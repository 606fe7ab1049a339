"""Picture files with errors in them: does reading ever crash, hang, or raise something unforeseen?

    python -m benchmarks.fuzz_pictures

20,000 files: PNG, JPEG, GIF, BMP, TIFF, WebP of a digit, each with some bytes changed, cut out, put
in twice, or its end missing. Each must end in a Prediction or a PictureError, within ten seconds. A
process reads them, and what it was reading when it died or hung is counted.
"""

import io
import multiprocessing
import time
from collections import Counter
from multiprocessing.connection import Connection

import numpy as np
from PIL import Image

from benchmarks.record import record
from digitscope.data.dataset import load_dataset
from digitscope.errors import PictureError
from digitscope.reading.reader import load

FILES, LIMIT, SEED = 20_000, 10.0, 0
KINDS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")
MODES = ("L", "RGB", "P", "1")


def originals() -> list[bytes]:
    """A digit in every kind of file, in several modes, with transparency and without."""
    image = Image.fromarray(255 - load_dataset().x_train[0].repeat(3, 0).repeat(3, 1))
    files = []
    for kind in KINDS:
        for mode in MODES:
            buffer = io.BytesIO()
            try:
                image.convert(mode).save(buffer, kind)
            except OSError:  # JPEG and WebP have no palette
                continue
            files.append(buffer.getvalue())
    return files


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """One to three errors in a file."""
    data = bytearray(content)
    for _ in range(rng.integers(1, 4)):
        start = int(rng.integers(len(data)))
        end = start + int(rng.integers(1, 40))
        match rng.integers(5):
            case 0:
                data[start] = int(rng.integers(256))
            case 1:
                data[start:end] = rng.bytes(end - start)
            case 2:
                del data[start:end]
            case 3:
                data[start:start] = data[start:end]
            case _:
                del data[max(start, 1) :]
        data = data or bytearray(b"\0")
    return bytes(data)


def work(files: Connection, answers: Connection) -> None:
    """Read file after file; answer with what came of it."""
    reader = load()
    while True:
        content = files.recv()
        try:
            answers.send(reader.predict(content).status)
        except PictureError:
            answers.send("refused")
        except Exception as error:
            answers.send(f"{type(error).__name__}: {error}")


def start() -> tuple[multiprocessing.Process, Connection, Connection]:
    """A process that reads files, and the ways to it and from it."""
    theirs, ours = multiprocessing.Pipe(duplex=False)
    heard, told = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=work, args=(theirs, told), daemon=True)
    process.start()
    return process, ours, heard


def main() -> None:
    """Read all files and write results/fuzz_pictures.json."""
    rng, sources = np.random.default_rng(SEED), originals()
    process, files, answers = start()
    found: Counter[str] = Counter()
    slowest = 0.0
    for _ in range(FILES):
        files.send(mutated(sources[rng.integers(len(sources))], rng))
        started = time.perf_counter()
        try:
            answered = answers.poll(LIMIT + (60 if not found else 0))
            found[answers.recv() if answered else "hung"] += 1
        except EOFError:
            answered = False
            found["crashed"] += 1
        if found.total() > 1:
            slowest = max(slowest, time.perf_counter() - started)
        if not answered:
            process.kill()
            process, files, answers = start()
    process.kill()
    record("fuzz_pictures", {"files": FILES, "outcomes": found, "slowest_seconds": slowest})


if __name__ == "__main__":
    main()
