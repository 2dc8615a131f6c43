"""Whether a held-out question is a seed's in other words: the exam would know what prompts show."""

from itertools import product

from tutelage.core.language.language_guess import language_of
from tutelage.core.text import content_stems, words
from tutelage.curation.duplicates.marks import worded
from tutelage.curation.duplicates.task_opening import opening, without
from tutelage.curation.filters.decontaminated import Decontaminated
from tutelage.curation.filters.held_out import ContaminationGuard, HeldOut
from tutelage.taxonomy.leaf import EvalExample, Seed
from tutelage.taxonomy.read_leaf import LeafRead
from tutelage.verifiers.accept import accepted

_COMMON = 2 / 3
"""The share of content words in common from which on two questions with one answer are one."""
_VERDICTS = frozenset({"yes", "no", "true", "false"})
"""Answers that different questions share."""


def check_paraphrases(read: LeafRead) -> None:
    """Note held-out examples that have a seed's answer, and its question but for a few words."""
    leaf = read.leaf
    form = opening([*(s.question for s in leaf.seeds), *(h.question for h in leaf.eval_examples)])
    language = language_of(" ".join(seed.question for seed in leaf.seeds))
    noted: set[str] = set()
    for held, seed in product(leaf.eval_examples, leaf.seeds):
        if held.place in noted or (seed.context and held.context and seed.context != held.context):
            continue
        if _same_answer(held, seed) and _paraphrase(form, held, seed, language):
            noted.add(held.place)
            line = read.notes.text.line(f"{seed.place}.question")
            message = (
                f"asks what the seed of line {line} asks, in other words, and has its answer; every"
                " prompt shows that: hold out another fact or task"
            )
            read.notes.warning("seed-paraphrase", f"{held.place}.question", message)


def _same_answer(held: EvalExample, seed: Seed) -> bool:
    """Whether the seed's answer would be right, and says no more than the question wants."""
    if set(words(seed.answer)) <= _VERDICTS:
        return False
    return bool(held.accept) and (
        accepted(seed.answer, held.accept) is not None
        or accepted(held.accept[0], [seed.answer]) is not None
    )


def _paraphrase(form: str, held: EvalExample, seed: Seed, language: str | None) -> bool:
    """Whether two questions have most content words in common, and are no leak by the letter."""
    asked, shown = without(form, held.question), without(form, seed.question)
    if worded(asked).differs(worded(shown)) or _leaks(held, seed):
        return False
    ours, theirs = set(content_stems(asked, language)), set(content_stems(shown, language))
    return bool(ours | theirs) and len(ours & theirs) >= _COMMON * len(ours | theirs)


def _leaks(held: EvalExample, seed: Seed) -> bool:
    """Whether the filter of training rows would tell; `check_leaks` says so, as an error."""
    eyes = Decontaminated()
    guard = ContaminationGuard(eyes.ngram, eyes.threshold)
    guard.add([HeldOut(held.id, held.question)])
    return guard.resembled(seed.question) is not None
