"""Looking for cyclic garbage less often while thousands of requests are under way.

CPython looks once 700 more objects were made than freed, and now and then through all there are.
Requests come and go in the thousands and are freed without it: a third of the client's time went
into looking.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_OBJECTS = 50_000


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Raise the first threshold; it is put back in the end."""
    before = gc.get_threshold()
    if 0 < before[0] < _OBJECTS:
        gc.set_threshold(_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
