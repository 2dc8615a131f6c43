"""A tiny student with random weights, for tests and dry runs: no download, no knowledge."""

from collections.abc import Iterator

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Checkpoint
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.testing.tiny_student import write_tiny_student


class RandomStudent(Stage):
    """A Llama-shaped model of few weights; its tokenizer is made from the taxonomy's own words."""

    hidden_size: int = Field(64, gt=0, multiple_of=8)
    """Width of the model."""
    layers: int = Field(2, gt=0)
    """Transformer layers."""
    vocabulary: int = Field(2000, gt=300)
    """Tokens, the 256 bytes included."""

    def run(self, context: Context, taxonomy: Taxonomy) -> Checkpoint:
        """A checkpoint folder like any other."""
        write_tiny_student(
            context.folder,
            _texts(taxonomy),
            hidden_size=self.hidden_size,
            layers=self.layers,
            vocabulary=self.vocabulary,
            seed=context.seed_for("weights"),
        )
        return Checkpoint(context.folder)


def _texts(taxonomy: Taxonomy) -> Iterator[str]:
    for leaf in taxonomy.leaves:
        yield from (document.text for document in leaf.documents)
        for seed in leaf.seeds:
            yield from (seed.question, seed.answer)
