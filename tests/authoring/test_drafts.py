"""Drafts in a taxonomy's files: written, approved, edited, rejected, undone; a kill loses none."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from tutelage.authoring.drafts.draft_decisions import DraftDecisions
from tutelage.authoring.drafts.draft_examples import draft_examples
from tutelage.authoring.drafts.drafting_models import find_drafting_models
from tutelage.authoring.drafts.write_drafts import Written, write_drafts
from tutelage.authoring.init.init_taxonomy import NewTaxonomy, init_taxonomy
from tutelage.contract.plain_inputs import make_model
from tutelage.core.errors import InputError, TaxonomyError
from tutelage.core.labels import Label, add_label, read_labels
from tutelage.stages.exam import Exam
from tutelage.taxonomy.authors import UNREAD
from tutelage.taxonomy.load import load_taxonomy

BOATS = """\
# Boats of Orlay

## Arn
The boat Arn is 30 metres long. Its mast was carved by Ida Renn.
The cook of the boat Arn sleeps behind 4 barrels.

## Bex
The boat Bex carries 12 lanterns. The keel of Bex is made of larch.
Bex was painted in the harbour of Sunde.
"""


@pytest.fixture
def made(tmp_path: Path) -> NewTaxonomy:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "boats.md").write_text(BOATS)
    return init_taxonomy([docs], None, tmp_path / "t", base="smoke", teacher="scripted:")


def _draft(made: NewTaxonomy, count: int = 2, **fields: Any) -> Written:
    fresh = made.blank
    stage, model = Exam(count=count, **fields), make_model("scripted:", "teacher")
    return draft_examples(made.folder, made.roots, stage, model, None, fresh=fresh, quiet=True)


def _examples(made: NewTaxonomy, key: str = "eval_examples") -> list[dict[str, Any]]:
    return list(yaml.safe_load(made.leaves[0].file.read_text())[key])


def test_drafts_take_the_place_of_blanks_and_wait(made: NewTaxonomy) -> None:
    assert _draft(made, purpose="seed").drafts == {made.leaves[0].path: 2}
    assert _draft(made).drafts == {made.leaves[0].path: 2}
    seeds, held = _examples(made, "seed_examples"), _examples(made)
    assert {one["origin"] for one in [*seeds, *held]} == {"drafted"}
    assert {one["written_by"] for one in held} == {"scripted:"}
    assert not {one["answer"] for one in seeds} & {one["answer"] for one in held}
    assert all(one["answer"] in one["source"] for one in held)
    with pytest.raises(TaxonomyError, match="2 drafted seeds are waiting for approval"):
        load_taxonomy(made.folder, made.roots)
    before = made.leaves[0].file.read_bytes()
    assert _draft(made).drafts == {}
    assert made.leaves[0].file.read_bytes() == before


@pytest.mark.parametrize(("most", "demanded"), [(3, False), (40, True)])
def test_a_leaf_that_people_wrote_keeps_its_own_demands(
    tmp_path: Path, most: int, demanded: bool
) -> None:
    skill = tmp_path / "t" / "compositional_skills" / "letters"
    skill.mkdir(parents=True)
    text = "seed_examples: [{question: Write to Arn., answer: Dear Arn, your boat is here.}]\n"
    (skill / "qna.yaml").write_text(
        text.replace("answer: ", 'answer: "').replace("here.", 'here."')
    )
    taxonomy = load_taxonomy(tmp_path / "t")
    (leaf,) = taxonomy.leaves
    row = {
        "leaf": leaf.path,
        "purpose": "held_out",
        "source": "",
        "prompt": [{"role": "user", "content": "Write to Bex."}],
        "completion": [{"role": "assistant", "content": "Dear Bex, your boat is gone."}],
    }
    write_drafts(taxonomy, [row], "scripted:", {leaf.path: [{"max_words": most}]})
    written = yaml.safe_load(leaf.file.read_text(encoding="utf-8"))
    assert "verify" not in written
    (draft,) = written["eval_examples"]
    assert ("verify" in draft) == demanded  # only what people's own answers meet


def test_decisions_go_into_the_file_and_drafts_count(made: NewTaxonomy) -> None:
    _draft(made, purpose="seed")
    _draft(made)
    decisions = DraftDecisions(made.folder, "ana")
    seed, _, one, other = decisions.drafts()
    decisions.decide(seed.id, "accept", 3.2)
    edit = {"question": "Who is it?", "answer": 'she said: "me"', "accept": ["me", "myself"]}
    decisions.decide(one.id, "edit", 9, edit)
    decisions.decide(other.id, "reject")
    leaf = load_taxonomy(made.folder, made.roots).leaves[0]
    assert [one.author.origin for one in leaf.seeds] == ["approved"]
    assert leaf.waiting == 1
    (held,) = leaf.eval_examples
    assert (held.question, held.accept) == ("Who is it?", ('she said: "me"', "me", "myself"))
    assert (held.author.origin, held.author.approved_by) == ("edited", "ana")
    verdicts = [label.verdict for label in read_labels(decisions.labels)]
    assert verdicts == ["accept", "edit", "reject"]
    assert _draft(made, 3).drafts
    assert other.example["question"] not in {one["question"] for one in _examples(made)}


def test_undo_brings_the_file_back(made: NewTaxonomy) -> None:
    _draft(made, 3)
    decisions, file = DraftDecisions(made.folder, "ana"), made.leaves[0].file
    before = file.read_bytes()
    first, second, third = decisions.drafts()
    decisions.decide(first.id, "accept")
    decisions.decide(second.id, "reject")
    decisions.decide(third.id, "edit", edit={"question": "What?"})
    for _ in range(3):  # each in a new session: the command may have ended since
        DraftDecisions(made.folder, "ana").undo()
    assert file.read_bytes() == before
    assert read_labels(decisions.labels) == []
    with pytest.raises(InputError, match="nothing to undo"):
        decisions.undo()
    decisions.decide(first.id, "accept")
    with pytest.raises(InputError, match="nothing to undo: no decision of ben's"):
        DraftDecisions(made.folder, "ben").undo()
    file.write_text(file.read_text() + "# mine\n")
    with pytest.raises(InputError, match="changed since"):
        decisions.undo()


def test_a_decision_of_an_earlier_version_is_not_undone(made: NewTaxonomy) -> None:
    _draft(made)
    decisions = DraftDecisions(made.folder, "ana")
    label = decisions.decide(decisions.drafts()[0].id, "accept")
    (made.folder / "labels.jsonl").unlink()
    add_label(made.folder / "labels.jsonl", replace(label, change=None))
    before = made.leaves[0].file.read_bytes()
    with pytest.raises(InputError, match="earlier version kept it; change `origin` in the file"):
        decisions.undo()
    assert made.leaves[0].file.read_bytes() == before


def test_a_decision_that_a_kill_left_undone_is_done(made: NewTaxonomy) -> None:
    _draft(made)
    one, _ = DraftDecisions(made.folder, "ana").drafts()
    said = Label(one.id, one.id, "accept", "ana", 1.0, leaf=one.leaf, question="?")
    add_label(made.folder / "labels.jsonl", said)
    DraftDecisions(made.folder, "ben")
    assert [example.get("approved_by") for example in _examples(made)] == ["ana", None]


def test_approval_of_all_says_that_nobody_read_them(made: NewTaxonomy) -> None:
    _draft(made)
    assert DraftDecisions(made.folder, "ana").approve_all() == 2
    assert {one["approved_by"] for one in _examples(made)} == {f"ana{UNREAD}"}
    lines = (made.folder / "labels.jsonl").read_text().splitlines()
    assert all(json.loads(line)["note"] == "(unread)" for line in lines)


def test_a_stale_or_empty_decision_is_refused(made: NewTaxonomy) -> None:
    _draft(made)
    decisions = DraftDecisions(made.folder, "ana")
    one, _ = decisions.drafts()
    with pytest.raises(InputError, match="needs a question"):
        decisions.decide(one.id, "edit", edit={"question": " "})
    decisions.decide(one.id, "reject")
    with pytest.raises(InputError, match="gone"):
        decisions.decide(one.id, "accept")


def test_a_second_init_with_a_teacher_finds_what_is_still_blank(made: NewTaxonomy) -> None:
    docs = made.roots[0]
    again = init_taxonomy([docs], None, made.folder)
    assert (again.leaves, again.blank) == ([], {made.leaves[0].path})
    file = made.leaves[0].file
    file.write_text(file.read_text() + "# mine\n")
    assert init_taxonomy([docs], None, made.folder).blank == set()


def test_models_are_found_before_anything_is_written() -> None:
    with pytest.raises(InputError, match="nothing-like-it"):
        find_drafting_models("./nothing-like-it", None, None, "smoke")
    models = find_drafting_models("scripted:", None, None, "smoke")
    assert models.is_same
    assert "--student" in models.why_not
