"""Answers with their reasoning: several attempts at each prompt, of which verified ones are kept.

Rejection sampling (Yuan et al. 2023, arXiv:2308.01825): what is right by the row's own truth or its
leaf's demands stays. Where no attempt is right, the model may be shown the answer and asked for the
way to it (STaR, Zelikman et al. 2022, arXiv:2203.14465).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tutelage.core.artifacts import Row, Rows, answer_of, question_of, reason_of, thoughts_of
from tutelage.core.errors import RowsError
from tutelage.generation.answers import Answers
from tutelage.generation.worked_text import (
    STEPWISE,
    mixes_languages,
    passes_by,
    split_worked,
    switches,
)
from tutelage.models.chat import Completion, Message
from tutelage.verifiers.verifier import first_failure

_SPREAD = 4
"""Right attempts that a spread keeps of one prompt, at most."""
_COUNTED = (
    *("prompts", "attempts", "right", "prompts_solved", "rationalised", "no_steps"),
    *("mixed_languages", "right_then_wrong"),
)
_HINT = (
    "(The right answer is {answer}. Write the steps that lead to it, and do not say that it was "
    "known.)"
)


class ReasonedAnswers(Answers):
    """Answers rows with steps before the answer; `reasoning` holds the steps."""

    def answer(self, rows: Iterable[Row]) -> Rows:
        """The attempts kept; rejected are those that are wrong, have no steps, or are left out.

        Raises RowsError where attempts are to be chosen among and nothing says which are right.
        """
        given = list(rows)
        self.check_truth(given)
        made, counts = self.attempt(given)
        return Rows(made.kept, made.rejected, stats_of(counts))

    def attempt(self, given: Sequence[Row]) -> tuple[Rows, Counter[str]]:
        """The same for rows that were checked (`check_truth`); and what the attempts were like, as
        counts that may be added up (`stats_of`)."""
        by_prompt: dict[str, list[Row]] = {row["id"]: [] for row in given}
        for row in self._attempts(given):
            by_prompt[row["parents"][0]].append(row)
        failed = [row for row in given if not any(map(_right, by_prompt[row["id"]]))]
        hinted = self._rationalised(failed) if self.settings.rationalise else []
        for row in hinted:
            by_prompt[row["parents"][0]].append(row)
        made = Rows([])
        for found in by_prompt.values():
            for row in self._chosen(found):
                (made.rejected if "reason" in row else made.kept).append(row)
        return made, _counts(by_prompt.values())

    def _attempts(self, rows: Sequence[Row]) -> list[Row]:
        asked = {}
        for row in rows:
            messages = self._messages(row)
            for n in range(self.settings.samples):
                request = self._request(row, n, messages)
                asked[request.id] = (row, n, request)
        return [self._judged(row) for row in self._asked(asked).values()]

    def _rationalised(self, rows: Sequence[Row]) -> list[Row]:
        """One attempt more at each, shown the right answer."""
        asked = {}
        for row in rows:
            if row.get("answer") in (None, ""):
                continue
            hint = _HINT.format(answer=row["answer"])
            n = self.settings.samples
            request = self._request(row, n, _below(self._messages(row), hint))
            asked[request.id] = (row, n, request)
        found = [self._judged(row) for row in self._asked(asked).values()]
        return [row | {"rationalised": True} for row in found]

    def _messages(self, row: Row) -> tuple[Message, ...]:
        asked = super()._messages(row)
        return _below(asked, STEPWISE) if self.settings.ask_steps else asked

    def _row(self, row: Row, n: int, answer: Completion) -> Row:
        """As for any answer, its steps apart; without steps or a marked answer it is rejected."""
        made = super()._row(row, n, answer)
        if "reason" in made:
            return made
        text = str(made.pop("alternative", None) or answer_of(made))
        made["completion"] = [{"role": "assistant", "content": text}]
        if not answer.reasoning:
            if (worked := split_worked(text)) is None:
                return made | {"reason": "no_steps: no steps before a marked answer (`Answer:`)"}
            made["reasoning"] = worked.steps
            made["completion"] = [{"role": "assistant", "content": worked.answer}]
        thoughts = str(made["reasoning"])
        made["switches"] = switches(thoughts)
        made["mixes_languages"] = mixes_languages(thoughts, question_of(row))
        return made

    def _text(self, path: str, answer: Completion) -> str:
        """All of it: steps have no form of the leaf's."""
        return answer.text.strip()

    def _judged(self, row: Row) -> Row:
        """The row with why it is wrong, and whether its thoughts had been right on the way."""
        if "reason" in row:
            return row
        why = first_failure(self._demands.on(row), answer_of(row), row, thoughts_of(row))
        if why is None:
            return row
        passed = passes_by(str(row["reasoning"]), [str(row.get("answer") or "")])
        return row | {"reason": f"verified: {why}", "right_then_wrong": passed}

    def _chosen(self, attempts: list[Row]) -> list[Row]:
        """Right attempts by `keep`; the others with the reason `not_chosen`."""
        right = sorted(filter(_right, attempts), key=lambda row: len(row["reasoning"]))
        keep = self.settings.keep
        if keep == "all" or not right:
            return attempts
        count = 1 if keep == "shortest" else min(_SPREAD, len(right))
        last = max(1, count - 1)
        places = {round(n * (len(right) - 1) / last) for n in range(count)}
        kept = {right[place]["id"] for place in places}
        why = {"reason": f"not_chosen: of several right attempts `keep: {keep}` takes others"}
        return [row | why if _right(row) and row["id"] not in kept else row for row in attempts]

    def check_truth(self, rows: Iterable[Row]) -> None:
        """Raises RowsError where attempts are to be chosen among and nothing says which are
        right."""
        if self.settings.keep == "all":
            return
        if unknown := [row["id"] for row in rows if not self._demands.on(row)]:
            raise RowsError(
                f"keep: {self.settings.keep}: of {len(unknown)} rows ({unknown[0]} first) nothing "
                "says which attempt is right; give them `answer`, `tests` or `verify`, or their "
                "leaf `verify`, or take `keep: all`"
            )


