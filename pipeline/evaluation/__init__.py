"""Evaluation: questions with what counts as right, asking models, scoring what they say."""

from pipeline.evaluation.asking import Asking, ask, expected
from pipeline.evaluation.benchmarks import Benchmark, benchmark_cases, benchmark_digest
from pipeline.evaluation.case import PREFIX, Case, Metric, held_cases
from pipeline.evaluation.table import GRADED, score_table

__all__ = [
    "GRADED",
    "PREFIX",
    "Asking",
    "Benchmark",
    "Case",
    "Metric",
    "ask",
    "benchmark_cases",
    "benchmark_digest",
    "expected",
    "held_cases",
    "score_table",
]
