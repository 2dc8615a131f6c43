"""How many requests may be under way at once: additive increase, multiplicative decrease.

The share of refusals in the last window decides, as in DCTCP (RFC 8257, section 3.3): a server that
fails one request in twenty at random keeps its full window, one that refuses all has it halved
again and again, and one that refuses many at any window still gets on.
"""

_TOLERATED = 0.1
"""A share of refusals that is noise, not a sign of overload."""


class Window:
    """The number of requests under way that a server has shown to bear, between 1 and `ceiling`."""

    def __init__(self, ceiling: int) -> None:
        self._ceiling = ceiling
        self._size = float(ceiling)
        self._seen = 0
        self._refused = 0

    @property
    def size(self) -> int:
        """Requests that may be under way now."""
        return int(self._size)

    def record(self, *, refused: bool) -> None:
        """Count one outcome; `refused` for 429, 503 and time-outs. Adapts once per window."""
        self._seen += 1
        self._refused += refused
        if self._seen < self._size:
            return
        share = self._refused / self._seen
        more = max(1.0, self._ceiling / 32) * (1 - share)
        less = self._size * max(0.0, share - _TOLERATED) / 2
        self._size = min(float(self._ceiling), max(1.0, self._size + more - less))
        self._seen = self._refused = 0
