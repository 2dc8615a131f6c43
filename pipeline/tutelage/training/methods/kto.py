"""KTO: learning from single answers that are good or bad, without pairs (TRL's KTOTrainer)."""

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.core.artifacts import Checkpoint, Row, Rows
from tutelage.core.errors import RecipeError, RowsError
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.training.learning_rates import PublishedRates
from tutelage.training.training_stage import TrainingStage

if TYPE_CHECKING:
    from tutelage.training.prepare import Prepared


class KTO(TrainingStage):
    """Tune the student on answers that are good or bad (KTO, arXiv:2402.01306).

    Rows have `prompt`, `completion` and `label` (true for a good answer); a row with `chosen` and
    `rejected` counts as one of each. For what people mark one by one, which makes no pairs.
    """

    trl_config: ClassVar[str] = "KTOConfig"
    rates: ClassVar[PublishedRates] = PublishedRates(1e-6, 7e9, 5e-7)
    takes_in: ClassVar[tuple[str, ...]] = ("desirable_weight", "undesirable_weight")
    curves: ClassVar[tuple[dict[str, str], ...]] = (
        *TrainingStage.curves,
        {"rewards/chosen": "reward of good answers", "rewards/rejected": "of bad ones"},
        {"kl": "KL from the start, nats"},
    )

    beta: float = Field(0.1, gt=0)
    """How closely the student is held to where it started."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Beside what every training checks: KTO compares answers within a micro-batch."""
        super().check(taxonomy)
        if min(self.batch_size, self.micro_batch or self.batch_size) < 2:
            raise RecipeError(
                "micro_batch: KTO sets an answer against another one's prompt, so it needs at "
                "least 2 rows in a forward pass"
            )

    def run(self, context: Context, student: Checkpoint, rows: Rows) -> Checkpoint:
        """A checkpoint: the whole model, or an adapter."""
        singles = [one for row in rows.kept for one in _singles(row)]
        labels = {self.columns(row)["label"] for row in singles}
        if singles and labels.isdisjoint({True}) | labels.isdisjoint({False}):
            kind = "good" if True in labels else "bad"
            raise RowsError(f"all {len(singles)} answers are {kind}: KTO needs both kinds")
        return self.train(context, student, singles)

    def check_row(self, row: Row) -> None:
        """Raises RowsError where a row, or either side of a pair, lacks something."""
        for one in _singles(row):
            self.columns(one)

    def columns(self, row: Row) -> Row:
        """A prompt, an answer, and whether it is good."""
        missing = [name for name in ("prompt", "completion") if not row.get(name)]
        if missing or not isinstance(row.get("label"), bool):
            raise RowsError(
                f"{row['id']}: lacks `{missing[0] if missing else 'label'}`; KTO takes `prompt`, "
                "`completion` and `label` (true or false), or pairs"
            )
        return self.taken(row, ("prompt", "completion", "label"))

    @classmethod
    def trainer_class(cls) -> type[Any]:
        """TRL's own trainer."""
        from trl import KTOTrainer

        return KTOTrainer  # type: ignore[no-any-return]

    @classmethod
    def trl_fields(cls, job: dict[str, Any], prepared: "Prepared") -> dict[str, Any]:
        """Its knob, and weights that let the rarer kind count as much as the other.

        The paper (section 4.1) keeps the ratio of the two kinds' weights times their counts
        between 1 and 4/3; here it is 1.
        """
        labels = [row["label"] for row in prepared.rows.train]
        good = max(1, sum(labels))
        bad = max(1, len(labels) - good)
        given = job["trainer"]
        return {
            "beta": job["beta"],
            "max_length": None,  # longer rows were left out
            "desirable_weight": given.get("desirable_weight", max(1.0, bad / good)),
            "undesirable_weight": given.get("undesirable_weight", max(1.0, good / bad)),
        }

    @classmethod
    def dataset(cls, name: str, rows: list[Row], prepared: "Prepared") -> Any:
        """As TRL's trainer takes them."""
        from datasets import Dataset

        names = ("prompt", "completion", "label")
        return Dataset.from_list([{one: row[one] for one in names} for row in rows])


def _singles(row: Row) -> list[Row]:
    """A pair as a good answer and a bad one; any other row as it is."""
    if not (row.get("chosen") and row.get("rejected")):
        return [row]
    rest = {name: value for name, value in row.items() if name not in ("chosen", "rejected")}
    return [
        rest | {"id": f"{row['id']}/{kind}", "completion": row[kind], "label": kind == "chosen"}
        for kind in ("chosen", "rejected")
    ]
