"""One of the servers that answer for a model: how busy it is, and whether it answered just now."""

import time
from urllib.request import getproxies, proxy_bypass

from yarl import URL

from tutelage.models.reference import url_under

_REST_SECONDS = 5.0
"""How long a server that failed, or could not be reached, is passed over."""

_RESTART_SECONDS = 600.0
"""How long a server that answered may be out of reach until the run ends."""


class Replica:
    """A base URL. Requests go to the one with the least load."""

    def __init__(self, base: str) -> None:
        self.url = URL(url_under(base, "chat/completions"))
        self.completions = URL(url_under(base, "completions"))
        self.proxy = _proxy(self.url)
        self.under_way = 0
        self.refused = False
        """Whether it said that it will answer no request."""
        self._resting_until = 0.0
        self._heard_at: float | None = None

    def load(self) -> tuple[bool, bool, int]:
        """Whether it refuses, whether it failed just now, the requests under way: less is better.

        One that fails does so fast and would have the least to do.
        """
        resting = self._resting_until > 0 and self._resting_until > time.monotonic()
        return self.refused, resting, self.under_way

    def hear(self) -> None:
        """Note that it said something just now."""
        self._heard_at = time.monotonic()

    def heard_lately(self) -> bool:
        """Whether it may only be restarting if it cannot be reached now."""
        return self._heard_at is not None and time.monotonic() < self._heard_at + _RESTART_SECONDS

    def rest(self) -> None:
        """Pass it over for a while."""
        self._resting_until = time.monotonic() + _REST_SECONDS


def _proxy(url: URL) -> str | None:
    """The proxy that the environment names for a URL."""
    if proxy_bypass(url.host or ""):
        return None
    return getproxies().get(url.scheme)
