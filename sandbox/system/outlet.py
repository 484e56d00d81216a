"""Standard output and error that may fill up or go away: what a command does must not depend on who still listens."""

import errno
import io
import os
import sys

from sandbox.system.errors import InputError


class Outlet(io.RawIOBase):
    """A file descriptor that is written to until it takes no more, and silently from then on."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.problem: OSError | None = None

    def write(self, data: object) -> int | None:
        assert isinstance(data, bytes | bytearray | memoryview)
        if self.problem is None:
            try:
                return os.write(self.descriptor, data)
            except BlockingIOError:
                return None
            except OSError as problem:
                self.problem = problem
        return len(data)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.descriptor

    def isatty(self) -> bool:
        return os.isatty(self.descriptor)


def put_before_streams() -> None:
    """From now on print() never fails; a stream that a test or a notebook has put in place of Python's own is left alone."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not getattr(sys, f"__{name}__") or not isinstance(stream, io.TextIOWrapper):
            continue
        stream.flush()
        patient = io.TextIOWrapper(
            io.BufferedWriter(Outlet(stream.fileno())),
            stream.encoding,
            stream.errors,
            line_buffering=stream.line_buffering or name == "stderr",
        )
        setattr(sys, name, patient)


def complain() -> None:
    """Raises InputError if standard output took less than was printed, unless its reader chose to go: `| head -1`."""
    outlet = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    if not isinstance(outlet, Outlet):
        return
    sys.stdout.flush()
    if outlet.problem is not None and outlet.problem.errno != errno.EPIPE:
        raise InputError(
            f"standard output: expected one that takes everything, got {outlet.problem.strerror}; all was done and is "
            "recorded, only the words are lost"
        )
