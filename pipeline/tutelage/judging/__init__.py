"""Judging: a model grades rows by a rubric, or says which of two answers is better."""
