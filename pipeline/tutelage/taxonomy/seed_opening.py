"""The words with which all seed questions of a leaf begin, and the attributes among them."""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tutelage.core.text import find_phrase
from tutelage.taxonomy.leaf import Leaf, Seed

_MARK = "\0"


def seed_opening(leaf: Leaf) -> str:
    """The words with which all seed questions of a leaf begin, where these are three or more."""
    return _opening([seed.question for seed in leaf.seeds])


@dataclass(frozen=True, slots=True)
class FramedOpening:
    """How all seed questions begin, with gaps in which each has its own attribute values."""

    parts: tuple[str, ...]
    """Text and, in every second place, the name of an attribute."""

    def filled(self, attributes: Mapping[str, str]) -> str:
        """The opening of a question with these attributes."""
        return "".join(
            attributes.get(part, "") if number % 2 else part
            for number, part in enumerate(self.parts)
        )


def framed_opening(leaf: Leaf) -> FramedOpening:
    """The opening of a leaf's seed questions, beyond the attribute values that stand in it.

    All of `... ends with "many thanks":` is the task's form but for the value.
    """
    form = len(seed_opening(leaf))
    framed = [_framed(seed, form) for seed in leaf.seeds]
    common = _opening(framed)
    if common.count(_MARK) % 2:
        common = common[: common.rindex(_MARK)]
    return FramedOpening(tuple(common.split(_MARK)))


def _framed(seed: Seed, form: int) -> str:
    """A seed's question with names of attributes where their values first stand after its form."""
    opening, text = seed.question[:form], seed.question[form:]
    for name, value in sorted(seed.attributes.items(), key=lambda item: -len(item[1])):
        if found := find_phrase(text, value):
            text = text.replace(found, f"{_MARK}{name}{_MARK}", 1)
    return opening + text


def _opening(questions: Sequence[str]) -> str:
    common = _common_start(questions)
    common = common[: max(common.rfind(sign) for sign in (" ", "\n")) + 1]
    return common if len(questions) > 1 and len(re.findall(r"\S+", common)) >= 3 else ""


def _common_start(texts: Sequence[str]) -> str:
    """The letters with which all texts begin; those of the first and the last in order suffice."""
    first, last = min(texts, default=""), max(texts, default="")
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return first[: sum(1 for _ in same)]
