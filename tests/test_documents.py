"""Documents become passages: whole sentences, each under its headings."""

from pathlib import Path

import pytest

from pipeline.documents import Document, read_document, sentences, split
from pipeline.errors import TaxonomyError

TEXT = """# Boats
The Alma is red. The Bris is blue.
It has a mast.

## Repairs ##
- Dr. Holm mends sails.
- The yard opens at 7 a.m. daily.
1. Ask first.

### Prices
A sail costs 90 crowns.

## Sale
All sold.
"""


def _split(text: str, max_words: int) -> list[tuple[tuple[str, ...], str]]:
    document = Document("a.md", text, "digest")
    return [(passage.headings, passage.text) for passage in split(document, max_words)]


def test_passages_stand_under_their_headings() -> None:
    assert _split(TEXT, 100) == [
        (("Boats",), "The Alma is red. The Bris is blue. It has a mast."),
        (("Boats", "Repairs"), "Dr. Holm mends sails."),
        (("Boats", "Repairs"), "The yard opens at 7 a.m. daily."),
        (("Boats", "Repairs"), "Ask first."),
        (("Boats", "Repairs", "Prices"), "A sail costs 90 crowns."),
        (("Boats", "Sale"), "All sold."),
    ]


def test_a_passage_is_cut_between_sentences_only() -> None:
    texts = [text for _, text in _split("One two three. Four five. Six.", 5)]
    assert texts == ["One two three. Four five.", "Six."]
    assert [text for _, text in _split("A much longer sentence. Short.", 1)] == [
        "A much longer sentence.",
        "Short.",
    ]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Dr. Holm met Mr. Berg. They spoke.", 2),
        ("J. Holm wrote it. It sold.", 2),
        ("Tools, e.g. Hammers, are here. Good.", 2),
        ('He said "Stop." Then he left.', 2),
        ("It costs 3.50 crowns. Pay here!", 2),
        ("no end", 1),
    ],
)
def test_abbreviations_and_initials_end_no_sentence(text: str, count: int) -> None:
    assert len(list(sentences(text))) == count


def test_ids_are_stable_and_tell_passages_apart() -> None:
    passages = list(split(Document("a.md", TEXT, "digest"), 1))
    assert len({passage.id for passage in passages}) == len(passages)
    again = list(split(Document("a.md", TEXT, "another digest"), 1))
    assert [passage.id for passage in again] == [passage.id for passage in passages]


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


def test_other_files_and_other_bytes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(b"PK")
    with pytest.raises(TaxonomyError, match=r"a\.docx: documents are read from"):
        read_document(tmp_path / "a.docx", "a.docx")
    (tmp_path / "a.md").write_bytes(b"\xff\xfe")
    with pytest.raises(TaxonomyError, match=r"a\.md: cannot be read as UTF-8"):
        read_document(tmp_path / "a.md", "a.md")
