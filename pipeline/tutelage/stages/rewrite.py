"""Rewriting: rows in other words, better by a constitution, in another language, or longer."""

from collections.abc import Sequence
from statistics import mean
from typing import Any, ClassVar, Literal

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.contract.stage import Generating
from tutelage.core.artifacts import (
    Row,
    Rows,
    answer_of,
    is_plain_text,
    question_of,
)
from tutelage.core.digests import derive_seed, digest
from tutelage.core.errors import RecipeError
from tutelage.core.text import words
from tutelage.generation.constitution import ConstitutionFile, Principle, read_constitution
from tutelage.generation.prompt_templates import TemplateFile
from tutelage.generation.rewriting import (
    WAYS,
    Part,
    ask,
    continued,
    shown,
    text_of,
    tried,
    unchanged,
    with_part,
)
from tutelage.models.chat import Completion, Message, Request, Sampling
from tutelage.models.model import Model
from tutelage.taxonomy.leaf import Taxonomy

_SHOWN = 3
"""Seeds in a prompt."""


class Rewrite(Generating):
    """Write a part of each row anew, by a template that sees the row and its earlier turns.

    `critique` asks where the answer falls short of a principle of the constitution, then for the
    answer revised (Constitutional AI, arXiv:2212.08073). `back_translation` writes the question
    that an answer answers (arXiv:2308.06259), `paraphrase` the question in other words, `simplify`
    and `continue` the answer, `translate` both. Rows keep what they were in `before`, and `pairs`
    prefers the answer after to the one before.
    """

    version: ClassVar[int] = 5

    way: Literal[
        "critique", "back_translation", "paraphrase", "translate", "simplify", "continue"
    ] = "critique"
    """How rows are rewritten."""
    constitution: ConstitutionFile = "constitution"
    """Principles for `critique`: the shipped ones, or a YAML file with `principles`."""
    revisions: int = Field(1, gt=0)
    """How often an answer is criticised and revised in turn, each time by another principle."""
    language: str | None = None
    """For `translate`: the language to translate into, in words."""
    keep_original: bool = False
    """The rows as they were stay beside those rewritten."""
    temperature: float = Field(0.7, ge=0)
    """How freely the teacher samples; 0 takes the most likely token each time."""
    top_p: float = Field(0.95, gt=0, le=1)
    """Sample among the most likely tokens that together have this probability."""
    max_tokens: int = Field(256, gt=0)
    """Tokens of what is written, at most."""
    template: TemplateFile | None = None
    """Your own prompt in place of the way's: it may use question, answer, text, part, context,
    earlier, attributes, task, shots (seeds), language, principle and critique."""
    critique_template: TemplateFile = "rewrite_critique"
    """Prompt that asks for the critique."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Read the constitution and try the templates; raises RecipeError in a line."""
        self._check_fields()
        if self.way == "critique":
            read_constitution(self.constitution)
            tried(self.critique_template)
        if WAYS[self.way].needs_language and not (self.language or "").strip():
            raise RecipeError("rewrite: `translate` needs a `language`, as `language: French`")
        for template in self._templates().values():
            tried(template)

    def _check_fields(self) -> None:
        """Raises RecipeError for what would do nothing."""
        of_critique = ("constitution", "revisions", "critique_template")
        useless = [*of_critique] if self.way != "critique" else []
        useless += [] if WAYS[self.way].needs_language or self.template else ["language"]
        for name in useless:
            if name in self.model_fields_set:
                raise RecipeError(f"rewrite: `{name}` does nothing for `way: {self.way}`")

    def run(
        self,
        context: Context,
        rows: Rows,
        teacher: Model,
        taxonomy: Taxonomy | None = None,
        judge: Model | None = None,
    ) -> Rows:
        """The rows rewritten; rejected are those of which nothing usable came.

        `judge` criticises where it is given, else the teacher. `stats` say how many rows changed.
        """
        return _Rewriting(self, context, teacher, judge or teacher, taxonomy).run(rows.kept)

    def _templates(self) -> dict[Part, str]:
        return {
            part: self.template or template for part, template in WAYS[self.way].templates.items()
        }


