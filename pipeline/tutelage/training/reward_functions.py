"""Reward terms as TRL's trainers call them: functions of prompts and completions."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tutelage.core.artifacts import Row
from tutelage.models.engines.message_parts import message_parts
from tutelage.models.reasoning import split_reasoning
from tutelage.training.judge_link import JudgeLink
from tutelage.training.rewards.reward_term import RewardTerm, Rollout, Scorer, Scoring
from tutelage.training.training_rows import Chosen

Answer = tuple[Row, list[int]]
"""A prompt's row, and the tokens of an answer to it."""


class RewardFunction:
    """A term, named for it, so that TRL logs it under that name."""

    def __init__(self, name: str, term: RewardTerm, scorer: Scorer, rows: Chosen) -> None:
        self.__name__, self.weight, self._scorer = name, term.weight, scorer
        self._rows = {row["id"]: row for row in [*rows.train, *rows.validation]}
        self._held_out = {row["id"] for row in rows.validation}
        self.held_out: dict[str, list[float]] = {}
        """Scores of answers to held-out prompts since they were last taken, by prompt."""
        self.answers: dict[str, Answer] = {}
        """The first answer to each held-out prompt since they were last taken."""

    def __call__(
        self,
        completions: list[list[dict[str, Any]]],
        completion_ids: list[list[int]],
        id: list[str],  # a column of the data set, which TRL passes by its name
        **_: Any,
    ) -> list[float | None]:
        """The score of each answer."""
        rollouts = [
            _rollout(self._rows[row], turns, len(tokens))
            for turns, tokens, row in zip(completions, completion_ids, id, strict=True)
        ]
        scores = self._scorer(rollouts)
        for rollout, tokens, row in zip(rollouts, completion_ids, id, strict=True):
            if row in self._held_out and tokens:
                self.answers.setdefault(row, (rollout.row, list(tokens)))
        for row, score in zip(id, scores, strict=True):
            if row in self._held_out and score is not None:
                self.held_out.setdefault(row, []).append(score)
        return scores


def _rollout(row: Row, turns: list[dict[str, Any]], tokens: int) -> Rollout:
    """An answer, calls that TRL has read out of it included, apart from what was thought before."""
    whole = message_parts(turns[-1], turns[-1].get("content"))[0]
    thoughts, text = split_reasoning(whole)
    return Rollout(row, text, tokens, thoughts, whole)


def reward_functions(
    terms: Mapping[str, RewardTerm], job: Mapping[str, Any], rows: Chosen
) -> list[RewardFunction]:
    """A function for each term."""
    link, model = job.get("judge"), job.get("reward_model")
    scoring = Scoring(
        reward_model=Path(model) if model else None,
        judge=JudgeLink(**link) if link else None,
    )
    return [RewardFunction(name, term, term.scorer(scoring), rows) for name, term in terms.items()]
