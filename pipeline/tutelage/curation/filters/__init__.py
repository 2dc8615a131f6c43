"""Filters: each says keep, or why not."""
