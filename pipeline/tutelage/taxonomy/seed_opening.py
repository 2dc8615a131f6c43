"""The words with which all seed questions of a leaf begin."""

import itertools
import re
from collections.abc import Sequence

from tutelage.taxonomy.leaf import Leaf


def seed_opening(leaf: Leaf) -> str:
    """The words with which all seed questions of a leaf begin, where these are three or more."""
    questions = [seed.question for seed in leaf.seeds]
    common = _common_start(questions)
    common = common[: common.rfind(" ") + 1]
    return common if len(questions) > 1 and len(re.findall(r"\S+", common)) >= 3 else ""


def _common_start(texts: Sequence[str]) -> str:
    """The letters with which all texts begin; those of the first and the last in order suffice."""
    first, last = min(texts, default=""), max(texts, default="")
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return first[: sum(1 for _ in same)]
