"""Whatever stands in a `qna.yaml`, loading gives a taxonomy or a TaxonomyError, lint findings."""

import json
from pathlib import Path

import pytest
from tutelage.authoring.lint.lint_taxonomy import lint_taxonomy
from tutelage.core.config import parse_yaml
from tutelage.core.errors import InputError, TaxonomyError
from tutelage.taxonomy.load import load_taxonomy

from tests.fuzz.fuzzing import fuzz, mutated
from tests.fuzz.ten_scripts import TEN_SCRIPTS
from tests.trees import HARBOUR, HARBOUR_PATH, HARBOUR_TEXT, NOTICES, write

INSTRUCTLAB = """
version: 3
created_by: &a someone
domain: Bridges
document_outline: All about one bridge.
document: {repo: "ext::no", commit: 0123456, patterns: ["*.md"]}
seed_examples:
  - context: |
      The bridge is 80 metres long.
    questions_and_answers:
      - {question: How long is the bridge?, answer: 80 metres}
"""
SCRIPTS = [
    HARBOUR.replace("On which river does the harbour of Elsmere lie?", ask).replace("Wend", say)
    for ask, say in TEN_SCRIPTS.values()
]


def test_a_leaf_of_any_text(tmp_path: Path) -> None:
    file = write(tmp_path / HARBOUR_PATH / "qna.yaml", "")
    write(file.parent / "docs" / "harbour.md", HARBOUR_TEXT)

    def check(text: str) -> None:
        file.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            load_taxonomy(tmp_path)
        except TaxonomyError as exc:
            assert "\n" not in str(exc)
        json.dumps([str(finding) for finding in lint_taxonomy(tmp_path).findings])

    fuzz(mutated(HARBOUR, NOTICES, INSTRUCTLAB, *SCRIPTS), check)


def test_any_yaml() -> None:
    def check(text: str) -> None:
        try:
            parse_yaml(text, "here")
        except InputError as exc:
            assert "\n" not in str(exc)

    fuzz(mutated(NOTICES, "a: &a {b: 1}\nc: {<<: *a}\n", "- [1, 2]\n- !!str x\n"), check)


@pytest.mark.parametrize("opener", ["[", "{a: ", "- ", "? ", "a:\n "])
def test_yaml_nested_beyond_reason(opener: str) -> None:
    with pytest.raises(InputError, match="here"):
        parse_yaml(opener * 5_000, "here")
