"""An Ollama `Modelfile` of an exported model: its chat template in Go's notation, its stops."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage.core.errors import InputError

_SYSTEM, _ASKED, _ANSWERED = "\u2402system\u2403", "\u2402asked\u2403", "\u2402answered\u2403"
"""Texts that stand in no template, to see what a template puts around them."""


@dataclass(frozen=True, slots=True)
class Turns:
    """What a chat template writes before and after each turn's text."""

    system: tuple[str, str]
    user: tuple[str, str]
    assistant: tuple[str, str]
    default: str
    """The system text that the template writes where a conversation has none; empty for none."""


def modelfile(tokenizer: Any, weights: Path, stops: Sequence[str]) -> str:
    """The Modelfile of `weights`, which lies beside it.

    Raises InputError where the chat template is no row of turns, each written by itself.
    """
    turns = read_turns(tokenizer)
    lines = [f"FROM ./{weights.name}", f'TEMPLATE """{_go(turns)}"""']
    if turns.default:
        lines.append(f'SYSTEM """{turns.default}"""')
    lines += [f'PARAMETER stop "{stop}"' for stop in stops]
    return "\n".join(lines) + "\n"


def read_turns(tokenizer: Any) -> Turns:
    """What a tokenizer's chat template puts around turns, found by rendering marked texts."""

    def render(*turns: tuple[str, str], prompt: bool = False) -> str:
        messages = [{"role": role, "content": text} for role, text in turns]
        return str(
            tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=prompt)
        )

    system, user, assistant = ("system", _SYSTEM), ("user", _ASKED), ("assistant", _ANSWERED)
    try:
        first = render(system, user).partition(_ASKED)[0]
        asked = render(system, user)
        answered = render(system, user, assistant)
        opened = render(system, user, prompt=True)
        plain = render(user)
        again = render(system, user, assistant, user)
    except Exception as exc:  # a template is a program, and may raise anything
        raise InputError(f"the chat template cannot be rendered turn by turn: {exc}") from exc
    before_system, _, rest = first.partition(_SYSTEM)
    last = again.removeprefix(answered).partition(_ASKED)
    user_start = last[0]
    found = Turns(
        (before_system, rest.removesuffix(user_start)),
        (user_start, asked.rpartition(_ASKED)[2]),
        _around(answered.removeprefix(asked), _ANSWERED),
        _default(plain, before_system, rest.removesuffix(user_start), user_start),
    )
    regular = (
        rest.endswith(user_start)
        and answered.startswith(asked)
        and again.startswith(answered)
        and opened == asked + found.assistant[0]
    )
    if not regular:
        raise InputError(
            "the chat template does not write each turn by itself, so it has no form in Ollama's "
            "notation; export without --ollama and write the Modelfile's TEMPLATE by hand"
        )
    return found


def _around(text: str, mark: str) -> tuple[str, str]:
    before, _, after = text.partition(mark)
    return before, after


def _default(plain: str, before: str, after: str, user_start: str) -> str:
    """The system text of a conversation without one; empty where nothing is written."""
    head = plain.partition(_ASKED)[0].removesuffix(user_start)
    inner = head.removeprefix(before)
    return inner.removesuffix(after) if head.startswith(before) and inner.endswith(after) else ""


def _go(turns: Turns) -> str:
    """The template in Go's notation: every message with what stands around it, then the opening."""
    cases = [
        f'{{{{ {word} eq .Role "{role}" }}}}{before}{{{{ .Content }}}}{after}'
        for word, role, (before, after) in (
            ("if", "system", turns.system),
            ("else if", "user", turns.user),
            ("else if", "assistant", turns.assistant),
        )
    ]
    return (
        f"{{{{ range .Messages }}}}{''.join(cases)}{{{{ end }}}}{{{{ end }}}}{turns.assistant[0]}"
    )
