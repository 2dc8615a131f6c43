"""Decomposition: a question becomes simpler ones, each a row of its own."""

from typing import Any, ClassVar

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.contract.stage import Generating
from tutelage.core.artifacts import Row, Rows, question_of
from tutelage.core.digests import digest
from tutelage.generation.prompt_templates import TemplateFile, render
from tutelage.generation.session import parse_numbered_list
from tutelage.models.chat import Message, Request, Sampling
from tutelage.models.model import Model
from tutelage.taxonomy.leaf import Taxonomy

_PART_TOKENS = 48


class Decompose(Generating):
    """Take each question apart into simpler ones (least-to-most prompting, arXiv:2205.10625).

    Answer the parts with `responses`, check them with `filter`, and put the answers together with
    `aggregate`. The report shows how many rows pass each step of such a chain.
    """

    version: ClassVar[int] = 2

    parts: int = Field(3, gt=1)
    """Simpler questions of each, at most."""
    temperature: float = Field(0.0, ge=0)
    """How freely the teacher samples; 0 takes the most likely token each time."""
    template: TemplateFile = "decompose"
    """Prompt that asks for the parts."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Try the template; raises RecipeError."""
        self._prompt({"prompt": [{"role": "user", "content": "Why?"}]}, "A task.")

    def run(
        self, context: Context, rows: Rows, teacher: Model, taxonomy: Taxonomy | None = None
    ) -> Rows:
        """A row for each part, with `whole` (the row it is a part of) and `n_parts`; a question
        that cannot be taken apart is a rejected row."""
        tasks = taxonomy.tasks if taxonomy else {}
        most = self.parts * _PART_TOKENS
        asking = [row for row in rows.kept if question_of(row).strip()]
        requests = [
            Request(
                row["id"],
                self._prompt(row, tasks.get(row["leaf"], "")),
                Sampling(most, self.temperature, 0.95, seed=context.seed_for(row["id"])),
                row["leaf"],
                whole=False,
            )
            for row in asking
        ]
        answers = context.answers(teacher, requests) if requests else {}
        silent = [row for row in rows.kept if not question_of(row).strip()]
        made = Rows([], [row | {"reason": "decompose: no question"} for row in silent])
        for row in asking:
            answer = answers[row["id"]]
            found = parse_numbered_list(answer, self.parts)
            usable = [text for text, reason in found if not reason]
            trace = {"stage": context.stage, "model": teacher.name, "keys": [answer.key]}
            if len(usable) < 2:
                why = next((reason for _, reason in found if reason), "a single part")
                made.rejected.append(row | {"trace": trace, "reason": f"decompose: {why}"})
                continue
            for n, text in enumerate(usable):
                made.kept.append(_part(context, row, text, n, len(usable)) | {"trace": trace})
        return made

    def _prompt(self, row: Row, task: str) -> tuple[Message, ...]:
        values: dict[str, Any] = {"question": question_of(row), "context": row.get("context") or ""}
        return render(self.template, task=task, parts=self.parts, **values)


def _part(context: Context, row: Row, text: str, number: int, count: int) -> Row:
    """A part of a row's question; a skill's stands below the row's context as the whole does."""
    about = row.get("context")
    shown = row["prompt"][-1]["content"].startswith(f"{about}\n\n") if about else False
    kept = {name: row[name] for name in ("context", "document", "headings") if row.get(name)}
    return kept | {
        "id": f"{context.stage}:{digest(context.stage, row['id'], number, context.seed)[:12]}",
        "leaf": row["leaf"],
        "parents": [row["id"]],
        "prompt": [{"role": "user", "content": f"{about}\n\n{text}" if shown else text}],
        "whole": row["id"],
        "part": number,
        "n_parts": count,
    }
