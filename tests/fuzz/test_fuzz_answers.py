"""Whatever a model answers, verifiers and filters have a verdict, parsers a value or an error."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from tutelage.core.artifacts import Row
from tutelage.core.errors import ModelError
from tutelage.curation.filters.row_filter import FILTERS, RowFilter, Scope, build_filters
from tutelage.generation.knowledge_prompts import choose_detail
from tutelage.models.engines.wire import Wire
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import parse_reference
from tutelage.taxonomy.documents.document import Document
from tutelage.taxonomy.documents.passages import split
from tutelage.verifiers.accept import accepted
from tutelage.verifiers.json_form import NotJson, parse_json
from tutelage.verifiers.verifier import VERIFIERS, build_verifiers

from tests.fuzz.fuzzing import fuzz, mutated
from tests.models.generation_session import ask
from tests.trees import HARBOUR_TEXT

ANSWERS = (
    '{"boat": "Alma", "berth": 7, "list": [1, 2.5e3, null]}',
    "The harbour of Elsmere has 42 berths. It costs $1,234.50 (12.5%), i.e. 3/4 of -5e3.",
    "- one\n- two\n\n1. The Alma is red.\n```python\ndef f(x):\n    return x\n```",
)
SPECS: dict[str, Any] = {
    "answer": "42",
    "answer_in_question": True,
    "in_language": "de",
    "keyword_count": {"phrase": "berths", "exactly": 1},
    "no_commas": {"passing": 1},
    "quoted": {"passing": 1},
    "bullets": {"at_least": 1},
    "case": "lower",
    "contains": ["Alma"],
    "contains_any": ["Alma", "42"],
    "ends_with": "5e3.",
    "equals_attribute": "boat",
    "exact": "Alma",
    "excludes": ["Bris"],
    "in_order": ["Alma", "42"],
    "json_matches_attributes": ["boat"],
    "json_schema": {"type": "object", "properties": {"boat": {"pattern": "^(A+)+$"}}},
    "keeps_attributes": ["boat"],
    "max_words": 9,
    "min_words": 3,
    "numeric": 42,
    "paragraphs": {"at_most": 3},
    "python_tests": ["assert True"],
    "regex": "(?i)(a|alma)+",
    "sentences": {"exactly": 2},
    "starts_with": "The",
    "steps": {"fewest": 1},
    "tool_call": "berth_of",
}


def _row(text: str) -> Row:
    return {
        "id": "a",
        "leaf": "knowledge/harbour",
        "parents": [],
        "prompt": [{"role": "user", "content": text[::-1]}],
        "completion": [{"role": "assistant", "content": text}],
        "attributes": {"boat": text[:5]},
        "context": text[3:],
        "headings": text[:9],
        "extracted_answer": text[:7],
        "alternative": text[1:],
    }


def test_every_verifier_is_fuzzed() -> None:
    assert set(SPECS) == set(VERIFIERS)


@pytest.mark.parametrize("name", [name for name in SPECS if name != "python_tests"])
def test_a_verifier_has_a_verdict_on_any_answer(name: str) -> None:
    (verifier,) = build_verifiers([{name: SPECS[name]}], "here")

    def check(text: str) -> None:
        assert isinstance(verifier.check(text, _row(text)), str | None)

    fuzz(mutated(*ANSWERS), check)


@pytest.mark.parametrize("name", sorted(set(FILTERS) - {"labelled"}))  # which needs a file
def test_a_filter_has_a_verdict_on_any_row(name: str) -> None:
    ((_, row_filter),) = build_filters([name], "here")
    assert isinstance(row_filter, RowFilter)

    def check(text: str) -> None:
        rows = [_row(text), _row(text[: len(text) // 2]), {**_row(text), "context": None}]
        assert len(row_filter.verdicts(rows, Scope())) == 3

    fuzz(mutated(*ANSWERS), check)


def test_any_answer_is_json_or_is_not() -> None:
    def check(text: str) -> None:
        try:
            json.dumps(parse_json(text))
        except NotJson:
            return

    fuzz(mutated(ANSWERS[0], "[[1], {}]", '"text"'), check)


def test_a_detail_is_chosen_from_any_proposals() -> None:
    passages = list(split(Document("a.md", HARBOUR_TEXT, "digest"), 1))

    def check(text: str) -> None:
        for passage in passages:
            found = choose_detail(passage, passages, [text, text[:5], ""])
            assert found is None or found in passage.text
        accepted(text, [text[:4], text])

    fuzz(mutated("25 crowns", "the crane", HARBOUR_TEXT), check)


def test_a_servers_reply_is_an_answer_or_a_model_error() -> None:
    reference = parse_reference("http://localhost/v1#tiny", Path())
    config = ModelConfig(ref=reference.text)
    wire = Wire(Model("teacher", reference, config, reference.identity()), "tiny", "")
    reply = {
        "choices": [{"message": {"content": "So."}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 1},
    }
    refusal = {"error": {"code": 429, "message": "slow down", "type": "insufficient_quota"}}

    def check(text: str) -> None:
        for status in (200, 429, 500):
            with contextlib.suppress(ModelError):
                asked = ask("Why?")
                body = text.encode("utf-8", "surrogatepass")
                wire.read(asked, wire.fields(asked), status, {}, body)

    fuzz(mutated(json.dumps(reply), json.dumps(refusal)), check)
