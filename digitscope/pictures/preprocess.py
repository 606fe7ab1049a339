"""preprocess: any picture of one digit becomes an image as MNIST's are.

MNIST's geometry (LeCun et al. 1998, "Gradient-based learning applied to document recognition",
section III.A): scaled, aspect kept, into 20x20 pixels with greys from averaging, and put into 28x28
by the centre of mass. All networks here were trained on images of that kind; a digit that comes in
another way is read badly.
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from digitscope.pictures.ink import ink_of
from digitscope.pictures.lines import without_lines
from digitscope.pictures.picture import Picture, open_picture

VERSION = 2  # of the way from a picture to 28x28; model files name the one they are made for
SIDE, BOX = 28, 20  # pixels: the image, and the long side of the digit in it
CENTRE = 14.0  # the index of row and column where the centre of mass comes to lie, as in MNIST
WORK_SIDE = 256  # pixels: larger pictures are made smaller first
FAINT, DARK = 64, 128  # of 255: a stroke has at least FAINT everywhere and DARK somewhere
EDGE = 24  # of 255: what is fainter is not of the digit
THINNEST, THICKEST = 1.6, 4.2  # pixels of 28: the strokes of MNIST, but for one in a hundred
FINE = 5  # times the final size: here strokes are made thicker and thinner
SOFTENED = np.outer([1, 6, 1], [1, 6, 1]) / 64  # a blur of half a pixel
SPECK = 0.02  # of the largest part: what is smaller is dirt
SAME_SIZE = 0.55  # of its height: a second digit
APART = 0.08  # of its size, between two digits
FAR = 0.5  # of its size: a part beyond is not of the digit, a light one even nearer
WEIGHTY = 0.1  # of its area: a part that is not light
SECOND = 0.15  # of its area, at least, has a second digit
INSIDE = 0.12  # of the picture's side: a whole digit, where a larger thing is cut by the edge
CONTENT = 0.3  # of a frame's height: what stands in it
BAND, AROUND = 0.12, 0.85  # of its side: there a frame runs, and along so much of each side
FEWEST = 6  # pixels that make a stroke

Status = Literal["digit", "blank", "several_digits"]


@dataclass(frozen=True)
class Preprocessed:
    """What a picture holds.

    Attributes:
        status: `digit`, `blank` or `several_digits`.
        reason: why it is no single digit, in words.
        image28: uint8 (28, 28), 0 = background .. 255 = ink; zeros where it is blank.
        box: of the ink, in the picture's pixels: left, top, width, height; None where it is blank.
        stages: the picture on its way, name -> uint8 image, for people to look at.
    """

    status: Status
    reason: str
    image28: np.ndarray
    box: tuple[int, int, int, int] | None
    stages: dict[str, np.ndarray]


def preprocess(picture: Picture) -> Preprocessed:
    """Find the one digit in a picture and bring it into MNIST's form.

    Dark on light or light on dark, with shadow, on ruled paper, tiny or large: see `ink_of`.
    Specks, ruled lines and the border of a cell are dropped, parts of a digit stay together,
    strokes are made thicker or thinner where MNIST has none like that. An image of MNIST comes
    out nearly as it went in.

    Args:
        picture: as for `open_picture`.

    Raises:
        PictureError: it can't be read.

    Example:
        >>> import numpy as np
        >>> from digitscope.mnist import load_data
        >>> image = load_data()[1][0][0]
        >>> found = preprocess(255 - np.kron(image, np.ones((10, 10), np.uint8)))
        >>> found.status, found.box
        ('digit', (60, 70, 160, 200))
        >>> bool(np.abs(found.image28.astype(int) - image).mean() < 2)
        True
    """
    original = open_picture(picture)
    reduced, part = _reduced(original)
    found = ink_of(reduced)
    stages = {"picture": original, "ink": found.image}
    if not found.contrast:
        return _blank("nothing is darker or lighter than the rest", stages)
    kept, several = digit_of(found.image)
    if kept is None:
        return _blank("there are specks, but no stroke", stages)
    x, y, width, height = cv2.boundingRect(cv2.threshold(kept, EDGE, 255, cv2.THRESH_BINARY)[1])
    crop = np.ascontiguousarray(kept[y : y + height, x : x + width])
    boxed = in_box(crop)
    image28 = centred(boxed)
    stages |= {"crop": crop, f"{BOX}x{BOX}": boxed, f"{SIDE}x{SIDE}": image28}
    left, top, wide, high = (value * part for value in (x, y, width, height))
    reason = "there are several parts of a digit's size" if several else ""
    status: Status = "several_digits" if several else "digit"
    return Preprocessed(status, reason, image28, (left, top, wide, high), stages)


def _blank(reason: str, stages: dict[str, np.ndarray]) -> Preprocessed:
    return Preprocessed("blank", reason, np.zeros((SIDE, SIDE), np.uint8), None, stages)


def _reduced(picture: np.ndarray) -> tuple[np.ndarray, int]:
    """The picture, at most WORK_SIDE pixels long, averaged over squares; and their side."""
    height, width = picture.shape[:2]
    part = -(-max(height, width) // WORK_SIDE)
    if part == 1:
        return picture, 1
    size = max(1, width // part), max(1, height // part)
    whole = picture[: size[1] * part, : size[0] * part]
    return np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA)), part


def digit_of(ink: np.ndarray) -> tuple[np.ndarray | None, bool]:
    """The ink of one digit, without what lies around; and whether there are several.

    Args:
        ink: uint8 (h, w), of `ink_of`.

    Returns:
        uint8 (h, w), or None where there is no stroke.
    """
    marks = without_lines(cv2.threshold(ink, FAINT - 1, 1, cv2.THRESH_BINARY)[1])
    x, y, width, height = cv2.boundingRect(marks)
    if not width:  # the lines of the paper were all there was
        return None, False
    part, marks = ink[y : y + height, x : x + width], marks[y : y + height, x : x + width]
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        marks,
        connectivity=8,
        ltype=cv2.CV_16U,  # in half the time of CV_32S
    )
    stats[:, :2] += (x, y)
    dark = np.bincount(labels[part >= DARK], minlength=count)
    parts = np.flatnonzero((dark > 0) & (np.arange(count) > 0))
    parts = parts[parts != _frame(labels, stats, (x, y))]
    if not len(parts):
        return None, False
    main, near, several = _together(stats[parts], ink.shape)
    if stats[parts[main], cv2.CC_STAT_AREA] < FEWEST:
        return None, False
    chosen = np.zeros(count, np.uint8)
    chosen[parts[near]] = 1
    mask = np.zeros_like(ink)
    mask[y : y + height, x : x + width] = chosen[labels]
    mask = cv2.dilate(mask, np.ones((3, 3), np.uint8))  # with the greys around it
    return cv2.multiply(ink, mask), several


def _frame(labels: np.ndarray, stats: np.ndarray, corner: tuple[int, int]) -> int:
    """The part that is the border of a cell, around something of a digit's size; 0 for none.

    Args:
        labels: of the parts, from `corner` of the picture on.
        stats: int (n, 5): left, top, width, height, area of the background and the parts.
        corner: x and y.
    """
    largest = 1 + int((stats[1:, 2] * stats[1:, 3]).argmax())
    left, top, wide, high, _ = stats[largest].tolist()
    x, y, width, height = stats[1:, :4].T
    inside = (x > left) & (y > top) & (x + width < left + wide) & (y + height < top + high)
    if not (inside & (height >= CONTENT * high)).any():
        return 0
    left, top = left - corner[0], top - corner[1]
    part = labels[top : top + high, left : left + wide] == largest
    band = max(1, round(BAND * min(wide, high)))
    sides = part[:band].any(0), part[-band:].any(0), part[:, :band].any(1), part[:, -band:].any(1)
    return largest if min(side.mean() for side in sides) >= AROUND else 0


def _together(stats: np.ndarray, shape: tuple[int, int]) -> tuple[int, np.ndarray, bool]:
    """Which part is the main one, which belong to it, and whether there is a second digit.

    Args:
        stats: int (n, 5): left, top, width, height, area of the parts.
        shape: of the picture.
    """
    left, top, wide, high, area = stats.T
    right, bottom, size = left + wide, top + high, np.maximum(wide, high)

    def gaps(part: int) -> np.ndarray:
        across = np.maximum(left - right[part], left[part] - right)
        down = np.maximum(top - bottom[part], top[part] - bottom)
        largest: np.ndarray = np.maximum(across, down)
        return largest

    cut = (left == 0) | (top == 0) | (right == shape[1]) | (bottom == shape[0])
    main = int(area.argmax())
    if cut[main] and not cut.all():
        inside = int(np.where(cut, 0, area).argmax())
        apart = gaps(main)[inside] > APART * size[inside]
        if apart and size[inside] >= INSIDE * max(shape):
            main = inside  # and what is cut by the edge is the table, or a thumb
    gap, share = gaps(main) / size[main], area / area[main]
    if not cut[main]:
        share = np.where(cut & (gap > APART), 0, share)
    second = (high >= SAME_SIZE * high[main]) & (gap > APART) & (share > SECOND)
    near = (gap <= FAR * np.minimum(1, share / WEIGHTY)) & (share >= SPECK)
    near[main] = True
    return main, near, bool(second.any())


def in_box(crop: np.ndarray) -> np.ndarray:
    """A digit, cut to its edges, with a long side of 20 pixels and strokes as MNIST's are.

    Args:
        crop: uint8 (h, w), 0 = background .. 255 = ink.

    Returns:
        uint8 (h, w); the larger of h and w is 20, or 18 or 19 as it came.
    """
    crop = _softened(crop)
    fine = _scaled(crop, FINE * BOX)
    width = stroke_width(fine) / FINE
    if THINNEST <= width <= THICKEST:
        return crop if BOX - 2 <= max(crop.shape) <= BOX else _scaled(fine, BOX)
    reach = FINE * (np.clip(width, THINNEST, THICKEST) - width)  # pixels, both edges together
    size = 2 * round(abs(reach) / 2) + 1
    pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    fine = cv2.copyMakeBorder(fine, size, size, size, size, cv2.BORDER_CONSTANT, value=0)
    if reach > 0:  # a stroke that is finer than a pixel has become grey: it is made full again
        changed = cv2.convertScaleAbs(cv2.dilate(fine, pen), alpha=255 / fine.max())
    else:
        changed = cv2.erode(fine, pen)
        if _num_parts(changed) != _num_parts(fine):  # a thin place has torn
            return _scaled(crop, BOX)
    x, y, wide, high = cv2.boundingRect(changed)
    return _scaled(changed[y : y + high, x : x + wide], BOX)


def _softened(crop: np.ndarray) -> np.ndarray:
    """A scan in black and white with greys at its edges: few pixels are jagged where enlarged."""
    if cv2.countNonZero(cv2.inRange(crop, EDGE + 1, 254 - EDGE)):
        return crop
    padded = cv2.copyMakeBorder(crop, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    return cv2.filter2D(padded, -1, SOFTENED, borderType=cv2.BORDER_CONSTANT)


def _num_parts(image: np.ndarray) -> int:
    return cv2.connectedComponents(cv2.threshold(image, DARK, 1, cv2.THRESH_BINARY)[1])[0]


def stroke_width(image: np.ndarray) -> float:
    """The mean width of strokes, in pixels: twice their area by the length of their edge.

    Args:
        image: uint8 (h, w), 0 = background .. 255 = ink; edges may be soft.
    """
    padded = cv2.copyMakeBorder(image, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0).astype(np.float32)
    a, b = padded[:-1, :-1] - padded[1:, 1:], padded[1:, :-1] - padded[:-1, 1:]
    edge = float(np.sqrt((a * a + b * b) / 2).sum())
    return 2 * float(padded.sum()) / max(edge, 1.0)


def _scaled(image: np.ndarray, side: int) -> np.ndarray:
    """`image` with that long side: averaged where it gets smaller."""
    height, width = image.shape
    part = side / max(height, width)
    size = max(1, round(width * part)), max(1, round(height * part))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if part < 1 else cv2.INTER_LINEAR)


def centred(boxed: np.ndarray) -> np.ndarray:
    """A digit put into 28x28 by its centre of mass, as far as it fits.

    Args:
        boxed: uint8 (h, w), neither above 28.
    """
    moments = cv2.moments(boxed)
    height, width = boxed.shape
    places = []
    for moment, length in ((moments["m01"], height), (moments["m10"], width)):
        place = round(CENTRE - moment / moments["m00"])
        places.append(min(max(place, 0), SIDE - length))
    y, x = places
    image = np.zeros((SIDE, SIDE), np.uint8)
    image[y : y + height, x : x + width] = boxed
    return image
