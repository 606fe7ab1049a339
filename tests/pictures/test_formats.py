"""Files of several pages, and of kinds that need an extra; made by Pillow and by pillow-heif."""

import io
import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw

from digitscope.errors import PictureError
from digitscope.pictures import picture
from digitscope.pictures.picture import FirstPageWarning, num_pages, open_picture


def page(number, size=(300, 400)):
    """A white page with as many bars as its number says."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for bar in range(number):
        draw.rectangle((40, 30 + 60 * bar, 260, 60 + 60 * bar), "black")
    return image


def bars(pixels):
    """How many there are."""
    middle = pixels[:, pixels.shape[1] // 2].mean(1) < 128
    return int((np.diff(middle.astype(int)) == 1).sum())


def file_of(pages, kind):
    buffer = io.BytesIO()
    pages[0].save(buffer, kind, save_all=True, append_images=pages[1:])
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
def test_every_page_of_a_file_can_be_opened(kind, tmp_path):
    content = file_of([page(n) for n in (1, 2, 3)], kind)
    path = tmp_path / f"pages.{kind.lower()}"
    path.write_bytes(content)
    for source in (content, path, str(path)):
        assert num_pages(source) == 3
        assert [bars(open_picture(source, n)) for n in range(3)] == [1, 2, 3]
    with pytest.warns(FirstPageWarning, match="several pages; the first is read"):
        assert bars(open_picture(content)) == 1


@pytest.mark.parametrize("kind", ["PDF", "TIFF", "PNG"])
@pytest.mark.filterwarnings("error")
def test_a_file_of_one_page_has_one(kind):
    content = file_of([page(4)], kind)
    assert num_pages(content) == 1
    assert bars(open_picture(content)) == 4


def test_a_page_of_a_pdf_has_two_hundred_dots_an_inch_unless_it_is_huge():
    buffer = io.BytesIO()
    page(2, (720, 1440)).save(buffer, "PDF", resolution=72)  # 10 by 20 inches
    assert open_picture(buffer.getvalue()).shape == (2 * 2000, 2000, 3)
    buffer = io.BytesIO()
    page(2, (7200, 3600)).save(buffer, "PDF", resolution=72)
    height, width, _ = open_picture(buffer.getvalue()).shape
    assert width == pytest.approx(2 * height, rel=0.01)
    assert height * width < 12.1e6


def test_a_photo_of_a_phone_in_heic():
    pillow_heif = pytest.importorskip("pillow_heif")
    buffer = io.BytesIO()
    pillow_heif.from_pillow(page(3)).save(buffer, quality=90)
    assert num_pages(buffer.getvalue()) == 1
    assert bars(open_picture(buffer.getvalue())) == 3


@pytest.mark.parametrize(("kind", "module"), [("PDF", "pypdfium2"), ("HEIC", "pillow_heif")])
def test_a_kind_that_needs_the_extra_says_which(kind, module, monkeypatch):
    head = b"%PDF-1.7" if kind == "PDF" else b"\0\0\0\x18ftypheic"
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(PictureError, match=r'an extra reads: pip install "digitscope\[pages\]"'):
        open_picture(head + bytes(100))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7 and nothing else", "is a PDF that can't be opened"),
        (b"\0\0\0\x18ftypheic" + bytes(200), "damaged|not a picture"),
        (b"II*\0" + bytes(20), "damaged|not a picture"),
    ],
)
def test_a_damaged_file_is_named(content, words, tmp_path):
    path = tmp_path / "broken"
    path.write_bytes(content)
    with pytest.raises(PictureError, match=f"broken.*({words})"):
        open_picture(path, 0)


@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
def test_a_page_that_is_not_there_is_a_sentence(kind):
    content = file_of([page(1), page(2)], kind)
    with pytest.raises(PictureError):
        open_picture(content, 2)


def test_a_damaged_page_leaves_the_others():
    content = bytearray(file_of([page(n) for n in (1, 2, 3)], "TIFF"))
    with Image.open(io.BytesIO(content)) as image:
        image.seek(1)
        (start, *_) = image.tag_v2[273]  # where its strips lie
        size = sum(image.tag_v2[279])
    content[start : start + size] = bytes(size)
    whole = bytes(content)
    assert num_pages(whole) == 3
    assert [bars(open_picture(whole, n)) for n in (0, 2)] == [1, 3]


@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
def test_a_file_of_too_many_pages_is_refused(kind, monkeypatch):
    monkeypatch.setattr(picture, "MOST_PAGES", 4)
    assert num_pages(file_of([page(0, (9, 9))] * 4, kind)) == 4
    with pytest.raises(PictureError, match="more than 4 pages"):
        num_pages(file_of([page(0, (9, 9))] * 5, kind))
