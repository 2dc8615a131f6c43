"""What reports found in the rows of a run, kept beside it: the same stages are not read again."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from tutelage.core.digests import digest
from tutelage.core.disk_errors import disk_error
from tutelage.core.json_files import write_json

_FILE = ".looked.json"
_VERSION = 1
"""Raise it where reports find something else in the same rows."""
T = TypeVar("T")


@dataclass(slots=True)
class RowMemory:
    """Findings by name, of stages with these contents; without a file they are kept in memory."""

    file: Path | None = None
    content: str = ""
    found: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, run: Path, manifests: Mapping[str, Mapping[str, Any]]) -> "RowMemory":
        """What is remembered of a run's stages; nothing where they are not the same any more."""
        stages = [
            (name, made.get("digest"), made.get("key"), made.get("inputs"), made.get("ledger"))
            for name, made in manifests.items()
        ]
        content = digest(_VERSION, stages)
        try:
            known = json.loads((run / _FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            known = {}
        same = isinstance(known, dict) and known.get("of") == content
        return cls(run / _FILE, content, dict(known["found"]) if same else {})

    def get(self, name: str, find: Callable[[], T]) -> T:
        """What is remembered under a name, else what `find` finds, which is written down."""
        if name not in self.found:
            self.found[name] = json.loads(json.dumps(find(), default=str))
            self._write()
        found: T = self.found[name]
        return found

    def _write(self) -> None:
        if self.file is None:
            return
        try:
            write_json(self.file, {"of": self.content, "found": self.found})
        except Exception as exc:
            if not disk_error(exc):  # a folder that may only be read is looked at all the same
                raise
