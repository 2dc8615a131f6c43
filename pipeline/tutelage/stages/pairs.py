"""Preference pairs: of attempts at a prompt, one chosen and one rejected, and why."""

from typing import ClassVar

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.contract.stage import Generating
from tutelage.core.artifacts import Checkpoint, Row, Rows, joined
from tutelage.curation.filters.filter_chain import apply_filters
from tutelage.curation.filters.guarded import Guarded
from tutelage.curation.filters.row_filter import Scope
from tutelage.judging.duels import check_duels
from tutelage.judging.pairs.contests import hold, tally
from tutelage.judging.pairs.length_balance import balanced, lengths
from tutelage.judging.pairs.pair_choices import (
    all_right,
    all_wrong,
    checked_pairs,
    given_pair,
    judged_pair,
    no_pair,
    revised_pair,
)
from tutelage.judging.pairs.prompt_attempts import Checker, Prompt, prompts
from tutelage.judging.pairs.scored_pairs import scored_pairs
from tutelage.judging.rubric import RubricFile, load_rubric
from tutelage.models.model import Model
from tutelage.models.reward_scorer import check_reward_model
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.verifiers.verifier import leaf_verifiers


class Pairs(Guarded, Generating):
    """Choose a better and a worse attempt at each prompt, whoever made them.

    An attempt is right when it passes the leaf's verifiers and, on a knowledge leaf, agrees with
    the accepted answer (the row's `reference`) or without one is supported by its passage. Right is
    chosen before wrong; among right ones a reward model decides, if there is one, else a judge,
    asked in both orders.
    All right, all wrong, ties and verdicts that the orders disagree on are counted, not guessed.
    Rows that bring `chosen` and `rejected` already are taken as they are, held-out examples apart;
    so are rows of `rewrite`, whose answer is chosen before the one that they had.
    """

    version: ClassVar[int] = 12

    per_prompt: int = Field(1, gt=0)
    """Pairs made from one prompt's right and wrong attempts, at most."""
    reference_as_chosen: bool = True
    """Where no attempt is right, take the accepted answer as chosen; else only count the prompt."""
    rubric: RubricFile = "preference"
    """What the judge is asked: a rubric without a scale, by name or as a file beside the recipe."""
    duels: int = Field(3, gt=0)
    """Duels that the judge decides per prompt, at most, each asked in both orders."""
    votes: int = Field(1, gt=0)
    """Verdicts of the judge on each duel in each order, of which most decide."""
    margin: int = Field(2, gt=0)
    """By how many points (duels won less lost) the chosen attempt must lead the rejected one."""
    reward_margin: float = Field(0.0, ge=0)
    """By how much the chosen attempt's score must lead, where a `reward_model` decides in place of
    the judge; the pair's `margin` is how much it does."""
    length_ratio: float | None = Field(None, gt=1)
    """The mean words of chosen answers over those of rejected ones, at most, and the inverse at
    least: pairs that tilt it furthest are dropped until that holds. Without it, it is reported."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Build every leaf's verifiers; try the rubric."""
        for leaf in taxonomy.leaves if taxonomy else ():
            leaf_verifiers(leaf)
        check_duels(load_rubric(self.rubric))
        self.guarded_files()

    def run(
        self,
        context: Context,
        rows: list[Rows],
        taxonomy: Taxonomy | None = None,
        judge: Model | None = None,
        reward_model: Checkpoint | None = None,
    ) -> Rows:
        """Rows with `prompt`, `chosen`, `rejected`; rejected rows are prompts that gave no pair.

        `stats` say where the pairs come from, how duels ended, and how long each side is.
        """
        given = [revised_pair(row) or row for row in joined(rows)]
        made = self._given([row for row in given if _is_pair(row)], taxonomy)
        origins = {"given": len(made.kept)}
        attempted = prompts((row for row in given if not _is_pair(row)), Checker(taxonomy))
        undecided = self._by_checks(attempted, made)
        origins["checks"] = len(made.kept) - sum(origins.values())
        tasks = taxonomy.tasks if taxonomy else {}
        if reward_model is not None:
            undecided = self._by_reward(context, undecided, reward_model, made)
            origins["reward model"] = len(made.kept) - sum(origins.values())
        duels = self._by_judge(context, undecided, judge, tasks, made)
        origins["judge"] = len(made.kept) - sum(origins.values())
        kept = made.kept
        if self.length_ratio is not None:
            kept, tilted = balanced(made.kept, self.length_ratio)
            made.rejected.extend(tilted)
        stats = {"pairs": origins, "duels": duels, "length": lengths(kept)}
        return Rows(kept, made.rejected, {"pairs": stats | {"prompts": len(attempted)}})

    def _given(self, rows: list[Row], taxonomy: Taxonomy | None) -> Rows:
        """Pairs as they are, but for those that prefer nothing or give a held-out example away."""
        pairs = [given_pair(row) for row in rows]
        scope = Scope(0, taxonomy, held_out=self.guarded_files())
        made = apply_filters(self.with_decontamination([], taxonomy), _usable(pairs), scope)
        return Rows(made.kept, [*made.rejected, *(pair for pair in pairs if "reason" in pair)])

    def _by_checks(self, attempted: list[Prompt], made: Rows) -> list[Prompt]:
        """Pairs of right and wrong attempts go to `made`; returns prompts left to a judge."""
        undecided = []
        for prompt in attempted:
            use_reference = self.reference_as_chosen
            pairs = checked_pairs(prompt, self.per_prompt, reference_as_chosen=use_reference)
            made.kept.extend(pairs)
            if not pairs and prompt.right:
                undecided.append(prompt)
            elif not pairs:
                made.rejected.append(no_pair(prompt, all_wrong(prompt)))
        return undecided

    def _by_reward(
        self, context: Context, undecided: list[Prompt], reward_model: Checkpoint, made: Rows
    ) -> list[Prompt]:
        """Pairs of right attempts by their scores go to `made`; returns prompts of one attempt."""
        check_reward_model(reward_model.folder)
        several = [prompt for prompt in undecided if len(prompt.right) > 1]
        if several:
            context.pool.release()
            kept, rejected = scored_pairs(several, reward_model.folder, self.reward_margin)
            made.kept.extend(kept)
            made.rejected.extend(rejected)
        return [prompt for prompt in undecided if len(prompt.right) < 2]

    def _by_judge(
        self,
        context: Context,
        undecided: list[Prompt],
        judge: Model | None,
        tasks: dict[str, str],
        made: Rows,
    ) -> dict[str, int]:
        """Pairs of right attempts that a judge decides go to `made`; returns the tally."""
        contested = []
        for prompt in undecided:
            if judge is not None and len(prompt.right) > 1:
                contested.append(prompt)
            else:
                made.rejected.append(no_pair(prompt, all_right(prompt)))
        if judge is None or not contested:
            return tally([])
        rubric = load_rubric(self.rubric)
        contests = hold(context, judge, rubric, contested, self.duels, tasks, self.votes)
        for contest in contests:
            words = contest.words(judge, rubric)
            if decided := contest.decided(self.margin):
                made.kept.append(judged_pair(contest.prompt, *decided, words))
            else:
                made.rejected.append(no_pair(contest.prompt, contest.undecided, words))
        return tally(contests)


def _usable(pairs: list[Row]) -> list[Row]:
    return [pair for pair in pairs if "reason" not in pair]


def _is_pair(row: Row) -> bool:
    return bool(row.get("chosen") and row.get("rejected"))
