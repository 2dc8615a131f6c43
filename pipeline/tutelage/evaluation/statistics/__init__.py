"""Metrics: when an answer is right, how sure a score is, whether a difference is noise."""
