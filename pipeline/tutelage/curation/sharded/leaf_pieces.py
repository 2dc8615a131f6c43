"""The pieces of a leaf that is too big for one worker are read one by one and become arrays."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from tutelage.contract.workers import Receipt
from tutelage.core.artifacts import Row
from tutelage.core.ngrams import Hashes, Numbers
from tutelage.curation.duplicates.alike_rows import asked
from tutelage.curation.duplicates.marks import MarkHashes, worded
from tutelage.curation.duplicates.near_pairs import band_keys
from tutelage.curation.duplicates.shingles import bands
from tutelage.curation.duplicates.sketches import sketch
from tutelage.curation.duplicates.task_opening import count_sharing, shared_runs, without
from tutelage.curation.filters.duplicates import title_of
from tutelage.curation.sharded.filter_job import FilterJob
from tutelage.curation.sharded.leaf_on_disk import CutLeaf
from tutelage.curation.sharded.partitions import gathered
from tutelage.curation.sharded.work_arrays import (
    Array,
    DiskArray,
    Flags,
    packed,
    read_array,
    save_arrays,
    stack,
    starts_of,
    unpacked,
)

_DIGESTS_AT_ONCE = 200_000
"""Of how many texts digests are compared at once."""
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
    threshold = leaf.judge(job).threshold
    signatures, shingles = sketch([text.line for text in texts], threshold)
    coded = [json.dumps([text.line, sorted(text.marks)]) for text in texts]
    hashes = MarkHashes.of(texts)
    save_arrays(
        leaf.piece(job, "sketches", number),
        signatures=signatures,
        shingles=np.asarray(shingles.hashes),
        shingles_starts=np.asarray(shingles.starts),
        digests=_digests(coded),
        mark_digests=_digests(json.dumps(sorted(text.marks)) for text in texts),
        **{name: getattr(hashes, name) for name in _HASHES},
        **{keys_of(n): band_keys(signatures, n, threshold) for n in range(bands(threshold)[0])},
        **_texts("texts", coded),
    )
    return {}


def stack_pieces(job: FilterJob, leaf: CutLeaf) -> Receipt:
    """Bring the pieces of a leaf together, each text once; returns how many texts there are."""
    pieces = range(len(leaf.sources(job)))
    asked_in = [leaf.piece(job, "asked", n) for n in pieces]
    sketched = [leaf.piece(job, "sketches", n) for n in pieces]
    sizes = np.array([len(groups) for groups in _read(asked_in, "groups")])

    def put(name: str, arrays: Iterable[Array]) -> None:
        stack(leaf.place(job, name), arrays)

    def put_numbers(name: str, digests: Iterable[Array]) -> Flags:
        put("digests", digests)
        numbers, is_first = numbered(DiskArray(leaf.place(job, "digests"), np.uint64, 2))
        put(name, [numbers])
        return is_first

    is_first = put_numbers("same", _read(sketched, "digests"))
    every = [np.ones(size, bool) for size in sizes]
    firsts = np.split(is_first, np.cumsum(sizes)[:-1])
    put_numbers("marks", _chosen(_read(sketched, "mark_digests"), firsts))
    put("bounds", [starts_of(sizes)])
    put("groups", _read(asked_in, "groups"))
    named = np.unique(np.concatenate([np.unique(of) for of in _read(sketched, "marks")]))
    hashes = (MarkHashes(*(read_array(file, name) for name in _HASHES)) for file in sketched)
    put("bits", _chosen((np.stack(of.bits(named), axis=1) for of in hashes), firsts))
    count, _ = bands(leaf.judge(job).threshold)
    for name in ("signatures", *map(keys_of, range(count))):
        put(name, _chosen(_read(sketched, name), firsts))
    for name, files, chosen in (
        ("titles", asked_in, every),
        ("texts", sketched, firsts),
        ("shingles", sketched, firsts),
    ):
        put(name, _ragged(name, files, chosen))
        put(f"{name}_starts", _starts(name, files, chosen))
    return {"texts": int(is_first.sum())}


def keys_of(band: int) -> str:
    """The name of the keys of one band of the signatures."""
    return f"keys_{band:03d}"


def numbered(digests: DiskArray) -> tuple[Numbers, Flags]:
    """By row of [rows, 2]: its number, counted as they first come, and whether it is the first."""
    same_as, parts = np.empty(len(digests), np.int64), -(-len(digests) // _DIGESTS_AT_ONCE)
    for part in range(parts):
        places, own = [], []
        for start in range(0, len(digests), _DIGESTS_AT_ONCE):
            read = digests[start : start + _DIGESTS_AT_ONCE]
            inside = np.flatnonzero(read[:, 0] % np.uint64(parts) == part)
            places.append(start + inside)
            own.append(read[inside])
        digest, place = np.concatenate(own), np.concatenate(places)
        order = np.lexsort(digest.T)
        starts = np.ones(len(digest), bool)
        starts[1:] = (digest[order[1:]] != digest[order[:-1]]).any(axis=1)
        same_as[place[order]] = place[order[starts]][np.cumsum(starts) - 1]
    is_first = same_as == np.arange(len(digests))
    return (np.cumsum(is_first) - 1)[same_as], is_first


def _read(files: Sequence[Path], name: str) -> Iterator[Array]:
    for file in files:
        yield read_array(file, name)


def _chosen(arrays: Iterable[Array], chosen: Iterable[Flags]) -> Iterator[Array]:
    for array, one in zip(arrays, chosen, strict=True):
        yield array[one]


def _ragged(name: str, files: Sequence[Path], chosen: Sequence[Flags]) -> Iterator[Array]:
    """Those that are chosen of things of different sizes."""
    for file, one in zip(files, chosen, strict=True):
        yield read_array(file, name)[np.repeat(one, np.diff(read_array(file, f"{name}_starts")))]


def _starts(name: str, files: Sequence[Path], chosen: Sequence[Flags]) -> Iterator[Array]:
    """Where they start, and the end of the last."""
    end = 0
    for file, one in zip(files, chosen, strict=True):
        starts = end + starts_of(np.diff(read_array(file, f"{name}_starts"))[one])
        yield starts[:-1]
        end = int(starts[-1])
    yield np.array([end], np.int64)


def _questions(job: FilterJob, leaf: CutLeaf, number: int) -> list[str]:
    file = leaf.piece(job, "asked", number)
    return unpacked(read_array(file, "questions"), read_array(file, "questions_starts"))


def _texts(name: str, texts: Sequence[str]) -> dict[str, Array]:
    letters, starts = packed(texts)
    return {name: letters, f"{name}_starts": starts}


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
