"""Self-replay: what the student says by itself before it is trained, to be kept while it learns.

Nobody's prompts are needed: plain texts go on from a common opening word, and chats begin where the
student's own template lets a user speak (Magpie, Xu et al. 2024, arXiv:2406.08464). Rows of the
student's own distribution, replayed, are what it forgets least by (self-synthesised rehearsal,
Huang et al. 2024, arXiv:2403.01244).
"""

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.contract.stage import Generating
from tutelage.core.artifacts import Row, Rows
from tutelage.core.digests import digest
from tutelage.core.errors import RecipeError
from tutelage.generation.answers import whole_sentences
from tutelage.models.chat import Completion, Message, Request, Sampling, unanswered
from tutelage.models.model import Model
from tutelage.taxonomy.leaf import Taxonomy

LEAF = "self_replay"
"""The leaf of all rows: they are about nothing that a taxonomy teaches."""


class SelfReplay(Generating):
    """Let the student write plain texts and chats of its own; give the rows to `mix` as `earlier`.

    The student must be local weights: a server hides the template that a chat begins with.
    """

    texts: int = Field(160, ge=0)
    """Plain texts, without any chat template; they hold what the model knows of language."""
    chats: int = Field(160, ge=0)
    """Turns of a user that the student invents, each with its answer."""
    openings: list[str] = Field(
        [
            *("The first", "In the", "It is", "There was", "When you", "People who", "For many"),
            *("One of the", "If the", "After a", "She had", "He was", "They are", "A good"),
            *("How to", "This is", "As a", "We can", "Most of the", "On a"),
        ],
        min_length=1,
    )
    """What a plain text begins with, in turn; give words of the language that is to be kept."""
    temperature: float = Field(0.8, gt=0)
    """How freely the student samples."""
    top_p: float = Field(0.95, gt=0, le=1)
    """Sample among the most likely tokens that together have this probability."""
    max_tokens: int = Field(64, gt=0)
    """Tokens of a text, of a user's turn and of an answer, at most; each ends with a sentence."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Raises RecipeError where nothing is asked for."""
        if not self.texts and not self.chats:
            raise RecipeError("self_replay: texts and chats are both 0, so there is nothing to do")

    def run(self, context: Context, model: Model) -> Rows:
        """Rows with `text`, and rows with `prompt` and `completion`; rejected are those without a
        whole sentence."""
        if self.chats and model.asks_server:
            raise RecipeError(
                f"self_replay: model '{model.name}' is asked through a server, which does not tell "
                "its template; name local weights, or set `chats: 0`"
            )
        made = Rows([], [])
        for row in [*self._texts(context, model), *self._chats(context, model)]:
            (made.rejected if "reason" in row else made.kept).append(row)
        return made

    def _texts(self, context: Context, model: Model) -> list[Row]:
        openings = [self.openings[n % len(self.openings)] for n in range(self.texts)]
        # Models read a first token as the mark of a beginning, whatever it is: a line's end, here.
        turns: list[tuple[Message, ...]] = [
            ({"role": "pre_query", "content": f"\n\n{opening}"},) for opening in openings
        ]
        answers = self._answers(context, model, "text", turns)
        rows = []
        for opening, answer in zip(openings, answers, strict=True):
            whole = whole_sentences(_joined(opening, answer.text))
            rows.append(_row(context, model, [answer], whole) | {"text": whole})
        return rows

    def _chats(self, context: Context, model: Model) -> list[Row]:
        start: tuple[Message, ...] = ({"role": "pre_query", "content": ""},)
        asked = self._answers(context, model, "user", [start] * self.chats)
        prompts = [whole_sentences(one.text) for one in asked]
        turns: list[tuple[Message, ...]] = [
            ({"role": "user", "content": prompt or one.text.strip() or "?"},)
            for one, prompt in zip(asked, prompts, strict=True)
        ]
        said = self._answers(context, model, "answer", turns)
        rows = []
        for (turn,), user, prompt, answer in zip(turns, asked, prompts, said, strict=True):
            text = whole_sentences(answer.text)
            row = _row(context, model, [user, answer], prompt, text)
            row |= {"prompt": [turn], "completion": [{"role": "assistant", "content": text}]}
            rows.append(row)
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
