"""How far the student has gone from where it started, at each look at the held-out prompts.

Of some of its answers there, the mean over their tokens of log p(student) - log p(start), both at
the temperature of sampling: an unbiased estimate of KL(student || start) a token, in nats (k1 in
Schulman 2020, "Approximating KL divergence"). It may come out a little below 0.
"""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
from accelerate.utils import DistributedType, gather_object
from accelerate.utils.memory import clear_device_cache, should_reduce_batch_size
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from tutelage.core.artifacts import Row
from tutelage.training.prompts_with_tools import ToolPrompts
from tutelage.training.reward_functions import Answer, RewardFunction
from tutelage.training.student import load_student
from tutelage.training.training_log import write_line
from tutelage.training.training_stage import TrainingStage

if TYPE_CHECKING:
    from tutelage.training.prepare import Prepared

NAME = "eval_kl"
_ANSWERS = 8
"""Answers of a look that are compared, on each device, each to another prompt: with 18 tokens each
and 135M parameters 6 seconds of one core, a quarter of what a step of 24 such answers takes."""
_WHOLE = (DistributedType.NO, DistributedType.MULTI_GPU, DistributedType.MULTI_CPU)
"""Where each device holds the whole student."""


class DistanceFromStart(TrainerCallback):
    """Logs the distance; the start is in memory for the look alone."""

    def __init__(
        self, trainer: Any, prepared: "Prepared", method: type[TrainingStage], job: dict[str, Any]
    ) -> None:
        self._trainer, self._folder, self._method, self._job = trainer, prepared.folder, method, job
        self._adds = prepared.adapter is not None
        """Whether an adapter is added to the start, which then stands beneath it."""
        self._terms: list[RewardFunction] = trainer.reward_funcs
        self._prompts = ToolPrompts(trainer.processing_class, trainer.chat_template_kwargs)

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Compare both on answers of this look; before the first step they are one."""
        answers = list(self._terms[0].answers.values())[:_ANSWERS]  # all terms hear the same ones
        for term in self._terms:
            term.answers = {}
        if self._trainer.accelerator.distributed_type not in _WHOLE:
            return
        own = self._distance(answers) if state.global_step else (0.0, 1)
        total, tokens = (sum(part) for part in zip(*gather_object([own]), strict=True))
        if state.is_world_process_zero and tokens:
            write_line(self._folder, {"step": state.global_step, NAME: total / tokens})

    def _distance(self, answers: list[Answer]) -> tuple[float, int]:
        """The sum over all tokens, and how many there are; none where memory does not suffice."""
        try:
            with torch.no_grad():
                now = self._log_probability(self._student(), answers)
                with self._start() as start:
                    before = self._log_probability(start, answers)
        except RuntimeError as exc:
            if not should_reduce_batch_size(exc):
                raise
            return 0.0, 0
        return now - before, sum(len(tokens) for _, tokens in answers)

    def _student(self) -> Any:
        return self._trainer.accelerator.unwrap_model(self._trainer.model)

    @contextlib.contextmanager
    def _start(self) -> Iterator[Any]:
        """The student without its new adapter, else the start read again."""
        student, start = self._student(), None
        if self._adds:
            with student.disable_adapter():
                yield student
            return
        try:
            start, _ = load_student(self._method, self._job, bf16=self._job["bf16"])
            if not getattr(start, "quantization_method", None):
                half = {"dtype": torch.bfloat16} if self._job["bf16"] else {}
                start = start.to(device=student.device, **half)
            yield start.eval()
        finally:
            del start
            clear_device_cache(garbage_collection=True)

    def _log_probability(self, model: Any, answers: list[Answer]) -> float:
        """Of all tokens of the answers together."""
        return sum(self._of_answer(model, row, tokens) for row, tokens in answers)

    def _of_answer(self, model: Any, row: Row, answer: list[int]) -> float:
        asked, count = self._prompts.ids(row), len(answer)
        whole = torch.tensor([[*asked, *answer]], device=self._student().device)
        with self._trainer.accelerator.autocast():
            made = model(input_ids=whole, logits_to_keep=count + 1, use_cache=False)
        scores = made.logits[0, :-1].float() / self._job["temperature"]
        return float(scores.log_softmax(-1).gather(1, whole[0, -count:, None]).double().sum())
