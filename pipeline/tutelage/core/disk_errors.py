"""What is said where a file cannot be written: one line with the file, the cause and the cure."""

import errno
import math
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tutelage.core.errors import DiskError
from tutelage.core.free_memory import free_disk

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)
_LITTLE_BYTES = 1_000_000
"""With less free a database says no more than that reading or writing failed."""
_AGAIN = "run the same command again, which goes on from what is finished"


@contextmanager
def writing(file: Path) -> Iterator[None]:
    """Raise DiskError naming `file` where it, or what stands beside it, cannot be written."""
    try:
        yield
    except (DiskError, TimeoutError):  # a lock that another holds is no fault of the disk
        raise
    except (OSError, sqlite3.Error) as exc:
        raise DiskError(
            f"{file}: cannot be written: {_reason(exc)}; {_cure(exc, _free(file))}"
        ) from exc


def disk_error(exc: BaseException) -> DiskError | None:
    """The same for an error that came from elsewhere; None where no disk is to blame."""
    if isinstance(exc, DiskError):
        return exc
    if isinstance(exc, sqlite3.Error) or _number(exc) in (*_FULL, *_REFUSED, errno.EIO):
        named = getattr(exc, "filename", None)
        where = f"{named}: cannot be written" if named else "a file cannot be written"
        return DiskError(f"{where}: {_reason(exc)}; {_cure(exc, math.inf)}")
    return None


def _free(file: Path) -> float:
    try:
        return free_disk(file)
    except OSError:
        return math.inf


def _number(exc: BaseException) -> int | None:
    return exc.errno if isinstance(exc, OSError) else None


def _reason(exc: BaseException) -> str:
    said = (exc.strerror if isinstance(exc, OSError) else None) or str(exc) or type(exc).__name__
    return said.splitlines()[0]


def _cure(exc: BaseException, free: float) -> str:
    said = str(exc).lower()
    if _number(exc) in _FULL or "full" in said or free < _LITTLE_BYTES:
        return f"make room on that disk, then {_AGAIN}"
    if _number(exc) in _REFUSED or "readonly" in said or "unable to open" in said:
        return f"give the right to write there, or name another folder with --out, then {_AGAIN}"
    return f"see to that disk, then {_AGAIN}"
