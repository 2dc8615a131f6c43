"""Texts to unit vectors, by the embedder that a name stands for.

`hashing` needs no weights and sees wording only. A model reference (hub name, folder, `package:`)
is a sentence-transformers model, a static one (model2vec's folders) included. What a model has
embedded is remembered while the process lives: figures before and after a filter cost it once.
"""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import AfterValidator

from tutelage.core.by_content import ByContent, content_of
from tutelage.core.errors import ModelReferenceError
from tutelage.curation.embeddings.hashing import embed_by_hashing
from tutelage.curation.embeddings.vectors import Vectors
from tutelage.models.reference import Reference, parse_reference

HASHING = "hashing"
_REMEMBERED = 100_000
"""Texts whose vectors are kept: 150 MB at 384 dimensions."""
_WEIGHTS = (".safetensors", ".bin", ".json", ".txt", ".model")


def embed(texts: Sequence[str], embedder: str = HASHING) -> Vectors:
    """Unit vectors, float32 [texts, dimensions], in the order of the texts.

    Raises ModelReferenceError where `embedder` names nothing that embeds.
    """
    if embedder == HASHING:
        return embed_by_hashing(texts)
    return _remembering(embedder).embed(texts)


def check_embedder(embedder: str) -> None:
    """Find ahead what can be found wrong; raises ModelReferenceError."""
    if embedder == HASHING:
        return
    _reference(embedder)
    if importlib.util.find_spec("sentence_transformers") is None:
        raise ModelReferenceError(
            f"'{embedder}' needs sentence-transformers: pip install 'tutelage[embed]'; "
            f"'{HASHING}' needs nothing"
        )


def _checked(embedder: str) -> str:
    try:
        check_embedder(embedder)
    except ModelReferenceError as exc:
        raise ValueError(str(exc)) from exc
    return embedder


def _content(embedder: str) -> list[str]:
    return [embedder, *map(content_of, files_of(embedder))]


Embedder = Annotated[str, AfterValidator(_checked), ByContent(_content)]
"""A field that names an embedder, checked when it is read; a local one counts by its files."""


def files_of(embedder: str) -> list[Path]:
    """The local files that the vectors depend on; none for hashing and hub names."""
    folder = None if embedder == HASHING else _reference(embedder).file
    if folder is None:
        return []
    return [file for file in sorted(folder.rglob("*")) if file.suffix in _WEIGHTS]


def _reference(embedder: str) -> Reference:
    try:
        reference = parse_reference(embedder, Path())
    except ModelReferenceError as exc:
        raise ModelReferenceError(f"{exc}; or '{HASHING}'") from exc
    if reference.kind not in ("hub", "folder"):
        raise ModelReferenceError(
            f"'{embedder}' is no sentence-transformers model; write org/name, ./folder, "
            f"package:module/folder or '{HASHING}'"
        )
    return reference


@dataclass(slots=True)
class _Remembering:
    """A model with the vectors of the texts that it was given."""

    reference: Reference
    known: dict[str, Vectors] = field(default_factory=dict)

    def embed(self, texts: Sequence[str]) -> Vectors:
        from tutelage.curation.embeddings.sentence_transformer import encode

        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        if len(self.known) + len(new) > _REMEMBERED:
            self.known, new = {}, list(dict.fromkeys(texts))
        if new:
            self.known.update(zip(new, encode(self.reference, new), strict=True))
        if not texts:
            return np.zeros((0, 1), np.float32)
        return np.stack([self.known[text] for text in texts])


@lru_cache(maxsize=2)
def _remembering(embedder: str) -> _Remembering:
    return _Remembering(_reference(embedder))
