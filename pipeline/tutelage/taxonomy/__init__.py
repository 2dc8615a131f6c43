"""A taxonomy: a folder tree whose leaves hold seeds, documents and held-out examples."""
