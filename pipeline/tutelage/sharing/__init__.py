"""Putting a run on a model hub: what goes, and what must not."""
