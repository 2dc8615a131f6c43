"""Preference pairs: attempts at a prompt, sorted into right and wrong by what can be checked."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from pipeline.artifacts import Row, Rows, answer_of
from pipeline.errors import TaxonomyError
from pipeline.forecast import Outlook, Seen, Span, Supply
from pipeline.stage import Context, Stage
from pipeline.store import digest
from pipeline.taxonomy import Leaf, Taxonomy
from pipeline.verifiers import Verifier, build_verifiers, first_failure
from pipeline.wording import agrees

_KEPT = Span(0.05, 0.4, 0.9)
"""Of prompts, those whose attempts are neither all right nor all wrong."""


class Pairs(Stage):
    """Choose a right and a wrong attempt at each prompt.

    An attempt is right when it passes the leaf's verifiers and, on a knowledge leaf, agrees with
    the accepted answer (the row's `reference`). Prompts whose attempts are all right teach nothing
    and are counted; where all are wrong the accepted answer can stand in as chosen.
    """

    per_prompt: int = Field(1, gt=0)
    """Pairs made from one prompt, at most."""
    reference_as_chosen: bool = True
    """Where no attempt is right, take the accepted answer as chosen; else only count the prompt."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Build every leaf's verifiers."""
        for leaf in taxonomy.leaves if taxonomy else ():
            _verifiers(leaf)

    def run(self, context: Context, rows: Rows, taxonomy: Taxonomy) -> Rows:
        """Rows with `prompt`, `chosen`, `rejected`; rejected rows are prompts that gave no pair."""
        judges = {leaf.path: (leaf, _verifiers(leaf)) for leaf in taxonomy.leaves}
        groups: dict[str, list[Row]] = {}
        for row in rows.kept:
            groups.setdefault(row.get("group") or row["id"], []).append(row)
        kept: list[Row] = []
        dropped: list[Row] = []
        for group, attempts in groups.items():
            leaf, verifiers = judges.get(attempts[0]["leaf"], (None, ()))
            if leaf is None:
                raise TaxonomyError(f"{attempts[0]['id']}: no leaf '{attempts[0]['leaf']}'")
            right, wrong = _sort(attempts, leaf, verifiers)
            pairs, reason = self._choose(group, right, wrong)
            kept += pairs
            if reason:
                first = attempts[0]
                columns = ("leaf", "parents", "prompt", "reference")
                dropped.append(
                    {"id": f"group:{group}", "reason": reason}
                    | {name: first.get(name) for name in columns}
                )
        return Rows(kept, dropped)

    def forecast(self, seen: Seen, rows: Supply, taxonomy: Taxonomy) -> Outlook:
        """A pair from some of the prompts that were attempted."""
        prompts = 1 / rows.per_prompt
        made = {
            leaf: count * prompts * seen.kept(leaf, _KEPT) * self.per_prompt
            for leaf, count in rows.rows.items()
        }
        return Outlook(Supply(made, rows.question_tokens, rows.answer_tokens))

    def _choose(
        self, group: str, right: list[Row], wrong: list[tuple[Row, str]]
    ) -> tuple[list[Row], str]:
        """The pairs of one prompt, or the reason for there being none."""
        if not wrong:
            return [], "all right: nothing to prefer"
        reference = str(wrong[0][0].get("reference") or "")
        if not right and not (self.reference_as_chosen and reference):
            return [], "all wrong: no right answer to prefer"
        pairs = []
        for row, why in wrong[: self.per_prompt]:
            best = min(
                right,
                key=lambda r: abs(len(answer_of(r)) - len(answer_of(row))),
                default=None,
            )
            pairs.append(_pair(group, best, row, reference, why))
        return pairs, ""


def _sort(
    attempts: list[Row], leaf: Leaf, verifiers: tuple[Verifier, ...]
) -> tuple[list[Row], list[tuple[Row, str]]]:
    """Right attempts, and wrong ones with the reason; of equal texts the first stands for all."""
    right, wrong = [], []
    for row in {answer_of(row): row for row in reversed(attempts)}.values():
        why = _why_wrong(row, leaf, verifiers)
        if why is None:
            right.append(row)
        else:
            wrong.append((row, why))
    return right[::-1], wrong[::-1]


def _why_wrong(row: Mapping[str, Any], leaf: Leaf, verifiers: tuple[Verifier, ...]) -> str | None:
    answer = answer_of(row)
    if not answer.strip():
        return "empty"
    failure = first_failure(verifiers, answer, row)
    if failure is None and leaf.kind == "knowledge":
        return None if agrees(answer, str(row.get("reference") or "")) else "another answer"
    return failure


def _pair(group: str, best: Row | None, worse: Row, reference: str, why: str) -> Row:
    chosen = answer_of(best) if best else reference
    rejected = answer_of(worse)
    parents = [row["id"] for row in (best, worse) if row]
    return {
        "id": f"pair:{digest(group, chosen, rejected)[:12]}",
        "leaf": worse["leaf"],
        "parents": parents,
        "prompt": worse["prompt"],
        "chosen": [{"role": "assistant", "content": chosen}],
        "rejected": [{"role": "assistant", "content": rejected}],
        "attributes": worse.get("attributes"),
        "verdicts": [
            {
                "by": "pairs",
                "keep": True,
                "reason": f"chosen {'on-policy' if best else 'reference'}",
            },
            {"by": "pairs", "keep": False, "reason": why},
        ],
    }


def _verifiers(leaf: Leaf) -> tuple[Verifier, ...]:
    return build_verifiers(leaf.verify, f"{leaf.file}: verify", TaxonomyError)
