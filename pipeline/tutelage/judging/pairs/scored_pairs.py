"""Pairs by a reward model: of attempts that no check tells apart, the highest score before the
lowest (Nemotron-4's reward as judge, arXiv:2406.11704, section 3.2)."""

from pathlib import Path

from tutelage.core.artifacts import Row
from tutelage.judging.pairs.pair_choices import judged_pair, no_pair
from tutelage.judging.pairs.prompt_attempts import Prompt
from tutelage.models.answered import answered_by
from tutelage.models.reward_scorer import reward_scores


def scored_pairs(
    prompts: list[Prompt], reward_model: Path, margin: float
) -> tuple[list[Row], list[Row]]:
    """A pair of each prompt whose scores differ by the margin, and the prompts that gave none.

    A pair's `margin` is the difference of its scores.
    """
    attempts = [(prompt, row) for prompt in prompts for row in prompt.right]
    scores = reward_scores(reward_model, [answered_by(row) for _, row in attempts])
    by_prompt: dict[str, list[tuple[float, Row]]] = {}
    for (prompt, row), score in zip(attempts, scores, strict=True):
        by_prompt.setdefault(prompt.id, []).append((score, row))
    made, rejected = [], []
    for prompt in prompts:
        ordered = sorted(by_prompt[prompt.id], key=lambda scored: scored[0])
        (low, worst), (high, best) = ordered[0], ordered[-1]
        words = [
            {
                "by": "reward model",
                "keep": high - low > margin,
                "reason": f"scores {high:.3f} and {low:.3f}",
            }
        ]
        if high - low > margin:
            made.append(judged_pair(prompt, best, worst, words) | {"margin": high - low})
        else:
            why = f"margin: the best score leads the worst by {high - low:.3f} alone"
            rejected.append(no_pair(prompt, why, words))
    return made, rejected
