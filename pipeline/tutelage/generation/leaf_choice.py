"""Which leaves a stage writes for, and how much for each: settings of all that write rows."""

from pydantic import NonNegativeFloat

from tutelage.core.config import Strict
from tutelage.taxonomy.leaf import Leaf, Taxonomy


class LeafChoice(Strict):
    """The leaves that rows are written for."""

    leaves: list[str] | None = None
    """Only these leaves, or those in these folders of the taxonomy."""
    leaf_weights: dict[str, NonNegativeFloat] = {}
    """A factor on the rows that are asked for a leaf: 2 for twice as many, 0 for none; 1 for a leaf
    that is not named. `tutelage improve` sets it by the leaves' scores."""

    def weight(self, leaf: Leaf) -> float:
        """The factor on what is asked for a leaf."""
        return self.leaf_weights.get(leaf.path, 1.0)

    def chosen(self, taxonomy: Taxonomy) -> list[Leaf]:
        """The leaves to write for; raises TaxonomyError for a name that is none."""
        for name in self.leaf_weights:
            taxonomy.leaf(name)
        return taxonomy.within(self.leaves)
