"""What all training methods share as stages: the knobs, and handing a job to a child process.

What a method differs in are class variables and class methods; those below `In the child` are
called where torch and TRL are loaded, and import them there.
"""

import importlib.util
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.contract.known_inputs import Known
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Checkpoint, Row, prompt_of
from tutelage.core.digests import digest
from tutelage.core.errors import RecipeError, RowsError
from tutelage.models.reference import Reference
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.training.adapter import Adapter
from tutelage.training.chat_templates import ChatTemplate, template_text
from tutelage.training.checkpoint_card import write_card
from tutelage.training.fresh_start import begin, finished
from tutelage.training.launch import launch
from tutelage.training.learning_rates import PublishedRates
from tutelage.training.memory_estimate import Method, Setting
from tutelage.training.memory_fit import micro_batch
from tutelage.training.spread_over import is_spread, processes
from tutelage.training.trackers import Trackers, check_trackers
from tutelage.training.trainer_options import check_options

if TYPE_CHECKING:
    from tutelage.training.encoder import Encoder
    from tutelage.training.prepare import Prepared

ROWS = "rows.jsonl"
_LOOKED_AT = 1000
"""Rows of a file that are looked at before a run."""
NOTHING: Mapping[str, Any] = {}
_RECOMPUTES = ("activation_checkpointing", "gradient_checkpointing")
"""The two names that transformers has for it."""


