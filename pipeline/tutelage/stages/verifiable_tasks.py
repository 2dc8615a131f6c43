"""Verifiable: problems drawn by a seed, with answers that a program checks."""

from typing import ClassVar, Literal

from tutelage.contract.context import Context
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Row, Rows
from tutelage.verifiers.tasks.task_set import TaskSet


class VerifiableTasks(TaskSet, Stage):
    """Draw problems with known answers: prompts for reinforcement learning, or worked rows.

    Rows have `prompt`, `answer` (or `tests`, for code) and `reasoning`, the worked way. Filters,
    pairs, evaluation and rewards check answers by these columns.
    """

    version: ClassVar[int] = 1

    split: Literal["train", "exam"] = "train"
    """Which side: no problem is on both, whatever the seeds. `evaluate: {tasks: ...}` draws from
    the exam side, and no training takes rows of it."""
    answered: bool = False
    """Give rows the right answer as `completion` too, to train on; `sft: {reasoning: plain}` puts
    the worked way before it."""

    def known_rows(self) -> list[Row]:
        """The rows, which need no run to be known."""
        return [_answered(row) if self.answered else row for row in self.draw(self.split)]

    def run(self, context: Context) -> Rows:
        """The problems."""
        return Rows(self.known_rows())


def _answered(row: Row) -> Row:
    text = row.get("solution") or row["answer"]
    return row | {"completion": [{"role": "assistant", "content": text}]}
