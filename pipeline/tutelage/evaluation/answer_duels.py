"""Win rates: a judge, or a reward model, says whose answer is better, the base's or another's."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tutelage.contract.context import Context
from tutelage.core.artifacts import ScoreLine
from tutelage.evaluation.cases import PREFIX, Case
from tutelage.evaluation.statistics.win_rate import win_rate
from tutelage.judging.duels import Duel, Preference, Side, prefer
from tutelage.judging.rubric import Rubric
from tutelage.judging.shown import shown_answer, shown_question
from tutelage.models.answered import answered_with
from tutelage.models.model import Model
from tutelage.models.reward_scorer import reward_scores

Answers = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Rivals:
    """Two answers to a question."""

    case: Case
    first: str
    second: str


Compare = Callable[[Mapping[str, Rivals]], Mapping[str, Preference]]
"""Says by a name which answer is preferred."""
_SCORES = {"win": 1.0, "loss": 0.0}
_NO_ANSWER = "(no answer)"


def by_judge(context: Context, judge: Model, rubric: Rubric) -> Compare:
    """Preferences of a judge."""
    return lambda rivals: prefer(
        context, judge, rubric, [_duel(name, one) for name, one in rivals.items()]
    )


def by_reward(reward_model: Path) -> Compare:
    """Preferences by a reward model's scores: the higher one wins, whatever the order."""

    def compare(rivals: Mapping[str, Rivals]) -> dict[str, Preference]:
        answered = [
            answered_with(one.case.row, text)
            for one in rivals.values()
            for text in (one.first, one.second)
        ]
        scores = iter(reward_scores(reward_model, answered) if answered else ())
        pairs = zip(scores, scores, strict=True)
        return {name: _higher(*pair) for name, pair in zip(rivals, pairs, strict=True)}

    return compare


def _higher(first: float, second: float) -> Preference:
    sides: tuple[Side, Side] = ("first", "second")
    winner = None if first == second else sides[second > first]
    return Preference(winner, consistent=True, unparsable=0, texts=(), keys=())


def judge_answers(
    compare: Compare, cases: Sequence[Case], answers: Answers
) -> list[dict[str, Any]]:
    """Win rates of each model's answers over the first model's, by leaf and over held-out ones.

    Every answer that was judged gets its verdict as `judged`: win, loss or tie, or why neither:
    `inconsistent` (the two orders disagree) and `unparsable`, which count as ties.
    """
    asked = {(case.leaf, case.id): case for case in cases}
    models = list(dict.fromkeys(row["model"] for row in answers))
    mine = {model: _answers_of(answers, model, asked) for model in models}
    lines = []
    for model in models[1:]:
        pairs = {key: (mine[models[0]][key], mine[model][key]) for key in asked}
        _judge(compare, asked, pairs)
        lines += list(_lines(models[0], model, pairs.values()))
    return lines


def win_table(rates: Iterable[dict[str, Any]], cases: Sequence[Case]) -> list[ScoreLine]:
    """The win rates of questions that nothing but a judge can score, as lines of the score table.

    The base has none: against itself it would win half.
    """
    only_judged = {case.leaf for case in cases if not case.scored}
    return [
        {
            "model": line["model"],
            "leaf": line["leaf"],
            "kind": "benchmark",
            "metric": "win_rate",
            "n": line["n"],
            "score": line["score"],
            "low": line["low"],
            "high": line["high"],
        }
        for line in rates
        if line["leaf"] in only_judged
    ]


def _answers_of(
    answers: Answers, model: str, asked: dict[tuple[str, str], Case]
) -> dict[tuple[str, str], dict[str, Any]]:
    keyed = (((row["leaf"], row["example"]), row) for row in answers if row["model"] == model)
    return {key: row for key, row in keyed if key in asked}


def _judge(
    compare: Compare,
    asked: dict[tuple[str, str], Case],
    pairs: dict[tuple[str, str], tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    """Put both answers to the judge where they differ; the same answer is a tie for nothing."""
    rivals: dict[str, Rivals] = {}
    rows: dict[str, dict[str, Any]] = {}
    for number, (key, (base, other)) in enumerate(pairs.items()):
        other["judged"] = "tie"
        if base["answer"].strip() != other["answer"].strip():
            name = f"{other['model']}/{number}"
            texts = (one["answer"].strip() or _NO_ANSWER for one in (base, other))
            rivals[name] = Rivals(asked[key], *texts)
            rows[name] = other
    found = compare(rivals)
    for name, row in rows.items():
        row["judged"] = _verdict(found[name])


def _duel(name: str, one: Rivals) -> Duel:
    case = one.case
    first, second = (shown_answer(case.row, text) for text in (one.first, one.second))
    reference = case.accept[0] if case.accept else ""
    asked = shown_question(case.row)
    return Duel(name, case.leaf, asked, first, second, reference=reference)


def _verdict(found: Preference) -> str:
    if found.unparsable:
        return "unparsable"
    if not found.consistent:
        return "inconsistent"
    return {"first": "loss", "second": "win", None: "tie"}[found.winner]


def _lines(
    base: str, model: str, pairs: Iterable[tuple[dict[str, Any], dict[str, Any]]]
) -> Iterator[dict[str, Any]]:
    leaves: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {}
    for pair in pairs:
        leaves.setdefault(pair[1]["leaf"], []).append(pair)
    held = [pair for leaf, group in leaves.items() if not leaf.startswith(PREFIX) for pair in group]
    for leaf, group in (leaves | ({"*": held} if held else {})).items():
        verdicts = [other["judged"] for _, other in group]
        longer = [len(other["answer"]) - len(first["answer"]) for first, other in group]
        found = win_rate([_SCORES.get(verdict, 0.5) for verdict in verdicts], longer)
        counts = {name: verdicts.count(name) for name in ("inconsistent", "unparsable")}
        names = {"model": model, "against": base, "leaf": leaf}
        yield names | asdict(found) | counts | {"beyond_noise": found.beyond_noise}
