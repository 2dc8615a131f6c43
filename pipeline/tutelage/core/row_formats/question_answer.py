"""Questions with their answers, under the names that data sets give them."""

from collections.abc import Mapping
from typing import Any

from tutelage.core.errors import RowsError
from tutelage.core.row_formats.row_format import (
    Row,
    RowFormat,
    assistant,
    first_of,
    opened,
    text_at,
    user,
    without,
)
from tutelage.core.row_formats.turns import read_text

_QUESTIONS = ("question", "query", "instruction", "input")
_SAID = ("response", "output")
_ANSWERS = ("answer", "response", "output", "answers")
_SYSTEM = ("system", "system_prompt")


def _matches(record: Row) -> bool:
    if any(name in record for name in ("completion", "messages", "chosen")):
        return False
    if "prompt" in record:  # beside TRL's column an `answer` is what is right, not what is said
        return first_of(record, _SAID) is not None
    return all(first_of(record, names) is not None for names in (_QUESTIONS, _ANSWERS))


def _convert(record: Row, where: str) -> Row:
    asked = first_of(record, ("prompt", *_QUESTIONS))
    answer = first_of(record, _ANSWERS if asked != "prompt" else _SAID)
    assert asked is not None and answer is not None  # by `matches`
    text = _answer(record[answer], f"{where}: column {answer}")
    question, context = text_at(record, asked, where), ""
    if "context" in record:
        context = text_at(record, "context", where).strip()
    rest = without(record, asked, answer, "context", *_SYSTEM)
    prompt = [
        *opened(record, _SYSTEM, where),
        user(f"{context}\n\n{question}" if context else question),
    ]
    about = {"context": context} if context else {}
    return rest | about | {"prompt": prompt, "completion": [assistant(text)]}


def _answer(value: Any, where: str) -> str:
    """The text of an answer; of several (SQuAD lists what annotators wrote) the first."""
    if isinstance(value, Mapping) and "text" in value:
        value = value["text"]
    if isinstance(value, list):
        if not value:
            raise RowsError(f"{where}: has no answer; leave such rows out")
        value = value[0]
    return read_text(value, where)


QUESTION_ANSWER = RowFormat("question and answer", "`question` and `answer`", _matches, _convert)
