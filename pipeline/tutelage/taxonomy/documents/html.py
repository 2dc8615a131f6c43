"""HTML as Markdown.

By markdownify on Beautiful Soup with Python's own parser: it keeps headings, lists, tables and
code, needs no compiled part, and takes any markup. Extractors of a page's main text (trafilatura)
leave out what they take for decoration, which in a manual may be the table that matters.
"""

import re
import warnings
from pathlib import Path
from typing import Any

from tutelage.core.errors import TaxonomyError
from tutelage.taxonomy.documents.html_tables import close_implied, square_tables

_NOT_TEXT = ("script", "style", "nav", "template", "noscript", "svg", "iframe", "select")
_BLOCKS = (
    *("address", "aside", "center", "details", "dialog", "fieldset", "figcaption", "figure"),
    *("footer", "form", "header", "hgroup", "legend", "main", "menu", "search", "summary"),
)
"""What browsers begin a line for, and markdownify does not."""
_NOTICE_WORDS = 20
"""Words of a footer that only says whose page it is (`© ...`), at most."""
_OPTIONS: dict[str, Any] = {
    "heading_style": "ATX",
    "bullets": "-",
    "escape_misc": True,
    "strip": ["a", "img", "b", "strong", "em", "i"],
    "table_infer_header": True,
    "sup_symbol": "<sup>",
}


def html_to_markdown(data: bytes, file: Path) -> str:
    """Markdown of an HTML page; raises TaxonomyError where it cannot be decoded or is too deep."""
    return convert(_decoded(data, file), file)


def convert(text: str, file: Path) -> str:
    """Markdown of the text of a page, or of a part of one."""
    from bs4 import BeautifulSoup
    from markdownify import MarkdownConverter

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it looks like XML or like a file name
            page = BeautifulSoup(text, "html.parser")
            for tag in page.find_all(_NOT_TEXT):
                tag.decompose()
            for tag in page.find_all("footer"):
                if "©" in (said := tag.get_text(" ")) and len(said.split()) <= _NOTICE_WORDS:
                    tag.decompose()
            close_implied(page)
            square_tables(page)
            for tag in page.find_all(_BLOCKS):
                tag.name = "div"
            return _tidy(str(MarkdownConverter(**_OPTIONS).convert_soup(page.body or page)))
    except RecursionError as exc:
        raise TaxonomyError(f"{file}: tags stand inside each other too deeply") from exc


def _decoded(data: bytes, file: Path) -> str:
    """As UTF-8, else as the page itself declares."""
    from bs4.dammit import EncodingDetector

    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        declared = EncodingDetector.find_declared_encoding(data, is_html=True)
        try:
            return data.decode(declared or "utf-8")
        except (LookupError, ValueError):
            raise TaxonomyError(
                f"{file}: cannot be read as UTF-8 text, nor as the charset it declares "
                f"({declared or 'none'}); save it as UTF-8"
            ) from exc


def _tidy(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)).strip()
