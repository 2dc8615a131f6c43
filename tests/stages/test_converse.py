"""Conversations: stop rules, grounding, seeds and held-out conversations of several turns."""

from collections import Counter
from pathlib import Path

import pytest
from tutelage.accounting.ledger import Usage
from tutelage.contract.context import Context
from tutelage.core.artifacts import Rows
from tutelage.core.errors import InputError, TaxonomyError
from tutelage.evaluation.cases import eval_cases
from tutelage.generation.conversing import own_turn
from tutelage.models.chat import Completion, Message, Request, Sampling
from tutelage.stages import SFT, Converse, Filter
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.taxonomy.load import load_taxonomy

from tests.stages.fakes import scripted
from tests.trees import HARBOUR_PATH, plant, write

PATH = "compositional_skills/desk"
DESK = """
task_description: Help guests at the harbour desk.
seed_examples:
  - turns:
      - {question: Is a berth free?, answer: Berth 7 is.}
      - {question: How much is it?, answer: 25}
  - {question: Where is the crane?, answer: By the pier.}
eval_examples:
  - context: The office opens at 6.
    turns:
      - {question: When does it open?, answer: At 6.}
      - {question: And how long may I wait?, verify: [{max_words: 5}], answer: Till 7.}
"""
TALKERS = {"curious": 3, "brief": 1, "deaf": 1, "mute": 0}


def curious(messages: tuple[Message, ...], seed: int) -> str:
    """Has another answer to each question."""
    return f"You ask: {messages[-1]['content']}"


def _plays_user(messages: tuple[Message, ...]) -> bool:
    return "You play a user" in messages[0]["content"]


def brief(messages: tuple[Message, ...], seed: int) -> str:
    """Asks once."""
    if not _plays_user(messages):
        return "There."
    return "Where is it? END" if messages[-1]["content"].startswith("A new") else "END"


def deaf(messages: tuple[Message, ...], seed: int) -> str:
    """Asks the same again."""
    return "Where is it?" if _plays_user(messages) else f"There, {seed}."


def mute(messages: tuple[Message, ...], seed: int) -> str:
    """Answers nothing."""
    return "Where?" if _plays_user(messages) else ""


def curious_user(messages: tuple[Message, ...], seed: int) -> str:
    """A user's turn that differs each time."""
    return f"What of {seed}?"


@pytest.fixture
def desk(taxonomy: Taxonomy) -> Taxonomy:
    return load_taxonomy(plant(taxonomy.folder, {PATH: DESK}))


def made(context: Context, taxonomy: Taxonomy, name: str, leaf: str, **fields: object) -> Rows:
    stage = Converse.model_validate({"samples": 4, "leaves": [leaf], "fewest": 1} | fields)
    stage.check(taxonomy)
    rows: Rows = stage.run(context, taxonomy, scripted(name, __name__))
    return rows


@pytest.mark.parametrize("name", TALKERS)
def test_conversations_end_by_rule(context: Context, desk: Taxonomy, name: str) -> None:
    user = scripted("curious_user", __name__) if name == "curious" else None
    stage = Converse(samples=4, leaves=[PATH], fewest=1)
    rows = stage.run(context, desk, scripted(name, __name__), user)
    exchanges = TALKERS[name]
    assert len(rows.kept) == (4 if exchanges else 0)
    for row in rows.kept:
        assert [turn["role"] for turn in row["messages"]] == ["user", "assistant"] * exchanges
        assert row["exchanges"] == exchanges and row["stopped"]
    assert all(row["reason"].startswith("too short a conversation") for row in rows.rejected)
    assert sum(rows.stats["converse"]["stopped"].values()) == 4


def test_a_passage_grounds_the_talk_and_rows_go_on(context: Context, desk: Taxonomy) -> None:
    rows = made(context, desk, "brief", HARBOUR_PATH).kept
    assert all(row["context"] and row["parents"][0].startswith("passage:") for row in rows)
    answers = [e["messages"] for e in context.journal.entries() if e["text"] == "There."]
    assert answers and all("answer from this text alone" in m[0]["content"] for m in answers)
    kept = Filter(filters=["exact_duplicate"]).run(context, [Rows(rows)], taxonomy=desk).kept
    assert len(kept) == 1  # all say the same
    assert SFT(learning_rate=1e-3).columns(kept[0])["messages"] == rows[0]["messages"]


