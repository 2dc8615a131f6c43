"""Metrics: when an answer is right, how sure a score is, whether a difference is noise."""

from pipeline.metrics.accept import accepted
from pipeline.metrics.intervals import difference_interval, score_interval
from pipeline.metrics.paired import Comparison, compare, examples_needed

__all__ = [
    "Comparison",
    "accepted",
    "compare",
    "difference_interval",
    "examples_needed",
    "score_interval",
]
