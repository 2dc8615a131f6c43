"""Whether generation will find something to ask about in a leaf."""

from tutelage.taxonomy.documents.passages import split
from tutelage.taxonomy.read_leaf import LeafRead


def check_passages(read: LeafRead) -> None:
    """Note documents that cannot be had, and knowledge leaves that nobody will sample."""
    leaf, notes = read.leaf, read.notes
    if leaf.unavailable:
        notes.error("document-unreachable", "document.repo", leaf.unavailable)
    if leaf.kind != "knowledge":
        if leaf.documents or leaf.unavailable:
            notes.warning("unused-document", "document", "skills are not asked from documents")
        return
    source = read.written.qna.document
    if source and leaf.unshown:
        notes.error("no-context", "seed_examples", leaf.unshown)
    if source is None and any(seed.context for seed in leaf.seeds):
        message = "nobody samples this leaf: questions are asked from documents; give `document`"
        notes.warning("unsampled", "", message)
    elif leaf.documents and all(document.is_empty for document in leaf.documents):
        message = "nobody samples this leaf: its documents hold no text"
        notes.error("unsampled", "document", message)
    for document in leaf.documents:
        for warning in document.warnings:
            notes.warning("document-doubtful", "document", f"'{document.name}': {warning}")
        if not document.is_empty and next(split(document, 1), None) is None:
            message = "has headings and no text under them, so nothing is asked about it"
            notes.warning("no-passages", "document", f"'{document.name}' {message}")
