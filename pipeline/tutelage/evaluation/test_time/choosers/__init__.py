"""Choosers: each says which of several answers to a question to take, without its right answer."""
