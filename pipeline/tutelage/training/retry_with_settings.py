"""A job that failed but may succeed with other execution settings, which change no result."""

from typing import Any

from tutelage.core.errors import StageError


class RetryWithSettings(StageError):
    """Another try with these job settings may succeed; with none, no try will."""

    def __init__(self, message: str, settings: dict[str, Any]) -> None:
        super().__init__(message)
        self.settings = settings
