"""What was read, as a picture: `film` shows the way to 28x28, `overlay` boxes in a photo."""

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from digitscope.pictures.picture import resized
from digitscope.pictures.preprocess import Preprocessed
from digitscope.reading.read import Reading
from digitscope.reading.reader import Prediction, shown

TILE, GAP, LINE = 196, 12, 24  # pixels: a stage, between stages, a line of text
PAPER, TEXT, QUIET = "white", "#222222", "#777777"
STAGES = 5  # of a digit: picture, ink, crop, 20x20, 28x28
FONT_SIZE = 15
LONGEST = 2400  # pixels: an overlay of a larger photo is smaller
LARGE = TILE // 28  # whole times that an image of 28x28 is enlarged
SURE, UNSURE = "#12823b", "#d97706"  # green and amber, which the colour-blind tell apart too
CELL = "#3b82f6"  # blue: the cells of a table
FRAME = 0.05  # of a digit's height: the width of a box's line
LETTER = 0.55  # of that height: the reading beside it


def line_of(name: str, seen: Preprocessed, said: Prediction) -> Image.Image:
    """A picture's line of a film: its name, its stages, small, and what was read.

    Args:
        name: of the picture.
        seen: what `preprocess` made of it.
        said: what was read.
    """
    line = Image.new("RGB", (STAGES * (TILE + GAP) + GAP, 2 * LINE + TILE + GAP), PAPER)
    draw, font = ImageDraw.Draw(line), ImageFont.load_default(FONT_SIZE)
    draw.text((GAP, 0), f"{name}: {_words(said)}", TEXT, font)
    for place, (stage, image) in enumerate(seen.stages.items()):
        left = GAP + place * (TILE + GAP)
        draw.text((left, LINE), stage, QUIET, font)
        line.paste(_tile(image), (left, 2 * LINE))
    return line


def film(lines: Sequence[Image.Image]) -> Image.Image:
    """Lines of pictures, of `line_of`, one below the other."""
    height = sum(line.height for line in lines)
    sheet = Image.new("RGB", (lines[0].width, height + GAP), PAPER)
    for number, line in enumerate(lines):
        sheet.paste(line, (0, GAP + number * line.height))
    return sheet


def _words(said: Prediction) -> str:
    if said.status == "digit":
        return f"{said.digit} ({shown(said.confidence)})"
    return f"{said.status.replace('_', ' ')}: {said.reason}"


def _tile(image: np.ndarray) -> Image.Image:
    """A stage, as large as there is room: pixels as squares where it is small."""
    height, width = image.shape[:2]
    if max(height, width) <= 28:
        large = image.repeat(LARGE, 0).repeat(LARGE, 1)
        more = [(0, TILE - side) for side in large.shape[:2]] + [(0, 0)] * (image.ndim - 2)
        return Image.fromarray(np.pad(large, more))
    part = TILE / max(height, width)
    size = max(1, round(width * part)), max(1, round(height * part))
    return Image.fromarray(np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA)))


def overlay(photo: np.ndarray, reading: Reading) -> Image.Image:
    """Every digit in a box, green where it is sure, amber where it is not, the reading above it.

    Signs are green as digits are, and the cells of tables blue.

    Args:
        photo: uint8 (h, w, 3), as `open_picture` gives it.
        reading: of `read`, of this photo.
    """
    small, part = resized(photo, LONGEST)
    sheet = Image.fromarray(small)
    boxes = [np.array(digit.box) * part for digit in reading.digits]
    if not boxes:
        return sheet
    height = float(np.median([box[3] for box in boxes]))
    font = ImageFont.load_default(max(9, round(LETTER * height)))
    draw = ImageDraw.Draw(sheet)
    width = max(1, round(FRAME * height))
    for region in reading.regions:
        for cell in [] if region.cells is None else region.cells.reshape(-1, 4, 2):
            draw.polygon([tuple(corner) for corner in (cell * part).tolist()], None, CELL)
    for digit, box in zip(reading.digits, boxes, strict=True):
        colour = SURE if digit.status == "digit" or digit.sign else UNSURE
        left, top, wide, high = box.tolist()
        frame = (left - width, top - width, left + wide + width, top + high + width)
        draw.rectangle(frame, None, colour, width)
        draw.text((left + wide / 2, top - 2 * width), digit.text, colour, font, anchor="mb")
    return sheet
