"""A question put to models, with what counts as a right answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from tutelage.core.config import at
from tutelage.core.errors import TaxonomyError
from tutelage.evaluation.recital import Facts
from tutelage.models.chat import Message
from tutelage.taxonomy.leaf import Leaf, Taxonomy
from tutelage.verifiers.numeric import last_number
from tutelage.verifiers.verifier import Verifier, exam_verifiers

Metric = Literal["accept", "exact", "numeric", "token_f1"]
"""How a reply is compared with the accepted texts: one occurs in it as whole words, it is one of
them, its last number is one of them, or it shares tokens with one (a score from 0 to 1)."""

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
    """For `numeric`: how far off the number may be."""

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


def eval_cases(taxonomy: Taxonomy, metric: Metric = "accept") -> list[Case]:
    """The held-out examples; raises TaxonomyError for one that no answer can satisfy."""
    return [case for leaf in taxonomy.leaves for case in _cases_of(leaf, metric)]


def never_right(metric: Metric, accept: Sequence[str]) -> str | None:
    """Why no reply can be one of the accepted texts, where it cannot."""
    if metric == "numeric" and accept and not any(map(last_number, accept)):
        return "`metric: numeric`, but no accepted answer holds a number"
    return None


def _cases_of(leaf: Leaf, metric: Metric) -> Iterator[Case]:
    facts = Facts.of(leaf) if metric == "accept" and leaf.documents else None
    for held in leaf.eval_examples:
        where = at(leaf.file, f"{held.place}.verify") if held.verify else ""
        verifiers = exam_verifiers(held.verify, where, TaxonomyError)
        if why := never_right(metric, held.accept):
            raise TaxonomyError(f"{at(leaf.file, held.place)}: {why}")
        question: Message = {"role": "user", "content": held.request}
        yield Case(
            held.id, leaf.path, leaf.kind, (question,), held.accept, verifiers, metric, facts
        )
