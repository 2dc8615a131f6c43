"""JSON files that a reader never sees half written."""

import json
import os
from pathlib import Path
from typing import Any

from tutelage.core.disk_errors import writing
from tutelage.core.whole_files import written_whole


def write_json(file: Path, data: Any) -> None:
    """Write JSON so that a reader sees the old file or the new one; raises DiskError."""
    with (
        writing(file),
        written_whole(file) as temporary,
        temporary.open("w", encoding="utf-8") as stream,
    ):
        json.dump(data, stream, indent=1, sort_keys=True, ensure_ascii=False, default=str)
        stream.write("\n")
        stream.flush()
        os.fsync(stream.fileno())
