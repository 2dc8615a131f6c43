"""Collecting what is wrong with a user's input, so that all of it is reported at once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tutelage.core.errors import InputError, RecipeError


@contextmanager
def collect_errors(found: list[InputError], place: str = "") -> Iterator[None]:
    """Add an InputError raised inside to `found`; what a recipe says, behind its place there."""
    try:
        yield
    except InputError as exc:
        prefixed = place and isinstance(exc, RecipeError)
        found.append(type(exc)(f"{place}: {exc}") if prefixed else exc)


def raise_all(found: Sequence[InputError]) -> None:
    """Raise what was found wrong: one problem as it is, several as one error with a line each."""
    if len(found) == 1:
        raise found[0]
    if found:
        kinds = {type(problem) for problem in found}
        kind = kinds.pop() if len(kinds) == 1 else InputError
        raise kind("\n".join(dict.fromkeys(str(problem) for problem in found)))
