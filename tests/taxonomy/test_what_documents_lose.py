"""Documents lose nothing silently: it is read, or named with file and page."""

import io
import zipfile
from pathlib import Path

import pytest
from tutelage.core.errors import TaxonomyError
from tutelage.taxonomy.documents.document import Document, read_document
from tutelage.taxonomy.documents.html import convert
from tutelage.taxonomy.documents.passages import split

from tests.taxonomy.pdfs import pdf, placed

FILES = Path(__file__).parent / "files"


def read(folder: Path, name: str, data: str | bytes) -> Document:
    file = folder / name
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_document(file, name)


def told(document: Document) -> list[str]:
    return [passage.text for passage in split(document, 1)]


@pytest.mark.parametrize(
    ("rows", "table"),
    [
        (
            "<tr><th>Region<th>Part<th>Units<tr><td rowspan=2>North<td>Pumps<td>12"
            "<tr><td>Valves<td>7",
            ["Region|Part|Units", "North|Pumps|12", "North|Valves|7"],
        ),
        (
            "<tr><th>a</th><th>b</th><th>c</th></tr><tr><td colspan='2'>x</td><td>y</td></tr>",
            ["a|b|c", "x|x|y"],
        ),
        (
            "<tr><td rowspan=0>x<td colspan=2 rowspan=2>y</td></tr><tr></tr><tr><td>z</td></tr>",
            ["x|y|y", "x|y|y", "x|z|"],
        ),
        (
            "<thead><tr><th rowspan=2>Boat</th><th colspan=2>Size</th></tr><tr><th>m</th><th>t</th>"
            "</tr></thead><tfoot><tr><td>All</td><td>9</td><td>8</td></tr></tfoot>"
            "<tbody><tr><td>Alma</td><td>7</td></tr></tbody>",
            ["Boat|Size m|Size t", "Alma|7|", "All|9|8"],
        ),
        (
            "<tr><td>a|b</td><td><ul><li>x<li>y</ul></td></tr><tr><td><table><tr><td>1<td>2</table>"
            "</td><td>c<br>d</td></tr>",
            ["a\\|b|- x - y", "1, 2|c d"],
        ),
        ("<tr><td rowspan='-1'>a</td><td colspan='many'>b</td></tr>", ["a|b"]),
    ],
)
def test_a_spanning_cell_stands_in_every_row_and_column_it_reaches(
    rows: str, table: list[str]
) -> None:
    found = convert(f"<table>{rows}</table>", Path("a.html")).split("\n")
    cells = [line.removeprefix("| ").removesuffix(" |").replace(" | ", "|") for line in found]
    assert [cells[0], *cells[2:]] == table


@pytest.mark.parametrize(
    ("page", "texts"),
    [
        ("<div>Weight: 12 kg</div><div>Height: 3 m</div>", ["Weight: 12 kg", "Height: 3 m"]),
        ("<details><summary>More</summary>Hidden.</details>End.", ["More", "Hidden.", "End."]),
        ("<address>Quay 1</address><main>Open.</main>", ["Quay 1", "Open."]),
        ("<figure><img alt=x><figcaption>The Alma.</figcaption></figure>It.", ["The Alma.", "It."]),
        ("<ul><li>One<li>Two</ul>", ["One", "Two"]),
        ("<form><legend>Name</legend><p>Alma</p></form>", ["Name", "Alma"]),
    ],
)
def test_neighbouring_blocks_are_not_glued(tmp_path: Path, page: str, texts: list[str]) -> None:
    assert told(read(tmp_path, "a.html", page)) == texts


