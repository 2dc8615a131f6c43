"""Replies in ten scripts, with marks and lists and grades in odd places: read or refused, whole."""

import pytest
from hypothesis import strategies as st
from tutelage.core.fences import only_fenced, unfenced
from tutelage.generation.numbered_list import AmbiguousListError, split_numbered
from tutelage.judging.verdict_form import read_verdict
from tutelage.models.engines.finish_reasons import finish_reason, is_broken_off
from tutelage.models.engines.message_parts import message_parts
from tutelage.models.engines.reported_usage import reported_usage, stated_cost
from tutelage.models.reasoning import MARKS, split_reasoning

from tests.fuzz.fuzzing import fuzz, mutated
from tests.models.generation_session import ask

SCRIPTS = (
    "The harbour has 42 berths.",
    "Порт имеет 42 причала.",
    "Το λιμάνι έχει 42 θέσεις.",
    "港に四十二の桟橋があります。",
    "港口有42个泊位。",
    "항구에는 42개의 선석이 있습니다.",
    "في الميناء ٤٢ مرسى.",
    "בנמל יש 42 מעגנים.",
    "बंदरगाह में ४२ घाट हैं।",
    "ท่าเรือมี ๔๒ ท่าจอด",
    "ნავსადგურს აქვს 42 ნავმისადგომი.",
)
REPLIES = (
    *(f"{before}\n{text}\n{after}\n\n{text}" for before, after in MARKS for text in SCRIPTS[:2]),
    *(f"<think>{text}</think>{text}" for text in SCRIPTS),
    *(f"{text}\n</think>\n{text}" for text in SCRIPTS),
    *(f"1. {text}\n1. {text}\n2. {text}\n2. {text}" for text in SCRIPTS),
    *(f"{text}\nGrade: 3/3" for text in SCRIPTS),
    *(f"```json\n{{\"a\": \"{text}\"}}\n```" for text in SCRIPTS),
)  # fmt: skip
WORDS = ("1", "2", "3")


def test_reasoning_and_answer_hold_no_letter_that_was_not_said() -> None:
    def check(text: str) -> None:
        reasoning, answer = split_reasoning(text)
        assert set(reasoning + answer) <= {*text, "\n"}
        again = split_reasoning(answer)
        assert len(again[1]) <= len(answer)

    fuzz(mutated(*REPLIES), check)


@pytest.mark.parametrize("said", SCRIPTS)
def test_what_was_said_in_any_script_comes_out_as_it_went_in(said: str) -> None:
    assert split_reasoning(said) == ("", said)
    assert split_reasoning(f"<think>\n{said}\n</think>\n\n{said}") == (said, said)
    assert unfenced(f"```\n{said}\n```") == only_fenced(f"{said}\n```\n{said}\n```") == said
    assert split_numbered(f"1. {said}\n1. a\n2. b\n2. {said}", 2) == [f"{said}\n1. a\n2. b", said]
    assert read_verdict(f"{said}\nGrade: 3", "Grade", WORDS).word == "3"


def test_a_list_is_taken_apart_or_refused() -> None:
    def check(text: str) -> None:
        for cut in (True, False):
            try:
                items = split_numbered(text, 2, cut=cut)
            except AmbiguousListError:
                continue
            assert all(item in text for item in items)

    fuzz(mutated(*REPLIES), check)


def test_a_verdict_is_one_of_the_words_or_there_is_a_reason() -> None:
    def check(text: str) -> None:
        for label, words in (("Grade", WORDS), ("Better", ("A", "B", "tie"))):
            found = read_verdict(text, label, words)
            assert found.word in words if found.word else found.problem

    fuzz(mutated(*REPLIES), check)


def test_a_fence_is_taken_off_or_stays() -> None:
    def check(text: str) -> None:
        assert unfenced(text) in text
        assert only_fenced(text) in text

    fuzz(mutated(*REPLIES), check)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 1 << 50) | st.floats() | st.sampled_from(SCRIPTS),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "text", "thinking", "summary", "cost"]), inner)
    ),
    max_leaves=8,
)
NAMES = ["prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens", "cost", "details"]


def test_whatever_a_server_reports_is_a_usage_and_a_message() -> None:
    def check(data: object) -> None:
        usage = reported_usage(ask("q"), "Blue.", data)
        assert 0 <= usage.cached_tokens + usage.written_tokens <= usage.input_tokens
        assert usage.output_tokens >= 0 and usage.input_tokens > 0
        cost = stated_cost(data)
        assert cost is None or cost >= 0
        text, reasoning = message_parts({"reasoning_content": data}, str(data))
        assert text.encode() and isinstance(reasoning, str)
        assert finish_reason(str(data), 1, 5) and is_broken_off(str(data)) in (True, False)

    fuzz(st.dictionaries(st.sampled_from(NAMES), JSON) | JSON, check)
