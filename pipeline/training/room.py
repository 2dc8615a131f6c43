"""Before a trainer loads anything: does it fit into memory, and with which micro-batch."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from pipeline.artifacts import Row
from pipeline.errors import ModelReferenceError, StageError
from pipeline.free import free_memory
from pipeline.memory import Setting, Verdict, fits
from pipeline.models.estimate import estimate_tokens
from pipeline.shape import read_shape
from pipeline.stage import Progress

_ANSWERS = ("completion", "messages", "chosen", "rejected")
_TOKENS_PER_ESTIMATED = 1.3
"""Room for a tokenizer that cuts finer than the estimate, which counts four letters to a token."""


def micro_batch(
    setting: Setting, student: Path, rows: Iterable[Row], progress: Progress, *, chosen: bool
) -> int:
    """The micro-batch to train with: the setting's, or a smaller one that fits.

    Raises StageError with the largest setting that fits where it is more than the micro-batch that
    has to change, or the user chose the micro-batch (`chosen`). A student whose shape cannot be
    read, and a machine that does not say what is free, are let through.
    """
    verdict = _verdict(replace(setting, length=min(setting.length, longest(rows))), student)
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


def longest(rows: Iterable[Row]) -> int:
    """Tokens of the longest row with its longest answer, estimated from its letters."""
    return max((int(_TOKENS_PER_ESTIMATED * _tokens(row)) for row in rows), default=1)


def _tokens(row: Row) -> int:
    answers = [estimate_tokens(row[name]) for name in _ANSWERS if row.get(name)]
    return estimate_tokens(row.get("prompt") or []) + max(answers, default=0)


def _verdict(setting: Setting, student: Path) -> Verdict | None:
    free = free_memory()
    try:
        shape = read_shape(student)
    except ModelReferenceError:
        return None
    if free.memory is None:
        return None
    return fits(shape, replace(setting, half=setting.half or free.device == "GPU"), free.memory)
