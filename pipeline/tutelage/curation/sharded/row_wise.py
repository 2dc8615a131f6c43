"""Filters that look at single rows, on one shard."""

from typing import Any

from tutelage.contract.workers import Receipt
from tutelage.core.artifacts import Row
from tutelage.curation.filters.filter_chain import verdicts_of
from tutelage.curation.sharded.drops import drop_file, drops_before, write_drops
from tutelage.curation.sharded.filter_job import FilterJob, passed_verdicts, read_given


def filter_shard(job: FilterJob, part: tuple[int, int]) -> Receipt:
    """Apply a step's filters to what is left of a shard; `part` is (step, shard)."""
    number, which = part
    step, shard = job.steps[number], job.given[which]
    left = drops_before(job, shard, number).left()
    rows = read_given(job, shard, left)
    earlier = passed_verdicts(job.names()[: step.first])
    for row in rows:
        row["verdicts"] = [*(row.get("verdicts") or []), *earlier]
    waiting = list(zip((shard.start + left).tolist(), rows, strict=True))
    drops: list[tuple[int, int, str]] = []
    for one in range(step.first, step.end):
        waiting = _through(job, one, waiting, drops)
    write_drops(drop_file(job, number, which), drops)
    return {"left": len(waiting)}


def _through(
    job: FilterJob, number: int, rows: list[tuple[int, Row]], drops: list[tuple[int, int, str]]
) -> list[tuple[int, Row]]:
    """The rows that pass one filter; the others go to `drops`."""
    name, judge = job.judge(number)
    passed: list[tuple[int, Row]] = []
    verdicts: list[Any] = verdicts_of(judge, [row for _, row in rows], (), job.scope)
    for (place, row), reason in zip(rows, verdicts, strict=True):
        if reason is None:
            row["verdicts"] += passed_verdicts([name])
            passed.append((place, row))
        else:
            drops.append((place, number, reason))
    return passed
