"""Aggregation: the answers of a question's parts become the answer of the whole."""

from collections import defaultdict
from typing import ClassVar

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.contract.stage import Generating
from tutelage.core.artifacts import Row, Rows, answer_of, prompt_of, question_of
from tutelage.core.digests import digest
from tutelage.core.errors import RowsError
from tutelage.generation.prompt_templates import TemplateFile, render
from tutelage.models.chat import Completion, Message, Request, Sampling, unusable
from tutelage.models.model import Model
from tutelage.taxonomy.leaf import Taxonomy


class Aggregate(Generating):
    """Answer each question from the answers of its parts (arXiv:2205.10625); see `decompose`."""

    version: ClassVar[int] = 2

    every_part: bool = True
    """A question of which a part was dropped on the way is rejected; else the others suffice."""
    max_tokens: int = Field(256, gt=0)
    """Tokens of an answer, at most."""
    temperature: float = Field(0.0, ge=0)
    """How freely the teacher samples; 0 takes the most likely token each time."""
    template: TemplateFile = "aggregate"
    """Prompt that asks for the answer of the whole."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Try the template; raises RecipeError."""
        self._prompt({"prompt": [{"role": "user", "content": "Why?"}]}, [])

    def run(self, context: Context, rows: Rows, wholes: Rows, teacher: Model) -> Rows:
        """The rows of `wholes` with `completion`; `rows` are their parts, answered.

        Rejected are those whose parts are missing, or whose answer cannot be used. Raises RowsError
        for parts that nobody answered, or that are none.
        """
        parts: dict[str, list[Row]] = defaultdict(list)
        for row in rows.kept:
            if answer_of(row).strip():
                parts[str(row.get("whole"))].append(row)
        if rows.kept and not parts:
            raise RowsError("rows: no part has an answer; put `responses` before this stage")
        made = Rows([], [])
        asking = []
        for row in wholes.kept:
            reason = self._missing(parts[row["id"]])
            if reason:
                made.rejected.append(row | {"reason": reason})
            else:
                asking.append(row)
        requests = [
            Request(
                row["id"],
                self._prompt(row, parts[row["id"]]),
                Sampling(self.max_tokens, self.temperature, 0.95, seed=context.seed_for(row["id"])),
                row["leaf"],
            )
            for row in asking
        ]
        answers = context.answers(teacher, requests) if requests else {}
        for row in asking:
            new = _answered(context, teacher, row, parts[row["id"]], answers[row["id"]])
            (made.rejected if "reason" in new else made.kept).append(new)
        return made

    def _missing(self, parts: list[Row]) -> str | None:
        if not parts:
            return "aggregate: no part is left"
        count = _number(parts[0], "n_parts")
        if self.every_part and len(parts) < count:
            return f"aggregate: only {len(parts)} of {count} parts are left"
        return None

    def _prompt(self, row: Row, parts: list[Row]) -> tuple[Message, ...]:
        ordered = sorted(parts, key=lambda part: _number(part, "part"))
        known = [(question_of(part), answer_of(part)) for part in ordered]
        return render(
            self.template, question=question_of(row), context=row.get("context") or "", parts=known
        )


def _number(part: Row, name: str) -> int:
    if type(number := part.get(name)) is not int:
        raise RowsError(
            f"row {part['id']}: `{name}` is {number!r}, not a whole number; parts come from "
            "`decompose`"
        )
    return number


def _answered(
    context: Context, teacher: Model, row: Row, parts: list[Row], answer: Completion
) -> Row:
    """The whole with its answer; its parents are the row itself and the parts."""
    stage, text = context.stage, answer.text.strip()
    kept = {name: value for name, value in row.items() if name not in ("verdicts", "messages")}
    made = kept | {
        "id": f"{stage}:{digest(row['id'], stage, context.seed)[:12]}",
        "parents": [row["id"], *(part["id"] for part in parts)],
        "prompt": prompt_of(row),
        "completion": [{"role": "assistant", "content": text}],
        "trace": {"stage": stage, "model": teacher.name, "keys": [answer.key]},
    }
    reason = unusable(answer)
    return made | {"reason": reason} if reason else made
