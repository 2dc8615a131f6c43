"""Filters: each says keep, or why not."""

from pipeline.filters.filter import RowFilter, Scope, build_filters

__all__ = ["RowFilter", "Scope", "build_filters"]
