"""Arabic and Hebrew lines of a PDF, which may be written as they look and not as they are read."""

from collections.abc import Iterable

import regex

_WORD = regex.compile(r"[\p{Arabic}\p{Hebrew}]{2,}")
_RUN = regex.compile(
    r"[\p{L}\p{N}&&[^\p{Arabic}\p{Hebrew}]][^\p{Arabic}\p{Hebrew}]*[\p{L}\p{N}"
    r"&&[^\p{Arabic}\p{Hebrew}]]|[\p{Nd}][\p{Nd}.,:/٫٬]*[\p{Nd}]|\p{Latin}+",
    regex.V1,
)
_LAST = "\u05da\u05dd\u05df\u05e3\u05e5\u0629\u0649"
"""Letters that only end a word: Hebrew's final forms, Arabic's ta marbuta and alef maksura."""
_ARTICLE, _ARTICLE_TURNED = "\u0627\u0644", "\u0644\u0627"
_MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")


def has_right_to_left(text: str) -> bool:
    """Whether words in Arabic or Hebrew letters stand in a text."""
    return _WORD.search(text) is not None


def is_turned(lines: Iterable[str]) -> bool | None:
    """Whether the letters stand in the order of sight; None where nothing tells."""
    turned = right = 0
    for line in lines:
        for word in _WORD.findall(line):
            turned += (word[0] in _LAST) + (word.endswith(_ARTICLE_TURNED) and len(word) > 3)
            right += (word[-1] in _LAST) + (word.startswith(_ARTICLE) and len(word) > 3)
    return None if turned == right else turned > right


def turn(line: str) -> str:
    """A line in the order of reading: reversed, but for numbers and Latin words."""
    if not has_right_to_left(line):
        return line
    turned = line[::-1].translate(_MIRRORED)
    return _RUN.sub(lambda found: found.group()[::-1].translate(_MIRRORED), turned)
