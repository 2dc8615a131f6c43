"""A question put to models, with what counts as a right answer."""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tutelage.core.artifacts import Row, prompt_of, tools_of
from tutelage.core.config import at
from tutelage.core.digests import derive_seed
from tutelage.core.errors import RowsError, TaxonomyError
from tutelage.evaluation.recital import Facts
from tutelage.models.chat import Message
from tutelage.taxonomy.leaf import EvalExample, Leaf
from tutelage.taxonomy.tool import Tool
from tutelage.verifiers.ground_truth import row_demands
from tutelage.verifiers.numeric import last_number
from tutelage.verifiers.verifier import Verifier, exam_verifiers

Metric = Literal["accept", "exact", "numeric", "result", "token_f1"]
"""How a reply is compared with the accepted texts: one occurs in it as whole words, it is one of
them, its last number is one of them, its final answer is (`Answer: ...`, compared as the verifier
`answer` does), or it shares tokens with one (a score from 0 to 1)."""

_DISTRACTORS = 3
"""Tools of other leaves that are shown beside the leaf's own, at most."""
PREFIX = "benchmark:"
"""What the leaf of a question begins with that is no held-out example of the taxonomy."""


@dataclass(frozen=True, slots=True)
class Case:
    """One question. It is right where the metric and every verifier, as far as given, say so."""

    id: str
    leaf: str
    kind: str
    messages: tuple[Message, ...]
    accept: tuple[str, ...]
    verifiers: tuple[Verifier, ...]
    metric: Metric = "accept"
    facts: Facts | None = None
    """What else an answer must not recite: with `accept`, where the leaf has documents."""
    tolerance: float = 0.0
    """For `numeric` and `result`: how far off the number may be."""
    truth: Mapping[str, Any] = field(default_factory=dict)
    """What verifiers read of a row that is known to be right: `answer`, `tests`."""
    tools: tuple[dict[str, Any], ...] = ()
    """JSON schemas of the tools that models are shown with it."""

    @property
    def question(self) -> str:
        """The last turn's text."""
        return self.messages[-1]["content"]

    @property
    def conversation(self) -> str:
        """The last turn's text, below the turns before it where there are any."""
        earlier = [f"{turn['role']}: {turn['content']}" for turn in self.messages[:-1]]
        return "\n".join([*earlier, self.question])

    @property
    def row(self) -> dict[str, Any]:
        """The question as a row, without what is known to be right."""
        row = {"id": self.id, "leaf": self.leaf, "prompt": list(self.messages)}
        return row | ({"tools": list(self.tools)} if self.tools else {})

    @property
    def scored(self) -> bool:
        """Whether a reply can be scored by itself; otherwise a judge must compare two."""
        return bool(self.accept or self.verifiers)

    @property
    def label(self) -> str:
        """The name under which its score is listed."""
        if not self.scored:
            return "win_rate"
        if not self.accept:
            return "verify"
        return "right" if self.verifiers and self.metric == "accept" else self.metric


def eval_cases(
    leaves: Sequence[Leaf], metric: Metric = "accept", every: Sequence[Leaf] = ()
) -> list[Case]:
    """The held-out examples; raises TaxonomyError for one that no answer can satisfy.

    Tools that distract are drawn from `every` leaf, by default from those that are examined.
    """
    others = {tool.name: tool for leaf in every or leaves for tool in leaf.tools}
    return [case for leaf in leaves for case in _cases_of(leaf, metric, others)]


def row_cases(rows: Iterable[Row]) -> list[Case]:
    """Questions out of rows that bring what a right answer is; raises RowsError for one without."""
    return [_case_of(row) for row in rows]


def _case_of(row: Row) -> Case:
    if not (verifiers := row_demands(row)):
        raise RowsError(
            f"row {row.get('id')}: nothing says what a right answer is; it needs `answer`, `tests` "
            "or `verify`"
        )
    truth = {name: row[name] for name in ("answer", "tests", "attributes") if row.get(name)}
    leaf = str(row.get("leaf") or "*")
    return Case(
        id=str(row["id"]),
        leaf="questions" if leaf == "*" else leaf,
        kind="verifiable",
        messages=tuple(prompt_of(row)),
        accept=(),
        verifiers=verifiers,
        metric="result",
        truth=truth,
        tools=tuple(tools_of(row)),
    )


def never_right(metric: Metric, accept: Sequence[str]) -> str | None:
    """Why no reply can be one of the accepted texts, where it cannot."""
    if metric == "numeric" and accept and not any(map(last_number, accept)):
        return "`metric: numeric`, but no accepted answer holds a number"
    return None


def _cases_of(leaf: Leaf, metric: Metric, tools: Mapping[str, Tool]) -> Iterator[Case]:
    facts = Facts.of(leaf) if metric == "accept" and leaf.documents else None
    for held in leaf.eval_examples:
        where = at(leaf.file, f"{held.place}.verify") if held.verify else ""
        verifiers = exam_verifiers(held.verify, where, TaxonomyError)
        if why := never_right(metric, held.accept):
            raise TaxonomyError(f"{at(leaf.file, held.place)}: {why}")
        shown = _shown_tools(held, leaf, tools) if held.shows_tools else ()
        asked = (held.id, leaf.path, leaf.kind, _messages(held))
        yield Case(*asked, held.accept, verifiers, metric, facts, tools=shown)


def _shown_tools(
    held: EvalExample, leaf: Leaf, every: Mapping[str, Tool]
) -> tuple[dict[str, Any], ...]:
    """The leaf's tools among some of others, drawn and ordered by the question alone."""
    draw = random.Random(derive_seed(held.id, "tools"))
    own = {tool.name: tool for tool in leaf.tools}
    others = [tool for name, tool in sorted(every.items()) if name not in own]
    shown = [*own.values(), *draw.sample(others, min(_DISTRACTORS, len(others)))]
    draw.shuffle(shown)
    return tuple(tool.schema for tool in shown)


def _messages(held: EvalExample) -> tuple[Message, ...]:
    """What models are asked: after the turns before it, where it is a conversation's."""
    if not held.earlier:
        return ({"role": "user", "content": held.request},)
    turns: list[Message] = []
    for asked, answer in held.earlier:
        turns.append({"role": "user", "content": asked})
        turns.append({"role": "assistant", "content": answer})
    if held.context:
        turns[0] = {"role": "user", "content": f"{held.context}\n\n{turns[0]['content']}"}
    return (*turns, {"role": "user", "content": held.question})
