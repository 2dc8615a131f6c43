"""Ways to write instructions: one file each, entered in the table of `generation.writers`.

In: a session (teacher, settings) and a leaf. Out: rows with `prompt`, for the cells that are asked
about: statements or passages of documents, cells of the attribute grid.
"""
