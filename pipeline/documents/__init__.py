"""Documents of a knowledge leaf: read as Markdown, cut into passages that know their headings."""

from pipeline.documents.document import Document, read_document
from pipeline.documents.passages import Passage, chunks, split
from pipeline.documents.sentences import sentences

__all__ = ["Document", "Passage", "chunks", "read_document", "sentences", "split"]
