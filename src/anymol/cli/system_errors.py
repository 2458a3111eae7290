"""What the system refuses (room, rights, memory, open files), said as the user's matter and with what to do."""

from __future__ import annotations

import errno
import io
import os
import re
import select
import sys
from collections.abc import Iterator
from typing import Final, TextIO

from anymol.errors import UserError


class SystemRefusedError(UserError):
    """The system refused to write, read or give what was asked of it."""

    kind = "system"


_CAUSES: Final = {
    errno.ENOSPC: ("the disk is full", "free some room, or write elsewhere; what can be resumed goes on with --resume"),
    errno.EDQUOT: ("the quota of the disk is used up", "free some room, or write elsewhere"),
    errno.EFBIG: ("the file would be larger than allowed", "raise the limit (ulimit -f), or write elsewhere"),
    errno.EROFS: ("the file system is read-only", "write elsewhere"),
    errno.EACCES: ("permission denied", "check the rights of the file and its folder, or give another"),
    errno.EPERM: ("the system does not permit it", "check the rights of the file and its folder, or give another"),
    errno.ENOENT: ("a file or folder is gone, or was never there", "check the path"),
    errno.ENOTDIR: ("a part of the path is a file, not a folder", "check the path"),
    errno.EISDIR: ("this is a folder", "give a file"),
    errno.ENOTEMPTY: ("the folder is not empty", "give another folder"),
    errno.EEXIST: ("there is something of this name already", "give another name"),
    errno.ENAMETOOLONG: ("the name is too long", "give a shorter path"),
    errno.ELOOP: ("the path leads round in a circle of links", "check the path"),
    errno.EXDEV: ("the place lies on two file systems", "give another folder"),
    errno.EIO: ("the disk, or what stands for it, has failed", "write elsewhere, and check the disk"),
    errno.ESTALE: ("a folder of the network is gone", "mount it again, or write elsewhere"),
    errno.EMFILE: ("too many files are open", "raise the limit (ulimit -n), or use fewer --workers"),
    errno.ENFILE: ("too many files are open on this machine", "end other programs, or use fewer --workers"),
    errno.ENOMEM: ("there is not enough memory", "end other programs, or give less at once (--chunk, --workers)"),
    errno.EAGAIN: ("no more processes or threads are allowed", "raise the limit (ulimit -u), or use fewer --workers"),
    errno.EBADF: ("the stream is closed", "leave standard output open"),
    errno.ETXTBSY: ("the file is being run", "write elsewhere"),
}
"""Number of a refusal -> what it means, and what to do."""

_OS_ERROR: Final = re.compile(r"\(os error (\d+)\)|\[errno (\d+)\]", re.IGNORECASE)
"""How libraries written in Rust and C++ report a refusal that is not an `OSError` of Python."""

_OUT_OF_MEMORY: Final = re.compile(
    r"can't allocate memory|out of memory|std::bad_alloc|cannot allocate memory|failed to map", re.I
)
_NO_THREAD: Final = re.compile(r"can't start new thread|Resource temporarily unavailable", re.IGNORECASE)


def explain(error: BaseException) -> SystemRefusedError | None:
    """Return an error of the system in the user's words; None where the fault is ours."""
    for one in _list_causes(error):
        number = _find_number(one)
        if number is None:
            continue
        fallback = (one.strerror or str(one)) if isinstance(one, OSError) else str(one)
        message, hint = _CAUSES.get(number, (fallback, "check the path, the disk and the limits of this process"))
        path = one.filename2 or one.filename if isinstance(one, OSError) else None
        value = None if path is None else os.fsdecode(path) if isinstance(path, str | bytes) else str(path)
        return SystemRefusedError(message, value=value, hint=hint)
    return None


def _list_causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that led to it, the outermost first."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__


def _find_number(error: BaseException) -> int | None:
    match error:
        case MemoryError():
            return errno.ENOMEM
        case OSError(errno=int(number)):
            return number
        case OSError():
            # numpy counts what was written and names no reason; a disk that is full is by far the likeliest.
            return errno.ENOSPC if "requested and" in str(error) and "written" in str(error) else errno.EIO
        case _:
            said = str(error)
            if found := _OS_ERROR.search(said):
                return int(found[1] or found[2])
            if _OUT_OF_MEMORY.search(said):
                return errno.ENOMEM
            return errno.EAGAIN if _NO_THREAD.search(said) else None


# ------------------------------------------------------------------------------------------------------------- streams


class _ClosedStream(io.TextIOBase):
    """A standard output that was closed before we began: whoever writes to it is told."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        raise OSError(errno.EBADF, "standard output is closed")

    def writable(self) -> bool:
        return True


def replace_closed_streams() -> None:
    """Give streams that were closed before we began (``>&-``) something in their place.

    Else the next file that is opened takes the stream's number, and whatever a library prints is written into it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is given out: it is this one.
            os.open(os.devnull, os.O_RDWR)
    if sys.stdout is None:
        sys.stdout = _ClosedStream()
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - stays open to the end


def is_unread(stream: TextIO) -> bool:
    """Whether a stream is a pipe whose reader is gone."""
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return False
    if not hasattr(select, "poll"):
        return True  # not to be told there
    poll = select.poll()
    poll.register(number, select.POLLOUT)
    return any(event & select.POLLERR for _, event in poll.poll(0))


def abandon(stream: TextIO) -> None:
    """Let nothing more be written to a stream that refused: Python would complain when it closes it at the end."""
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
