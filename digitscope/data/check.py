"""check_arrays: what is wrong with the arrays of a data set, and how to mend it."""

from pathlib import Path

import numpy as np

from digitscope.errors import DataError

NOT_A_DIGIT = 10  # the label of training images that show none
FAINTEST = 128  # of 255: somewhere in a set there is as much ink
NEEDED = "0 = background to 255 = ink, is needed"


def check_arrays(path: Path, arrays: dict[str, np.ndarray], as_files: bool) -> None:
    """Refuse what can't be learnt from, or would be learnt wrongly.

    Args:
        path: of the data set.
        arrays: `x_train`, `y_train`, `x_test`, `y_test`, and `groups` if there are any.
        as_files: whether every image is a picture file.

    Raises:
        DataError: wrong shapes, types, lengths, labels, an empty class, images that are not bright
            on dark; it names the array, and says what mends it.
    """
    for part in ("train", "test"):
        where = f"{path}: the {part}"
        images, labels = arrays[f"x_{part}"], arrays[f"y_{part}"]
        if images.shape[1:] != (28, 28) or images.dtype != np.uint8:
            raise DataError(
                f"{where} images are {images.dtype} {images.shape}; uint8 (n, 28, 28), {NEEDED}."
                + _hint(images)
            )
        if not len(images):
            raise DataError(f"{where} images are none: the array is empty.")
        _check_labels(where, labels, len(images), NOT_A_DIGIT if part == "train" else 9)
        _check_ink(f"{where} images", images, labels != NOT_A_DIGIT, as_files)
    groups = arrays.get("groups")
    if groups is not None and (
        groups.shape != arrays["y_train"].shape or groups.dtype.kind not in "iu"
    ):
        raise DataError(
            f"{path}: the groups are {groups.dtype} {groups.shape}; "
            f"{len(arrays['y_train'])} whole numbers are needed, one for each training image."
        )


def _check_labels(where: str, labels: np.ndarray, count: int, largest: int) -> None:
    if labels.shape != (count,) or labels.dtype.kind not in "iu":
        raise DataError(
            f"{where} labels are {labels.dtype} {labels.shape}; {count} whole numbers are needed, "
            "one for each image."
            + (" One-hot labels become that by labels.argmax(1)." if labels.ndim == 2 else "")
        )
    if not (labels.min() >= 0 and labels.max() <= largest):
        wrong = labels[(labels < 0) | (labels > largest)][0]
        none = f", and {NOT_A_DIGIT} for no digit" if largest == NOT_A_DIGIT else ""
        raise DataError(f"{where} labels hold {wrong}; 0 to 9 are possible{none}.")
    if missing := sorted(set(range(10)) - set(np.unique(labels).tolist())):
        raise DataError(f"{where} set has no image of {', '.join(map(str, missing))}.")


def _hint(images: np.ndarray) -> str:
    """How to mend the usual mistakes in shape and type."""
    if images.ndim == 4 and images.shape[-1] == 1:
        return " Drop the last axis: images[..., 0]."
    if images.shape[1:] != (28, 28) or images.dtype.kind not in "biuf" or not images.size:
        return ""
    if images.dtype == bool:
        return ' From true and false: images.astype("uint8") * 255.'
    low, high = float(images.min()), float(images.max())
    if images.dtype.kind == "f" and low >= 0 and high <= 1:
        return ' From 0..1: (images * 255).round().astype("uint8").'
    if images.dtype.kind == "f" and low >= -1 and high <= 1:
        return ' From -1..1: ((images + 1) * 127.5).round().astype("uint8").'
    if low >= 0 and high <= 255:
        return ' From 0..255 in another type: images.round().astype("uint8").'
    if images.dtype.kind != "f" and low >= 0 and high <= 65535:
        return ' From sixteen bits: (images // 257).astype("uint8").'
    return f" They go from {low:g} to {high:g}."


def _check_ink(where: str, images: np.ndarray, shows_digit: np.ndarray, as_files: bool) -> None:
    """Refuse images that are dark on bright, faint, or blank, with what mends them."""
    high = int(images.max())
    if not high:
        raise DataError(f"{where} are all 0: there is nothing to see. Is the ink transparent?")
    if high < FAINTEST:
        line = "images * 255" if high == 1 else f'(images / {high} * 255).round().astype("uint8")'
        mend = "Make the pictures brighter." if as_files else f"Spread them: {line}."
        raise DataError(f"{where} go from 0 to {high}; {NEEDED}. {mend}")
    mend = "Invert the pictures." if as_files else "Invert them: 255 - images."
    if np.median(images[:, [0, -1]]) > 127:  # the rows at the border, which are background
        raise DataError(f"{where} are dark on bright; {NEEDED}. {mend}")
    blank = shows_digit & (images.max((1, 2)) == images.min((1, 2)))
    if blank.any():
        raise DataError(
            f"{where}: {blank.sum()} of {len(images)} have a digit's label and show nothing, the "
            f"first is number {blank.argmax()}, counted from 0. Leave them out."
        )
    bright = np.median(images[:, [0, -1]], (1, 2)) > 127
    bright &= shows_digit & (images.mean((1, 2)) > 127)
    if bright.any():
        raise DataError(
            f"{where}: {bright.sum()} of {len(images)} are dark on bright, the first is number "
            f"{bright.argmax()}, counted from 0; {NEEDED}. Invert these."
        )
