"""write_atomically: a file is whole, or it is not there."""

import os
from contextlib import suppress
from pathlib import Path


def write_atomically(path: Path, content: bytes | str) -> None:
    """Make `path` hold `content`, whole or not at all, also after a power cut.

    Raises:
        OSError: nothing was changed, and the temporary file is gone.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    data = content.encode() if isinstance(content, str) else content
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_folder(path.parent)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def write_result(path: Path, content: bytes | str) -> None:
    """Write a file where a person wants it.

    Raises:
        RuntimeError: it can't be written; why.
    """
    try:
        write_atomically(path, content)
    except OSError as error:
        raise RuntimeError(f"{path} can't be written: {error.strerror}.") from error


def sync_folder(folder: Path) -> None:
    """Force a folder's entries to the disk; Windows can't, and doesn't need it."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Force a folder, with all that is in it, to the disk."""
    for path in folder.rglob("*"):
        if path.is_file():
            with open(path, "rb+") as file:
                os.fsync(file.fileno())
        else:
            sync_folder(path)
    sync_folder(folder)
