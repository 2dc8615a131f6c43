"""Vectors of a sentence-transformers model, from a folder or the hub's cache."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from tutelage.core.errors import ModelReferenceError
from tutelage.curation.embeddings.vectors import Vectors, unit
from tutelage.models.reference import Reference

BATCH = 64


def encode(reference: Reference, texts: Sequence[str]) -> Vectors:
    """Unit vectors [texts, dimensions]; raises ModelReferenceError where the model does not load.

    The model itself is let go with the next one asked for, and loads in a second or two.
    """
    model = _load(reference)
    vectors = model.encode(
        list(texts), batch_size=BATCH, convert_to_numpy=True, show_progress_bar=False
    )
    return unit(vectors)


@lru_cache(maxsize=1)
def _load(reference: Reference) -> Any:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as exc:
        raise ModelReferenceError(
            f"'{reference.text}' needs sentence-transformers: pip install 'tutelage[embed]'"
        ) from exc
    name, revision = reference.place
    try:
        return SentenceTransformer(name, revision=revision, trust_remote_code=False)
    except (OSError, ValueError, KeyError, AttributeError) as exc:
        why = str(exc).splitlines()[0] if str(exc) else type(exc).__name__
        raise ModelReferenceError(
            f"'{reference.text}' is no sentence-transformers model that loads: {why}"
        ) from exc
