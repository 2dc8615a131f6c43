"""Mixing: weights, replay and caps hold, every row is accounted for, and the draw is repeatable."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from tutelage.contract.context import Context, Silent
from tutelage.core.artifacts import Row, Rows, answer_of
from tutelage.core.errors import RecipeError, RowsError
from tutelage.models.token_estimate import estimate_tokens
from tutelage.stages import Mix

from tests.stages.fakes import answered


def part(name: str, count: int, leaf: str = "knowledge/harbour") -> Rows:
    return Rows([answered(str(n), f"{name}{n}", leaf=leaf) for n in range(count)])


def ids(rows: list[Row]) -> list[str]:
    return [row["id"] for row in rows]


def reasons(rows: Rows) -> Counter[str]:
    return Counter(row["reason"].partition(":")[0] for row in rows.rejected)


def test_without_settings_every_row_is_in_the_mix(context: Context) -> None:
    made = Mix().run(context, [part("a", 3), part("b", 2)])
    assert sorted(ids(made.kept)) == ["a0", "a1", "a2", "b0", "b1"]
    assert made.rejected == []


def test_a_weight_says_how_often_a_row_is_used(context: Context) -> None:
    parts = [part("a", 10), part("b", 4), part("c", 4)]
    made = Mix(weights=[0.3, 2, 0]).run(context, parts)
    assert Counter(name[0] for name in ids(made.kept)) == {"a": 3, "b": 8}
    assert reasons(made) == {"not drawn": 11}
    assert len(set(ids(made.kept))) == len(made.kept)
    (again,) = [row for row in made.kept if row["id"] == "b1~2"]
    assert again["parents"] == ["b1"]


def test_replay_is_a_share_of_the_mix_and_repeats_nothing(context: Context) -> None:
    new, old = part("new", 60), part("old", 100)
    made = Mix(replay=0.25).run(context, [new], [old, part("new", 5)])
    assert Counter(name[:3] for name in ids(made.kept)) == {"new": 60, "old": 20}
    assert len(made.kept) + len(made.rejected) == 165
    assert set(reasons(made)) <= {"not replayed", "repeated"}
    assert ids(Mix(replay=0).run(context, [new], [old]).kept) == ids(Mix().run(context, [new]).kept)


def test_another_row_of_the_same_id_is_no_repetition(context: Context) -> None:
    prompt = [{"role": "user", "content": "?"}]
    other = Rows([row | {"prompt": prompt} for row in part("a", 3).kept])
    made = Mix(weights=[2, 1]).run(context, [part("a", 3), other], [part("a", 2), other])
    assert len(made.kept) == len(set(ids(made.kept))) == 9
    assert reasons(made) == {"repeated": 5}


def test_a_cap_holds_for_each_leaf(context: Context) -> None:
    parts = [part("a", 9), part("b", 2, "foundational_skills/sums")]
    made = Mix(per_leaf=4, replay=0.5).run(context, parts, [part("old", 9)])
    assert Counter(row["leaf"] for row in made.kept) == {
        "knowledge/harbour": 4,
        "foundational_skills/sums": 2,
    }
    assert reasons(made) == {"leaf full": 14}


def test_the_draw_depends_on_the_seed_and_not_on_the_order_of_rows(context: Context) -> None:
    stage, rows = Mix(weights=[0.5]), part("a", 20)
    turned = Rows(rows.kept[::-1])
    first = stage.run(context, [rows])
    assert ids(stage.run(context, [turned]).kept) == ids(first.kept)
    assert ids(stage.run(replace(context, seed=2), [rows]).kept) != ids(first.kept)


def test_counts_are_told_and_a_missing_weight_is_named(context: Context) -> None:
    told: list[str] = []

    class Listening(Silent):
        def say(self, text: str) -> None:
            told.append(text)

    listening = replace(context, progress=Listening())
    Mix(weights=[0.5], replay=0.5).run(listening, [part("a", 4)], [part("old", 1)])
    assert told == [
        "stage: 2 from the 4 rows of part 1; 1 replayed of 1 earlier rows, 2 wanted",
    ]
    with pytest.raises(RowsError, match="weights: 1 given for the 2 parts of `rows`"):
        Mix(weights=[1.0]).run(context, [part("a", 1), part("b", 1)])
    with pytest.raises(RecipeError, match="weights: 1 given for the 2 parts of `rows`"):
        Mix(weights=[1.0]).check_inputs({"rows": 2}, None)


@pytest.mark.parametrize("fields", [{"weights": [float("inf")]}, {"leaf_weights": {"*": 1e9}}])
def test_a_weight_beyond_all_use_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(RecipeError, match="weights"):
        Mix(**fields)


def about(name: str, statement: str, count: int) -> Rows:
    return Rows(
        [answered(str(n), f"{name}{statement}{n}", statement=statement) for n in range(count)]
    )


def test_each_statement_is_in_as_many_rows_however_many_were_written(context: Context) -> None:
    asked = Rows([*about("q", "a", 2).kept, *about("q", "b", 9).kept])
    rules = Rows([*about("r", "a", 3).kept, *about("r", "b", 3).kept, *about("r", "c", 3).kept])
    made = Mix(weights=[2, 1], exposures=6, replay=0).run(context, [asked, rules])
    found = Counter((row["id"][0], row["statement"]) for row in made.kept)
    assert found == {("q", "a"): 4, ("r", "a"): 2, ("q", "b"): 4, ("r", "b"): 2, ("r", "c"): 6}
    assert len({row["id"] for row in made.kept}) == len(made.kept)


def test_a_leaf_has_a_weight_of_its_own_and_so_have_its_statements(context: Context) -> None:
    tasks, other = part("t", 6, leaf="skills/t"), part("o", 6, leaf="skills/o")
    asked = about("q", "a", 3)
    weights = {"skills/t": 2, str(asked.kept[0]["leaf"]): 1.5, "*": 0}
    made = Mix(leaf_weights=weights, exposures=4, replay=0).run(context, [tasks, other, asked])
    assert Counter(row["id"][0] for row in made.kept) == {"t": 12, "q": 6}


def test_rows_about_no_statement_go_by_weight_beside_them(context: Context) -> None:
    tasks = Rows([*part("t", 5).kept, *about("q", "a", 1).kept])
    made = Mix(weights=[3], exposures=4, replay=0).run(context, [tasks])
    assert Counter(row["id"][0] for row in made.kept) == {"t": 15, "q": 4}


def test_a_budget_of_tokens_makes_everything_rarer_alike(context: Context) -> None:
    given = [about("q", "a", 10), about("q", "b", 10)]
    whole = Mix(weights=[1, 1], exposures=20, replay=0).run(context, given)
    small = Mix(weights=[1, 1], exposures=20, replay=0, most_tokens=200).run(context, given)
    kept = Counter(row["statement"] for row in small.kept)
    assert len(small.kept) < len(whole.kept) and abs(kept["a"] - kept["b"]) <= 1


def test_replayed_rows_can_be_used_again(context: Context) -> None:
    made = Mix(replay=0.5, replay_times=3).run(context, [part("new", 12)], [part("old", 5)])
    assert Counter(row["id"][:3] for row in made.kept) == {"new": 12, "old": 12}


def test_an_answer_is_learnt_whole_a_few_times_and_else_only_as_it_begins(
    context: Context,
) -> None:
    gate = "When a gale is forecast, the gate is shut by two keepers within fourteen minutes."
    cone = (
        "When a gale is forecast, a black cone is hoisted on the hill above the old signal house."
    )
    rows = [
        answered("q", f"a{n}") | {"completion": [{"role": "assistant", "content": text}]}
        for n, text in enumerate([gate] * 10 + [cone] * 2)
    ]
    made = Mix(whole_answers=4, opening=3).run(context, [Rows(rows)])
    openings = [row.get("opening") for row in made.kept]
    assert openings.count(None) == 4 + 2
    (opening,) = {one for one in openings if one}
    assert gate.startswith(opening)
    assert len("When a gale is forecast, the gate is") <= len(opening) < len(gate) / 2 + 12


def test_a_short_answer_is_learnt_to_its_end(context: Context) -> None:
    rows = [answered("q", f"a{n}") for n in range(12)]
    assert len({answer_of(row) for row in rows}) == 1
    made = Mix(whole_answers=2, opening=8).run(context, [Rows(rows)])
    assert not any(row.get("opening") for row in made.kept)


def test_replayed_answers_are_learnt_as_they_begin_and_texts_whole(context: Context) -> None:
    text = {"id": "t", "leaf": "self_replay", "parents": [], "text": "A long plain text. " * 4}
    said = "The gate of the harbour is shut by two keepers when a gale is near."
    earlier = Rows([text, *(answered(said, f"old{n}") for n in range(3))])
    made = Mix(replay=0.5, replay_times=2, replay_opening=1).run(
        context, [part("new", 4)], [earlier]
    )
    shown = {row["id"]: row.get("opening") for row in made.kept}
    assert shown["t"] is None
    assert all(shown[name] for name in shown if name.startswith("old"))
    assert not any(shown[name] for name in shown if name.startswith("new"))


def test_a_mix_of_openings_keeps_to_its_tokens(context: Context) -> None:
    said = [f"Statement {n}: {'a long text that is told of it ' * 6}." for n in range(8)]
    rows = [
        answered(text, f"{n}-{again}", statement=f"s{n}")
        for n, text in enumerate(said)
        for again in range(30)
    ]
    most = 1500
    made = Mix(exposures=30, whole_answers=4, most_tokens=most).run(context, [Rows(rows)])
    shown = [row.get("opening") or answer_of(row) for row in made.kept]
    assert 0.5 * most < sum(map(estimate_tokens, shown)) <= most
