"""Out of memory: which smaller setting may fit, and how a job asks to be tried with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from accelerate.utils.memory import should_reduce_batch_size

from tutelage.core.errors import StageError
from tutelage.training.retry_with_settings import RetryWithSettings

NO_ROOM = (
    "the training does not fit into memory, not even one row at a time with its activations "
    "recomputed; try `adapter: {}` (LoRA), `adapter: {four_bit: true}`, or a smaller max_length"
)


def smaller(micro: int, *, checkpointing: bool) -> dict[str, Any] | None:
    """The next smaller job settings: half the micro-batch; at one row, recompute activations."""
    if micro > 1:
        return {"micro_batch": -(-micro // 2)}
    return None if checkpointing else {"checkpointing": True}


@contextmanager
def watched(job: dict[str, Any]) -> Iterator[None]:
    """Turn a lack of memory into the wish for another try with less; raises RetryWithSettings."""
    try:
        yield
    except RuntimeError as exc:
        if not should_reduce_batch_size(exc):
            raise
        micro = job["micro_batch"] or job["batch_size"]
        less = smaller(micro, checkpointing=job.get("checkpointing", False))
        if less is None:
            raise StageError(NO_ROOM) from exc
        raise RetryWithSettings(f"out of memory at {micro} rows a micro-batch", less) from exc
