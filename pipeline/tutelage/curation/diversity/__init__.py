"""Diversity as figures: of sets of rows, by leaf, before and after every filter."""
