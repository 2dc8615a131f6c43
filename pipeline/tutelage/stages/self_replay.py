"""Self-replay: what the student says by itself before it is trained, to be kept while it learns.

Plain texts go on from a common opening word, and chats begin where the student's own template lets
a user speak (Magpie, Xu et al. 2024, arXiv:2406.08464); everyday prompts can be added. Rows of the
student's own distribution, replayed, are what it forgets least by (self-synthesised rehearsal,
Huang et al. 2024, arXiv:2403.01244).
"""

import random
from itertools import zip_longest
from pathlib import Path

from pydantic import Field

from tutelage import generation
from tutelage.contract.context import Context
from tutelage.contract.stage import Generating
from tutelage.core.artifacts import Row, Rows
from tutelage.core.by_content import InputFile
from tutelage.core.digests import digest
from tutelage.core.errors import RecipeError
from tutelage.core.text_lists import read_list
from tutelage.generation.answers import whole_sentences
from tutelage.models.chat import Completion, Message, Request, Sampling, unanswered
from tutelage.models.model import Model
from tutelage.taxonomy.leaf import Taxonomy

_SHIPPED = Path(generation.__file__).parent / "everyday_prompts.txt"
LEAF = "self_replay"
"""The leaf of all rows: they are about nothing that a taxonomy teaches."""


class SelfReplay(Generating):
    """Let the student write plain texts and chats of its own; give the rows to `mix` as `earlier`.

    The student must be local weights: a server hides the template that a chat begins with.
    """

    texts: int = Field(160, ge=0)
    """Plain texts, without any chat template; they hold what the model knows of language."""
    chats: int = Field(80, ge=0)
    """Turns of a user that the student invents, each with its answer."""
    questions: int = Field(160, ge=0)
    """Questions that the student invents, each with its answer. What is taught are mostly answers
    to questions: without such rows, any question is soon answered with what was taught."""
    prompts: int = Field(0, ge=0)
    """Everyday prompts of people that the student answers: where the student is small, its own
    questions are few and odd, and what nobody asks of it is not held."""
    prompts_file: InputFile | None = None
    """Your own prompts, one a line, in place of the shipped ones, which are in English; they must
    have nothing to do with any exam."""
    openings: list[str] = Field(
        [
            *("The first", "In the", "It is", "There was", "When you", "People who", "For many"),
            *("One of the", "If the", "After a", "She had", "He was", "They are", "A good"),
            *("How to", "This is", "As a", "We can", "Most of the", "On a"),
        ],
        min_length=1,
    )
    """What a plain text begins with, in turn; give words of the language that is to be kept."""
    asking: list[str] = Field(
        [
            *("What is", "Who", "How many", "Where", "Which", "When", "Why do", "How do", "Is"),
            *("What does", "Name", "What are", "Can", "How much", "What", "How", "Are", "Do"),
        ],
        min_length=1,
    )
    """What a question begins with, in turn."""
    temperature: float = Field(0.8, gt=0)
    """How freely the student samples."""
    top_p: float = Field(0.95, gt=0, le=1)
    """Sample among the most likely tokens that together have this probability."""
    max_tokens: int = Field(64, gt=0)
    """Tokens of a text, of a user's turn and of an answer, at most; each ends with a sentence."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Raises RecipeError where nothing is asked for."""
        if not self.texts + self.chats + self.questions + self.prompts:
            raise RecipeError(
                "self_replay: texts, chats, questions and prompts are all 0: nothing to do"
            )
        if len(listed := self.listed()) < self.prompts:
            raise RecipeError(f"self_replay: prompts: {self.prompts} of a list of {len(listed)}")

    def run(self, context: Context, model: Model) -> Rows:
        """Rows with `text`, and rows with `prompt` and `completion`; rejected are those without a
        whole sentence."""
        if model.asks_server:
            raise RecipeError(
                f"self_replay: model '{model.name}' is asked through a server, which puts a chat "
                "template around all that it is sent; name the student's weights"
            )
        made = Rows([], [])
        rows = [
            *self._texts(context, model),
            *self._chats(context, model),
            *self._questions(context, model),
            *self._everyday(context, model),
        ]
        for row in rows:
            (made.rejected if "reason" in row else made.kept).append(row)
        return made

    def _texts(self, context: Context, model: Model) -> list[Row]:
        openings = [self.openings[n % len(self.openings)] for n in range(self.texts)]
        turns = [_plain(opening) for opening in openings]
        answers = self._answers(context, model, "text", turns)
        rows = []
        for opening, answer in zip(openings, answers, strict=True):
            whole = _whole(answer, _joined(opening, answer.text))
            rows.append(_row(context, model, [answer], whole) | {"text": whole})
        return rows

    def _chats(self, context: Context, model: Model) -> list[Row]:
        start: tuple[Message, ...] = ({"role": "pre_query", "content": ""},)
        asked = self._answers(context, model, "user", [start] * self.chats)
        return self._answered(context, model, asked, [_whole(one) for one in asked])

    def _questions(self, context: Context, model: Model) -> list[Row]:
        begun = [self.asking[n % len(self.asking)] for n in range(self.questions)]
        turns = [_plain(f"Question: {words}") for words in begun]
        asked = self._answers(context, model, "question", turns)
        prompts = [
            _question(_joined(words, one.text)) for words, one in zip(begun, asked, strict=True)
        ]
        return self._answered(context, model, asked, prompts)

    def listed(self) -> list[str]:
        """The everyday prompts of the list; raises RecipeError where it cannot be read."""
        return read_list(self.prompts_file or _SHIPPED, "self_replay", "prompt")

    def _everyday(self, context: Context, model: Model) -> list[Row]:
        draw = random.Random(context.seed_for("prompts"))
        return self._answered(context, model, [], draw.sample(self.listed(), self.prompts))

    def _answered(
        self, context: Context, model: Model, asked: list[Completion], prompts: list[str]
    ) -> list[Row]:
        """Rows of prompts with what the student answers; nothing is put to it twice.

        `asked` is what it wrote to get there, nothing for the prompts of people.
        """
        turns: list[tuple[Message, ...]] = [
            ({"role": "user", "content": prompt},) for prompt in dict.fromkeys(prompts) if prompt
        ]
        name = asked[0].request.id.partition("/")[0] if asked else "prompt"
        said = self._answers(context, model, f"{name} answer", turns)
        answers = {turn["content"]: one for (turn,), one in zip(turns, said, strict=True)}
        rows = []
        for user, prompt in zip_longest(asked, prompts):
            answer = answers.pop(prompt, None)
            text = _whole(answer) if answer else ""
            row = _row(context, model, [one for one in (user, answer) if one], prompt, text)
            row["prompt"] = [{"role": "user", "content": prompt}]
            rows.append(row | {"completion": [{"role": "assistant", "content": text}]})
        return rows

    def _answers(
        self, context: Context, model: Model, name: str, turns: list[tuple[Message, ...]]
    ) -> list[Completion]:
        """What the model says, in the order of the turns."""
        requests = [
            Request(f"{name}/{n}", messages, self._sampling(context, name, n), LEAF, whole=False)
            for n, messages in enumerate(turns)
        ]
        answers = context.answers(model, requests) if requests else {}
        return [answers[request.id] for request in requests]

    def _sampling(self, context: Context, name: str, n: int) -> Sampling:
        seed = context.seed_for(name, n)
        return Sampling(self.max_tokens, self.temperature, self.top_p, seed=seed)


