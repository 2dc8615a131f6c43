"""Responses: a model answers the prompts of rows, as a teacher with help or a student without."""

from typing import Any, Literal

from pydantic import Field

from pipeline.artifacts import Row, Rows, answer_of, question_of
from pipeline.errors import RowsError
from pipeline.flows import skills
from pipeline.flows.shots import shots_of
from pipeline.forecast import Ask, Outlook, Seen, Span, Supply
from pipeline.models import Completion, Message, Model, Request, Sampling, unusable
from pipeline.prompts import render, template_text
from pipeline.stage import Context, Stage
from pipeline.store import digest
from pipeline.taxonomy import Taxonomy

_KEPT = Span(0.8, 0.97, 1.0)


class Responses(Stage):
    """Answer each row's prompt.

    `help: examples` is the teacher's way: it sees the passage and the leaf's seed examples, and is
    told the attributes where these decide the answer. A knowledge question was written for an
    answer (`draft`): that one stays the completion and the teacher's goes to `second`, so that a
    filter can demand that both agree. `help: none` is the student's way: the prompt alone; with
    `samples` above one, every attempt becomes a row of the same `group`.
    """

    help: Literal["examples", "none"] = "examples"
    """What the model sees beside the prompt."""
    samples: int = Field(1, gt=0)
    """Answers to each prompt."""
    temperature: float = Field(0.0, ge=0)
    top_p: float = Field(0.95, gt=0, le=1)
    max_tokens: int = Field(96, gt=0)
    """Tokens of an answer, at most."""
    knowledge_template: str = "knowledge_answer"
    skill_template: str = "skill_answer"

    def identity(self) -> dict[str, Any]:
        """Templates count by their text."""
        names = ("knowledge_template", "skill_template")
        return super().identity() | {name: template_text(getattr(self, name)) for name in names}

    def run(
        self,
        context: Context,
        rows: Rows,
        model: Model,
        taxonomy: Taxonomy | None = None,
    ) -> Rows:
        """The rows with `completion`; rejected are answers that are empty, cut or failed."""
        if self.help == "examples" and taxonomy is None:
            raise RowsError("help: examples needs a taxonomy; without one use help: none")
        asked: dict[str, tuple[Row, int, Request]] = {}
        for row in rows.kept:
            messages = self._messages(row, taxonomy)
            for n in range(self.samples):
                request = self._request(context, row, n, messages)
                asked[request.id] = (row, n, request)
        answers = context.answers(model, [request for *_, request in asked.values()])
        made = Rows([], [])
        for name, (row, n, _) in asked.items():
            answered = self._row(context, row, n, answers[name], model)
            (made.rejected if "reason" in answered else made.kept).append(answered)
        return made

    def forecast(
        self, seen: Seen, rows: Supply, model: str, taxonomy: Taxonomy | None = None
    ) -> Outlook:
        """An answer, or several, to each row."""
        asked = {leaf: count * self.samples for leaf, count in rows.rows.items()}
        own = rows.question_tokens if self.help == "none" else None
        asks = [
            Ask(model, leaf, count, self._typical(leaf, taxonomy), self.max_tokens, own)
            for leaf, count in asked.items()
        ]
        made = {leaf: count * seen.kept(leaf, _KEPT) for leaf, count in asked.items()}
        answer = Span(1, self.max_tokens / 4, self.max_tokens)
        return Outlook(
            Supply(made, rows.question_tokens, answer, self.samples * rows.per_prompt), tuple(asks)
        )

    def _typical(self, leaf: str, taxonomy: Taxonomy | None) -> tuple[Message, ...]:
        """A request for a leaf, made for one of its own seeds."""
        row: Row = {"leaf": leaf, "prompt": [{"role": "user", "content": ""}]}
        if self.help == "examples" and taxonomy is not None:
            seed = taxonomy.leaf(leaf).seeds[0]
            prompt = [{"role": "user", "content": seed.question}]
            row |= {"prompt": prompt, "context": seed.context, "attributes": seed.attributes}
        return self._messages(row, taxonomy)

    def _request(
        self, context: Context, row: Row, n: int, messages: tuple[Message, ...]
    ) -> Request:
        sampling = Sampling(
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            top_p=self.top_p,
            seed=context.seed_for(row["id"], n) if self.temperature else 0,
        )
        return Request(f"{row['id']}/{n}", messages, sampling, row["leaf"])

    def _messages(self, row: Row, taxonomy: Taxonomy | None) -> tuple[Message, ...]:
        if self.help == "none" or taxonomy is None:
            return tuple(row["prompt"])
        leaf = taxonomy.leaf(row["leaf"])
        question, passage = question_of(row), row.get("context")
        if leaf.kind == "knowledge":
            shots = [shot for shot in shots_of(leaf) if shot.fact]
            return render(
                self.knowledge_template, shots=shots, context=passage or "", question=question
            )
        attributes = row.get("attributes") or {}
        return skills.answer_prompt(self.skill_template, leaf, question, passage, attributes)

    def _row(self, context: Context, row: Row, n: int, answer: Completion, model: Model) -> Row:
        text = answer.text.strip().removeprefix("Answer:").strip()  # the examples' label
        made = {name: value for name, value in row.items() if name not in ("trace", "verdicts")}
        made |= {
            "id": f"{context.stage}:{digest(row['id'], context.stage, n, context.seed)[:12]}",
            "parents": [row["id"]],
            "completion": [{"role": "assistant", "content": text}],
            "trace": {"stage": context.stage, "model": model.name, "keys": [answer.key]},
        }
        if self.help == "none":
            made |= {"group": row["id"], "reference": answer_of(row)}
        elif draft := row.get("draft"):
            made |= {"completion": [{"role": "assistant", "content": draft}], "second": text}
        if reason := unusable(answer):
            made["reason"] = reason
        return made
