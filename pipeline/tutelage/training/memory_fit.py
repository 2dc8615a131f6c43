"""Before a trainer loads anything: does it fit into memory, and with which micro-batch."""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from tutelage.contract.context import Progress
from tutelage.core.artifacts import Row
from tutelage.core.errors import ModelReferenceError, StageError
from tutelage.core.free_memory import free_memory
from tutelage.models.model_shape import read_shape
from tutelage.models.reference import Reference
from tutelage.models.token_counter import token_counter
from tutelage.training.memory_estimate import MemoryVerdict, Setting, fits
from tutelage.training.training_rows import ANSWERS

_COUNTED = 64
"""Rows, the longest by their letters, whose tokens are counted."""
_MARKS = 6
"""Tokens that a chat template puts around a turn."""


def micro_batch(
    setting: Setting,
    student: Path,
    rows: Iterable[Row],
    progress: Progress,
    *,
    chosen: bool,
    processes: int = 1,
) -> int:
    """The micro-batch to train with: the setting's, or a smaller one that fits.

    Each of the `processes` holds the whole training but for the rows, which they share.
    Raises StageError with the largest setting that fits where it is more than the micro-batch that
    has to change, or the user chose the micro-batch (`chosen`). A student whose shape cannot be
    read, and a machine that does not say what is free, are let through.
    """
    longest_row = longest(rows, student) + setting.generated
    short = replace(setting, length=min(setting.length, longest_row))
    verdict = _verdict(short, student, processes)
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
    turns = [row.get("prompt") or [], *(row[name] for name in ANSWERS if row.get(name))]
    prompt, *answers = (sum(measure(turn["content"]) for turn in part) for part in turns)
    return prompt + max(answers, default=0)


def _verdict(setting: Setting, student: Path, processes: int) -> MemoryVerdict | None:
    free = free_memory()
    memory = free.for_each(processes)
    try:
        shape = read_shape(student)
    except ModelReferenceError:
        return None
    return None if memory is None else fits(shape, setting.on(free.device), memory)
