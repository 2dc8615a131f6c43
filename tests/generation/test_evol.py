"""Evol-Instruct: what is made evolves further, and what did not evolve is eliminated."""

import re
from collections import Counter

import pytest
from tutelage.contract.context import Context
from tutelage.core.artifacts import question_of
from tutelage.core.errors import RecipeError
from tutelage.generation.quota import Quota
from tutelage.generation.session import GenerationSession
from tutelage.generation.writers import check_writing, writers_of
from tutelage.generation.writing import Writing
from tutelage.models.chat import Message
from tutelage.taxonomy.leaf import Taxonomy

from tests.generation.written import written
from tests.stages.fakes import scripted
from tests.trees import HARBOUR_PATH, NOTICES_PATH

_SHOWN = re.compile(r"<(instruction-\w+)>\n(.*?)\n</\1>", re.DOTALL)


def longer(messages: tuple[Message, ...], seed: int) -> str:
    """The instruction with one more demand; of two, it says that they differ."""
    shown = _SHOWN.search(messages[-1]["content"])
    return f"{shown[2]} Say what tide {seed % 1000} is." if shown else "Different"


def stubborn(messages: tuple[Message, ...], seed: int) -> str:
    """The instruction again."""
    shown = _SHOWN.search(messages[-1]["content"])
    return f"New instruction: {shown[2]}" if shown else "Different"


def equal(messages: tuple[Message, ...], seed: int) -> str:
    """A longer instruction, which it then says to demand the same."""
    return longer(messages, seed) if _SHOWN.search(messages[-1]["content"]) else "Same."


def obeying(messages: tuple[Message, ...], seed: int) -> str:
    """The instruction with a piece of the prompt before it."""
    shown = _SHOWN.search(messages[-1]["content"])
    return f"Make the instruction harder: {shown[2]}" if shown else "Different"


def copying(messages: tuple[Message, ...], seed: int) -> str:
    """Talks of the prompt."""
    return "The given instruction is fine as it is."


def parroting(messages: tuple[Message, ...], seed: int) -> str:
    """An example of the prompt."""
    return next(turn["content"] for turn in messages if turn["role"] == "assistant")


def test_what_was_evolved_evolves_further(context: Context, taxonomy: Taxonomy) -> None:
    teacher = scripted("longer", __name__)
    rows = written(context, taxonomy, NOTICES_PATH, teacher, {"evol": {"gain": False}}, 4)
    assert len(rows) == len({row["id"] for row in rows}) == 20
    assert not any("reason" in row for row in rows)
    made = {row["id"] for row in rows}
    assert {row["evolved"] for row in rows} >= {1, 2}
    for row in rows:
        assert (row["parents"][0] in made) == (row["evolved"] > 1)
        assert question_of(row).count("Say what tide") == row["evolved"]


def test_a_question_about_a_document_keeps_its_passage(
    context: Context, taxonomy: Taxonomy
) -> None:
    rows = written(context, taxonomy, HARBOUR_PATH, scripted("longer", __name__), "evol")
    seeds = {seed.context for seed in taxonomy.leaf(HARBOUR_PATH).seeds}
    assert {row["context"] for row in rows} == seeds
    assert all(row["context"] not in row["prompt"][0]["content"] for row in rows)


@pytest.mark.parametrize(
    ("teacher", "why"),
    [
        ("stubborn", "repeats the instruction"),
        ("copying", "copies words"),
        ("obeying", "copies words"),
        ("equal", "demands the same"),
        ("parroting", "example of its prompt"),
    ],
)
def test_what_did_not_evolve_is_eliminated(
    context: Context, taxonomy: Taxonomy, teacher: str, why: str
) -> None:
    rows = written(context, taxonomy, NOTICES_PATH, scripted(teacher, __name__), "evol")
    assert len(rows) == 5
    assert all(row["reason"].startswith("eliminated: ") and why in row["reason"] for row in rows)


def test_a_higher_level_asks_for_more_in_depth(context: Context, taxonomy: Taxonomy) -> None:
    share = {}
    for level in (0.0, 0.5, 1.0):
        settings = Writing(method="evol", leaf_difficulty={NOTICES_PATH: level})
        desk = GenerationSession(context, scripted(), settings)
        (one,) = writers_of(desk, [taxonomy.leaf(NOTICES_PATH)])
        quota = Quota(NOTICES_PATH, 40, one.writer, attempts=8, first=1)
        share[level] = Counter(quota.next())["breadth"] / 40
    assert share[0.0] > 0.5 > share[0.5] == 0.2 > share[1.0] > 0


def test_wrong_settings_are_named_before_anything_is_asked(taxonomy: Taxonomy) -> None:
    for method, message in (
        ("evil", "unknown name 'evil'; did you mean 'evol'"),
        ({"evol": {"generation": 3}}, "unknown key 'generation'.+'generations'"),
        ({"tasks": {"more": 1}}, "'tasks' takes no settings"),
    ):
        with pytest.raises(RecipeError, match=message):
            check_writing(Writing(method=method), taxonomy)
