"""Metrics: when an answer is right, how sure a score is, whether a difference is noise."""

from pipeline.metrics.accept import accepted
from pipeline.metrics.attempts import majority, pass_at_k
from pipeline.metrics.intervals import difference_interval, score_interval
from pipeline.metrics.overlap import exact_match, normalised, token_f1
from pipeline.metrics.paired import Comparison, compare, examples_needed, scores_needed
from pipeline.metrics.win_rate import WinRate, win_rate

__all__ = [
    "Comparison",
    "WinRate",
    "accepted",
    "compare",
    "difference_interval",
    "exact_match",
    "examples_needed",
    "majority",
    "normalised",
    "pass_at_k",
    "score_interval",
    "scores_needed",
    "token_f1",
    "win_rate",
]
