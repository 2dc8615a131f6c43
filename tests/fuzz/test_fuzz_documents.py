"""Whatever bytes a document has, it gives passages or one TaxonomyError."""

from pathlib import Path

import pytest
from hypothesis import strategies as st
from tutelage.core.errors import TaxonomyError
from tutelage.core.language.token_length import likely_tokens
from tutelage.taxonomy.documents.document import read_document
from tutelage.taxonomy.documents.passages import chunks, split

from tests.fuzz.fuzzing import LETTERS, fuzz, mutated, mutated_bytes
from tests.fuzz.ten_scripts import TEN_SCRIPTS
from tests.taxonomy.pdfs import pdf
from tests.trees import HARBOUR_TEXT

PAGE = (
    "<html><body><h1>Boats &amp; yards</h1><p>The <b>Alma</b> is red.</p><ul><li>One<li>Two</ul>"
    "<table><tr><th>a</th></tr><tr><td>7</td></tr></table><pre><code>x\n y</code></pre></body>"
)
MARKDOWN = (
    f"---\na: b\n---\n{HARBOUR_TEXT}\n- one\n  - two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> ```\n"
)
SCRIPTS = [f"# {ask}\n\n{say} {say}\n\n- {say}\n" for ask, say in TEN_SCRIPTS.values()]
TABLES = (
    "<table><thead><tr><th rowspan=2>a<th colspan=2>b</tr><tr><th>c<th>d</tr></thead>"
    "<tr><td rowspan=0>1<td>2<table><tr><td>3</table><td>4</tr><tfoot><tr><td>5</tfoot></table>"
)
PDF = pdf([["Boats", "The Alma is red."], ["Yards"]], bookmarks=[("Boats", 0), ("Yards", 1)])


def _read(file: Path) -> None:
    try:
        document = read_document(file, file.name)
    except TaxonomyError:
        return
    for passage in [*split(document, 10), *chunks(document, 12, 4, lambda text: len(text) // 4)]:
        assert passage.text.strip()
    assert all(likely_tokens(passage.text) <= 30 for passage in split(document, 10, 30))


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("a.md", mutated(MARKDOWN, *SCRIPTS) | LETTERS),
        ("a.txt", mutated(MARKDOWN, *SCRIPTS)),
        ("a.html", mutated(PAGE, TABLES) | LETTERS),
        ("b.md", mutated(f"Before.\n\n{TABLES}\n\n<h2>After</h2>\n\n{PAGE}")),
    ],
)
def test_a_document_of_any_text(tmp_path: Path, name: str, texts: st.SearchStrategy[str]) -> None:
    def check(text: str) -> None:
        (tmp_path / name).write_bytes(text.encode("utf-8", "surrogatepass"))
        _read(tmp_path / name)

    fuzz(texts, check)


@pytest.mark.parametrize("name", ["a.pdf", "a.html", "a.md", "a.epub", "a.docx", "a.pptx"])
def test_a_document_of_any_bytes(tmp_path: Path, name: str) -> None:
    def check(data: bytes) -> None:
        (tmp_path / name).write_bytes(data)
        _read(tmp_path / name)

    fuzz(mutated_bytes(PDF, PAGE.encode("utf-16"), MARKDOWN.encode()), check)


@pytest.mark.parametrize("opener", ["<div>", "> ", "- ", "[", "*", "<b><p>", "| a "])
@pytest.mark.parametrize("name", ["a.html", "a.md"])
def test_marks_nested_beyond_reason(tmp_path: Path, name: str, opener: str) -> None:
    (tmp_path / name).write_text(opener * 2_000 + "text")
    _read(tmp_path / name)
