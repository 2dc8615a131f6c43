"""A PDF writer of the smallest kind: lines of Helvetica on pages, and bookmarks."""

from collections.abc import Sequence


def pdf(pages: Sequence[Sequence[str]], bookmarks: Sequence[tuple[str, int]] = ()) -> bytes:
    """A PDF with one text line per line of each page; bookmarks are a title and a page number."""
    first = 4  # after catalog, page tree and font
    kids = [first + 2 * n for n in range(len(pages))]
    outline = first + 2 * len(pages)
    entries = range(outline + 1, outline + 1 + len(bookmarks))
    shown = f"/Outlines {outline} 0 R" if bookmarks else ""
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {shown} >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{' '.join(f'{n} 0 R' for n in kids)}] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, lines in zip(kids, pages, strict=True):
        objects += [_page(number + 1), _content(lines)]
    if bookmarks:
        ends = f"/First {entries[0]} 0 R /Last {entries[-1]} 0 R"
        objects.append(f"<< /Type /Outlines /Count {len(bookmarks)} {ends} >>")
    for number, (title, page) in zip(entries, bookmarks, strict=True):
        after = f"/Next {number + 1} 0 R" if number < entries[-1] else ""
        target = f"/Dest [{kids[page]} 0 R /Fit]"
        objects.append(f"<< /Title ({title}) /Parent {outline} 0 R {target} {after} >>")
    return _file(objects)


def _page(content: int) -> str:
    font = "/Resources << /Font << /F1 3 0 R >> >>"
    return f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] {font} /Contents {content} 0 R >>"


def _content(lines: Sequence[str]) -> str:
    shown = "".join(f"({line}) Tj T* " for line in lines)
    stream = f"BT /F1 12 Tf 14 TL 72 720 Td {shown}ET"
    return f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream"


def _file(objects: Sequence[str]) -> bytes:
    text, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(text))
        text += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>"
    head = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    return f"{text}{head}{table}{trailer}\nstartxref\n{len(text)}\n%%EOF\n".encode("latin-1")


def placed(lines: Sequence[tuple[str, float, float]]) -> bytes:
    """A PDF of one page with each text at its place, in points from the lower left."""
    shown = "".join(f"BT /F1 12 Tf {x} {y} Td ({text}) Tj ET " for text, x, y in lines)
    content = f"<< /Length {len(shown)} >>\nstream\n{shown}\nendstream"
    return _file(
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Count 1 /Kids [4 0 R] >>",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            _page(5),
            content,
        ]
    )
