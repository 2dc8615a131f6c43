"""Constraints: what a prompt asks for is what its verifier checks, and no verifier is forgotten."""

import random
from typing import get_args

import pytest
from tutelage.core.part_spec import name_of
from tutelage.generation.constraints import (
    NEVER_ASKED,
    WORDS_NEEDED,
    ConstraintKind,
    constraint,
)
from tutelage.verifiers.verifier import VERIFIERS, build_verifiers

KINDS: tuple[ConstraintKind, ...] = get_args(ConstraintKind)
SHORT, LONG = "Aye.", "He rowed home with the catch and sold it. " * 20
MET: dict[ConstraintKind, list[str]] = {
    "max_words": [SHORT],
    "min_words": [LONG],
    "sentences": ["One. " * n for n in (2, 3, 4)],
    "bullets": ["- one\n" * n for n in (2, 3, 4, 5)],
    "paragraphs": ["One.\n\n" * n for n in (2, 3)],
    "lower_case": ["aye, he did."],
    "keyword": ["A tide and a crane."],
    "without_word": [SHORT],
    "any_word": ["The tide."],
    "words_in_order": ["The tide, the crane.", "The crane, the tide."],
    "word_count": ["Tide after tide after tide.", "Crane by crane by crane."],
    "starts_with": ["Of course. Yes.", "Here is what I know. It is.", "Thank you for asking. Yes."],
    "ends_with": [f"So. {x}" for x in ("Is there anything else?", "That is all.")]
    + ["I hope this helps."],
    "quoted": ['"Aye."'],
    "no_commas": [SHORT],
    "language": [
        "Der Hafen ist heute wegen des Sturms geschlossen.",
        "El puerto est\u00e1 cerrado hoy por la tormenta.",
        "Le port est ferm\u00e9 aujourd'hui \u00e0 cause de la temp\u00eate.",
        "Il porto \u00e8 chiuso oggi a causa della tempesta.",
        "De haven is vandaag gesloten vanwege de storm.",
    ],
    "json": ['{"answer": "Aye."}'],
}
"""Answers of which one meets each constraint of the kind, whatever was drawn."""
MISSED = "The harbour, it is said, was closed; the crane, the tide were not."
"""Meets few of them."""


def test_every_verifier_is_asked_for_or_it_is_said_why_not() -> None:
    words = ["tide", "crane"]
    asked = {name_of(constraint(kind, random.Random(1), words).demand) for kind in KINDS}
    assert not asked & set(NEVER_ASKED)
    assert asked | set(NEVER_ASKED) == set(VERIFIERS)


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_words_ask_for_can_be_met_and_missed(kind: ConstraintKind) -> None:
    words = ["tide", "crane"][: max(1, WORDS_NEEDED.get(kind, 0))]
    for seed in range(20):
        drawn = constraint(kind, random.Random(seed), words)
        (verifier,) = build_verifiers([drawn.demand], kind)
        assert any(verifier.check(answer, {}) is None for answer in MET[kind]), drawn
        answers = [MISSED, LONG, SHORT, *MET[kind]]
        assert any(verifier.check(answer, {}) is not None for answer in answers), drawn
