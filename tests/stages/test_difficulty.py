"""Pass rates from a student's attempts, what is too easy or too hard, and curricula."""

from collections import Counter
from pathlib import Path

import pytest
from tutelage.contract.context import Context, local_context
from tutelage.core.artifacts import Row, Rows, said
from tutelage.core.errors import RecipeError, RowsError, TaxonomyError
from tutelage.curation.row_order import by_pass_rate
from tutelage.models.token_estimate import estimate_tokens
from tutelage.stages import Difficulty, Mix
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.training.batches import Steps

from tests.stages.fakes import answered, row
from tests.trees import HARBOUR_PATH


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return local_context(tmp_path)


def task(name: str, answer: str = "4") -> Row:
    return row(name, prompt=[{"role": "user", "content": f"{name}?"}], answer=answer)


def attempt(of: Row, text: str, **more: object) -> Row:
    said = [{"role": "assistant", "content": text}]
    return of | {"id": f"{of['id']}-{text}", "completion": said, "prompt_id": of["id"], **more}


def graded(context: Context, stage: Difficulty, rows: list[Row], attempts: Rows) -> Rows:
    return stage.run(context, [Rows(rows)], [attempts])


def test_a_pass_rate_is_the_share_of_right_attempts(context: Context) -> None:
    one = task("one")
    tried = Rows([attempt(one, "Answer: 4"), attempt(one, "Answer: 5")])
    (kept,) = graded(context, Difficulty(), [one], tried).kept
    assert (kept["pass_rate"], kept["attempts"]) == (0.5, 2)


def test_attempts_that_came_to_nothing_are_wrong(context: Context) -> None:
    one = task("one")
    tried = Rows([attempt(one, "Answer: 4")], [attempt(one, "", reason="cut by length")])
    assert graded(context, Difficulty(), [one], tried).kept[0]["pass_rate"] == 0.5


def test_rows_at_either_end_are_rejected_with_their_count(context: Context) -> None:
    easy, hard, mid = task("easy"), task("hard"), task("mid")
    tried = [attempt(easy, "Answer: 4"), attempt(hard, "Answer: 1")]
    tried += [attempt(mid, "Answer: 4"), attempt(mid, "Answer: 1")]
    made = graded(context, Difficulty(too_easy=1, too_hard=0), [easy, hard, mid], Rows(tried))
    assert [one["id"] for one in made.kept] == ["mid"]
    reasons = {one["id"]: one["reason"] for one in made.rejected}
    assert reasons == {
        "easy": "too easy: 1 of 1 attempts are right",
        "hard": "too hard: 0 of 1 attempts are right",
    }


def test_bounds_that_leave_nothing_are_said_ahead() -> None:
    with pytest.raises(RecipeError, match=r"nothing lies between `too_hard` 0\.6 and"):
        Difficulty(too_easy=0.3, too_hard=0.6).check(None)


def test_a_mix_that_ends_with_an_unknown_leaf_is_said_ahead(taxonomy: Taxonomy) -> None:
    Mix(finish=["knowledge/", HARBOUR_PATH]).check(taxonomy)
    with pytest.raises(TaxonomyError, match="no leaf 'knowlege/harbour'; did you mean"):
        Mix(finish=["knowlege/harbour"]).check(taxonomy)


def test_what_was_never_attempted_is_rejected_and_strangers_are_named(context: Context) -> None:
    one, two = task("one"), task("two")
    made = graded(context, Difficulty(), [one, two], Rows([attempt(one, "Answer: 4")]))
    assert [r["reason"] for r in made.rejected] == ["not attempted"]
    with pytest.raises(RowsError, match="none of them answers one of these rows"):
        graded(context, Difficulty(), [two], Rows([attempt(one, "Answer: 4")]))


def test_an_answer_of_nought_is_an_answer_and_none_is_an_error(context: Context) -> None:
    bare = row("t", completion=[{"role": "assistant", "content": "99"}], prompt_id="zero")
    zero = task("zero") | {"answer": 0}
    (kept,) = graded(context, Difficulty(), [zero], Rows([bare])).kept
    assert kept["pass_rate"] == 0
    blind = {name: value for name, value in zero.items() if name != "answer"}
    with pytest.raises(RowsError, match="is right for 1 rows, zero first"):
        graded(context, Difficulty(), [blind], Rows([bare]))


