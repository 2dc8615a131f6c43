"""Embeddings: texts as unit vectors, by hashing or by a sentence-transformers model."""
