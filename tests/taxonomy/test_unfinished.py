"""Drafts and blank examples do not count; what is missing is one list; a root needs permission."""

from pathlib import Path

import pytest
from tutelage.core.errors import TaxonomyError
from tutelage.taxonomy.documents.statements import statements
from tutelage.taxonomy.load import load_taxonomy

SEED = "  - {question: How high is the mast?, answer: 9 metres, context: The mast is 9 metres high."
HELD = "  - {question: How tall is the mast?, answer: 9 metres"


def _leaf(folder: Path, text: str, path: str = "knowledge/boats") -> Path:
    file = folder / path / "qna.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    return file


def test_a_draft_counts_once_it_is_approved(tmp_path: Path) -> None:
    text = f"seed_examples:\n{SEED}}}\n{SEED.replace('high', 'tall')}, origin: drafted}}\n"
    text += f"eval_examples:\n{HELD}, origin: approved, written_by: 'x', approved_by: Ana}}\n"
    file = _leaf(tmp_path, text)
    leaf = load_taxonomy(tmp_path).leaves[0]
    assert (len(leaf.seeds), leaf.waiting) == (1, 1)
    assert leaf.eval_examples[0].author.approved_by == "Ana"
    file.write_text(text.replace("drafted", "edited"))
    assert len(load_taxonomy(tmp_path).leaves[0].seeds) == 2


def test_what_is_missing_is_one_list(tmp_path: Path) -> None:
    blank = "seed_examples:\n  - {context: The mast is high., question: '', answer: ''}\n"
    _leaf(tmp_path, f"{blank}eval_examples:\n{HELD}, origin: drafted}}\n")
    _leaf(tmp_path, blank, "knowledge/oars")
    with pytest.raises(TaxonomyError) as caught:
        load_taxonomy(tmp_path)
    lines = str(caught.value).splitlines()
    assert len(lines) == 4
    assert "boats/qna.yaml:2" in lines[1] and "seed is blank" in lines[1]
    assert "waiting for approval" in lines[2]
    planned = load_taxonomy(tmp_path, unfinished=True)
    assert len(planned.unfinished) == 3
    assert [len(leaf.seeds) for leaf in planned.leaves] == [1, 1]
    assert [len(leaf.eval_examples) for leaf in planned.leaves] == [1, 0]


def test_a_root_outside_needs_the_readers_permission(tmp_path: Path) -> None:
    manuals, taxonomy = tmp_path / "manuals", tmp_path / "t"
    manuals.mkdir()
    (manuals / "boat.md").write_text("# Boat\n\nThe mast is 9 metres high.\n")
    source = "document: {root: ../../../manuals, path: [boat.md]}\n"
    _leaf(taxonomy, f"seed_examples:\n{SEED}}}\n{source}")
    for allowed in ((), (tmp_path / "elsewhere",), (manuals / "inner",)):
        with pytest.raises(TaxonomyError, match="outside of the taxonomy"):
            load_taxonomy(taxonomy, allowed)
    document = load_taxonomy(taxonomy, [manuals]).leaves[0].documents[0]
    assert (document.name, len(statements(document))) == ("boat.md", 1)


def test_a_root_inside_the_taxonomy_needs_none_and_paths_stay_in_it(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "boat.md").write_text("The mast is 9 metres high.\n")
    file = _leaf(tmp_path, f"seed_examples:\n{SEED}}}\n")
    text = file.read_text()
    file.write_text(text + "document: {root: ../../shared, path: [boat.md]}\n")
    assert load_taxonomy(tmp_path).leaves[0].documents
    file.write_text(text + "document: {root: ../../shared, path: [../boat.md]}\n")
    with pytest.raises(TaxonomyError, match="leads out of"):
        load_taxonomy(tmp_path)


def test_sections_share_a_document_between_leaves(tmp_path: Path) -> None:
    parts = "# Boat\n\nIt is blue.\n\n## Mast\n\nThe mast is high.\n\n### Top\n\nA lamp is there.\n"
    file = _leaf(tmp_path, "")
    (file.parent / "boat.md").write_text(f"{parts}\n## Oars\n\nTwo oars lie here.\n")

    def read(*sections: str) -> list[str]:
        chosen = f"document: {{path: [boat.md], sections: [{', '.join(sections)}]}}\n"
        file.write_text(f"seed_examples:\n{SEED}}}\n{chosen}")
        documents = load_taxonomy(tmp_path).leaves[0].documents
        return [one.text for document in documents for one in statements(document)]

    assert read("Mast") == ["The mast is high.", "A lamp is there."]
    assert read("Boat", "Oars") == ["It is blue.", "Two oars lie here."]
    with pytest.raises(TaxonomyError, match="did you mean 'Oars'"):
        read("Oar")


def test_an_error_leads_from_documents_to_init(tmp_path: Path) -> None:
    (tmp_path / "boat.md").write_text("The mast is 9 metres high.\n")
    with pytest.raises(TaxonomyError, match="tutelage init"):
        load_taxonomy(tmp_path)
