"""A demand on answers that are Python code: that tests pass."""

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, model_validator

from tutelage.verifiers.phrases import Phrases
from tutelage.verifiers.sandbox import SandboxLimits, run_tests
from tutelage.verifiers.score import Score
from tutelage.verifiers.verifier import Verifier

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_PYTHON = re.compile(r"\W*py(?:thon)?[\d.]*\b", re.IGNORECASE)


class PythonTests(Verifier):
    """The answer's code runs and passes tests, in a child process with limits; see `sandbox`.

    The code is what stands in fences marked as Python, else in unmarked ones, else the whole
    answer; a fence whose text does not compile, an example's output say, counts as prose.
    """

    tests: Phrases
    """Statements run one by one after the code: `assert double(2) == 4`."""
    seconds: int = Field(5, gt=0, le=600)
    """CPU seconds that code and tests may take together."""
    memory_mb: int = Field(512, ge=64)
    """Memory that they may take."""
    need_no_network: bool = False
    """Fail every answer where the operating system cannot cut the child off the network; otherwise
    Python alone keeps it from opening sockets there."""

    @model_validator(mode="after")
    def _can_run(self) -> Self:
        if os.name != "posix":
            raise ValueError("python_tests needs Linux or macOS")
        for number, test in enumerate(self.tests, 1):
            try:
                compile(test, f"test {number}", "exec")
            except (SyntaxError, ValueError) as exc:
                raise ValueError(f"test {number} is no Python: {exc}") from exc
        return self

    def score(self, answer: str, row: Mapping[str, Any]) -> Score:
        """The share of tests that pass; the first that fails is named with its error."""
        limits = SandboxLimits(self.seconds, self.memory_mb, self.need_no_network)
        run = run_tests(_code(answer), self.tests, limits)
        return Score.share(run.passed, len(self.tests), run.reason)


def _code(answer: str) -> list[str]:
    """The blocks that may be Python."""
    fences = [token for token in _parser().parse(answer) if token.type == "fence"]
    marked = [token.content for token in fences if _PYTHON.match(token.info)]
    return marked or [token.content for token in fences if not token.info.strip()] or [answer]


@lru_cache(maxsize=1)
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").disable(["inline", "html_block"])
