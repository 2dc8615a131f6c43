"""A stage's requests that failed or brought nothing: it ends when they are too many, or the first.

Requests that failed for good are recorded with their rows, up to a share of all. A model none of
whose first answers can be used has its limits or its settings wrong: then the stage ends at once,
before more is spent.
"""

from collections import Counter
from dataclasses import dataclass, field

from tutelage.core.errors import NothingUsable, TooManyFailed
from tutelage.models.chat import CUT_WHILE_REASONING, Completion, unanswered, unusable
from tutelage.models.model import Model

FIRST = 12
"""Answers of a model that are looked at before more is asked of it."""


@dataclass(slots=True)
class _First:
    """What the first answers of a model brought."""

    useless: Counter[str] = field(default_factory=Counter)
    usable: bool = False


class Failures:
    """Counts what one stage asked and what of it failed for good, by kind."""

    def __init__(self) -> None:
        self.give_up_after = FIRST
        """Answers after which a model is given up that said nothing usable; 0 for never."""
        self._asked = 0
        self._kinds: Counter[str] = Counter()
        self._last = ""
        self._first: dict[str, _First] = {}

    def first(self, model: Model) -> int:
        """How many requests to send before all others; 0 where a model has proven itself."""
        seen = self._first.get(model.name)
        return 0 if seen and seen.usable else self.give_up_after

    def count(self, completion: Completion) -> None:
        """Count an answer or the failure to get one."""
        self._asked += 1
        if completion.finish_reason == "failed":
            self._last = unusable(completion) or ""
            self._kinds[self._last.partition(":")[0]] += 1

    def judge(self, model: Model, completion: Completion) -> None:
        """Raise NothingUsable where none of a model's first answers can be used."""
        seen = self._first.setdefault(model.name, _First())
        if seen.usable or completion.finish_reason == "failed":
            return
        why = unusable(completion) if completion.request.whole else _only_reasoned(completion)
        if why is None:
            seen.usable = True
            return
        seen.useless[why.partition(":")[0]] += 1
        if self.give_up_after and seen.useless.total() >= self.give_up_after:
            raise NothingUsable(_in_words(model, completion, seen.useless))

    def in_words(self) -> str:
        """`3 of 400 requests have no answer: failed (timeout) 2, ...`; nothing where all have."""
        kinds = ", ".join(f"{kind} {count}" for kind, count in self._kinds.most_common())
        said = f"{self._kinds.total()} of {self._asked} requests have no answer: {kinds}"
        return said if kinds else ""

    def check(self, allowed: float) -> None:
        """Raise TooManyFailed where more than a share of all requests failed."""
        failed, asked = self._kinds.total(), self._asked
        if failed > allowed * asked:
            how = (
                "Nothing was answered: the server or its settings are at fault, not single rows"
                if failed == asked
                else f"The {asked - failed} answers are kept; only the others are asked again. "
                "Where their rows can be missed, set the stage's max_failed to "
                f"{failed / asked + 0.005:.2f}"
            )
            raise TooManyFailed(
                f"{self.in_words()}. The last: {self._last}\nThat is more than max_failed "
                f"({allowed:g}) allows. {how}"
            )


def _only_reasoned(completion: Completion) -> str | None:
    """Why there is no answer at all, where it is the reasoning that left no room for one.

    What serves though it was cut may well be empty: a model that is examined is bad then.
    """
    return unanswered(completion) if completion.reasoning else None


def _in_words(model: Model, last: Completion, useless: Counter[str]) -> str:
    """What the first answers were instead, and the settings that would change it."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in useless.most_common())
    name, allowed = model.name, model.config.reasoning_tokens
    limit = last.request.sampling.max_tokens
    common = useless.most_common(1)[0][0]
    more = f"raise `models.{name}.reasoning_tokens` (now {allowed})"
    off = (
        f"or, where its chat template can, set `models.{name}.template: {{enable_thinking: false}}`"
    )
    cure = "look at what the model is asked and at its settings"
    if common == CUT_WHILE_REASONING or (common == "empty" and last.reasoning):
        cure = f"cut while reasoning; {more}, {off}"
    elif common == "cut by length":
        cure = f"raise the `max_tokens` of the stage (now {limit}); if the model reasons, {more}"
    return (
        f"none of the first {useless.total()} answers of model '{name}' can be used: {kinds}.\n"
        f"{cure[:1].upper()}{cure[1:]}. `give_up_after: 0` of the stage goes on all the same"
    )
