"""Document augmentation: training rows made of the documents alone, by rule; no model is asked.

The floor of a run: whatever a teacher's questions miss, each statement of the documents is trained
on, asked for by its telling words, a gap, its beginning or its heading.
"""

from collections import Counter
from typing import Any, ClassVar

from pydantic import Field, NonNegativeFloat

from tutelage.contract.context import Context
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Row, Rows
from tutelage.core.digests import digest
from tutelage.generation.rule_rows import Kind, RuleRow, RuleRows
from tutelage.generation.subject import subject_of
from tutelage.taxonomy.documents.blocks import heading_path
from tutelage.taxonomy.documents.statement_coverage import coverage
from tutelage.taxonomy.documents.statements import Statement, statements
from tutelage.taxonomy.leaf import Leaf, Taxonomy


class DocumentAugmentation(Stage):
    """Make rows of each statement of the leaves' documents, in the documents' own words.

    `accepted` rows tell which statements are asked about already: the others get more rows here,
    and the share of statements and sections that are covered stands in the report.
    """

    version: ClassVar[int] = 4

    per_statement: float = Field(10.0, ge=0)
    """Rows made of each statement, in the mean."""
    uncovered: float = Field(2.0, ge=0)
    """How many times as many rows a statement gets that no accepted row asks about."""
    mix: dict[Kind, NonNegativeFloat] = {
        "question": 5.0,
        "keywords": 3.0,
        "gap": 0.5,
        "opening": 1.0,
        "section": 0.25,
        "text": 0.0,
    }
    """Proportions of the kinds: a `question` is a part of a statement with a question word,
    `keywords` ask for it by some of its telling words, `gap` shows it with words left out,
    `opening` its beginning; `section` asks what stands under a heading and is answered with its
    text; `text` is that text alone, without any question, as in continued pre-training. What a
    teacher says in other words is `instructions: {knowledge: digest}`."""

    def run(self, context: Context, taxonomy: Taxonomy, accepted: Rows | None = None) -> Rows:
        """Rows with `prompt`, `completion`, `statement`, and where it stands; `stats` tell by leaf
        how much of the documents accepted rows cover (`coverage`)."""
        had = (
            Counter(str(row.get("statement") or "") for row in accepted.kept) if accepted else None
        )
        rows: list[Row] = []
        covered: dict[str, Any] = {}
        for leaf in taxonomy.leaves:
            found = leaf_statements(leaf)
            if not found:
                continue
            rows += self._of_leaf(context, leaf, found, had)
            if had is not None:
                covered[leaf.path] = coverage(found, had)
                context.progress.say(f"{context.stage}: {leaf.path}: {_told(covered[leaf.path])}")
        return Rows(rows, stats={"coverage": covered} if covered else {})

    def _of_leaf(
        self, context: Context, leaf: Leaf, found: list[Statement], had: Counter[str] | None
    ) -> list[Row]:
        rules = RuleRows(found, context.seed_for(leaf.path, "rules"), subject_of(leaf))
        rows = []
        for one in found:
            count = self.per_statement
            if had is not None and not had[one.id]:
                count *= self.uncovered
            made = rules.make(one, count, self.mix)
            rows += [_row(context, leaf, rule, number) for number, rule in enumerate(made)]
        return rows


def leaf_statements(leaf: Leaf) -> list[Statement]:
    """What the documents of a leaf state."""
    return [one for document in leaf.documents for one in statements(document)]


def _row(context: Context, leaf: Leaf, rule: RuleRow, number: int) -> Row:
    one, stage = rule.statement, context.stage
    said: Row = {
        "prompt": [{"role": "user", "content": rule.prompt}],
        "completion": [{"role": "assistant", "content": rule.answer}],
    }
    return {
        "id": f"{stage}:{digest(stage, one.id, rule.kind, rule.prompt, number)[:12]}",
        "leaf": leaf.path,
        "parents": [one.id],
        **({"text": rule.answer} if rule.kind == "text" else said),
        "kind": rule.kind,
        "statement": one.id,
        "document": one.document,
        "headings": heading_path(one.headings),
        "trace": {"stage": stage, "model": "", "keys": []},
    }


def _told(found: dict[str, Any]) -> str:
    summary = (
        f"accepted rows ask about {found['statements_with_rows']} of {found['statements']} "
        f"statements, in {found['sections_with_rows']} of {found['sections']} sections"
    )
    first = "; ".join(f"'{text[:60]}'" for text in found["without"][:3])
    return summary + (f"; none about {first}" if first else "")
