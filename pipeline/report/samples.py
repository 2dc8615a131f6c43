"""What a reader wants to see themselves: rows kept and their history, rows rejected, answers."""

from collections import defaultdict
from typing import Any

from pipeline.artifacts import Row, answer_of, question_of
from pipeline.report.folder import RunFolder, Table

_PER_REASON = 3
_PER_LEAF = 2
_CHANGES_PER_LEAF = 2
_LENGTH = 600
_DEPTH = 12


def funnel(run: RunFolder) -> Table:
    """One line per rows stage and leaf: rows in, kept, rejected by reason."""
    return [
        {
            "stage": stage,
            "leaf": leaf,
            "rows_in": counts["rows_in"],
            "kept": counts["kept"],
            "rejected": dict(sorted(counts["rejected"].items(), key=lambda item: -item[1])),
        }
        for stage in run.of_kind("rows")
        for leaf, counts in run.manifests[stage].get("funnel", {}).items()
    ]


def rejected_examples(run: RunFolder) -> Table:
    """By stage and reason: how many rows, and a few of them from different leaves."""
    table = []
    for stage in run.of_kind("rows"):
        reasons: dict[str, list[Row]] = defaultdict(list)
        for row in run.rows(stage, "rejected"):
            reasons[str(row["reason"]).partition(":")[0]].append(row)
        for reason, rows in sorted(reasons.items(), key=lambda item: -len(item[1])):
            few = [_shown(row, stage) | {"reason": _cut(row["reason"])} for row in _spread(rows)]
            table.append({"stage": stage, "reason": reason, "n": len(rows), "rows": few})
    return table


def kept_examples(run: RunFolder, stages: list[str]) -> Table:
    """Some kept rows of each leaf, with every row, model call and verdict that led to them."""
    lines = []
    index = _index(run)
    for stage in stages:
        leaves: dict[str, list[Row]] = defaultdict(list)
        for row in run.rows(stage):
            leaves[row["leaf"]].append(row)
        for rows in leaves.values():
            for row in _evenly(rows, _PER_LEAF):
                lines.append(_shown(row, stage) | {"history": _history(row, stage, index)})
    return lines


def changed_answers(run: RunFolder, before: str, after: str) -> Table:
    """The same questions before and after: of each leaf some turned right, some turned wrong."""
    found = run.scores()
    answers = found[1].answers if found else []
    first = {(row["leaf"], row["example"]): row for row in answers if row["model"] == before}
    turned: dict[tuple[str, bool], Table] = defaultdict(list)
    for row in answers:
        old = first.get((row["leaf"], row["example"]))
        if row["model"] == after and old and old["score"] != row["score"]:
            line = {
                "leaf": row["leaf"],
                "question": _cut(row["question"]),
                "before": _cut(old["answer"]),
                "after": _cut(row["answer"]),
                "better": row["score"] > old["score"],
                "why": _cut(row["why"] or old["why"] or ""),
            }
            turned[row["leaf"], line["better"]].append(line)
    return [line for lines in turned.values() for line in _evenly(lines, _CHANGES_PER_LEAF)]


def _index(run: RunFolder) -> dict[str, tuple[str, Row]]:
    """The first stage that made each row; a later stage that passes it on adds nothing."""
    index: dict[str, tuple[str, Row]] = {}
    for stage in run.of_kind("rows"):
        for row in [*run.rows(stage), *run.rows(stage, "rejected")]:
            index.setdefault(row["id"], (stage, row))
    return index


def _history(row: Row, stage: str, index: dict[str, tuple[str, Row]]) -> Table:
    """From the row back to what it came from; `sources` are seeds and passages."""
    steps: Table = []
    waiting, seen = [(stage, row)], {row["id"]}
    while waiting and len(steps) < _DEPTH:
        made_by, current = waiting.pop(0)
        parents = current.get("parents") or []
        sources = [parent for parent in parents if parent not in index]
        step = {"trace": current.get("trace") or {}, "sources": sources}
        steps.append(_shown(current, made_by) | step)
        for parent in parents:
            if parent in index and parent not in seen:
                seen.add(parent)
                waiting.append(index[parent])
    return steps


def _shown(row: Row, stage: str) -> dict[str, Any]:
    """The parts of a row that a page shows, each cut to a readable length."""
    texts = {
        "question": question_of(row),
        "answer": answer_of(row),
        "context": row.get("context"),
        "chosen": _last(row.get("chosen")),
        "rejected": _last(row.get("rejected")),
    }
    verdicts = [verdict for verdict in row.get("verdicts") or [] if verdict]
    return {
        "id": row["id"],
        "stage": stage,
        "leaf": row["leaf"],
        "verdicts": verdicts,
    } | {name: _cut(text) if text else None for name, text in texts.items()}


def _last(turns: Any) -> str | None:
    return str(turns[-1]["content"]) if isinstance(turns, list) and turns else None


def _spread(rows: list[Row]) -> list[Row]:
    """A few rows, of different leaves as far as there are any."""
    by_leaf: dict[str, Row] = {}
    for row in rows:
        by_leaf.setdefault(row["leaf"], row)
    others = [row for row in rows if row is not by_leaf[row["leaf"]]]
    return [*by_leaf.values(), *others][:_PER_REASON]


def _evenly(rows: list[Any], count: int) -> list[Any]:
    step = max(1, len(rows) // count)
    return rows[::step][:count]


def _cut(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _LENGTH else text[:_LENGTH].rstrip() + " …"