class TrainingStage(Stage):
    """A training method: its settings, and everything in which it differs from others."""

    epochs: float = Field(3.0, gt=0)
    """Passes over the rows."""
    seconds: float | None = Field(None, gt=0)
    """Training ends once it has taken so many seconds, unless something else ends it before
    (`epochs`, `patience`, `max_steps`, a watch on rewards). Looks at validation rows and a pilot
    count; loading and saving do not. The learning rate falls with the time, so its schedule is
    whole. Two runs may differ in their steps. By default no limit."""
    learning_rate: float | None = Field(None, gt=0)
    """Peak learning rate; by default one that suits method, size and batch."""
    batch_size: int = Field(8, gt=0)
    """Rows per optimiser step, over all devices."""
    micro_batch: int | None = Field(None, gt=0)
    """Rows per forward pass on one device to begin with; halved where memory does not suffice."""
    max_length: int = Field(1024, gt=0)
    """Tokens of a row; longer rows are dropped and counted, not cut."""
    adapter: Adapter | None = None
    """A LoRA adapter; where not given all weights, or the adapter that the student is."""
    validation: float = Field(0.0, ge=0, lt=1)
    """Share of each leaf's rows held back: evaluated ten times, the best checkpoint is kept.

    None by default: in a small set every row may hold a fact of its own, and the recipe's held-out
    questions measure the outcome.
    """
    patience: int = Field(3, gt=0)
    """Evaluations without a better validation loss after which training stops."""
    chat_template: ChatTemplate | None = None
    """A chat template in place of the student's own: `chatml`, `chatml_thinking`, or a .jinja file.
    Saved with it."""
    bf16: bool | None = None
    """bfloat16 autocast; by default where the device multiplies it faster than float32."""
    decontaminate: bool = True
    """Refuse rows that ask a held-out question word for word; a `filter` before drops them."""
    save_every_seconds: float = Field(300.0, gt=0)
    """How many seconds of training a kill may cost at most."""
    report_to: Trackers = []
    """Trackers that follow the training: trackio, wandb, mlflow, tensorboard; one or a list. Where
    and under which account each reports is said by its own environment variables."""
    trainer: dict[str, Any] = {}
    """Any further field of TRL's config for this method."""

    trl_config: ClassVar[str]
    """The name of TRL's config that `trainer:` fields belong to."""
    rates: ClassVar[PublishedRates]
    """Where `learning_rate` comes from by default."""
    pairs: ClassVar[bool] = False
    """Whether a row has two answers, chosen and rejected, which pass the model together."""
    takes_in: ClassVar[tuple[str, ...]] = ()
    """Fields of `trainer:` that `trl_fields` takes in, so that they do not stand beside it."""
    curves: ClassVar[tuple[dict[str, str], ...]] = (
        {"loss": "training loss", "eval_loss": "validation loss"},
    )
    """What a report plots of the log, a plot each: the logged names, and what they are called."""
    compares_loss: ClassVar[bool] = True
    """Whether the loss on training rows is compared, before and after, to see harm."""
    keeps_start: ClassVar[bool] = False
    """Whether the start is handed on where no step was better than it on the rows held back."""
    gains_by: ClassVar[str] = "learning_rate or epochs"
    """What to change where the start was, in words."""
    learns_from_answers: ClassVar[bool] = True
    """Whether rows bring the answers that are learnt; else the student gives them itself, and a
    pilot of the plan takes the stage's own rows, not seed examples."""
    rehearsal: ClassVar[dict[str, Any]] = {}
    """Knobs that a rehearsal of `trainer:` fields takes in place of the recipe's."""
    answers: ClassVar[bool] = True
    """Whether what is trained answers requests, so that its answers must end."""
    auto_model: ClassVar[str] = "AutoModelForCausalLM"
    """The class of transformers that loads the student."""
    model_options: ClassVar[dict[str, Any]] = {}
    """Arguments for loading it."""
    task: ClassVar[str] = "CAUSAL_LM"
    """The kind of model, as peft names it."""
    version = 3
    execution_only = {
        "decontaminate": "decides whether the stage is refused, not what it makes",
        "report_to": "where a training is reported does not change the weights",
        "save_every_seconds": "how often progress is kept does not change the weights",
        "micro_batch": "a step is weighed over all of its rows, however they are cut",
    }

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Find a chat template that cannot be read and `trainer:` fields that TRL does not take."""
        self._template()
        if self.adapter and self.adapter.four_bit and not importlib.util.find_spec("bitsandbytes"):
            raise RecipeError("adapter.four_bit: needs bitsandbytes; install `tutelage[qlora]`")
        check_trackers(self.report_to)
        check_options(self)

    @property
    def answers_per_row(self) -> int:
        """How many answers to a row pass the model."""
        return 2 if self.pairs else 1

    def setting(self, processes: int = 1) -> Setting:
        """How this stage takes a device's memory, at most: with rows of `max_length`."""
        share = -(-self.batch_size // processes)
        micro = min(self.micro_batch or share, share)
        return Setting(
            micro_batch=micro,
            length=self.max_length,
            method=self._method(),
            rank=self.adapter.rank if self.adapter else 0,
            checkpointing=any(self.trainer.get(name) for name in _RECOMPUTES),
            half=self.bf16,
            pairs=self.pairs,
            accumulates=micro < share,
        )

    def brief(self, steps: int) -> Self:
        """The same stage, stopped after a few steps: enough to see how fast they are."""
        trainer = self.trainer | {"max_steps": steps}
        return self.model_copy(update={"trainer": trainer, "validation": 0.0})

    def columns(self, row: Row) -> Row:
        """What of a row the job needs: `id`, `leaf` and the conversation; raises RowsError."""
        raise NotImplementedError

    def check_known(self, known: Known, taxonomy: Taxonomy | None) -> None:
        """Raises RowsError where one of the first rows of a file cannot be learnt from."""
        for rows in known.rows.get("rows", ()):
            for row in rows.kept[:_LOOKED_AT]:
                self.check_row(row)

    def check_row(self, row: Row) -> None:
        """Raises RowsError for a row that the method cannot learn from."""
        if self.learns_from_answers:
            self.columns(row)
        else:
            prompt_of(row)

    def taken(self, row: Row, names: Iterable[str]) -> Row:
        """These columns of a row, with those that every method takes where they are there."""
        always = [name for name in ("id", "leaf", "tools") if row.get(name)]
        return {name: row[name] for name in (*always, *names)}

    def pair_columns(self, row: Row, margin_for: str = "") -> Row:
        """A prompt with the two answers, and its `margin` where a knob asks for one.

        Raises RowsError where one is missing.
        """
        names = ("prompt", "chosen", "rejected")
        missing = [name for name in names if not row.get(name)]
        if missing:
            raise RowsError(f"{row['id']}: lacks `{missing[0]}`")
        pair, margin = self.taken(row, names), row.get("margin")
        if not margin_for:
            return pair
        number = isinstance(margin, int | float) and not isinstance(margin, bool)
        if margin is None or not number or math.isnan(margin):
            raise RowsError(
                f"{row['id']}: lacks a number under `margin`, which `{margin_for}` asks for; pairs "
                "that a reward model made have one"
            )
        if margin < 0:
            raise RowsError(
                f"{row['id']}: `margin` is {margin:g}, so `rejected` is the better answer; swap "
                "the two"
            )
        return pair | {"margin": float(margin)}

    def worth_saying(self, rows: int) -> str | None:
        """What to say before training on so many rows; nothing where all is as it should be."""
        return None

    def train(
        self,
        context: Context,
        student: Checkpoint,
        rows: Sequence[Row],
        beside: Mapping[str, Any] = NOTHING,
        models: Sequence[Checkpoint] = (),
    ) -> Checkpoint:
        """Write the rows, run the job in a child process, return what it saved.

        `beside` goes into the job; `models` are those that decide the result beside the student.
        """
        if not rows:
            raise RowsError("no rows to train on; look at the rejected rows of the stage before")
        if student.folder.resolve() == context.folder.resolve():
            raise RecipeError(f"{context.folder}: is the student's own folder; train into another")
        refuse_exam_side(rows)
        if told := self.worth_saying(len(rows)):
            context.progress.say(f"{context.stage}: {told}")
        taken = [self.columns(row) for row in rows]
        if begin(context.folder, self.training_digest(context, student, taken, models)):
            context.progress.say(
                f"{context.stage}: the training begun in this folder had other rows, settings or "
                "weights; this one starts anew"
            )
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in taken)
        (context.folder / ROWS).write_text("".join(lines), encoding="utf-8")
        settings = self.model_dump(mode="json") | {"chat_template": self._template()}
        settings["micro_batch"] = self._micro_batch(context, student, taken)
        place = {"student": str(student.folder), "rows": ROWS, "seed": context.seed_for("trainer")}
        place |= {"run_name": context.stage}
        job = settings | place | dict(beside) | {"job": "train", "method": self.use()}
        launch(job, context)
        finished(context.folder)
        method = type(self).__name__.lower()
        write_card(context, method, student, list(rows), self.model_dump(mode="json"))
        return Checkpoint(context.folder)

    def training_digest(
        self,
        context: Context,
        student: Checkpoint,
        rows: Sequence[Row],
        models: Sequence[Checkpoint] = (),
    ) -> str:
        """What decides the weights: a training goes on from what one of the same digest left."""
        weights, *others = (
            Reference("folder", str(one.folder), file=one.folder).identity()
            for one in (student, *models)
        )
        return digest(self.identity(), weights, context.seed_for("trainer"), rows, *others)

    def _micro_batch(self, context: Context, student: Checkpoint, rows: list[Row]) -> int:
        """What fits, where this machine's memory says it."""
        count = processes(context.accelerate)
        setting = self.setting(count)
        if is_spread(context.accelerate):
            return setting.micro_batch
        return micro_batch(
            setting,
            student.folder,
            rows,
            context.progress,
            chosen=self.micro_batch is not None,
            processes=count,
        )

    def _method(self) -> Method:
        if self.adapter is None:
            return "full"
        return "qlora" if self.adapter.four_bit else "lora"

    def _template(self) -> str | None:
        return template_text(self.chat_template)

    # In the child.

    @classmethod
    def trainer_class(cls) -> type[Any]:
        """TRL's trainer; one that takes our steps (`TakesSteps`), or runs on TRL's own loop."""
        raise NotImplementedError

    @classmethod
    def trainer_options(cls, job: dict[str, Any], prepared: "Prepared") -> dict[str, Any]:
        """What the trainer is given beside model, config, rows and tokenizer."""
        return {}

    @classmethod
    def lengths(cls, job: dict[str, Any], encoder: "Encoder", rows: list[Row]) -> list[int | str]:
        """Tokens of each row, or why nothing of it can be learnt."""
        return encoder.lengths(rows)

    @classmethod
    def trl_fields(cls, job: dict[str, Any], prepared: "Prepared") -> dict[str, Any]:
        """Fields of TRL's config that the method settles; those of the user come after."""
        return {}

    @classmethod
    def dataset(cls, name: str, rows: list[Row], prepared: "Prepared") -> Any:
        """The `train` or `validation` rows as the trainer takes them."""
        raise NotImplementedError

    @classmethod
    def ceiling(cls, job: dict[str, Any], args: Any, vocabulary: int) -> float:
        """A loss that no sound training stays above."""
        return math.inf

    @classmethod
    def callbacks(cls, job: dict[str, Any], prepared: "Prepared", trainer: Any) -> list[Any]:
        """What else watches the training."""
        return []


def refuse_exam_side(rows: Iterable[Row]) -> None:
    """Raise RowsError where rows are problems of the exam side of `verifiable`."""
    if exam := [row["id"] for row in rows if row.get("split") == "exam"]:
        raise RowsError(
            f"{len(exam)} rows are problems of the exam side of `verifiable`, {exam[0]} first; "
            "draw rows for training with `split: train`"
        )
