"""Responses: a model answers the prompts of rows, as a teacher with help or a student without."""

from typing import Any

from tutelage.contract.context import Context
from tutelage.contract.forecast import Estimate, Length, Measurements, RowEstimate, StageForecast
from tutelage.contract.stage import Generating
from tutelage.core.artifacts import Rows
from tutelage.generation.answers import Answering, Answers, check_answering
from tutelage.generation.request_estimates import answer_asks
from tutelage.models.model import Model
from tutelage.taxonomy.leaf import Taxonomy

_KEPT = Estimate(0.8, 0.97, 1.0)


class Responses(Answering, Generating):
    """Answer each row's prompt.

    `help: examples` is the teacher's way: it sees the passage and the leaf's seed examples, and is
    told the attributes where these decide the answer. A knowledge question was written for an
    answer (`draft`): that one stays the completion and the teacher's goes to `second`, so that a
    filter can demand that both agree. `help: none` is the student's way: the prompt alone; with
    `samples` above one, every attempt becomes a row of the same `group`.
    """

    def identity(self) -> dict[str, Any]:
        """Templates count by their text."""
        return super().identity() | self.texts()

    def schema_inputs(self) -> tuple[str, ...]:
        """The model, where a schema is given."""
        return ("model",) if self.json_schema is not None else ()

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Raises RecipeError for a template that cannot be used."""
        check_answering(self, taxonomy.leaves if taxonomy else ())

    def run(
        self,
        context: Context,
        rows: Rows,
        model: Model,
        taxonomy: Taxonomy | None = None,
    ) -> Rows:
        """The rows with `completion`; rejected are answers that are empty, cut or failed."""
        return Answers(context, model, self, taxonomy).answer(rows.kept)

    def forecast(
        self, seen: Measurements, rows: RowEstimate, model: str, taxonomy: Taxonomy | None = None
    ) -> StageForecast:
        """An answer, or several, to each row."""
        asked = {leaf: count * self.samples for leaf, count in rows.rows.items()}
        asks = answer_asks(self, asked, rows, model, taxonomy)
        made = {leaf: count * seen.kept(leaf, _KEPT) for leaf, count in asked.items()}
        answer = Estimate(1, self.max_tokens / 4, self.max_tokens)
        lengths = {leaf: Length(rows.lengths[leaf].question, answer) for leaf in made}
        return StageForecast(
            RowEstimate(made, lengths, self.samples * rows.per_prompt), tuple(asks)
        )
