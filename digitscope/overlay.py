"""overlay: a photo with what was read in it."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from digitscope.page import LONGEST, reduced_to
from digitscope.read import Reading

SURE, UNSURE = "#12823b", "#d97706"  # green and amber, which the colour-blind tell apart too
LINE = 0.05  # of a digit's height: the width of a box's line
LETTER = 0.55  # of that height: the reading beside it


def overlay(photo: np.ndarray, reading: Reading) -> Image.Image:
    """Every digit in a box, green where it is sure, amber where it is not, the reading above it.

    Args:
        photo: uint8 (h, w, 3), as `open_picture` gives it.
        reading: of `read`, of this photo.
    """
    small, part = reduced_to(photo, LONGEST)
    sheet = Image.fromarray(small)
    boxes = [np.array(digit.box) * part for digit in reading.digits]
    if not boxes:
        return sheet
    height = float(np.median([box[3] for box in boxes]))
    font = ImageFont.load_default(max(9, round(LETTER * height)))
    draw = ImageDraw.Draw(sheet)
    width = max(1, round(LINE * height))
    for digit, box in zip(reading.digits, boxes, strict=True):
        colour = SURE if digit.status == "digit" else UNSURE
        left, top, wide, high = box.tolist()
        frame = (left - width, top - width, left + wide + width, top + high + width)
        draw.rectangle(frame, None, colour, width)
        draw.text((left + wide / 2, top - 2 * width), digit.text, colour, font, anchor="mb")
    return sheet
