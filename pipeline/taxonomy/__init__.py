"""A taxonomy: a folder tree whose leaves hold seeds, documents and held-out examples."""

from pipeline.taxonomy.leaf import ROOTS, Held, Kind, Leaf, Seed, Taxonomy
from pipeline.taxonomy.load import load_taxonomy

__all__ = ["ROOTS", "Held", "Kind", "Leaf", "Seed", "Taxonomy", "load_taxonomy"]
