"""The attribute grid of a leaf: its cells, and which attributes its seeds spell out."""

import itertools
import json
import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from tutelage.core.language.language_guess import language_of
from tutelage.core.language.number_words import number_words
from tutelage.core.text import find_phrase, words
from tutelage.taxonomy.leaf import Leaf, Seed

Cell = dict[str, str]
DIFFICULTY = "difficulty"
"""An attribute whose values go from easy to hard, as a leaf writes them."""
_LEAST_FACTOR = 0.25
_FEW_CELLS = 100
"""So many cells soon have rows all of them, whichever come first."""
_TRIES = 20
_MOST_CELLS = 10_000
"""More rows than anybody asks of one leaf; a few attributes make far more cells."""


def grid(leaf: Leaf, seed: int) -> list[Cell]:
    """The cells of the attribute grid, 10,000 at most; a single empty one without a grid.

    Their order follows the seed, and is even from the start: among the first cells, however few,
    no value of an attribute stands more than once more often than another.
    """
    draw = random.Random(seed)
    decks = [draw.sample(values, len(values)) for values in leaf.attributes.values()]
    sizes = [len(deck) for deck in decks]
    walk = _shuffled if len(decks) > 2 and math.prod(sizes) > _FEW_CELLS else _diagonals
    places = itertools.islice(walk(sizes, draw), _MOST_CELLS)
    return [
        {name: deck[n] for name, deck, n in zip(leaf.attributes, decks, place, strict=True)}
        for place in places
    ]


def weighted_grid(leaf: Leaf, seed: int, level: float = 0.5) -> dict[str, tuple[Cell, float]]:
    """The cells of `grid` by their names, with the share of the rows that each is to have.

    A cell lacks an attribute whose condition it does not meet, and has the share of all cells that
    differ by it alone; weights of values multiply. `level`, from 0 to 1, prefers easy or hard
    values of the attribute `difficulty`.
    """
    found: dict[str, tuple[Cell, float]] = {}
    levels = leaf.attributes.get(DIFFICULTY, [])
    factors = dict(zip(levels, level_factors(len(levels), level), strict=True))
    for whole in grid(leaf, seed):
        cell = _meeting(leaf, whole)
        weight = math.prod(rule.weights[whole[name]] for name, rule in leaf.attribute_rules.items())
        weight *= factors.get(whole.get(DIFFICULTY, ""), 1.0)
        name = cell_name(cell)
        found[name] = cell, round(weight + found.get(name, (cell, 0.0))[1], 9)
    return found


def level_factors(count: int, level: float) -> list[float]:
    """Factors on the weights of so many values, which go from easy to hard: 1 for all at a `level`
    of 0.5; towards 0 more for the easy ones, towards 1 more for the hard ones; none below 0.25."""
    tilt, most = 2 * level - 1, max(1, count - 1)
    return [max(_LEAST_FACTOR, 1 + tilt * (2 * n / most - 1)) for n in range(count)]


def cell_name(cell: Any) -> str:
    """A cell as text."""
    return json.dumps(cell, ensure_ascii=False, sort_keys=True)


def _meeting(leaf: Leaf, whole: Cell) -> Cell:
    """The attributes of a cell whose conditions hold, each looked at after those above it."""
    cell: Cell = {}
    for name, value in whole.items():
        rule = leaf.attribute_rules.get(name)
        if rule is None or all(cell.get(n) in wanted for n, wanted in rule.when.items()):
            cell[name] = value
    return cell


def _diagonals(sizes: Sequence[int], draw: random.Random) -> Iterator[tuple[int, ...]]:
    """Every place of a grid once, along diagonals that wrap around at its edges.

    A diagonal is as long as the sizes' least common multiple, so it has every number of a size
    equally often; two of them are the same or share no place.
    """
    seen: set[tuple[int, ...]] = set()
    while len(seen) < math.prod(sizes):
        start = [draw.randrange(size) for size in sizes]
        for step in range(math.lcm(*sizes)):
            place = tuple((n + step) % size for n, size in zip(start, sizes, strict=True))
            if place in seen:
                break  # a diagonal that was walked before
            seen.add(place)
            yield place


def _shuffled(sizes: Sequence[int], draw: random.Random) -> Iterator[tuple[int, ...]]:
    """Every place of a grid once, each number of a size before any of them again.

    Which numbers meet is drawn each time: along a diagonal through many attributes, the values of
    two that have equally many would always meet the same.
    """
    seen: set[tuple[int, ...]] = set()
    left: list[list[int]] = [[] for _ in sizes]
    while len(seen) < math.prod(sizes):
        left = [deck or draw.sample(range(n), n) for deck, n in zip(left, sizes, strict=True)]
        place = _unseen(left, seen, draw)
        if place is None:
            break
        for deck, number in zip(left, place, strict=True):
            deck.remove(number)
        seen.add(place)
        yield place
    yield from (place for place in _diagonals(sizes, draw) if place not in seen)


def _unseen(
    left: Sequence[Sequence[int]], seen: set[tuple[int, ...]], draw: random.Random
) -> tuple[int, ...] | None:
    """A place of numbers that are left, which is not seen yet; None where there is none."""
    tries = (tuple(map(draw.choice, left)) for _ in range(_TRIES))
    every = itertools.chain(tries, itertools.product(*left))
    return next((place for place in every if place not in seen), None)


def named_attributes(leaf: Leaf, opening: str) -> list[str]:
    """Attributes whose value every seed question spells out: a product, say, but not a mood.

    The opening that all questions share does not count.
    """
    start = len(opening)
    return [
        name for name in leaf.attributes if _all_spell(leaf, name, lambda s: s.question[start:])
    ]


def answered_attributes(leaf: Leaf) -> list[str]:
    """Attributes whose value every seed answer spells out: what is extracted, or decided."""
    return [name for name in leaf.attributes if _all_spell(leaf, name, lambda s: s.answer)]


def deciding_attributes(leaf: Leaf, named: Sequence[str]) -> list[str]:
    """Attributes that decide the answer, if any of them is not `named` in the question.

    They decide it where every seed answer spells their value out.
    """
    deciding = answered_attributes(leaf)
    return deciding if set(deciding) - set(named) else []


def settling_attribute(leaf: Leaf) -> str | None:
    """The attribute whose value is the whole answer of every seed, as a class is; mostly None."""
    return next(
        (
            name
            for name in leaf.attributes
            if leaf.seeds and all(s.attributes.get(name) == s.answer for s in leaf.seeds)
        ),
        None,
    )


def named_values(text: str, values: Iterable[str]) -> set[str]:
    """The values that a text names, a number in words too (`two boxes`).

    `not urgent` does not name `urgent` if it is a value itself.
    """
    found, every = set(), set(values)
    counted = _spelled_numbers(text) if any(map(str.isdigit, every)) else set()
    for value in sorted(every, key=len, reverse=True):
        while there := find_phrase(text, value):
            found.add(value)
            text = text.replace(there, "\0", 1)
    return found | (counted & every)


def _spelled_numbers(text: str) -> set[str]:
    """The numbers that a text has in words, as digits."""
    known = number_words(language_of(text))
    return {known[word] for word in words(text) if word in known}


def _all_spell(leaf: Leaf, name: str, part: Callable[[Seed], str]) -> bool:
    """Whether a part of every seed spells out its value of an attribute."""
    return all(
        seed.attributes.get(name) in named_values(part(seed), _values(leaf, seed, name))
        for seed in leaf.seeds
    )


def _values(leaf: Leaf, seed: Seed, name: str) -> list[str]:
    own = seed.attributes.get(name)
    return [*leaf.attributes[name], *([own] if own else [])]
