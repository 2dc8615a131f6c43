"""Step pairs: of the beginnings of answers to a prompt, one that leads on and one that does not."""

from statistics import fmean
from typing import Any, ClassVar

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.contract.stage import Generating
from tutelage.core.artifacts import Row, Rows, joined, thoughts_of
from tutelage.core.digests import digest
from tutelage.core.errors import RowsError
from tutelage.judging.pairs.prompt_attempts import Checker, Prompt, prompts
from tutelage.judging.pairs.step_values import Beginning, Rollouts, step_values
from tutelage.models.model import Model
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.verifiers.ground_truth import Demands


class StepPairs(Generating):
    """Pairs for a reward model that judges steps (a process reward model).

    A model completes each beginning of an attempt several times; what ends right more often is
    preferred to a beginning of as many lines (Math-Shepherd, arXiv:2312.08935). A stage `reward`
    learns from the pairs, and `evaluate: {test_time: {choose: [process]}}` chooses by what it says
    of each step.
    """

    version: ClassVar[int] = 4
    keeps_prompts: ClassVar[bool] = True

    rollouts: int = Field(4, gt=0)
    """Completions of each beginning."""
    margin: float = Field(0.5, gt=0, le=1)
    """By how much the share of right ends must be higher."""
    max_tokens: int = Field(96, gt=0)
    """Tokens of a completion, at most."""
    temperature: float = Field(1.0, gt=0)
    """How freely completions are sampled."""

    def run(
        self, context: Context, rows: list[Rows], model: Model, taxonomy: Taxonomy | None = None
    ) -> Rows:
        """A pair for each number of lines where a prompt's beginnings differ enough, with `line`
        and `margin`; a prompt without any is a rejected row.

        `stats` have the mean value by line. Raises RowsError where nothing says what is right.
        """
        given = joined(rows)
        demands, checker = Demands(taxonomy), Checker(taxonomy)
        if unknown := [row["id"] for row in given if not demands.on(row)]:
            raise RowsError(
                f"of {len(unknown)} rows ({unknown[0]} first) nothing says which answer is right; "
                "give them `answer`, `tests` or `verify`, or their leaf `verify`"
            )
        if apart := [row["id"] for row in given if thoughts_of(row)]:
            raise RowsError(
                f"of {len(apart)} rows ({apart[0]} first) the steps stand apart, in `reasoning`, "
                "and only what is in the answer can be gone on with; let a student that was "
                "trained with `reasoning: plain` answer, by `responses` with `reasoning: false`"
            )
        tried = prompts(given, checker)
        how = Rollouts(self.rollouts, self.max_tokens, self.temperature)
        found = step_values(context, model, tried, how, checker)
        made = Rows([], [], {"step_values": _figures(found)})
        for prompt, mine in zip(tried, found, strict=True):
            pairs = list(self._pairs(prompt, mine))
            made.kept.extend(pairs)
            if not pairs:
                made.rejected.append(_without(prompt, self.margin))
        return made

    def _pairs(self, prompt: Prompt, found: list[Beginning]) -> list[Row]:
        """By number of lines the best beginning before the worst."""
        pairs = []
        for lines in sorted({one.lines for one in found}):
            level = [one for one in found if one.lines == lines and one.value is not None]
            best = max(level, key=_value, default=None)
            worst = min(level, key=_value, default=None)
            if best and worst and _value(best) - _value(worst) >= self.margin:
                pairs.append(_pair(prompt, best, worst))
        return pairs


def _value(one: Beginning) -> float:
    return one.value or 0.0


def _pair(prompt: Prompt, best: Beginning, worst: Beginning) -> Row:
    said = f"ends right in {_value(best):.0%} of completions, the other in {_value(worst):.0%}"
    return {
        "id": f"steps:{digest(prompt.id, best.text, worst.text)[:12]}",
        "leaf": prompt.first["leaf"],
        "parents": sorted({min(best.attempts), min(worst.attempts)}),
        "prompt": prompt.first["prompt"],
        "chosen": [{"role": "assistant", "content": best.text}],
        "rejected": [{"role": "assistant", "content": worst.text}],
        "line": best.lines,
        "margin": _value(best) - _value(worst),
        "verdicts": [{"by": "step_pairs", "keep": True, "reason": said}],
    }


def _without(prompt: Prompt, margin: float) -> Row:
    first = prompt.first
    why = f"no_pair: no two beginnings of as many lines differ by {margin:g} in right ends"
    named = {name: first[name] for name in ("leaf", "parents", "prompt")}
    return {"id": f"group:{prompt.id}", "reason": why} | named


def _figures(found: list[list[Beginning]]) -> dict[str, Any]:
    every = [one for mine in found for one in mine if one.value is not None]
    lines = sorted({one.lines for one in every})
    means = {str(n): fmean(_value(one) for one in every if one.lines == n) for n in lines}
    return {"beginnings": len(every), "mean_by_line": means}
