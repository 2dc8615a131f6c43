"""Models on the hub: whether one is available, and the error where it cannot be loaded."""

from collections.abc import Iterator
from contextlib import contextmanager

from tutelage.core.errors import ModelReferenceError
from tutelage.models.health import Reached
from tutelage.models.reference import Reference

_PATIENCE_SECONDS = 5.0


def look_up(reference: Reference) -> Reached:
    """Whether a hub model is in the cache or on the hub; nothing is downloaded.

    A hub that does not answer is no problem yet: it may when the model is loaded.
    """
    if reference.cached("config.json"):
        return Reached("in the local cache")
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

    if constants.HF_HUB_OFFLINE:
        words = f"not in the local cache, and HF_HUB_OFFLINE is set; {_no_folder(reference)}"
        return Reached(words, problem=True)
    name, revision = reference.place
    try:
        HfApi().model_info(name, revision=revision, timeout=_PATIENCE_SECONDS)
    except RevisionNotFoundError:
        return Reached(f"the hub has no revision '{revision}' of {name}", problem=True)
    except RepositoryNotFoundError:
        words = f"the hub has no {name}, or does not show it without a token in HF_TOKEN; "
        return Reached(words + _no_folder(reference), problem=True)
    except Exception as exc:  # the client's transport has errors of its own, by its version
        return Reached(f"to be downloaded, but the hub did not answer: {_first_line(exc)}")
    return Reached("to be downloaded")


@contextmanager
def loading(name: str) -> Iterator[None]:
    """Put transformers' error for a model that it cannot load into one line."""
    try:
        yield
    except OSError as exc:
        raise ModelReferenceError(f"'{name}' cannot be loaded: {_first_line(exc)}") from exc


def _no_folder(reference: Reference) -> str:
    return f"nor is there a model in the folder {reference.near}"


def _first_line(exc: Exception) -> str:
    return next(iter(str(exc).strip().splitlines()), type(exc).__name__)
