"""Words changed letter by letter: reversed, in capitals, letters exchanged, left out or doubled."""

from collections.abc import Callable
from random import Random

from tutelage.verifiers.tasks.problem import Problem, ProblemMaker

_CONSONANTS, _VOWELS = "bcdfghklmnprstvw", "aeiou"


class LetterEdits(ProblemMaker):
    """A made-up word after as many changes as the difficulty."""

    def draw(self, random: Random, difficulty: int) -> Problem:
        """The word and the changes decide."""
        word = _word(random)
        asked, steps, at = list[str](), list[str](), word
        for _ in range(difficulty):
            wording, change = _change(random, at)
            asked.append(wording)
            steps.append(f"{wording}: {(after := change(at))}")
            at = after
        question = f"Take the word '{word}'. In turn: {'; '.join(asked)}. What is it in the end?"
        return Problem((word, *asked), question, at, tuple(steps))


def _word(random: Random) -> str:
    syllables = random.randint(2, 3)
    return "".join(random.choice(_CONSONANTS) + random.choice(_VOWELS) for _ in range(syllables))


def _change(random: Random, word: str) -> tuple[str, Callable[[str], str]]:
    """A change that changes the word, in words and as a function."""
    old, new = random.choice(word), random.choice(_CONSONANTS + _VOWELS)
    changes: list[tuple[str, Callable[[str], str]]] = [
        ("reverse it", lambda text: text[::-1]),
        (f"put '{new}' at its beginning", lambda text: new + text),
        (f"put '{new}' at its end", lambda text: text + new),
        (f"replace every '{old}' by '{new}'", lambda text: text.replace(old, new)),
        ("double its first letter", lambda text: text[:1] + text),
        ("leave out its last letter", lambda text: text[:-1]),
    ]
    fit = [one for one in changes if one[1](word) != word and len(one[1](word)) > 1]
    return random.choice(fit)
