"""Filtering rows that are too many for one process: in go shards and filters, out come shards.

What a filter must see together is brought together (`RowFilter.together`); its code is the same.
"""
