"""Judging: a model grades rows by a rubric, or says which of two answers is better."""

from pipeline.judging.agreement import Agreement, agreement, kappa
from pipeline.judging.chain import Judged, judge_rows
from pipeline.judging.duels import Duel, Preference, check_duels, prefer
from pipeline.judging.grading import Grade, Item, check_grading, grade, read_labels
from pipeline.judging.outlook import grading_asks
from pipeline.judging.rubric import Rubric, load_rubric

__all__ = [
    "Agreement",
    "Duel",
    "Grade",
    "Item",
    "Judged",
    "Preference",
    "Rubric",
    "agreement",
    "check_duels",
    "check_grading",
    "grade",
    "grading_asks",
    "judge_rows",
    "kappa",
    "load_rubric",
    "prefer",
    "read_labels",
]
