"""Answers that copy the marks around their prompt's data."""

import pytest
from tutelage.accounting.ledger import Usage
from tutelage.models.chat import Completion, Request, Sampling, unusable
from tutelage.models.prompt_marks import data, without_marks

ASKED = data("How do I renew it?", "request")
OPEN, CLOSE = ASKED.splitlines()[0], ASKED.splitlines()[-1]


def _answer(text: str, finish: str = "stop", asked: str = ASKED) -> Completion:
    request = Request("1", ({"role": "user", "content": asked},), Sampling(), "leaf")
    return Completion(request, text, finish, Usage())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("What must I do?", "What must I do?"),
        (f"What must I do?\n{CLOSE}\nWrite the request.", "What must I do?"),
        (f"{OPEN}\nWhat must I do?\n{CLOSE}", "What must I do?"),
        ("What must I do?</answer-19bced99590258>", "What must I do?"),
        ("a-b <b> is a tag of mine", "a-b <b> is a tag of mine"),
        (OPEN, ""),
    ],
)
def test_an_answer_ends_at_a_mark_of_its_own_prompt(text: str, left: str) -> None:
    assert without_marks(_answer(text)).text == left


def test_where_the_prompt_has_no_mark_the_text_is_the_answers_own() -> None:
    text = "Write <b-0123456789abcdef> there."
    assert without_marks(_answer(text, asked="How?")).text == text


def test_one_that_was_cut_behind_a_mark_is_whole() -> None:
    made = without_marks(_answer(f"What must I do?\n{CLOSE}\nWrite the", "length"))
    assert unusable(made) is None
    assert unusable(without_marks(_answer("What must I", "length"))) == "cut by length"
    assert unusable(without_marks(_answer(CLOSE))) == "empty"
