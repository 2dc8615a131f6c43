"""Documents of every format become Markdown, or say why not."""

import re
from pathlib import Path

import pytest
from tutelage.core.errors import TaxonomyError
from tutelage.taxonomy.documents.document import Document, read_document
from tutelage.taxonomy.documents.passages import split

from tests.taxonomy.pdfs import pdf


def test_html_keeps_headings_and_items_and_drops_scripts(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(
        "<html><head><style>p {color: red}</style></head><body><nav>Home</nav>"
        "<h1>Boats &amp; yards</h1><p>The <b>Alma</b>\n is red.</p>"
        "<script>alert('x < y')</script><ul><li>One mast</li><li>Two sails</li></ul></body></html>",
        encoding="utf-8",
    )
    document = read_document(file, "page.html")
    found = [(passage.headings, passage.text) for passage in split(document, 50)]
    heading = ("Boats & yards",)
    assert found == [(heading, "The Alma is red."), (heading, "One mast"), (heading, "Two sails")]


def test_a_footer_that_only_says_whose_page_it_is_is_left_out(tmp_path: Path) -> None:
    page = "<p>Boats sail.</p><footer>{}</footer>"
    whose = _passages("a.html", page.format("&copy; 2024 The yard. All rights reserved."), tmp_path)
    assert [text for _, text in whose] == ["Boats sail."]
    told = _passages("b.html", page.format("Ring 112 at any hour."), tmp_path)
    assert [text for _, text in told] == ["Boats sail.", "Ring 112 at any hour."]


def test_other_files_and_other_bytes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.odt").write_bytes(b"PK")
    with pytest.raises(TaxonomyError, match=r"a\.odt: documents are read from"):
        read_document(tmp_path / "a.odt", "a.odt")
    (tmp_path / "a.md").write_bytes(b"Fine\nCaf\xe9")
    with pytest.raises(TaxonomyError, match=r"a\.md:2: cannot be read as UTF-8"):
        read_document(tmp_path / "a.md", "a.md")


def _passages(name: str, data: str | bytes, folder: Path) -> list[tuple[tuple[str, ...], str]]:
    file = folder / name
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    return [(passage.headings, passage.text) for passage in split(read_document(file, name), 50)]


def test_html_keeps_tables_and_code_whole(tmp_path: Path) -> None:
    page = """<h1>Berths</h1><table><tr><th>boat</th><th>berth</th></tr><tr><td>Alma</td>
<td>7</td></tr></table><pre><code>moor --berth 7
# no heading</code></pre><h2>Rules_for *all*</h2><p># 1. of many &lt;b&gt;</p>"""
    (_, table), (_, code), last = _passages("page.html", page, tmp_path)
    assert re.sub("[ -]+", "", table) == "|boat|berth|\n|||\n|Alma|7|"
    assert "moor --berth 7\n# no heading" in code
    assert last == (("Berths", "Rules_for *all*"), "# 1. of many <b>")


def test_a_page_in_the_charset_it_declares_is_read(tmp_path: Path) -> None:
    page = '<meta charset="iso-8859-1"><p>Café Vell opens.</p>'.encode("latin-1")
    assert _passages("a.html", page, tmp_path) == [((), "Café Vell opens.")]
    with pytest.raises(TaxonomyError, match="nor as the charset it declares"):
        _passages("b.html", page.replace(b"iso-8859-1", b"klingon"), tmp_path)


def test_markdown_marks_and_front_matter_are_no_text(tmp_path: Path) -> None:
    text = "---\ntitle: Boats\n---\nThe **Alma** is [red](https://a.example) &amp; `fast`.\n"
    assert _passages("a.md", text, tmp_path) == [((), "The Alma is red & fast.")]


def test_setext_headings_and_html_inside_markdown_are_read(tmp_path: Path) -> None:
    text = "Boats\n=====\n\n<div>The Alma\nis red.</div>\n\nYards\n-----\nOld.\n"
    found = [(("Boats",), "The Alma is red."), (("Boats", "Yards"), "Old.")]
    assert _passages("a.md", text, tmp_path) == found


def test_text_set_in_by_spaces_is_prose_in_a_text_file(tmp_path: Path) -> None:
    text = "Boats\n\n    The Alma is red.\n    It is fast.\n"
    assert _passages("a.txt", text, tmp_path)[1:] == [((), "The Alma is red. It is fast.")]
    assert _passages("a.md", text, tmp_path)[1:] == [((), "The Alma is red.\nIt is fast.")]


def _told(name: str, data: str, folder: Path) -> list[str]:
    return [text for _, text in _passages(name, data, folder)]


@pytest.mark.parametrize(
    "line",
    [
        "Press <Enter> to start.",
        "A List<String> holds <br> and &amp; too.",
        r"Delete C:\_temp\*.txt and __init__.py at once.",
        "> 5 kg is heavy.",
        "[1]: the first footnote",
        "<div>is a tag",
    ],
)
def test_a_text_file_says_what_it_says(tmp_path: Path, line: str) -> None:
    assert _told("a.txt", line, tmp_path) == [line]
    assert _told("a.txt", f"---\n{line}\n\n---\n", tmp_path) == [line]


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("Give <number> or <your name>.", "Give <number> or <your name>."),
        ("<number>", "<number>"),
        ("A List<String> ends </config>.", "A List<String> ends </config>."),
        ('Press <kbd>Ctrl</kbd><img src="a.png"> <a name="x">now<!-- so -->.', "Press Ctrl now."),
        ("One<br>two", "One two"),
        ("10<sup>6</sup> m<SUP>-2</SUP>, 2<sup>n + 1</sup>", "10^6 m^-2, 2^(n + 1)"),
        ("The 3<sup>rd</sup> of H<sub>2</sub>O<sup>[1]</sup>", "The 3rd of H2O[1]"),
        ("a</sup> b<sup>2</sup> c</sup> <sup>d", "a b^2 c d"),
        ("<table><tr><td>Alma</td><td>7</td></tr></table>", "| Alma | 7 |\n| --- | --- |"),
    ],
)
def test_html_in_markdown_is_read_as_what_it_shows(
    tmp_path: Path, markdown: str, text: str
) -> None:
    assert _told("a.md", markdown, tmp_path) == [text]


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>10<sup>6</sup> a year, the 2<sup>nd</sup></p>", "10^6 a year, the 2nd"),
        ("<p>Click <button>Save</button> to save.</p>", "Click Save to save."),
        ("<form><p>All is here.</p></form>", "All is here."),
        ("<p>In <select><option>A<option>B</select>May.</p>", "In May."),
        ("<p>Give &lt;number&gt; or List&lt;T&gt;.</p>", "Give <number> or List<T>."),
        ('<ol start="3"><li>Sail.</li></ol>', "3. Sail."),
    ],
)
def test_html_says_what_the_page_shows(tmp_path: Path, page: str, text: str) -> None:
    assert _told("a.html", page, tmp_path) == [text]


