"""Digest: passages rephrased, summed up and as key facts, as plain texts with their passage."""

from collections import Counter

import pytest
from tutelage.contract.context import Context
from tutelage.core.errors import InputError
from tutelage.generation.writers import check_writing
from tutelage.generation.writing import Writing
from tutelage.models.chat import Message
from tutelage.stages import SFT, Filter
from tutelage.taxonomy.leaf import Taxonomy

from tests.generation.written import written
from tests.stages.fakes import scripted
from tests.trees import HARBOUR_PATH, NOTICES_PATH


def teacher(messages: tuple[Message, ...], seed: int) -> str:
    """A text of the form asked for, about the crane or about what stands there."""
    asked = messages[-1]["content"]
    if "List the facts" in asked:
        return "- The crane of the harbour lifts 12 tonnes.\n- It is a crane."
    return "The harbour has a crane that lifts 12 tonnes." if "crane" in asked else asked


def copyist(messages: tuple[Message, ...], seed: int) -> str:
    """The passage, word for word."""
    return messages[-1]["content"].split(">\n", 1)[-1].split("\n<", 1)[0]


def liar(messages: tuple[Message, ...], seed: int) -> str:
    """A number that the passage does not have."""
    return "Whoever stays pays 77 florins a day."


def test_each_passage_is_said_again_in_all_forms(context: Context, taxonomy: Taxonomy) -> None:
    model = scripted("teacher", __name__)
    rows = written(context, taxonomy, HARBOUR_PATH, model, "digest", 4)
    crane = [row for row in rows if row["context"] == "The crane lifts 12 tonnes."]
    assert Counter(row["kind"] for row in crane) == {
        "rephrasing": 2,
        "summary": 1,
        "key_facts": 1,
    }
    for row in crane:
        assert "prompt" not in row and row["document"] == "docs/harbour.md"
        assert row["text"].startswith("The harbour of Elsmere > Staying\n\n")
    (summary,) = [row for row in crane if row["kind"] == "summary"]
    assert summary["reason"] == "no shorter than what it sums up"
    good = [row for row in crane if "reason" not in row]
    assert len(Filter(filters=["grounded"])(good, taxonomy=taxonomy).kept) == 3
    assert all(set(SFT().columns(row)) == {"id", "leaf", "text"} for row in good)


def test_a_copy_and_what_is_no_list_are_rejected(context: Context, taxonomy: Taxonomy) -> None:
    rows = written(context, taxonomy, HARBOUR_PATH, scripted("copyist", __name__), "digest")
    assert {row["reason"] for row in rows} == {"says it in the same words"}
    method = {"digest": {"forms": {"key_facts": 1}}}
    rows = written(context, taxonomy, HARBOUR_PATH, scripted("liar", __name__), method)
    assert {row["reason"] for row in rows} == {"not a list of facts"}


def test_what_the_passage_does_not_say_is_filtered(context: Context, taxonomy: Taxonomy) -> None:
    method = {"digest": {"forms": {"rephrasing": 1}}}
    rows = written(context, taxonomy, HARBOUR_PATH, scripted("liar", __name__), method)
    assert not any(row.get("reason") for row in rows)
    assert not Filter(filters=["grounded"])(rows, taxonomy=taxonomy).kept


@pytest.mark.parametrize(
    ("method", "path", "says"),
    [
        ("digest", NOTICES_PATH, "knowledge"),
        ({"digest": {"forms": {"summary": 0}}}, HARBOUR_PATH, "give one form more"),
        ({"digest": {"forms": {"poem": 1}}}, HARBOUR_PATH, "poem"),
    ],
)
def test_what_it_cannot_do_is_said(
    taxonomy: Taxonomy, method: object, path: str, says: str
) -> None:
    with pytest.raises((InputError, ValueError), match=says):
        settings = Writing.model_validate({"method": method, "leaves": [path]})
        check_writing(settings, taxonomy)
