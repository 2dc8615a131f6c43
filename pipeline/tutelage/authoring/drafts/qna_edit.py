"""Changes in the text of a `qna.yaml` that leave all else in it as it was, comments too.

Every change is read back: a text that does not say exactly what was meant is not kept.
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from tutelage.authoring.drafts.yaml_lines import example_lines, flow, scalar
from tutelage.core.errors import TaxonomyError
from tutelage.core.yaml_io import read_yaml
from tutelage.taxonomy.qna import keep_text


class QnaEdit:
    """The text of one file, changed step by step."""

    def __init__(self, text: str, name: str) -> None:
        """`name` is what errors call the file."""
        self.text, self._name = text, name
        self._data = self._read(text)

    def set(self, place: str, key: str, value: Any) -> None:
        """Give an example's key another value, or a value where it has none."""
        node = self._node(place)
        entries = {str(name.value): (name, part) for name, part in node.value}
        wanted = copy.deepcopy(self._data)
        _at(wanted, place)[key] = value
        if key in entries:
            name, part = entries[key]
            self._between(name, part)
            text = self._replaced(part.start_mark.index, self._end(part), scalar(value))
        elif node.flow_style:
            at = node.start_mark.index + 1
            text = self._replaced(at, at, f"{key}: {scalar(value)}{', ' if entries else ''}")
        else:
            at, margin = self._end(node), " " * node.start_mark.column
            text = self._replaced(at, at, f"\n{margin}{key}: {scalar(value)}")
        self._keep(text, wanted)

    def remove(self, place: str) -> None:
        """Take an example out of its list."""
        listed, _, last = place.rpartition(".")
        node, number = self._node(listed), int(last)
        wanted = copy.deepcopy(self._data)
        del _at(wanted, listed)[number]
        item = node.value[number]
        start, end = item.start_mark.index, self._end(item)
        if len(node.value) == 1:
            start, end, new = node.start_mark.index, self._end(node), "[]"
        elif node.flow_style:
            new = ""
            if number:
                start = self._end(node.value[number - 1])
            else:
                end = node.value[1].start_mark.index
        else:
            start = self.text.rindex("-", 0, start)
            start = self.text.rfind("\n", 0, start) + 1
            end, new = self._line_end(end), ""
        self._keep(self._replaced(start, end, new), wanted)

    def append(self, key: str, examples: Sequence[Mapping[str, Any]]) -> None:
        """Add examples to the end of a list of the file, which may not be there yet."""
        wanted = copy.deepcopy(self._data)
        wanted[key] = [*(wanted.get(key) or []), *map(dict, examples)]
        entries = {str(name.value): part for name, part in self._root().value}
        node = entries.get(key)
        if node is None:
            text = f"{self.text.rstrip()}\n{key}:\n{_block(examples, 2)}\n"
        elif not isinstance(node, yaml.SequenceNode) or not node.value:
            start, end = node.start_mark.index, self._end(node)
            before = len(self.text[:start].rstrip())
            text = self._replaced(before, max(start, end), f"\n{_block(examples, 2)}")
        elif node.flow_style:
            at = self._end(node.value[-1])
            text = self._replaced(at, at, "".join(f", {flow(one)}" for one in examples))
        else:
            at = self._end(node)
            text = self._replaced(at, at, f"\n{_block(examples, node.start_mark.column)}")
        self._keep(text, wanted)

    def _keep(self, text: str, wanted: Any) -> None:
        try:
            is_meant = self._read(text) == wanted
        except TaxonomyError:
            is_meant = False
        if not is_meant:
            raise TaxonomyError(f"{self._name}: cannot be changed safely here; change it by hand")
        self.text, self._data = text, wanted

    def _read(self, text: str) -> Any:
        read = read_yaml(text, keep_text)
        if read.faults or not isinstance(read.value, dict):
            raise TaxonomyError(f"{self._name}: is no valid YAML; `tutelage lint` says where")
        return read.value

    def _root(self) -> yaml.MappingNode:
        return read_yaml(self.text).root  # type: ignore[return-value]

    def _node(self, place: str) -> Any:
        node: Any = self._root()
        for part in place.split("."):
            if isinstance(node, yaml.SequenceNode):
                node = node.value[int(part)]
            else:
                node = {str(name.value): value for name, value in node.value}[part]
        return node

    def _between(self, name: yaml.Node, part: yaml.Node) -> None:
        """Raise where a value does not stand beside its key: an alias stands for one elsewhere."""
        between = self.text[name.end_mark.index : part.start_mark.index]
        if part.start_mark.index < name.end_mark.index or between.strip() != ":":
            raise TaxonomyError(f"{self._name}: '{name.value}' is an alias; change it by hand")

    def _replaced(self, start: int, end: int, new: str) -> str:
        return self.text[:start] + new + self.text[end:]

    def _end(self, node: Any) -> int:
        """Where a value's own text ends, without blank lines and comments that follow it."""
        if isinstance(node, yaml.ScalarNode) or node.flow_style:
            end = int(node.end_mark.index)
            return len(self.text[:end].rstrip()) if end > node.start_mark.index else end
        parts = node.value
        last = parts[-1][1] if isinstance(node, yaml.MappingNode) else parts[-1]
        return self._end(last)

    def _line_end(self, at: int) -> int:
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end + 1


def _block(examples: Sequence[Mapping[str, Any]], margin: int) -> str:
    lines = [line for one in examples for line in example_lines(one)]
    return "\n".join(f"{' ' * margin}{line}" if line else "" for line in lines)


def _at(data: Any, place: str) -> Any:
    for part in place.split("."):
        data = data[int(part)] if isinstance(data, list) else data[part]
    return data
