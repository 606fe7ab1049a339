"""open_picture: whatever a picture comes as (file, bytes, Pillow image, array) as RGB pixels."""

import io
import warnings
from pathlib import Path

import cv2
import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from digitscope.errors import PictureError, PictureMemoryError, reason_of
from digitscope.pictures.formats import (
    SUFFIXES,
    is_heif,
    is_pdf,
    num_pdf_pages,
    open_heif,
    pdf_page,
)

MOST_PIXELS = 50_000_000
MOST_PAGES = 500
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # how such a file begins
# Those of phones, scanners, browsers and drawing programs; none runs another program to decode.
FORMATS = ("PNG", "JPEG", "MPO", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF")

ROWS = 64  # are worked on at a time
PALE = 244  # of 255: what is nowhere darker on white is white ink
ROUNDED = 1.01  # floats up to here go from 0 to 1

# Kinds of files with several pages or frames. A phone's MPO has a second picture, but of the same.
WITH_PAGES = {"TIFF": "pages", "GIF": "frames", "WEBP": "frames", "PNG": "frames", "AVIF": "frames"}

Picture = str | Path | bytes | Image.Image | np.ndarray


class FirstPageWarning(UserWarning):
    """A file has several pages or frames, of which the first is read."""


def open_picture(source: Picture, page: int | None = None) -> np.ndarray:
    """A picture as a person sees it: turned upright as EXIF says, and opaque.

    What is transparent becomes white; or black, where all of the ink is white.

    Args:
        source: a path; the bytes of a file; a Pillow image; or an array (h, w), (h, w, 1),
            (h, w, 3) RGB or (h, w, 4) RGBA: bool, uint8, uint16, or floats from 0 to 1.
        page: of a PDF or TIFF, counted from 0; None: the first, with a warning if it has others.

    Returns:
        uint8 (h, w, 3), red, green, blue. Of several frames the first.

    Warns:
        FirstPageWarning: a file has several pages or frames, and no page was asked for.

    Raises:
        PictureError: no picture, a damaged one, or one of more than 50 million pixels, which is
            refused before it is decoded; a PictureMemoryError where there is no memory for it.
    """
    if isinstance(source, np.ndarray):
        return _from_array(source)
    if not isinstance(source, str | Path | bytes | Image.Image):
        raise PictureError(
            f"A picture is a path, bytes, a Pillow image or an array; received {type(source)}."
        )
    name = str(source) if isinstance(source, str | Path) else "The picture"
    if source == "":
        raise PictureError("The name of a picture is needed; received an empty one.")
    if isinstance(source, str | Path):
        source = _read(Path(source))
    if not source:
        raise PictureError(f"{name} is empty: 0 bytes.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of unusual metadata
            if isinstance(source, Image.Image):
                return _upright(source, name)
            with _opened(source, name, page or 0) as image:
                pixels, more = _upright(image, name), _more(image, source)
    except PictureError:
        raise
    except Image.DecompressionBombError as error:
        raise PictureError(f"{name} has far too many pixels: make it smaller.") from error
    except UnidentifiedImageError as error:
        raise PictureError(
            f"{name} is not a picture, or of a kind that can't be read; "
            f"possible: {', '.join(_known())}."
        ) from error
    except Exception as error:  # decoders of damaged files raise whatever comes up
        if lacks_memory(error):
            raise PictureMemoryError(
                f"{name} needs more memory than there is now: try again, or make it smaller."
            ) from error
        raise PictureError(f"{name} is damaged: {str(error) or type(error).__name__}.") from error
    if more and page is None:
        warnings.warn(f"{name} has {more}; the first is read.", FirstPageWarning, stacklevel=2)
    return pixels


def resized(picture: np.ndarray, longest: int, shortest: int = 0) -> tuple[np.ndarray, float]:
    """A picture whose long side is within limits, and by what it was scaled.

    Args:
        picture: uint8 (h, w, 3).
        longest: pixels; a larger one is made so small.
        shortest: pixels; a smaller one is doubled.
    """
    long_side = max(picture.shape[:2])
    part = longest / long_side if long_side > longest else 2.0 if long_side < shortest else 1.0
    if part == 1:
        return picture, part
    width, height = (max(1, round(side * part)) for side in picture.shape[1::-1])
    method = cv2.INTER_AREA if part < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (width, height), interpolation=method)), part


def num_pages(source: str | Path | bytes) -> int:
    """How many pages a file has: a PDF or TIFF may have several, any other picture has one.

    Raises:
        PictureError: it can't be read; or it has more than 500.
    """
    name = str(source) if isinstance(source, str | Path) else "The picture"
    content = source if isinstance(source, bytes) else _read(Path(source))
    if is_pdf(content):
        count = num_pdf_pages(content, name)
    elif content[:4] in TIFF:
        count = _num_tiff_pages(content)
    else:
        count = 1
    if count > MOST_PAGES:
        raise PictureError(f"{name} has more than {MOST_PAGES} pages: split it.")
    return count


def _num_tiff_pages(content: bytes) -> int:
    """So many as come one after the other, and at most one more than is allowed."""
    count = 0
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(content), formats=["TIFF"]) as image:
            warnings.simplefilter("ignore")  # of unusual metadata
            while count <= MOST_PAGES:
                image.seek(count)
                count += 1
    except Exception:  # the end, or damage behind which there is nothing to be had
        return max(count, 1)
    return count


