"""What lets a reader filter the rows on a page without a script: rules that follow two menus."""

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Browser:
    """The menus' entries, in the order of the classes `leaf-0`, `state-0` and so on."""

    leaves: list[str]
    states: list[str]

    @property
    def css(self) -> Markup:
        """Hides what does not belong to the chosen entry; made of numbers alone."""
        classes = [f"leaf-{number}" for number in range(len(self.leaves))]
        classes += [f"state-{number}" for number in range(len(self.states))]
        return Markup("\n").join(map(_rule, classes))


def browser(report: dict[str, Any]) -> Browser:
    """The leaves and states of the report's samples."""
    rows = report["samples"]
    leaves, states = (list(dict.fromkeys(row[name] for row in rows)) for name in ("leaf", "status"))
    return Browser(leaves, states)


def _rule(name: str) -> Markup:
    chosen = Markup('.browser:has(option[value="{0}"]:checked)').format(name)
    return chosen + Markup(" .sample:not(.{0}) {{ display: none; }}").format(name)
