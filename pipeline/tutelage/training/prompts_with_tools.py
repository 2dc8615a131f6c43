"""Prompts that show tools, for TRL's trainers that sample answers themselves.

Those know tools as functions that they run, the same for all prompts. Here each row brings schemas
of its own, they are shown as in an evaluation, and a call of one is the answer: nothing is run.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from tutelage.core.artifacts import Row, tools_of
from tutelage.models.chat_prompt import ChatPrompt
from tutelage.models.tool_turn import for_template

COLUMN = "with_tools"


def prompt_columns(row: Row) -> dict[str, Any]:
    """`prompt`, and under `with_tools` its turns and tools as JSON text; empty where it has none.

    In a data set all turns would be padded with the arguments of each other's calls.
    """
    if not _has_tools(row):
        return {"prompt": row["prompt"], COLUMN: ""}
    plain = [{name: turn[name] for name in ("role", "content")} for turn in row["prompt"]]
    shown = {"prompt": row["prompt"], "tools": tools_of(row)}
    return {"prompt": plain, COLUMN: json.dumps(shown, ensure_ascii=False)}


class ToolPrompts:
    """Writes the prompts of rows by a tokenizer's chat template, with its further arguments."""

    def __init__(self, tokenizer: Any, arguments: Mapping[str, Any] | None = None) -> None:
        self._tokenizer = tokenizer
        self._arguments = arguments or {}

    def text(self, row: Row) -> str:
        """The prompt of a row; raises jinja2's TemplateError where the template refuses it."""
        turns: list[Any] = [for_template(turn) for turn in row["prompt"]]
        return self._chat.text(turns, tools_of(row)) if _has_tools(row) else self._render(turns)

    def ids(self, row: Row) -> list[int]:
        """Its tokens."""
        found: list[int] = self._tokenizer(self.text(row), add_special_tokens=False)["input_ids"]
        return found

    @property
    def shows_tools(self) -> bool:
        """Whether the template itself shows tools; else they stand in a system turn."""
        return self._chat.shows_tools

    @cached_property
    def _chat(self) -> ChatPrompt:
        return ChatPrompt(self._render)

    def _render(self, turns: Sequence[Any], tools: Sequence[Any] = ()) -> str:
        text: str = self._tokenizer.apply_chat_template(
            list(turns),
            tools=list(tools) or None,
            tokenize=False,
            add_generation_prompt=True,
            **self._arguments,
        )
        return text


def _has_tools(row: Row) -> bool:
    """Whether a prompt shows tools, or earlier calls of any."""
    return bool(tools_of(row)) or any(turn.get("tool_calls") for turn in row["prompt"])


class ShowsTools:
    """Stands before a trainer of TRL's and makes the prompts of rows with tools.

    TRL hands on prompts alone, so what else their rows hold is kept from the call around it.
    """

    processing_class: Any
    chat_template_kwargs: dict[str, Any]
    _with_tools: Sequence[str] = ()

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> Any:
        self._with_tools = [one[COLUMN] for one in inputs]
        return super()._generate_and_score_completions(inputs)  # type: ignore[misc]

    def _tokenize_prompts(self, prompts: list[Any]) -> Any:
        if not any(self._with_tools):
            return super()._tokenize_prompts(prompts)  # type: ignore[misc]
        pairs = zip(prompts, self._with_tools, strict=True)
        return [self._ids(prompt, shown) for prompt, shown in pairs], None, {}

    def _ids(self, prompt: Any, shown: str) -> list[int]:
        if shown:
            return self._tool_prompts.ids(json.loads(shown))
        found: list[int] = super()._tokenize_prompts([prompt])[0][0]  # type: ignore[misc]
        return found

    @cached_property
    def _tool_prompts(self) -> ToolPrompts:
        return ToolPrompts(self.processing_class, self.chat_template_kwargs)
