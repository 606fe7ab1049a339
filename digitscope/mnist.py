"""The MNIST handwritten digits, bundled: a drop-in for `keras.datasets.mnist`.

It needs NumPy alone and never touches the network. The data: Yann LeCun and Corinna Cortes,
CC BY-SA 3.0; `scripts/bundle_mnist.py` made the file from the four original IDX files.
"""

import hashlib
import io
from pathlib import Path

import numpy as np

from digitscope.errors import DataError

PATH = Path(__file__).parent / "data" / "mnist.npz"
SHA256 = "06af5dfe73b70e3bc1c36439982b18a8d76803db9b544f6fdf838a37fbb01b64"


Split = tuple[np.ndarray, np.ndarray]


def load_data() -> tuple[Split, Split]:
    """The 60,000 training and 10,000 test digits, as `keras.datasets.mnist.load_data()` gives them.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: images uint8 (n, 28, 28), 0 = background .. 255 =
        ink; labels uint8 (n,), 0 to 9.

    Raises:
        DataError: the bundled file is missing or damaged.

    Example:
        >>> from digitscope import mnist
        >>> (x_train, y_train), (x_test, y_test) = mnist.load_data()
        >>> x_train.shape, x_train.dtype, len(y_test)
        ((60000, 28, 28), dtype('uint8'), 10000)
    """
    with np.load(io.BytesIO(_verified(PATH)), allow_pickle=False) as arrays:
        return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def _verified(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"The bundled MNIST file {path} can't be read ({error.strerror}): "
            "install digitscope again."
        ) from error
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise DataError(
            f"The bundled MNIST file {path} is damaged ({len(content):,} bytes, and its SHA-256 "
            "is not the expected one): install digitscope again."
        )
    return content
