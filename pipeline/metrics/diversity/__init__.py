"""Diversity as figures: of sets of rows, by leaf, before and after every filter."""

from pipeline.metrics.diversity.collapse import Collapse, collapse
from pipeline.metrics.diversity.figures import Figure, diversity_figures

__all__ = ["Collapse", "Figure", "collapse", "diversity_figures"]
