"""Whether YAML split a number at its decimal comma: `accept: [1,8]` is a list of 1 and 8."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import yaml

from tutelage.taxonomy.read_leaf import LeafRead

_LISTS = frozenset({"accept", "contains", "contains_any", "excludes", "in_order", "phrases"})
"""Lists of texts; in others (a schema's `enum`) numbers side by side are meant."""
_ONE_NUMBER = re.compile(r"\D*\d+,\d+\D*|\D*\d{1,3}(?:,\d{3})+\D*")


def check_split_numbers(read: LeafRead) -> None:
    """Note numbers that a comma without a space, or the example's own answer, says are one."""
    root = read.notes.text.root
    for place, numbers, answer in _lists(root, "", "") if root else ():
        for number in dict.fromkeys([*_unspaced(numbers), *_answered(numbers, answer)]):
            read.notes.warning(
                "split-number",
                place,
                f"YAML reads [{number}] as {number.count(',') + 1} texts; one number with a comma "
                f'is written in quotes: ["{number}"]; a list of several with spaces',
            )


def _lists(node: yaml.Node, place: str, answer: str) -> Iterator[tuple[str, list[yaml.Node], str]]:
    """Lists of texts in brackets, with their place and the answer beside them."""
    if isinstance(node, yaml.MappingNode):
        parts = {str(key.value): value for key, value in node.value}
        if "question" in parts:
            answer = str(parts["answer"].value) if "answer" in parts else ""
        for name, part in parts.items():
            where = f"{place}.{name}" if place else name
            if name in _LISTS and isinstance(part, yaml.SequenceNode) and part.flow_style:
                yield where, list(part.value), answer
            else:
                yield from _lists(part, where, answer)
    elif isinstance(node, yaml.SequenceNode):
        for number, part in enumerate(node.value):
            yield from _lists(part, f"{place}.{number}", answer)


def _unspaced(nodes: Sequence[yaml.Node]) -> Iterator[str]:
    """Numbers of several items between which nothing but a comma stands."""
    run: list[str] = []
    for one, other in pairwise(nodes):
        if not _split(one, other) or other.start_mark.index - one.end_mark.index != 1:
            yield from _number(run)
            run = []
            continue
        run = [*(run or [one.value]), other.value]
    yield from _number(run)


def _answered(nodes: Sequence[yaml.Node], answer: str) -> Iterator[str]:
    """Two items that are one number in the answer: `answer: 1,8 m` beside `accept: [1, 8]`."""
    for one, other in pairwise(nodes):
        if _split(one, other):
            whole = rf"(?<!\d){re.escape(one.value)}[.,]{re.escape(other.value)}(?!\d)"
            if re.search(whole, answer):
                yield f"{one.value},{other.value}"


def _split(one: yaml.Node, other: yaml.Node) -> bool:
    """Whether two items may be the parts of one number; what is in quotes is meant as it is."""
    plain = all(isinstance(node, yaml.ScalarNode) and not node.style for node in (one, other))
    return plain and one.value[-1:].isdigit() and other.value[:1].isdigit()


def _number(parts: Sequence[str]) -> Iterator[str]:
    text = ",".join(parts)
    if parts and _ONE_NUMBER.fullmatch(text):
        yield text
