"""Changes in a qna.yaml: what was meant, and every other line as it was."""

import pytest
import yaml
from tutelage.authoring.drafts.qna_edit import QnaEdit
from tutelage.authoring.drafts.yaml_lines import example_lines
from tutelage.core.errors import TaxonomyError

TEXT = """\
# my own notes
seed_examples:

  # about the mast
  - context: |
      The mast is high.

      It is 9 metres.
    questions_and_answers:
      - {question: "How high?", answer: '9 metres'}  # mine
      - question: Who built it?
        answer: Ana
        origin: drafted
  - question: >-
      Where is
      it?
    answer: in Ely
    # the last one
eval_examples: [{question: "a?", answer: b}, {question: "c?", answer: d}]
samples: 3  # few
"""
HARD = [
    'a "quoted" \\ text: # x',
    "- item",
    "line\n\nline",
    " lead\nx ",
    "tab\there",
    "é\u2028\u0085",
    "",
]


def _others(text: str, *without: str) -> list[str]:
    return [line for line in text.splitlines() if not any(part in line for part in without)]


def test_a_value_is_set_and_the_rest_stays() -> None:
    edit = QnaEdit(TEXT, "f")
    edit.set("seed_examples.0.questions_and_answers.1", "origin", "approved")
    edit.set("seed_examples.0.questions_and_answers.0", "origin", "edited")
    edit.set("seed_examples.1", "question", "Where is it now?")
    edit.set("seed_examples.1", "approved_by", "Ana")
    edit.set("eval_examples.1", "accept", ["e", "f"])
    parts = ("origin", ">-", "Where", "it?", "approved_by", "eval", "mine")
    assert _others(edit.text, *parts) == _others(TEXT, *parts)
    assert "# mine" in edit.text and "# the last one" in edit.text
    assert yaml.safe_load(edit.text)["eval_examples"][1] == {
        "accept": ["e", "f"],
        "question": "c?",
        "answer": "d",
    }


@pytest.mark.parametrize("key", ["seed_examples", "eval_examples", "more"])
def test_examples_are_added_and_removed(key: str) -> None:
    edit = QnaEdit(TEXT, "f")
    before = yaml.safe_load(TEXT).get(key) or []
    edit.append(key, [{"question": text or "?", "context": text} for text in HARD])
    assert len(yaml.safe_load(edit.text)[key]) == len(before) + len(HARD)
    for _ in HARD:
        edit.remove(f"{key}.{len(before)}")
    assert (yaml.safe_load(edit.text).get(key) or []) == before
    assert set(TEXT.splitlines()) <= set(edit.text.splitlines())
    while yaml.safe_load(edit.text)[key]:
        edit.remove(f"{key}.0")
    assert "# my own notes" in edit.text and "# few" in edit.text
    edit.append(key, [{"question": "x?"}])
    assert yaml.safe_load(edit.text)[key] == [{"question": "x?"}]


@pytest.mark.parametrize("text", HARD)
def test_any_text_is_read_back_as_it_was(text: str) -> None:
    made = "\n".join(example_lines({"question": text, "answer": text}))
    assert yaml.safe_load(made) == [{"question": text, "answer": text}]


def test_an_alias_is_left_to_its_author() -> None:
    edit = QnaEdit("a: &x hello\nseed_examples: [{question: *x, answer: b}]\n", "f.yaml")
    with pytest.raises(TaxonomyError, match=r"f\.yaml: 'question' is an alias"):
        edit.set("seed_examples.0", "question", "other")


def test_what_is_no_yaml_is_not_touched() -> None:
    with pytest.raises(TaxonomyError, match="no valid YAML"):
        QnaEdit("a: [", "f")
