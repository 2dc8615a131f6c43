"""Generation in rounds: instructions, their evaluation, answers, theirs, until enough are accepted.

The four steps of LAB (arXiv:2403.01081) as one stage, since they are repeated for what is short.
Every answer is in the journal, so a run that was killed goes on where it was.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.contract.stage import Generating
from tutelage.core.artifacts import Rows
from tutelage.core.errors import RecipeError
from tutelage.curation.filters.filter_chain import check_filters, with_demands
from tutelage.curation.filters.guarded import Guarded
from tutelage.curation.filters.row_filter import FilterSpec
from tutelage.generation.answers import Answering, check_answering
from tutelage.generation.quota import Quota
from tutelage.generation.rounds import Rounds, RoundSteps
from tutelage.generation.session import GenerationSession
from tutelage.generation.writers import check_teacher, check_writing, rows_demand, writers_of
from tutelage.generation.writing import Writing
from tutelage.judging.grading import check_grading
from tutelage.judging.rubric import Rubric, RubricFile, load_rubric
from tutelage.models.model import Model
from tutelage.taxonomy.leaf import Leaf, Taxonomy

Specs = list[FilterSpec]


class Generate(Guarded, Generating):
    """Generate rows for each leaf until its `samples` are accepted; a surplus is rejected as such.

    Rounds go to leaves that are short, and in them to the passages and cells of the attribute grid
    that are: how much is asked for follows from how much was accepted so far.
    """

    version: ClassVar[int] = 15

    samples: int = Field(40, gt=0)
    """Accepted rows wanted from a leaf that does not say so itself."""
    rounds: int = Field(6, gt=0)
    """Rounds, at most; later ones are small."""
    attempts: float = Field(8.0, ge=1)
    """Instructions asked for per row wanted, at most; what is short then stays short."""
    first: float = Field(1.0, ge=1)
    """Instructions asked for per row wanted in the first round, when no yield is known; more than
    one saves a round where few are accepted, and pays for a surplus where many are."""
    instructions: Writing = Writing()
    """How instructions are written: the fields of the stage `instructions` that are not counts."""
    before: Specs = []
    """Filters of instructions, as in the stage `filter`."""
    instruction_rubrics: list[RubricFile] = []
    """Rubrics by which a judge evaluates instructions that passed, as in the stage `judge`."""
    responses: Answering = Answering()
    """How they are answered: the fields of the stage `responses`."""
    after: Specs = []
    """Filters of answered rows; what the leaves demand under `verify:` is asked of them too."""
    response_rubrics: list[RubricFile] = []
    """Rubrics by which a judge evaluates answered rows."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Try filters, rubrics and templates before anything is spent."""
        for name in ("before", "after"):
            check_filters(getattr(self, name), name, taxonomy)
        self.guarded_files()
        for rubric in self._rubrics(self.instruction_rubrics + self.response_rubrics):
            check_grading(rubric)
        if self.responses.reasoning:
            raise RecipeError("responses.reasoning: is for the stage `responses`, after this one")
        if self.responses.samples > 1 or self.responses.help == "none":
            raise RecipeError("`responses` here are a teacher's, one to an instruction")
        if taxonomy is not None:
            check_writing(self.instructions, taxonomy)
            check_answering(self.responses, self.instructions.chosen(taxonomy))

    def check_models(self, models: Mapping[str, Model], taxonomy: Taxonomy | None) -> None:
        """Raises RecipeError for a teacher that a way of writing cannot ask."""
        if taxonomy is not None and "teacher" in models:
            check_teacher(self.instructions, taxonomy, models["teacher"])

    def schema_inputs(self) -> tuple[str, ...]:
        """The teacher, where its answers get a schema."""
        return ("teacher",) if self.responses.json_schema is not None else ()

    def run(
        self,
        context: Context,
        taxonomy: Taxonomy,
        teacher: Model,
        judge: Model | None = None,
        against: Rows | None = None,
    ) -> Rows:
        """Rows with `prompt` and `completion`; rejected ones of every step and round.

        The teacher judges where no judge is given. Rows of `against` are there already: one that
        repeats them is a duplicate. `stats` tell what each round brought (`rounds`), which leaves
        and cells fell short and why (`short`), of how many passages or cells there are rows
        (`reached`), the `diversity` of rows answered (`before`) and of those kept (`after`), and
        the judge's grades (`judge`).
        """
        leaves = self.instructions.chosen(taxonomy)
        of_rows = any(rows_demand(self.instructions, leaf) for leaf in leaves)
        desk = GenerationSession(context, teacher, self.instructions)
        steps = RoundSteps(
            self.with_decontamination(self.before, taxonomy),
            self._rubrics(self.instruction_rubrics),
            self.responses,
            self.with_decontamination(with_demands(self.after, leaves, of_rows=of_rows), taxonomy),
            self._rubrics(self.response_rubrics),
            self.guarded_files(),
        )
        quotas = self._quotas(desk, leaves)
        there = against.kept if against else []
        return Rounds(context, taxonomy, desk, judge or teacher, steps, quotas, there).run(
            self.rounds
        )

    def wanted(self, leaf: Leaf) -> int:
        """Accepted rows wanted from a leaf."""
        return round((leaf.samples or self.samples) * self.instructions.weight(leaf))

    def _quotas(self, desk: GenerationSession, leaves: list[Leaf]) -> list[Quota]:
        wanted = {leaf.path: self.wanted(leaf) for leaf in leaves}
        return [
            Quota(
                one.name,
                sum(wanted[leaf.path] for leaf in one.leaves),
                one.writer,
                self.attempts,
                self.first,
            )
            for one in writers_of(desk, leaves)
        ]

    def _rubrics(self, names: Sequence[str]) -> list[Rubric]:
        return [load_rubric(name) for name in names]
