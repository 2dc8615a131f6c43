"""What SFT and DPO share as stages: the knobs, and handing a job to the trainer's process."""

from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import Field

from pipeline.artifacts import Checkpoint, Row, Rows
from pipeline.config import Strict, nearest
from pipeline.errors import RecipeError, RowsError
from pipeline.forecast import Outlook, Span, Supply, Training
from pipeline.memory import Setting
from pipeline.models.estimate import estimate_tokens
from pipeline.stage import Context, Stage
from pipeline.taxonomy import Taxonomy
from pipeline.training.card import write_card
from pipeline.training.launch import launch, trl_fields
from pipeline.training.room import micro_batch

ROWS = "rows.jsonl"
_TEMPLATE_TOKENS = 12


class Adapter(Strict):
    """Train a LoRA adapter instead of all weights."""

    rank: int = Field(16, gt=0)
    alpha: int = Field(32, gt=0)
    dropout: float = Field(0.0, ge=0, lt=1)
    target_modules: str | list[str] = "all-linear"


class TrainingStage(Stage):
    """Knobs of every training stage; each is handed to TRL under its own name there."""

    epochs: float = Field(3.0, gt=0)
    """Passes over the rows."""
    learning_rate: float | None = Field(None, gt=0)
    """Peak learning rate; by default one that suits the method (full or adapter)."""
    batch_size: int = Field(8, gt=0)
    """Rows per optimiser step, over all devices."""
    micro_batch: int | None = Field(None, gt=0)
    """Rows per forward pass on one device; `batch_size` where not given."""
    max_length: int = Field(1024, gt=0)
    """Tokens of a row; longer rows are dropped and counted, not cut."""
    adapter: Adapter | None = None
    """A LoRA adapter; all weights where not given."""
    chat_template: str | None = None
    """A chat template in place of the student's own: `chatml`, or a .jinja file. Saved with it."""
    bf16: bool | None = None
    """bfloat16 autocast; by default where the device multiplies it faster than float32."""
    save_every_seconds: float = Field(300.0, gt=0)
    """How much training a kill may cost at most."""
    trainer: dict[str, Any] = {}
    """Any further field of TRL's config for this method."""

    trl_config: ClassVar[str]
    """The name of TRL's config that `trainer:` fields belong to."""
    execution_only = {
        "save_every_seconds": "how often progress is kept does not change the weights"
    }

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Find a chat template that cannot be read and `trainer:` fields that TRL does not have."""
        self._template()
        known = trl_fields(self.trl_config) if self.trainer else []
        for name in self.trainer:
            if name not in known:
                hint = nearest(name, known)
                raise RecipeError(f"trainer.{name}: no such field of TRL's {self.trl_config}{hint}")

    def identity(self) -> dict[str, Any]:
        """The chat template counts by its text."""
        return super().identity() | {"chat_template": self._template()}

    def _template(self) -> str | None:
        name = self.chat_template
        if name is None:
            return None
        file = Path(__file__).parent / "chatml.jinja" if name == "chatml" else Path(name)
        try:
            return file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as exc:
            raise RecipeError(f"chat_template '{name}' cannot be read: {exc}") from exc

    def setting(self) -> Setting:
        """How this stage takes memory, at most: with rows of `max_length`."""
        micro = min(self.micro_batch or self.batch_size, self.batch_size)
        return Setting(
            micro_batch=micro,
            length=self.max_length,
            method="lora" if self.adapter else "full",
            rank=self.adapter.rank if self.adapter else 0,
            checkpointing=bool(self.trainer.get("gradient_checkpointing")),
            half=bool(self.bf16),
            pairs=self.trl_config == "DPOConfig",
            accumulates=micro < self.batch_size,
        )

    def brief(self, steps: int) -> Self:
        """The same stage, stopped after a few steps: enough to see how fast they are."""
        return self.model_copy(update={"trainer": self.trainer | {"max_steps": steps}})

    def tokens_of_a_step(self, rows: Rows) -> float:
        """Tokens of an optimiser step on such rows, estimated as `outlook` estimates them."""
        names = ("chosen", "rejected") if self.setting().pairs else ("completion",)
        each = [
            estimate_tokens(row["prompt"][-1]["content"])
            + estimate_tokens(row[name][-1]["content"])
            + _TEMPLATE_TOKENS
            for row in rows.kept
            for name in names
        ]
        return self.batch_size * sum(each) / max(1, len(rows.kept))

    def outlook(self, rows: Supply, tokens: Span) -> Outlook:
        """Training on rows of so many tokens, and a few more for the chat template's marks."""
        pairs = self.setting().pairs
        each = tokens + Span.exactly(_TEMPLATE_TOKENS * (2 if pairs else 1))
        return Outlook(
            training=Training(rows.count, each, self.epochs, self.batch_size, pairs),
        )

    def train(
        self,
        context: Context,
        job: str,
        student: Checkpoint,
        rows: list[Row],
        **extra: Any,
    ) -> Checkpoint:
        """Write the rows, run the job in a child process, return what it saved."""
        if not rows:
            raise RowsError("no rows to train on; look at the rejected rows of the stage before")
        path = context.folder / ROWS
        path.write_text("".join(_line(row) for row in rows), encoding="utf-8")
        settings = self.model_dump(mode="json") | extra
        settings["chat_template"] = self._template()
        settings["micro_batch"] = micro_batch(
            self.setting(),
            student.folder,
            rows,
            context.progress,
            chosen=self.micro_batch is not None,
        )
        seed = context.seed_for("trainer")
        launch(
            settings | {"job": job, "student": str(student.folder), "seed": seed, "rows": ROWS},
            context,
        )
        write_card(context, job, student, rows, self.model_dump(mode="json"))
        return Checkpoint(context.folder)


def _line(row: Row) -> str:
    import json

    return json.dumps(row, ensure_ascii=False) + "\n"