@pytest.mark.parametrize("rate", ["high", float("nan"), 5, -1, True])
def test_a_pass_rate_that_is_none_is_named(context: Context, rate: object) -> None:
    rows = [Rows([row("a", pass_rate=rate), row("b")])]
    with pytest.raises(RowsError, match=r"row a: `pass_rate` is .*, not a share from 0 to 1"):
        Mix(middle=2).run(context, rows)


def test_easy_rows_come_first_and_others_are_spread_among_them() -> None:
    rows = [row(f"r{n}", pass_rate=n / 9) for n in range(10)]
    rows += [row(f"x{n}") for n in range(10)]
    order = [one["id"] for one in by_pass_rate(rows, 1)]
    assert [name for name in order if name[0] == "r"] == [f"r{n}" for n in range(9, -1, -1)]
    places = [place for place, name in enumerate(order) if name[0] == "x"]
    assert min(places) < 8 and max(places) > 11
    assert order == [one["id"] for one in by_pass_rate(rows[::-1], 1)]


def test_a_mix_ends_with_the_leaves_that_it_is_told_to(context: Context) -> None:
    rows = [row("a", leaf="knowledge/a"), row("b", leaf="skills/b")]
    made = Mix(finish=["knowledge"]).run(context, [Rows(rows)]).kept
    assert sorted(one["id"] for one in made[:2]) == ["a", "b"]
    assert made[2]["id"] == "a~end" and made[2]["parents"] == ["a"] and len(made) == 3
    assert len(Mix(finish=["know"]).run(context, [Rows(rows)]).kept) == 2


def test_two_mixes_that_finish_alike_repeat_no_id(context: Context) -> None:
    first = Mix(finish=["knowledge"]).run(context, [Rows([row("a", leaf="knowledge/a")])])
    second = Mix(finish=["knowledge"]).run(context, [first])
    names = [one["id"] for one in second.kept]
    assert len(names) == len(set(names)) == 4
    doubled = Mix(weights=[2]).run(context, [Rows([row("a")])])
    assert len(Mix(weights=[2]).run(context, [doubled]).kept) == 4


def test_what_a_mix_ends_with_counts_for_its_caps(context: Context) -> None:
    rows = Rows([answered(f"r{n}", leaf="knowledge/a") for n in range(40)])
    capped = Mix(finish=["knowledge"], per_leaf=45).run(context, [rows])
    assert len(capped.kept) == 45
    assert {one["reason"].partition(":")[0] for one in capped.rejected} == {"leaf full"}
    most = sum(estimate_tokens(turns) for one in rows.kept for turns in said(one).values())
    fitted = Mix(finish=["knowledge"], most_tokens=most).run(context, [rows])
    assert 34 <= len(fitted.kept) <= 42


def test_a_mix_uses_rows_more_often_the_nearer_they_are_to_half_right(context: Context) -> None:
    rates = (0.0, 0.25, 0.5, 0.75, 1.0)
    rows = [row(f"{rate}/{n}", pass_rate=rate) for rate in rates for n in range(40)]
    plain = [row(f"plain/{n}") for n in range(40)]
    made = Mix(middle=2).run(context, [Rows([*rows, *plain])])
    used = Counter(one["id"].partition("/")[0] for one in made.kept)
    assert used["0.5"] == 80 and used["plain"] == 40 and not used["0.0"] + used["1.0"]
    assert 52 <= used["0.25"] <= 68 and 52 <= used["0.75"] <= 68
    assert {one["reason"] for one in made.rejected} == {"not drawn: weight 0"}
    halved = Mix(middle=2, weights=[0.5]).run(context, [Rows(rows[80:120])])
    assert len(halved.kept) == 40


def test_a_mix_orders_its_rows(context: Context) -> None:
    rows = [row(f"r{n}", pass_rate=n / 4) for n in range(5)]
    made = Mix(order="easy_first").run(context, [Rows(rows)])
    assert [one["pass_rate"] for one in made.kept] == [1.0, 0.75, 0.5, 0.25, 0.0]


def test_training_in_order_takes_rows_as_they_come() -> None:
    steps = list(Steps([9, 1, 5, 3, 8, 2, 7, 4] * 8, 4, seed=1, in_order=True))
    assert sorted(number for step in steps for number in step) == list(range(64))
    assert max(steps[0]) < 24 and min(steps[-1]) > 40
