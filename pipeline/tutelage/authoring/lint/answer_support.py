"""Whether a seed's answer rests on its passage: its words, numbers and names."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import regex

from tutelage.core.text import NUMBER_WORDS, STOP_WORDS, content_stems, plain, stem, words
from tutelage.taxonomy.leaf import Seed

_SUPPORT = 1 / 3
"""The share of an answer's content words that its passage must hold: people paraphrase."""
_ENGLISH = 0.2
"""The share of function words from which on a text is taken for English, where capitals mark
names; German nouns have them too."""
_VERDICTS = frozenset({"yes", "no", "true", "false"})
_SPELT = """
twenty thirty forty fifty sixty seventy eighty ninety dozen hundred thousand million billion
"""
_LARGE = frozenset(_SPELT.split())
"""A passage that spells such numbers is not asked for digits."""
_MARKER = regex.compile(r"^\s*\p{N}+[.)]\s", regex.MULTILINE)
_NUMBER = regex.compile(r"\p{N}+(?:[.,:]\p{N}+)*")
_THOUSANDS = regex.compile(r"(?<=\p{N}),(?=\p{N}{3})")
_PART = r"\p{Lu}[\p{L}\p{N}]*(?:['-][\p{L}\p{N}]+)*"
_NAME = regex.compile(rf"(?<=[\p{{L}}\p{{N}},;)'\"-]\s+){_PART}(?:\s+{_PART})*")
"""Capitalised words that do not begin a sentence."""
_BEGINNING = 4
"""Letters that two forms of a name share, at least: China, Chinese."""


@dataclass(frozen=True)
class Ground:
    """A text that answers are to rest on."""

    text: str

    def lacks_words(self, seed: Seed) -> str | None:
        """Tells when too few of the words that the question does not say already are there."""
        said = [word for word in content_stems(seed.answer) if word not in _VERDICTS]
        asked = set(content_stems(seed.question))
        new = [word for word in said if word not in asked] or said
        missing = [word for word in new if word not in self._stems]
        if len(missing) <= (1 - _SUPPORT) * len(new):
            return None
        return f"{len(missing)} of its {len(new)} telling words are"

    def lacks_facts(self, seed: Seed) -> str | None:
        """Tells the first number or name that neither this text nor the question has."""
        asked = Ground(seed.question)
        if not self._spells_numbers and not asked._spells_numbers:
            known = self._numbers | asked._numbers
            for number in _digits(_MARKER.sub("", seed.answer)):
                if number not in known:
                    return f"its number {number} is"
        if self._is_english:
            for name in _NAME.findall(seed.answer):
                parts = [part for part in words(name) if part not in STOP_WORDS]
                if parts and not self._names(name, parts) and not asked._names(name, parts):
                    return f"its name '{name}' is"
        return None

    @cached_property
    def _words(self) -> list[str]:
        return words(self.text)

    @cached_property
    def _stems(self) -> set[str]:
        return set(content_stems(self.text))

    @cached_property
    def _numbers(self) -> set[str]:
        spelt = {NUMBER_WORDS[word] for word in self._words if word in NUMBER_WORDS}
        return spelt | set(_digits(self.text))

    @cached_property
    def _beginnings(self) -> set[str]:
        return {stem(word)[:_BEGINNING] for word in self._words}

    @property
    def _spells_numbers(self) -> bool:
        return not _LARGE.isdisjoint(self._words)

    @cached_property
    def _is_english(self) -> bool:
        function = sum(word in STOP_WORDS for word in self._words)
        return function > _ENGLISH * len(self._words)

    def _names(self, name: str, parts: Sequence[str]) -> bool:
        """Whether a part of the name is here, in some form; capitals alone may abbreviate."""
        initials = "".join(part[0] for part in parts)
        return (
            name.isupper()
            or (len(parts) > 1 and initials in self._words)
            or any(stem(part)[:_BEGINNING] in self._beginnings for part in parts)
        )


def is_extractive(seeds: Sequence[Seed]) -> bool:
    """Whether most answers take their numbers and names from their contexts; others compute."""
    telling = [seed for seed in seeds if seed.context and _has_facts(seed.answer)]
    lacking = [seed for seed in telling if Ground(seed.context or "").lacks_facts(seed)]
    return len(lacking) * 2 < len(telling)


def _has_facts(answer: str) -> bool:
    return bool(_NUMBER.search(answer) or _NAME.search(answer))


def _digits(text: str) -> list[str]:
    return _NUMBER.findall(_THOUSANDS.sub("", plain(text)))
