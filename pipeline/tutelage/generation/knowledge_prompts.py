"""The knowledge flow: from each passage a detail, for the detail questions with a drafted answer.

Choosing the answer before writing the question keeps a small teacher faithful: the question is
conditioned on a fact whose answer is already known to stand in the passage.
"""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import regex

from tutelage.core.language.letters import run_weight
from tutelage.core.text import STOP_WORDS, content_stems, find_phrase, words
from tutelage.generation.prompt_templates import render
from tutelage.generation.shots import Shot, blank, mark, shape
from tutelage.models.chat import Message
from tutelage.taxonomy.documents.blocks import heading_path
from tutelage.taxonomy.documents.passages import Passage

_LONGEST_ANSWER = 6
_LEADING = regex.compile(
    r"^(?:(?:in|on|at|after|within|from|for|under|above|to|by|with|the|an|a) )+",
    regex.IGNORECASE,
)
_COMMON = 3
"""What stands in more than one third of a section's passages is its subject, not a detail."""


@dataclass(frozen=True, slots=True)
class Detail:
    """A detail of a passage that a question can ask for."""

    passage: Passage
    answer: str


def detail_prompt(template: str, passage: Passage, shots: Sequence[Shot]) -> tuple[Message, ...]:
    """Asks for the detail of a passage."""
    return render(template, fact=passage.text, shots=_grounded(shots))


def question_prompt(
    template: str,
    detail: Detail,
    shots: Sequence[Shot],
    number: int,
    task: str = "",
    count: int = 1,
) -> tuple[Message, ...]:
    """Asks for a question; prompts differ with `number`, so that the questions do.

    Even ones mark the detail in its fact and show shots whose answer has the detail's shape last;
    odd ones leave a gap in its place. Without a detail, they show contexts with all their
    questions, another one first each time.
    """
    if not detail.answer:
        shown = _contexts(shots)
        turned = number % len(shown)
        return render(
            template,
            task=task,
            fact=detail.passage.text,
            headings=heading_path(detail.passage.headings),
            shots=shown[turned:] + shown[:turned],
            count=count,
        )
    ordered = _grounded(shots)
    show = blank if number % 2 else mark
    if number % 2 == 0:
        ordered = sorted(ordered, key=lambda shot: shape(shot.answer) == shape(detail.answer))
    shown = [{"fact": show(s.fact, s.answer), "question": s.question} for s in ordered]
    fact = show(detail.passage.text, detail.answer)
    return render(template, task=task, fact=fact, shots=shown, count=count)


def answer_prompt(
    template: str,
    task: str,
    shots: Sequence[Shot],
    question: str,
    passage: str,
    persona: str,
) -> tuple[Message, ...]:
    """Asks for the answer to a question from its passage."""
    return render(
        template,
        task=task,
        persona=persona,
        shots=_grounded(shots),
        context=passage,
        question=question,
        told={},
    )


def choose_detail(passage: Passage, section: Sequence[Passage], texts: Iterable[str]) -> str | None:
    """The proposal made most often that could be asked for, else one by rule, else None."""
    votes: Counter[str] = Counter()
    for text, times in Counter(texts).items():
        if (detail := _valid(text, passage, section)) is not None:
            votes[detail] += times
    ranked = sorted(votes.items(), key=lambda item: (-item[1], -len(item[0]), item[0]))
    return ranked[0][0] if ranked else _by_rule(passage, section)


def sections(
    passages: Sequence[Passage],
) -> dict[tuple[str, tuple[str, ...]], list[Passage]]:
    """Passages by the document and headings they stand under."""
    found: dict[tuple[str, tuple[str, ...]], list[Passage]] = {}
    for passage in passages:
        found.setdefault((passage.document, passage.headings), []).append(passage)
    return found


def shuffled(shots: Sequence[Shot], seed: int) -> list[Shot]:
    """The shots in a seeded order: one for all passages, so that prompts share their beginning."""
    mixed = list(shots)
    random.Random(seed).shuffle(mixed)
    return mixed


def _valid(text: str, passage: Passage, section: Sequence[Passage]) -> str | None:
    """A proposal as it stands in the passage, unless it is its subject, empty or a whole clause."""
    lines = text.strip().splitlines()
    found = find_phrase(passage.text, lines[0]) if lines else None
    if found is None or passage.text.startswith(found):
        return None
    if not content_stems(found) or sum(map(run_weight, words(found))) > _LONGEST_ANSWER:
        return None
    if any(find_phrase(heading, found) for heading in passage.headings):
        return None
    holders = sum(find_phrase(other.text, found) is not None for other in section)
    if holders > max(1, len(section) / _COMMON):
        return None
    return _LEADING.sub("", found)


def _by_rule(passage: Passage, section: Sequence[Passage]) -> str | None:
    """A number with its unit, else a name, else the words after the last function word."""
    numbers = regex.findall(r"\d[\d.,:]*(?: \p{Ll}+)?", passage.text)
    names = regex.findall(r"(?<=\s)\p{Lu}\w+(?: \p{Lu}\w+)*", passage.text)
    tail = passage.text.rstrip(".!? ").split()
    while any(word.lower() in STOP_WORDS for word in tail):
        tail.pop(0)
    for text in (*reversed(numbers), *reversed(names), " ".join(tail), *tail[-1:]):
        if detail := _valid(text, passage, section):
            return detail
    return None


def _contexts(shots: Sequence[Shot]) -> list[dict[str, Any]]:
    """Seed contexts as `fact`, each with all its `questions`."""
    found: dict[str, list[str]] = {}
    for shot in shots:
        if shot.context:
            found.setdefault(shot.context, []).append(shot.question)
    return [{"fact": text, "questions": questions} for text, questions in found.items()]


def _grounded(shots: Sequence[Shot]) -> list[Shot]:
    return [shot for shot in shots if shot.fact]
