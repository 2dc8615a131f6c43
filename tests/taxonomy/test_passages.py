"""Documents become passages: whole sentences, each under its headings."""

import pytest
from tutelage.core.language.sentences import sentences
from tutelage.core.language.token_length import likely_tokens
from tutelage.taxonomy.documents.document import Document
from tutelage.taxonomy.documents.passages import chunks, split

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
        (("Boats", "Repairs"), "1. Ask first."),
        (("Boats", "Repairs", "Prices"), "A sail costs 90 crowns."),
        (("Boats", "Sale"), "All sold."),
    ]


def test_items_of_a_numbered_list_keep_their_numbers() -> None:
    text = "3. Shut the valve. Wait.\n4. Lift it.\n   - By hand.\n\n7) Sail."
    assert [text for _, text in _split(text, 3)] == [
        *("3. Shut the valve.", "Wait.", "4. Lift it.", "By hand.", "7) Sail."),
    ]
    found = "3. Shut the valve. Wait.\n4. Lift it.\n- By hand.\n7) Sail."
    assert [text for _, text in _chunks(text, 50)] == [found]


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
        ("She asked why. Nobody knew. »Gut.« Él vino.", 4),
        ("船は赤い。帆は白い！「古い。」終わり", 4),
        ("It costs 3.50 crowns. Pay here!", 2),
        ("no end", 1),
    ],
)
def test_abbreviations_and_initials_end_no_sentence(text: str, count: int) -> None:
    assert len(list(sentences(text))) == count


def test_a_closing_quote_stays_with_its_sentence() -> None:
    text = 'He said "Stop." Then he left. “Why?” Nobody (it seems.) asked.'
    assert list(sentences(text)) == [
        'He said "Stop."',
        "Then he left.",
        "“Why?”",
        "Nobody (it seems.) asked.",
    ]


def test_ids_are_stable_and_tell_passages_apart() -> None:
    passages = list(split(Document("a.md", TEXT, "digest"), 1))
    assert len({passage.id for passage in passages}) == len(passages)
    again = list(split(Document("a.md", TEXT, "another digest"), 1))
    assert [passage.id for passage in again] == [passage.id for passage in passages]


TABLE = "| boat | berth |\n|---|---|\n| Alma | 7 |\n| Bris | 19 |"
CODE = "```sh\nmoor --berth 7\n\n# not a heading\n```"


def _words(text: str) -> int:
    return len(text.split())


def _chunks(text: str, size: int, overlap: int = 0) -> list[tuple[tuple[str, ...], str]]:
    document = Document("a.md", text, "digest")
    return [(c.headings, c.text) for c in chunks(document, size, overlap, _words)]


def test_a_section_that_fits_is_one_chunk_with_its_headings() -> None:
    assert _chunks(TEXT, 100) == [
        (("Boats",), "The Alma is red. The Bris is blue. It has a mast."),
        (
            ("Boats", "Repairs"),
            "- Dr. Holm mends sails.\n- The yard opens at 7 a.m. daily.\n1. Ask first.",
        ),
        (("Boats", "Repairs", "Prices"), "A sail costs 90 crowns."),
        (("Boats", "Sale"), "All sold."),
    ]


def test_tables_and_code_are_whole_where_they_fit() -> None:
    texts = [text for _, text in _chunks(f"Before.\n\n{TABLE}\n\n{CODE}\n\nAfter.", 20)]
    assert texts == [f"Before.\n\n{TABLE}", f"{CODE}\n\nAfter."]
    assert [text for _, text in _split(f"{TABLE}\n\n{CODE}", 1)] == [TABLE, CODE]


LONG_TABLE = "| boat | berth |\n|---|---|\n" + "\n".join(f"| Alma {n} | {n} |" for n in range(400))
LONG_LINE = "Trace: " + " ".join(
    f"at org.ordan.pump.Step{n}.go(Step{n}.java:{n})" for n in range(900)
)
LONG_CODE = "```sh\n" + "\n".join(f"moor --berth {n}" for n in range(300)) + "\n```"
WITHOUT_SPACES = "港口的水深四米起重机能吊十二吨" * 200


