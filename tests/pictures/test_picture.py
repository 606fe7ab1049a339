import io
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import GifImagePlugin, Image, TiffImagePlugin

from digitscope.errors import PictureError
from digitscope.pictures.picture import MOST_PIXELS, FirstPageWarning, open_picture


@pytest.fixture
def drawing():
    """A dark square, off the middle, on white: uint8 (20, 30)."""
    pixels = np.full((20, 30), 255, np.uint8)
    pixels[4:10, 6:12] = 40
    return pixels


def encoded(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "CMYK", "LA", "RGBA", "I;16", "F", "1"])
def test_every_mode_shows_the_same(drawing, mode, tmp_path):
    if mode == "I;16":
        image = Image.fromarray(drawing.astype(np.uint16) * 257)
    elif mode == "F":
        image = Image.fromarray((drawing / 255).astype(np.float32))
    else:
        image = Image.fromarray(drawing).convert("RGB").convert(mode)
    content = encoded(image, "TIFF" if mode in ("CMYK", "F") else "PNG")
    seen = open_picture(content)
    assert seen.shape == (20, 30, 3)
    tolerance = {"1": 255, "P": 60}.get(mode, 3)
    assert np.abs(seen.astype(int) - drawing[..., None]).max() <= tolerance
    assert (seen[0] == 255).all()
    assert seen[4:10, 6:12].mean() < 128
    (tmp_path / "a.png").write_bytes(content)
    assert np.array_equal(open_picture(tmp_path / "a.png"), seen)
    assert np.array_equal(open_picture(str(tmp_path / "a.png")), seen)
    assert np.array_equal(open_picture(image), seen)


def test_what_is_transparent_is_white(drawing):
    clear = np.zeros((20, 30, 4), np.uint8)
    clear[4:10, 6:12] = (40, 40, 40, 255)
    assert np.array_equal(open_picture(clear)[..., 0], drawing)
    assert np.array_equal(open_picture(Image.fromarray(clear))[..., 0], drawing)
    palette = Image.new("P", (3, 3), 1)
    palette.putpalette([0, 0, 0, 9, 9, 9])
    palette.info["transparency"] = 1
    assert (open_picture(encoded(palette, transparency=1)) == 255).all()


def test_white_ink_on_nothing_is_on_black(drawing):
    clear = np.full((20, 30, 4), 255, np.uint8)
    clear[..., 3] = 255 - drawing
    for seen in (open_picture(clear), open_picture(Image.fromarray(clear))):
        assert np.array_equal(seen[..., 0], 255 - drawing)


def test_numbers_that_nearly_fit_their_type(drawing):
    assert np.array_equal(open_picture(drawing.astype(np.uint16))[..., 0], drawing)
    rounded = drawing / 255 * 1.004
    assert np.abs(open_picture(rounded)[..., 0].astype(int) - drawing).max() <= 1


@pytest.mark.parametrize("turn", range(1, 9))
def test_exif_says_what_is_up(drawing, turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    upright = Image.fromarray(drawing)
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Pillow's transpositions, there and back
    stored = upright if turn == 1 else upright.transpose(Image.Transpose(undo[turn]))
    assert np.array_equal(open_picture(encoded(stored, exif=exif))[..., 0], drawing)


@pytest.mark.parametrize(
    "array",
    [
        lambda d: d,
        lambda d: d[..., None],
        lambda d: np.stack([d] * 3, -1),
        lambda d: d / 255,
        lambda d: (d / 255).astype(np.float32),
        lambda d: d.astype(float),
        lambda d: d.astype(np.int64),
        lambda d: d.astype(np.uint16) * 257,
    ],
)
def test_arrays_of_many_kinds(drawing, array):
    assert np.array_equal(open_picture(array(drawing)), np.stack([drawing] * 3, -1))


def test_a_bool_array_is_black_and_white():
    assert (
        open_picture(np.eye(3, dtype=bool))[..., 0].tolist()
        == (255 * np.eye(3, dtype=int)).tolist()
    )


def bomb():
    """A PNG of a gigapixel in a hundred bytes."""

    def chunk(kind, content):
        crc = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"0"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"not a picture at all", "is not a picture"),
        (encoded(Image.new("L", (300, 300), 7), "JPEG")[:400], "is damaged"),
        (encoded(Image.new("L", (300, 300), 7))[:60], "is damaged"),
        (bomb(), "pixels"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is not a picture"),
    ],
)
def test_what_is_no_picture_is_said(content, message, tmp_path):
    with pytest.raises(PictureError, match=f"The picture.*{message}"):
        open_picture(content)
    (tmp_path / "one.png").write_bytes(content)
    with pytest.raises(PictureError, match=f"one.png.*{message}"):
        open_picture(tmp_path / "one.png")


