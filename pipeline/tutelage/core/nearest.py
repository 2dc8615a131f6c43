"""The nearest known name to one that is unknown, for the end of an error's message."""

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` or the list of known names: the tail of an unknown-name error."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; known names: {', '.join(names)}" if names else ""
