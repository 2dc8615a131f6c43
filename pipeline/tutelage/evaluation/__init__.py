"""Evaluation: questions with what counts as right, asking models, scoring what they say."""
