"""Drafts of questions with answers: in go leaves, out come rows for a person to approve."""
