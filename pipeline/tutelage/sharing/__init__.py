"""Sharing a run: upload to a model hub, export as GGUF, and the check for secrets."""
