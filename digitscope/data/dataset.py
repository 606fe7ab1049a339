"""load_dataset: the bundled MNIST, or another set of the same kind, as uint8 arrays.

Read are a Keras-style npz, a folder of IDX files (gzipped or not), and a folder of pictures
`train/0` … `train/9`, `test/0` … `test/9`; without `test/`, a seventh of each class is set aside.
"""

import gzip
import hashlib
import math
import os
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from threading import Lock

import numpy as np

from digitscope import mnist
from digitscope.data.check import check_arrays
from digitscope.errors import DataError, reason_of

NAMES = ("x_train", "y_train", "x_test", "y_test")
IDX_FILES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
MNIST_SHA256 = "06b0d1f124c4e5fa796686ade41a9b778edacc8622f2195a352ef479ad44fc16"  # of its arrays
TEST_FRACTION = 1 / 7  # of a picture folder without test/: MNIST's own 10,000 of 70,000
SPLIT_SEED = 0  # the same test set for every run, whatever its seed


@dataclass(frozen=True)
class Dataset:
    """Training and test digits.

    Attributes:
        x_train: uint8 (n, 28, 28), 0 = background .. 255 = ink.
        y_train: uint8 (n,), 0 to 9, or 10: no digit, so none should be believed in.
        x_test: uint8 (m, 28, 28).
        y_test: uint8 (m,), 0 to 9.
        groups: None, or whole numbers (n,): training images of one group, such as a writer's, are
            never on both sides of the split into training and validation.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    groups: np.ndarray | None = None

    @cached_property
    def sha256(self) -> str:
        """Of all images and labels: two sets with the same sum are the same."""
        digest = hashlib.sha256()
        for array in (*(getattr(self, name) for name in NAMES), self.groups):
            if array is not None:
                digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()


def load_dataset(source: str | Path = "mnist") -> Dataset:
    """The data set at `source`; `mnist` is the bundled one.

    Raises:
        DataError: something is missing, unreadable, of the wrong shape, or has an empty class.
    """
    path = find_dataset(source)
    if path is None:
        return _bundled()
    try:
        as_files = (path / "train").is_dir()
        arrays = _read(path, as_files)
    except OSError as error:  # a folder that may not be looked into, or that is being deleted
        raise DataError(f"The data set {path} can't be read: {reason_of(error)}.") from error
    check_arrays(path, arrays, as_files)
    labels = {name: arrays[name].astype(np.uint8) for name in ("y_train", "y_test")}
    return Dataset(**{**arrays, **labels})


@cache
def _bundled() -> Dataset:
    """MNIST, read once a process; its arrays are read-only."""
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    for array in (x_train, y_train, x_test, y_test):
        array.flags.writeable = False
    return Dataset(x_train, y_train, x_test, y_test)


_turn = Lock()
_kept: dict[object, Dataset] = {}  # the last one


def kept_dataset(source: str | Path = "mnist") -> Dataset:
    """As `load_dataset`, for who asks often: the last one is kept while its files do not change.

    Nobody loads another one meanwhile, so that there is never more than one in memory.

    Raises:
        DataError: as for `load_dataset`.
    """
    with _turn:
        path = find_dataset(source)
        if path is None:
            return _bundled()
        here = path.resolve(), _state(path)
        if here not in _kept:
            _kept.clear()
            _kept[here] = load_dataset(path)
        return _kept[here]


def _state(path: Path) -> tuple[tuple[str, int, int, int], ...]:
    """What changes where a file, or one in a folder or below it, does."""
    said = ((str(one), one.stat()) for one in (path, *sorted(path.rglob("*"))))
    return tuple((name, now.st_mtime_ns, now.st_size, now.st_ino) for name, now in said)


def find_dataset(source: str | Path) -> Path | None:
    """The path of the data set at `source`; None for the bundled one, `mnist`.

    Raises:
        DataError: nothing is there.
    """
    if str(source) == "mnist":
        return None
    path = Path(os.path.expanduser(source))
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(
            f"There is no data set at {path}: give an npz file or a folder, or mnist."
        ) from None
    except (OSError, ValueError) as error:
        raise DataError(f"The data set {path} can't be read: {reason_of(error)}.") from error
    return path


def validation_split(data: Dataset, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the images to train on and to validate on, whole groups where there are any."""
    if data.groups is None:
        return stratified_split(data.y_train, fraction, seed)
    _, firsts, members = np.unique(data.groups, return_index=True, return_inverse=True)
    parts = stratified_split(data.y_train[firsts], fraction, seed)
    rng = np.random.default_rng(seed)
    training, validation = (rng.permutation(np.flatnonzero(np.isin(members, p))) for p in parts)
    return training, validation


