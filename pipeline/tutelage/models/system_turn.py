"""Chats for models that know no system turn: what it says goes to the beginning of the next one."""

from collections.abc import Callable, Sequence

from jinja2 import TemplateError

from tutelage.models.chat import Message

Render = Callable[[Sequence[Message]], str]
"""A chat template with its arguments: the prompt that turns become."""
_PROBE = "Tutelage asks whether a system turn is shown."
FAILS = (TemplateError, RuntimeError, ValueError, TypeError)
"""What template engines raise where a template refuses its turns."""


def fold_system(messages: Sequence[Message]) -> list[Message]:
    """The turns with each system turn's text before the user's that follows it."""
    folded: list[Message] = []
    waiting: list[str] = []
    for turn in messages:
        if turn["role"] == "system":
            waiting.append(turn["content"])
            continue
        if turn["role"] == "user":
            folded.append({"role": "user", "content": "\n\n".join([*waiting, turn["content"]])})
        else:
            folded += [*_said(waiting), turn]
        waiting = []
    return folded + _said(waiting)


def must_fold(render: Render) -> bool:
    """Whether a chat template refuses a system turn, or leaves it out in silence."""
    turns: list[Message] = [
        {"role": "system", "content": _PROBE},
        {"role": "user", "content": "Hello."},
    ]
    return not _shows(render, turns) and _shows(render, fold_system(turns))


def _shows(render: Render, turns: Sequence[Message]) -> bool:
    try:
        return _PROBE in render(turns)
    except FAILS:
        return False


def _said(texts: Sequence[str]) -> list[Message]:
    return [{"role": "user", "content": "\n\n".join(texts)}] if texts else []
