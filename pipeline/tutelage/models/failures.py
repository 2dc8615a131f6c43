"""A stage's requests that failed for good: their rows are recorded, up to a share of all."""

from collections import Counter

from tutelage.core.errors import TooManyFailed
from tutelage.models.chat import Completion, unusable


class Failures:
    """Counts what one stage asked and what of it failed for good, by kind."""

    def __init__(self) -> None:
        self._asked = 0
        self._kinds: Counter[str] = Counter()
        self._last = ""

    def count(self, completion: Completion) -> None:
        """Count an answer or the failure to get one."""
        self._asked += 1
        if completion.finish_reason == "failed":
            self._last = unusable(completion) or ""
            self._kinds[self._last.partition(":")[0]] += 1

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
