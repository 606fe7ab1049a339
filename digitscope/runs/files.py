"""write_atomically: a file is whole, or it is not there. check_output: no input is overwritten."""

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from digitscope.errors import OutputError, WriteError

TEMPORARY = re.compile(r"\..+\.([0-9]+)\.tmp")  # .NAME.PROCESS.tmp
# Of runs: .new-PROCESS-RANDOM is being made, .deleted-PROCESS-NAME is being deleted.
HALF = re.compile(r"\.new-([0-9]+)-[a-z0-9_]{8}|\.deleted-([0-9]+)-[0-9]{4,}-[a-z0-9_-]+")
PACKAGE = Path(__file__).parent.parent


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Within, an OSError becomes a WriteError about `path`."""
    try:
        yield
    except WriteError:
        raise
    except OSError as error:
        raise WriteError(error.errno, error.strerror or str(error), str(path)) from error


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, if there is none.

    Raises:
        WriteError: it can't be made.
    """
    with writing(path):
        path.mkdir(parents=True, exist_ok=True)


def write_atomically(path: Path, content: bytes | str) -> None:
    """Make `path` hold `content`, whole or not at all, also after a power cut.

    Raises:
        WriteError: nothing was changed, and the temporary file is gone.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    data = content.encode() if isinstance(content, str) else content
    try:
        with writing(path):
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


def check_output(path: Path, inputs: Iterable[str | Path]) -> None:
    """Refuse a place to write to before any work is done.

    Args:
        path: where a person wants a result. An older file there may be overwritten.
        inputs: what the command reads: files, and folders with all that is in them.

    Raises:
        OutputError: it is an input, by whatever name, or a file of the package; or it is a folder,
            or in none.
    """
    if os.path.isdir(path):
        raise OutputError(f"{path} is a folder: name a file in it.")
    if not os.path.isdir(path.parent):
        raise OutputError(f"{path} can't be written: there is no folder {path.parent}; make it.")
    if not os.path.exists(path):
        return
    here = os.stat(path)
    for read in (*inputs, PACKAGE):
        if any(os.path.samestat(here, os.stat(file)) for file in _files(Path(read))):
            raise OutputError(f"{path} is read, so it is not overwritten: name another file.")


def _files(path: Path) -> Iterator[str]:
    """A file, or all files of a folder; nothing where there is neither."""
    if os.path.isfile(path):
        yield str(path)
    for folder, _, names in os.walk(path):
        yield from filter(os.path.isfile, (os.path.join(folder, name) for name in names))


def write_result(path: Path, content: bytes | str) -> None:
    """Write a file where a person wants it: a link stays a link, and a device a device.

    Raises:
        WriteError: it can't be written; why.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        with writing(path), open(path, "wb") as device:
            device.write(content.encode() if isinstance(content, str) else content)
    else:
        write_atomically(Path(os.path.realpath(path)), content)


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


def clear_leftovers(folder: Path) -> None:
    """Delete the temporary files, in a folder and below it, of processes that were killed."""
    for path in folder.rglob(".*.tmp"):
        name = TEMPORARY.fullmatch(path.name)
        if name and not _is_alive(int(name[1])):
            with suppress(OSError):  # a folder of that name, or on Windows a file in use
                path.unlink()


def clear_half_folders(runs_dir: Path) -> None:
    """Delete what killed processes left of runs that they were making or deleting."""
    for path in runs_dir.glob(".*-*"):
        name = HALF.fullmatch(path.name)
        if name and not path.is_symlink() and not _is_alive(int(name[1] or name[2])):
            shutil.rmtree(path, ignore_errors=True)


def _is_alive(process: int) -> bool:
    if os.name != "posix":
        return False  # Windows has no harmless signal, and doesn't delete what is in use
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