def _opened(content: bytes, name: str, page: int) -> Image.Image:
    """A file's page as an image of Pillow's, not decoded if that can be helped."""
    if is_pdf(content):
        return pdf_page(content, name, page)
    if is_heif(content):
        return open_heif(content, name)
    image = Image.open(io.BytesIO(content), formats=_known())
    if page and image.format == "TIFF":
        image.seek(page)
    return image


def _more(image: Image.Image, content: bytes) -> str:
    """That a file has several pages or frames, in words; empty for one.

    How many is not said: to count those of a GIF or TIFF, Pillow goes through all of them.
    """
    if is_pdf(content):
        return "several pages" if num_pdf_pages(content, "") > 1 else ""
    kind = WITH_PAGES.get(image.format or "")
    try:
        return f"several {kind}" if kind and getattr(image, "is_animated", False) else ""
    except Exception:  # damaged behind the first, which is read already
        return ""


def lacks_memory(error: Exception) -> bool:
    """Whether that is what Python, OpenCV or a decoder of Pillow say where memory has run out."""
    words = ("out of memory", "Insufficient memory", "bad_alloc")
    return isinstance(error, MemoryError) or any(word in str(error) for word in words)


def _known() -> list[str]:
    Image.preinit()
    Image.init()
    return [name for name in FORMATS if name in Image.OPEN]


def picture_suffixes() -> set[str]:
    """The endings of the names of picture files, such as .png."""
    known = _known()
    own = {ending for ending, name in Image.registered_extensions().items() if name in known}
    return own | SUFFIXES


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except IsADirectoryError as error:
        raise PictureError(f"{path} is a folder, not a picture.") from error
    except (OSError, ValueError) as error:
        raise PictureError(f"{path} can't be read: {reason_of(error)}.") from error


def _upright(image: Image.Image, name: str) -> np.ndarray:
    if image.width * image.height > MOST_PIXELS:  # known before it is decoded
        raise PictureError(
            f"{name} is {image.width}x{image.height}: at most "
            f"{MOST_PIXELS // 10**6} million pixels can be read. Make it smaller."
        )
    if not image.width * image.height:
        raise PictureError(f"{name} is {image.width}x{image.height}: there is nothing to see.")
    image.load()  # some formats have their metadata after the pixels
    if image.getexif().get(ExifTags.Base.Orientation, 1) != 1:  # else it would make a copy
        image = ImageOps.exif_transpose(image)
    if image.mode in ("I", "I;16", "I;16L", "I;16B", "I;16N", "F"):  # more than eight bits
        return _from_array(np.asarray(image))
    if "A" in image.getbands() or "transparency" in image.info or image.mode in ("La", "RGBa"):
        return _opaque(_pixels(image, "RGBA"))
    return _pixels(image, "RGB")


def _pixels(image: Image.Image, mode: str) -> np.ndarray:
    """Its pixels in that mode, some rows at a time: all at once takes two copies more."""
    width, height = image.size
    pixels = np.empty((height, width, len(mode)), np.uint8)
    for top in range(0, height, ROWS):
        bottom = min(top + ROWS, height)
        pixels[top:bottom] = np.asarray(image.crop((0, top, width, bottom)).convert(mode))
    return pixels


def _from_array(array: np.ndarray) -> np.ndarray:
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or not array.size:
        raise PictureError(
            f"The array is {array.shape}; (h, w), (h, w, 1), (h, w, 3) or (h, w, 4) is needed."
        )
    if array.shape[0] * array.shape[1] > MOST_PIXELS:
        raise PictureError(f"The array is {array.shape}: more than {MOST_PIXELS} pixels.")
    array = _as_uint8(array)
    if array.shape[2] == 4:
        return _opaque(array)
    array = np.ascontiguousarray(array)
    return cv2.cvtColor(array, cv2.COLOR_GRAY2RGB) if array.shape[2] == 1 else array


def _opaque(array: np.ndarray) -> np.ndarray:
    """Red, green, blue and alpha on white; or on black, where nothing is to be seen on white."""
    alpha = array[..., 3]
    on_white = _on(array, 255)
    if on_white.min() >= PALE and alpha.any() and alpha.min() < 255:
        return _on(array, 0)
    return on_white


def _on(array: np.ndarray, ground: int) -> np.ndarray:
    """Red, green, blue and alpha on a ground of that grey, some rows at a time to save memory."""
    opaque = np.empty((*array.shape[:2], 3), np.uint8)
    for top in range(0, len(array), ROWS):
        rows = array[top : top + ROWS]
        alpha = rows[..., 3:].astype(np.uint16)
        ink = rows[..., :3] * alpha + 127
        opaque[top : top + ROWS] = (ink + ground * (255 - alpha)) // 255
    return opaque


def _as_uint8(array: np.ndarray) -> np.ndarray:
    """Numbers as 0..255: bool, 16 bits, floats from 0 to 1, or what lies in 0..255 already.

    Floats a little above 1 are rounding, and sixteen bits of which only eight are used are eight.
    """
    if array.dtype == np.uint8:
        return array
    if array.dtype == bool:
        return array.astype(np.uint8) * 255
    if array.dtype.kind not in "iuf":
        raise PictureError(f"The array holds {array.dtype}: numbers are needed.")
    low, high = float(array.min()), float(array.max())
    if not (np.isfinite(low) and np.isfinite(high) and low >= 0):
        raise PictureError(f"The array holds {low:g} to {high:g}: 0 to 255, or 0 to 1, is needed.")
    is_part = array.dtype.kind == "f" and high <= ROUNDED
    top = 1.0 if is_part else 255.0 if high <= 255 else 65535.0
    return np.minimum(array * (255 / top) + 0.5, 255).astype(np.uint8)