def _plain(opening: str) -> tuple[Message, ...]:
    """A request to go on with a text; models take a first token for the mark of a beginning,
    whatever it is: here two ends of lines."""
    return ({"role": "pre_query", "content": f"\n\n{opening}"},)


def _whole(answer: Completion, text: str | None = None) -> str:
    """What was said, or where it was cut its whole sentences."""
    text = answer.text if text is None else text
    return whole_sentences(text) if answer.finish_reason == "length" else text.strip()


def _question(text: str) -> str:
    """The first line up to its question mark, or all of it where it asks without one."""
    line = text.strip().partition("\n")[0]
    asked, mark, _ = line.partition("?")
    return f"{asked}{mark}" if mark else whole_sentences(line)


def _joined(opening: str, rest: str) -> str:
    """An opening and how it goes on, whether or not an engine keeps the space between them."""
    apart = rest[:1].isalnum() and opening[-1:].isascii()
    return f"{opening} {rest}" if apart else opening + rest


def _row(context: Context, model: Model, answers: list[Completion], *texts: str) -> Row:
    """A row without its texts; rejected where the model gave none, or not a whole sentence."""
    row: Row = {
        "id": f"{context.stage}:{digest(context.stage, *(one.key for one in answers))[:12]}",
        "leaf": LEAF,
        "parents": [],
        "trace": {"stage": context.stage, "model": model.name, "keys": [a.key for a in answers]},
    }
    failed = next((why for one in answers if (why := unanswered(one))), None)
    if failed or not all(texts):
        row["reason"] = failed or "no whole sentence"
    return row
