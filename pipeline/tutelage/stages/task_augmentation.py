"""Task augmentation: rows of skills with other values in place of those that the answer copies.

No model is asked. Known as slot substitution (Louvan and Magnini 2020, arXiv:2009.03695) or mention
replacement (Dai and Adel 2020, arXiv:2010.11683).
"""

import random
from collections.abc import Callable
from typing import ClassVar

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Row, Rows, answer_of, question_of
from tutelage.core.digests import digest
from tutelage.core.text import count_phrase, has_phrase, replace_phrase
from tutelage.generation.other_values import WordPool, another, value_maker
from tutelage.taxonomy.leaf import Leaf, Taxonomy

_Makers = dict[str, Callable[[random.Random], str]]


class TaskAugmentation(Stage):
    """Make variants of the rows of skills, in which every attribute value is another one that
    question and answer both spell out.

    A leaf lists a few cities, say; a small student learns these by heart and misspells any other.
    The variants name cities that come once, so that it can only copy.
    """

    version: ClassVar[int] = 1

    allow_empty: bool = True
    """The run goes on without variants, as of documents or classes there are none."""
    variants: int = Field(3, gt=0)
    """Variants of each row that has such values; words of all rows' questions go into them."""

    def run(self, context: Context, taxonomy: Taxonomy, rows: list[Rows]) -> Rows:
        """The variants, with the columns of their rows and these as parents; no row of a leaf whose
        values have no form by which others can be made, or that its answers do not copy."""
        able = [leaf for leaf in taxonomy.leaves if value_makers(leaf)]
        if not able:
            return Rows([])
        pool = WordPool.of(question_of(row) for part in rows for row in part.kept)
        makers = {leaf.path: value_makers(leaf, pool) for leaf in able}
        made = [
            variant
            for part in rows
            for row in part.kept
            for variant in self._variants(context, row, makers.get(row["leaf"], {}))
        ]
        return Rows(made)

    def _variants(self, context: Context, row: Row, makers: _Makers) -> list[Row]:
        if not makers or not row.get("prompt") or not row.get("completion"):
            return []
        draw = random.Random(context.seed_for(row["id"], "values"))
        taken: dict[str, set[str]] = {name: set() for name in makers}
        drawn = [_with_others(row, makers, taken, draw) for _ in range(self.variants)]
        return [_row(context, row, one, n) for n, one in enumerate(drawn) if one]


def value_makers(leaf: Leaf, pool: WordPool = WordPool()) -> _Makers:
    """By attribute, what draws other values; only of those that have a form."""
    found = {name: value_maker(values, pool) for name, values in leaf.attributes.items()}
    return {name: maker for name, maker in found.items() if maker}


def _with_others(
    row: Row, makers: _Makers, taken: dict[str, set[str]], draw: random.Random
) -> Row | None:
    """The columns that change; None where nothing does."""
    attributes = dict(row.get("attributes") or {})
    asked, answered = row["prompt"], row["completion"]
    for name, make in makers.items():
        value = attributes.get(name)
        text = "\n".join(turn["content"] for turn in asked)
        if not value or not has_phrase(answer_of(row), value):
            continue
        times = count_phrase(text, value)
        if not times or (value.isdigit() and times > 1):
            continue  # of several numbers one may be that of something else
        if new := another(value, make, taken[name], draw):
            taken[name].add(new)
            attributes[name] = new
            asked, answered = _replaced(asked, value, new), _replaced(answered, value, new)
    if attributes == (row.get("attributes") or {}):
        return None
    return {"prompt": asked, "completion": answered, "attributes": attributes}


def _replaced(turns: list[dict[str, str]], value: str, new: str) -> list[dict[str, str]]:
    return [turn | {"content": replace_phrase(turn["content"], value, new)} for turn in turns]


def _row(context: Context, row: Row, changed: Row, number: int) -> Row:
    stage = context.stage
    own = {
        "id": f"{stage}:{digest(stage, row['id'], number)[:12]}",
        "parents": [row["id"]],
        "trace": {"stage": stage, "model": "", "keys": []},
    }
    return row | changed | own
