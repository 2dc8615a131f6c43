"""Answers that repeat an example of their prompt: a weak teacher takes it for what is asked."""

from tutelage.core.text import words
from tutelage.models.chat import Completion

_RUN = 5
"""Words in a row that an answer and an example do not share by chance."""


def copied_example(completion: Completion, text: str) -> str | None:
    """Why a text is no answer: it has a run of words from the examples of its prompt, all turns but
    the system's and the last, that the last turn does not have.

    For prompts whose examples are about something else than what is asked.
    """
    *shown, last = (t for t in completion.request.messages if t["role"] != "system")
    own = _runs(last["content"])
    examples = {run for turn in shown for run in _runs(turn["content"])} - own
    return "copies an example of its prompt" if examples & _runs(text) else None


def _runs(text: str) -> set[tuple[str, ...]]:
    """The runs of words; of a shorter text all of it."""
    found = words(text)
    size = min(_RUN, len(found))
    return {tuple(found[n : n + size]) for n in range(len(found) - size + 1)} if found else set()
