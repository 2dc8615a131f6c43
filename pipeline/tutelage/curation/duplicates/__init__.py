"""Similarity: which texts say what an earlier one says, by wording or by meaning."""