def test_a_picture_too_large_is_refused_before_it_is_decoded(monkeypatch):
    side = int(MOST_PIXELS**0.5) + 1
    content = encoded(Image.new("1", (side, side)))
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("decoded"))
    for picture in (content, Image.open(io.BytesIO(content))):
        with pytest.raises(PictureError, match=f"{side}x{side}: at most 50 million pixels"):
            open_picture(picture)


def test_a_damaged_picture_that_is_open_already_is_said():
    content = encoded(Image.new("L", (300, 300), 7), "JPEG")[:400]
    with pytest.raises(PictureError, match="The picture is damaged"):
        open_picture(Image.open(io.BytesIO(content)))


def test_a_folder_and_a_missing_file(tmp_path):
    with pytest.raises(PictureError, match="is a folder"):
        open_picture(tmp_path)
    with pytest.raises(PictureError, match="No such file"):
        open_picture(tmp_path / "nothing.png")


@pytest.mark.parametrize(
    "array",
    [np.zeros(3), np.zeros((0, 3)), np.zeros((4, 4, 2)), np.full((2, 2), np.nan), -np.eye(2)],
)
def test_arrays_that_are_no_pictures(array):
    with pytest.raises(PictureError, match="The array"):
        open_picture(array)
    with pytest.raises(PictureError, match="numbers are needed"):
        open_picture(np.array([["a"]]))


@pytest.mark.parametrize(
    ("kind", "words"),
    [("TIFF", "pages"), ("GIF", "frames"), ("WEBP", "frames"), ("PNG", "frames")],
)
def test_of_several_pages_the_first_is_read_and_it_is_said(drawing, kind, words, tmp_path):
    more = [Image.new("L", (30, 20), grey) for grey in (0, 128)]
    options = {"lossless": True} if kind == "WEBP" else {}
    content = encoded(Image.fromarray(drawing), kind, save_all=True, append_images=more, **options)
    with pytest.warns(
        FirstPageWarning, match=f"The picture has several {words}; the first is read"
    ):
        seen = open_picture(content)
    assert np.array_equal(seen[..., 0], drawing)
    (tmp_path / "many").write_bytes(content)
    with pytest.warns(FirstPageWarning, match=f"many has several {words}"):
        open_picture(tmp_path / "many")


@pytest.mark.parametrize("kind", [GifImagePlugin.GifImageFile, TiffImagePlugin.TiffImageFile])
def test_pages_are_not_counted_for_that_takes_a_walk_through_all(drawing, kind, monkeypatch):
    content = encoded(
        Image.fromarray(drawing), kind.format, save_all=True, append_images=[Image.new("L", (9, 9))]
    )

    def counted(image):
        raise AssertionError("all of them were gone through")

    monkeypatch.setattr(kind, "n_frames", property(counted))
    with pytest.warns(FirstPageWarning, match="several"):
        open_picture(content)


@pytest.mark.parametrize("kind", ["TIFF", "GIF", "WEBP", "PNG", "JPEG", "MPO"])
def test_of_one_page_nothing_is_said(drawing, kind, recwarn):
    pages = {"save_all": True, "append_images": [Image.new("L", (30, 20))]} if kind == "MPO" else {}
    open_picture(encoded(Image.fromarray(drawing), kind, **pages))
    assert not recwarn


def test_pages_that_are_damaged_hide_the_first_no_more_than_before(drawing):
    more = [Image.fromarray(drawing // 2)] * 2
    content = encoded(Image.fromarray(drawing), "GIF", save_all=True, append_images=more)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert np.array_equal(open_picture(content[:-20])[..., 0], drawing)


@pytest.mark.parametrize("thing", [None, 5, {}, io.BytesIO(b"x"), ["a.png"]])
def test_what_is_of_no_kind_of_picture_is_said(thing):
    with pytest.raises(PictureError, match="a path, bytes, a Pillow image or an array"):
        open_picture(thing)


def test_a_picture_without_pixels():
    with pytest.raises(PictureError, match="0x5: there is nothing"):
        open_picture(Image.new("L", (0, 5)))
