"""Sharing out machine time among the answers of a batch."""

import time


class Shares:
    """Splits the time since the last answers evenly over the new ones; shares add up to it."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def split(self, answers: int) -> float:
        """Seconds of each of the answers that came just now."""
        if not answers:
            return 0.0
        now = time.monotonic()
        seconds, self._last = (now - self._last) / answers, now
        return seconds
