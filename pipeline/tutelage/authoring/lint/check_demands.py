"""Whether `verify:` demands can be built, and whether the taxonomy's own answers meet them."""

from collections.abc import Callable, Sequence
from typing import Any

from tutelage.core.errors import TaxonomyError
from tutelage.taxonomy.leaf import Seed
from tutelage.taxonomy.read_leaf import LeafRead
from tutelage.verifiers.verifier import Verifier, build_verifiers, exam_verifiers


def check_demands(read: LeafRead) -> None:
    """Note specs that are no verifier, and answers that fail theirs."""
    demands = _built(build_verifiers, read.leaf.verify, "verify", read)
    for seed in read.leaf.seeds:
        row = _row(read.leaf.request(seed)) | {
            "attributes": seed.attributes,
            "context": seed.context,
        }
        _check_answer(seed.answer, row, demands, f"{seed.place}.answer", _asked(seed), read)
    for place, example in read.written.eval_examples:
        own = _built(exam_verifiers, example.verify, f"{place}.verify", read)
        if example.answer is not None:
            row = _row("\n\n".join(filter(None, (example.context, example.question))))
            _check_answer(example.answer, row, own, f"{place}.answer", "the example", read)


def _built(
    build: Callable[..., tuple[Verifier, ...]], specs: Sequence[Any], place: str, read: LeafRead
) -> list[tuple[str, Verifier]]:
    """Every verifier that can be built, with its place."""
    found = []
    for number, spec in enumerate(specs):
        where = f"{place}.{number}"
        try:
            (verifier,) = build([spec], where, TaxonomyError)
        except TaxonomyError as exc:
            message = str(exc).removeprefix(f"{where}.0: ")
            read.notes.error("bad-verifier", where, message)
        else:
            found.append((where, verifier))
    return found


def _check_answer(
    answer: str,
    row: dict[str, Any],
    demands: Sequence[tuple[str, Verifier]],
    place: str,
    whose: str,
    read: LeafRead,
) -> None:
    for where, verifier in demands:
        if reason := verifier.check(answer, row):
            line = read.notes.text.line(where)
            message = f"fails the demand of line {line}: {reason}; {whose} breaks its own rule"
            read.notes.error("answer-fails-verify", place, message)


def _row(question: str) -> dict[str, Any]:
    return {"prompt": [{"role": "user", "content": question}]}


def _asked(seed: Seed) -> str:
    return f"the seed '{seed.question[:40]}'"
