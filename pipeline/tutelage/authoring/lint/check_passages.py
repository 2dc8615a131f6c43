"""Whether generation will find something to ask about in a leaf."""

from tutelage.taxonomy.documents.passages import split
from tutelage.taxonomy.read_leaf import LeafRead


def check_passages(read: LeafRead) -> None:
    """Note unreachable documents, and knowledge leaves that no rows will be made for."""
    leaf, notes = read.leaf, read.notes
    if leaf.unavailable:
        notes.error("document-unreachable", "document.repo", leaf.unavailable)
    if leaf.kind != "knowledge":
        if leaf.documents or leaf.unavailable:
            notes.warning(
                "unused-document", "document", "skills do not use documents, so this has no effect"
            )
        return
    source = read.written.qna.document
    if source and leaf.unshown:
        notes.error("no-context", "seed_examples", leaf.unshown)
    if source is None and any(seed.context for seed in leaf.seeds):
        message = "no rows will be made for this leaf: it has no documents; add `document`"
        notes.warning("unsampled", "", message)
    elif leaf.documents and all(document.is_empty for document in leaf.documents):
        message = "no rows will be made for this leaf: its documents hold no text"
        notes.error("unsampled", "document", message)
    for document in leaf.documents:
        for warning in document.warnings:
            notes.warning("document-doubtful", "document", f"'{document.name}': {warning}")
        if not document.is_empty and next(split(document, 1), None) is None:
            message = "has headings and no text under them, so nothing is asked about it"
            notes.warning("no-passages", "document", f"'{document.name}' {message}")