@pytest.mark.parametrize("text", [LONG_TABLE, LONG_LINE, LONG_CODE, WITHOUT_SPACES, "x" * 5_000])
@pytest.mark.parametrize("name", ["a.md", "a.txt"])
def test_a_passage_has_an_upper_bound_whatever_the_text(text: str, name: str) -> None:
    document = Document(name, f"# Boats\n\nThe Alma is red.\n\n{text}\n\nThe end.", "digest")
    for found in (
        list(split(document, 1, 60, likely_tokens)),
        list(chunks(document, 60, 0, likely_tokens)),
    ):
        assert len(found) > 10
        assert max(likely_tokens(passage.text) for passage in found) <= 60
        assert found[0].headings == ("Boats",) and "The end." in found[-1].text
        said = "".join("".join(p.text.split()) for p in found)
        assert all(said.count("".join(part.split())) for part in text.split()[-20:])


def test_parts_of_a_table_have_its_header_and_of_code_its_fence() -> None:
    passages = [text for _, text in _split(LONG_TABLE, 1)]
    assert all(text.startswith("| boat | berth |\n|---|---|\n| Alma ") for text in passages)
    assert "".join(passages).count("| Alma ") == 400
    parts = [text for _, text in _split(LONG_CODE, 1)]
    assert len(parts) > 1
    assert all(text.startswith("```sh\nmoor") and text.endswith("\n```") for text in parts)


def test_a_paragraph_is_parted_only_where_it_is_too_long() -> None:
    text = "One two three.\n\nFour five. Six seven.\n\nEight nine ten. Eleven twelve."
    assert [found for _, found in _chunks(text, 5)] == [
        "One two three.",
        "Four five. Six seven.",
        "Eight nine ten. Eleven twelve.",
    ]
    assert [found for _, found in _chunks(text, 4)] == [
        "One two three.",
        "Four five. Six seven.",
        "Eight nine ten.",
        "Eleven twelve.",
    ]


def test_chunks_of_a_section_overlap_by_whole_sentences() -> None:
    text = "One two. Three four. Five six. Seven eight.\n\n# Next\n\nNine."
    assert [found for _, found in _chunks(text, 4, overlap=2)] == [
        "One two. Three four.",
        "Three four. Five six.",
        "Five six. Seven eight.",
        "Nine.",
    ]
    assert _chunks(text, 4, overlap=1) == _chunks(text, 4)


def test_a_sentence_that_is_too_long_is_parted_between_words() -> None:
    text = " ".join(f"word{n}" for n in range(100))
    found = [text for _, text in _chunks(text, 30)]
    assert " ".join(found) == text
    assert all(_words(chunk) <= 30 for chunk in found)
    letters = Document("a.md", "x" * 100, "digest")
    assert [c.text for c in chunks(letters, 30, 0, len)] == ["x" * 25] * 4


@pytest.mark.parametrize("size", [5, 20, 50])
@pytest.mark.parametrize("overlap", [0, 3, 10])
def test_no_chunk_is_longer_than_asked_and_no_word_is_lost(size: int, overlap: int) -> None:
    text = "\n\n".join(f"# Part {n}\n\n" + f"It is {n} long. " * n for n in range(12))
    found = _chunks(text, size, overlap)
    assert all(_words(chunk) <= size for _, chunk in found)
    if not overlap:
        words = [word for _, chunk in found for word in chunk.split()]
        assert words == [w for n in range(12) for w in (f"It is {n} long. " * n).split()]


def test_a_fence_that_opens_with_a_long_line_keeps_the_bound() -> None:
    text = "```" + "<td>a long line of markup</td>" * 12 + "\nx = 1\n```"
    parts = list(split(Document("a.md", text, "d"), 10, 30))
    assert all(likely_tokens(part.text) <= 30 for part in parts)
    assert "".join(part.text for part in parts).count("markup") == 12
