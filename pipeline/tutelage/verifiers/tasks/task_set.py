"""A set of verifiable tasks as rows: drawn with a seed, for training or for an exam.

Which side a problem is on follows from a hash of its parameters alone, whatever the seed, the
difficulty asked for, the wording and the number of rows. So no set for training ever holds a
problem of a set for an exam.
"""

from collections.abc import Iterator
from random import Random
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from tutelage.core.artifacts import Row
from tutelage.core.config import Strict
from tutelage.core.digests import digest
from tutelage.core.errors import RecipeError
from tutelage.verifiers.tasks.maker_table import build_makers
from tutelage.verifiers.tasks.problem import Problem, ProblemMaker

Split = Literal["train", "exam"]
_EXAM_OF_16 = 3
"""Of 16 problems so many are kept for exams."""
_DRAWS = 60
"""Draws without a new problem after which there are no more."""
LEAF = "verifiable/"
"""What the leaf of such a row begins with; the rest is the maker's name."""


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


_ONE_OR_MORE_TASKS = BeforeValidator(
    _as_list, json_schema_input_type=str | dict[str, Any] | list[str | dict[str, Any]]
)
_ONE_OR_MORE_LEVELS = BeforeValidator(_as_list, json_schema_input_type=int | list[int])


class TaskSet(Strict):
    """Which problems, how hard and how many."""

    tasks: Annotated[list[Any], _ONE_OR_MORE_TASKS, Field(min_length=1)] = ["word_problem"]
    """Kinds of problems: a shipped one's name, `{name: settings}`, or `{use: "my_pkg:Mine"}`."""
    difficulty: Annotated[
        list[Annotated[int, Field(ge=1, le=100)]], _ONE_OR_MORE_LEVELS, Field(min_length=1)
    ] = [3]
    """How hard, from 1: steps of a solution, mostly. Of several (`[2, 3, 4]`) there are equally
    many of each."""
    rows: int = Field(120, gt=0)
    """Problems in all, spread evenly over kinds and difficulties."""
    seed: int = Field(1, ge=0)
    """Another seed draws other problems, of the same side."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: Any) -> Any:
        """Names alone: `tasks: [word_problem]` where `tasks: {tasks: [word_problem]}` is meant."""
        return {"tasks": given} if isinstance(given, str | list) else given

    @model_validator(mode="after")
    def _can_be_built(self) -> "TaskSet":
        try:
            build_makers(self.tasks, "tasks")
        except RecipeError as exc:
            raise ValueError(str(exc)) from exc  # the loader says where it stands
        return self

    def draw(self, split: Split) -> list[Row]:
        """The rows; raises RecipeError where there are not so many different problems."""
        makers = build_makers(self.tasks, "tasks")
        cells = [(name, level) for level in self.difficulty for name in makers]
        rows: list[Row] = []
        for number, (name, level) in enumerate(cells):
            wanted = self.rows // len(cells) + (number < self.rows % len(cells))
            problems = problems_of(makers[name], name, level, split, self.seed)
            found = [problem for _, problem in zip(range(wanted), problems, strict=False)]
            if len(found) < wanted:
                raise RecipeError(
                    f"tasks: {name} at difficulty {level} has only {len(found)} different problems "
                    f"for the {split} side, but {wanted} are wanted; lower `rows`, raise "
                    "`difficulty`, or name more `tasks`"
                )
            rows += [_row(problem, name, level) for problem in found]
        Random(digest(self.seed, split)).shuffle(rows)
        return rows


def problems_of(
    maker: ProblemMaker, name: str, difficulty: int, split: Split, seed: int
) -> Iterator[Problem]:
    """Different problems of one side, until draws bring no new ones."""
    random = Random(digest(name, difficulty, seed, split))
    seen: set[str] = set()
    idle = 0
    while idle < _DRAWS:
        problem = maker.draw(random, difficulty)
        key = _key(name, problem)
        idle += 1
        if key not in seen and side(name, problem) == split:
            seen.add(key)
            idle = 0
            yield problem


def side(name: str, problem: Problem) -> Split:
    """Which side a problem is on."""
    return "exam" if int(_key(name, problem)[:8], 16) % 16 < _EXAM_OF_16 else "train"


def _key(name: str, problem: Problem) -> str:
    return digest(name, list(problem.parameters))


def _row(problem: Problem, name: str, difficulty: int) -> Row:
    row: Row = {
        "id": f"{name}:{_key(name, problem)[:12]}",
        "split": side(name, problem),
        "leaf": f"{LEAF}{name}",
        "parents": [],
        "prompt": [{"role": "user", "content": problem.question}],
        "attributes": {"task": name, "difficulty": str(difficulty)},
    }
    row |= {"answer": problem.answer} if problem.answer else {}
    row |= {"tests": list(problem.tests)} if problem.tests else {}
    row |= {"verify": [dict(one) for one in problem.verify]} if problem.verify else {}
    row |= {"reasoning": "\n".join(problem.steps)} if problem.steps else {}
    return row | ({"solution": problem.solution} if problem.solution else {})