def stratified_split(
    labels: np.ndarray, fraction: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the rest and of the part set aside, `fraction` of every class, both shuffled.

    Args:
        labels: (n,), integers.
        fraction: 0 to 1; the part has round(fraction * n) images, and every class its share of
            them, within one image.
        seed: of the choice and the order.
    """
    rng = np.random.default_rng(seed)
    classes, sizes = np.unique(labels, return_counts=True)
    counts = np.diff(np.round(np.cumsum(sizes) * fraction).astype(int), prepend=0)
    rest, aside = [], []
    for label, count in zip(classes, counts, strict=True):
        members = rng.permutation(np.flatnonzero(labels == label))
        aside.append(members[:count])
        rest.append(members[count:])
    return rng.permutation(np.concatenate(rest)), rng.permutation(np.concatenate(aside))


def _read(path: Path, as_files: bool) -> dict[str, np.ndarray]:
    if path.is_file():
        return _read_npz(path)
    return _read_pictures(path) if as_files else _read_idx(path)


def _read_npz(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as file:
            if missing := [name for name in NAMES if name not in file]:
                found = ", ".join(file) or "nothing"
                raise DataError(
                    f"{path} lacks {', '.join(missing)} (it holds {found}): a data set needs the "
                    f"arrays {', '.join(NAMES)}."
                )
            return {name: file[name] for name in (*NAMES, "groups") if name in file}
    except DataError:
        raise
    except Exception as error:  # what reads zip archives raises whatever comes up
        why = "it holds Python objects" if "allow_pickle" in str(error) else error
        raise DataError(f"{path} is damaged, or not an npz file: {why}") from error


def _read_idx(folder: Path) -> dict[str, np.ndarray]:
    arrays = {}
    for name, file in IDX_FILES.items():
        # Some collections write a dot for the last hyphen: train-images.idx3-ubyte.
        plain = [folder / file, folder / file.replace("-idx", ".idx")]
        candidates = plain + [path.with_name(path.name + ".gz") for path in plain]
        path = next((path for path in candidates if path.is_file()), None)
        if path is None:
            raise DataError(
                f"{folder} has neither a train/ folder of pictures nor the IDX file {file} "
                "(or .gz): it is not a data set."
                + (" Move 0/ to 9/ into train/." if (folder / "0").is_dir() else "")
            )
        arrays[name] = _read_idx_file(path, dimensions=3 if name.startswith("x") else 1)
    return arrays


def _read_idx_file(path: Path, dimensions: int) -> np.ndarray:
    """An IDX file: two zeros, type 8 (uint8), number of axes, their lengths, then the bytes."""
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} can't be read: {error}") from error
    header = 4 + 4 * dimensions
    if len(content) < header or content[:4] != bytes([0, 0, 8, dimensions]):
        raise DataError(f"{path} is not an IDX file of uint8 with {dimensions} axes.")
    shape = struct.unpack(f">{dimensions}I", content[4:header])
    if len(content) - header != math.prod(shape):
        raise DataError(
            f"{path} is damaged: its header promises {shape} bytes, and "
            f"{len(content) - header:,} follow."
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def _read_pictures(folder: Path) -> dict[str, np.ndarray]:
    x_train, y_train = _read_class_folders(folder / "train")
    if (folder / "test").is_dir():
        x_test, y_test = _read_class_folders(folder / "test")
    else:
        rest, aside = stratified_split(y_train, TEST_FRACTION, SPLIT_SEED)
        _check_enough(folder / "train", y_train, (rest, aside))
        x_test, y_test = x_train[aside], y_train[aside]
        x_train, y_train = x_train[rest], y_train[rest]
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


def _check_enough(folder: Path, labels: np.ndarray, parts: Sequence[np.ndarray]) -> None:
    """Refuse a split in which a part lacks a digit."""
    for part in parts:
        for digit in sorted(set(range(10)) - set(labels[part].tolist())):
            count = int((labels == digit).sum())
            raise DataError(
                f"{folder / str(digit)} has only {count} picture{'s' * (count > 1)}. Without test/ "
                "a seventh of each digit becomes the test set: give each 7 or more, or make "
                "test/0 to test/9."
            )


def _read_class_folders(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    images, labels = [], []
    names = {path.name for path in folder.iterdir() if path.is_dir()}
    if extra := sorted(name for name in names - set("0123456789") if name[0] != "."):
        raise DataError(f"{folder} has a folder {extra[0]}/: only 0/ to 9/ are classes.")
    for label in range(10):
        place = folder / str(label)
        if not place.is_dir():
            raise DataError(f"{folder} lacks the folder {label}/: it needs one for each of 0 to 9.")
        files = sorted(path for path in place.iterdir() if not path.name.startswith("."))
        if not files:
            raise DataError(f"{place} is empty: every digit needs pictures.")
        images += [_read_picture(path) for path in files]
        labels += [label] * len(files)
    return np.stack(images), np.array(labels, np.uint8)


def _read_picture(path: Path) -> np.ndarray:
    """A picture in grey, as a person sees it: opaque, and of sixteen bits the upper eight."""
    from PIL import Image

    from digitscope.errors import PictureError
    from digitscope.pictures.picture import open_picture

    try:
        picture = open_picture(path)
    except PictureError as error:
        raise DataError(f"{error} Only pictures may be in a data set's folders.") from error
    if picture.shape[:2] != (28, 28):
        height, width = picture.shape[:2]
        raise DataError(f"{path} is {width}x{height}; the pictures must be 28x28.")
    return np.asarray(Image.fromarray(picture).convert("L"))
