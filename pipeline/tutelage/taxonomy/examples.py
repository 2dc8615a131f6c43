"""The examples of one leaf: those that count, and what is still to be filled in or approved.

A model's draft counts once a person has approved it, a blank one once its texts are written. A plan
reckons with both as they will be: it takes them in place of examples (`unfinished`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tutelage.core.digests import digest
from tutelage.core.text import plain
from tutelage.taxonomy.finding import UNFINISHED, Notes
from tutelage.taxonomy.leaf import Author, EvalExample, Seed
from tutelage.taxonomy.qna import Authored, EvalExampleForm, Origin, SeedExample
from tutelage.taxonomy.validate_partially import PartlyValid

_LINES = 8
"""Lines of blank examples that are named, at most."""
_TO_WRITE = "What is still to be written as number {}?"

_OWN = ("answer", "accept", "verify", "tool_call")
"""What an example wants by itself; in one of several turns each turn says it."""


@dataclass(slots=True)
class ExampleReader:
    """Reads the seeds and held-out examples of a leaf, and reports what is missing."""

    path: str
    written: PartlyValid
    notes: Notes
    unfinished: bool = False
    waiting: int = 0
    """Drafts that nobody has approved."""
    _blank: list[str] = field(default_factory=list)
    _half: list[str] = field(default_factory=list)
    _asked: dict[tuple[str, str], str] = field(default_factory=dict)

    def seeds(self) -> tuple[Seed, ...]:
        """The seeds that count."""
        if not self.written.seeds and "seed_examples" not in self.written.broken:
            self.notes.error("no-seeds", "seed_examples", "needs at least one example, better five")
        before = self.waiting
        found = tuple(one for place, seed in self.written.seeds for one in self._seed(place, seed))
        self._report("seed_examples", "seed", found, self.waiting - before)
        return found

    def eval_examples(self) -> tuple[EvalExample, ...]:
        """The held-out examples that count."""
        before = self.waiting
        read = (
            self._held(where, one, earlier)
            for place, example in self.written.eval_examples
            for where, one, earlier in self._by_turn(place, example)
        )
        found = tuple(one for one in read if one)
        self._report("eval_examples", "held-out question", found, self.waiting - before)
        return found

    def conversations(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """The seeds of several turns that count; a turn that lacks its text is reported."""
        found = []
        for place, seed in self.written.seeds:
            for number, turn in enumerate(seed.turns):
                if not (turn.question.strip() and turn.answer.strip()):
                    where = f"{place}.turns.{number}"
                    self.notes.error("incomplete-seed", where, "needs `question` and `answer`")
            if seed.turns and seed.origin != "drafted":
                found.append(tuple((t.question.strip(), t.answer.strip()) for t in seed.turns))
        return tuple(found)

    def _by_turn(
        self, place: str, example: EvalExampleForm
    ) -> Iterator[tuple[str, EvalExampleForm, tuple[tuple[str, str], ...]]]:
        """The example, or each turn of its conversation with the turns before it."""
        if not example.turns:
            yield place, example, ()
        elif own := [*filter(partial(getattr, example), _OWN), *_asks_apart(example)]:
            self.notes.error(
                "two-examples", place, f"has `turns` and `{own[0]}` beside them; write two examples"
            )
        earlier: list[tuple[str, str]] = []
        for number, turn in enumerate(example.turns):
            where = f"{place}.turns.{number}"
            fields: dict[str, Any] = {
                "answer": turn.answer,
                "accept": turn.accept,
                "verify": turn.verify,
            }
            fields |= {"question": turn.question, "tool_call": turn.tool_call, "turns": []}
            yield where, example.model_copy(update=fields), tuple(earlier)
            said = turn.answer or next(iter(turn.accept), None)
            if said is None and number + 1 < len(example.turns):
                self.notes.error(
                    "unscorable", where, "needs an `answer`: the turns after it are asked behind it"
                )
            earlier.append((turn.question.strip(), (said or "").strip()))

    def _seed(self, place: str, seed: SeedExample) -> Iterator[Seed]:
        pairs = [
            (f"{place}.questions_and_answers.{number}", pair.question, pair.answer, pair)
            for number, pair in enumerate(seed.questions_and_answers)
        ]
        own: Authored = seed
        if seed.turns:
            first = seed.turns[0]
            pairs.append((f"{place}.turns.0", first.question, first.answer, first))
        if seed.question is not None and seed.answer is not None:
            pairs.append((place, seed.question, seed.answer, own))  # type: ignore[arg-type]
        elif not pairs or seed.question is not None or seed.answer is not None:
            self.notes.error("incomplete-seed", place, "needs `question` and `answer`")
        context = seed.context.strip() if seed.context else None
        for where, question, answer, own in pairs:
            author = _author(own, seed)
            if not self._counts(where, author.origin, question, answer):
                continue
            name = f"seed:{digest(self.path, question, answer, context)[:12]}"
            is_blank = not (question.strip() and answer.strip())
            question = self._filled(where, question)
            answer = answer.strip() or "Still to be written"
            yield Seed(name, question, answer, context, seed.attributes, where, author, is_blank)

    def _held(
        self, place: str, example: EvalExampleForm, before: tuple[tuple[str, str], ...] = ()
    ) -> EvalExample | None:
        author, answer = _author(example), example.answer
        verify = [*example.verify, *_demanded_call(example)]
        scored = bool(example.accept or verify)
        texts = [example.question, *([answer] if answer is not None and not scored else [])]
        if not self._counts(place, author.origin, *texts):
            return None
        context = example.context.strip() if example.context else None
        question = self._filled(place, example.question)
        above = plain(" ".join([context or "", *(text for turn in before for text in turn)]))
        earlier = self._asked.setdefault((above, plain(question)), place)
        if earlier != place:
            line = self.notes.text.line(f"{earlier}.question")
            message = f"asks the same as line {line} and would count twice; remove one"
            self.notes.error("duplicate-eval", f"{place}.question", message)
        accept = list(example.accept)
        if answer is not None and answer.strip() and not verify:
            accept.insert(0, answer)
        if not accept and not verify:
            if answer is None:
                needs = "needs `answer`, `accept`, `verify` or `tool_call`"
                self.notes.error("unscorable", place, needs)
                return None
            accept = ["still to be written"]
        asked = (context, example.question) if context else (example.question,)
        return EvalExample(
            f"held:{digest(self.path, *asked, *before)[:12]}",
            question,
            tuple(dict.fromkeys(text.strip() for text in accept)),
            tuple(verify),
            place,
            context,
            author,
            is_blank=not example.question.strip(),
            shows_tools=example.tool_call is not None,
            earlier=before,
        )

    def _counts(self, place: str, origin: Origin, *texts: str) -> bool:
        """Whether an example is used; notes what is missing where it is not yet."""
        blank = [not text.strip() for text in texts]
        if any(blank):
            (self._blank if all(blank) else self._half).append(place)
        elif origin == "drafted":
            self.waiting += 1
        else:
            return True
        return self.unfinished

    def _filled(self, place: str, question: str) -> str:
        """A question, or what stands for it in a plan."""
        return question.strip() or _TO_WRITE.format(place.replace(".", " "))

    def _report(self, key: str, what: str, found: Sequence[object], waiting: int) -> None:
        """Note what is missing: in the way where nothing else counts, else for information."""
        blank, half, self._blank, self._half = self._blank, self._half, [], []
        unusable = len(blank) + len(half) + waiting
        nothing = len(found) == (unusable if self.unfinished else 0)
        report = self.notes.error if nothing else self.notes.warning
        for places, why in ((blank, "blank: write question and answer"), (half, "half blank")):
            if places and ((nothing and not waiting) or places is half):
                text = f"{_counted(len(places), what)} {why} ({self._lines(places)})"
                self.notes.error(UNFINISHED, key, text, self.notes.text.line(places[0]))
            elif places:
                text = f"{_counted(len(places), what)} blank and not used ({self._lines(places)})"
                self.notes.warning("blank-example", key, text)
        if waiting:
            text = (
                f"{_counted(waiting, f'drafted {what}')} waiting for approval: `tutelage review "
                "TAXONOMY`, or change `origin: drafted` to `approved`"
            )
            report(UNFINISHED if nothing else "draft-waiting", key, text)

    def _lines(self, places: Sequence[str]) -> str:
        lines = [str(self.notes.text.line(place)) for place in places]
        more = ", ..." if len(lines) > _LINES else ""
        return f"line{'' if len(lines) == 1 else 's'} {', '.join(lines[:_LINES])}{more}"


def _demanded_call(example: EvalExampleForm) -> list[dict[str, Any]]:
    """What `tool_call` demands, as a verifier."""
    if example.tool_call is None:
        return []
    call = example.tool_call
    return [{"tool_call": {"none": True} if call == "none" else call.model_dump()}]


def _author(example: Authored, around: Authored | None = None) -> Author:
    """The author of an example; of a question without its own, that of the seed it is in."""
    one = example if example.origin or around is None else around
    return Author(one.origin or "person", one.written_by or "", one.approved_by or "")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'} {'is' if number == 1 else 'are'}"


def _asks_apart(example: EvalExampleForm) -> list[str]:
    """`question`, where it is not that of the first turn."""
    return [] if plain(example.question) == plain(example.turns[0].question) else ["question"]