class _Rewriting:
    """One run of the stage."""

    def __init__(
        self,
        stage: Rewrite,
        context: Context,
        teacher: Model,
        critic: Model,
        taxonomy: Taxonomy | None,
    ) -> None:
        self._stage, self._context = stage, context
        self._teacher, self._critic = teacher, critic
        self._tasks = taxonomy.tasks if taxonomy else {}
        self._leaves = {leaf.path: leaf for leaf in taxonomy.leaves} if taxonomy else {}
        criticises = stage.way == "critique"
        self._principles = read_constitution(stage.constitution) if criticises else []

    def run(self, given: Sequence[Row]) -> Rows:
        """All rows rewritten, in as many revisions as are wanted."""
        made = [self._begun(row) for row in given]
        for number in range(self._stage.revisions if self._principles else 1):
            self._revision(made, number)
        done = [self._ended(row, before) for row, before in zip(made, given, strict=True)]
        kept = [row for row in done if "reason" not in row]
        if self._stage.keep_original:
            kept = [*given, *kept]
        rejected = [row for row in done if "reason" in row]
        rewritten = len(done) - len(rejected)
        stats: dict[str, Any] = {"way": self._stage.way, "given": len(given)}
        stats |= {"rewritten": rewritten, "mean_words": _mean_words(given, done)}
        return Rows(kept, rejected, {"rewrite": stats})

    def _begun(self, row: Row) -> Row:
        stage, trace = self._context.stage, {"stage": self._context.stage}
        left = {name: value for name, value in row.items() if name not in ("verdicts", "reasoning")}
        made = left | {
            "id": f"{stage}:{digest(row['id'], stage, self._context.seed)[:12]}",
            "parents": [row["id"]],
            "trace": trace | {"model": self._teacher.name, "keys": []},
        }
        reason = self._lacks(row)
        return made | {"reason": reason} if reason else made

    def _lacks(self, row: Row) -> str | None:
        """Why there is nothing to write anew."""
        if self._stage.way != "paraphrase" and not answer_of(row).strip():
            return "rewrite: has no answer; put the stage after `responses`"
        if self._stage.way == "paraphrase" and not question_of(row):
            return "rewrite: has no question"
        return None

    def _revision(self, made: list[Row], number: int) -> None:
        """One revision of each row that is usable yet."""
        asking = [row for row in made if "reason" not in row]
        drawn = {row["id"]: self._principle(row, number) for row in asking}
        critiques: dict[str, str] = {}
        if self._principles:
            template = self._stage.critique_template
            prompts = {
                row["id"]: ask(template, self._values(row, "answer", drawn[row["id"]], ""))
                for row in asking
            }
            said = self._answers(self._critic, asking, prompts, f"critique/{number}")
            for row in asking:
                critiques[row["id"]] = self._taken(row, said[row["id"]])
        for part, template in self._stage._templates().items():
            usable = [row for row in asking if "reason" not in row and self._has(row, part)]
            prompts = {
                row["id"]: ask(
                    template,
                    self._values(row, part, drawn[row["id"]], critiques.get(row["id"], "")),
                )
                for row in usable
            }
            said = self._answers(self._teacher, usable, prompts, f"{part}/{number}")
            for row in usable:
                self._write(row, part, self._taken(row, said[row["id"]]))

    def _has(self, row: Row, part: Part) -> bool:
        """Whether a row has the part, or is to get it: only a way that writes questions alone makes
        one for a plain text."""
        writes = WAYS[self._stage.way].templates
        return part == "answer" or "answer" not in writes or not is_plain_text(row)

    def _principle(self, row: Row, number: int) -> Principle | None:
        """The principle of a revision: another one each time, in an order of the row's own."""
        if not self._principles:
            return None
        start = derive_seed(self._context.seed_for(row["parents"][0], "principle"))
        return self._principles[(start + number) % len(self._principles)]

    def _values(
        self, row: Row, part: Part, principle: Principle | None, critique: str
    ) -> dict[str, Any]:
        words = (principle.revise if critique else principle.critique) if principle else ""
        more: dict[str, Any] = {"language": self._stage.language or "", "principle": words}
        more |= {"critique": critique, "shots": self._shots(row["leaf"])}
        return shown(row, self._tasks.get(row["leaf"], ""), part, **more)

    def _shots(self, leaf: str) -> list[tuple[str, str]]:
        """Seeds of a leaf as pairs of question and answer."""
        seeds = self._leaves[leaf].seeds[:_SHOWN] if leaf in self._leaves else ()
        return [(self._leaves[leaf].request(seed), seed.answer) for seed in seeds]

    def _answers(
        self, model: Model, rows: Sequence[Row], prompts: dict[str, tuple[Message, ...]], what: str
    ) -> dict[str, Completion]:
        """Answers by the row's id."""
        stage = self._stage
        requests = [
            Request(
                row["id"],
                prompts[row["id"]],
                Sampling(
                    stage.max_tokens,
                    stage.temperature,
                    stage.top_p,
                    seed=self._context.seed_for(row["id"], what) if stage.temperature else 0,
                ),
                row["leaf"],
            )
            for row in rows
        ]
        judging = model is not self._teacher
        return self._context.answers(model, requests, judging=judging) if requests else {}

    def _taken(self, row: Row, answer: Completion) -> str:
        """What was written; the row keeps the request, and why it cannot be used."""
        own = self._stage.template is not None or WAYS[self._stage.way].shows_seeds
        text, reason = text_of(answer, foreign_examples=not own)
        row["trace"] = row["trace"] | {"keys": [*row["trace"]["keys"], answer.key]}
        if reason:
            row["reason"] = reason
        return text

    def _write(self, row: Row, part: Part, text: str) -> None:
        if "reason" in row:
            return
        before = question_of(row) if part == "question" else answer_of(row)
        if WAYS[self._stage.way].goes_on:
            text, reason = continued(before, text)
        else:
            reason = unchanged(before, text)
        if reason:
            row["reason"] = reason
        new = with_part(row, part, text)
        row.clear()
        row.update(new)

    def _ended(self, row: Row, before: Row) -> Row:
        """The row with what it was before."""
        changed = [part for part in self._stage._templates() if "reason" not in row]
        if not changed:
            return row
        if self._principles:
            every = (self._principle(row, n) for n in range(self._stage.revisions))
            row = row | {"principles": [one.critique for one in every if one]}
        old = {"question": question_of(before), "answer": answer_of(before)}
        return row | {"before": old}


def _mean_words(given: Sequence[Row], done: Sequence[Row]) -> dict[str, float]:
    """How long the parts that were written anew were before, and are now; empty without rows."""
    lengths = [
        (len(words(part(old))), len(words(part(new))))
        for old, new in zip(given, done, strict=True)
        for part in (question_of, answer_of)
        if "reason" not in new and part(old) != part(new)
    ]
    before, after = zip(*lengths, strict=True) if lengths else ((), ())
    return {"before": mean(before), "after": mean(after)} if lengths else {}
