"""Rewriting rows: the ways to do it, what each asks for, and how a row changes.

A template sees the row: its question and answer, the passage they rest on, the turns before them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tutelage.core.artifacts import Row, answer_of, is_plain_text, question_of
from tutelage.core.fences import unfenced
from tutelage.core.text import plain
from tutelage.generation.copied_example import copied_example
from tutelage.generation.prompt_templates import render
from tutelage.models.chat import Completion, Message, unusable

Part = Literal["question", "answer"]


@dataclass(frozen=True, slots=True)
class Way:
    """A way to rewrite: the template for each part of the row that it writes anew."""

    templates: Mapping[Part, str]
    needs_language: bool = False
    shows_seeds: bool = False
    """The examples of its prompt are the leaf's seeds, where there are any."""
    goes_on: bool = False
    """What is written comes after the part, not in its place."""
    paper: str = ""


WAYS: dict[str, Way] = {
    "back_translation": Way(
        {"question": "rewrite_back_translation"}, shows_seeds=True, paper="arXiv:2308.06259"
    ),
    "continue": Way({"answer": "rewrite_continue"}, goes_on=True),
    "critique": Way({"answer": "rewrite_revise"}, paper="arXiv:2212.08073"),
    "paraphrase": Way({"question": "rewrite_paraphrase"}, paper="arXiv:2401.16380"),
    "simplify": Way({"answer": "rewrite_simplify"}),
    "translate": Way(
        {"question": "rewrite_translate", "answer": "rewrite_translate"}, needs_language=True
    ),
}
"""The shipped ways by their names."""


def shown(row: Row, task: str, part: Part, **more: Any) -> dict[str, Any]:
    """What a template is given: the row in words, and what belongs to the way."""
    turns = row.get("prompt") or row.get("messages") or []
    earlier = list(turns[:-1]) if row.get("prompt") else list(turns[:-2])
    return {
        "question": question_of(row),
        "answer": answer_of(row),
        "part": part,
        "text": question_of(row) if part == "question" else answer_of(row),
        "context": row.get("context") or "",
        "earlier": [turn for turn in earlier if turn.get("content")],
        "attributes": row.get("attributes") or {},
        "task": " ".join(task.split()),
        "language": "",
        "principle": "",
        "critique": "",
        "shots": [],
    } | more


def ask(template: str, values: Mapping[str, Any]) -> tuple[Message, ...]:
    """The prompt of a rewriting."""
    return render(template, **values)


def tried(template: str) -> None:
    """Try a template; raises RecipeError for one that cannot be used."""
    row: Row = {
        "prompt": [{"role": "user", "content": "Where is it?"}],
        "completion": [{"role": "assistant", "content": "In the harbour."}],
    }
    render(template, **shown(row, "A task.", "answer"))


def text_of(answer: Completion, *, foreign_examples: bool) -> tuple[str, str | None]:
    """What was written, and why it cannot be used; it may share words with examples of its own
    leaf, with `foreign_examples` not."""
    text = unfenced(answer.text)
    copied = copied_example(answer, text) if foreign_examples else None
    return text, unusable(answer) or copied


def with_part(row: Row, part: Part, text: str) -> Row:
    """The row with another question or answer in its last turns; a plain text that gets a question
    becomes the answer to it."""
    if is_plain_text(row) and part == "question":
        turns = {"prompt": "user", "completion": "assistant"}
        texts = {"prompt": text, "completion": row["text"]}
        left = {name: value for name, value in row.items() if name not in ("text", "answer_form")}
        return left | {n: [{"role": role, "content": texts[n]}] for n, role in turns.items()}
    if is_plain_text(row):
        return row | {"text": text}
    if part == "answer":
        column = "completion" if row.get("completion") else "messages"
        return row | {column: _replaced(row[column], "assistant", text)}
    column = "prompt" if row.get("prompt") else "messages"
    about = row.get("context")
    old = next(t["content"] for t in reversed(row[column]) if t["role"] == "user")
    whole = f"{about}\n\n{text}" if about and old.startswith(f"{about}\n\n") else text
    return row | {column: _replaced(row[column], "user", whole)}


def unchanged(before: str, after: str) -> str | None:
    """Why a rewriting is none."""
    return "rewrite: nothing changed" if plain(before) == plain(after) else None


def continued(before: str, text: str) -> tuple[str, str | None]:
    """An answer with what comes next, and why that is nothing: a small teacher says it again."""
    new = text.removeprefix(before.strip()).strip()
    reason = "rewrite: it repeats what was there" if plain(new) in plain(before) else None
    return f"{before.rstrip()} {new}", reason


def _replaced(turns: Sequence[dict[str, Any]], role: str, text: str) -> list[dict[str, Any]]:
    """The turns with another text in the last turn of a role."""
    place = max(n for n, turn in enumerate(turns) if turn["role"] == role)
    return [turn | {"content": text} if n == place else turn for n, turn in enumerate(turns)]
