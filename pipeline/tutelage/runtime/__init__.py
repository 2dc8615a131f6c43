"""A recipe's run: in go typed steps, out come a folder of artifacts and `run.json`."""
