"""Responses: a model answers the prompts of rows, as a teacher with help or a student without."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar

from tutelage.contract.context import Context
from tutelage.contract.stage import Generating
from tutelage.core.artifacts import Rows
from tutelage.core.rows_writer import RowsWriter
from tutelage.core.stored_rows import StoredRows, are_many
from tutelage.generation.answers import Answering, Answers, check_answering
from tutelage.generation.reasoned_answers import ReasonedAnswers, stats_of
from tutelage.models.model import Model
from tutelage.taxonomy.leaf import Taxonomy


class Responses(Answering, Generating):
    """Answer each row's prompt.

    `help: examples` is the teacher's way: it sees the passage and the leaf's seed examples, and is
    shown the attributes where these decide the answer. A knowledge question was written for an
    answer (`extracted_answer`): that one stays the completion and the teacher's goes to
    `alternative`, so that a filter can demand that both agree. `help: none` is the student's way:
    the prompt alone; with `samples` above one, every attempt becomes a row of the same `prompt_id`.
    """

    version: ClassVar[int] = 6
    keeps_prompts: ClassVar[bool] = True

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
        """The rows with `completion`; rejected are answers that are empty, cut or failed.

        With `reasoning` also what is wrong by the row's truth; `stats` tell how many attempts were
        right, turned to another approach, or had been right before they went wrong.
        """
        kind = ReasonedAnswers if self.reasoning else Answers
        return kind(context, model, self, taxonomy).answer(rows.kept)

    def run_on_shards(self, context: Context, inputs: Mapping[str, Any]) -> StoredRows | None:
        """The same for rows that are too many to be held: the answers of one shard at a time."""
        rows: StoredRows = inputs["rows"]
        if not are_many([rows]):
            return None
        given = (context, inputs["model"], self, inputs.get("taxonomy"))
        made = RowsWriter(context.folder)
        if self.reasoning:
            return self._reasoned(ReasonedAnswers(*given), rows, made)
        answers = Answers(*given)
        for part in rows.parts():
            made.keep(answers.by_document(part))
        for part in rows.parts():
            made.add(answers.ask(part))
        return made.close()

    def _reasoned(self, answers: ReasonedAnswers, rows: StoredRows, made: RowsWriter) -> StoredRows:
        answers.check_truth(row for part in rows.parts() for row in part)
        counts: Counter[str] = Counter()
        for part in rows.parts():
            answered, of_part = answers.attempt(part)
            made.add(answered)
            counts.update(of_part)
        return made.close(stats_of(counts))
