"""On-policy distillation: the student writes, and a larger model says how it would have gone on.

At each token of the student's own answers its distribution is drawn towards the teacher's (TRL's
DistillationTrainer). So it learns where its answers go, not where a teacher's would have gone.
"""

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.contract.known_inputs import Known
from tutelage.core.artifacts import Checkpoint, Row, Rows
from tutelage.core.errors import InputError
from tutelage.models.reward_scorer import differ_in_tokens
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.training.adapter import adapter_of
from tutelage.training.learning_rates import PublishedRates
from tutelage.training.memory_estimate import Setting
from tutelage.training.prompt_rows import as_prompts, check_enough
from tutelage.training.prompts_with_tools import ShowsTools, prompt_columns
from tutelage.training.training_stage import TrainingStage

if TYPE_CHECKING:
    from tutelage.training.encoder import Encoder
    from tutelage.training.prepare import Prepared


class Distillation(TrainingStage):
    """Draw the student towards a teacher's distribution on its own answers (arXiv:2306.13649).

    Rows are prompts; what they answer already is not looked at. Teacher and student have one
    tokenizer: each probability of a next token is compared. The teacher stands in memory beside the
    student, and is no endpoint, which tells of a few tokens only.
    """

    trl_config: ClassVar[str] = "DistillationConfig"
    rates: ClassVar[PublishedRates] = PublishedRates(1e-5, 7e9, 1e-6)
    compares_loss: ClassVar[bool] = False
    keeps_start: ClassVar[bool] = True
    gains_by: ClassVar[str] = "divergence, learning_rate or epochs"
    learns_from_answers: ClassVar[bool] = False
    rehearsal: ClassVar[dict[str, Any]] = {"max_tokens": 4}
    curves: ClassVar[tuple[dict[str, str], ...]] = (
        {"loss": "divergence from the teacher, nats a token", "eval_loss": "held-out prompts"},
        {"entropy": "entropy of a token, nats"},
        {"completions/mean_length": "tokens of an answer"},
        {"completions/clipped_ratio": "answers cut"},
    )

    divergence: float = Field(1.0, ge=0, le=1)
    """What is made small: 1 the reverse KL, which leaves out what the teacher would not say; 0 the
    forward one, which covers all that it might say; between them Jensen and Shannon's."""
    max_tokens: int = Field(256, gt=0)
    """Tokens of an answer; what is longer is cut."""
    temperature: float = Field(1.0, gt=0)
    """Of the answers sampled, and of both distributions."""
    epochs: float = Field(1.0, gt=0)
    """Passes over the prompts, each with new answers."""

    def setting(self, processes: int = 1) -> Setting:
        """With answers that are as long as they may become, beside a teacher of the same size."""
        longer = self.model_copy(update={"max_length": self.max_length + self.max_tokens})
        whole = TrainingStage.setting(longer, processes)
        return replace(whole, generated=self.max_tokens, start=True)

    def check_known(self, known: Known, taxonomy: Taxonomy | None) -> None:
        """Raise InputError for a teacher of other tokens."""
        super().check_known(known, taxonomy)
        if "student" in known.models and "teacher" in known.models:
            _check_tokens(known.models["student"], known.models["teacher"])

    def run(
        self, context: Context, student: Checkpoint, rows: Rows, teacher: Checkpoint
    ) -> Checkpoint:
        """A checkpoint: the whole model, or an adapter."""
        if adapter_of(teacher.folder) is not None:
            raise InputError(
                f"{teacher.folder}: the teacher is an adapter; merge it into its base first "
                "(`tutelage merge`)"
            )
        _check_tokens(student.folder, teacher.folder)
        prompts, repeated = as_prompts(rows.kept, None)
        check_enough(prompts, self.batch_size)
        if repeated:
            context.progress.say(f"{context.stage}: {repeated} rows repeat a prompt; one of each")
        return self.train(context, student, prompts, {"teacher": str(teacher.folder)}, [teacher])

    def columns(self, row: Row) -> Row:
        """A prompt."""
        return self.taken(row, ("prompt",))

    # In the child.

    @classmethod
    def trainer_class(cls) -> type[Any]:
        """TRL's own, which shows the tools of rows."""
        from trl import DistillationTrainer

        return type("WithTools", (ShowsTools, DistillationTrainer), {})

    @classmethod
    def lengths(cls, job: dict[str, Any], encoder: "Encoder", rows: list[Row]) -> list[int | str]:
        """Tokens of each prompt."""
        return encoder.prompt_lengths(rows)

    @classmethod
    def trl_fields(cls, job: dict[str, Any], prepared: "Prepared") -> dict[str, Any]:
        """Its knobs, and micro-batches that divide a step."""
        from accelerate import PartialState

        share = -(-job["batch_size"] // int(PartialState().num_processes))
        micro = math.gcd(share, job["micro_batch"] or share)
        return {
            "beta": job["divergence"],
            "max_completion_length": job["max_tokens"],
            "temperature": job["temperature"],
            "per_device_train_batch_size": micro,
            "gradient_accumulation_steps": share // micro,
            "remove_unused_columns": False,
        }

    @classmethod
    def dataset(cls, name: str, rows: list[Row], prepared: "Prepared") -> Any:
        """Prompts, with the tools that they show."""
        from datasets import Dataset

        if name == "train":
            check_enough(rows, prepared.batch_size)
        return Dataset.from_list(list(map(prompt_columns, rows)))

    @classmethod
    def trainer_options(cls, job: dict[str, Any], prepared: "Prepared") -> dict[str, Any]:
        """The teacher, frozen; in a rehearsal, which has none, the student stands for it."""
        import torch
        from transformers import AutoModelForCausalLM

        dtype = torch.bfloat16 if job["bf16"] else torch.float32
        place = job.get("teacher") or job["student"]
        teacher = AutoModelForCausalLM.from_pretrained(place, dtype=dtype)
        return {"teacher_model": teacher.requires_grad_(False)}


def _check_tokens(student: Path, teacher: Path) -> None:
    if differ_in_tokens(student, teacher):
        raise InputError(
            f"{teacher}: the teacher has another tokenizer than the student {student}, so their "
            "next tokens cannot be compared; take a larger model of the student's family, or "
            "learn the teacher's answers (`responses`, `sft`)"
        )
