"""A small taxonomy, and filters at work in it."""

from pathlib import Path
from typing import Any

import pytest
from tutelage.core.artifacts import Row
from tutelage.curation.filters.row_filter import RowFilter, Scope, build_filters
from tutelage.taxonomy.load import load_taxonomy

from tests.curation.filter_rows import Judge

QNA = """
task_description: Facts about the Orvin heater.
document: {path: [heater.md]}
seed_examples:
  - context: The Orvin heater weighs 13 kilograms.
    questions_and_answers:
      - {question: How much does the Orvin heater weigh?, answer: 13 kilograms}
eval_examples:
  - {question: In which city is the Orvin heater built by hand these days?, answer: Turin}
  - {question: Who drew it?, answer: Ines Farrow}
  - {question: Where is it?, answer: Turin}
verify: [{max_words: 6}]
"""
DOCUMENT = """# Heater
## Make
The Orvin heater is made in Turin. The Orvin heater was drawn by Ines Farrow.
## Use
The Orvin heater switches itself off after 5 hours.
"""


@pytest.fixture
def scope(tmp_path: Path) -> Scope:
    """A taxonomy of one knowledge leaf."""
    leaf = tmp_path / "taxonomy" / "knowledge" / "heater"
    leaf.mkdir(parents=True)
    (leaf / "qna.yaml").write_text(QNA, encoding="utf-8")
    (leaf / "heater.md").write_text(DOCUMENT, encoding="utf-8")
    return Scope(1, load_taxonomy(tmp_path / "taxonomy"))


@pytest.fixture
def judge(scope: Scope) -> Judge:
    """judge(spec, row, row, ...) -> one verdict per row."""

    def verdicts(spec: Any, *rows: Row, within: Scope = scope) -> list[str | None]:
        ((_, built),) = build_filters([spec], "filters")
        assert isinstance(built, RowFilter)
        return built.verdicts(rows, within)

    return verdicts
