"""Sheets: the pages of many files, each read, whatever is wrong with others."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import typer
from PIL import Image
from rich.console import Console
from rich.progress import track

from digitscope.cli.console import say, saying
from digitscope.errors import PictureError
from digitscope.pictures.picture import FirstPageWarning, num_pages, open_picture
from digitscope.reading.drawing import overlay as drawn
from digitscope.reading.read import Reading, Region, read
from digitscope.reading.reader import Reader, content_of
from digitscope.runs.files import write_result


@dataclass(frozen=True)
class Sheet:
    """A photo, or a page of a file, that was read.

    Attributes:
        file: its name.
        page: counted from 1; None where there is but one.
        reading: what it says; None where it can't be read.
    """

    file: str
    page: int | None
    reading: Reading | None

    @property
    def name(self) -> str:
        """Such as `scans.pdf, page 2`."""
        return f"{self.file}, page {self.page}" if self.page else self.file

    @property
    def regions(self) -> tuple[Region, ...]:
        """Those of its reading; none where it can't be read."""
        return self.reading.regions if self.reading else ()

    def only(self, region: int) -> "Sheet":
        """The same with only the N-th region, counted from 1, or none if there are fewer."""
        if not self.reading:
            return self
        regions = self.reading.regions[region - 1 : region]
        return replace(self, reading=replace(self.reading, regions=regions))


def sheets_of(reader: Reader, files: list[str], overlay: Path | None) -> Iterator[Sheet]:
    """Read one page after the other; what can't be read is said on standard error.

    Args:
        reader: of `load`.
        files: their names; - is standard input.
        overlay: where to draw what was read, if there is but one page.
    """
    for name in _counted(files):
        try:
            source = content_of(name)
            count = num_pages(source)
        except PictureError as error:
            say(f"digitscope: {error}")
            yield Sheet(name, None, None)
            continue
        if overlay and count > 1:
            raise typer.BadParameter(f"--overlay draws one page, and {name} has {count}")
        for page in range(count):
            number = page + 1 if count > 1 else None
            try:
                with saying(FirstPageWarning):
                    photo = open_picture(source, number and page)
                reading = read(reader, photo)
            except PictureError as error:
                say(f"digitscope: {f'page {number}: ' if number else ''}{error}")
                yield Sheet(name, number, None)
                continue
            if overlay:
                save(drawn(photo, reading), overlay)
            yield Sheet(name, number, reading)


def _counted(files: list[str]) -> Iterable[str]:
    """The same; of several, how far one is shows on a terminal."""
    console = Console(stderr=True)
    if len(files) == 1 or not console.is_terminal:
        return files
    return track(files, "reading", console=console, transient=True)


def save(picture: Image.Image, path: Path) -> None:
    """Write a picture as PNG."""
    content = io.BytesIO()
    picture.save(content, "PNG")
    write_result(path, content.getvalue())
