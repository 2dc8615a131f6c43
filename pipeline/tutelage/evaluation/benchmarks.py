"""Benchmarks: JSONL files of questions, a user's own or the one shipped as a forgetting guard."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from tutelage.core.artifacts import Ids, id_of, read_rows
from tutelage.core.config import Strict, parse
from tutelage.core.digests import digest_file
from tutelage.core.errors import RowsError
from tutelage.core.load_rows import RowsFile
from tutelage.evaluation.cases import PREFIX, Case, Metric, never_right
from tutelage.models.chat import Message
from tutelage.verifiers.ground_truth import reference_truth, row_demands
from tutelage.verifiers.verifier import exam_verifiers

GENERAL = "general"
"""The name of the shipped set."""
GENERAL_QUESTIONS = Path(__file__).with_name("general.jsonl")


class Benchmark(Strict):
    """A file of questions and how replies to them are scored."""

    path: RowsFile
    """Rows of `question` (or `messages`), `answer`, `accept`, `verify`, `tests`; JSONL, Parquet."""
    metric: Literal["accept", "exact", "numeric", "result", "token_f1", "win_rate"] | None = None
    """As the stage's `metric` where not given; `win_rate` leaves the comparison to the judge."""
    tolerance: float = Field(0.0, ge=0, allow_inf_nan=False)
    """For `numeric` and `result`: how far off the number may be."""


class _Turn(Strict):
    role: Literal["system", "user", "assistant"]
    content: str


class _Row(Strict):
    """One line; columns beside these are the user's own and not read."""

    question: str | None = None
    messages: list[_Turn] = []
    answer: str | None = None
    reference: str | None = None
    accept: list[str] = []
    verify: list[dict[str, Any] | str] = []
    tests: list[str] = []

    @field_validator("answer", mode="before")
    @classmethod
    def _numbers_are_text(cls, value: Any) -> Any:
        return _text(value)

    @field_validator("reference", mode="before")
    @classmethod
    def _only_text(cls, value: Any) -> Any:
        found = _text(value)
        return found if isinstance(found, str) else None

    @field_validator("accept", mode="before")
    @classmethod
    def _lists_of_text(cls, value: Any) -> Any:
        found = value if isinstance(value, list) else [] if value is None else [value]
        return [_text(item) for item in found]

    @field_validator("messages", "verify", "tests", mode="before")
    @classmethod
    def _nothing_is_an_empty_list(cls, value: Any) -> Any:
        return [] if value is None else value


def benchmark_cases(name: str, benchmark: Benchmark, metric: Metric) -> list[Case]:
    """The questions of a benchmark; raises RowsError naming the file and the row.

    An `id` that an earlier row of the file bears gets a number (`7#2`), as in rows for training.
    """
    file = benchmark.path
    cases = list(_cases(name, benchmark, metric, file))
    if not cases:
        raise RowsError(f"{file}: holds no question")
    return cases


def general_cases() -> list[Case]:
    """The shipped questions on general knowledge and simple tasks."""
    return benchmark_cases(GENERAL, Benchmark(path=GENERAL_QUESTIONS), "accept")


def general_digest() -> str:
    """What the shipped questions are."""
    return digest_file(GENERAL_QUESTIONS)


def _cases(name: str, benchmark: Benchmark, metric: Metric, file: Path) -> Iterator[Case]:
    judged = benchmark.metric == "win_rate"
    chosen: Metric = metric
    if benchmark.metric is not None and benchmark.metric != "win_rate":
        chosen = benchmark.metric
    ids = Ids()
    for number, row in enumerate(read_rows(file), 1):
        where = f"{file}: row {number}"
        known = {key: row[key] for key in _Row.model_fields if key in row}
        read = parse(_Row, known, where, error=RowsError)
        accept = tuple(dict.fromkeys(text for text in _accept(read) if text))
        truth = {"answer": read.answer, "tests": read.tests}
        verifiers = exam_verifiers(read.verify, f"{where}: verify", RowsError)
        verifiers += row_demands({"id": number, "tests": read.tests})
        if not (accept or verifiers or judged):
            raise RowsError(
                f"{where}: needs `answer`, `accept`, `verify` or `tests`, or `metric: win_rate`"
            )
        if why := never_right(chosen, accept):
            raise RowsError(f"{where}: {why}")
        messages = _messages(read, where)
        yield Case(
            id=ids.own({"id": id_of(row, messages, number)})["id"],
            leaf=f"{PREFIX}{name}",
            kind="benchmark",
            messages=messages,
            accept=() if judged else accept,
            verifiers=() if judged else verifiers,
            metric=chosen,
            tolerance=benchmark.tolerance,
            truth=truth,
        )


def _accept(row: _Row) -> list[str]:
    """As in a taxonomy: a reference answer counts as accepted unless verifiers decide."""
    answer = row.answer
    if answer is None and not row.accept:
        answer = reference_truth(row.model_dump())
    reference = [answer] if answer is not None and not row.verify else []
    return [text.strip() for text in (*reference, *row.accept)]


def _messages(row: _Row, where: str) -> tuple[Message, ...]:
    question = (row.question or "").strip()
    turns: list[Message] = [{"role": turn.role, "content": turn.content} for turn in row.messages]
    if question:
        turns.append({"role": "user", "content": question})
    if not turns or turns[-1]["role"] != "user":
        raise RowsError(f"{where}: needs `question`, or `messages` that end with the user's turn")
    return tuple(turns)


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, int | float) else value
