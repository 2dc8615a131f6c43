"""Where a row comes from: its parents back to seeds and passages, with every verdict.

`tutelage show RUN ROW_ID` prints it: the stages that the row went through, the prompts and answers
that made it, the verdicts of filters and judges, and what all of that cost.
"""

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from tutelage.accounting.ledger import Usage, total
from tutelage.core.errors import InputError, TutelageError
from tutelage.core.nearest import nearest
from tutelage.models.journal import JOURNAL, Journal
from tutelage.provenance.row_finder import RowFinder, RowState
from tutelage.provenance.run_folder import RunFolder
from tutelage.provenance.run_taxonomy import run_taxonomy
from tutelage.taxonomy.leaf import Seed

COLUMNS = (
    *("document", "headings", "context", "attributes", "persona", "topic"),
    *("prompt", "reasoning", "completion", "messages", "chosen", "rejected", "label", "text"),
    *("opening", "answer", "reference", "tests", "verify", "reason"),
)
"""Columns of a row that a reader sees, in this order."""
_DEEPEST = 12
"""Generations of parents shown; a run has fewer."""

_WIDEST = 100_000
"""Columns of a text whose lines are not to be broken."""


@dataclass(slots=True)
class Lineage:
    """Everything in a run's folder that a row's history is read from."""

    rows: RowFinder
    seeds: dict[str, Seed]
    journal: Journal | None
    uses: dict[str, Usage] = field(default_factory=dict)
    """What each request that was shown so far used, by its key."""

    def tree(self, name: str) -> Tree:
        """A row and, under it, what it was made from."""
        tree = Tree(Text(name))
        self._grow(tree, name, 0)
        return tree

    def _grow(self, tree: Tree, name: str, depth: int) -> None:
        if name in self.seeds:
            seed = self.seeds[name]
            tree.add(Text(f"seed example: {seed.question} / {seed.answer}"))
        forms = self.rows.forms(name)
        if not forms:
            return
        row = _last(forms).row
        tree.add(Text(f"stages:  {', '.join(f'{one.stage} ({one.state})' for one in forms)}"))
        for line in (f"leaf: {row['leaf']}", *told(row)):
            tree.add(Text(line))
        trace = row.get("trace") or {}
        for key in trace.get("keys", []):
            self._ask(tree, key, str(trace.get("model")))
        for verdict in row.get("verdicts") or []:
            self._judge(tree, verdict)
        for parent in (row.get("parents") or []) if depth < _DEEPEST else []:
            self._grow(tree.add(Text(f"from {parent}")), parent, depth + 1)

    def _judge(self, tree: Tree, verdict: Mapping[str, Any]) -> None:
        word = "keep" if verdict["keep"] else "reject"
        branch = tree.add(Text(f"{verdict['by']}: {word} {verdict.get('reason') or ''}".rstrip()))
        for key in verdict.get("keys") or []:
            self._ask(branch, key, str(verdict.get("model")))

    def _ask(self, tree: Tree, key: str, model: str) -> None:
        """A request with its answer, and what it used."""
        entry = self.journal.show(key) if self.journal else None
        if entry is None:
            tree.add(Text(f"asked {model}: {key} is not in the journal"))
            return
        usage = self.uses.setdefault(key, Usage.from_json(entry["usage"]))
        branch = tree.add(Text(f"asked {model} ({in_words(usage)})"))
        for turn in entry["messages"]:
            branch.add(Text(f"{turn['role']}: {turn['content']}"))
        branch.add(Text(f"answer: {entry['text']}"))


def show_row(run: RunFolder, name: str) -> RenderableType:
    """A row and everything it came from; raises InputError where the run has no such row."""
    rows = RowFinder(run)
    rows.find_origins([name], _DEEPEST)
    if not rows.forms(name):
        raise InputError(f"{run.path}: no stage and no row '{name}'{nearest(name, run.manifests)}")
    journal = _journal(run)
    seeds, unread = _seeds(run)
    lineage = Lineage(rows, seeds, journal)
    tree = lineage.tree(name)
    if journal is not None:
        journal.close()
    uses = lineage.uses.values()
    cost = f"in total: {len(lineage.uses)} requests, {in_words(total(uses))}"
    return Group(tree, *unread, Text(f"{cost}{_machine(run, total(uses).seconds)}"))


def history_text(run: RunFolder, name: str) -> str:
    """The same as text of any width, for a page."""
    out = io.StringIO()
    Console(file=out, width=_WIDEST, color_system=None).print(show_row(run, name))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def told(row: Mapping[str, Any]) -> Iterator[str]:
    """Each column that a reader sees and the row has, with its value."""
    for name in COLUMNS:
        if row.get(name) not in (None, "", [], {}):
            yield f"{name}: {plain(row[name])}"


def plain(value: Any) -> str:
    """A column's value: turns with their roles, other structure as JSON."""
    if not isinstance(value, list | Mapping):
        return str(value)
    if all(isinstance(turn, Mapping) and {"role", "content"} <= set(turn) for turn in value):
        return " / ".join(f"[{turn['role']}] {turn['content']}" for turn in value)
    return json.dumps(value, ensure_ascii=False, default=str)


def in_words(usage: Usage) -> str:
    """Tokens, machine time and what a provider charged."""
    usd = "price unknown" if usage.usd is None else f"{usage.usd} USD charged"
    return f"{usage.input_tokens}+{usage.output_tokens} tokens, {usage.seconds:.2f} s, {usd}"


def _last(forms: list[RowState]) -> RowState:
    """The form that the last stage left a row in; the kept one where it has two."""
    last = [form for form in forms if form.stage == forms[-1].stage]
    return next((form for form in last if form.state == "kept"), last[-1])


def _journal(run: RunFolder) -> Journal | None:
    """The journal of the store that a run's stages are links into."""
    for stage in run.manifests:
        file = (run.path / stage).resolve().parent / JOURNAL
        return Journal(file) if file.exists() else None
    return None


def _seeds(run: RunFolder) -> tuple[dict[str, Seed], list[Text]]:
    """The taxonomy's seeds by id; and what to tell of a taxonomy that is not as it was."""
    try:
        taxonomy = run_taxonomy(run)
    except TutelageError as exc:
        return {}, [
            Text(f"seed examples are not shown, because the taxonomy cannot be read: {exc}")
        ]
    if taxonomy is None:
        return {}, []
    changed = Text(
        "the taxonomy has changed since this run: seed examples that no longer exist are not shown"
    )
    seeds = {seed.id: seed for leaf in taxonomy.leaves for seed in leaf.seeds}
    return seeds, [changed] if taxonomy.digest != run.facts["taxonomy"]["digest"] else []


def _machine(run: RunFolder, seconds: float) -> str:
    """What the machine time comes to, where the run knows an hour's price."""
    price = (run.facts.get("machine") or {}).get("usd_per_hour")
    if price is None or not seconds:
        return ""
    return f", {seconds / 3600 * price:.6f} USD of machine time"
