"""Linting: our own taxonomies are sound, and every kind of finding tells what to do."""

import json
import sys
from pathlib import Path

import pytest
from tutelage.authoring.lint.lint_taxonomy import lint_taxonomy
from tutelage.cli.app import main
from tutelage.core.errors import TaxonomyError
from tutelage.taxonomy.load import load_taxonomy

from tests.taxonomy.pdfs import pdf
from tests.trees import HARBOUR, HARBOUR_PATH, NOTICES, NOTICES_PATH, harbour, plant

ROOT = Path(__file__).parents[2]
OWN = sorted(path for path in (ROOT / "taxonomies").iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", OWN, ids=lambda folder: folder.name)
def test_our_own_taxonomies_have_no_errors(folder: Path) -> None:
    linted = lint_taxonomy(folder)
    assert linted.leaves > 0
    assert [str(f) for f in linted.findings if f.severity == "error"] == []


def test_form_and_substance_are_found_in_one_pass(tmp_path: Path) -> None:
    text = NOTICES.replace("samples: 6", "sample: 6").replace('"boat": "Bris", ', "")
    plant(tmp_path, {NOTICES_PATH: text, "knowledge/none": "seed_examples: []"})
    codes = {finding.code for finding in lint_taxonomy(tmp_path).findings}
    assert {"unknown-key", "answer-fails-verify", "no-seeds", "few-seeds"} <= codes


def test_a_seed_is_held_against_the_examples_of_every_leaf(tmp_path: Path) -> None:
    skill = "seed_examples: [{question: How high is the tower of Brae in metres?, answer: '40'}]\n"
    held = "eval_examples: [{question: How high is the tower of Brae in metres?, answer: '40'}]\n"
    plant(
        tmp_path,
        {
            "foundational_skills/a": skill,
            "foundational_skills/b": skill.replace("tower of Brae", "bridge at Holm") + held,
        },
    )
    (leak,) = [f for f in lint_taxonomy(tmp_path).findings if f.code == "leak-in-seed"]
    assert leak.file.parent.name == "a"
    assert "line 2 of foundational_skills/b" in leak.message


def test_a_document_that_asks_the_held_out_question_is_noted(tmp_path: Path) -> None:
    harbour(tmp_path)
    asked = "# Questions\n\n## What does a night in Elsmere's harbour cost?\n\n25 crowns.\n"
    (tmp_path / HARBOUR_PATH / "docs" / "faq.md").write_text(asked, encoding="utf-8")
    (leak,) = [f for f in lint_taxonomy(tmp_path).findings if f.code == "leak-in-document"]
    assert (leak.place, leak.severity) == ("eval_examples.0.question", "warning")
    assert "docs/faq.md says 'what does a night in" in leak.message


def test_a_leaf_that_is_a_link_out_of_the_taxonomy_is_refused(tmp_path: Path) -> None:
    harbour(tmp_path / "tree")
    secret = tmp_path / "secret.yaml"
    secret.write_text(NOTICES, encoding="utf-8")
    linked = tmp_path / "tree" / "knowledge" / "linked" / "qna.yaml"
    linked.parent.mkdir()
    linked.symlink_to(secret)
    errors = [f for f in lint_taxonomy(tmp_path / "tree").findings if f.severity == "error"]
    assert [(f.file, f.code) for f in errors] == [(linked, "leaf-outside")]


def test_a_commit_out_of_reach_is_an_error_that_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    source = f'{{repo: "file://{tmp_path}/none", commit: "{"a" * 40}", patterns: ["*.md"]}}'
    text = HARBOUR.replace("{path: [docs/*.md]}", source)
    plant(tmp_path / "tree", {HARBOUR_PATH: text})
    errors = [f for f in lint_taxonomy(tmp_path / "tree").findings if f.severity == "error"]
    assert [(f.code, f.line) for f in errors] == [("document-unreachable", 3)]
    assert "add `path: [docs/*.md]`" in errors[0].message


def test_a_folder_without_leaves_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TaxonomyError, match=r"no qna\.yaml found"):
        lint_taxonomy(tmp_path)


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setattr(sys, "path", sys.path.copy())
    monkeypatch.setattr(sys, "argv", ["tutelage", "lint", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_warnings_end_well_and_errors_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    harbour(tmp_path)
    assert _run(monkeypatch, str(tmp_path)) == 0
    *lines, document, summary = capsys.readouterr().out.splitlines()
    assert summary.startswith("2 leaves: ")
    assert document.startswith(f"{HARBOUR_PATH}: docs/harbour.md: ")
    assert "passages, " in document
    assert all(" warning[" in line for line in lines)
    plant(tmp_path, {NOTICES_PATH: NOTICES.replace("samples: 6", "samples: 0")})
    assert _run(monkeypatch, str(tmp_path)) == 2
    wanted = f"{tmp_path / NOTICES_PATH / 'qna.yaml'}:5: error[unsampled] samples: nobody samples"
    assert wanted in capsys.readouterr().out


def test_machines_read_the_same_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plant(tmp_path, {NOTICES_PATH: NOTICES.replace("samples: 6", "samples: 0")})
    assert _run(monkeypatch, str(tmp_path), "--json") == 2
    told = json.loads(capsys.readouterr().out)
    assert (told["schema"], told["leaves"], told["errors"]) == (1, 1, 1)
    (error,) = [finding for finding in told["findings"] if finding["severity"] == "error"]
    assert (error["code"], error["line"], error["place"]) == ("unsampled", 5, "samples")


@pytest.mark.parametrize("name", ["qna.yml", "QNA.yaml"])
def test_a_misnamed_leaf_is_named_everywhere(tmp_path: Path, name: str) -> None:
    plant(tmp_path, {NOTICES_PATH: NOTICES})
    file = tmp_path / NOTICES_PATH / "qna.yaml"
    file.rename(file.with_name(name))
    with pytest.raises(TaxonomyError, match=rf"no qna\.yaml found.*{name} is not read.*rename it"):
        load_taxonomy(tmp_path)
    plant(tmp_path, {"knowledge/other": HARBOUR.replace("document: {path: [docs/*.md]}", "")})
    with pytest.raises(TaxonomyError, match=rf"{name}: is not read: .*rename it"):
        load_taxonomy(tmp_path)
    plant(tmp_path, {NOTICES_PATH: NOTICES})  # beside a leaf of the right name it may be a copy
    load_taxonomy(tmp_path)
    assert "unread-file" in {finding.code for finding in lint_taxonomy(tmp_path).findings}


def test_documents_without_passages_and_doubtful_ones_are_named(tmp_path: Path) -> None:
    harbour(tmp_path)
    docs = tmp_path / HARBOUR_PATH / "docs"
    (docs / "headings.md").write_text("# One\n\n## Two\n\n### The pump weighs 12 kg\n")
    (docs / "scan.pdf").write_bytes(pdf([["The Alma."], []]))
    qna = tmp_path / HARBOUR_PATH / "qna.yaml"
    qna.write_text(qna.read_text().replace("docs/*.md", "docs/*"))
    linted = lint_taxonomy(tmp_path)
    found = {f.code: f.message for f in linted.findings}
    assert found["no-passages"].startswith("'docs/headings.md' has headings and no text")
    assert found["document-doubtful"].startswith("'docs/scan.pdf': page 2: no text there")
    by_name = {document.name: document for document in linted.documents}
    assert by_name["docs/headings.md"].passages == 0
    assert (by_name["docs/scan.pdf"].pages, by_name["docs/scan.pdf"].passages) == (2, 1)
    assert by_name["docs/scan.pdf"].left_out[0].startswith("page 2: no text there")
