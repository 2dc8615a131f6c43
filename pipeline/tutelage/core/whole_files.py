"""Files that are written whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(file: Path) -> Iterator[Path]:
    """A path beside `file` to write to; what is there at the end becomes `file`, in one step."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    yield temporary
    temporary.replace(file)
