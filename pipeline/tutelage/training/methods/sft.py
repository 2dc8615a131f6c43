"""Supervised fine-tuning: the student learns the accepted answers (TRL's SFTTrainer).

The loss is the cross-entropy of the assistant's tokens alone, the mean over all of them in a step.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.core.artifacts import Checkpoint, Row, Rows, is_plain_text
from tutelage.core.errors import RecipeError, RowsError
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.training.learning_rates import PublishedRates
from tutelage.training.memory_estimate import Setting
from tutelage.training.thoughts import ThoughtForm, with_thoughts
from tutelage.training.training_stage import TrainingStage

if TYPE_CHECKING:
    from tutelage.training.prepare import Prepared

FEWEST_STEPS = 50
"""Steps below which nothing was learnt: 20 steps gave 4% of a handbook's questions, 25 of the best
rows two thirds, 80 of made ones nearly all (benchmarks/forgetting.md)."""


class FineTuning(TrainingStage):
    """All that SFT is, for every stage that fine-tunes on answers."""

    trl_config: ClassVar[str] = "SFTConfig"
    rates: ClassVar[PublishedRates] = PublishedRates(1e-3, 7e9, 2e-5, shrinks_with_rows=True)

    start_share: float = Field(0.0, ge=0, lt=1)
    """Share of the start's weights in those that are saved: less is forgotten (WiSE-FT)."""
    frozen: float = Field(0.0, ge=0, lt=1)
    """Share of the layers, from the embeddings up, whose weights stay as they are: steps are faster
    and less is forgotten, as long as what is left suffices to learn with."""
    replay_divergence: float = Field(0.0, ge=0)
    """Weight of the divergence from the student as it was, on rows that `mix` replays: there it
    keeps the whole distribution that it had, not only the tokens drawn. 0 trains on them as on all
    others. Takes a copy of the student, which passes over the replayed rows too."""
    reasoning: ThoughtForm = "none"
    """How the column `reasoning` is learnt: `plain` writes the steps and then `Answer: ...`;
    `think` puts them between the student's own marks (`<think>`) before the answer; `none` leaves
    them out."""
    without_thoughts: float = Field(0.0, ge=0, lt=1)
    """Share of rows learnt without their reasoning, so that the student can do both: they are
    rendered with the chat template's `enable_thinking` off, as it is asked for later (`template:
    {enable_thinking: false}`). `chat_template: chatml_thinking` has this switch."""
    in_order: bool = False
    """Take the rows in the order that they come in, a curriculum of `mix: {order: easy_first}` say,
    in place of a drawn one."""
    learnt_at_loss: float = Field(0.0, ge=0)
    """Mean loss of the last steps, in nats a token, at which training ends early; 0 never ends it.
    Rows that are learnt by heart teach no more, and cost what the student could do before."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Beside what every training checks: only whole weights can be averaged."""
        super().check(taxonomy)
        for name in ("start_share", "frozen"):
            if getattr(self, name) and self.adapter is not None:
                raise RecipeError(f"{name}: is about whole weights; leave it out with `adapter:`")
        if self.without_thoughts and self.reasoning == "none":
            raise RecipeError("without_thoughts: no row has thoughts with `reasoning: none`")

    def setting(self, processes: int = 1) -> Setting:
        """With the copy of the student that replayed rows are held to."""
        return replace(super().setting(processes), start=bool(self.replay_divergence))

    def columns(self, row: Row) -> Row:
        """A prompt with its completion, or else a conversation, or else a plain text.

        `opening` says how much of a completion is learnt, where that is not all of it; with its
        reasoning an answer is learnt whole.
        """
        replayed = ("replayed",) if row.get("replayed") else ()
        if is_plain_text(row):
            return self.taken(row, ("text", *replayed))
        names = ("prompt", "completion") if row.get("completion") else ("messages",)
        missing = [name for name in names if not row.get(name)]
        if missing:
            raise RowsError(f"{row['id']}: needs `prompt` and `completion`, `messages`, or `text`")
        row = with_thoughts(row, self.reasoning, self.without_thoughts)
        parts = ("thinks", "opening") if self.reasoning == "none" else ("thinks",)
        more = [name for name in parts if row.get(name) is not None]
        return self.taken(row, (*names, *more, *replayed))

    def worth_saying(self, rows: int) -> str | None:
        """A warning where so few steps teach next to nothing."""
        steps = rows * self.epochs / self.batch_size
        if steps >= FEWEST_STEPS:
            return None
        return (
            f"only about {steps:.0f} steps; under {FEWEST_STEPS} a model seldom learns what is "
            "asked. For more rows add `document_augmentation`, a further round of `instructions`, "
            "or another teacher; with `exposures` in `mix`, or `epochs`, each row is used more "
            "often"
        )

    @classmethod
    def trainer_class(cls) -> type[Any]:
        """TRL's trainer with steps of whole rows, weighed by their assistant tokens."""
        import torch
        from trl import SFTTrainer

        from tutelage.training.encoder import IGNORED
        from tutelage.training.hold_to_start import Start
        from tutelage.training.step_batches import Features, TakesSteps

        class StepwiseSft(TakesSteps, SFTTrainer):
            columns = ("input_ids", "labels", "items", "replayed")

            def __init__(self, **given: Any) -> None:
                self._weight = float(given["job"]["replay_divergence"])
                half = bool(given["job"]["bf16"])
                self._start = Start(given["model"], half=half) if self._weight else None
                super().__init__(**given)

            def backward(self, model: Any, rows: list[Features], step: list[Features]) -> Any:
                apart = self._start is not None
                learnt = [not (apart and row["replayed"]) for row in rows]
                inputs = self._inputs(rows or step[:1], learnt or [False])
                if self._start is not None:
                    held = self._inputs(rows, [not one for one in learnt]) if rows else None
                    self._start.labels = held["labels"].to(self.args.device) if held else None
                items = torch.tensor(sum(row["items"] for row in step), device=self.args.device)
                return SFTTrainer.training_step(self, model, inputs, items)

            def compute_loss(self, model: Any, inputs: Any, *more: Any, **options: Any) -> Any:
                start = self._start
                if start is not None and not model.training:
                    start.labels = None
                loss = SFTTrainer.compute_loss(self, model, inputs, *more, **options)
                if start is None or start.labels is None or start.divergence is None:
                    return loss
                devices = self.accelerator.num_processes  # as TRL weighs its own loss
                apart = start.divergence / options["num_items_in_batch"]
                start.labels = start.divergence = None
                return loss + self._weight * apart * devices

            def _inputs(self, rows: list[Features], counting: list[bool]) -> Any:
                """The rows together; those that do not count here have no labels."""
                return self.data_collator(
                    [
                        row if counts else row | {"labels": [IGNORED] * len(row["labels"])}
                        for row, counts in zip(rows, counting, strict=True)
                    ]
                )

        return StepwiseSft

    @classmethod
    def trl_fields(cls, job: dict[str, Any], prepared: "Prepared") -> dict[str, Any]:
        """Rows laid end to end where the attention kernel keeps them apart."""
        from tutelage.training.student import keeps_rows_apart

        return {"max_length": None, "padding_free": keeps_rows_apart(prepared.model)}

    @classmethod
    def dataset(cls, name: str, rows: list[Row], prepared: "Prepared") -> Any:
        """Tokens, with a label where they are the assistant's."""
        from datasets import Dataset

        replayed = {row["id"] for row in rows if row.get("replayed")}
        encoded = prepared.encoder.encode(rows)
        return Dataset.from_list([row | {"replayed": row["id"] in replayed} for row in encoded])

    @classmethod
    def ceiling(cls, job: dict[str, Any], args: Any, vocabulary: int) -> float:
        """Twice the loss of guessing every token, ln(vocabulary)."""
        from tutelage.training.loss_monitor import guessing

        return 2 * guessing(vocabulary)

    @classmethod
    def callbacks(cls, job: dict[str, Any], prepared: "Prepared", trainer: Any) -> list[Any]:
        """An early end where the rows are learnt."""
        from tutelage.training.callbacks import StopWhenLearned

        loss = job["learnt_at_loss"]
        return [StopWhenLearned(prepared.folder, loss)] if loss else []


class SFT(FineTuning):
    """Fine-tune the student on `prompt`/`completion` or `messages` rows, loss on answers only.

    In `messages` every assistant turn counts.
    """

    def run(self, context: Context, student: Checkpoint, rows: Rows) -> Checkpoint:
        """A checkpoint: the whole model, or an adapter."""
        return self.train(context, student, rows.kept)
