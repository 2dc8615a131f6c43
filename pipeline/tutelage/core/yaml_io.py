"""YAML text: its value, what is wrong with it, and the lines where its parts stand."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import yaml

_MOST_VALUES = 1_000_000
"""A text that aliases blow up beyond this is a bomb, not a configuration."""
_DEEPEST = 200
"""Values inside each other."""


class _LineLoader(yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):  # type: ignore[misc]
    """Safe YAML that reads `1e-4` as a number, as YAML 1.2 does, and a date as its text."""


_LineLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?\d[\d_]*(?:\.[\d_]*)?[eE][-+]?\d+$"),
    list("-+0123456789"),
)
_LineLoader.yaml_implicit_resolvers = {
    first: [rule for rule in rules if rule[0] != "tag:yaml.org,2002:timestamp"]
    for first, rules in _LineLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a text is no YAML that is read; `line` is counted from 1."""

    code: Literal["yaml", "tab", "duplicate-key", "aliases"]
    line: int | None
    text: str


@dataclass(frozen=True, slots=True)
class YamlText:
    """A YAML text; with faults its value may be None, or have lost the first of two equal keys."""

    value: Any
    faults: tuple[Fault, ...]
    root: yaml.Node | None

    def line(self, place: str) -> int | None:
        """The line of a dotted path (`stages.sft.epochs`, `seeds.2`), or of what is there of it."""
        node = self.root
        line = node.start_mark.line + 1 if node else None
        for part in place.split(".") if place else []:
            found = _child(node, part)
            if found is None:
                return line
            key, node = found
            line = key.start_mark.line + 1
        return line


def read_yaml(text: str, prepare: Callable[[yaml.Node], None] | None = None) -> YamlText:
    """Read one YAML document; `prepare` may change its nodes before they become values."""
    try:
        if line := _line_too_deep(text):
            return YamlText(None, (Fault("yaml", line, "values are nested too deeply"),), None)
        loader = _LineLoader(text)
        try:
            root = loader.get_single_node()
            if root is None:
                return YamlText(None, (), None)
            faults = tuple(_faults(root))
            if any(fault.code != "duplicate-key" for fault in faults):
                return YamlText(None, faults, root)
            if prepare is not None:
                prepare(root)
            return YamlText(loader.construct_document(root), faults, root)
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError, OverflowError) as exc:
        return YamlText(None, (_fault(exc, text),), None)


def _line_too_deep(text: str) -> int | None:
    """Where values nest without end: found out ahead, for the stack that reads them has one."""
    if sum(map(text.count, "[{?-")) + text.count(":") <= _DEEPEST:
        return None
    depth = 0
    for event in yaml.parse(text, Loader=_LineLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                return _line(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return None


def _faults(root: yaml.Node) -> list[Fault]:
    """Keys that stand twice, and aliases that hold themselves or make too much of little."""
    values: dict[int, int] = {}
    found: list[Fault] = []
    _count(root, values, set(), found)
    return found


def _count(node: yaml.Node, known: dict[int, int], above: set[int], found: list[Fault]) -> int:
    """How many values a node is, with every alias in place."""
    if isinstance(node, yaml.ScalarNode):
        return 1 + len(node.value) // 1000
    if id(node) in above:
        found.append(Fault("aliases", _line(node), "an alias holds itself"))
        return 1
    if id(node) not in known:
        above.add(id(node))
        parts = node.value
        if isinstance(node, yaml.MappingNode):
            found.extend(_repeated(node))
            parts = [part for pair in node.value for part in pair]
        known[id(node)] = 1 + sum(_count(part, known, above, found) for part in parts)
        above.remove(id(node))
        if known[id(node)] > _MOST_VALUES and not any(one.code == "aliases" for one in found):
            text = f"aliases make over {_MOST_VALUES:,} values of what stands here"
            found.append(Fault("aliases", _line(node), text))
    return known[id(node)]


def _repeated(node: yaml.MappingNode) -> Iterator[Fault]:
    seen: set[str] = set()
    for key, _ in node.value:
        if isinstance(key, yaml.ScalarNode):
            if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                yield Fault("duplicate-key", _line(key), f"key '{key.value}' stands twice")
            seen.add(key.value)


def _fault(exc: Exception, text: str) -> Fault:
    mark = getattr(exc, "problem_mark", None) or getattr(exc, "context_mark", None)
    problem = getattr(exc, "problem", None) or str(exc).splitlines()[0]
    line = mark.line + 1 if mark else None
    if isinstance(exc, yaml.reader.ReaderError):
        line = text.encode("utf-8", "replace")[: exc.position].count(b"\n") + 1
        problem = exc.reason
    written = text.split("\n")[line - 1] if line and line <= text.count("\n") + 1 else ""
    if re.match(r" *\t", written) or "'\\t'" in problem:
        return Fault("tab", line, "a tab sets this line in; YAML is set in by spaces")
    return Fault("yaml", line, problem)


def _line(part: yaml.Node | yaml.Event) -> int:
    return part.start_mark.line + 1 if part.start_mark else 1


def _child(node: Any, part: str) -> tuple[Any, Any] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return key, value
    if isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
        return node.value[int(part)], node.value[int(part)]
    return None
