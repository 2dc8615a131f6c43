"""Reasoning is told apart from the answer, however it is marked and whichever engine gave it."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from tutelage.accounting.ledger import Usage
from tutelage.models.chat import Completion, FinishReason, Request, Sampling, unanswered, unusable
from tutelage.models.journal import Journal, journal_key
from tutelage.models.reasoning import opened_in, reasoned_before_cut, split_reasoning, tell_apart
from tutelage.testing.loopback import Loopback, Reply, chat_reply

from tests.models.generation_session import GenerationSession, ask

HTML = "Write `<think>` and `</think>` around it."
FENCED = "```html\n<think>\nx\n</think>\n```"


@pytest.mark.parametrize(
    ("content", "reasoning", "text"),
    [
        ("<think>\nCould be red. No.\n</think>\n\nBlue.", "Could be red. No.", "Blue."),
        ("Could be red. No.\n</think>\n\nBlue.", "Could be red. No.", "Blue."),
        ("Could be red.</think>\nBlue.", "Could be red.", "Blue."),
        ("<think>\n\n</think>\n\nBlue.", "", "Blue."),
        ("<think>\nCould be", "Could be", ""),
        ("<think></think>", "", ""),
        ("<THINK>a</Think>Blue.", "a", "Blue."),
        ("  \n<thinking>a</thinking> Blue.", "a", "Blue."),
        ("<think>a</think>\n<think>b</think>\nBlue.", "a\n\nb", "Blue."),
        ("<think>a </think> b\n</think>\nBlue.", "a\n\nb", "Blue."),
        ("Sure!\n<think>\na\n</think>\nBlue.", "a", "Sure!\nBlue."),
        ("[THINK]a[/THINK]Blue.", "a", "Blue."),
        ("<seed:think>a</seed:think>Blue.", "a", "Blue."),
        ("◁think▷a◁/think▷Blue.", "a", "Blue."),
        ("<thought>a</thought>\nBlue.", "a", "Blue."),
        ("<reasoning>a</reasoning>\n<answer>Blue.</answer>", "a", "Blue."),
        ("<think>a</think>\n<answer>\nBlue.\n</answer>", "a", "Blue."),
        ("<|begin_of_thought|>a<|end_of_thought|>\n<|begin_of_solution|>Blue.<|end_of_solution|>",
         "a", "Blue."),
        ("<|START_THINKING|>a<|END_THINKING|><|START_RESPONSE|>Blue.<|END_RESPONSE|>",
         "a", "Blue."),
        ("<|im_start|>assistant\n<think>\na\n</think>\nBlue.", "a", "Blue."),
        ("<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>Blue.",
         "a", "Blue."),
        ("<|channel|>analysis<|message|>a and", "a and", ""),
        ("Here is my thought process: a\nHere is my response: Blue.", "a", "Blue."),
        ("Blue.", "", "Blue."),
        (" Blue.\n", "", " Blue.\n"),
        (HTML, "", HTML),
        (FENCED, "", FENCED),
        (f"<think>a</think>\n{FENCED}", "a", FENCED),
        ("The <think> and </think> tags.", "", "The <think> and </think> tags."),
        ("I think, therefore I am.", "", "I think, therefore I am."),
        ("", "", ""),
    ],
)  # fmt: skip
def test_reasoning_in_a_text_is_told_apart(content: str, reasoning: str, text: str) -> None:
    assert split_reasoning(content) == (reasoning, text)


@pytest.mark.parametrize(
    ("prompt", "mark"),
    [
        ("<|assistant|><think>\n", "<think>\n"),
        ("<|assistant|><think>\n\n</think>\n\n", ""),
        ("", ""),
    ],
)
def test_a_template_may_have_opened_the_block(prompt: str, mark: str) -> None:
    assert opened_in(prompt) == mark


def completion(text: str, reason: FinishReason = "stop", reasoning: str = "") -> Completion:
    return Completion(ask("q"), text, reason, Usage(1), reasoning=reasoning)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (completion("<think>a</think>Blue."), None),
        (completion("<think>a", "length"), "cut while reasoning"),
        (completion("", "length"), "cut by length"),
        (completion("", "length", "a"), "cut while reasoning"),
        (completion("Blue is", "length"), "cut by length"),
        (completion("<think>a</think>"), "empty: only reasoning, no answer after it"),
        (completion("", "empty"), "empty"),
        (completion("", "stop", "a"), "empty: only reasoning, no answer after it"),
    ],
)
def test_an_answer_that_never_came_says_why(given: Completion, why: str | None) -> None:
    assert unusable(tell_apart(given)) == why
    if why != "cut by length":  # which an exam takes for what it says
        assert unanswered(tell_apart(given)) == why


@pytest.mark.parametrize(
    "tail", ["<|im_end|>", "<|eot_id|>\n", "<end_of_turn>", "<|end|><|endoftext|>"]
)
def test_a_token_that_ends_the_turn_is_no_part_of_the_answer(tail: str) -> None:
    assert tell_apart(completion(f"Blue.{tail}")).text == "Blue."
    assert tell_apart(completion(f"<think>a</think>Blue.{tail}")).text == "Blue."
    assert tell_apart(completion("End with `<|im_end|>`.")).text == "End with `<|im_end|>`."


def test_what_was_cut_before_the_only_mark_is_reasoning() -> None:
    whole = [tell_apart(completion(f"a{n}\n</think>\nBlue.")) for n in range(3)]
    cut = completion("Is it Harlow? No", "length")
    assert [one.text for one in reasoned_before_cut([*whole, cut])] == ["Blue."] * 3 + [""]
    plain = [completion("Blue."), cut]
    assert reasoned_before_cut(plain) == plain


MESSAGES: list[tuple[dict[str, Any], str]] = [
    ({"content": "Blue.", "reasoning_content": "Red? No."}, "Red? No."),
    ({"content": "Blue.", "reasoning": "Red? No."}, "Red? No."),
    ({"content": "Blue.", "reasoning": "Red?", "reasoning_content": "Red?"}, "Red?"),
    ({"content": "Blue.", "reasoning_details": [{"type": "reasoning.text", "text": "R"}]}, "R"),
    ({"content": "Blue.", "thinking": "Red?"}, "Red?"),
    ({"content": "<think>b</think>Blue.", "reasoning_content": "a"}, "a\n\nb"),
    (
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                     {"type": "text", "text": "Blue."}]}, "hm",
    ),
    ({"content": [{"type": "thinking", "text": "hm"}, {"type": "text", "text": "Blue."}]}, "hm"),
    ({"content": [{"type": "reasoning", "summary": [{"text": "hm"}]}, {"text": "Blue."}]}, "hm"),
    ({"content": [{"thought": True, "text": "hm"}, {"text": "Blue."}]}, "hm"),
    ({"content": "Blue.", "reasoning_content": None}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("message", "reasoning"), MESSAGES)
def test_a_servers_own_fields_are_reasoning(
    desk: GenerationSession, message: dict[str, Any], reasoning: str
) -> None:
    reply = chat_reply("", choices=[{"message": message, "finish_reason": "stop"}])
    with Loopback(lambda body: reply) as server:
        (found,) = desk.client(server.url).complete([ask("q")])
        (again,) = desk.client(server.url).complete([ask("q")])
    assert (found.text, found.reasoning, found.finish_reason) == ("Blue.", reasoning, "stop")
    assert (again.text, again.reasoning, again.cached) == ("Blue.", reasoning, True)


def test_reasoning_that_is_counted_but_not_shown_is_reasoning(desk: GenerationSession) -> None:
    used = {"prompt_tokens": 7, "completion_tokens": 96}
    used |= {"completion_tokens_details": {"reasoning_tokens": 96}}  # type: ignore[dict-item]
    choice = {"message": {"content": None}, "finish_reason": "length"}
    with Loopback(lambda body: chat_reply("", choices=[choice], usage=used)) as server:
        (found,) = desk.client(server.url).complete([ask("q")])
    assert unusable(found) == "cut while reasoning"


def test_tokens_of_thought_have_an_allowance_beside_the_answers(desk: GenerationSession) -> None:
    def answer(body: dict[str, Any]) -> Reply:
        if body["max_tokens"] < 60:
            used = {"prompt_tokens": 7, "completion_tokens": body["max_tokens"]}
            return chat_reply("<think>\nlet me", "length", usage=used)
        return chat_reply("<think>\nlet me\n</think>\nBlue.")

    with Loopback(answer) as server:
        asked = ask("q", max_tokens=12)
        (short,) = desk.client(server.url).complete([asked])
        (long,) = desk.client(server.url, reasoning_tokens=50).complete([asked])
        (kept,) = desk.client(server.url, reasoning_tokens=80).complete([asked])
        sent = [body["max_tokens"] for body in server.asked]
    assert unusable(short) == "cut while reasoning"
    assert (long.text, long.reasoning) == ("Blue.", "let me")
    assert kept.cached  # what ended by itself serves a larger allowance
    assert sent == [12, 62]


def test_arguments_of_the_template_go_to_the_server(desk: GenerationSession) -> None:
    with Loopback() as server:
        list(desk.client(server.url, template={"enable_thinking": False}).complete([ask("q")]))
        assert server.asked[0]["chat_template_kwargs"] == {"enable_thinking": False}


def test_what_older_code_journalled_is_found_and_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "journal.sqlite"
    asked = Request("q", ({"role": "user", "content": "q"},), Sampling(max_tokens=40))
    key = journal_key("m", asked)
    with sqlite3.connect(file) as old:
        old.execute(
            "CREATE TABLE completions (key TEXT NOT NULL, max_tokens INTEGER NOT NULL, model TEXT "
            "NOT NULL, messages TEXT NOT NULL, sampling TEXT NOT NULL, text TEXT NOT NULL, "
            "finish_reason TEXT NOT NULL, usage TEXT NOT NULL, created REAL NOT NULL, "
            "UNIQUE (key, max_tokens))"
        )
        values = (key, 40, "m", "[]", "{}", "<think>a</think>\nBlue.", "stop", '{"requests": 1}', 0)
        old.execute("INSERT INTO completions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    old.close()
    journal = Journal(file)
    found = journal.get(key, asked)
    assert found is not None and (found.text, found.reasoning) == ("Blue.", "a")
    other = Request("r", ({"role": "user", "content": "r"},))
    journal.put(journal_key("m", other), "m", Completion(other, "Red.", "stop", Usage()))
    assert [entry["text"] for entry in journal.entries()][1] == "Red."
    journal.close()
    Journal(file).close()


def test_the_key_of_a_request_is_that_of_older_code() -> None:
    asked = Request("q", ({"role": "user", "content": "q"},), Sampling(max_tokens=40, seed=3))
    assert journal_key("m", asked) == OLD_KEY


OLD_KEY = "0b0da0d0de8f4a3a6a364326704b8fb7"
