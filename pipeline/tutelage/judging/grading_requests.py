"""What a judge will be asked, for a forecast: each row by each rubric that it reaches."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace

from tutelage.contract.forecast import Estimate, RequestEstimate, RowEstimate
from tutelage.judging.grading import Item
from tutelage.judging.rubric import Rubric
from tutelage.taxonomy.leaf import Taxonomy

_ASKED_AGAIN = Estimate(1.0, 1.05, 2.0)
"""A verdict that cannot be read is asked for once more."""


def grading_asks(
    rubrics: Sequence[Rubric],
    judge: str,
    rows: RowEstimate,
    shares: Mapping[str, Estimate],
    taxonomy: Taxonomy | None,
) -> Iterator[RequestEstimate]:
    """Requests by rubric and leaf; `shares` are those of rows that pass all rubrics.

    Of rubrics in a row each is taken to keep as large a part as the others.
    """
    for number, rubric in enumerate(rubrics):
        for leaf, count in rows.rows.items():
            passed = shares[leaf] ** (number / len(rubrics))
            example = rubric.ask(asdict(_typical(leaf, taxonomy)))
            requests = count * passed * _ASKED_AGAIN
            yield RequestEstimate(judge, leaf, requests, example, rubric.max_tokens)


def _typical(path: str, taxonomy: Taxonomy | None) -> Item:
    """An item like a leaf's first seed."""
    item = Item("typical", path, "What is it?", "It is a lamp.")
    leaf = next((leaf for leaf in taxonomy.leaves if leaf.path == path), None) if taxonomy else None
    if leaf is None:
        return item
    seed = leaf.seeds[0]
    given = {"question": seed.question, "answer": seed.answer, "context": seed.context or ""}
    return replace(item, task=leaf.task_description, **given)
