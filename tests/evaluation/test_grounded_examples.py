"""Held-out examples with a context: asked with it, kept out of training, linted as such."""

from pathlib import Path

import pytest
from tutelage.authoring.lint.lint_taxonomy import lint_taxonomy
from tutelage.core.artifacts import Row, Rows
from tutelage.core.errors import RecipeError
from tutelage.curation.filters.decontaminated import Decontaminated
from tutelage.curation.filters.row_filter import Scope
from tutelage.evaluation.cases import eval_cases
from tutelage.runtime.contamination_check import refuse_examined
from tutelage.stages import SFT
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.taxonomy.load import load_taxonomy

from tests.trees import plant

LEAF = "foundational_skills/reading/codes"
ASKED = "Which code is in this message?"
HELD = "My grey lamp with the number QX-771 smokes since Tuesday evening"
TEXTS = [
    "Lamp AB-100 hums",
    "A fan, CD-200, rattles",
    "EF-300 is broken",
    "See GH-400",
    "IJ-500 it is",
]
SKILL = f"""
task_description: Find the code.
verify: [{{answer_in_question: true}}]
seed_examples:
{
    "".join(
        f"  - {{context: '{text}', question: '{ASKED}', answer: {code}}}" + chr(10)
        for text, code in zip(
            TEXTS, ["AB-100", "CD-200", "EF-300", "GH-400", "IJ-500"], strict=True
        )
    )
}
eval_examples:
  - {{context: '{HELD}', question: '{ASKED}', answer: QX-771}}
  - {{context: 'Nothing but ZZ-999 was on my kettle', question: '{ASKED}', answer: ZZ-999}}
"""


@pytest.fixture
def taxonomy(tmp_path: Path) -> Taxonomy:
    """A grounded skill with two examples that ask the same of different texts."""
    return load_taxonomy(plant(tmp_path, {LEAF: SKILL}))


def trained(context: str, question: str = ASKED) -> Row:
    """A row as a grounded skill's rows are."""
    prompt = [{"role": "user", "content": f"{context}\n\n{question}"}]
    answer = [{"role": "assistant", "content": "KL-600"}]
    row = {"id": context, "leaf": LEAF, "parents": [], "context": context}
    return row | {"prompt": prompt, "completion": answer}


def test_the_context_is_put_before_the_question(taxonomy: Taxonomy) -> None:
    first, second = eval_cases(taxonomy.leaves)
    assert first.messages == ({"role": "user", "content": f"{HELD}\n\n{ASKED}"},)
    assert first.id != second.id


def test_rows_may_share_the_question_but_not_the_context(taxonomy: Taxonomy) -> None:
    rows = [trained("The clock KL-600 is late again"), trained(HELD)]
    kept, dropped = Decontaminated().verdicts(rows, Scope(0, taxonomy))
    assert kept is None
    assert str(dropped).startswith("decontaminated: ")


def test_the_last_check_before_training_knows_them_too(taxonomy: Taxonomy) -> None:
    refuse_examined(SFT(), [Rows([trained("The clock KL-600 is late again")])], taxonomy)
    with pytest.raises(RecipeError, match="1 of 1 rows ask held-out questions"):
        refuse_examined(SFT(), [Rows([trained(HELD)])], taxonomy)


def test_a_question_on_a_document_is_held_out_by_itself(tmp_path: Path) -> None:
    text = (
        "seed_examples: [{context: Brae has a pier., question: What has Brae?, answer: A pier}]"
        "\neval_examples:\n  - {context: 'The pier is 80 metres long.', "
        "question: How many metres does the pier of Brae measure?, answer: '80'}\n"
    )
    taxonomy = load_taxonomy(plant(tmp_path, {"knowledge/pier": text}))
    row = trained("", "How many metres does the pier of Brae measure?") | {"context": ""}
    row["prompt"][0]["content"] = row["prompt"][0]["content"].strip()
    (verdict,) = Decontaminated().verdicts([row], Scope(0, taxonomy))
    assert verdict is not None


def test_lint_knows_contexts(tmp_path: Path) -> None:
    leak = SKILL.replace(TEXTS[0], HELD).replace("answer: AB-100", "answer: QX-771")
    codes = {f.code for f in lint_taxonomy(plant(tmp_path / "sound", {LEAF: SKILL})).findings}
    assert codes == {"few-eval-examples"}
    found = {f.code for f in lint_taxonomy(plant(tmp_path / "leak", {LEAF: leak})).findings}
    assert "leak-in-seed" in found
    wrong = SKILL.replace("answer: CD-200", "answer: CD-201")
    found = {f.code for f in lint_taxonomy(plant(tmp_path / "wrong", {LEAF: wrong})).findings}
    assert "answer-fails-verify" in found


def test_the_same_question_on_the_same_text_counts_once(tmp_path: Path) -> None:
    twice = SKILL + f"  - {{context: '{HELD}', question: '{ASKED}', answer: QX-771}}\n"
    found = {f.code for f in lint_taxonomy(plant(tmp_path, {LEAF: twice})).findings}
    assert "duplicate-eval" in found
