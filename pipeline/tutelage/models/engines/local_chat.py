"""What engines of local weights share: the prompt by the model's own template, the answer whole.

A template may open a block of reasoning in the prompt, and a tokenizer may hide the marks of one as
special tokens: an answer is returned with both, so that its reasoning can be separated.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from jinja2 import TemplateError

from tutelage.accounting.ledger import Usage
from tutelage.core.errors import ModelError
from tutelage.models.chat import Completion, Message, Request, is_pre_query
from tutelage.models.chat_prompt import ChatPrompt, Render
from tutelage.models.model import ModelConfig
from tutelage.models.reasoning import CHANNELS, MARKS, opened_in

Encode = Callable[[str], Sequence[int]]
Decode = Callable[[Sequence[int]], str]


_MARK = "tutelage-user-text"
"""Stands for a user's text, to see what a template writes before it."""


class LocalChat:
    """Renders requests and reads answers of one local model."""

    def __init__(self, config: ModelConfig, render: Render, encode: Encode, decode: Decode) -> None:
        """`render` makes a prompt of turns, and of tools where it is given any as well; `decode`
        leaves special tokens out."""
        self._decode = decode
        self._hidden = hidden_marks(encode, decode)
        self._prompt = ChatPrompt(render, "system" in config.refuses, config.ref)

    def prompt(self, request: Request) -> str:
        """The prompt of a request, with its system turn and tools whatever the template takes.

        Where the last turn is the assistant's, the answer begins with it, and is gone on with.
        """
        turns: Sequence[Message] = request.messages
        if is_pre_query(request):
            return turns[-1]["content"] or self._before_user(turns[:-1])
        return self._prompt.text(turns, request.tools)

    def answered(
        self,
        requests: Iterable[Request],
        answer: Callable[[Iterable[Request]], Iterator[Completion]],
    ) -> Iterator[Completion]:
        """What `answer` says to the requests; those that the template refuses come back failed.

        Others that are under way beside them must not fail with them.
        """
        legible = _Legible(requests, self.prompt)
        for completion in answer(legible):
            yield completion
            yield from legible.taken_refused()
        yield from legible.taken_refused()

    def _before_user(self, turns: Sequence[Message]) -> str:
        """What the template writes before a user's text."""
        marked: Message = {"role": "user", "content": _MARK}
        before, found, _ = self._prompt.text([*turns, marked]).partition(_MARK)
        if not found:
            raise ModelError("the model's chat template leaves a user's text out")
        return before

    def answer(self, prompt: str, tokens: Sequence[int]) -> str:
        """What a model said after a prompt, reasoning and its marks included."""
        return opened_in(prompt) + decode_with(tokens, self._hidden, self._decode)


class _Legible(Iterator[Request]):
    """Requests that a template makes a prompt of; where they end it may go on later, as they do."""

    def __init__(self, requests: Iterable[Request], prompt: Callable[[Request], str]) -> None:
        self._requests, self._prompt = iter(requests), prompt
        self._refused: list[Completion] = []

    def __next__(self) -> Request:
        while True:
            request = next(self._requests)
            try:
                self._prompt(request)
            except (TemplateError, RuntimeError) as exc:  # the latter from OpenVINO's templates
                why = f"rejected: the model's chat template: {exc}"
                failed = Completion(request, "", "failed", Usage(), error=why)
                self._refused.append(failed)
            else:
                return request

    def taken_refused(self) -> list[Completion]:
        """The others so far, each told once."""
        refused, self._refused = self._refused, []
        return refused


def hidden_marks(encode: Encode, decode: Decode) -> dict[int, str]:
    """The marks of reasoning that are one special token each, by their id."""
    marks = [mark for pair in MARKS for mark in pair] + list(CHANNELS)
    ids = {mark: list(encode(mark)) for mark in marks}
    found = {one[0]: mark for mark, one in ids.items() if len(one) == 1 and not decode(one)}
    if CHANNELS[0] in found.values():
        return found
    return {token: mark for token, mark in found.items() if mark not in CHANNELS}


def decode_with(tokens: Sequence[int], hidden: Mapping[int, str], decode: Decode) -> str:
    """The text of some tokens, with marks that decoding alone would leave out."""
    if not hidden:
        return decode(tokens)
    text = ""
    part: list[int] = []
    for token in tokens:
        if token in hidden:
            text, part = f"{text}{decode(part) if part else ''}{hidden[token]}", []
        else:
            part.append(token)
    return text + (decode(part) if part else "")
