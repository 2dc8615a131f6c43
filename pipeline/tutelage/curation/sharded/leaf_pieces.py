"""The pieces of a leaf that is too big for one worker are read one by one and become arrays."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tutelage.contract.workers import Receipt
from tutelage.core.artifacts import Row
from tutelage.core.ngrams import Hashes, Numbers
from tutelage.curation.duplicates.alike_rows import asked
from tutelage.curation.duplicates.marks import MarkHashes, worded
from tutelage.curation.duplicates.sketches import sketch
from tutelage.curation.duplicates.task_opening import count_sharing, shared_runs, without
from tutelage.curation.filters.duplicates import title_of
from tutelage.curation.sharded.filter_job import FilterJob
from tutelage.curation.sharded.leaf_on_disk import CutLeaf
from tutelage.curation.sharded.partitions import gathered
from tutelage.curation.sharded.work_arrays import (
    Array,
    PackedTexts,
    packed,
    read_array,
    save_arrays,
    stack,
    starts_of,
)

Flags = npt.NDArray[np.bool_]
_HASHES = ("marks", "n_marks", "words", "n_words")


def ask_piece(job: FilterJob, part: tuple[CutLeaf, int]) -> Receipt:
    """Write what a piece's rows ask; which openings half of them share is returned."""
    leaf, number = part
    places, rows = gathered([leaf.sources(job)[number]], leaf.part)
    questions = [asked(row) for row in rows]
    save_arrays(
        leaf.piece(job, "asked", number),
        places=np.array(places, np.int64),
        groups=np.array([_group(row) for row in rows], np.uint64),
        **_texts("questions", questions),
        **_texts("titles", [title_of(row) for row in rows]),
    )
    return {"rows": len(rows), "runs": shared_runs(questions)}


def count_piece(job: FilterJob, part: tuple[CutLeaf, int, Sequence[str]]) -> Receipt:
    """Count how many of a piece's questions share openings that others share."""
    leaf, number, runs = part
    return {"counts": count_sharing(_questions(job, leaf, number), runs)}


def sketch_piece(job: FilterJob, part: tuple[CutLeaf, int, str]) -> Receipt:
    """Write how a piece's questions are compared, without the opening of the leaf."""
    leaf, number, opening = part
    questions = _questions(job, leaf, number)
    texts = [worded(without(opening, question)) for question in questions]
    signatures, shingles = sketch([text.line for text in texts], leaf.judge(job).threshold)
    coded = [json.dumps([text.line, sorted(text.marks)]) for text in texts]
    hashes = MarkHashes.of(texts)
    save_arrays(
        leaf.piece(job, "sketches", number),
        signatures=signatures,
        shingles=shingles.hashes,
        shingles_starts=shingles.starts,
        digests=_digests(coded),
        mark_digests=_digests(json.dumps(sorted(text.marks)) for text in texts),
        **{name: getattr(hashes, name) for name in _HASHES},
        **_texts("texts", coded),
    )
    return {}


def stack_pieces(job: FilterJob, leaf: CutLeaf) -> Receipt:
    """Bring the pieces of a leaf together, each text once; returns how many texts there are."""
    pieces = range(len(leaf.sources(job)))
    asked_in = [leaf.piece(job, "asked", n) for n in pieces]
    sketched = [leaf.piece(job, "sketches", n) for n in pieces]
    sizes = np.array([len(groups) for groups in _read(asked_in, "groups")])
    same, is_first = numbered(np.concatenate([*_read(sketched, "digests")]))
    every = [np.ones(size, bool) for size in sizes]
    firsts = np.split(is_first, np.cumsum(sizes)[:-1])
    marks = np.concatenate([*_read(sketched, "mark_digests")])[is_first]
    named = np.unique(np.concatenate([np.unique(of) for of in _read(sketched, "marks")]))
    hashes = (MarkHashes(*(read_array(file, name) for name in _HASHES)) for file in sketched)
    bits = (np.stack(of.bits(named), axis=1) for of in hashes)
    parts: dict[str, Iterable[Array]] = {
        "same": [same],
        "bounds": [starts_of(sizes)],
        "groups": _read(asked_in, "groups"),
        "marks": [numbered(marks)[0]],
        "bits": _chosen(bits, firsts),
        "signatures": _chosen(_read(sketched, "signatures"), firsts),
        **_ragged("titles", asked_in, every),
        **_ragged("texts", sketched, firsts),
        **_ragged("shingles", sketched, firsts),
    }
    for name, arrays in parts.items():
        stack(leaf.place(job, name), arrays)
    return {"texts": int(is_first.sum())}


def numbered(digests: Hashes) -> tuple[Numbers, Flags]:
    """By row of [rows, 2]: its number, counted as they first come, and whether it is the first."""
    order = np.lexsort(digests.T)
    starts = np.ones(len(digests), bool)
    starts[1:] = (np.diff(digests[order].view(np.int64), axis=0) != 0).any(axis=1)
    firsts = order[starts]
    numbers, found = np.empty_like(firsts), np.empty_like(order)
    numbers[np.argsort(firsts)] = np.arange(len(firsts))
    found[order] = numbers[np.cumsum(starts) - 1]
    is_first = np.zeros(len(digests), bool)
    is_first[firsts] = True
    return found, is_first


def _read(files: Sequence[Path], name: str) -> Iterator[Array]:
    for file in files:
        yield read_array(file, name)


def _chosen(arrays: Iterable[Array], chosen: Iterable[Flags]) -> Iterator[Array]:
    for array, one in zip(arrays, chosen, strict=True):
        yield array[one]


def _ragged(name: str, files: Sequence[Path], chosen: Sequence[Flags]) -> dict[str, Any]:
    """Those that are chosen of things of different sizes, and where they start."""
    sizes = [np.diff(starts) for starts in _read(files, f"{name}_starts")]
    longer = (np.repeat(one, of) for one, of in zip(chosen, sizes, strict=True))
    left = np.concatenate([*_chosen(sizes, chosen)])
    return {name: _chosen(_read(files, name), longer), f"{name}_starts": [starts_of(left)]}


def _questions(job: FilterJob, leaf: CutLeaf, number: int) -> PackedTexts:
    file = leaf.piece(job, "asked", number)
    return PackedTexts(read_array(file, "questions"), read_array(file, "questions_starts"))


def _texts(name: str, texts: Sequence[str]) -> dict[str, Array]:
    made = packed(texts)
    return {name: made.letters, f"{name}_starts": made.starts}


def _digests(texts: Iterable[str]) -> Hashes:
    """[texts, 2]"""
    found = (hashlib.blake2b(text.encode(), digest_size=16).digest() for text in texts)
    return np.frombuffer(b"".join(found), np.uint64).reshape(-1, 2)


def _group(row: Row) -> int:
    """A number for the prompt that a row is an attempt at; 0 for none."""
    if row.get("prompt_id") is None:
        return 0
    coded = str(row["prompt_id"]).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(coded, digest_size=8).digest(), "big")
