"""The text that a model of local weights is shown: by its chat template, whatever that takes.

A system turn that the template refuses stands at the beginning of the user's; tools that it does
not write stand in a system turn, and calls and their results in the turns' own text.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from tutelage.models.chat import Message
from tutelage.models.system_turn import fold_system, must_fold
from tutelage.models.tool_turn import calls_as_text, shows_tools, turns_with_tools

Render = Callable[..., str]
"""A chat template with its arguments: what turns become, and tools where any are given as well."""


class ChatPrompt:
    """Writes prompts by one chat template."""

    def __init__(self, render: Render, refuses_system: bool = False, ref: str = "") -> None:
        """A model's `ref` is named in a warning where its template shows no tools."""
        self._render = render
        self._ref = ref
        self._folds = refuses_system or must_fold(render)

    def text(self, turns: Sequence[Message], tools: Sequence[Mapping[str, Any]] = ()) -> str:
        """The prompt for an answer; one that the last turn, the assistant's, begins is gone on
        with."""
        turns, beginning = split_beginning(turns)
        if any(turn["role"] == "tool" or turn.get("tool_calls") for turn in turns):
            turns = turns if self.shows_tools else calls_as_text(turns)
        shown = [list(tools)] if tools and self.shows_tools else []
        if tools and not shown:
            turns = turns_with_tools(turns, tools)
        return self._render(fold_system(turns) if self._folds else turns, *shown) + beginning

    @cached_property
    def shows_tools(self) -> bool:
        """Whether the template itself shows tools; said once where it does not."""
        shows = shows_tools(self._render)
        if not shows and self._ref:
            logging.getLogger(__name__).warning(
                "%s: its chat template shows no tools, so they stand in a system turn", self._ref
            )
        return shows


def split_beginning(turns: Sequence[Message]) -> tuple[Sequence[Message], str]:
    """The turns to answer, and what the answer begins with where the last turn is the assistant's.

    A template ends that turn, so the beginning is put after the prompt as it stands.
    """
    if turns and turns[-1]["role"] == "assistant":
        return turns[:-1], turns[-1]["content"]
    return turns, ""
