"""Embeddings: texts as unit vectors, by hashing or by a sentence-transformers model."""

from pipeline.embeddings.embed import Embedder, check_embedder, embed, files_of
from pipeline.embeddings.vectors import Vectors

__all__ = ["Embedder", "Vectors", "check_embedder", "embed", "files_of"]
