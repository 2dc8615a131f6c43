"""Conversing: multi-turn rows from a simulated user and the teacher."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.contract.stage import Generating
from tutelage.core.artifacts import Rows
from tutelage.core.by_content import InputFile
from tutelage.core.errors import RecipeError
from tutelage.core.text_lists import read_list
from tutelage.generation.conversing import Talk, asked_together
from tutelage.generation.leaf_choice import LeafChoice
from tutelage.generation.methods.personas import Personas
from tutelage.generation.prompt_templates import TemplateFile, render
from tutelage.generation.writing import Writing, passages_of
from tutelage.models.chat import Message, Sampling
from tutelage.models.model import Model
from tutelage.models.token_counter import token_counter
from tutelage.taxonomy.leaf import Leaf, Taxonomy

_EXAMPLES = 2
"""Seed conversations in a prompt."""
_SHOTS = 3
"""Other seeds in a prompt."""


class Converse(LeafChoice, Generating):
    """Let a simulated user talk with the teacher, and keep the conversations (arXiv:2305.14233).

    The user has a persona and wants what is of the kind of a seed question, or one of your goals.
    Where a leaf has documents, each conversation is about a passage, which the teacher answers
    from (`grounded`). Seed examples with `turns` show what a conversation is like. All turns of the
    assistant are trained on.
    """

    version: ClassVar[int] = 3

    samples: int = Field(20, gt=0)
    """Conversations with each leaf that does not say so itself."""
    turns: int = Field(3, gt=0)
    """Turns of the user, at most."""
    fewest: int = Field(2, gt=0)
    """Answered turns that a conversation needs; one with fewer is rejected."""
    personas: InputFile | None = None
    """Who talks, one a line, in place of the shipped personas."""
    goals: InputFile | None = None
    """What they want, one a line, in place of the leaf's seed questions."""
    grounded: bool = True
    """Whether conversations of leaves with documents are about a passage of them."""
    passage_tokens: int = Field(200, gt=0)
    """Tokens of such a passage, at most."""
    stop: str = "END"
    """What the user writes when there is nothing more to want; empty for no such word."""
    user_temperature: float = Field(0.9, ge=0)
    """How freely the user's turns are sampled."""
    temperature: float = Field(0.0, ge=0)
    """How freely the assistant's turns are sampled."""
    user_tokens: int = Field(64, gt=0)
    """Tokens of a user's turn, at most."""
    max_tokens: int = Field(256, gt=0)
    """Tokens of an answer, at most."""
    cut: Literal["reject", "last_sentence"] = "last_sentence"
    """What becomes of an answer that is longer: it ends the conversation, or ends at its last
    sentence. A user's turn always does the latter."""
    user_template: TemplateFile = "converse_user"
    """Prompt that asks for the user's next turn."""
    answer_template: TemplateFile = "converse_answer"
    """Prompt whose system turn stands before the conversation that the teacher answers."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Read personas and goals, try the templates; raises InputError in a line."""
        self._personas()
        if self.goals is not None:
            read_list(self.goals, "converse", "goal")
        if self.fewest > self.turns:
            raise RecipeError(
                f"converse: `fewest` is {self.fewest}, more than {self.turns} `turns`"
            )
        for leaf in self.chosen(taxonomy) if taxonomy else ():
            talk = Talk(0, leaf, "A sailor.", "Know it.", [])
            self._user_prompt(talk)
            self._answer_prompt(talk)
            break

    def run(
        self, context: Context, taxonomy: Taxonomy, teacher: Model, user: Model | None = None
    ) -> Rows:
        """Rows with `messages`, `persona`, `goal` and why the conversation ended (`stopped`).

        `user` plays the user where it is given, else the teacher. `stats` count how conversations
        ended.
        """
        talks = [
            talk for leaf in self.chosen(taxonomy) for talk in self._begin(context, leaf, teacher)
        ]
        for number in range(self.turns):
            self._turn(context, [t for t in talks if not t.stopped], number, teacher, user)
        for talk in talks:
            talk.stopped = talk.stopped or "the turns are used up"
        rows = [talk.row(context, teacher, self.fewest) for talk in talks]
        stats = {"stopped": dict(Counter(talk.stopped for talk in talks).most_common())}
        kept = [row for row in rows if "reason" not in row]
        return Rows(kept, [row for row in rows if "reason" in row], {"converse": stats})

    def wanted(self, leaf: Leaf) -> int:
        """Conversations with a leaf."""
        return round((leaf.samples or self.samples) * self.weight(leaf))

    def _turn(
        self,
        context: Context,
        talks: Sequence[Talk],
        number: int,
        teacher: Model,
        user: Model | None,
    ) -> None:
        """A turn of the user, and the answer to it."""
        sampling = Sampling(self.user_tokens, self.user_temperature, 0.95)
        prompts = [self._user_prompt(talk) for talk in talks]
        said = asked_together(
            context, user or teacher, talks, prompts, f"user/{number}", sampling, whole=False
        )
        for talk, answer in zip(talks, said, strict=True):
            talk.hears(answer, self.stop)
        going = [talk for talk in talks if not talk.stopped]
        prompts = [self._answer_prompt(talk) for talk in going]
        sampling = Sampling(self.max_tokens, self.temperature, 0.95)
        whole = self.cut == "reject"
        said = asked_together(
            context, teacher, going, prompts, f"answer/{number}", sampling, whole=whole
        )
        for talk, answer in zip(going, said, strict=True):
            talk.answers(answer, whole=whole)

    def _begin(self, context: Context, leaf: Leaf, teacher: Model) -> Iterator[Talk]:
        """The conversations of a leaf, with personas, goals and passages in a seeded order."""
        draw = random.Random(context.seed_for(leaf.path, "converse"))
        personas = self._personas()
        goals = (
            read_list(self.goals, "converse", "goal")
            if self.goals
            else [s.question for s in leaf.seeds]
        )
        cut = Writing(passage_tokens=self.passage_tokens)
        passages = (
            list(passages_of(leaf, cut, token_counter(teacher.reference))) if self.grounded else []
        )
        for some in (personas, goals, passages):
            draw.shuffle(some)  # type: ignore[arg-type]
        numbers = range(self.wanted(leaf))
        for number in context.sample(numbers, leaf.path):
            about = passages[number % len(passages)] if passages else None
            parents = [about.id] if about else []
            yield Talk(
                number,
                leaf,
                personas[number % len(personas)],
                goals[number % len(goals)],
                [*parents, *(seed.id for seed in leaf.seeds)],
                about,
            )

    def _user_prompt(self, talk: Talk) -> tuple[Message, ...]:
        return render(
            self.user_template,
            persona=talk.persona,
            goal=talk.goal,
            task=_task(talk.leaf),
            context=talk.about.text if talk.about else "",
            examples=[list(turns) for turns in talk.leaf.conversations[:_EXAMPLES]],
            shots=[asked for asked, _ in _single(talk)],
            turns=talk.turns,
            stop=self.stop or "nothing",
        )

    def _answer_prompt(self, talk: Talk) -> tuple[Message, ...]:
        system = render(
            self.answer_template,
            persona=talk.leaf.persona,
            task=_task(talk.leaf),
            context=talk.about.text if talk.about else "",
            shots=_single(talk),
        )
        return (*system, *talk.turns)

    def _personas(self) -> list[str]:
        return Personas(file=self.personas).listed()


def _single(talk: Talk) -> list[tuple[str, str]]:
    """Seeds of a single turn that a prompt shows: not the one that is the goal, nor such as rest
    on a text."""
    first = {turns[0][0] for turns in talk.leaf.conversations} | {talk.goal}
    found = [
        (seed.question, seed.answer)
        for seed in talk.leaf.seeds
        if seed.question not in first and (not seed.context or talk.leaf.kind == "knowledge")
    ]
    start = talk.number % max(1, len(found))
    return [*found[start:], *found[:start]][:_SHOTS]


def _task(leaf: Leaf) -> str:
    return " ".join(leaf.task_description.split())
