"""Files that need the extra `pages`: the pages of a PDF, and the HEIC photos of phones."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from PIL import Image

from digitscope.errors import PictureError

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

PDF, HEAD = b"%PDF-", 1024  # what stands within so many bytes of the beginning of a PDF
HEIF = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")  # bytes 8 to 12
SUFFIXES = {".pdf", ".heic", ".heif"}
DOTS, MOST = 200, 12_000_000  # an inch, and pixels of a page: fewer dots where it is larger
POINTS = 72  # of an inch: what a PDF counts in

_alone = Lock()  # PDFium must not be called by two threads at a time


def is_pdf(content: bytes) -> bool:
    """Whether a file says that it is a PDF."""
    return PDF in content[:HEAD]


def is_heif(content: bytes) -> bool:
    """Whether a file says that it is a HEIC photo, or one of its kin."""
    return content[4:8] == b"ftyp" and content[8:12] in HEIF


def num_pdf_pages(content: bytes, name: str) -> int:
    """How many pages a PDF has.

    Raises:
        PictureError: it can't be opened.
    """
    with _pdf(content, name) as document:
        return len(document)


def pdf_page(content: bytes, name: str, page: int) -> Image.Image:
    """A page of a PDF, as it is printed.

    Args:
        content: of the file.
        name: of the file, for errors.
        page: counted from 0.

    Raises:
        PictureError: it can't be opened, or has no such page.
    """
    with _pdf(content, name) as document:
        if page >= len(document):
            raise PictureError(f"{name} has {len(document)} pages: there is no page {page + 1}.")
        width, height = document[page].get_size()
        scale = min(DOTS / POINTS, (MOST / max(width * height, 1)) ** 0.5)
        image: Image.Image = document[page].render(scale).to_pil()
        return image.copy()  # the bitmap's memory goes with the document


@contextmanager
def _pdf(content: bytes, name: str) -> Iterator["PdfDocument"]:
    try:
        from pypdfium2 import PdfDocument, PdfiumError
    except ImportError as error:
        raise _lacking(f"{name} is a PDF") from error
    with _alone:
        try:
            document = PdfDocument(content)
        except PdfiumError as error:
            raise PictureError(f"{name} is a PDF that can't be opened: {error}") from error
        try:
            yield document
        except PdfiumError as error:
            raise PictureError(f"{name} is a damaged PDF: {error}") from error
        finally:
            document.close()


def open_heif(content: bytes, name: str) -> Image.Image:
    """A HEIC photo, not yet decoded.

    Raises:
        PictureError: the extra is not installed.
    """
    try:
        import pillow_heif
    except ImportError as error:
        raise _lacking(f"{name} is a HEIC photo") from error
    pillow_heif.register_heif_opener()
    return Image.open(io.BytesIO(content), formats=["HEIF"])


def _lacking(what: str) -> PictureError:
    from digitscope.environment import install_line  # it takes 20 ms, which no picture needs

    return PictureError(f"{what}, which an extra reads: {install_line('pages')}")
