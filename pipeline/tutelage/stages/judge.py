"""Judging: a model grades each row by rubrics; what falls below stays, with its reason."""

import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, ClassVar

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.contract.stage import Generating
from tutelage.core.artifacts import Rows
from tutelage.core.decisions import Decisions
from tutelage.core.errors import RecipeError
from tutelage.core.load_rows import RowsFile
from tutelage.core.row_shards import ShardWriter, read_shard
from tutelage.core.rows_writer import RowsWriter
from tutelage.core.stored_rows import StoredRows, are_many
from tutelage.judging.agreement import agreement
from tutelage.judging.grading import Item, check_grading, grade, read_labels
from tutelage.judging.people import (
    as_decisions,
    blind_decisions,
    is_labels,
    overrule,
    take_corrections,
)
from tutelage.judging.rubric import Rubric, RubricFile, load_rubric
from tutelage.judging.rubric_chain import judge_rows
from tutelage.models.model import Model
from tutelage.taxonomy.leaf import Taxonomy


class Judge(Generating):
    """Keep the rows that a judge grades high enough by every rubric, in order.

    Between instructions and responses, `instruction` is LAB's second step; after responses `pair`
    is its fourth, and knowledge takes `faithful`, `relevant` and `question` (arXiv:2403.01081).
    A rubric about the passage leaves rows without `context` ungraded, and `stats` count them.
    """

    version: ClassVar[int] = 7

    rubrics: list[RubricFile] = Field(min_length=1)
    """Rubrics by name, or your own as a YAML file beside the recipe."""
    keep: int | None = None
    """The lowest grade kept, in place of the rubric's own; for a single rubric."""
    votes: int = Field(1, gt=0)
    """Verdicts on each row by each rubric; their mean counts, and is held against `keep`."""
    labels: RowsFile | None = None
    """Rows that people graded (`question`, `answer`, `grade`; also `leaf`, `context`, `reference`,
    and `task` in place of the leaf's): the judge grades them too, asked as rows are, by the first
    rubric, and its agreement with people is reported. Or the `labels.jsonl` of a run, as
    `tutelage review` writes it: then the agreement is over what is kept, of decisions that were
    made without verdicts in sight; and what people accepted or rejected outranks the judge."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Raises RecipeError or RowsError for rubrics or labels that cannot serve."""
        if self.keep is not None and len(self.rubrics) > 1:
            raise RecipeError("`keep` is for a single rubric; give each of several its own")
        for rubric in self._rubrics():
            check_grading(rubric)
        self.labelled()

    def run(
        self, context: Context, rows: Rows, judge: Model, taxonomy: Taxonomy | None = None
    ) -> Rows:
        """The rows with the judge's verdicts; its figures by rubric, and its agreement."""
        tasks = taxonomy.tasks if taxonomy else {}
        rubrics = self._rubrics()
        people = Decisions.read([self.labels] if self.labels and self._by_people else [])
        given = take_corrections(rows.kept, people)
        judged = judge_rows(context, judge, rubrics, given, tasks, self.votes)
        stats: dict[str, Any] = {"grades": judged.grades}
        if agreed := self._agreement(context, judge, rubrics[0], tasks):
            stats["agreement"] = agreed
        kept, rejected = overrule(judged.kept, judged.rejected, people)
        return Rows(kept, rejected, {"judge": stats})

    def run_on_shards(self, context: Context, inputs: Mapping[str, Any]) -> StoredRows | None:
        """The same for rows that are too many to be held: the verdicts on one shard at a time.

        Not with `labels`, which are held against all.
        """
        rows: StoredRows = inputs["rows"]
        if self.labels is not None or not are_many([rows]):
            return None
        taxonomy: Taxonomy | None = inputs.get("taxonomy")
        tasks, rubrics = taxonomy.tasks if taxonomy else {}, self._rubrics()
        made, work = RowsWriter(context.folder), context.folder / ".rejected"
        # All that the first rubric rejects comes before what the second does.
        spools = [ShardWriter(work, str(number)) for number, _ in enumerate(rubrics)]
        grades: dict[str, Counter[str]] = {}
        for part in rows.parts():
            left = part
            for rubric, spool in zip(rubrics, spools, strict=True):
                judged = judge_rows(context, inputs["judge"], [rubric], left, tasks, self.votes)
                spool.add(judged.rejected)
                left = judged.kept
                grades.setdefault(rubric.name, Counter()).update(judged.grades[rubric.name])
            made.keep(left)
        for spool in spools:
            for file in spool.close():
                made.reject(read_shard(file))
        shutil.rmtree(work)
        return made.close({"judge": {"grades": grades}})

    def labelled(self) -> tuple[list[Item], dict[str, int]]:
        """What people graded, with their grades by id; nothing without `labels`."""
        if self.labels is None:
            return [], {}
        read = blind_decisions if self._by_people else read_labels
        return read(self.labels, self._rubrics()[0])

    def _agreement(
        self, context: Context, judge: Model, rubric: Rubric, tasks: Mapping[str, str]
    ) -> dict[str, Any]:
        """How far the judge agrees with people; empty without labels."""
        items, labels = self.labelled()
        if not items:
            return {}
        items = [replace(item, task=item.task or tasks.get(item.leaf, "")) for item in items]
        given = grade(context, judge, rubric, items, self.votes)
        if self._by_people:
            over, agreed = "keep or drop", agreement(as_decisions(given, rubric), labels, int)
        else:
            over, agreed = "grades", agreement(given, labels, rubric.nearest_grade)
        return asdict(agreed) | {"rubric": rubric.name, "over": over}

    @property
    def _by_people(self) -> bool:
        return self.labels is not None and is_labels(self.labels)

    def _rubrics(self) -> list[Rubric]:
        found = [load_rubric(name) for name in self.rubrics]
        if self.keep is None:
            return found
        return [rubric.keeping(self.keep) for rubric in found]