def test_tables_and_headings_of_html_in_markdown_are_read_as_such(tmp_path: Path) -> None:
    text = (
        '<h2 align="center">Berths</h2>\n\n<table>\n<tr><th>boat</th><th>berth</th></tr>\n\n'
        "<tr><td>Alma</td><td>7</td></tr>\n</table>\n\nIt is red.\n\n```html\n<table><tr><td>x"
        "</td></tr></table>\n```\n\nUse `<table>` so.\n"
    )
    passages = list(split(read(tmp_path, "a.md", text), 1))
    assert {passage.headings for passage in passages} == {("Berths",)}
    table, prose, code, inline = (passage.text for passage in passages)
    assert table == "| boat | berth |\n| --- | --- |\n| Alma | 7 |"
    assert prose == "It is red."
    assert "<table><tr><td>x</td></tr></table>" in code
    assert inline == "Use <table> so."


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("---\ntitle: Boats\ntags: [a, b]\n---\nThe Alma.\n", ["The Alma."]),
        ("---\n\nThe pump weighs 12 kg.\n\n---\n\nEnd.\n", ["The pump weighs 12 kg.", "End."]),
        ("---\nThe pump weighs 12 kg.\n\n---\n\nEnd.\n", ["The pump weighs 12 kg.", "End."]),
        ("---\n- one\n- two\n\n---\n\nEnd.\n", ["one", "two", "End."]),
        (
            "---\nThe pump: it weighs 12 kg.\n\n---\n\nEnd.\n",
            ["The pump: it weighs 12 kg.", "End."],
        ),
        ("---\nOpen.\n", ["Open."]),
    ],
)
def test_front_matter_is_a_mapping_in_yaml(tmp_path: Path, text: str, texts: list[str]) -> None:
    document = read(tmp_path, "a.md", text)
    assert told(document) == texts
    assert bool(document.left_out) == (texts == ["The Alma."])


def test_what_was_left_out_is_named(tmp_path: Path) -> None:
    document = read(tmp_path, "a.md", "---\ntitle: Boats\n---\nThe Alma.\n")
    assert document.left_out == ("front matter, lines 1-3",)
    pages = [["The harbour book", f"Fact {word}.", str(n)] for n, word in enumerate("abcd")]
    assert (
        "the running head or foot 'The harbour book'"
        in read(tmp_path, "a.pdf", pdf(pages)).left_out
    )


def test_pages_without_text_are_named(tmp_path: Path) -> None:
    document = read(tmp_path, "a.pdf", pdf([["The Alma."], [], [], ["The Bris."], []]))
    assert told(document) == ["The Alma.", "The Bris."]
    assert document.pages == 5
    (warning,) = document.warnings
    assert warning.startswith("pages 2-3, 5: no text there")


def test_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    left = ["The Ordan pump weighs", "twelve kilograms and is", "made of steel from Velm."]
    right = ["The valve of the Ordan", "costs nine euros and is", "sold in pairs only."]
    by_row = [
        (text, x, 700 - 16 * n)
        for n, pair in enumerate(zip(left, right, strict=True))
        for text, x in zip(pair, (60, 320), strict=True)
    ]
    document = read(tmp_path, "a.pdf", placed([("Handbook", 60, 740), *by_row, ("Next.", 60, 600)]))
    assert " ".join(told(document)) == " ".join(["Handbook", *left, *right, "Next."])


def test_rows_of_cells_are_a_table(tmp_path: Path) -> None:
    cells = [("Part", "Units"), ("Pump", "12"), ("Long valve", "7")]
    places = [
        (text, x, 700 - 20 * n)
        for n, row in enumerate(cells)
        for text, x in zip(row, (60, 250), strict=True)
    ]
    (table,) = told(read(tmp_path, "a.pdf", placed(places)))
    assert table == "| Part | Units |\n| --- | --- |\n| Pump | 12 |\n| Long valve | 7 |"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("no-print-aes256.pdf", "The Alma is red."),
        ("ligatures.pdf", "Die Alma hat 42 Liegeplätze. Der Office-Flofl ist fix."),
        ("hebrew.pdf", "עומק המים הוא 42 מטרים."),
        ("arabic.pdf", "عمق الماء في الميناء ١٢ مترا."),
    ],
)
def test_pdfs_of_every_kind(name: str, text: str) -> None:
    document = read_document(FILES / name, name)
    assert " ".join(told(document)) == text
    assert document.warnings == ()


