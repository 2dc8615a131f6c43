"""Responses: a model answers the prompts of rows, as a teacher with help or as a student without any."""

from typing import Any, Literal

from pydantic import Field

from pipeline.artifacts import Row, Rows, answer_of, question_of
from pipeline.errors import RowsError
from pipeline.flows import skills
from pipeline.flows.shots import shots_of
from pipeline.models import Completion, Message, Model, Request, Sampling
from pipeline.prompts import render, template_text
from pipeline.stage import Context, Stage
from pipeline.store import digest
from pipeline.taxonomy import Taxonomy


class Responses(Stage):
    """Answer each row's prompt.

    `help: examples` is the teacher's way: it sees the passage and the leaf's seed examples. Where the answer
    is settled beforehand, by the detail a question was written for (`draft`) or by attributes that decide it
    and that the teacher is told of, that answer is the completion, and what the teacher answers untold goes to
    `second`: a filter can demand that both agree. `help: none` is the student's way: the prompt alone; with
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
        asked: list[tuple[Row, int]] = [(row, n) for row in rows.kept for n in range(self.samples)]
        requests = {}
        for row, n in asked:
            for told, messages in self._prompts(row, taxonomy).items():
                requests[_name(row, n, told)] = self._request(context, row, n, told, messages)
        context.progress.start(len(requests), "answers")
        answers: dict[str, Completion] = {}
        for completion in context.complete(model, requests.values()):
            answers[completion.request.id] = completion
            context.progress.advance()
        made = Rows([], [])
        for row, n in asked:
            told = answers.get(_name(row, n, True))
            answered = self._row(context, row, n, told, answers[_name(row, n, False)], model)
            (made.rejected if "reason" in answered else made.kept).append(answered)
        return made

    def _request(
        self,
        context: Context,
        row: Row,
        n: int,
        told: bool,
        messages: tuple[Message, ...],
    ) -> Request:
        sampling = Sampling(
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            top_p=self.top_p,
            seed=context.seed_for(row["id"], n) if self.temperature else 0,
        )
        return Request(_name(row, n, told), messages, sampling, row["leaf"])

    def _prompts(self, row: Row, taxonomy: Taxonomy | None) -> dict[bool, tuple[Message, ...]]:
        """The prompt without being told what decides the answer (False) and, where something does, with (True)."""
        if self.help == "none" or taxonomy is None:
            return {False: tuple(row["prompt"])}
        leaf = taxonomy.leaf(row["leaf"])
        shots = shots_of(leaf)
        question, passage = question_of(row), row.get("context")
        if leaf.kind == "knowledge":
            grounded = [shot for shot in shots if shot.fact]
            template = self.knowledge_template
            return {
                False: render(template, shots=grounded, context=passage or "", question=question)
            }
        prompts = {False: skills.answer_prompt(self.skill_template, leaf, question, shots, passage)}
        attributes = row.get("attributes") or {}
        told = {n: attributes[n] for n in skills.deciding_attributes(leaf) if n in attributes}
        if told:
            prompts[True] = skills.answer_prompt(
                self.skill_template, leaf, question, shots, passage, told
            )
        return prompts

    def _row(
        self,
        context: Context,
        row: Row,
        n: int,
        told: Completion | None,
        untold: Completion,
        model: Model,
    ) -> Row:
        answer = told or untold
        text = _bare(answer)
        settled = row.get("draft") if self.help == "examples" else None
        made = {name: value for name, value in row.items() if name not in ("trace", "verdicts")}
        made |= {
            "id": f"{context.stage}:{digest(row['id'], context.stage, n, context.seed)[:12]}",
            "parents": [row["id"]],
            "completion": [{"role": "assistant", "content": settled or text}],
            "trace": {
                "stage": context.stage,
                "model": model.name,
                "keys": [given.key for given in (told, untold) if given],
            },
        }
        if settled or told:
            made["second"] = _bare(untold)
        if self.help == "none":
            made |= {"group": row["id"], "reference": answer_of(row)}
        if answer.finish_reason == "failed":
            made["reason"] = f"failed: {answer.error}"
        elif not text:
            made["reason"] = "empty"
        elif answer.finish_reason == "length":
            made["reason"] = "cut by length"
        return made


def _name(row: Row, n: int, told: bool) -> str:
    return f"{row['id']}/{n}/{'told' if told else 'untold'}"


def _bare(answer: Completion) -> str:
    """The answer without the label that the examples give it."""
    return answer.text.strip().removeprefix("Answer:").strip()
