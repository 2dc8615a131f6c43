"""Holding a `qna.yaml` against its form: every misfit is reported, the rest is still read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from tutelage.core.config import Misfit, misfits
from tutelage.taxonomy.finding import Notes
from tutelage.taxonomy.qna import TAGS, EvalExampleForm, QnaFile, SeedExample

_EXAMPLES = ("seed_examples", "eval_examples")


@dataclass(frozen=True, slots=True)
class PartlyValid:
    """What of a file has the right form; places are those of the file as it is written."""

    qna: QnaFile
    seeds: list[tuple[str, SeedExample]]
    eval_examples: list[tuple[str, EvalExampleForm]]
    broken: frozenset[str]
    """Top-level keys that do not have it, in whole or in part."""


def validate_partially(data: Any, notes: Notes) -> PartlyValid | None:
    """What can be used of a file's value; None where there is nothing."""
    try:
        return _numbered(QnaFile.model_validate(data), {}, frozenset())
    except ValidationError as exc:
        found = [_as_written(misfit) for misfit in misfits(QnaFile, exc)]
    for misfit in found:
        place = ".".join(map(str, misfit.location))
        nobody = place == "samples" and data["samples"] == 0
        text = "nobody samples this leaf; give 1 or more, or remove it" if nobody else misfit.text
        notes.error("unsampled" if nobody else misfit.code, place, text)
    return _rest(data, found) if isinstance(data, dict) else None


def _as_written(misfit: Misfit) -> Misfit:
    """The misfit at its place in the file, which says nothing of how a value was read."""
    return replace(misfit, location=tuple(p for p in misfit.location if p not in TAGS))


def _rest(data: dict[Any, Any], found: Sequence[Misfit]) -> PartlyValid | None:
    """The data without its misfits, of a list of examples without the misfit ones."""
    gone: dict[str, set[int]] = {name: set() for name in _EXAMPLES}
    rest = dict(data)
    for misfit in found:
        match misfit.location:
            case (str(name), int(number), *_) if name in gone:
                gone[name].add(number)
            case (name, *_):
                rest.pop(name, None)
    for name, numbers in gone.items():
        if numbers and name in rest:
            rest[name] = [item for n, item in enumerate(rest[name]) if n not in numbers]
    try:
        qna = QnaFile.model_validate(rest)
    except ValidationError:  # keys that are no text
        return None
    return _numbered(qna, gone, frozenset(str(misfit.location[0]) for misfit in found))


def _numbered(qna: QnaFile, gone: dict[str, set[int]], broken: frozenset[str]) -> PartlyValid:
    def places(name: str, count: int) -> list[str]:
        without = gone.get(name, set())
        numbers = (n for n in range(count + len(without)) if n not in without)
        return [f"{name}.{n}" for n in numbers]

    seeds = places("seed_examples", len(qna.seed_examples))
    held = places("eval_examples", len(qna.eval_examples))
    return PartlyValid(
        qna,
        list(zip(seeds, qna.seed_examples, strict=True)),
        list(zip(held, qna.eval_examples, strict=True)),
        broken,
    )