def test_a_pdf_with_a_password_asks_for_a_copy_without() -> None:
    with pytest.raises(TaxonomyError, match=r"password-aes256\.pdf: asks for a password"):
        read_document(FILES / "password-aes256.pdf", "a.pdf")


def epub(*chapters: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as book:
        book.writestr("META-INF/container.xml", "<rootfile full-path='OPS/book.opf'/>")
        items = "".join(f"<item id='c{n}' href='c%20{n}.xhtml'/>" for n in range(len(chapters)))
        order = "".join(f"<itemref idref='c{n}'/>" for n in reversed(range(len(chapters))))
        book.writestr("OPS/book.opf", f"<manifest>{items}</manifest><spine>{order}</spine>")
        for n, chapter in enumerate(chapters):
            book.writestr(f"OPS/c {n}.xhtml", f"<html><body>{chapter}</body></html>")
    return stream.getvalue()


def test_an_epub_is_read_in_the_order_of_its_spine(tmp_path: Path) -> None:
    document = read(
        tmp_path, "a.epub", epub("<h1>Two</h1><p>Last.</p>", "<h1>One</h1><p>First.</p>")
    )
    found = [(passage.headings, passage.text) for passage in split(document, 1)]
    assert found == [(("One",), "First."), (("Two",), "Last.")]
    assert document.pages == 2
    with pytest.raises(TaxonomyError, match=r"b\.epub: not a readable EPUB"):
        read(tmp_path, "b.epub", b"PK\x03\x04nonsense")


def test_slides_keep_titles_tables_and_notes(tmp_path: Path) -> None:
    pptx = pytest.importorskip("pptx", reason="the extra `documents` is not installed")
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Berths"
    table = slide.shapes.add_table(3, 2, 0, 0, 9_000_000, 900_000).table
    for place, text in {
        (0, 0): "boat",
        (0, 1): "berth",
        (1, 0): "Alma",
        (1, 1): "7",
        (2, 1): "8",
    }.items():
        table.cell(*place).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    slide.notes_slide.notes_text_frame.text = "The Alma is red."
    deck.slides.add_slide(deck.slide_layouts[6])
    deck.save(tmp_path / "made.pptx")
    document = read_document(tmp_path / "made.pptx", "made.pptx")
    found = [(passage.headings, passage.text) for passage in split(document, 1)]
    grid = "| boat | berth |\n| --- | --- |\n| Alma | 7 |\n| Alma | 8 |"
    assert found == [(("Berths",), grid), (("Berths",), "The Alma is red.")]
    assert document.pages == 2
    assert document.warnings == ("slides without text: 2",)
    with pytest.raises(TaxonomyError, match=r"b\.pptx: not a readable PPTX"):
        read(tmp_path, "b.pptx", b"nonsense")


WORD = """<?xml version="1.0" encoding="UTF-8"?><w:document
 xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>
<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Berths</w:t></w:r></w:p>
<w:p><w:r><w:t>The Alma is red.</w:t></w:r></w:p>
<w:tbl><w:tr><w:tc><w:p><w:r><w:t>boat</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>berth</w:t></w:r>
</w:p></w:tc></w:tr><w:tr><w:tc><w:p><w:r><w:t>Alma</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>7</w:t>
</w:r></w:p></w:tc></w:tr></w:tbl></w:body></w:document>"""
RELATIONS = """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
 Target="word/document.xml"/></Relationships>"""


def test_a_word_document_keeps_headings_and_tables(tmp_path: Path) -> None:
    pytest.importorskip("mammoth", reason="the extra `documents` is not installed")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as parts:
        parts.writestr("_rels/.rels", RELATIONS)
        parts.writestr("word/document.xml", WORD)
        parts.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        )
    document = read(tmp_path, "a.docx", stream.getvalue())
    assert "The Alma is red." in told(document)
    assert "| boat | berth |\n| --- | --- |\n| Alma | 7 |" in told(document)
    with pytest.raises(TaxonomyError, match=r"b\.docx: not a readable DOCX"):
        read(tmp_path, "b.docx", b"nonsense")
