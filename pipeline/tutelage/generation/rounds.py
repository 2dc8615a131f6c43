"""Rounds of generation: what is short is asked for, filtered, judged, answered, filtered, judged.

A row is one thing from its instruction to its answer: it keeps its id, and its trace names every
request that made it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tutelage.contract.context import Context
from tutelage.core.artifacts import Row, Rows, answer_of, question_of, reason_of
from tutelage.core.text import plain
from tutelage.curation.diversity.diversity_figures import diversity_figures
from tutelage.curation.filters.filter_chain import apply_filters
from tutelage.curation.filters.row_filter import Scope
from tutelage.generation.answers import Answering, Answers, is_answered
from tutelage.generation.quota import Quota
from tutelage.generation.session import GenerationSession
from tutelage.generation.writers import to_try
from tutelage.judging.rubric import Rubric
from tutelage.judging.rubric_chain import judge_rows
from tutelage.models.model import Model
from tutelage.taxonomy.leaf import Taxonomy

_SURPLUS = "surplus: its leaf has what it wants"


@dataclass(frozen=True, slots=True)
class RoundSteps:
    """What every row goes through, in this order."""

    before: Sequence[Any]
    """Filters of instructions."""
    instruction_rubrics: Sequence[Rubric]
    responses: Answering
    after: Sequence[Any]
    """Filters of answered rows."""
    response_rubrics: Sequence[Rubric]
    held_out: Sequence[Path] = ()
    """Files of held-out examples, beside those of the taxonomy."""


@dataclass
class Rounds:
    """Goes on until every quota is met, or nothing more may be asked for."""

    context: Context
    taxonomy: Taxonomy
    desk: GenerationSession
    judge: Model
    steps: RoundSteps
    quotas: Sequence[Quota]
    there: Sequence[Row]
    """Rows that new ones must not repeat, beside those accepted here."""
    made: Rows = field(default_factory=lambda: Rows([]))
    table: list[dict[str, Any]] = field(default_factory=list)
    """What each round brought each leaf."""
    grades: dict[str, Counter[str]] = field(default_factory=dict)
    """By rubric, how often the judge gave each grade."""
    _asked: set[tuple[str, str, str]] = field(default_factory=set)

    def run(self, most: int) -> Rows:
        """At most so many rounds; returns all rows, kept and rejected, with their figures."""
        for number in range(1, most + 1):
            wanted = [(quota, quota.next()) for quota in self.quotas]
            cells = [to_try(self.context, q.leaf, q.writer, some) for q, some in wanted]
            if not any(cells) or not self._round(number, cells):
                break
            if any(len(few) < len(some) for few, (_, some) in zip(cells, wanted, strict=True)):
                break  # a pilot has seen what it came for
        self._drop_surplus()
        short = [short for quota in self.quotas if (short := quota.shortfall())]
        # A question alone is no match for a question with its answer: both sides are answered.
        answered = [row for row in (*self.made.kept, *self.made.rejected) if answer_of(row)]
        sets = {"before": answered, "after": self.made.kept}
        seed = self.context.seed_for("diversity")
        figures = diversity_figures(sets, self.taxonomy, "hashing", seed)
        reached = [quota.reached() for quota in self.quotas]
        stats = {"rounds": self.table, "short": short, "reached": reached, "diversity": figures}
        stats |= {"judge": {"grades": self.grades}} if self.grades else {}
        return Rows(self.made.kept, self.made.rejected, stats)

    def _drop_surplus(self) -> None:
        """Reject what was accepted beyond what its leaf wants."""
        surplus = {name for quota in self.quotas for name in quota.drop_surplus()}
        kept = [row for row in self.made.kept if row["id"] not in surplus]
        dropped = [row | {"reason": _SURPLUS} for row in self.made.kept if row["id"] in surplus]
        self.made = Rows(kept, [*self.made.rejected, *dropped])

    def _round(self, number: int, cells: Sequence[Sequence[str]]) -> bool:
        """Ask about the cells; False where nothing at all was answered."""
        asking = [(quota, some) for quota, some in zip(self.quotas, cells, strict=True) if some]
        written = self.desk.together([quota.writer.write(some) for quota, some in asking])
        owner = {
            row["id"]: quota
            for (quota, _), rows in zip(asking, written, strict=True)
            for row in rows
        }
        rows = [_of_round(row, number) for rows in written for row in rows]
        made = self._through(rows)
        for quota, some in asking:
            kept = [row for row in made.kept if owner[row["id"]] is quota]
            rejected = [row for row in made.rejected if owner[row["id"]] is quota]
            quota.count(kept, rejected)
            reasons = Counter(map(reason_of, rejected))
            line = {"round": number, "leaf": quota.leaf, "asked": len(some), "accepted": len(kept)}
            self.table.append(line | {"rejected": dict(reasons.most_common())})
        self.made.kept.extend(made.kept)
        self.made.rejected.extend(made.rejected)
        met = sum(not quota.missing for quota in self.quotas)
        self.context.progress.say(
            f"{self.context.stage}, round {number}: {len(made.kept)} of {len(rows)} rows accepted; "
            f"{met} of {len(self.quotas)} leaves have what they want"
        )
        return not all(str(row.get("reason")).startswith("failed") for row in rows)

    def _through(self, rows: list[Row]) -> Rows:
        """Rows of one round through all steps: those accepted, and those rejected on the way."""
        steps, rejected = self.steps, [row for row in rows if "reason" in row]
        rows = self._new([row for row in rows if "reason" not in row], rejected)
        rows = self._sift(steps.before, rows, rejected)
        rows = self._judge(steps.instruction_rubrics, rows, rejected)
        rows = self._answer(rows, rejected)
        rows = self._sift(steps.after, rows, rejected)
        return Rows(self._judge(steps.response_rubrics, rows, rejected), rejected)

    def _new(self, rows: list[Row], rejected: list[Row]) -> list[Row]:
        """Rows whose instruction was not written before, in this round or an earlier one."""
        fresh = []
        for row in rows:
            said = (
                row["leaf"],
                str(row.get("context") or ""),
                plain(question_of(row) or answer_of(row)),
            )
            if said in self._asked:
                rejected.append(row | {"reason": "written before"})
            else:
                fresh.append(row)
            self._asked.add(said)
        return fresh

    def _sift(self, filters: Sequence[Any], rows: list[Row], rejected: list[Row]) -> list[Row]:
        seed = self.context.seed_for("filters")
        scope = Scope(seed, self.taxonomy, held_out=self.steps.held_out)
        made = apply_filters(filters, rows, scope, [*self.there, *self.made.kept])
        rejected += made.rejected
        return made.kept

    def _judge(self, rubrics: Sequence[Rubric], rows: list[Row], rejected: list[Row]) -> list[Row]:
        judged = judge_rows(self.context, self.judge, rubrics, rows, self.taxonomy.tasks)
        for name, grades in judged.grades.items():
            self.grades.setdefault(name, Counter()).update(grades)
        rejected += judged.rejected
        return judged.kept

    @cached_property
    def _answers(self) -> Answers:
        return Answers(self.context, self.desk.teacher, self.steps.responses, self.taxonomy)

    def _answer(self, rows: list[Row], rejected: list[Row]) -> list[Row]:
        made = self._answers.answer(rows)
        asked = {row["id"]: row for row in rows}
        joined = [
            row if is_answered(row) else _joined(asked[row["parents"][0]], row)
            for row in (*made.kept, *made.rejected)
        ]
        rejected += [row for row in joined if "reason" in row]
        return [row for row in joined if "reason" not in row]


def _of_round(row: Row, number: int) -> Row:
    return row | {"trace": row["trace"] | {"round": number}}


def _joined(asked: Row, answered: Row) -> Row:
    """An instruction and its answer as one row, which knows every request that made it."""
    trace = asked["trace"] | {"keys": [*asked["trace"]["keys"], *answered["trace"]["keys"]]}
    own = {"id": asked["id"], "parents": asked["parents"], "trace": trace}
    return answered | own | {"verdicts": asked.get("verdicts") or []}
