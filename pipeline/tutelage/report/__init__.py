"""The report of a run: did it get better, by how much, and what did a sample cost."""
