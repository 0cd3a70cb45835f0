"""What a command prints on: a reader that goes away ends it quietly, and a disk that is full is told in a line.

Python lets SIGPIPE be, so that a broken socket ends nothing; hence a broken pipe comes as an OSError, and a command that
waits for one of files would take it for theirs. Here it is no OSError any more.
"""

import io
import os
import sys
from collections.abc import Buffer
from typing import Final, TextIO, cast

READER_GONE: Final = (
    128 + 13
)  # as a shell tells of a program that SIGPIPE ended; `set -o pipefail` is then as with others
NOT_WRITTEN: Final = 1
_BEFORE: Final[list[tuple[TextIO, TextIO]]] = []


class OutputEnded(BaseException):
    """What is printed goes nowhere: `code` is how to end, `said` what to say about it."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(said)
        self.code = code
        self.said = said


class _Output(io.FileIO):
    def write(self, data: Buffer, /) -> int:
        try:
            return cast("int", super().write(data))
        except BrokenPipeError:
            raise OutputEnded(READER_GONE, "") from None
        except OSError as error:
            raise OutputEnded(NOT_WRITTEN, f"what it prints cannot be written ({error.strerror})") from None


class _Errors(io.FileIO):
    def write(self, data: Buffer, /) -> int:
        """Nobody to be told is no reason to end in another way."""
        try:
            return cast("int", super().write(data))
        except OSError:
            return memoryview(data).nbytes


def guard_output() -> None:
    """Take the place of stdout and stderr for a command that ends soon."""
    for number in range(3):  # one that is closed would be the number of the next file that is opened
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    _BEFORE.append((sys.stdout, sys.stderr))
    sys.stdout = _guarded(sys.stdout, _Output)
    sys.stderr = _guarded(sys.stderr, _Errors)


def leave_output_alone() -> None:
    """Give stdout and stderr back, where they were guarded, for a command that goes on without anybody who reads."""
    if _BEFORE:
        sys.stdout, sys.stderr = _BEFORE.pop()


def let_go_of_output() -> None:
    """What is left in memory goes nowhere, so that nothing is tried again at the very end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _guarded(stream: TextIO | None, kind: type[io.FileIO]) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):  # closed, or somebody else's
        return stream or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 — for as long as the program
    raw = kind(stream.fileno(), "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