def stats_of(counts: Mapping[str, int]) -> dict[str, Any]:
    """What the attempts were like, for the report."""
    own: dict[str, float | None] = {name: counts[name] for name in _COUNTED}
    for kind in ("right", "wrong"):
        seen = counts[f"n_{kind}"]
        own[f"switches_{kind}"] = counts[f"switches_{kind}"] / seen if seen else None
    return {"reasoning": own}


def _right(row: Row) -> bool:
    return "reason" not in row


def _below(messages: tuple[Message, ...], text: str) -> tuple[Message, ...]:
    """The messages with a text below the last one."""
    last = messages[-1]
    return (*messages[:-1], {"role": last["role"], "content": f"{last['content']}\n\n{text}"})


def _counts(by_prompt: Iterable[list[Row]]) -> Counter[str]:
    """Of the attempts at each prompt."""
    found: Counter[str] = Counter(dict.fromkeys(_COUNTED, 0))
    for attempts in by_prompt:
        plain = [row for row in attempts if not row.get("rationalised")]
        right, wrong = [r for r in plain if _right(r)], [r for r in plain if not _right(r)]
        found["prompts"] += 1
        found["attempts"] += len(plain)
        found["right"] += len(right)
        found["prompts_solved"] += bool(right)
        found["rationalised"] += sum(bool(r.get("rationalised")) and _right(r) for r in attempts)
        found["no_steps"] += sum(reason_of(row) == "no_steps" for row in wrong)
        found["mixed_languages"] += sum(bool(row.get("mixes_languages")) for row in plain)
        found["right_then_wrong"] += sum(bool(row.get("right_then_wrong")) for row in wrong)
        found["n_right"] += len(right)
        found["switches_right"] += sum(row.get("switches", 0) for row in right)
        found["n_wrong"] += sum("switches" in row for row in wrong)
        found["switches_wrong"] += sum(row.get("switches", 0) for row in wrong)
    return found
