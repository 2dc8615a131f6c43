"""Before a trainer loads anything: does it fit into memory, and with which micro-batch."""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from pipeline.artifacts import Row
from pipeline.errors import ModelReferenceError, StageError
from pipeline.free import free_memory
from pipeline.memory import Setting, Verdict, fits
from pipeline.models.reference import Reference
from pipeline.models.tokens import token_counter
from pipeline.shape import read_shape
from pipeline.stage import Progress

_ANSWERS = ("completion", "messages", "chosen", "rejected")
_COUNTED = 64
"""Rows, the longest by their letters, whose tokens are counted."""
_MARKS = 6
"""Tokens that a chat template puts around a turn."""


def micro_batch(
    setting: Setting, student: Path, rows: Iterable[Row], progress: Progress, *, chosen: bool
) -> int:
    """The micro-batch to train with: the setting's, or a smaller one that fits.

    Raises StageError with the largest setting that fits where it is more than the micro-batch that
    has to change, or the user chose the micro-batch (`chosen`). A student whose shape cannot be
    read, and a machine that does not say what is free, are let through.
    """
    verdict = _verdict(
        replace(setting, length=min(setting.length, longest(rows, student))), student
    )
    if verdict is None or verdict.fits:
        return setting.micro_batch
    proposal = verdict.proposal
    same = proposal and replace(
        proposal, micro_batch=setting.micro_batch, accumulates=setting.accumulates
    )
    if proposal is None or chosen or same != verdict.setting:
        raise StageError(verdict.in_words())
    progress.say(f"{verdict.in_words()}; taken, with the same rows per step")
    return proposal.micro_batch


def longest(rows: Iterable[Row], student: Path) -> int:
    """Tokens of the longest row with its longest answer, by the student's own tokenizer."""
    count = token_counter(Reference("folder", str(student), file=student))
    by_letters = heapq.nlargest(_COUNTED, rows, lambda row: _size(row, len))
    return max((_size(row, lambda text: count(text) + _MARKS) for row in by_letters), default=1)


def _size(row: Row, measure: Callable[[str], int]) -> int:
    """A row's prompt and its longest answer, by some measure of a turn's text."""
    turns = [row.get("prompt") or [], *(row[name] for name in _ANSWERS if row.get(name))]
    prompt, *answers = (sum(measure(turn["content"]) for turn in part) for part in turns)
    return prompt + max(answers, default=0)


def _verdict(setting: Setting, student: Path) -> Verdict | None:
    free = free_memory()
    try:
        shape = read_shape(student)
    except ModelReferenceError:
        return None
    if free.memory is None:
        return None
    return fits(shape, replace(setting, half=setting.half or free.device == "GPU"), free.memory)
