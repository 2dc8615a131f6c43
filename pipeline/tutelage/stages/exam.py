"""Exam: a model drafts held-out questions, or seed examples, for people to approve."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar

from tutelage.contract.context import Context
from tutelage.contract.stage import Generating
from tutelage.core.artifacts import Row, Rows
from tutelage.core.errors import RecipeError
from tutelage.generation.exam.draft import Draft
from tutelage.generation.exam.drafting import DraftDesk, Drafting
from tutelage.generation.exam.fact_order import section_of
from tutelage.generation.exam.knowledge_drafts import KnowledgeDrafts
from tutelage.generation.exam.skill_drafts import SkillDrafts
from tutelage.models.model import Model
from tutelage.taxonomy.documents.blocks import heading_path
from tutelage.taxonomy.documents.statements import statements
from tutelage.taxonomy.leaf import Leaf, Taxonomy

_SURPLUS = 1.5
"""Drafts that are tried for one that is wanted, in a batch: many are dropped."""
_LEFT_FOR_EXAM = 3
"""One of so many statements may be asked for by a seed example."""
_ENOUGH = "more than wanted: its leaf has as many drafts as it needs"


class Exam(Drafting, Generating):
    """Draft questions with answers for each leaf, spread over the sections of its documents.

    A draft about documents is kept if the teacher, with the passage, gives the same answer again,
    if the question is understood without the passage, and if the `student` does not know the answer
    already. Drafts ask for other facts than each other and than the leaf's examples. They are rows;
    `tutelage init` and `tutelage exam` write them into `qna.yaml`, where they count once a person
    approves them.
    """

    version: ClassVar[int] = 3

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Raises TaxonomyError where `leaves` names no leaf or folder."""
        if taxonomy is not None:
            taxonomy.within(self.leaves)

    def check_inputs(self, given: Mapping[str, int], taxonomy: Taxonomy | None) -> None:
        """Raises RecipeError where difficulty is asked for and no `student` tries the drafts."""
        if self.difficulty != "any" and not given.get("student"):
            raise RecipeError(f"difficulty: {self.difficulty} needs a `student` who tries them")

    def run(
        self, context: Context, taxonomy: Taxonomy, teacher: Model, student: Model | None = None
    ) -> Rows:
        """Rows with `prompt` and `completion`; `stats` has the sections asked about, by leaf."""
        desk = DraftDesk(context, teacher, student, self)
        chosen = [leaf for leaf in taxonomy.within(self.leaves) if self._wants(leaf)]
        drafts: list[Draft] = []
        demands, missing = {}, {}
        for leaf in chosen:
            kind = KnowledgeDrafts if leaf.kind == "knowledge" else SkillDrafts
            maker = kind(desk, leaf)
            wanted = self.missing(leaf)
            made = self._draft(context, maker, wanted)
            drafts += made
            if (short := wanted - sum(one.reason is None for one in made)) > 0:
                missing[leaf.path] = short
            if isinstance(maker, SkillDrafts) and (found := maker.demands()):
                demands[leaf.path] = found
        kept = [one for one in drafts if one.reason is None]
        covered = [_coverage(leaf, kept) for leaf in chosen if leaf.documents]
        rows = [self._row(one, context, teacher) for one in drafts]
        return Rows(
            [row for row in rows if "reason" not in row],
            [row for row in rows if "reason" in row],
            {"coverage": covered, "demands": demands, "missing": missing},
        )

    def _draft(
        self, context: Context, maker: KnowledgeDrafts | SkillDrafts, wanted: int
    ) -> list[Draft]:
        """Drafts of one leaf, until so many can be used or there is nothing left to try."""
        made: list[Draft] = []
        good = 0
        while good < wanted and (batch := maker.next(round(_SURPLUS * (wanted - good)) + 1)):
            maker.write(batch)
            for draft in batch:
                if draft.reason is None and good >= wanted:
                    draft.drop(_ENOUGH)
                good += draft.reason is None
            made += batch
            context.progress.say(
                f"{context.stage}: {maker.leaf.path}: {good} of {wanted} drafts, {len(made)} tried"
            )
        return made

    def missing(self, leaf: Leaf) -> int:
        """Drafts that a leaf still lacks."""
        return max(0, self._wanted(leaf) - self._there(leaf)) if self._wants(leaf) else 0

    def _wants(self, leaf: Leaf) -> bool:
        """Whether a leaf has something to ask about."""
        return leaf.kind != "knowledge" or bool(leaf.documents)

    def _wanted(self, leaf: Leaf) -> int:
        """Drafts wanted of a leaf: seeds of short documents leave facts for the exam."""
        if self.purpose == "held_out" or leaf.kind != "knowledge":
            return self.count
        facts = sum(len(statements(document)) for document in leaf.documents)
        return min(self.count, max(1, facts // _LEFT_FOR_EXAM))

    def _there(self, leaf: Leaf) -> int:
        """Examples of the leaf that need no draft any more."""
        examples = leaf.eval_examples if self.purpose == "held_out" else leaf.seeds
        return sum(not one.is_blank for one in examples)

    def _row(self, draft: Draft, context: Context, teacher: Model) -> Row:
        return draft.row(context.stage, teacher.reference.text, self.purpose, context.seed)


def _coverage(leaf: Leaf, kept: list[Draft]) -> dict[str, Any]:
    """How many of the sections of a leaf's documents a draft asks about, and which none does."""
    found = [one for document in leaf.documents for one in statements(document)]
    sections = Counter(map(section_of, found))
    asked = {draft.section for draft in kept if draft.leaf == leaf.path}
    names = [heading_path(section[1]) or section[0] for section in sections if section not in asked]
    return {"leaf": leaf.path, "sections": len(sections), "asked": len(asked), "without": names}
