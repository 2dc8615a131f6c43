"""What agents read: every link leads to a page, every command that is named exists."""

import re
from pathlib import Path

from tutelage.cli.app import COMMANDS

DOCS = Path(__file__).parents[2] / "docs"


def test_every_link_of_llms_txt_is_a_page() -> None:
    links = re.findall(r"\]\(([^)]+)\)", (DOCS / "llms.txt").read_text(encoding="utf-8"))
    assert links and all((DOCS / link).is_file() for link in links)


def test_the_commands_of_the_skill_file_exist() -> None:
    text = (DOCS / "SKILL.md").read_text(encoding="utf-8")
    named = set(re.findall(r"tutelage (\w+)", text)) - {"s"}
    assert named and named <= {command.__name__ for command in COMMANDS}


def test_the_skill_file_has_a_name_and_says_when_to_use_it() -> None:
    head = (DOCS / "SKILL.md").read_text(encoding="utf-8").split("---")[1]
    assert "name: tutelage" in head and "Use when" in head
