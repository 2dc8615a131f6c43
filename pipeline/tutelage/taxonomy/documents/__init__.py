"""Documents of a knowledge leaf: read as Markdown, cut into passages that know their headings."""