def test_a_pdf_is_read_with_its_bookmarks_as_headings(tmp_path: Path) -> None:
    data = pdf(
        [["Boats", "The Alma is red. It has a sea-", "worthy hull."], ["The Bris <1> is blue."]],
        bookmarks=[("Boats", 0), ("More boats", 1)],
    )
    assert _passages("a.pdf", data, tmp_path) == [
        (("Boats",), "The Alma is red. It has a seaworthy hull."),
        (("More boats",), "The Bris <1> is blue."),
    ]


def test_running_heads_of_a_pdf_are_left_out(tmp_path: Path) -> None:
    pages = [["The harbour book", f"Fact {word}.", str(n)] for n, word in enumerate("abcd")]
    texts = [text for _, text in _passages("a.pdf", pdf(pages), tmp_path)]
    assert " ".join(texts) == "Fact a. Fact b. Fact c. Fact d."


def test_a_pdf_without_text_was_scanned(tmp_path: Path) -> None:
    with pytest.raises(TaxonomyError, match=r"a\.pdf: 2 pages without text.*run OCR"):
        _passages("a.pdf", pdf([[], []]), tmp_path)


def test_what_is_no_pdf_is_named(tmp_path: Path) -> None:
    for data in (b"", b"%PDF-1.7\nnonsense", pdf([["x"]])[:200]):
        with pytest.raises(TaxonomyError, match=r"a\.pdf: not a readable PDF"):
            _passages("a.pdf", data, tmp_path)


def test_a_blank_document_knows_it(tmp_path: Path) -> None:
    assert Document("a.md", "---\n \n", "digest").is_empty
    assert not Document("a.md", "7", "digest").is_empty