def test_seed_conversations_are_shown_and_their_first_turn_is_a_seed(
    context: Context, desk: Taxonomy
) -> None:
    leaf = desk.leaf(PATH)
    assert [seed.question for seed in leaf.seeds] == ["Is a berth free?", "Where is the crane?"]
    assert leaf.conversations == ((("Is a berth free?", "Berth 7 is."), ("How much is it?", "25")),)
    made(context, desk, "brief", PATH)
    asked = [entry["messages"] for entry in context.journal.entries()]
    first = next(turns for turns in asked if _plays_user(tuple(turns)))
    shown = {"role": "assistant", "content": "How much is it?"}, {"role": "user", "content": "25"}
    assert all(turn in first for turn in shown)  # roles are exchanged: the model plays the user
    assert not any("how long may I wait" in str(turns) for turns in asked)


@pytest.mark.parametrize(
    ("role", "text", "own", "end"),
    [
        ("assistant", "25 crowns a night.", "25 crowns a night.", "length"),
        ("assistant", "You: 25 crowns.\nUser: And for two?\nYou: 50.", "25 crowns.", "stop"),
        ("assistant", "**Assistant:**\nIt opens at 8.\n\nHuman: Hm.", "It opens at 8.", "stop"),
        ("assistant", "It opens at 8.\n\nUser: Thanks!", "It opens at 8.", "stop"),
        ("assistant", "So:\nUser: admin\nPassword: x", "So:\nUser: admin\nPassword: x", "length"),
        ("assistant", "AI: a field of machines.", "AI: a field of machines.", "length"),
        ("user", "\nUser: And you?\nAssistant: I do.", "And you?", "stop"),
    ],
)
def test_a_turn_is_one_speakers_alone(role: str, text: str, own: str, end: str) -> None:
    request = Request("1", ({"role": "user", "content": "?"},), Sampling(8))
    found = own_turn(Completion(request, text, "length", Usage()), role)
    assert (found.text, found.finish_reason) == (own, end)


def both(messages: tuple[Message, ...], seed: int) -> str:
    said = curious(messages, seed)
    user, other = ("User", "Assistant") if _plays_user(messages) else ("Assistant", "User")
    return f"{user}: {said}\n{other}: And so on."


def test_conversations_keep_nothing_that_the_other_says(context: Context, desk: Taxonomy) -> None:
    rows = made(context, desk, "both", HARBOUR_PATH)
    texts = [turn["content"] for row in rows.kept for turn in row["messages"]]
    assert texts and not [text for text in texts if "And so on" in text or "User:" in text]


def rambling(messages: tuple[Message, ...], seed: int) -> str:
    """Talks on and on."""
    return f"It is {seed}, {len(messages)}. " + "And " * 400


@pytest.mark.parametrize(("cut", "exchanges"), [("last_sentence", 3), ("reject", 0)])
def test_turns_that_are_cut_end_at_a_sentence(
    context: Context, desk: Taxonomy, cut: str, exchanges: int
) -> None:
    rows = made(context, desk, "rambling", PATH, cut=cut)
    for row in (*rows.kept, *rows.rejected):
        assert row["exchanges"] == exchanges
        assert not any(turn["content"].endswith("And") for turn in row["messages"])


def test_a_held_out_conversation_is_scored_by_turn(desk: Taxonomy) -> None:
    first, second = (case for case in eval_cases(desk.leaves) if case.leaf == PATH)
    assert first.messages[0]["content"] == "The office opens at 6.\n\nWhen does it open?"
    assert [turn["content"] for turn in second.messages] == [
        "The office opens at 6.\n\nWhen does it open?",
        "At 6.",
        "And how long may I wait?",
    ]
    assert first.id != second.id and len(second.verifiers) == 1


def test_what_is_wrong_is_said_ahead(tmp_path: Path, desk: Taxonomy) -> None:
    empty = str(write(tmp_path / "none.txt", "\n"))
    for fields, message in (
        ({"personas": empty}, "none.txt: holds no persona"),
        ({"goals": empty}, "none.txt: holds no goal"),
        ({"fewest": 4}, "`fewest` is 4, more than 3 `turns`"),
    ):
        with pytest.raises(InputError, match=message):
            Converse.model_validate(fields).check(desk)
    broken = DESK.replace("question: When does it open?, answer: At 6.", "question: When?")
    with pytest.raises(
        TaxonomyError, match=r"turns\.0: needs `answer`, `accept`, `verify` or `tool_call`"
    ):
        load_taxonomy(plant(tmp_path / "tree", {PATH: broken}))


def test_a_weight_asks_a_leaf_for_more_or_fewer(context: Context, desk: Taxonomy) -> None:
    stage = Converse(samples=4, fewest=1, turns=1, leaf_weights={PATH: 0.5, HARBOUR_PATH: 2})
    rows = stage.run(context, desk, scripted("curious", __name__))
    counts = Counter(row["leaf"] for row in (*rows.kept, *rows.rejected))
    assert (counts[PATH], counts[HARBOUR_PATH]) == (2, 8)
