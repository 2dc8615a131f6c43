"""Similarity: which texts say what an earlier one says, by wording or by meaning."""

from pipeline.similarity.rows import near_duplicates, semantic_duplicates

__all__ = ["near_duplicates", "semantic_duplicates"]
