"""The figures of several sets of rows, side by side: by leaf and over all (`*`).

Most figures of diversity depend on how many texts they are taken from. So within a leaf all sets
are measured on as many rows as the smallest has, SAMPLE at most, drawn by id with the seed; only
near-duplicates, which a thin sample would hide, and coverage are taken from up to MANY and from all
rows. That bounds the cost: some 50 ms a leaf and set, however many rows there are.
"""

from collections.abc import Mapping, Sequence
from typing import TypedDict

from tutelage.core.artifacts import Row
from tutelage.core.text import words
from tutelage.curation.diversity.coverage import (
    attribute_coverage,
    attribute_evenness,
    leaf_coverage,
)
from tutelage.curation.diversity.distinct import distinct
from tutelage.curation.diversity.sampled_rows import Measurable
from tutelage.curation.diversity.self_bleu import self_bleu
from tutelage.curation.diversity.spread import drift, nearest_similarity, seed_similarity, vendi
from tutelage.curation.diversity.subsample import by_leaf, form_of, said, subsample
from tutelage.curation.duplicates.alike_rows import near_duplicates
from tutelage.curation.embeddings.embed import embed
from tutelage.curation.embeddings.vectors import Vectors
from tutelage.taxonomy.leaf import Taxonomy

SAMPLE = 200
MANY = 2000
NEAR = 0.7
"""The likeness that makes a near-duplicate here; see the filter `near_duplicate`."""
EVERYWHERE = "*"


class Figure(TypedDict):
    """One figure: `when` is `before`, `after`, or `after` and a filter's name."""

    leaf: str
    when: str
    metric: str
    value: float


Measured = dict[str, float | None]


def diversity_figures(
    sets: Mapping[str, Sequence[Row]],
    taxonomy: Taxonomy | None = None,
    embedder: str = "hashing",
    seed: int = 0,
) -> list[Figure]:
    """Every figure of every set, the sets being named by `when`; what cannot be had is left out.

    `rows` and `sampled` are counts; `vendi` is a number of texts, from 1 to `sampled`; `drift` is a
    squared distance near or above 0; all others lie between 0 and 1.
    """
    leaves = {when: by_leaf(rows) | {EVERYWHERE: rows} for when, rows in sets.items()}
    figures = []
    for leaf in sorted({leaf for parts in leaves.values() for leaf in parts}):
        parts = {when: leaves[when].get(leaf, []) for when in sets}
        figures += leaf_figures(leaf, parts, taxonomy, embedder, seed)
    return figures


def leaf_figures(
    leaf: str,
    parts: Mapping[str, Measurable],
    taxonomy: Taxonomy | None,
    embedder: str,
    seed: int,
) -> list[Figure]:
    """The figures of one leaf, or of all together (`*`), of each set."""
    return [
        Figure(leaf=leaf, when=when, metric=metric, value=round(value, 6))
        for when, measured in _by_set(leaf, parts, taxonomy, embedder, seed).items()
        for metric, value in measured.items()
        if value is not None
    ]


def _by_set(
    leaf: str,
    parts: Mapping[str, Measurable],
    taxonomy: Taxonomy | None,
    embedder: str,
    seed: int,
) -> dict[str, Measured]:
    count = min([SAMPLE, *(len(rows) for rows in parts.values() if len(rows))])
    known: dict[tuple[int, ...], Measured] = {}
    found: dict[str, Measured] = {}
    for when, rows in parts.items():
        same = (len(rows), *map(id, rows))  # after the last filter that dropped, and after all
        if same not in known:
            known[same] = _measured(leaf, rows, count, taxonomy, embedder, seed)
        found[when] = known[same]
    return found


def _measured(
    leaf: str,
    rows: Measurable,
    count: int,
    taxonomy: Taxonomy | None,
    embedder: str,
    seed: int,
) -> Measured:
    sample = subsample(rows, count, seed)
    form = form_of(sample) if leaf != EVERYWHERE else ""
    texts = said(sample, form)
    found: Measured = {"rows": len(rows), "sampled": len(sample)}
    if not sample:
        return found
    vectors = embed(texts, embedder)
    found |= _spread(texts, vectors)
    found |= {"near_duplicates": _near_duplicates(subsample(rows, MANY, seed))}
    found |= _covered(leaf, rows, taxonomy)
    return found | _from_seeds(leaf, vectors, form, taxonomy, embedder)


def _spread(texts: Sequence[str], vectors: Vectors) -> Measured:
    tokens = [words(text) for text in texts]
    return {f"distinct_{order}": distinct(tokens, order) for order in (1, 2, 3)} | {
        "self_bleu": self_bleu(tokens),
        "nearest_similarity": nearest_similarity(vectors),
        "vendi": vendi(vectors),
    }


def _near_duplicates(rows: Sequence[Row]) -> float:
    """The share of rows that `near_duplicate` would drop."""
    return sum(found is not None for found in near_duplicates(rows, NEAR)) / len(rows)


def _covered(leaf: str, rows: Measurable, taxonomy: Taxonomy | None) -> Measured:
    known = {one.path: one for one in taxonomy.leaves} if taxonomy else {}
    if leaf == EVERYWHERE:
        return {"leaf_coverage": leaf_coverage(rows, list(known))}
    grid = known[leaf].attributes if leaf in known else {}
    if not grid:
        return {}
    return {
        "attribute_coverage": attribute_coverage(rows, grid),
        "attribute_evenness": attribute_evenness(rows, grid),
    }


def _from_seeds(
    leaf: str, vectors: Vectors, form: str, taxonomy: Taxonomy | None, embedder: str
) -> Measured:
    chosen = [one for one in taxonomy.leaves if leaf in (EVERYWHERE, one.path)] if taxonomy else []
    rows: list[Row] = [
        {"prompt": seed.question, "completion": seed.answer} for one in chosen for seed in one.seeds
    ]
    if not rows:
        return {}
    seeds = embed(said(rows, form), embedder)
    return {"seed_similarity": seed_similarity(vectors, seeds), "drift": drift(vectors, seeds)}
