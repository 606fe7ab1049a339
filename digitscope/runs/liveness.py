"""Whether a process is training a run, told without taking what a training needs.

Whoever trains holds the lock `.lock`, which readers never touch, and holds `.running` meanwhile.
Readers look whether `.running` is held; they share it, so none hinders another.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

if os.name == "posix":
    import fcntl

PATIENCE = 1.0  # seconds; a reader takes microseconds
MARK = ".running"


@contextmanager
def seen_running(folder: Path) -> Iterator[None]:
    """Within, `is_running` is true of a folder; its lock must be held."""
    mark = FileLock(folder / MARK)
    with suppress(Timeout, OSError):  # a reader was stopped while it asks: training comes first
        mark.acquire(timeout=PATIENCE)
    try:
        yield
    finally:
        mark.release()


def is_running(folder: Path) -> bool:
    """Whether a process trains in a folder. Asking writes nothing."""
    if os.name != "posix":
        return _is_held(folder / MARK)
    try:
        with open(folder / MARK, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # closing it gives it back
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _is_held(mark: Path) -> bool:
    """On Windows, where locks are not shared."""
    if not mark.exists():
        return False
    lock = FileLock(mark)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except OSError:
        return False
    lock.release()
    return False
