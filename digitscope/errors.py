"""Every error that a user can cause. The message is a sentence: what is wrong, and what to do.

Each class knows with what code the command line ends (2: the command was used wrongly, 1: anything
else) and with what status the server answers. What is none of these is a fault of digitscope.
"""

import errno
from typing import ClassVar


class DigitscopeError(Exception):
    """The parent of all of them.

    Attributes:
        exit_code: of the command line.
        http_status: of the server's answer.
    """

    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 400


# What was given or asked for


class ConfigError(DigitscopeError, ValueError):
    """A setting that can't be: the message says what was received and what is possible."""

    exit_code = 2


class DataError(DigitscopeError, ValueError):
    """A data set that can't be used: the message names the file and what is wrong with it."""


class PictureError(DigitscopeError, ValueError):
    """What was given can't be read as a picture: the message says why."""


class PictureMemoryError(PictureError):
    """There is not enough memory for a picture now; nothing is wrong with it."""

    http_status = 503


class ModelError(DigitscopeError, ValueError):
    """A model file that can't be used here: the message says why and what to do."""


class RunError(DigitscopeError, ValueError):
    """A run that can't be found, read or changed: the message says which and what to do."""

    http_status = 404


class OutputError(DigitscopeError, ValueError):
    """A place where a command is asked to write and must not: the message says why."""


class StudyError(DigitscopeError, ValueError):
    """A study that can't be used: the message says why and what to do."""


# What this machine lacks


class MissingError(DigitscopeError, RuntimeError):
    """Something must be installed first: the message gives the line that does it."""


class WorkersError(DigitscopeError, RuntimeError):
    """The workers can't be had: the message says why and what to do."""


# What can't be begun now, or here


class BusyError(DigitscopeError, RuntimeError):
    """A training is under way, and another one was asked for."""

    http_status = 409


class AddressError(DigitscopeError, RuntimeError):
    """The server can't listen where it is told to: the message says what to choose instead."""


class StartError(DigitscopeError, RuntimeError):
    """A training's process ended before it had begun: the message says why."""

    http_status = 409


# What happened under way


class WriteError(DigitscopeError, OSError):
    """A file or folder that can't be written: the message says why and what to do.

    It has an OSError's errno, strerror and filename.
    """

    http_status = 500

    def __str__(self) -> str:
        advice = _ADVICE.get(self.errno or 0, "")
        return f"{self.filename} can't be written: {self.strerror}{advice and '; ' + advice}."


class DeleteError(DigitscopeError, OSError):
    """A run that can't be deleted, or not all of it: the message says why, and what is left.

    It has an OSError's errno, strerror and filename; filename2 is where the rest is.
    """

    http_status = 500

    def __str__(self) -> str:
        rest = f"; what is left of it is in {self.filename2}" if self.filename2 else ""
        return f"{self.filename} can't be deleted: {self.strerror}{rest}."


_ADVICE = {
    errno.ENOSPC: "make room on the disk and try again",
    errno.EDQUOT: "make room, for you may store no more there, and try again",
    errno.EROFS: "choose a place that can be written",
    errno.EACCES: "choose a place that you may write to",
    errno.EPERM: "choose a place that you may write to",
    errno.ENOENT: "make the folder first, or choose another",
    errno.ENOTDIR: "a part of its path is a file, not a folder; choose another",
    errno.EEXIST: "a file is where a folder must be; choose another place",
    errno.EISDIR: "it is a folder; name a file in it",
    errno.ENAMETOOLONG: "choose a shorter name",
}


def reason_of(error: OSError | ValueError) -> str:
    """Why a file can't be read, in a few words; a ValueError is of a name with a NUL in it."""
    return getattr(error, "strerror", None) or str(error)


class ResultError(DigitscopeError, RuntimeError):
    """Standard output can't take the result: the message says why."""


class TrainingError(DigitscopeError, RuntimeError):
    """Training could not go on: the message says why, what is kept, and what to do."""

    http_status = 500


class Interrupted(KeyboardInterrupt):
    """The user stopped a training: the message says what is kept and how to go on.

    As Ctrl-C is no error, `except Exception` lets it pass.
    """

    exit_code: ClassVar[int] = 130
