"""The text of a new `qna.yaml`: what is known filled in, what people must write left blank."""

import os
from collections.abc import Mapping, Sequence
from glob import escape
from pathlib import Path
from typing import Any

from tutelage.authoring.drafts.yaml_lines import example_lines, listed, scalar
from tutelage.authoring.init.even_choice import spread, telling_passages
from tutelage.authoring.init.leaf_outline import LeafOutline
from tutelage.authoring.init.task_list import TaskOutline
from tutelage.recipe.schema_files import schema_line

SEEDS, HELD_OUT = 5, 10
"""Blank examples of a new leaf."""
Example = Mapping[str, Any]
_KNOWLEDGE_SEEDS = """\
# Seed examples show the teacher how people ask. Write questions that are understood without the
# passage, and their answers.
"""
_SKILL_SEEDS = "# Seed examples show the teacher the task: a request, and a good answer.\n"
_HELD_OUT = """\
# Held-out questions examine the trained model: they are in no prompt and no training row. Ask for
# other facts than the seed examples do; `accept: [...]` lists other right answers.
"""


def knowledge_text(leaf: LeafOutline, taxonomy: Path) -> str:
    """The `qna.yaml` of a knowledge leaf, with passages beside blank questions."""
    shown = [one.text for one in spread(telling_passages(leaf.read, SEEDS), SEEDS)]
    facts = [one.spoken for one in leaf.statements]
    rest = [fact for fact in facts if not any(fact in text for text in shown)]
    facts = spread(rest if len(rest) >= HELD_OUT else facts, HELD_OUT)
    seeds = [{"context": text, "question": "", "answer": ""} for text in shown]
    held = [{"source": fact, "question": "", "answer": ""} for fact in facts]
    about = f"task_description: {scalar(f'Questions about {leaf.title}.')}"
    return _text(leaf.path, [about, *_source(leaf, taxonomy)], _KNOWLEDGE_SEEDS, seeds, held)


def skill_text(task: TaskOutline) -> str:
    """The `qna.yaml` of a task, with the demands that its own words make."""
    about = [f"task_description: {scalar(task.text)}"]
    if task.verify:
        about += ["# Demands on every answer, as the task words them.", "verify:"]
        about += [f"  - {scalar(demand)}" for demand in task.verify]
    blank = {"question": "", "answer": ""}
    held = {"question": "", "verify": task.verify} if task.verify else blank
    return _text(task.path, about, _SKILL_SEEDS, [blank] * SEEDS, [held] * HELD_OUT)


def _source(leaf: LeafOutline, taxonomy: Path) -> list[str]:
    """The `document` entry: where the documents are, seen from the leaf's folder."""
    root = os.path.relpath(leaf.root, (taxonomy / leaf.path).resolve())
    names = [escape(one.document.name) for one in leaf.documents]
    lines = ["document:", f"  root: {scalar(Path(root).as_posix())}", f"  path: {listed(names)}"]
    return [*lines, f"  sections: {listed(leaf.sections)}"] if leaf.sections else lines


def _text(
    path: str,
    about: Sequence[str],
    seeds_note: str,
    seeds: Sequence[Example],
    held: Sequence[Example],
) -> str:
    up = "../" * len(Path(path).parts)
    parts = [schema_line("qna", up), *about, ""]
    parts += [f"{seeds_note}seed_examples:", *_list(seeds), ""]
    parts += [f"{_HELD_OUT}eval_examples:", *_list(held)]
    return "\n".join(parts) + "\n"


def _list(examples: Sequence[Example]) -> list[str]:
    lines = [line for example in examples for line in example_lines(example)]
    return [f"  {line}" if line else "" for line in lines]
