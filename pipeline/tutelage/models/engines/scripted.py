"""A shipped fake model: answers come from a rule, at once and for nothing. For tests and dry work.

`scripted:` answers as a docile teacher would, by rules that go by the shipped prompts' own wording.
`scripted:module:function` calls your own function `(messages, seed) -> text`.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from tutelage.accounting.ledger import Usage
from tutelage.core.errors import ModelReferenceError
from tutelage.core.user_modules import load_module
from tutelage.models.chat import Completion, FinishReason, Message, Request
from tutelage.models.engines import scripted_methods
from tutelage.models.model import Model
from tutelage.models.tool_turn import turns_with_tools

Reply = Callable[[tuple[Message, ...], int], str]


class Scripted:
    """The engine behind `scripted:`; counts one token per word."""

    def __init__(self, model: Model) -> None:
        self._reply = find_reply(model.reference.name)

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Answer in order."""
        for request in requests:
            turns = request.messages
            if request.tools:
                turns = tuple(turns_with_tools(turns, request.tools))
            words = self._reply(turns, request.sampling.seed).split(" ")
            limit = request.sampling.limit
            usage = Usage(
                requests=1,
                input_tokens=sum(len(turn["content"].split()) for turn in turns),
                output_tokens=min(len(words), limit),
            )
            reason: FinishReason = "length" if len(words) > limit else "stop"
            yield Completion(request, " ".join(words[:limit]), reason, usage)

    def close(self) -> None:
        """Nothing to free."""


def find_reply(name: str) -> Reply:
    """The rule of `module:function`, or the shipped one; raises ModelReferenceError without one."""
    if not name:
        return docile
    module, _, attribute = name.partition(":")
    try:
        found = getattr(load_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as exc:
        raise ModelReferenceError(f"'scripted:{name}': no such function: {exc}") from exc

    if not callable(found):
        raise ModelReferenceError(f"'scripted:{name}': is {found!r}, not a function")

    def reply(messages: tuple[Message, ...], seed: int) -> str:
        text = found(messages, seed)
        if not isinstance(text, str):
            raise ModelReferenceError(f"'scripted:{name}': returned {text!r}, not a text")
        return text

    return reply


def docile(messages: tuple[Message, ...], seed: int) -> str:
    """What the last turn asks for: a detail of a fact, a question, an answer, a message, a verdict.

    Anything else is answered with the prompt's own example answer that is most like the last turn.
    """
    asked = messages[-1]["content"]
    if messages[-1]["role"] == "pre_query":
        return f"Tell me about number {seed}."
    if verdict := _verdict(asked):
        return verdict
    if (said := scripted_methods.reply(asked, seed)) is not None:
        return said
    if asked.startswith("Topic:"):
        fact = asked.partition("\nFact:")[2].strip()
        marked = re.search(r"\[.+?\]", fact) or re.search(r"\d+ \w+|\S+(?=\.?$)", fact)
        return _question(fact, marked, seed) if marked else fact
    if asked.startswith("Fact:"):
        fact = asked.removeprefix("Fact:").strip()
        marked = re.search(r"\[.+?\]|___", fact)
        return _question(fact, marked, seed) if marked else _detail(fact)
    if asked.startswith("Text:"):
        text, _, question = asked.removeprefix("Text:").partition("Question:")
        known = set(_words(question))
        sentences = re.split(r"(?<=[.?!])\s+", text.strip())
        nearest = max(sentences, key=lambda one: len(known & set(_words(one))))
        return f"Answer: {_without(nearest, known) or _without(text, known)}"
    if asked.endswith("\nWrite an input."):
        return f"{_OPENERS[seed % len(_OPENERS)]} case {seed % 9973} of the day."
    if messages[0]["content"].startswith("You do the task"):
        return f"Result: {asked.splitlines()[-1]}"
    if wish := re.search(r"^Write (?:a|\d+) \w+(?: with (.+))?\.\Z", asked, re.MULTILINE):
        return _message(wish[1] or f"number {seed}", asked, seed)
    if wish := re.search(r"^Write (a|\d+) \w+ about this text\.\Z", asked, re.MULTILINE):
        return _questions(asked, 1 if wish[1] == "a" else int(wish[1]), seed)
    answers = [turn["content"] for turn in messages if turn["role"] == "assistant"]
    return max(answers, key=lambda a: len(set(_words(a)) & set(_words(asked))), default=asked)


_OPENERS = ("This is about", "Please note", "Here we have", "I report", "We see", "You get")


def _message(wish: str, asked: str, seed: int) -> str:
    """A message that says what was wished, or as many as were."""
    found = re.findall(r"\d+", asked.splitlines()[-1].partition(" with ")[0])
    texts = [
        f"{_OPENERS[(seed + n) % len(_OPENERS)]} {' and '.join(wish.split(', '))}."
        for n in range(int(found[0]) if found else 1)
    ]
    return texts[0] if not found else scripted_methods.numbered(texts)


def _questions(asked: str, count: int, seed: int) -> str:
    """Questions about sentences of the text above."""
    text = asked.rpartition("\n")[0].partition("\n")[2].rpartition("\n")[0]
    facts = [line for line in re.split(r"(?<=[.?!])\s+", text.strip()) if line] or [text]
    chosen = [facts[(seed + n) % len(facts)] for n in range(min(count, len(facts)))]
    texts = [f"Is it true that {fact[:1].lower()}{fact[1:].rstrip('.')}?" for fact in chosen]
    return texts[0] if count == 1 else scripted_methods.numbered(texts)


def _verdict(asked: str) -> str:
    """The best grade for everything; of two answers the longer, whichever comes first."""
    if "`Better: A`" in asked:
        shown = re.findall(r"<(answer-\w+)>\n(.*?)\n</\1>", asked, re.DOTALL)
        first, second = (len(text) for _, text in shown)
        word = "tie" if first == second else "A" if first > second else "B"
        return f"One says more than the other.\nBetter: {word}"
    grades = re.findall(r"^(\d+) = ", asked, re.MULTILINE) if "`Grade: `" in asked else []
    return f"Nothing speaks against it.\nGrade: {grades[-1]}" if grades else ""


def _detail(fact: str) -> str:
    found = re.search(r"\d+ \w+", fact)
    return found.group() if found else fact.rstrip(".").split()[-1]


def _question(fact: str, marked: re.Match[str], seed: int) -> str:
    openers = ("Say", "Do you know", "Can you say", "Please tell", "Tell me")
    gap = fact[: marked.start()] + "what" + fact[marked.end() :]
    return f"{openers[seed % len(openers)]}: {gap.rstrip('.')}?"


def _without(text: str, known: set[str]) -> str:
    return " ".join(word for word in text.strip(" .\n").split() if word.lower() not in known)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+(?:'\w+)?", text.lower())
